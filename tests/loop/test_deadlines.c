/*
 * test_deadlines.c - a wait ends at its deadline, neither before nor never.
 */
#include "loop/engines.h"

static void a_deadline_in_the_past_only_looks(void **state)
{
	struct loop *loop = engine_open(state);
	struct loop_batch batch;

	assert_int_equal(loop_wait(loop, 0, &batch), 0);
	assert_int_equal(loop_wait(loop, 1, &batch), 0);
	assert_int_equal(loop_wait(loop, clock_now_ns() - 1, &batch), 0);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(loop_wait(loop, 0, &batch), 1);
	assert_int_equal(batch.events[0].signal.signo, SIGHUP);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(loop_wait(loop, 1, &batch), 1);
	assert_int_equal(loop_wait(loop, 1, &batch), 0);
	assert_int_equal(batch.count, 0);
	loop_free(loop);
}

/* Returns the line of a broken promise, 0 for none: for stories too. */
static int keep_deadlines(struct loop *loop)
{
	static const uint64_t delays_ns[] = {1, 1000, 300 * NSEC_PER_USEC,
					     NSEC_PER_MSEC, 5 * NSEC_PER_MSEC};
	struct loop_batch batch;

	CHILD_CHECK(loop_wait(loop, 0, &batch) == 0);
	for (size_t i = 0; i < ARRAY_LEN(delays_ns); i++) {
		uint64_t until_ns = clock_now_ns() + delays_ns[i];

		CHILD_CHECK(engine_retry(loop, until_ns, &batch) == 0);
		CHILD_CHECK(batch.count == 0);
		CHILD_CHECK(clock_now_ns() >= until_ns);
		CHILD_CHECK(clock_now_ns() < until_ns + DEADLINE_NS);
	}
	return 0;
}

static void a_deadline_is_kept(void **state)
{
	struct loop *loop = engine_open(state);

	assert_int_equal(keep_deadlines(loop), 0);
	loop_free(loop);
}

/* The longest waits that can be asked for must not become short ones: a child
 * ends while each lasts. Returns the line of a broken promise. */
static int keep_far_deadlines(struct loop *loop)
{
	uint64_t far_ns[] = {NSEC_NEVER, NSEC_NEVER - 1, NSEC_NEVER / 2,
			     /* 0 in an int of milliseconds */
			     clock_now_ns() + (NSEC_PER_MSEC << 32)};
	struct loop_batch batch;

	for (size_t i = 0; i < ARRAY_LEN(far_ns); i++) {
		struct watched watched;
		int told[2];
		pid_t pid;

		CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
		pid = child_fork();
		if (pid == 0)
			_exit(!is_readable(told[0]));
		watched_begin(loop, &watched, pid);
		CHILD_CHECK(loop_wait(loop, 0, &batch) == 0);
		CHILD_CHECK(pipe_put(told[1], "x", 1));
		CHILD_CHECK(engine_retry(loop, far_ns[i], &batch) == 1);
		(void)watched_hear(loop, &batch.events[0]);
		CHILD_CHECK(watched.code == CLD_EXITED && watched.status == 0);
		CHILD_CHECK(close(told[0]) == 0 && close(told[1]) == 0);
	}
	return 0;
}

static void a_far_deadline_does_not_wrap(void **state)
{
	struct loop *loop = engine_open(state);

	assert_int_equal(keep_far_deadlines(loop), 0);
	loop_free(loop);
}

static void an_event_comes_before_a_far_deadline(void **state)
{
	struct loop *loop = engine_open(state);
	uint64_t until_ns = clock_now_ns() + 3600 * NSEC_PER_SEC;
	struct loop_batch batch;

	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(loop_wait(loop, until_ns, &batch), 1);
	assert_int_equal(batch.events[0].kind, LOOP_SIGNAL);
	loop_free(loop);
}

static unsigned int story_error;

static int live_without_pwait2(void)
{
	struct loop *loop = NULL;
	struct loop_batch batch;
	int line;

	if (child_deny(SYS_epoll_pwait2, story_error) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(engine_new(&engine_epoll, &loop) == 0);
	line = keep_deadlines(loop);
	if (line != 0)
		return line;
	CHILD_CHECK(kill(getpid(), SIGTERM) == 0);
	CHILD_CHECK(loop_wait(loop, NSEC_NEVER, &batch) == 1);
	CHILD_CHECK(batch.events[0].signal.signo == SIGTERM);
	line = keep_far_deadlines(loop);
	loop_free(loop);
	return line;
}

/* Linux before 5.11, and filters that know less. */
static void deadlines_are_kept_without_epoll_pwait2(void **state)
{
	static const unsigned int errors[] = {ENOSYS, EPERM};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		story_error = errors[i];
		in_child(live_without_pwait2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(a_deadline_in_the_past_only_looks),
		ENGINE_TESTS(a_deadline_is_kept),
		ENGINE_TESTS(a_far_deadline_does_not_wrap),
		ENGINE_TESTS(an_event_comes_before_a_far_deadline),
		cmocka_unit_test(deadlines_are_kept_without_epoll_pwait2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

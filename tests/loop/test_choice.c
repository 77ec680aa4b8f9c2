/*
 * test_choice.c - which engine is chosen, why others were not, and that nothing
 * is left of one that is gone.
 */
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "loop/engines.h"

static int open_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* engine_new with everything allowed that the caller says. */
static int choose(enum muster_engine engine, bool has_pidfds, bool has_signals,
		  struct loop **ret_loop)
{
	struct loop_options options = {
		.engine = engine,
		.has_pidfds = has_pidfds,
	};

	if (has_signals)
		options.signals = engine_signals(&options.signal_count);
	return loop_new(&options, ret_loop);
}

static bool says(const struct loop *loop, const char *words)
{
	return strstr(loop_reason(loop), words) != NULL;
}

static void the_ring_is_chosen_where_it_works_without_a_reason(void **state)
{
	struct loop *loop = engine_open(state); /* or skips */

	loop_free(loop);
	assert_int_equal(choose(MUSTER_ENGINE_AUTO, true, true, &loop), 0);
	assert_int_equal(loop_engine(loop), MUSTER_ENGINE_RING);
	assert_string_equal(loop_reason(loop), "");
	loop_free(loop);
}

static void an_engine_that_was_asked_for_is_the_one(void **state)
{
	const struct engine *engine = *state;
	struct loop *loop = engine_open(state);

	assert_int_equal(loop_engine(loop), engine->engine);
	assert_string_equal(loop_reason(loop), "");
	loop_free(loop);
}

static void without_pidfds_only_the_signal_engine_is_left(void **state)
{
	struct loop *loop;

	(void)state;
	assert_int_equal(choose(MUSTER_ENGINE_AUTO, false, true, &loop), 0);
	assert_int_equal(loop_engine(loop), MUSTER_ENGINE_SIGNAL);
	assert_string_equal(loop_reason(loop),
			    "ring refused: pidfds: not supported; "
			    "epoll refused: no pidfds here");
	loop_free(loop);
}

static void peeking_refuses_the_ring(void **state)
{
	struct loop_options options = {.has_pidfds = true, .peeks = true};
	struct loop *loop;

	(void)state;
	assert_int_equal(loop_new(&options, &loop), 0);
	assert_int_equal(loop_engine(loop), MUSTER_ENGINE_EPOLL);
	assert_true(says(loop, "ring refused: PIDFD_SIGNAL_PROCESS_GROUP"));
	loop_free(loop);
}

static void a_forced_engine_that_is_refused_says_why(void **state)
{
	struct loop *loop;

	(void)state;
	assert_int_equal(choose(MUSTER_ENGINE_RING, false, true, &loop),
			 -EOPNOTSUPP);
	assert_string_equal(loop_reason(loop),
			    "ring refused: pidfds: not supported");
	loop_free(loop);
	assert_int_equal(choose(MUSTER_ENGINE_EPOLL, false, true, &loop),
			 -EOPNOTSUPP);
	assert_string_equal(loop_reason(loop), "epoll refused: no pidfds here");
	loop_free(loop);
	assert_int_equal(choose(MUSTER_ENGINE_SIGNAL, true, false, &loop),
			 -EOPNOTSUPP);
	assert_string_equal(loop_reason(loop),
			    "signal refused: the process's signals are not "
			    "ours");
	loop_free(loop);
}

static void where_none_works_each_refusal_is_told(void **state)
{
	struct loop *loop;

	(void)state;
	assert_int_equal(choose(MUSTER_ENGINE_AUTO, false, false, &loop),
			 -EOPNOTSUPP);
	assert_true(says(loop, "ring refused: "));
	assert_true(says(loop, "; epoll refused: "));
	assert_true(says(loop, "; signal refused: "));
	loop_free(loop);
}

/* It takes SIGCHLD: orphans that nobody reaps shall not go unnoticed. */
static void without_signals_orphans_cannot_be_reaped(void **state)
{
	struct loop_options options = engine_options(*state);
	struct loop *loop;

	options.signals = NULL;
	options.reaps_orphans = true;
	assert_int_equal(loop_new(&options, &loop), -EINVAL);
	assert_true(says(loop, "only who reads signals can reap orphans"));
	loop_free(loop);
}

static unsigned int story_error;
static unsigned int story_call;
static const char *story_words;

/* What a filter forbids ends in epoll, which works; forced, in its errno. */
static int live_without_ring(void)
{
	struct loop *loop = NULL;
	struct loop_batch batch;

	if (child_deny(story_call, story_error) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(choose(MUSTER_ENGINE_RING, true, true, &loop) < 0);
	CHILD_CHECK(says(loop, "ring refused: "));
	CHILD_CHECK(says(loop, story_words));
	CHILD_CHECK(says(loop, compat_error_name((int)story_error)));
	loop_free(loop);
	CHILD_CHECK(choose(MUSTER_ENGINE_AUTO, true, true, &loop) == 0);
	CHILD_CHECK(loop_engine(loop) == MUSTER_ENGINE_EPOLL);
	CHILD_CHECK(says(loop, "ring refused: "));
	CHILD_CHECK(says(loop, story_words));
	CHILD_CHECK(says(loop, compat_error_name((int)story_error)));
	CHILD_CHECK(!says(loop, "epoll"));
	CHILD_CHECK(kill(getpid(), SIGTERM) == 0);
	CHILD_CHECK(loop_wait(loop, NSEC_NEVER, &batch) == 1);
	loop_free(loop);
	return 0;
}

static void a_ring_that_a_filter_refuses_is_replaced_by_epoll(void **state)
{
	static const unsigned int errors[] = {EPERM, ENOSYS, EINVAL, EOPNOTSUPP,
					      ENOMEM};

	(void)state;
	story_call = SYS_io_uring_setup;
	story_words = "io_uring_setup";
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		story_error = errors[i];
		in_child(live_without_ring);
	}
}

/* The setup works, and nothing else: only the proof finds out. */
static void a_ring_that_does_not_work_is_found_out(void **state)
{
	static const unsigned int errors[] = {EPERM, ENOSYS, EINVAL};

	loop_free(engine_open(state)); /* or skips */
	story_call = SYS_io_uring_enter;
	story_words = "POLL_ADD -> WAITID";
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		story_error = errors[i];
		in_child(live_without_ring);
	}
}

/* Rings count against RLIMIT_MEMLOCK of who is not root (5.12 to 6.13 apart):
 * a smaller one is tried. */
static int live_with_little_memory(void)
{
	const struct rlimit little = {16384, 16384};
	/* Whose rings nobody else's are counted with. */
	uid_t user = 1000000 + (uid_t)getpid();
	struct loop *loop = NULL;
	int r;

	CHILD_CHECK(setresuid(user, user, user) == 0);
	CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &little) == 0);
	r = choose(MUSTER_ENGINE_RING, true, true, &loop);
	if (r < 0)
		print_error("%s\n", loop_reason(loop));
	loop_free(loop);
	CHILD_CHECK(r == 0 || r == -EPERM); /* io_uring_disabled */
	return 0;
}

static void a_small_ring_serves_where_memory_is_limited(void **state)
{
	loop_free(engine_open(state)); /* or skips */
	if (geteuid() != 0)
		SKIP("our own rings count, and only root can be another");
	in_child(live_with_little_memory);
}

static int live_without_epoll(void)
{
	struct loop *loop = NULL;
	struct loop_batch batch;

	if (child_deny(SYS_io_uring_setup, EPERM) < 0 ||
	    child_deny(SYS_epoll_create1, EPERM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(choose(MUSTER_ENGINE_EPOLL, true, true, &loop) == -EPERM);
	CHILD_CHECK(says(loop, "epoll_create1: EPERM"));
	loop_free(loop);
	CHILD_CHECK(choose(MUSTER_ENGINE_AUTO, true, true, &loop) == 0);
	CHILD_CHECK(loop_engine(loop) == MUSTER_ENGINE_SIGNAL);
	CHILD_CHECK(says(loop, "io_uring_setup"));
	CHILD_CHECK(says(loop, "epoll_create1"));
	CHILD_CHECK(kill(getpid(), SIGTERM) == 0);
	CHILD_CHECK(loop_wait(loop, NSEC_NEVER, &batch) == 1);
	loop_free(loop);
	return 0;
}

static void without_epoll_the_signal_engine_serves(void **state)
{
	(void)state;
	in_child(live_without_epoll);
}

/* All are refused late, with everything but the signals open already. */
static int live_without_signalfd(void)
{
	static const enum muster_engine engines[] = {
		MUSTER_ENGINE_RING, MUSTER_ENGINE_EPOLL, MUSTER_ENGINE_SIGNAL,
		MUSTER_ENGINE_AUTO};
	struct sigaction child;
	int count = open_count();
	sigset_t before;
	sigset_t after;

	CHILD_CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	CHILD_CHECK(sigprocmask(SIG_BLOCK, NULL, &before) == 0);
	if (child_deny(SYS_signalfd4, EPERM) < 0)
		return CHILD_SKIP;
	for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
		struct loop *loop = NULL;

		CHILD_CHECK(choose(engines[i], true, true, &loop) < 0);
		CHILD_CHECK(says(loop, "refused: "));
		loop_free(loop);
		CHILD_CHECK(open_count() == count);
		CHILD_CHECK(sigprocmask(SIG_BLOCK, NULL, &after) == 0);
		CHILD_CHECK(memcmp(&before, &after, 8) == 0);
		CHILD_CHECK(sigaction(SIGCHLD, NULL, &child) == 0);
		CHILD_CHECK(child.sa_handler == SIG_IGN);
	}
	return 0;
}

static void a_refused_engine_leaves_nothing_behind(void **state)
{
	(void)state;
	in_child(live_without_signalfd);
}

static void an_engine_that_is_freed_leaves_no_descriptor(void **state)
{
	struct loop *loop = engine_open(state);
	int count;

	loop_free(loop);
	count = open_count();
	for (int i = 0; i < 10; i++) {
		loop = engine_open(state);
		assert_true(open_count() > count);
		loop_free(loop);
	}
	assert_int_equal(open_count(), count);
}

static void descriptors_of_an_engine_are_close_on_exec(void **state)
{
	bool was_open[256];
	struct loop *loop;

	for (int fd = 0; fd < 256; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	loop = engine_open(state);
	for (int fd = 0; fd < 256; fd++)
		if (!was_open[fd] && fcntl(fd, F_GETFD) >= 0)
			assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	loop_free(loop);
}

/* Whatever was still armed writes nowhere any more (asan looks on). */
static void an_engine_may_be_freed_with_everything_under_watch(void **state)
{
	struct watched *watched = calloc(20, sizeof(*watched));
	_cleanup_fd_ int fd = eventfd(0, EFD_CLOEXEC);
	struct loop *loop = engine_open(state);
	pid_t pids[20];

	assert_non_null(watched);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = child_sleeper();
		watched_begin(loop, &watched[i], pids[i]);
	}
	assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 1), 0);
	engine_is_silent(loop);
	for (size_t i = 0; i < ARRAY_LEN(pids) / 2; i++)
		assert_int_equal(kill(pids[i], SIGKILL), 0);
	loop_free(loop);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++)
		if (watched[i].pidfd >= 0)
			assert_int_equal(close(watched[i].pidfd), 0);
	free(watched);
	assert_int_equal(eventfd_write(fd, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		(void)kill(pids[i], SIGKILL); /* some are dead */
		assert_int_equal(child_end(pids[i]).si_status, SIGKILL);
	}
}

/* The mask put back by the first to go would be that of the second. */
static void the_signals_have_one_reader(void **state)
{
	struct loop *first = engine_open(state);
	struct loop *second = NULL;

	assert_int_equal(choose(MUSTER_ENGINE_AUTO, true, true, &second),
			 -EBUSY);
	assert_true(says(second, "signalfd"));
	loop_free(second);
	assert_int_equal(choose(MUSTER_ENGINE_AUTO, true, false, &second), 0);
	loop_free(second);
	loop_free(first);
	assert_int_equal(choose(MUSTER_ENGINE_AUTO, true, true, &second), 0);
	loop_free(second);
}

static void nothing_is_freed_without_complaint(void **state)
{
	(void)state;
	assert_null(loop_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(the_ring_is_chosen_where_it_works_without_a_reason,
			    ring),
		ENGINE_TESTS(an_engine_that_was_asked_for_is_the_one),
		cmocka_unit_test(without_pidfds_only_the_signal_engine_is_left),
		cmocka_unit_test(peeking_refuses_the_ring),
		cmocka_unit_test(a_forced_engine_that_is_refused_says_why),
		cmocka_unit_test(where_none_works_each_refusal_is_told),
		ENGINE_TESTS(without_signals_orphans_cannot_be_reaped),
		cmocka_unit_test(
			a_ring_that_a_filter_refuses_is_replaced_by_epoll),
		ENGINE_TEST(a_ring_that_does_not_work_is_found_out, ring),
		ENGINE_TEST(a_small_ring_serves_where_memory_is_limited, ring),
		cmocka_unit_test(without_epoll_the_signal_engine_serves),
		cmocka_unit_test(a_refused_engine_leaves_nothing_behind),
		ENGINE_TESTS(an_engine_that_is_freed_leaves_no_descriptor),
		ENGINE_TESTS(descriptors_of_an_engine_are_close_on_exec),
		ENGINE_TESTS(
			an_engine_may_be_freed_with_everything_under_watch),
		ENGINE_TESTS(the_signals_have_one_reader),
		cmocka_unit_test(nothing_is_freed_without_complaint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

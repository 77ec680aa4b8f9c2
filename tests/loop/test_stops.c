/*
 * test_stops.c - a watched child that is stopped, and children that are not
 * watched.
 */
#include "loop/engines.h"

#define MANY (2 * LOOP_BATCH + 1)

static struct loop *open_telling(void **state, bool tells_stops)
{
	struct loop_options options = engine_options(*state);

	options.tells_stops = tells_stops;
	return engine_open_with(&options);
}

static void stop_and_see(pid_t pid, int signo)
{
	siginfo_t info;

	assert_int_equal(kill(pid, signo), 0);
	do
		info.si_pid = 0;
	while (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT) < 0);
	assert_int_equal(info.si_status, signo);
}

/* The next event there is, before the deadline. */
static struct loop_event next_event(struct loop *loop)
{
	uint64_t until_ns = nsec_add(clock_now_ns(), DEADLINE_NS);
	struct loop_batch batch;

	do
		assert_true(loop_wait(loop, until_ns, &batch) >= 0);
	while (batch.count == 0 && clock_now_ns() < until_ns);
	assert_int_equal(batch.count, 1);
	return batch.events[0];
}

static void job_begin(struct loop *loop, struct watched *watched)
{
	watched_begin(loop, watched, child_sleeper());
	loop_watch_stops(loop, &watched->watch);
}

static void kill_and_hear(struct loop *loop, struct watched *watched)
{
	struct loop_event event;

	assert_int_equal(kill(watched->watch.pid, SIGKILL), 0);
	event = next_event(loop);
	assert_ptr_equal(watched_hear(loop, &event), watched);
}

static void end(struct loop *loop, struct watched *watched)
{
	kill_and_hear(loop, watched);
	loop_free(loop);
}

static void a_stop_is_told_with_its_signal(void **state)
{
	static const int signals[] = {SIGSTOP, SIGTSTP, SIGTTIN};
	struct loop *loop = open_telling(state, true);
	struct watched watched;
	pid_t pid = child_sleeper();

	/* In an orphaned group nobody is stopped by a terminal's signal. */
	assert_int_equal(setpgid(pid, pid), 0);
	watched_begin(loop, &watched, pid);
	loop_watch_stops(loop, &watched.watch);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct loop_event event;

		stop_and_see(pid, signals[i]);
		event = next_event(loop);
		assert_int_equal(event.kind, LOOP_STOP);
		assert_int_equal(event.tag, (uintptr_t)&watched);
		assert_int_equal(event.stop.signo, signals[i]);
		assert_int_equal(kill(pid, SIGCONT), 0);
	}
	end(loop, &watched);
}

static void a_stranger_that_is_stopped_is_no_news(void **state)
{
	struct loop *loop = open_telling(state, true);
	struct watched watched;
	pid_t stranger = child_sleeper();

	job_begin(loop, &watched);
	stop_and_see(stranger, SIGSTOP);
	stop_and_see(watched.watch.pid, SIGSTOP);
	assert_int_equal(next_event(loop).tag, (uintptr_t)&watched);
	end(loop, &watched);
	assert_int_equal(kill(stranger, SIGKILL), 0);
	(void)child_end(stranger); /* or it was reaped */
}

/* For a stranger's stop the kernel would look at all children. */
static void nobody_else_is_asked_for(void **state)
{
	struct loop *loop = open_telling(state, true);
	pid_t stranger = child_sleeper();
	struct watched watched;
	siginfo_t info = {0};

	job_begin(loop, &watched);
	stop_and_see(stranger, SIGSTOP);
	stop_and_see(watched.watch.pid, SIGSTOP);
	assert_int_equal(next_event(loop).tag, (uintptr_t)&watched);
	end(loop, &watched);
	assert_int_equal(
		waitid(P_PID, (id_t)stranger, &info, WSTOPPED | WNOHANG), 0);
	assert_int_equal(info.si_pid, stranger);
	assert_int_equal(kill(stranger, SIGKILL), 0);
	(void)child_end(stranger);
}

/* Two jobs, and between them one who is none. */
static void each_job_is_told_and_nobody_else(void **state)
{
	struct loop *loop = open_telling(state, true);
	struct watched jobs[2];
	struct watched other;

	job_begin(loop, &jobs[0]);
	watched_begin(loop, &other, child_sleeper());
	job_begin(loop, &jobs[1]);
	stop_and_see(other.watch.pid, SIGSTOP);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		stop_and_see(jobs[i].watch.pid, SIGSTOP);
		assert_int_equal(next_event(loop).tag, (uintptr_t)&jobs[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		kill_and_hear(loop, &jobs[i]);
	end(loop, &other);
}

/* A job's place is another's when its end was told. */
static void who_has_ended_is_asked_for_no_more(void **state)
{
	struct loop *loop = open_telling(state, true);
	struct watched watched;
	struct watched next;

	job_begin(loop, &watched);
	watched_begin(loop, &next, child_sleeper());
	kill_and_hear(loop, &watched);
	memset(&watched, 0xff, sizeof(watched));
	stop_and_see(next.watch.pid, SIGSTOP);
	end(loop, &next);
}

/* More than are asked in one wait. */
static void many_jobs_are_asked_in_turn(void **state)
{
	static struct watched jobs[MANY];
	struct loop *loop = open_telling(state, true);

	for (size_t i = 0; i < MANY; i++)
		job_begin(loop, &jobs[i]);
	stop_and_see(jobs[MANY - 1].watch.pid, SIGSTOP);
	assert_int_equal(next_event(loop).tag, (uintptr_t)&jobs[MANY - 1]);
	for (size_t i = 0; i < MANY; i++)
		kill_and_hear(loop, &jobs[i]);
	loop_free(loop);
}

static void nobody_asks_who_does_not_want_to_know(void **state)
{
	struct loop *loop = open_telling(state, false);
	struct watched watched;
	siginfo_t info = {0};

	watched_begin(loop, &watched, child_sleeper());
	stop_and_see(watched.watch.pid, SIGSTOP);
	end(loop, &watched); /* whose end is the next event */
	assert_true(waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(a_stop_is_told_with_its_signal),
		ENGINE_TESTS(a_stranger_that_is_stopped_is_no_news),
		ENGINE_PIDFD_TESTS(nobody_else_is_asked_for),
		ENGINE_TESTS(each_job_is_told_and_nobody_else),
		ENGINE_TESTS(who_has_ended_is_asked_for_no_more),
		ENGINE_TESTS(many_jobs_are_asked_in_turn),
		ENGINE_TESTS(nobody_asks_who_does_not_want_to_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

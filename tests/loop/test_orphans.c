/*
 * test_orphans.c - children that nobody watches: they are reaped when that is
 * asked for, and no watched child's status is ever taken with them.
 */
#include "loop/held.h"
#include "loop/reaping.h"

#define MANY 1000
#define WORKERS 200

/* Each ends with its own status when it gets a byte. */
static void watch_waiting(struct loop *loop, struct watched *workers,
			  int hold_fd)
{
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = child_fork();
		char byte;

		if (pid == 0) {
			(void)!read(hold_fd, &byte, 1);
			_exit(i);
		}
		watched_begin(loop, &workers[i], pid);
	}
}

static void
a_thousand_orphans_go_while_workers_keep_their_statuses(void **state)
{
	static struct watched workers[WORKERS];
	static pid_t pids[MANY];
	struct loop *loop = open_reaping(state);
	struct orphans_alive alive;
	struct heard heard = {0};
	int hold[2];

	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	assert_true(orphans_start(pids, MANY, &alive));
	watch_waiting(loop, workers, hold[0]);
	assert_true(orphans_release(&alive));
	for (int i = 0; i < WORKERS; i++) {
		assert_true(pipe_put(hold[1], "", 1));
		hear_once(loop, 0, &heard);
	}
	hear_rest(loop, &heard, WORKERS, MANY);
	for (int i = 0; i < WORKERS; i++)
		assert_ended(&workers[i], CLD_EXITED, i);
	assert_no_child_is_left();
	loop_free(loop);
	assert_int_equal(close(hold[0]), 0);
	assert_int_equal(close(hold[1]), 0);
}

/* Dead and not told yet: more than a batch takes, and older than the orphans,
 * so that a look at the dead finds them first. */
static void workers_that_died_before_the_sweep_keep_their_statuses(void **state)
{
	static struct watched workers[WORKERS];
	struct loop *loop = open_reaping(state);
	struct orphans_alive alive;
	pid_t pids[10];

	for (int i = 0; i < WORKERS; i++)
		watched_begin(loop, &workers[i], child_sleeper());
	assert_true(orphans_start(pids, ARRAY_LEN(pids), &alive));
	for (int i = 0; i < WORKERS; i++)
		kill_dead(&workers[i]);
	assert_true(orphans_release(&alive));
	assert_true(orphans_are_dead(pids, ARRAY_LEN(pids)));
	hear(loop, WORKERS, ARRAY_LEN(pids));
	for (int i = 0; i < WORKERS; i++)
		assert_ended(&workers[i], CLD_KILLED, SIGKILL);
	assert_no_child_is_left();
	loop_free(loop);
}

/* SIGCHLD is pending with the worker's number when the orphan dies. */
static void an_orphan_behind_a_workers_record_is_reaped(void **state)
{
	struct loop *loop = open_reaping(state);
	struct orphans_alive alive;
	struct watched worker;
	pid_t pid;

	assert_true(orphans_start(&pid, 1, &alive));
	watched_begin(loop, &worker, child_sleeper());
	hear(loop, 0, 0);
	kill_dead(&worker);
	assert_true(orphans_release(&alive));
	assert_true(orphan_is_dead(pid));
	hear(loop, 1, 1);
	assert_ended(&worker, CLD_KILLED, SIGKILL);
	assert_no_child_is_left();
	loop_free(loop);
}

static void a_child_that_died_before_it_was_watched_is_no_orphan(void **state)
{
	struct loop *loop = open_reaping(state);
	struct watched worker;
	siginfo_t info;
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(17);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	watched_begin(loop, &worker, pid);
	hear(loop, 1, 0);
	assert_ended(&worker, CLD_EXITED, 17);
	assert_no_child_is_left();
	loop_free(loop);
}

static int fail_to_watch(void)
{
	struct loop_options options = engine_options(&engine_epoll);
	struct loop_watch watch = {.tag = 9};
	struct loop *loop = NULL;
	struct loop_batch batch;
	siginfo_t info;

	options.reaps_orphans = true;
	CHILD_CHECK(loop_new(&options, &loop) == 0);
	if (child_deny(SYS_epoll_ctl, ENOSPC) < 0)
		return CHILD_SKIP;
	watch.pid = child_fork();
	if (watch.pid == 0)
		_exit(6);
	watch.pidfd = child_pidfd(watch.pid);
	CHILD_CHECK(waitid(P_PID, (id_t)watch.pid, &info, WEXITED | WNOWAIT) ==
		    0);
	CHILD_CHECK(loop_watch_exit(loop, &watch) == -ENOSPC);
	CHILD_CHECK(loop_wait(loop, 0, &batch) >= 0); /* sweeps */
	while (batch.count == 0) {
		CHILD_CHECK(batch.orphans == 0);
		CHILD_CHECK(loop_wait(loop, NSEC_NEVER, &batch) >= 0);
	}
	CHILD_CHECK(batch.events[0].tag == 9);
	CHILD_CHECK(batch.events[0].exit.code == CLD_EXITED);
	CHILD_CHECK(batch.events[0].exit.status == 6);
	loop_free(loop);
	return 0;
}

static void a_child_that_could_not_be_watched_is_no_orphan(void **state)
{
	(void)state;
	in_child(fail_to_watch);
}

/* It is tried again after 1, 2, 4 ... ms, so for a while after the tracer has
 * let go only a sweep would find it. */
static void a_worker_that_a_tracer_held_is_no_orphan(void **state)
{
	struct loop *loop = open_reaping(state);
	struct tracer tracer = {0};
	struct heard heard = {0};
	struct watched worker;
	uint64_t until_ns;

	watched_hold(loop, &worker, &tracer);
	(void)orphan_dead();
	hear(loop, 0, 1);
	until_ns = clock_now_ns() + 150 * NSEC_PER_MSEC;
	while (clock_now_ns() < until_ns)
		hear_once(loop, until_ns, &heard);
	tracer_end(&tracer);
	hear_rest(loop, &heard, 1, 0);
	assert_ended(&worker, CLD_KILLED, SIGKILL);
	assert_no_child_is_left();
	loop_free(loop);
}

/* It is told and not watched any more, but stays until the next wait. */
static void a_peeked_zombie_is_no_orphan(void **state)
{
	struct loop *loop = open_reaping(state);
	struct watched worker;
	struct heard heard = {0};
	pid_t pid = child_sleeper();

	watched_begin(loop, &worker, pid);
	kill_dead(&worker);
	(void)orphan_dead();
	while (heard.exits == 0)
		hear_once(loop, NSEC_NEVER, &heard);
	assert_true(is_zombie(pid));
	hear_rest(loop, &heard, 1, 1);
	assert_ended(&worker, CLD_KILLED, SIGKILL);
	assert_no_child_is_left();
	loop_free(loop);
}

/* A child that we trace: its stop is found among the dead, before them. */
static void a_ptrace_stop_does_not_hide_an_orphan(void **state)
{
	struct loop *loop = open_reaping(state);
	struct watched worker;
	siginfo_t info;
	pid_t pid = child_fork();

	while (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, 0, 0); /* or is seen to run */
		(void)raise(SIGSTOP);
	}
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT),
			 0);
	watched_begin(loop, &worker, pid);
	(void)orphan_dead();
	hear(loop, 0, 1);
	kill_dead(&worker);
	hear(loop, 1, 0);
	assert_ended(&worker, CLD_KILLED, SIGKILL);
	assert_no_child_is_left();
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(
			a_thousand_orphans_go_while_workers_keep_their_statuses),
		ENGINE_TESTS(
			workers_that_died_before_the_sweep_keep_their_statuses),
		ENGINE_TESTS(an_orphan_behind_a_workers_record_is_reaped),
		ENGINE_TESTS(
			a_child_that_died_before_it_was_watched_is_no_orphan),
		cmocka_unit_test(
			a_child_that_could_not_be_watched_is_no_orphan),
		ENGINE_TESTS(a_worker_that_a_tracer_held_is_no_orphan),
		ENGINE_TEST(a_peeked_zombie_is_no_orphan, peeking),
		ENGINE_TEST(a_peeked_zombie_is_no_orphan, signal),
		ENGINE_TESTS(a_ptrace_stop_does_not_hide_an_orphan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

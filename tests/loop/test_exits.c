/*
 * test_exits.c - the ends of children: each is reported once, with its tag and
 * its status, and is reaped by then.
 */
#include <dirent.h>
#include <sys/resource.h>

#include "loop/engines.h"

static pid_t fork_exiting(int status)
{
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(status);
	return pid;
}

static void assert_no_child_is_left(void)
{
	siginfo_t info;

	assert_true(waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0);
	assert_int_equal(errno, ECHILD);
}

static void exit_statuses_are_reported_once_each(void **state)
{
	static const int statuses[] = {0, 1, 2, 126, 127, 128, 255};
	struct watched watched[ARRAY_LEN(statuses)];
	struct loop *loop = engine_open(state);

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		watched_begin(loop, &watched[i], fork_exiting(statuses[i]));
	engine_hear(loop, ARRAY_LEN(statuses));
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		assert_ended(&watched[i], CLD_EXITED, statuses[i]);
	engine_is_silent(loop);
	assert_no_child_is_left();
	loop_free(loop);
}

static void signals_that_killed_are_reported_once_each(void **state)
{
	static const int signals[] = {SIGKILL, SIGTERM, SIGUSR1, SIGALRM};
	struct watched watched[ARRAY_LEN(signals)];
	pid_t pids[ARRAY_LEN(signals)];
	struct loop *loop;

	/* Forked before the loop blocks what shall kill them. */
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		pids[i] = child_sleeper();
	loop = engine_open(state);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		watched_begin(loop, &watched[i], pids[i]);
		assert_int_equal(kill(pids[i], signals[i]), 0);
	}
	engine_hear(loop, ARRAY_LEN(signals));
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		assert_ended(&watched[i], CLD_KILLED, signals[i]);
	engine_is_silent(loop);
	assert_no_child_is_left();
	loop_free(loop);
}

/* Dumps core into directory, if that can be. */
static pid_t fork_dumping(const char *directory)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	pid_t pid = child_fork();

	if (pid != 0)
		return pid;
	(void)setrlimit(RLIMIT_CORE, &limit); /* refused: no core, a skip */
	(void)!chdir(directory);
	(void)signal(SIGQUIT, SIG_DFL);
	(void)raise(SIGQUIT);
	_exit(1);
}

static void remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL)
		(void)unlinkat(dirfd(directory), entry->d_name, 0);
	(void)closedir(directory); /* it was only read */
	assert_int_equal(rmdir(path), 0);
}

static void a_dumped_core_is_told_from_a_plain_kill(void **state)
{
	char path[] = "/tmp/muster-core-XXXXXX";
	struct loop *loop = engine_open(state);
	struct watched watched;
	siginfo_t info = {0};
	pid_t pid;

	assert_non_null(mkdtemp(path));
	pid = fork_dumping(path);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	watched_begin(loop, &watched, pid);
	engine_hear(loop, 1);
	remove_directory(path);
	loop_free(loop);
	assert_ended(&watched, info.si_code, SIGQUIT);
	if (info.si_code != CLD_DUMPED)
		SKIP("no core is dumped here");
}

static void a_child_that_was_dead_before_the_loop_is_reported(void **state)
{
	pid_t pid = fork_exiting(4);
	struct watched watched;
	struct loop *loop;
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	loop = engine_open(state);
	watched_begin(loop, &watched, pid);
	engine_hear(loop, 1);
	assert_ended(&watched, CLD_EXITED, 4);
	loop_free(loop);
}

/* Somebody else's wait was faster: the end is told, the status is not known. */
static void an_end_whose_status_was_stolen_has_code_0(void **state)
{
	struct loop *loop = engine_open(state);
	pid_t pid = child_sleeper();
	struct watched watched;

	watched_begin(loop, &watched, pid);
	engine_is_silent(loop);
	watched.watch.info.si_code = CLD_EXITED; /* left by a predecessor */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
	engine_hear(loop, 1);
	assert_ended(&watched, 0, 0);
	engine_is_silent(loop);
	loop_free(loop);
}

static void a_child_that_nobody_watches_is_not_reported(void **state)
{
	struct loop *loop = engine_open(state);
	pid_t stranger = fork_exiting(1);
	struct watched watched;
	siginfo_t info;

	assert_int_equal(
		waitid(P_PID, (id_t)stranger, &info, WEXITED | WNOWAIT), 0);
	watched_begin(loop, &watched, fork_exiting(2));
	engine_hear(loop, 1);
	assert_ended(&watched, CLD_EXITED, 2);
	engine_is_silent(loop);
	loop_free(loop);
	/* On the signal engine it had to be reaped, it hid the others. */
	(void)child_end(stranger);
	assert_no_child_is_left();
}

static const struct engine *story_engine;

static bool watch_exiting(struct loop *loop, struct watched *watched,
			  int status)
{
	watched->watch.pid = fork_exiting(status);
	watched->watch.pidfd = -1;
	if (loop_engine(loop) != MUSTER_ENGINE_SIGNAL)
		watched->watch.pidfd = child_pidfd(watched->watch.pid);
	watched->pidfd = watched->watch.pidfd;
	return loop_watch_exit(loop, &watched->watch) == 0;
}

static int replace_at_once(void)
{
	struct watched watched = {.watch.tag = 11};
	struct loop *loop = NULL;
	struct loop_batch batch;

	CHILD_CHECK(engine_new(story_engine, &loop) == 0);
	CHILD_CHECK(watch_exiting(loop, &watched, 0));
	for (int status = 0; status < 50; status++) {
		int former = watched.pidfd;

		do
			CHILD_CHECK(loop_wait(loop, NSEC_NEVER, &batch) >= 0);
		while (batch.count == 0);
		CHILD_CHECK(batch.count == 1);
		CHILD_CHECK(batch.events[0].tag == 11);
		CHILD_CHECK(batch.events[0].exit.code == CLD_EXITED);
		CHILD_CHECK(batch.events[0].exit.status == status);
		CHILD_CHECK(watch_exiting(loop, &watched, status + 1));
		loop_close(loop, former);
	}
	loop_free(loop);
	return 0;
}

/* What a launcher does at each end: the successor takes the same place before
 * the next wait. In a child, for an endless loop there would end all tests. */
static void a_watch_serves_the_successor_at_once(void **state)
{
	loop_free(engine_open(state)); /* or skips */
	story_engine = *state;
	in_child(replace_at_once);
}

static int fail_to_watch(void)
{
	struct watched watched = {.watch.tag = (uintptr_t)&watched};
	struct loop *loop = NULL;
	struct loop_batch batch;
	uint64_t tag = 0;

	CHILD_CHECK(engine_new(&engine_epoll, &loop) == 0);
	if (child_deny(SYS_epoll_ctl, ENOSPC) < 0)
		return CHILD_SKIP;
	watched.watch.pid = fork_exiting(6);
	watched.watch.pidfd = child_pidfd(watched.watch.pid);
	CHILD_CHECK(loop_watch_exit(loop, &watched.watch) == -ENOSPC);
	CHILD_CHECK(loop_find_exit(loop, watched.watch.pid, &tag) == 0);
	CHILD_CHECK(tag == watched.watch.tag);
	do
		CHILD_CHECK(loop_wait(loop, NSEC_NEVER, &batch) >= 0);
	while (batch.count == 0);
	CHILD_CHECK(batch.count == 1);
	CHILD_CHECK(batch.events[0].tag == watched.watch.tag);
	CHILD_CHECK(batch.events[0].exit.code == CLD_EXITED);
	CHILD_CHECK(batch.events[0].exit.status == 6);
	CHILD_CHECK(loop_find_exit(loop, watched.watch.pid, &tag) == -ENOENT);
	CHILD_CHECK(loop_wait(loop, 0, &batch) == 0);
	loop_free(loop);
	return 0;
}

static void a_child_that_could_not_be_watched_is_reported_later(void **state)
{
	(void)state;
	in_child(fail_to_watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(exit_statuses_are_reported_once_each),
		ENGINE_TESTS(signals_that_killed_are_reported_once_each),
		ENGINE_TESTS(a_dumped_core_is_told_from_a_plain_kill),
		ENGINE_TESTS(a_child_that_was_dead_before_the_loop_is_reported),
		ENGINE_PIDFD_TESTS(an_end_whose_status_was_stolen_has_code_0),
		ENGINE_TESTS(a_child_that_nobody_watches_is_not_reported),
		ENGINE_TESTS(a_watch_serves_the_successor_at_once),
		cmocka_unit_test(
			a_child_that_could_not_be_watched_is_reported_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

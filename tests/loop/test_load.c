/*
 * test_load.c - more at once than one turn takes: batches stay within their
 * bound, and nothing is lost or mixed up.
 */
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "loop/engines.h"

#define MANY 1000

static void allow_descriptors(rlim_t count)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < count)
		SKIP("RLIMIT_NOFILE is below %lu", (unsigned long)count);
	if (limit.rlim_cur < count)
		limit.rlim_cur = count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* All of them wait for the end of one pipe, and exit with number % 100. */
static void fork_many(pid_t *pids, int count, int *ret_hold_fd)
{
	int ends[2];
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < count; i++) {
		pids[i] = child_fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			(void)close(ends[1]); /* or it would hold itself */
			(void)!read(ends[0], &byte, 1);
			_exit(i % 100);
		}
	}
	assert_int_equal(close(ends[0]), 0);
	*ret_hold_fd = ends[1];
}

static void a_thousand_ends_at_once_are_all_reported(void **state)
{
	static struct watched watched[MANY];
	static pid_t pids[MANY];
	struct loop *loop;
	siginfo_t info;
	int hold_fd;

	allow_descriptors(MANY + 100);
	loop = engine_open(state);
	fork_many(pids, MANY, &hold_fd);
	for (int i = 0; i < MANY; i++)
		watched_begin(loop, &watched[i], pids[i]);
	engine_is_silent(loop);
	assert_int_equal(close(hold_fd), 0);
	engine_hear(loop, MANY);
	for (int i = 0; i < MANY; i++)
		assert_ended(&watched[i], CLD_EXITED, i % 100);
	engine_is_silent(loop);
	assert_true(waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0);
	loop_free(loop);
}

static void count_events(struct loop *loop, const struct loop_batch *batch,
			 int *signals, uint32_t *fds)
{
	assert_true(batch->count > 0);
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct loop_event *event = &batch->events[i];

		if (event->kind == LOOP_SIGNAL)
			signals[event->signal.signo]++;
		else if (event->kind == LOOP_FD)
			++*fds;
		else
			(void)watched_hear(loop, event);
	}
}

/* Watching and unwatching, more often than the ring's queue has entries, makes
 * it enter without taking what has completed: the completions pile up. */
static void pile_up(struct loop *loop, int fd)
{
	for (int i = 0; i < 4000; i++) {
		assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 1), 0);
		assert_int_equal(loop_unwatch_fd(loop, fd), 0);
	}
}

static void exits_and_signals_that_pile_up_come_in_bounded_batches(void **state)
{
	struct loop *loop = engine_open(state);
	_cleanup_fd_ int fd = eventfd(0, EFD_CLOEXEC);
	static struct watched watched[200];
	int signals[65] = {0};
	struct loop_batch batch;
	uint32_t fds = 0;

	for (size_t i = 0; i < ARRAY_LEN(watched); i++)
		watched_begin(loop, &watched[i], child_sleeper());
	engine_is_silent(loop);
	for (size_t i = 0; i < ARRAY_LEN(watched); i++) {
		assert_int_equal(kill(watched[i].watch.pid, SIGKILL), 0);
		if (i == 120)
			for (int signo = 0; signo < 30; signo++)
				assert_int_equal(
					kill(getpid(), SIGRTMIN + signo), 0);
	}
	pile_up(loop, fd);
	for (uint32_t heard = 0; heard < 230; heard += batch.count) {
		engine_wait(loop, &batch);
		count_events(loop, &batch, signals, &fds);
	}
	for (size_t i = 0; i < ARRAY_LEN(watched); i++)
		assert_ended(&watched[i], CLD_KILLED, SIGKILL);
	for (int signo = 0; signo < 30; signo++)
		assert_int_equal(signals[SIGRTMIN + signo], 1);
	assert_int_equal(fds, 0);
	engine_is_silent(loop);
	loop_free(loop);
}

/* What the launcher's limit comes to when all happens at once. */
static void all_descriptors_signals_and_exits_at_once_are_told(void **state)
{
	struct loop *loop = engine_open(state);
	struct watched watched[100];
	int signals[65] = {0};
	int events[LOOP_FDS];
	struct loop_batch batch;
	uint32_t fds = 0;

	for (size_t i = 0; i < ARRAY_LEN(watched); i++) {
		pid_t pid = child_sleeper();

		watched_begin(loop, &watched[i], pid);
		assert_int_equal(kill(pid, SIGKILL), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		events[i] = eventfd(1, EFD_CLOEXEC);
		assert_int_equal(loop_watch_fd(loop, events[i], POLLIN, i), 0);
	}
	for (int i = 0; i < 30; i++)
		assert_int_equal(kill(getpid(), SIGRTMIN + i), 0);
	for (uint32_t heard = 0; heard < 194; heard += batch.count) {
		engine_wait(loop, &batch);
		count_events(loop, &batch, signals, &fds);
	}
	engine_is_silent(loop);
	loop_free(loop);
	assert_int_equal(fds, LOOP_FDS);
	for (int i = 0; i < 30; i++)
		assert_int_equal(signals[SIGRTMIN + i], 1);
	for (size_t i = 0; i < ARRAY_LEN(watched); i++)
		assert_ended(&watched[i], CLD_KILLED, SIGKILL);
	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		assert_int_equal(close(events[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(a_thousand_ends_at_once_are_all_reported),
		ENGINE_TESTS(
			exits_and_signals_that_pile_up_come_in_bounded_batches),
		ENGINE_TESTS(
			all_descriptors_signals_and_exits_at_once_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

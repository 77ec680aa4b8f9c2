/*
 * test_pids.c - watched children by pid: from the watch to the end that is
 * told, whatever happens to the child in between.
 */
#include <linux/sched.h>
#include <sys/eventfd.h>

#include "loop/engines.h"

#define MANY 300
/* Numbers that differ by this lie in one chain. */
#define CHAINS 4096

static bool finds(const struct loop *loop, pid_t pid,
		  const struct watched *watched)
{
	uint64_t tag = 0;

	return loop_find_exit(loop, pid, &tag) == 0 &&
	       tag == (uintptr_t)watched;
}

static bool misses(const struct loop *loop, pid_t pid)
{
	uint64_t tag = 77;

	return loop_find_exit(loop, pid, &tag) == -ENOENT && tag == 77;
}

static void a_child_is_found_until_its_end_is_told(void **state)
{
	struct loop *loop = engine_open(state);
	struct watched watched;
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);

	assert_true(misses(loop, pid));
	watched_begin(loop, &watched, pid);
	assert_true(finds(loop, pid, &watched));
	engine_is_silent(loop);
	assert_true(finds(loop, pid, &watched));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(is_readable(pidfd));
	assert_true(finds(loop, pid, &watched));
	engine_hear(loop, 1);
	assert_true(misses(loop, pid));
	loop_free(loop);
}

static void who_is_not_watched_is_not_found(void **state)
{
	struct loop *loop = engine_open(state);
	struct watched watched;
	pid_t pid = child_sleeper();

	watched_begin(loop, &watched, pid);
	assert_true(misses(loop, getpid()));
	assert_true(misses(loop, pid + CHAINS));
	assert_true(misses(loop, 0));
	assert_true(misses(loop, -1));
	assert_true(misses(loop, -pid));
	assert_int_equal(kill(pid, SIGKILL), 0);
	engine_hear(loop, 1);
	loop_free(loop);
}

static uint32_t count_found(const struct loop *loop,
			    const struct watched *watched)
{
	uint32_t count = 0;

	for (size_t i = 0; i < MANY; i++)
		if (finds(loop, watched[i].watch.pid, &watched[i]))
			count++;
		else
			assert_true(misses(loop, watched[i].watch.pid));
	return count;
}

/* Those that died and were not told yet included. */
static void of_many_exactly_those_are_found_that_were_not_told(void **state)
{
	static struct watched watched[MANY];
	struct loop *loop = engine_open(state);
	struct loop_batch batch;
	uint32_t left = MANY;

	for (size_t i = 0; i < MANY; i++)
		watched_begin(loop, &watched[i], child_sleeper());
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(kill(watched[i].watch.pid, SIGKILL), 0);
	while (left > 0) {
		assert_int_equal(count_found(loop, watched), left);
		engine_wait(loop, &batch);
		assert_true(batch.count > 0);
		for (uint32_t i = 0; i < batch.count; i++)
			(void)watched_hear(loop, &batch.events[i]);
		left -= batch.count;
	}
	assert_int_equal(count_found(loop, watched), 0);
	loop_free(loop);
}

/* A sleeper of this number; 0 where it cannot be had. */
static pid_t fork_numbered(pid_t number)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&number,
		.set_tid_size = 1,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0)
		(void)pause();
	return pid < 0 ? 0 : (pid_t)pid;
}

/* A number like this one that is free; where all are taken, 0. */
static pid_t fork_alike(pid_t pid)
{
	pid_t alike = 0;

	for (pid_t next = pid % CHAINS + CHAINS; next < 32768 && alike == 0;
	     next += CHAINS)
		alike = fork_numbered(next);
	return alike;
}

static void watch_alike(struct loop *loop, struct watched *watched,
			size_t count)
{
	pid_t pid = child_sleeper();

	watched_begin(loop, &watched[0], pid);
	for (size_t i = 1; i < count; i++) {
		pid_t next = fork_alike(pid);

		if (next == 0) {
			loop_free(loop);
			SKIP("no child's number can be chosen here");
		}
		watched_begin(loop, &watched[i], next);
	}
}

/* Numbers that are alike in their last bits. One leaves the middle of its
 * chain, then the front, then the end. */
static void children_of_like_numbers_are_not_mixed_up(void **state)
{
	static const size_t order[] = {1, 3, 0, 2};
	struct loop *loop = engine_open(state);
	struct watched watched[ARRAY_LEN(order)];
	bool is_told[ARRAY_LEN(order)] = {false};

	watch_alike(loop, watched, ARRAY_LEN(order));
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct watched *next = &watched[order[i]];

		assert_int_equal(kill(next->watch.pid, SIGKILL), 0);
		engine_hear(loop, 1);
		assert_ended(next, CLD_KILLED, SIGKILL);
		is_told[order[i]] = true;
		for (size_t k = 0; k < ARRAY_LEN(order); k++)
			assert_true(is_told[k]
					    ? misses(loop, watched[k].watch.pid)
					    : finds(loop, watched[k].watch.pid,
						    &watched[k]));
	}
	loop_free(loop);
}

/* Its end was not told and its number is free: the kernel has reaped it. */
static struct watched *find_reaped(struct watched *watched)
{
	for (size_t i = 0; i < MANY; i++)
		if (kill(watched[i].watch.pid, 0) < 0 && errno == ESRCH)
			return &watched[i];
	return NULL;
}

/* Unwatching makes the ring enter without taking what has completed. */
static void enter_often(struct loop *loop)
{
	_cleanup_fd_ int fd = eventfd(0, EFD_CLOEXEC);

	for (int i = 0; i < 100; i++) {
		assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 1), 0);
		assert_int_equal(loop_unwatch_fd(loop, fd), 0);
	}
}

static void
a_number_used_again_before_its_end_is_told_is_the_later(void **state)
{
	static struct watched watched[MANY];
	struct loop *loop = engine_open(state);
	struct watched *former = NULL;
	struct watched later;
	pid_t pid;

	for (size_t i = 0; i < MANY; i++)
		watched_begin(loop, &watched[i], child_sleeper());
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(kill(watched[i].watch.pid, SIGKILL), 0);
	for (size_t i = 0; i < MANY; i++)
		assert_true(is_readable(watched[i].pidfd));
	enter_often(loop);
	former = find_reaped(watched);
	assert_non_null(former);
	pid = fork_numbered(former->watch.pid);
	if (pid == 0) {
		loop_free(loop);
		SKIP("no child's number can be chosen here");
	}
	watched_begin(loop, &later, pid);
	assert_true(finds(loop, pid, &later));
	engine_hear(loop, MANY);
	assert_ended(former, CLD_KILLED, SIGKILL);
	assert_true(finds(loop, pid, &later));
	assert_int_equal(kill(pid, SIGKILL), 0);
	engine_hear(loop, 1);
	assert_true(misses(loop, pid));
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(a_child_is_found_until_its_end_is_told),
		ENGINE_TESTS(who_is_not_watched_is_not_found),
		ENGINE_TESTS(
			of_many_exactly_those_are_found_that_were_not_told),
		ENGINE_TESTS(children_of_like_numbers_are_not_mixed_up),
		ENGINE_TEST(
			a_number_used_again_before_its_end_is_told_is_the_later,
			ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

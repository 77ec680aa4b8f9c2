/*
 * test_fork_alone.c - who has a second thread may not fork, by each of the ways
 * to know: the C library, unshare(2), /proc.
 */
#include <pthread.h>
#include <sched.h>

#include "kernel/second.h"
#include "proc/forked.h"

/* A thread that was joined is a task for some moments more. The story has ten
 * seconds. */
static int second_end(struct second *second)
{
	CHILD_CHECK(close(second->ends[1]) == 0);
	CHILD_CHECK(pthread_join(second->thread, NULL) == 0);
	CHILD_CHECK(close(second->ends[0]) == 0);
	while (count_task_links() > 3 || unshare(CLONE_THREAD) < 0)
		(void)sched_yield();
	return 0;
}

static unsigned int unshare_error; /* 0: not refused */

/* With a second thread, and without one any more: the flag of the C library
 * stays down once there was one, so that the other ways are asked. */
static int fork_beside_a_thread(void)
{
	struct second second;
	struct forked forked;
	int r;

	CHILD_CHECK(fork_is_alone());
	CHILD_CHECK(second_start(&second) == 0);
	CHILD_CHECK(!compat_is_single_threaded());
	/* It is of one thread only; the other one does not ask. */
	if (unshare_error != 0 && child_deny(SYS_unshare, unshare_error) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(!fork_is_alone());
	r = forked_begin(&forked, true);
	if (r == FORK_CHILD)
		_exit(1);
	CHILD_CHECK(r == -EBUSY);
	CHILD_CHECK(waitid(P_ALL, 0, &forked.end, WEXITED | WNOHANG) < 0);
	if (unshare_error != 0) {
		CHILD_CHECK(close(second.ends[1]) == 0);
		CHILD_CHECK(pthread_join(second.thread, NULL) == 0);
		while (count_task_links() > 3)
			(void)sched_yield();
	} else {
		CHILD_CHECK(second_end(&second) == 0);
	}
	CHILD_CHECK(fork_is_alone());
	r = forked_begin(&forked, true);
	if (r == FORK_CHILD)
		_exit(FORKED_STATUS);
	CHILD_CHECK(r == FORK_PARENT);
	CHILD_CHECK(forked_end(&forked) == 0);
	CHILD_CHECK(forked_exited(&forked, FORKED_STATUS));
	return 0;
}

static void beside_a_second_thread_it_is_busy(void **state)
{
	(void)state;
	unshare_error = 0;
	in_child(fork_beside_a_thread);
}

static void where_unshare_is_refused_threads_are_counted(void **state)
{
	static const unsigned int errors[] = {EPERM, ENOSYS};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		unshare_error = errors[i];
		in_child(fork_beside_a_thread);
	}
	unshare_error = 0;
}

/* Once it had a second thread, so that the C library's flag says nothing. */
static int fork_by_one_way(unsigned int denied, unsigned int error,
			   bool is_alone)
{
	struct second second;

	CHILD_CHECK(second_start(&second) == 0);
	CHILD_CHECK(second_end(&second) == 0);
	if (child_deny(denied, error) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(fork_is_alone() == is_alone);
	return 0;
}

static int fork_by_unshare(void)
{
	return fork_by_one_way(SYS_newfstatat, EACCES, true);
}

static int fork_against_unshare(void)
{
	return fork_by_one_way(SYS_unshare, EINVAL, false);
}

static void where_unshare_answers_proc_is_not_asked(void **state)
{
	(void)state;
	in_child(fork_by_unshare);
	in_child(fork_against_unshare);
}

/* Neither unshare(2) nor /proc can be asked. */
static int deny_both(void)
{
	return child_deny(SYS_unshare, EPERM) < 0 ||
			       child_deny(SYS_newfstatat, EACCES) < 0
		       ? CHILD_SKIP
		       : 0;
}

static int fork_by_the_flag(void)
{
	if (!compat_is_single_threaded())
		return 0; /* another C library: it has no flag */
	if (deny_both() < 0)
		return CHILD_SKIP;
	CHILD_CHECK(fork_is_alone());
	return 0;
}

static void where_the_c_library_knows_nobody_else_is_asked(void **state)
{
	(void)state;
	in_child(fork_by_the_flag);
}

static int fork_untold(void)
{
	struct second second;
	struct forked forked;

	CHILD_CHECK(second_start(&second) == 0);
	CHILD_CHECK(second_end(&second) == 0);
	CHILD_CHECK(fork_is_alone());
	if (deny_both() < 0)
		return CHILD_SKIP;
	CHILD_CHECK(forked_begin(&forked, true) == -EBUSY);
	return 0;
}

static void where_nobody_can_tell_it_is_busy(void **state)
{
	(void)state;
	in_child(fork_untold);
}

static int share_memory_until_told(void *argument)
{
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)!read(*(int *)argument, &byte, 1);
	return 0;
}

/* As a program's child does between clone and execve. */
static int fork_beside_a_clone(void)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	struct second second;
	int ends[2];
	pid_t pid;

	CHILD_CHECK(second_start(&second) == 0);
	CHILD_CHECK(second_end(&second) == 0);
	CHILD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = clone(share_memory_until_told, stack + sizeof(stack),
		    CLONE_VM | SIGCHLD, &ends[0]);
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(!compat_is_single_threaded());
	CHILD_CHECK(fork_is_alone());
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(child_end(pid).si_pid == pid);
	return 0;
}

static void a_child_that_shares_the_memory_is_no_thread(void **state)
{
	(void)state;
	in_child(fork_beside_a_clone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_a_second_thread_it_is_busy),
		cmocka_unit_test(where_unshare_is_refused_threads_are_counted),
		cmocka_unit_test(
			where_the_c_library_knows_nobody_else_is_asked),
		cmocka_unit_test(where_unshare_answers_proc_is_not_asked),
		cmocka_unit_test(where_nobody_can_tell_it_is_busy),
		cmocka_unit_test(a_child_that_shares_the_memory_is_no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

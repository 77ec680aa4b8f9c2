/*
 * test_fork_mark.c - whether an object is a copy that a fork has made, told by
 * a page that the kernel wipes, and where it does not by the pid.
 */
#include <stddef.h>

#include "proc/forked.h"

static struct fork_mark *mark;

/* 0 or the line of a broken promise, told by the child's status. */
static int ask_child(int (*question)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(question() == 0 ? FORKED_STATUS : 1);
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(child_end(pid).si_status == FORKED_STATUS);
	return 0;
}

static int is_not_ours(void)
{
	CHILD_CHECK(!fork_mark_is_ours(mark));
	return 0;
}

static int is_not_ours_nor_our_childs(void)
{
	CHILD_CHECK(is_not_ours() == 0);
	CHILD_CHECK(ask_child(is_not_ours) == 0);
	return 0;
}

static int mark_and_fork(void)
{
	mark = fork_mark_new();
	CHILD_CHECK(mark);
	CHILD_CHECK(fork_mark_is_ours(mark));
	CHILD_CHECK(ask_child(is_not_ours_nor_our_childs) == 0);
	CHILD_CHECK(fork_mark_is_ours(mark));
	mark = fork_mark_free(mark);
	CHILD_CHECK(!mark);
	return 0;
}

static void a_mark_is_ours_and_no_childs_and_no_grandchilds(void **state)
{
	(void)state;
	in_child(mark_and_fork);
}

/* As before Linux 4.14. */
static int mark_without_wiping(void)
{
	if (child_deny(SYS_madvise, EINVAL) < 0)
		return CHILD_SKIP;
	return mark_and_fork();
}

static void without_a_wiped_page_the_pid_tells(void **state)
{
	(void)state;
	in_child(mark_without_wiping);
}

/* The number of a dead launcher may be a child's one day: a wiped page is not
 * mistaken then, so the pid is not even asked for. */
static int ask_without_pid(void)
{
	mark = fork_mark_new();
	CHILD_CHECK(mark);
	if (child_deny(SYS_getpid, EPERM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(fork_mark_is_ours(mark));
	CHILD_CHECK(ask_child(is_not_ours) == 0);
	return 0;
}

static void a_wiped_page_tells_without_a_system_call(void **state)
{
	(void)state;
	in_child(ask_without_pid);
}

static int mark_a_childs_own(void)
{
	mark = fork_mark_new();
	CHILD_CHECK(mark);
	return ask_child(mark_and_fork);
}

static void a_child_may_have_a_mark_of_its_own(void **state)
{
	(void)state;
	in_child(mark_a_childs_own);
}

static int mark_without_memory(void)
{
	if (child_deny(SYS_mmap, ENOMEM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(!fork_mark_new());
	CHILD_CHECK(!fork_mark_free(NULL));
	return 0;
}

static void without_memory_there_is_no_mark(void **state)
{
	(void)state;
	in_child(mark_without_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_mark_is_ours_and_no_childs_and_no_grandchilds),
		cmocka_unit_test(without_a_wiped_page_the_pid_tells),
		cmocka_unit_test(a_wiped_page_tells_without_a_system_call),
		cmocka_unit_test(a_child_may_have_a_mark_of_its_own),
		cmocka_unit_test(without_memory_there_is_no_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_reaper.c - an orphan comes to who has asked for it, and to nobody else.
 */
#include <sys/prctl.h>

#include "kernel/children.h"
#include "proc/reaper.h"

/* In a process of its own: a child leaves a grandchild behind, which tells who
 * its parent is by then. 1 when that is this process. */
static int adopts_an_orphan(void)
{
	int told[2];
	int hold[2];
	pid_t parent = 0;
	pid_t pid;
	char byte;

	if (pipe2(told, O_CLOEXEC) < 0 || pipe2(hold, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			(void)close(hold[1]);
			/* Until the one in between has been reaped. */
			(void)!read(hold[0], &byte, 1);
			parent = getppid();
			(void)!write(told[1], &parent, sizeof(parent));
			_exit(0);
		}
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) != pid)
		return -1;
	(void)close(hold[1]);
	if (read(told[0], &parent, sizeof(parent)) != sizeof(parent))
		return -1;
	return parent == getpid();
}

static int run_in_child(int (*what)(void))
{
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(what() & 0xff);
	return child_end(pid).si_status;
}

static int ask_and_look(void)
{
	if (reaper_set(true) != 0)
		return 90;
	return adopts_an_orphan();
}

static int ask_twice_and_give_up(void)
{
	if (reaper_set(true) != 0 || reaper_set(true) != 1 ||
	    reaper_set(false) != 1)
		return 90;
	return adopts_an_orphan();
}

static void who_asks_for_orphans_gets_them(void **state)
{
	(void)state;
	assert_int_equal(run_in_child(ask_and_look), 1);
}

static void who_asks_no_more_gets_none(void **state)
{
	(void)state;
	assert_int_equal(run_in_child(ask_twice_and_give_up), 0);
	assert_int_equal(run_in_child(adopts_an_orphan), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_for_orphans_gets_them),
		cmocka_unit_test(who_asks_no_more_gets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

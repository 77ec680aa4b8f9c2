/*
 * test_inproc_terminal.c - a hang-up in the foreground of a terminal, in its
 * background, and of the terminal itself (B19, table O: SIGHUP foreground).
 */
#include <pty.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "service/test_inproc.h"

static int terminal = -1; /* the program's end */
static int master = -1;

static int terminal_open(void **state)
{
	(void)state;
	assert_int_equal(openpty(&master, &terminal, NULL, NULL, NULL), 0);
	return 0;
}

static int terminal_close(void **state)
{
	if (master >= 0)
		(void)close(master);
	master = -1;
	(void)close(terminal);
	return story_close(state);
}

static int tell_in_terminal(bool is_background)
{
	struct cast cast;

	(void)close(master);
	(void)setsid();
	if (ioctl(terminal, TIOCSCTTY, 0) < 0 ||
	    dup2(terminal, STDOUT_FILENO) < 0)
		return STORY_REFUSED;
	(void)close(terminal);
	if (is_background) {
		pid_t shell = fork();

		/* Its group is the foreground one. */
		if (shell == 0) {
			(void)alarm(DEADLINE_MS / 1000);
			(void)close(story_fd);
			(void)setpgid(0, 0);
			(void)signal(SIGTTOU, SIG_IGN);
			(void)tcsetpgrp(STDOUT_FILENO, getpid());
			hang();
		}
		while (tcgetpgrp(STDOUT_FILENO) == getpgrp())
			(void)sched_yield();
	}
	cast_make(&cast);
	return cast_run(&cast);
}

static int tell_in_foreground(void)
{
	return tell_in_terminal(false);
}

static int tell_in_background(void)
{
	return tell_in_terminal(true);
}

/* The reference hangs there, and dies of the second. */
static void hup_in_the_foreground_is_a_graceful_stop(void **state)
{
	struct story *story = story_begin(tell_in_foreground);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "Caught SIGHUP, stopping");
	story_expect(story, "stop");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "reset"), 0);
}

static void hup_in_the_background_is_a_restart(void **state)
{
	struct story *story = story_begin(tell_in_background);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "Caught SIGHUP, handling");
	story_expect(story, "stop");
	story_expect(story, "reset");
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
}

static void a_terminal_that_hangs_up_is_a_graceful_stop(void **state)
{
	struct story *story = story_begin(tell_in_foreground);

	(void)state;
	story_expect(story, "start");
	assert_int_equal(close(master), 0);
	master = -1;
	story_expect(story, "Caught SIGHUP, stopping");
	story_expect(story, "stop");
	story_expect_end(story, 0);
}

#define terminal_test(function) \
	cmocka_unit_test_setup_teardown(function, terminal_open, terminal_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		terminal_test(hup_in_the_foreground_is_a_graceful_stop),
		terminal_test(hup_in_the_background_is_a_restart),
		terminal_test(a_terminal_that_hangs_up_is_a_graceful_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

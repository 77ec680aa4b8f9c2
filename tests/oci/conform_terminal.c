/*
 * conform_terminal.c - the program under an init that has a terminal.
 */
#include <sys/ioctl.h>
#include <termios.h>

#include "base/cleanup.h"
#include "oci/conform.h"

/* The init leads the terminal's session, as the first process of a container
 * does that was started with one. */
static void terminal_take(void *slave)
{
	int fd = *(const int *)slave;

	if (dup2(fd, STDIN_FILENO) < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		_exit(TRIAL_BROKEN);
}

/* A pair, the caller's; this process does not get it as its own. */
static bool terminal_open(int *ret_master, int *ret_slave)
{
	_cleanup_fd_ int master =
		open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	_cleanup_fd_ int slave = -1;

	if (master < 0 || unlockpt(master) < 0)
		return false;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return false;
	*ret_master = TAKE_FD(master);
	*ret_slave = TAKE_FD(slave);
	return true;
}

/* Starts the program with a terminal; its pid, or -1, which was said. */
static pid_t terminal_start(struct trial *trial, const struct subject *subject,
			    int *ret_master, struct text *result)
{
	_cleanup_fd_ int slave = -1;

	if (!terminal_open(ret_master, &slave)) {
		text_add(result, "not measured, no terminal");
		return -1;
	}
	TRIAL(trial, subject,
	      STEPS(subject, "take=INT", "take=HUP:5", "take=USR2",
		    "say=ready"),
	      .prepare = terminal_take, .argument = &slave);
	return trial_hear_pid(trial, "ready");
}

static void terminal_foreground(const struct subject *subject,
				struct text *result)
{
	_cleanup_fd_ int master = -1;
	struct trial trial;
	pid_t pid = terminal_start(&trial, subject, &master, result);

	if (master < 0)
		return;
	conform_answer(result, pid > 0 && tcgetpgrp(master) == getpgid(pid),
		       "another group is");
	trial_fini(&trial);
}

/* How often the program has taken INT when it has taken what was sent later. */
static unsigned int terminal_count(struct trial *trial)
{
	trial_signal(trial, SIGUSR2);
	(void)trial_hear(trial, "took USR2");
	trial_signal(trial, SIGUSR2);
	(void)trial_hear(trial, "took USR2");
	return lines_count(&trial->said, "took INT");
}

static void terminal_interrupt(const struct subject *subject,
			       struct text *result)
{
	_cleanup_fd_ int master = -1;
	struct trial trial;
	unsigned int count;

	(void)terminal_start(&trial, subject, &master, result);
	if (master < 0)
		return;
	(void)!write(master, "\003", 1);
	(void)trial_hear(&trial, "took INT");
	count = terminal_count(&trial);
	conform_answer(result, count == 1, "%u times", count);
	trial_fini(&trial);
}

static void terminal_hang_up(const struct subject *subject, struct text *result)
{
	_cleanup_fd_ int master = -1;
	struct trial trial;
	bool is_told;

	(void)terminal_start(&trial, subject, &master, result);
	if (master < 0)
		return;
	(void)close(TAKE_FD(master));
	is_told = trial_hear(&trial, "took HUP") != NULL;
	conform_answer(result, is_told && trial_end(&trial) == 5, "%s",
		       is_told ? "another status" : "it is not told");
	trial_fini(&trial);
}

const struct row conform_terminal_rows[] = {
	{
		.number = "E16",
		.claim = "the program has the terminal",
		.how = "its group is the foreground's",
		.measure = terminal_foreground,
	},
	{
		.number = "E16",
		.claim = "^C reaches the program once",
		.how = "written to the terminal's other end",
		.measure = terminal_interrupt,
	},
	{
		.number = "E16",
		.claim = "a hang-up reaches the program",
		.how = "the terminal's other end closed",
		.measure = terminal_hang_up,
	},
	{.number = NULL},
};

/*
 * conform_terminal.c - the program under an init that has a terminal: as the
 * leader of its session, and as a job of a shell, which here does no more than
 * one does for its jobs.
 */
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

/* Starts the program with a terminal, however prepare() takes it; its pid, or
 * -1, which was said. */
static pid_t terminal_start(struct trial *trial, const struct subject *subject,
			    void (*prepare)(void *slave), int *ret_master,
			    struct text *result)
{
	_cleanup_fd_ int slave = -1;

	if (!terminal_open(ret_master, &slave)) {
		text_add(result, "not measured, no terminal");
		return -1;
	}
	TRIAL(trial, subject,
	      STEPS(subject, "take=INT", "take=HUP", "take=28", "take=CONT",
		    "take=USR2", "say=ready"),
	      .prepare = prepare, .argument = &slave);
	return trial_hear_pid(trial, "ready");
}

static void terminal_foreground(const struct subject *subject,
				struct text *result)
{
	_cleanup_fd_ int master = -1;
	struct trial trial;
	pid_t pid =
		terminal_start(&trial, subject, terminal_take, &master, result);

	if (master < 0)
		return;
	conform_answer(result, pid > 0 && tcgetpgrp(master) == getpgid(pid),
		       "another group is");
	trial_fini(&trial);
}

/* What becomes of something that happens to the terminal: the program is to say
 * so once, and no more when it has taken what was sent later. */
static void terminal_answer(const struct subject *subject, const char *text,
			    void (*happen)(int *master), struct text *result)
{
	_cleanup_fd_ int master = -1;
	struct trial trial;
	unsigned int count;

	(void)terminal_start(&trial, subject, terminal_take, &master, result);
	if (master < 0)
		return;
	happen(&master);
	(void)trial_hear(&trial, text);
	for (int i = 0; i < 2; i++) {
		trial_signal(&trial, SIGUSR2);
		(void)trial_hear(&trial, "took USR2");
	}
	count = lines_count(&trial.said, text);
	conform_answer(result, count == 1, "%u times", count);
	trial_fini(&trial);
}

static void terminal_type_interrupt(int *master)
{
	(void)!write(*master, "\003", 1);
}

static void terminal_interrupt(const struct subject *subject,
			       struct text *result)
{
	terminal_answer(subject, "took INT", terminal_type_interrupt, result);
}

static void terminal_resize(int *master)
{
	const struct winsize size = {.ws_row = 50, .ws_col = 132};

	(void)ioctl(*master, TIOCSWINSZ, &size);
}

static void terminal_size(const struct subject *subject, struct text *result)
{
	terminal_answer(subject, "took 28", terminal_resize, result);
}

static void terminal_close(int *master)
{
	(void)close(TAKE_FD(*master));
}

static void terminal_hang_up(const struct subject *subject, struct text *result)
{
	terminal_answer(subject, "took HUP", terminal_close, result);
}

/* Each time that the job stops: says so, takes the terminal, and at USR1 gives
 * it back and lets the job go on. */
static void terminal_serve(pid_t job)
{
	static const char word[] = "the job has stopped\n";
	sigset_t set;
	int signo;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
		(void)!write(STDOUT_FILENO, word, strlen(word));
		(void)sigwait(&set, &signo);
		(void)tcsetpgrp(STDIN_FILENO, job);
		(void)kill(-job, SIGCONT);
	}
	_exit(0);
}

/* The process becomes the shell, its child the init. Both set the group, as one
 * of them is first. */
static void terminal_fork(void *slave, bool is_background)
{
	pid_t pid;

	terminal_take(slave);
	(void)signal(SIGTTOU, SIG_IGN);
	pid = fork();
	(void)setpgid(pid, pid);
	if (pid > 0) {
		(void)syscall(SYS_close_range, 3, ~0U, 0);
		terminal_serve(pid);
	}
	if (pid < 0 ||
	    (!is_background && tcsetpgrp(STDIN_FILENO, getpgrp()) < 0))
		_exit(TRIAL_BROKEN);
	(void)signal(SIGTTOU, SIG_DFL);
}

static void terminal_be_job(void *slave)
{
	terminal_fork(slave, false);
}

static void terminal_be_background_job(void *slave)
{
	terminal_fork(slave, true);
}

/* What does not happen when the job is stopped from the terminal and continued
 * by its shell; NULL for nothing. */
static const char *terminal_miss(struct trial *trial, pid_t pid, int master)
{
	(void)!write(master, "\032", 1);
	if (!trial_hear(trial, "the job has stopped"))
		return "the shell is not told";
	if (pid < 0 || !trial_stops(pid))
		return "the program runs on";
	trial_signal(trial, SIGUSR1);
	if (!trial_hear(trial, "took CONT"))
		return "the program stays stopped";
	return NULL;
}

/* E15. */
static void terminal_job(const struct subject *subject, struct text *result)
{
	_cleanup_fd_ int master = -1;
	struct trial trial;
	const char *missing;
	pid_t pid = terminal_start(&trial, subject, terminal_be_job, &master,
				   result);

	if (master < 0)
		return;
	missing = terminal_miss(&trial, pid, master);
	conform_answer(result, !missing, "%s", missing);
	trial_fini(&trial);
}

static void terminal_background(const struct subject *subject,
				struct text *result)
{
	_cleanup_fd_ int master = -1;
	struct trial trial;
	pid_t pid = terminal_start(&trial, subject, terminal_be_background_job,
				   &master, result);

	if (master < 0)
		return;
	conform_answer(result, pid > 0 && tcgetpgrp(master) == trial.pid, "%s",
		       pid > 0 ? "it takes the terminal" : "it does not run");
	trial_fini(&trial);
}

const struct row conform_terminal_rows[] = {
	{
		.number = "E15",
		.claim = "^Z stops it with the program, fg continues both",
		.how = "a job of a shell, told by waitpid(2); "
		       "/proc/PID/status",
		.measure = terminal_job,
	},
	{
		.number = "E16",
		.claim = "the program has the terminal",
		.how = "its group is the foreground's",
		.measure = terminal_foreground,
	},
	{
		.number = "E16",
		.claim = "in the background it leaves it to the shell",
		.how = "the foreground when the program runs",
		.measure = terminal_background,
	},
	{
		.number = "E16",
		.claim = "^C reaches the program once",
		.how = "written to the terminal's other end",
		.measure = terminal_interrupt,
	},
	{
		.number = "E16",
		.claim = "a new window size reaches the program once",
		.how = "WINCH, set at the terminal's other end",
		.measure = terminal_size,
	},
	{
		.number = "E16",
		.claim = "a hang-up reaches the program once",
		.how = "the terminal's other end closed",
		.measure = terminal_hang_up,
	},
	{.number = NULL},
};

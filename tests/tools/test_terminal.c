/*
 * test_terminal.c - the story of muster in a terminal, this test's own: in its
 * foreground HUP is a graceful stop, in its background it is not (B77, B78;
 * table O: SIGHUP foreground; E15).
 */
#include <sched.h>
#include <sys/prctl.h>
#include <termios.h>

#include "tools/support.h"

/* A terminal whose foreground muster is, or some other group. */
struct terminal {
	int master;
	char path[64];
	bool is_background;
};

static struct terminal terminal_open(void)
{
	struct terminal terminal = {
		.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC |
				       O_NONBLOCK),
	};

	assert_true(terminal.master >= 0);
	assert_int_equal(grantpt(terminal.master), 0);
	assert_int_equal(unlockpt(terminal.master), 0);
	assert_int_equal(ptsname_r(terminal.master, terminal.path,
				   sizeof(terminal.path)),
			 0);
	return terminal;
}

/* A group of another process takes the terminal, as a shell does with its job,
 * and gives it to muster at USR1. It is a child of muster then, which must not
 * mind. */
static void hold_the_terminal(int fd, pid_t muster)
{
	sigset_t set;
	int signo;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (setpgid(0, 0) < 0 || tcsetpgrp(fd, getpid()) < 0)
		_exit(123);
	(void)sigwait(&set, &signo);
	_exit(tcsetpgrp(fd, muster) < 0 ? 123 : 0);
}

static void give_the_terminal_away(int fd)
{
	pid_t muster = getpid();
	pid_t pid;

	(void)signal(SIGTTOU, SIG_IGN);
	pid = fork();
	if (pid == 0)
		hold_the_terminal(fd, muster);
	while (pid > 0 && tcgetpgrp(fd) == muster)
		(void)sched_yield();
	(void)signal(SIGTTOU, SIG_DFL);
	if (pid < 0)
		_exit(123);
}

/* In a session without a terminal: the first that is opened is its own. */
static void enter(void *argument)
{
	const struct terminal *terminal = argument;
	int fd = open(terminal->path, O_RDWR);
	struct termios modes;

	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    tcgetattr(fd, &modes) < 0)
		_exit(123);
	modes.c_lflag |= TOSTOP; /* who writes in the background is stopped */
	if (tcsetattr(fd, TCSANOW, &modes) < 0)
		_exit(123);
	if (terminal->is_background)
		give_the_terminal_away(fd);
	if (fd > 2)
		(void)close(fd);
}

/* Muster's log is what the master reads; workers say nothing here, as they are
 * not in the foreground. */
static struct launcher *start_in(struct stage *stage, struct terminal *terminal)
{
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "2"), COMMAND("sleep", "50"),
		      .prepare = enter, .argument = terminal, .has_log = true,
		      .log_fd = STDERR_FILENO);

	launcher->log.fd = terminal->master; /* closed with it */
	(void)launcher_log(launcher, "Started child");
	(void)launcher_log(launcher, "Started child");
	return launcher;
}

static void hup_in_the_foreground_is_a_graceful_stop(void **state)
{
	struct terminal terminal = terminal_open();
	struct launcher *launcher = start_in(*state, &terminal);

	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, stopping children");
	(void)launcher_log(launcher, "killed by signal 15");
	(void)launcher_log(launcher, "killed by signal 15");
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
}

static void hup_in_the_background_stops_nothing(void **state)
{
	struct terminal terminal = terminal_open();
	struct launcher *launcher;

	terminal.is_background = true;
	launcher = start_in(*state, &terminal);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, reloading");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	assert_int_equal(launcher_end(launcher), 0);
}

/* B77: evaluated when the signal comes, for a shell may have moved it. */
static void foreground_is_asked_when_the_signal_comes(void **state)
{
	struct terminal terminal = terminal_open();
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	struct launcher *launcher;
	pid_t pids[CHILDREN_MAX];

	terminal.is_background = true;
	launcher = start_in(*state, &terminal);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, reloading");
	(void)launcher_log(launcher, "Reloaded");
	/* The dead are told of before they are buried, on some paths. */
	while (children_of(launcher->pid, pids) != 3)
		assert_true(now_ms() < until_ms);
	/* The first child is the one who holds the terminal. */
	process_kill(pids[0], SIGUSR1);
	while (tcgetpgrp(terminal.master) != launcher->pid)
		assert_true(now_ms() < until_ms);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, stopping children");
	assert_int_equal(launcher_end(launcher), 0);
}

/* The window is closed: HUP from the kernel, and a terminal that says EIO to
 * everything, tcgetpgrp(3) too. B77: an error but ENOTTY is no daemon. */
static void
a_terminal_that_is_closed_stops_what_ran_in_its_foreground(void **state)
{
	struct terminal terminal = terminal_open();
	struct launcher *launcher = start_in(*state, &terminal);
	bool is_ended;

	(void)close(terminal.master);
	launcher->log.fd = -1;
	is_ended = launcher_ends_within(launcher, 5000);
	assert_true(is_ended);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
}

/* Table O: SIGINT, as people send it. The workers lead groups of their own: the
 * terminal does not reach them, muster does. */
static void interrupt_from_the_keyboard_ends_it_with_1(void **state)
{
	struct terminal terminal = terminal_open();
	struct launcher *launcher = start_in(*state, &terminal);

	assert_int_equal(write(terminal.master, "\003", 1), 1);
	(void)launcher_log(launcher,
			   "Caught SIGINT signal, instantaneous exiting");
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
}

/* E15: a job in the background may log all the same, even with TOSTOP. */
static void in_the_background_logging_does_not_stop_muster(void **state)
{
	struct terminal terminal = terminal_open();
	struct launcher *launcher;

	terminal.is_background = true;
	launcher = start_in(*state, &terminal);
	for (int i = 0; i < 5; i++) {
		launcher_signal(launcher, SIGUSR1);
		(void)launcher_log(launcher, "Caught SIGUSR1, ignored");
	}
	assert_false(process_status_has(launcher->pid, "State:", "stopped"));
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
}

/* B77: output that is no terminal makes a daemon, wherever it was started. */
static void without_a_terminal_hup_stops_nothing(void **state)
{
	struct launcher *launcher = START(*state, WORKER("say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, reloading");
	launcher_stop(*state, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(hup_in_the_foreground_is_a_graceful_stop),
		STAGE_TEST(hup_in_the_background_stops_nothing),
		STAGE_TEST(foreground_is_asked_when_the_signal_comes),
		STAGE_TEST(
			a_terminal_that_is_closed_stops_what_ran_in_its_foreground),
		STAGE_TEST(interrupt_from_the_keyboard_ends_it_with_1),
		STAGE_TEST(in_the_background_logging_does_not_stop_muster),
		STAGE_TEST(without_a_terminal_hup_stops_nothing),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

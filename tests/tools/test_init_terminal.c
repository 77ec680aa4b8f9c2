/*
 * test_init_terminal.c - muster init as a job of a shell in a terminal (E15,
 * E16): its command has the foreground, ^Z stops both and fg continues both, ^C
 * is the command's, and nothing is taken from a shell that runs it in the
 * background. The shell is a process of this test that does on request what
 * one does.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "tools/support.h"

#define CTRL_C "\003"
#define CTRL_D "\004"
#define CTRL_Z "\032"

/* What the shell is asked for, a byte each. */
enum order {
	ORDER_WAIT = 'w', /* for the next change of the job */
	ORDER_FG = 'f',	  /* give it the terminal, and SIGCONT */
	ORDER_GIVE = 'g', /* give it the terminal alone: fg of one that runs */
};

struct shell {
	pid_t pid;
	pid_t job;
	int orders;
	int told;
	int master;
	char seen[4096]; /* on the terminal */
	size_t seen_length;
};

/* In the shell: what waitid says of the job. */
static void shell_wait(pid_t job, int told)
{
	siginfo_t info = {0};
	int change[2];

	if (waitid(P_PID, (id_t)job, &info, WSTOPPED | WEXITED) < 0)
		_exit(1);
	change[0] = info.si_code;
	change[1] = info.si_status;
	if (write(told, change, sizeof(change)) != sizeof(change))
		_exit(1);
	/* As shells do when they have a prompt to print. */
	(void)tcsetpgrp(STDIN_FILENO, getpgrp());
}

static void shell_serve(pid_t job, int orders, int told)
{
	char order;

	while (read(orders, &order, 1) == 1) {
		if (order == ORDER_WAIT) {
			shell_wait(job, told);
			continue;
		}
		if (tcsetpgrp(STDIN_FILENO, job) < 0 ||
		    (order == ORDER_FG && kill(-job, SIGCONT) < 0))
			_exit(1);
	}
	(void)kill(-job, SIGKILL); /* what a test has left */
	_exit(0);
}

static void shell_open_terminal(const char *path)
{
	struct termios modes;
	int fd;

	if (setsid() < 0)
		_exit(1);
	fd = open(path, O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    tcgetattr(fd, &modes) < 0)
		_exit(1);
	modes.c_lflag |= TOSTOP; /* who writes in the background is stopped */
	if (tcsetattr(fd, TCSANOW, &modes) < 0)
		_exit(1);
	(void)signal(SIGTTOU, SIG_IGN);
}

static void shell_run(const char *path, const char *const *argv,
		      bool is_background, const int *pipes)
{
	pid_t job;

	shell_open_terminal(path);
	job = fork();
	if (job == 0) {
		(void)setpgid(0, 0);
		if (!is_background)
			(void)tcsetpgrp(STDIN_FILENO, getpid());
		(void)signal(SIGTTOU, SIG_DFL);
		(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(123);
	}
	(void)setpgid(job, job);
	if (write(pipes[1], &job, sizeof(job)) != sizeof(job))
		_exit(1);
	shell_serve(job, pipes[0], pipes[1]);
}

static struct shell shell_start(const char *const *argv, bool is_background)
{
	struct shell shell = {
		.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC |
				       O_NONBLOCK),
	};
	char path[64];
	int orders[2];
	int told[2];

	assert_true(shell.master >= 0);
	assert_int_equal(grantpt(shell.master), 0);
	assert_int_equal(unlockpt(shell.master), 0);
	assert_int_equal(ptsname_r(shell.master, path, sizeof(path)), 0);
	assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	shell.pid = fork();
	assert_true(shell.pid >= 0);
	if (shell.pid == 0) {
		(void)close(orders[1]);
		shell_run(path, argv, is_background,
			  (int[]){orders[0], told[1]});
	}
	assert_int_equal(close(orders[0]), 0);
	assert_int_equal(close(told[1]), 0);
	shell.orders = orders[1];
	shell.told = told[0];
	assert_int_equal(read(shell.told, &shell.job, sizeof(shell.job)),
			 sizeof(shell.job));
	return shell;
}

static void shell_order(const struct shell *shell, enum order order)
{
	char byte = (char)order;

	assert_int_equal(write(shell->orders, &byte, 1), 1);
}

/* The next change of the job is this one. */
static void shell_sees(const struct shell *shell, int code, int status)
{
	int change[2];

	shell_order(shell, ORDER_WAIT);
	assert_true(is_readable_within(shell->told, DEADLINE_MS));
	assert_int_equal(read(shell->told, change, sizeof(change)),
			 sizeof(change));
	assert_int_equal(change[0], code);
	assert_int_equal(change[1], status);
}

static void type(const struct shell *shell, const char *text)
{
	assert_int_equal(write(shell->master, text, strlen(text)),
			 (ssize_t)strlen(text));
}

/* Until the terminal shows it. */
static void terminal_shows(struct shell *shell, const char *text)
{
	while (!strstr(shell->seen, text)) {
		size_t room = sizeof(shell->seen) - 1 - shell->seen_length;
		ssize_t size;

		if (!is_readable_within(shell->master, DEADLINE_MS))
			fail_msg("\"%s\" is not in: %s", text, shell->seen);
		size = read(shell->master, shell->seen + shell->seen_length,
			    room);
		if (size <= 0)
			fail_msg("\"%s\" is not in: %s", text, shell->seen);
		shell->seen_length += (size_t)size;
		shell->seen[shell->seen_length] = '\0';
	}
}

static void terminal_forget(struct shell *shell)
{
	shell->seen_length = 0;
	shell->seen[0] = '\0';
}

static void foreground_is(const struct shell *shell, pid_t group)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (tcgetpgrp(shell->master) != group)
		assert_true(now_ms() < until_ms);
}

static pid_t command_of(const struct shell *shell)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	pid_t pids[CHILDREN_MAX];

	while (children_of(shell->job, pids) != 1)
		assert_true(now_ms() < until_ms);
	return pids[0];
}

static void shell_end(struct shell *shell)
{
	int status;

	assert_int_equal(close(shell->orders), 0);
	assert_int_equal(waitpid(shell->pid, &status, 0), shell->pid);
	assert_int_equal(status, 0);
	assert_int_equal(close(shell->told), 0);
	assert_int_equal(close(shell->master), 0);
}

#define JOB(stage, ...) \
	((const char *const[]){(stage)->program, "init", __VA_ARGS__, NULL})

/* With TOSTOP set, and lines that muster writes while its command has the
 * foreground. */
static void ctrl_z_stops_both_and_fg_continues_both(void **state)
{
	struct stage *stage = *state;
	struct shell shell = shell_start(JOB(stage, "--log-level", "info", "--",
					     "sed", "-u", "s/.*/<&>/"),
					 false);
	pid_t command = command_of(&shell);

	terminal_shows(&shell, "Started child");
	foreground_is(&shell, command);
	type(&shell, "one\n");
	terminal_shows(&shell, "<one>");
	type(&shell, CTRL_Z);
	shell_sees(&shell, CLD_STOPPED, SIGTSTP);
	process_status_wait(command, "State", "T (stopped)");
	shell_order(&shell, ORDER_FG);
	foreground_is(&shell, command);
	terminal_forget(&shell);
	type(&shell, "two\n");
	terminal_shows(&shell, "<two>");
	type(&shell, CTRL_D);
	shell_sees(&shell, CLD_EXITED, 0);
	shell_end(&shell);
}

static void ctrl_c_is_the_commands(void **state)
{
	struct stage *stage = *state;
	struct shell shell = shell_start(JOB(stage, "--", "cat"), false);

	foreground_is(&shell, command_of(&shell));
	type(&shell, CTRL_C);
	shell_sees(&shell, CLD_EXITED, 128 + SIGINT);
	shell_end(&shell);
}

/* TOSTOP stops whoever writes without being in the foreground, and the command
 * is there. */
static void what_it_says_beside_the_foreground_does_not_stop_it(void **state)
{
	struct stage *stage = *state;
	struct shell shell =
		shell_start(JOB(stage, "--drain", "10m", "--log-level", "info",
				"--", "cat"),
			    false);

	foreground_is(&shell, command_of(&shell));
	process_kill(shell.job, SIGTERM);
	terminal_shows(&shell, "Caught SIGTERM, draining");
	assert_false(process_status_has(shell.job, "State:", "stopped"));
	type(&shell, CTRL_D);
	shell_sees(&shell, CLD_EXITED, 0);
	shell_end(&shell);
}

/* The terminal becomes that of its session, as a container's does. */
static void lead_the_terminal(void *fd)
{
	if (dup2(*(const int *)fd, STDIN_FILENO) < 0 ||
	    ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
		_exit(123);
}

/* The kernel tells the session's leader, which is muster. */
static void a_hang_up_reaches_the_command_once(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct launcher *launcher;
	int fd;

	assert_int_equal(unlockpt(master), 0);
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	launcher = INIT(
		*state,
		WORKER("take=HUP", "take=USR1", "take=TERM:9", "say=ready"),
		.prepare = lead_the_terminal, .argument = &fd);
	assert_int_equal(close(fd), 0);
	(void)launcher_hear(launcher, "ready");
	assert_int_equal(close(master), 0);
	(void)launcher_hear(launcher, "took HUP");
	/* What came before the first was handed on before the second. */
	for (int i = 0; i < 2; i++) {
		launcher_signal(launcher, SIGUSR1);
		(void)launcher_hear(launcher, "took USR1");
	}
	launcher_stop(*state, launcher, 9);
	assert_int_equal(lines_count(&launcher->said, "took HUP"), 1);
}

/* Nothing is stolen, and who reads stops the job, as without muster. */
static void in_the_background_it_takes_nothing_until_fg(void **state)
{
	struct stage *stage = *state;
	struct shell shell = shell_start(JOB(stage, "--", "cat"), true);
	pid_t command = command_of(&shell);

	shell_sees(&shell, CLD_STOPPED, SIGTTIN);
	assert_int_equal(tcgetpgrp(shell.master), shell.pid);
	shell_order(&shell, ORDER_FG);
	foreground_is(&shell, command);
	type(&shell, "one\n");
	terminal_shows(&shell, "one\r\none\r\n");
	type(&shell, CTRL_D);
	shell_sees(&shell, CLD_EXITED, 0);
	shell_end(&shell);
}

/* The kernel tells nobody of it. */
static void fg_of_a_job_that_runs_is_noticed_when_it_reads(void **state)
{
	struct stage *stage = *state;
	const char *fifo = stage_path(stage, "go");
	const char *script =
		stage_text(stage, "read x <%s; read y; echo $y", fifo);
	struct shell shell;
	pid_t command;
	int fd;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	shell = shell_start(JOB(stage, "--", "sh", "-c", script), true);
	command = command_of(&shell);
	shell_order(&shell, ORDER_GIVE);
	foreground_is(&shell, shell.job);
	fd = open(fifo, O_WRONLY | O_CLOEXEC); /* when it is read from */
	assert_int_equal(write(fd, "x\n", 2), 2);
	assert_int_equal(close(fd), 0);
	foreground_is(&shell, command);
	type(&shell, "went\n");
	terminal_shows(&shell, "went\r\nwent\r\n");
	shell_sees(&shell, CLD_EXITED, 0);
	shell_end(&shell);
}

/* The shell's terminal stays the shell's: what it stops is muster, and its
 * command stops by what is handed on. */
static void ctrl_z_stops_who_leads_a_session_with_muster(void **state)
{
	struct stage *stage = *state;
	struct shell shell = shell_start(
		JOB(stage, "--session", "--rewrite", "TSTP:STOP", "--", "cat"),
		false);
	pid_t command = command_of(&shell);

	foreground_is(&shell, shell.job);
	type(&shell, "one\n");
	terminal_shows(&shell, "one\r\none\r\n");
	type(&shell, CTRL_Z);
	shell_sees(&shell, CLD_STOPPED, SIGTSTP);
	process_status_wait(command, "State", "T (stopped)");
	shell_order(&shell, ORDER_FG);
	terminal_forget(&shell);
	type(&shell, "two\n");
	terminal_shows(&shell, "two\r\ntwo\r\n");
	type(&shell, CTRL_C);
	shell_sees(&shell, CLD_EXITED, 128 + SIGINT);
	shell_end(&shell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(ctrl_z_stops_both_and_fg_continues_both),
		STAGE_TEST(ctrl_c_is_the_commands),
		STAGE_TEST(what_it_says_beside_the_foreground_does_not_stop_it),
		STAGE_TEST(a_hang_up_reaches_the_command_once),
		STAGE_TEST(in_the_background_it_takes_nothing_until_fg),
		STAGE_TEST(fg_of_a_job_that_runs_is_noticed_when_it_reads),
		STAGE_TEST(ctrl_z_stops_who_leads_a_session_with_muster),
	};

	if (access("/dev/ptmx", R_OK | W_OK) < 0) {
		printf("skip: /dev/ptmx: %s\n", strerror(errno));
		return 0;
	}
	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_init_session.c - muster init whose command leads a session of its own,
 * as dumb-init's does: where muster leads the session of a terminal, which PID
 * 1 of a container does, the terminal goes over to that session (E16).
 */
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include "tools/other.h"

#define CTRL_C "\003"

/* A terminal that muster is started on. */
struct line {
	int master;
	char path[64];
	char seen[4096];
	size_t seen_length;
	struct launcher *muster;
};

static struct line line_open(void)
{
	struct line line = {
		.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC |
				       O_NONBLOCK),
	};

	assert_true(line.master >= 0);
	assert_int_equal(grantpt(line.master), 0);
	assert_int_equal(unlockpt(line.master), 0);
	assert_int_equal(ptsname_r(line.master, line.path, sizeof(line.path)),
			 0);
	return line;
}

/* In what is to become muster, which leads a session already. */
static void line_take(void *argument)
{
	const struct line *line = argument;
	int fd = open(line->path, O_RDWR | O_NOCTTY);

	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		_exit(1);
	if (ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 || getsid(0) != getpid())
		_exit(1);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

static void line_forget(struct line *line)
{
	line->seen_length = 0;
	line->seen[0] = '\0';
}

/* Until the terminal shows it. */
static void line_shows(struct line *line, const char *text)
{
	while (!strstr(line->seen, text)) {
		size_t room = sizeof(line->seen) - 1 - line->seen_length;
		ssize_t size;

		if (!is_readable_within(line->master, DEADLINE_MS))
			fail_msg("\"%s\" is not in: %s", text, line->seen);
		size = read(line->master, line->seen + line->seen_length, room);
		if (size <= 0)
			fail_msg("\"%s\" is not in: %s", text, line->seen);
		line->seen_length += (size_t)size;
		line->seen[line->seen_length] = '\0';
	}
}

static void line_type(const struct line *line, const char *text)
{
	assert_int_equal(write(line->master, text, strlen(text)),
			 (ssize_t)strlen(text));
}

/* It reads from its controlling terminal, and says what it hears. */
#define SCRIPT                                                \
	"trap 'echo hung up' HUP; trap 'echo went on' CONT; " \
	"trap 'echo interrupted' INT; echo up; "              \
	"while read x </dev/tty; do echo \"heard $x\"; "      \
	"test \"$x\" = end && exit 7; done"

static pid_t command_of(const struct line *line)
{
	pid_t pids[CHILDREN_MAX];

	assert_int_equal(children_of(line->muster->pid, pids), 1);
	return pids[0];
}

static void assert_terminal_is(const struct line *line, pid_t leader)
{
	pid_t session = -1;

	assert_int_equal(ioctl(line->master, TIOCGSID, &session), 0);
	assert_int_equal(session, leader);
	assert_int_equal(getsid(leader), leader);
	assert_int_equal(tcgetpgrp(line->master), leader);
}

static void check_terminal(struct stage *stage, const char *const *arguments)
{
	struct line line = line_open();

	line.muster = START(stage, .arguments = arguments, .prepare = line_take,
			    .argument = &line);
	line_shows(&line, "up");
	assert_terminal_is(&line, command_of(&line));
	line_type(&line, "one\n");
	line_shows(&line, "heard one");
	line_type(&line, "end\n");
	line_shows(&line, "heard end");
	assert_int_equal(launcher_end(line.muster), 7);
	/* That muster had left it was told to nobody. */
	assert_null(strstr(line.seen, "hung up"));
	assert_null(strstr(line.seen, "went on"));
	assert_nobody_left(stage);
	(void)close(line.master);
	launcher_forget(stage, line.muster);
}

static void the_terminal_goes_to_the_commands_session(void **state)
{
	struct stage *stage = *state;

	check_terminal(stage,
		       LIST("init", "--session", "--", "sh", "-c", SCRIPT));
	stage_call_it(stage, "dumb-init");
	check_terminal(stage, LIST("sh", "-c", SCRIPT));
}

static void ctrl_c_is_that_sessions(void **state)
{
	struct stage *stage = *state;
	struct line line = line_open();

	line.muster = START(stage, ARGUMENTS("init", "--session", "--", "cat"),
			    .prepare = line_take, .argument = &line);
	line_type(&line, "one\n");
	line_shows(&line, "one\r\none\r\n");
	line_type(&line, CTRL_C);
	assert_int_equal(launcher_end(line.muster), 128 + SIGINT);
	assert_nobody_left(stage);
	(void)close(line.master);
}

/* The kernel takes the terminal from the dead one's session. */
static void the_next_one_gets_it_when_the_first_has_died(void **state)
{
	struct stage *stage = *state;
	struct line line = line_open();
	pid_t first;

	line.muster = START(stage,
			    ARGUMENTS("init", "--session", "--restart",
				      "on-failure", "--", "sh", "-c", SCRIPT),
			    .prepare = line_take, .argument = &line);
	line_shows(&line, "up");
	first = command_of(&line);
	assert_terminal_is(&line, first);
	line_forget(&line);
	process_kill(first, SIGKILL);
	line_shows(&line, "up");
	assert_int_not_equal(command_of(&line), first);
	assert_terminal_is(&line, command_of(&line));
	launcher_signal(line.muster, SIGKILL);
	assert_int_equal(launcher_end(line.muster), 128 + SIGKILL);
	(void)close(line.master);
	assert_all_end_within(stage, DEADLINE_MS);
}

static void check_place(struct stage *stage, const char *const *arguments,
			bool is_session)
{
	struct launcher *launcher = START(stage, .arguments = arguments);
	pid_t pid = launcher_hear_pid(launcher, "hears");

	assert_int_equal(getpgid(pid), pid);
	assert_int_equal(getsid(pid), is_session ? pid : launcher->pid);
	process_kill(pid, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_nobody_left(stage);
	launcher_forget(stage, launcher);
}

static void dumb_inits_command_leads_a_session_unless_it_is_single(void **state)
{
	struct stage *stage = *state;
	const char *worker = stage->worker;

	stage_call_it(stage, "dumb-init");
	check_place(stage, LIST(worker, "hear"), true);
	check_place(stage, LIST("-c", worker, "hear"), false);
	stage_call_it(stage, "tini");
	check_place(stage, LIST(worker, "hear"), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_terminal_goes_to_the_commands_session),
		STAGE_TEST(ctrl_c_is_that_sessions),
		STAGE_TEST(the_next_one_gets_it_when_the_first_has_died),
		STAGE_TEST(
			dumb_inits_command_leads_a_session_unless_it_is_single),
	};

	if (access("/dev/ptmx", R_OK | W_OK) < 0) {
		printf("skip: /dev/ptmx: %s\n", strerror(errno));
		return 0;
	}
	return stage_main(tests, ARRAY_LEN(tests));
}

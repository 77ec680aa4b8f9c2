/*
 * test_listen.c - the story of sockets and descriptors that reach a worker, and
 * of all others, which do not (B38, E4).
 */
#include "tools/sockets.h"

/* "PID env NAME=VALUE" was said. */
static void assert_env(struct launcher *launcher, pid_t pid, const char *name,
		       const char *value)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%d env %s=%s\n", (int)pid, name,
		       value);
	if (!lines_have(&launcher->said, text))
		fail_msg("not said: %sbut\n%s", text, launcher->said.data);
}

static void assert_fds(struct launcher *launcher, pid_t pid, const char *fds)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%d fds %s\n", (int)pid, fds);
	if (!lines_have(&launcher->said, text))
		fail_msg("not said: %sbut\n%s", text, launcher->said.data);
}

/* The port of the next socket that muster says it listens on. */
static int told_port(struct launcher *launcher, const char *before)
{
	const char *line = launcher_log(launcher, "Listening on tcp:");

	return (int)line_number(line, before);
}

#define TELL "env", "fds", "say=ready"

/* sd_listen_fds(3): LISTEN_PID is that of the one who reads it. */
static void
each_worker_gets_the_listeners_from_3_on_under_its_own_pid(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage,
		OPTIONS("-w", "4", "--listen", "web=tcp:127.0.0.1:0",
			"--listen",
			stage_text(stage, "unix:%s/socket", stage->directory),
			"-l", "far=tcp:[::1]:0"),
		WORKER(TELL));
	pid_t pids[4];

	launcher_hear_all(launcher, "ready", pids, 4);
	for (unsigned int i = 0; i < 4; i++) {
		char pid[16];

		(void)snprintf(pid, sizeof(pid), "%d", (int)pids[i]);
		assert_env(launcher, pids[i], "LISTEN_PID", pid);
		assert_env(launcher, pids[i], "LISTEN_FDS", "3");
		assert_env(launcher, pids[i], "LISTEN_FDNAMES",
			   "web:unknown:far");
		assert_fds(launcher, pids[i], "0 1 2 3 4 5");
	}
	launcher_stop(stage, launcher, 0);
}

static void without_listeners_there_is_no_listen_variable(void **state)
{
	struct launcher *launcher = START(*state, WORKER(TELL));

	(void)launcher_hear(launcher, "ready");
	assert_false(lines_have(&launcher->said, "LISTEN_"));
	launcher_stop(*state, launcher, 0);
}

static void port_0_is_chosen_told_and_served(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-l", "tcp:127.0.0.1:0"),
		      WORKER("say=ready", "serve=3"));
	int port = told_port(launcher, "tcp:127.0.0.1:");

	assert_in_range(port, 1, 65535);
	assert_int_equal(socket_ask_tcp(port),
			 launcher_hear_pid(launcher, "ready"));
	launcher_stop(*state, launcher, 0);
}

/* B38: the socket is the launcher's, so no client is refused in between. */
static void a_replacement_serves_the_same_socket(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	struct launcher *launcher =
		START(stage, OPTIONS("-l", stage_text(stage, "unix:%s", path)),
		      WORKER("say=ready", "serve=3"));
	pid_t first = launcher_hear_pid(launcher, "ready");
	pid_t second;
	int fd = -1;

	assert_int_equal(socket_ask_unix(path), first);
	process_kill(first, SIGSTOP);
	process_status_wait(first, "State:", "T (stopped)");
	/* Nobody accepts now: it waits for the next worker. */
	assert_int_equal(socket_connect_unix(path, &fd), 0);
	process_kill(first, SIGKILL);
	second = launcher_hear_pid(launcher, "ready");
	assert_int_not_equal(second, first);
	assert_int_equal(socket_answer(fd), second);
	launcher_stop(stage, launcher, 0);
}

/* Descriptors in the child's way: sources and targets that overlap. */
struct inherited {
	int sources[8];
	const char *names;
	bool is_for_another;
};

static void inherit_sockets(void *argument)
{
	const struct inherited *inherited = argument;
	char pid[16];
	int count = 0;

	while (count < 8 && inherited->sources[count] > 0) {
		/* dup2 clears close-on-exec, as a service manager does. */
		if (dup2(inherited->sources[count], 3 + count) < 0)
			_exit(123);
		count++;
	}
	(void)snprintf(pid, sizeof(pid), "%d",
		       (int)getpid() + inherited->is_for_another);
	(void)setenv("LISTEN_PID", pid, 1);
	(void)snprintf(pid, sizeof(pid), "%d", count);
	(void)setenv("LISTEN_FDS", pid, 1);
	if (inherited->names)
		(void)setenv("LISTEN_FDNAMES", inherited->names, 1);
}

/* High, so that the child's own work does not overwrite them. */
static int raise_fd(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	assert_true(high >= 100);
	(void)close(fd);
	return high;
}

/* Socket activation: first those inherited, then muster's own. */
static void
sockets_that_muster_inherited_are_passed_on_before_its_own(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	struct inherited inherited = {.names = "first:second"};
	struct launcher *launcher;
	int port;
	pid_t pid;

	inherited.sources[0] = raise_fd(socket_listen_tcp(&port));
	inherited.sources[1] = raise_fd(socket_bind_unix(path, true));
	launcher = START(stage, OPTIONS("-l", "own=tcp:127.0.0.1:0"),
			 WORKER(TELL, "serve=3"), .prepare = inherit_sockets,
			 .argument = &inherited);
	pid = launcher_hear_pid(launcher, "ready");
	assert_env(launcher, pid, "LISTEN_FDS", "3");
	assert_env(launcher, pid, "LISTEN_FDNAMES", "first:second:own");
	assert_env(launcher, pid, "LISTEN_PID", stage_text(stage, "%d", pid));
	assert_fds(launcher, pid, "0 1 2 3 4 5");
	assert_int_equal(socket_ask_tcp(port), pid);
	launcher_stop(stage, launcher, 0);
	/* It was not muster's, so the file stays. */
	assert_int_equal(access(path, F_OK), 0);
	(void)close(inherited.sources[0]);
	(void)close(inherited.sources[1]);
}

/* LISTEN_FDNAMES may be missing, sd_listen_fds_with_names(3). */
static void inherited_sockets_without_names_are_unknown(void **state)
{
	struct inherited inherited = {.names = NULL};
	struct launcher *launcher;
	int port;
	pid_t pid;

	inherited.sources[0] = raise_fd(socket_listen_tcp(&port));
	launcher = START(*state, WORKER(TELL, "serve=3"),
			 .prepare = inherit_sockets, .argument = &inherited);
	pid = launcher_hear_pid(launcher, "ready");
	assert_env(launcher, pid, "LISTEN_FDNAMES", "unknown");
	assert_int_equal(socket_ask_tcp(port), pid);
	launcher_stop(*state, launcher, 0);
	(void)close(inherited.sources[0]);
}

static void
sockets_that_were_meant_for_another_process_are_not_taken(void **state)
{
	struct inherited inherited = {.is_for_another = true};
	struct launcher *launcher;
	int port;
	pid_t pid;

	inherited.sources[0] = raise_fd(socket_listen_tcp(&port));
	launcher = START(*state, WORKER(TELL), .prepare = inherit_sockets,
			 .argument = &inherited);
	pid = launcher_hear_pid(launcher, "ready");
	assert_false(lines_have(&launcher->said, "LISTEN_"));
	assert_fds(launcher, pid, "0 1 2");
	launcher_stop(*state, launcher, 0);
	(void)close(inherited.sources[0]);
}

static void claim_sockets(void *argument)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", argument, 1);
}

/* Nobody would hear that clients are refused. */
static void
inherited_sockets_that_cannot_be_counted_are_refused_not_lost(void **state)
{
	static char claims[][8] = {"x", "", "-1", "1e3", "300"};

	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct launcher *launcher = START(
			*state, OPTIONS("--restart", "never"), WORKER("exit=0"),
			.prepare = claim_sockets, .argument = claims[i]);

		assert_int_equal(launcher_end(launcher), 125);
		assert_int_equal(lines_count(&launcher->log, "error: "), 1);
	}
}

/* One of those that were promised is not there. */
static void an_inherited_socket_that_is_not_open_is_refused(void **state)
{
	static char claim[] = "2";
	struct launcher *launcher =
		START(*state, WORKER("exit=0"), .prepare = claim_sockets,
		      .argument = claim);

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "descriptor 3 is not open");
}

/* What a careless parent leaves open, from 3 on and far up. */
static void leave_much_open(void *unused)
{
	(void)unused;
	for (int fd = 3; fd < 40; fd++)
		(void)dup2(STDIN_FILENO, fd);
	(void)dup2(STDIN_FILENO, 1000);
	(void)dup2(STDIN_FILENO, 1019);
}

static void nothing_else_above_2_reaches_a_worker(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3", "--throttle", "off"),
		      WORKER("fds", "g1:exit=1", "say=ready"),
		      .prepare = leave_much_open);
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	assert_int_equal(lines_count(&launcher->said, " fds 0 1 2"), 6);
	assert_int_equal(lines_count(&launcher->said, " fds 0 1 2 "), 0);
	launcher_stop(*state, launcher, 0);
}

/* E4: a pipe's reader sees the end when the workers close it, not muster. */
static void muster_itself_keeps_nothing_that_it_does_not_pass(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("say=ready"), .prepare = leave_much_open);
	const char *path;
	char target[256];
	ssize_t length;

	(void)launcher_hear(launcher, "ready");
	path = stage_text(*state, "/proc/%d/fd/1000", (int)launcher->pid);
	length = readlink(path, target, sizeof(target));
	assert_true(length < 0);
	launcher_stop(*state, launcher, 0);
}

static void passed_descriptors_keep_their_numbers(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("-w", "2", "--pass-fd", "9", "--pass-fd", "1000",
			      "--pass-fd", "4", "-l", "tcp:127.0.0.1:0"),
		      WORKER(TELL), .prepare = leave_much_open);
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	assert_fds(launcher, pids[0], "0 1 2 3 4 9 1000");
	assert_fds(launcher, pids[1], "0 1 2 3 4 9 1000");
	assert_env(launcher, pids[0], "LISTEN_FDS", "1");
	launcher_stop(*state, launcher, 0);
}

/* Number 3 is the listener's. */
static void a_descriptor_to_pass_in_a_listeners_place_is_refused(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--pass-fd", "3", "-l", "tcp:127.0.0.1:0"),
		WORKER(TELL), .prepare = leave_much_open);

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "--pass-fd 3: listeners have descriptors");
	assert_int_equal(lines_count(&launcher->log, ""), 1);
}

static void a_descriptor_named_twice_is_passed_or_refused_clearly(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--pass-fd", "9", "--pass-fd", "9"),
		      WORKER(TELL), .prepare = leave_much_open);

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, "error: "), 1);
	(void)launcher_log(launcher, "9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			each_worker_gets_the_listeners_from_3_on_under_its_own_pid),
		STAGE_TEST(without_listeners_there_is_no_listen_variable),
		STAGE_TEST(port_0_is_chosen_told_and_served),
		STAGE_TEST(a_replacement_serves_the_same_socket),
		STAGE_TEST(
			sockets_that_muster_inherited_are_passed_on_before_its_own),
		STAGE_TEST(inherited_sockets_without_names_are_unknown),
		STAGE_TEST(
			sockets_that_were_meant_for_another_process_are_not_taken),
		STAGE_TEST(
			inherited_sockets_that_cannot_be_counted_are_refused_not_lost),
		STAGE_TEST(an_inherited_socket_that_is_not_open_is_refused),
		STAGE_TEST(nothing_else_above_2_reaches_a_worker),
		STAGE_TEST(muster_itself_keeps_nothing_that_it_does_not_pass),
		STAGE_TEST(passed_descriptors_keep_their_numbers),
		STAGE_TEST(
			a_descriptor_to_pass_in_a_listeners_place_is_refused),
		STAGE_TEST(
			a_descriptor_named_twice_is_passed_or_refused_clearly),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

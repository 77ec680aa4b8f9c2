/*
 * test_init_given.c - the story of what `muster init` was started with: its
 * command has it unchanged (E3, E4, E5, E9, E42), and muster lets go of what it
 * needs none of.
 */
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tools/init.h"

/* Without an end, and without a pause. */
#define RESTARTS \
	"--restart", "always", "--throttle", "off", "--give-up", "never"
/* Five times what muster waits for. */
#define LET_GO_MS 10

#define BIT(signo) (1ULL << ((signo)-1))

/* A line "field: VALUE" of a status, without the C library's own signals. */
static unsigned long long status_mask(struct launcher *launcher,
				      const char *field)
{
	const char *line = launcher_hear(launcher, field);

	return strtoull(strstr(line, field) + strlen(field), NULL, 16) &
	       ~(3ULL << 31);
}

static void change_signals(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGRTMIN + 5);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGHUP, SIG_IGN); /* as nohup(1) does */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGTTOU, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN); /* which muster itself cannot have */
}

static void mask_and_dispositions_are_as_they_were(void **state)
{
	struct launcher *launcher = INIT(*state, WORKER("status=Sig", "exit=0"),
					 .prepare = change_signals);

	assert_int_equal(status_mask(launcher, "SigBlk:"),
			 BIT(SIGUSR2) | BIT(SIGCHLD) | BIT(SIGTSTP) |
				 BIT(SIGRTMIN + 5));
	assert_int_equal(status_mask(launcher, "SigIgn:"),
			 BIT(SIGHUP) | BIT(SIGPIPE) | BIT(SIGTTOU) |
				 BIT(SIGCHLD));
	assert_int_equal(status_mask(launcher, "SigCgt:"), 0);
	assert_int_equal(launcher_end(launcher), 0);
}

static void by_itself_nothing_is_blocked_or_ignored(void **state)
{
	struct launcher *launcher =
		INIT(*state, WORKER("status=Sig", "exit=0"));

	assert_int_equal(status_mask(launcher, "SigBlk:"), 0);
	assert_int_equal(status_mask(launcher, "SigIgn:"), 0);
	assert_int_equal(status_mask(launcher, "SigCgt:"), 0);
	assert_int_equal(launcher_end(launcher), 0);
}

/* What nohup gives: muster hears it, and the command still ignores it. */
static void an_ignored_signal_is_forwarded_and_still_ignored(void **state)
{
	struct launcher *launcher =
		INIT(*state, WORKER("take=USR1:0", "say=ready"),
		     .prepare = change_signals);

	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGHUP);
	launcher_signal(launcher, SIGUSR1);
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "took USR1");
}

/* 7 and 50 are there to be inherited, 9 is not. */
static void open_some(void *fd)
{
	int given = *(int *)fd;

	if (dup2(given, 7) < 0 || dup2(given, 50) < 0 ||
	    dup3(given, 9, O_CLOEXEC) < 0)
		_exit(123);
}

static struct launcher *
start_with_pipe(struct stage *stage, const struct start *start, int *ret_reader)
{
	struct start given = *start;
	struct launcher *launcher;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	given.verb = "init";
	given.prepare = open_some;
	given.argument = &ends[1];
	launcher = launcher_start(stage, &given);
	(void)close(ends[1]);
	*ret_reader = ends[0];
	return launcher;
}

static void every_descriptor_is_the_commands(void **state)
{
	int reader;
	struct launcher *launcher = start_with_pipe(
		*state, &(struct start){WORKER("fds", "exit=0")}, &reader);

	(void)launcher_hear(launcher, "fds 0 1 2 7 50");
	assert_int_equal(launcher_end(launcher), 0);
	(void)close(reader);
}

/* Again and again, and longer than muster has what it might let go of. */
static void expect_in_successors(struct launcher *launcher, pid_t pid,
				 const char *text)
{
	uint64_t until_ms = now_ms() + LET_GO_MS;

	do {
		process_kill(pid, SIGKILL);
		pid = launcher_hear_pid(launcher, text);
	} while (now_ms() < until_ms);
}

static void a_successor_has_them_too(void **state)
{
	int reader;
	struct launcher *launcher = start_with_pipe(
		*state, &(struct start){OPTIONS(RESTARTS), WORKER("fds")},
		&reader);
	pid_t pid = launcher_hear_pid(launcher, "fds 0 1 2 7 50");

	expect_in_successors(launcher, pid, "fds 0 1 2 7 50");
	launcher_stop(*state, launcher, 143);
	(void)close(reader);
}

/* E4: who reads from the command waits for nobody else. */
static void a_reader_sees_the_end_when_the_command_closes_its_pipe(void **state)
{
	int reader;
	struct launcher *launcher =
		start_with_pipe(*state,
				&(struct start){WORKER("say=ready", "close=1",
						       "close=7", "close=50")},
				&reader);
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	char byte;

	(void)launcher_hear(launcher, "ready");
	assert_true(is_readable_within(reader, DEADLINE_MS));
	assert_int_equal(read(reader, &byte, 1), 0);
	while (launcher->said.fd >= 0 && now_ms() < until_ms)
		assert_false(launcher_ends_within(launcher, 1));
	assert_int_equal(launcher->said.fd, -1);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 143);
	(void)close(reader);
}

static void close_some(void *argument)
{
	unsigned int which = *(unsigned int *)argument;

	for (int fd = 0; fd < 3; fd++)
		if (which & (1U << fd))
			(void)close(fd);
}

/* E9, all eight ways: its status says which of the three are open. */
static void closed_standard_descriptors_are_closed_for_the_command(void **state)
{
	for (unsigned int which = 0; which < 8; which++) {
		struct launcher *launcher =
			INIT(*state,
			     COMMAND("sh", "-c",
				     "cd /proc/$$/fd; open=0; "
				     "[ -e 0 ] && open=$((open + 1)); "
				     "[ -e 1 ] && open=$((open + 2)); "
				     "[ -e 2 ] && open=$((open + 4)); "
				     "exit $open"),
			     .prepare = close_some, .argument = &which);

		assert_int_equal(launcher_end(launcher), 7 - (int)which);
	}
	assert_nobody_left(*state);
}

static void move_somewhere(void *directory)
{
	const struct rlimit files = {.rlim_cur = 64, .rlim_max = 256};

	(void)umask(0137);
	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)setenv("TEST_A", "x=y", 1);
	(void)setenv("NOTIFY_SOCKET", "/nowhere", 1);
	(void)setenv("MUSTER_WORKER_ID", "9", 1);
	(void)setenv("LISTEN_FDS", "0", 1);
	(void)setenv("WATCHDOG_USEC", "5", 1);
	/* The test's own. */
	(void)unsetenv("MUSTER_TEST_ENGINE");
	(void)unsetenv("MUSTER_TEST_SPAWN");
	if (chdir(directory) < 0)
		_exit(123);
}

static void directory_umask_and_limits_are_as_they_were(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		INIT(stage, WORKER("place", "nofile", "exit=0"),
		     .prepare = move_somewhere, .argument = stage->directory);

	(void)launcher_hear(launcher,
			    stage_text(stage, " 137 %s", stage->directory));
	(void)launcher_hear(launcher, "nofile 64 256");
	assert_int_equal(launcher_end(launcher), 0);
}

/* Neither more nor less: nothing of muster's own. */
static void the_environment_is_as_it_was(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		INIT(stage, WORKER("env", "exit=0"), .prepare = move_somewhere,
		     .argument = stage->directory);

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "env end");
	assert_true(lines_have(&launcher->said, "env TEST_A=x=y"));
	assert_true(lines_have(&launcher->said, "env NOTIFY_SOCKET=/nowhere"));
	assert_true(lines_have(&launcher->said, "env MUSTER_WORKER_ID=9"));
	assert_true(lines_have(&launcher->said, "env LISTEN_FDS=0"));
	assert_true(lines_have(&launcher->said, "env WATCHDOG_USEC=5"));
	assert_int_equal(lines_count(&launcher->said, " env "), 6);
}

static void name_ourselves(void *unused)
{
	char pid[32];

	(void)unused;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	(void)setenv("WATCHDOG_PID", "1", 1);
}

/* What was meant for muster is meant for the command (E42). */
static void a_pid_in_it_that_was_musters_is_the_commands(void **state)
{
	struct launcher *launcher = INIT(*state, WORKER("env", "exit=0"),
					 .prepare = name_ourselves);
	pid_t pid;

	assert_int_equal(launcher_end(launcher), 0);
	pid = launcher_hear_pid(launcher, "env end");
	assert_true(lines_have(&launcher->said,
			       stage_text(*state, "env LISTEN_PID=%d\n", pid)));
	assert_true(lines_have(&launcher->said, "env WATCHDOG_PID=1\n"));
}

static void variables_directory_and_umask_are_what_options_say(void **state)
{
	struct stage *stage = *state;
	const char *file = stage_file(stage, "variables", "TEST_B=2\n", 0644);
	struct launcher *launcher =
		INIT(stage,
		     OPTIONS("--environment", "TEST_A=1", "--env-file", file,
			     "--directory", stage->directory, "--umask", "27"),
		     WORKER("place", "env", "exit=0"));

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher,
			    stage_text(stage, " 027 %s", stage->directory));
	assert_true(lines_have(&launcher->said, "env TEST_A=1\n"));
	assert_true(lines_have(&launcher->said, "env TEST_B=2\n"));
}

static bool is_at(const struct launcher *launcher, const char *directory)
{
	char path[64];
	char at[4096];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/cwd", (int)launcher->pid);
	length = readlink(path, at, sizeof(at) - 1);
	assert_true(length > 0);
	at[length] = '\0';
	return strcmp(at, directory) == 0;
}

/* E5: a volume can be unmounted although muster was started on it. */
static void muster_itself_moves_to_the_root(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		INIT(stage, WORKER("place"), .prepare = move_somewhere,
		     .argument = stage->directory);
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	(void)launcher_hear(launcher, stage->directory);
	while (!is_at(launcher, "/"))
		assert_true(now_ms() < until_ms);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 143);
}

static void who_is_to_be_launched_again_starts_where_the_first_did(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		INIT(stage, OPTIONS(RESTARTS), WORKER("place"),
		     .prepare = move_somewhere, .argument = stage->directory);
	pid_t pid = launcher_hear_pid(launcher, stage->directory);

	expect_in_successors(launcher, pid, stage->directory);
	assert_true(is_at(launcher, stage->directory));
	launcher_stop(*state, launcher, 143);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(mask_and_dispositions_are_as_they_were),
		STAGE_TEST(by_itself_nothing_is_blocked_or_ignored),
		STAGE_TEST(an_ignored_signal_is_forwarded_and_still_ignored),
		STAGE_TEST(every_descriptor_is_the_commands),
		STAGE_TEST(a_successor_has_them_too),
		STAGE_TEST(
			a_reader_sees_the_end_when_the_command_closes_its_pipe),
		STAGE_TEST(
			closed_standard_descriptors_are_closed_for_the_command),
		STAGE_TEST(directory_umask_and_limits_are_as_they_were),
		STAGE_TEST(the_environment_is_as_it_was),
		STAGE_TEST(a_pid_in_it_that_was_musters_is_the_commands),
		STAGE_TEST(variables_directory_and_umask_are_what_options_say),
		STAGE_TEST(muster_itself_moves_to_the_root),
		STAGE_TEST(
			who_is_to_be_launched_again_starts_where_the_first_did),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

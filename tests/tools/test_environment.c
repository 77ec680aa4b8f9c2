/*
 * test_environment.c - the story of who a worker is told to be: its number, its
 * generation, its service (B37), and nothing that was told to muster itself.
 */
#include "tools/support.h"

/* What worker pid says after "PID env NAME="; it has said something before. */
static const char *env_of(struct launcher *launcher, pid_t pid,
			  const char *name)
{
	static char value[128];
	const char *found;
	char text[160];

	(void)snprintf(text, sizeof(text), "\n%d env %s=", (int)pid, name);
	found = launcher->said.data ? strstr(launcher->said.data, text) : NULL;
	if (!found)
		return "(unset)";
	found += strlen(text);
	(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\n"),
		       found);
	return value;
}

static void assert_env(struct launcher *launcher, pid_t pid, const char *name,
		       const char *value)
{
	assert_string_equal(env_of(launcher, pid, name), value);
}

#define TELL "say=begins", "env", "say=ready"

static void each_worker_has_a_number_of_its_own_from_0_on(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "5"), WORKER(TELL));
	pid_t pids[5];

	launcher_hear_all(launcher, "ready", pids, 5);
	for (unsigned int i = 0; i < 5; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "env MUSTER_WORKER_ID=%u",
			       i);
		assert_int_equal(lines_count(&launcher->said, text), 1);
		assert_env(launcher, pids[i], "MUSTER_GENERATION", "1");
	}
	launcher_stop(*state, launcher, 0);
}

/* B113 too. */
static void
a_replacement_has_its_predecessors_number_and_counts_on(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("-w", "3", "--throttle", "off"), WORKER(TELL));
	const char *id;
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	id = stage_text(*state, "%s",
			env_of(launcher, pids[1], "MUSTER_WORKER_ID"));
	for (int round = 2; round <= 5; round++) {
		process_kill(pids[1], SIGKILL);
		pids[1] = launcher_hear_pid(launcher, "ready");
		assert_env(launcher, pids[1], "MUSTER_WORKER_ID", id);
		assert_env(launcher, pids[1], "MUSTER_GENERATION",
			   stage_text(*state, "%d", round));
	}
	launcher_stop(*state, launcher, 0);
}

/* All die at once, several times over: no number is lost, none given twice. */
static void numbers_stay_right_when_all_workers_die_together(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "8", "--throttle", "off"),
		      WORKER(TELL, "g1:exit=1", "g2:exit=1", "say=stays"));
	pid_t pids[8];

	launcher_hear_all(launcher, "stays", pids, 8);
	for (unsigned int i = 0; i < 8; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "env MUSTER_WORKER_ID=%u",
			       i);
		assert_int_equal(lines_count(&launcher->said, text), 3);
		assert_env(launcher, pids[i], "MUSTER_GENERATION", "3");
	}
	launcher_stop(*state, launcher, 0);
}

static void the_service_is_named_after_the_command_or_as_asked(void **state)
{
	struct launcher *launcher = START(*state, WORKER(TELL));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	assert_env(launcher, pid, "MUSTER_SERVICE", "worker");
	(void)launcher_log(launcher, "Starting 1 workers [service worker]");
	launcher_stop(*state, launcher, 0);

	launcher = START(*state, OPTIONS("--name", "a name: with\ttabs"),
			 WORKER(TELL));
	pid = launcher_hear_pid(launcher, "ready");
	assert_env(launcher, pid, "MUSTER_SERVICE", "a name: with\ttabs");
	launcher_stop(*state, launcher, 0);
}

static void pretend_to_be_a_worker(void *unused)
{
	(void)unused;
	(void)setenv("MUSTER_WORKER_ID", "77", 1);
	(void)setenv("MUSTER_GENERATION", "77", 1);
	(void)setenv("MUSTER_SERVICE", "seventy-seven", 1);
	(void)setenv("MUSTER_LAUNCHER_FD", "77", 1);
	(void)setenv("LISTEN_PID", "77", 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	(void)setenv("LISTEN_FDNAMES", "http", 1);
	(void)setenv("NOTIFY_SOCKET", "/nowhere", 1);
	(void)setenv("WATCHDOG_PID", "77", 1);
	(void)setenv("WATCHDOG_USEC", "77", 1);
	(void)setenv("TEST_OTHER", "kept = as it is", 1);
	(void)setenv("TEST_EMPTY", "", 1);
}

/* Muster may be a worker of another muster, or a service of systemd (B39). */
static void what_muster_itself_was_told_does_not_reach_a_worker(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER(TELL), .prepare = pretend_to_be_a_worker);
	pid_t pid = launcher_hear_pid(launcher, "ready");

	assert_env(launcher, pid, "MUSTER_WORKER_ID", "0");
	assert_env(launcher, pid, "MUSTER_GENERATION", "1");
	assert_env(launcher, pid, "MUSTER_SERVICE", "worker");
	assert_env(launcher, pid, "TEST_OTHER", "kept = as it is");
	assert_env(launcher, pid, "TEST_EMPTY", "");
	assert_false(lines_have(&launcher->said, "=77"));
	assert_false(lines_have(&launcher->said, "LISTEN_"));
	assert_false(lines_have(&launcher->said, "NOTIFY_"));
	launcher_stop(*state, launcher, 0);
}

static void clear_environment(void *unused)
{
	(void)unused;
	(void)clearenv();
}

/* E8: no environment at all, so no PATH either. */
static void without_any_environment_a_command_is_still_found(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--restart", "never"),
		      COMMAND("sh", "-c", "echo $0 $MUSTER_WORKER_ID"),
		      .prepare = clear_environment);

	assert_int_equal(launcher_end(launcher), 0);
	assert_true(lines_have(&launcher->said, "sh 0\n"));
}

/* E5: argv[0] as it was given, not the path that was found. */
static void arguments_reach_the_worker_unchanged(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--restart", "never"),
		      COMMAND("sh", "-c",
			      "printf '<%s>' \"$@\"; tr '\\0' '|' "
			      "</proc/$$/cmdline",
			      "name", "", " a  b ", "-w", "--", "\n", "*"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_true(lines_have(&launcher->said, "<>< a  b ><-w><--><\n><*>"));
	assert_true(lines_have(&launcher->said, ">sh|-c|"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(each_worker_has_a_number_of_its_own_from_0_on),
		STAGE_TEST(
			a_replacement_has_its_predecessors_number_and_counts_on),
		STAGE_TEST(numbers_stay_right_when_all_workers_die_together),
		STAGE_TEST(the_service_is_named_after_the_command_or_as_asked),
		STAGE_TEST(what_muster_itself_was_told_does_not_reach_a_worker),
		STAGE_TEST(without_any_environment_a_command_is_still_found),
		STAGE_TEST(arguments_reach_the_worker_unchanged),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_init_control.c - the story of `muster ready` and `muster health` with an
 * entrypoint: what takes its readiness back, and what does not (E41).
 */
#include "tools/init.h"
#include "tools/probes.h"

static void an_entrypoint_is_ready_as_long_as_its_command_runs(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = INIT(stage, OPTIONS("--control", path),
					 WORKER("take=TERM", "fds", "say=up"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	assert_true(lines_have(&launcher->said, "fds 0 1 2\n"));
	assert_probe(stage, "ready", path, 0, "ready");
	assert_probe(stage, "health", path, 0, "healthy");
	/* What it is only handed on is the command's alone. */
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took TERM");
	assert_probe(stage, "ready", path, 0, "ready");
	end_by_kill(stage, launcher, pid);
	assert_silent(launcher);
	assert_int_equal(access(path, F_OK), -1);
}

/* Before the command is told, which serves on. */
static void a_drain_takes_ready_back_at_once(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = INIT(stage,
					 OPTIONS("--control", path, "--drain",
						 "10m", "--log-level", "info"),
					 WORKER("take=TERM:0", "say=up"));

	(void)launcher_hear(launcher, "up");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "draining");
	assert_probe(stage, "ready", path, 1, "not ready: stopping");
	assert_probe(stage, "health", path, 0, "healthy, stopping");
	assert_false(lines_have(&launcher->said, "took TERM"));
	signal_from_another(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_nobody_left(stage);
}

static void who_is_launched_again_is_missed_meanwhile(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher =
		INIT(stage,
		     OPTIONS("--control", path, "--restart", "always",
			     "--backoff", "50s:50s"),
		     WORKER("exit=3"));

	(void)launcher_log(launcher, "launched again in");
	assert_probe(stage, "ready", path, 1,
		     "not ready: worker has 0 of 1 workers");
	assert_probe(stage, "health", path, 1,
		     "unhealthy: worker has 0 of 1 workers");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 3);
	assert_nobody_left(stage);
}

/* The command has done its work, and there is nobody to serve. */
static void with_leftovers_only_nothing_is_ready(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher =
		INIT(stage,
		     OPTIONS("--control", path, "--subreaper", "yes",
			     "--leftover-timeout", "10m"),
		     WORKER("fork", "exit=0"));
	pid_t pid = launcher_hear_pid(launcher, "grandchild");

	(void)launcher_log(launcher, "left behind");
	assert_probe(stage, "ready", path, 1, "not ready: stopping");
	assert_probe(stage, "health", path, 0, "healthy, stopping");
	process_kill(pid, SIGKILL);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
}

static void a_socket_that_cannot_be_is_told_to_all_who_look(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_text(stage, "%s/no/where", stage->directory);
	const char *log = stage_file(stage, "termination", "", 0600);
	struct launcher *launcher = INIT(
		stage, OPTIONS("--control", path, "--termination-log", log),
		WORKER("say=up"));
	char text[512];

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "no/where: No such file or directory");
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_int_equal(launcher->said.length, 0);
	file_read(log, text, sizeof(text));
	assert_string_equal(text, stage_text(stage,
					     "muster: --control %s: No such "
					     "file or directory\n",
					     path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(an_entrypoint_is_ready_as_long_as_its_command_runs),
		STAGE_TEST(a_drain_takes_ready_back_at_once),
		STAGE_TEST(who_is_launched_again_is_missed_meanwhile),
		STAGE_TEST(with_leftovers_only_nothing_is_ready),
		STAGE_TEST(a_socket_that_cannot_be_is_told_to_all_who_look),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

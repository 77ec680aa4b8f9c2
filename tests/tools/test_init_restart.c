/*
 * test_init_restart.c - the story of a command that is healed inside of the
 * container, and of one that cannot be (E20, E21).
 */
#include "tools/init.h"

static void a_command_that_dies_is_there_again(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("--restart", "always"),
					 WORKER("take=TERM:0", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	for (int i = 0; i < 3; i++) {
		pid_t next;

		process_kill(pid, SIGKILL);
		next = launcher_hear_pid(launcher, "ready");
		assert_int_not_equal(next, pid);
		pid = next;
	}
	/* Who is replaced is news. */
	(void)launcher_log(launcher, "warning: Child ");
	/* TERM stops, and is not only forwarded, or it would be again. */
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "ready"), 4);
}

static void signals_go_to_whoever_is_there(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("--restart", "always"),
					 WORKER("take=USR1", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	launcher_signal(launcher, SIGUSR1);
	(void)launcher_hear(launcher, stage_text(*state, "%d took USR1", pid));
	process_kill(pid, SIGKILL);
	pid = launcher_hear_pid(launcher, "ready");
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_hear(launcher, stage_text(*state, "%d took USR1", pid));
	launcher_stop(*state, launcher, 143);
}

/* Fails once; what it finds is what was left by its first life. */
static void on_failure_a_success_is_the_end(void **state)
{
	const char *path = stage_path(*state, "tried");
	const char *script = stage_text(
		*state, "[ -e %s ] && exit 0; : >%s; exit 3", path, path);
	struct launcher *launcher =
		INIT(*state, OPTIONS("--restart", "on-failure"),
		     COMMAND("sh", "-c", script));

	assert_int_equal(launcher_end(launcher), 0);
	assert_int_equal(lines_count(&launcher->log, "exited with status 3"),
			 1);
	assert_nobody_left(*state);
}

/* By itself after five young deaths in ten seconds: the orchestrator's turn. */
static void a_hopeless_command_ends_it_with_its_own_status(void **state)
{
	struct launcher *launcher = INIT(
		*state, OPTIONS("--restart", "always", "--throttle", "off"),
		WORKER("say=lives", "exit=3"));

	assert_int_equal(launcher_end(launcher), 3);
	assert_int_equal(lines_count(&launcher->said, "lives"), 5);
	(void)launcher_log(launcher, "error: Giving up service worker");
	assert_nobody_left(*state);
}

static void give_up_and_remap_go_together(void **state)
{
	struct launcher *launcher =
		INIT(*state,
		     OPTIONS("--restart", "on-failure", "--throttle", "off",
			     "--give-up", "2/10s", "--remap", "3:4"),
		     WORKER("say=lives", "exit=3"));

	assert_int_equal(launcher_end(launcher), 4);
	assert_int_equal(lines_count(&launcher->said, "lives"), 2);
	/* The one that decides, too. */
	assert_int_equal(lines_count(&launcher->log, "exited with status 3"),
			 2);
}

/* A stop while nobody runs is at once, and its status the last life's. */
static void a_stop_during_the_backoff_ends_it(void **state)
{
	struct launcher *launcher = INIT(
		*state, OPTIONS("--restart", "always", "--backoff", "10m:10m"),
		WORKER("say=lives", "exit=3"));

	(void)launcher_log(launcher, "launched again in");
	launcher_stop(*state, launcher, 3);
}

/* It was never executed: no restart will help. */
static void a_command_that_is_not_there_is_not_tried_again(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("--restart", "always"),
					 COMMAND("/no/such/command"));

	assert_int_equal(launcher_end(launcher), 127);
	assert_int_equal(lines_count(&launcher->log, "error: "), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_command_that_dies_is_there_again),
		STAGE_TEST(signals_go_to_whoever_is_there),
		STAGE_TEST(on_failure_a_success_is_the_end),
		STAGE_TEST(a_hopeless_command_ends_it_with_its_own_status),
		STAGE_TEST(give_up_and_remap_go_together),
		STAGE_TEST(a_stop_during_the_backoff_ends_it),
		STAGE_TEST(a_command_that_is_not_there_is_not_tried_again),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

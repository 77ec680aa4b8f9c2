/*
 * test_examples.c - the small examples start, serve, replace a killed worker,
 * reload and stop, and leave nobody.
 */
#include "examples/example.h"

static void check_life(struct stage *stage, struct launcher *launcher,
		       const char *service, int workers)
{
	long pid = line_number(launcher_log(launcher, "Started child "),
			       "Started child ");

	launcher_log(launcher, stage_text(stage,
					  "All %d workers are ready "
					  "[service %s]",
					  workers, service));
	process_kill((pid_t)pid, SIGKILL);
	launcher_log(launcher,
		     stage_text(stage, "generation 2, replaces %ld", pid));
	launcher_signal(launcher, SIGHUP);
	launcher_log(launcher, "Reloaded, roll 1");
}

static void check_greeting(int port, const char *text)
{
	char greeting[256];
	int fd = example_connect(port);

	assert_true(example_read(fd, NULL, greeting, sizeof(greeting)) > 0);
	assert_non_null(strstr(greeting, text));
	(void)close(fd);
}

/* Who prints into a pipe is heard line by line with stdbuf(1), which is loaded
 * before a sanitizer. */
static void hello_says_hello(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = program_start(
		stage, "/usr/bin/env",
		LIST("ASAN_OPTIONS=verify_asan_link_order=0", "stdbuf", "-oL",
		     example_path(stage, "hello")));

	check_life(stage, launcher, "hello", 2);
	launcher_hear(launcher, "hello from 0");
	launcher_stop(stage, launcher, 0);
}

static void two_serves_and_keeps(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = program_start(
		stage, example_path(stage, "two"), LIST("tcp:127.0.0.1:0"));
	int port = example_port(launcher);

	check_life(stage, launcher, "teller", 3);
	check_greeting(port, " has served 1\n");
	launcher_log(launcher, "came by [service keeper, slot 0]");
	launcher_stop(stage, launcher, 0);
}

static void loop_serves_in_a_foreign_loop(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = program_start(
		stage, example_path(stage, "loop"), LIST("tcp:127.0.0.1:0"));
	int port = example_port(launcher);

	check_greeting(port, "hello\n");
	check_life(stage, launcher, "greeter", 2);
	check_greeting(port, "hello\n");
	launcher_stop(stage, launcher, 0);
}

/* A launcher that cannot even wait has no status, and the log says why. */
static void http_that_has_no_descriptors_ends_with_1(void **state)
{
	struct stage *stage = *state;
	const char *command =
		stage_text(stage, "ulimit -n 5; exec %s tcp:127.0.0.1:0",
			   example_path(stage, "http"));
	struct launcher *launcher =
		program_start(stage, "/bin/sh", LIST("-c", command));

	assert_int_equal(launcher_end(launcher), 1);
	(void)launcher_log(launcher, "error: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(hello_says_hello),
		STAGE_TEST(two_serves_and_keeps),
		STAGE_TEST(loop_serves_in_a_foreign_loop),
		STAGE_TEST(http_that_has_no_descriptors_ends_with_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

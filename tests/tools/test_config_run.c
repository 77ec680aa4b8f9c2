/*
 * test_config_run.c - the story of services that run from a configuration file:
 * which start and in which order, what each of them has, how they end.
 */
#include "tools/config.h"
#include "tools/sockets.h"

/* The place in the log where text comes first. */
static const char *place_of(const struct launcher *launcher, const char *text)
{
	const char *place = strstr(launcher->log.data, text);

	if (!place)
		fail_msg("not told: %s", text);
	return place;
}

static void each_service_has_what_its_section_says(void **state)
{
	struct stage *stage = *state;
	const char *file =
		CONFIG(stage,
		       "[service:one]\n"
		       "command = '%s' env say=one\n"
		       "workers = 2\n"
		       "environment = TEST_WHO=first\n"
		       "[service:two]\n"
		       "command = '%s' env say=two\n"
		       "env_file = '%s'\n",
		       stage->worker, stage->worker,
		       stage_file(stage, "env", "TEST_WHO=second\n", 0600));
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[3];

	launcher_hear_all(launcher, " one", pids, 2);
	launcher->said.mark = 0;
	pids[2] = launcher_hear_pid(launcher, " two");
	for (int i = 0; i < 3; i++) {
		const char *service = i < 2 ? "one" : "two";
		const char *who = i < 2 ? "first" : "second";

		assert_true(lines_have(&launcher->said,
				       stage_text(stage,
						  "%d env MUSTER_SERVICE=%s\n",
						  (int)pids[i], service)));
		assert_true(lines_have(&launcher->said,
				       stage_text(stage, "%d env TEST_WHO=%s\n",
						  (int)pids[i], who)));
	}
	launcher_stop(stage, launcher, 0);
}

/* B111. */
static void services_start_in_the_order_of_the_file(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("-c", config_write(*state, "[DEFAULT]\n"
							 "command = sleep 50\n"
							 "[service:zeta]\n"
							 "[service:alpha]\n"
							 "[service:mu]\n")));

	for (int i = 0; i < 3; i++)
		(void)launcher_log(launcher, "Started child");
	assert_true(place_of(launcher, "[service zeta, slot") <
		    place_of(launcher, "[service alpha, slot"));
	assert_true(place_of(launcher, "[service alpha, slot") <
		    place_of(launcher, "[service mu, slot"));
	launcher_stop(*state, launcher, 0);
}

static void a_service_starts_behind_those_it_is_to_start_after(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("-c", config_write(*state, "[DEFAULT]\n"
							 "command = sleep 50\n"
							 "after = base\n"
							 "[service:c]\n"
							 "after = b\n"
							 "[service:b]\n"
							 "after = a\n"
							 "[service:a]\n"
							 "[service:base]\n")));

	for (int i = 0; i < 4; i++)
		(void)launcher_log(launcher, "Started child");
	assert_true(place_of(launcher, "[service base, slot") <
		    place_of(launcher, "[service a, slot"));
	assert_true(place_of(launcher, "[service a, slot") <
		    place_of(launcher, "[service b, slot"));
	assert_true(place_of(launcher, "[service b, slot") <
		    place_of(launcher, "[service c, slot"));
	launcher_stop(*state, launcher, 0);
}

/* Whom all start after do not start after each other: one that is never ready
 * keeps none of them back, neither at once nor after a reload. */
static void all_start_behind_those_that_default_names(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage, "[DEFAULT]\n"
					 "command = sleep 50\n"
					 "after = db cache\n"
					 "[service:web]\n"
					 "[service:cache]\n"
					 "ready = notify\n"
					 "[service:db]\n"
					 "workers = 0\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_log(launcher, "Starting 0 workers [service db]");
	(void)launcher_log(launcher, "Started child");
	(void)CONFIG(stage, "[DEFAULT]\n"
			    "command = sleep 50\n"
			    "after = cache db\n"
			    "[service:web]\n"
			    "[service:cache]\n"
			    "ready = notify\n"
			    "[service:db]\n"
			    "[service:new]\n");
	config_reload(launcher, "1 changed, 1 new, 0 removed, 2 unchanged");
	(void)launcher_log(launcher, "[service db, slot 0, generation 1]");
	assert_false(lines_have(&launcher->log, "[service web, slot"));
	assert_false(lines_have(&launcher->log, "[service new, slot"));
	launcher_stop(stage, launcher, 0);
}

static void a_service_without_workers_is_declared_and_parked(void **state)
{
	struct launcher *launcher = START(
		*state,
		OPTIONS("-c", config_write(*state, "[service:parked]\n"
						   "command = sleep 50\n"
						   "workers = 0\n"
						   "[service:runs]\n"
						   "command = sleep 50\n")));

	(void)launcher_log(launcher, "Starting 0 workers [service parked]");
	(void)launcher_log(launcher, "Started child");
	assert_false(lines_have(&launcher->log, "[service parked, slot"));
	launcher_stop(*state, launcher, 0);
}

static void many_services_run_in_one_process(void **state)
{
	struct stage *stage = *state;
	size_t size = 0;
	char *text = NULL;
	FILE *file = open_memstream(&text, &size);
	struct launcher *launcher;

	assert_non_null(file);
	(void)fprintf(file, "[DEFAULT]\ncommand = sleep 50\n");
	for (int i = 0; i < 200; i++)
		(void)fprintf(file, "[service:s%d]\n", i);
	(void)fclose(file);
	launcher = START(stage, OPTIONS("-c", config_write(stage, text)));
	free(text);
	for (int i = 0; i < 200; i++)
		(void)launcher_log(launcher,
				   stage_text(stage, "[service s%d, slot", i));
	launcher_stop(stage, launcher, 0);
}

/* Socket activation of several services: a socket's name says whose it is. */
static void give_two_sockets(void *argument)
{
	const int *fds = argument;
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (dup2(fds[0], 3) < 0 || dup2(fds[1], 4) < 0 ||
	    setenv("LISTEN_PID", pid, 1) < 0 ||
	    setenv("LISTEN_FDS", "2", 1) < 0 ||
	    setenv("LISTEN_FDNAMES", "one:two", 1) < 0)
		_exit(123);
}

static void open_two_sockets(int *fds, int *ports)
{
	for (int i = 0; i < 2; i++) {
		int fd = socket_listen_tcp(&ports[i]);

		/* High, or the one is in the way of the other. */
		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		assert_true(fds[i] >= 100);
		(void)close(fd);
	}
}

static void a_socket_goes_to_the_service_that_has_its_name(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage,
				  "[DEFAULT]\n"
				  "command = '%s' env say=ready serve=3\n"
				  "[service:two]\n"
				  "[service:one]\n",
				  stage->worker);
	struct launcher *launcher;
	int ports[2];
	int fds[2];
	pid_t pids[2];

	open_two_sockets(fds, ports);
	launcher = START(stage, OPTIONS("-c", file),
			 .prepare = give_two_sockets, .argument = fds);
	launcher_hear_all(launcher, "ready", pids, 2);
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? "one" : "two";
		pid_t pid = socket_ask_tcp(ports[i]);

		assert_true(lines_have(&launcher->said,
				       stage_text(stage,
						  "%d env MUSTER_SERVICE=%s\n",
						  (int)pid, name)));
		assert_true(lines_have(&launcher->said,
				       stage_text(stage,
						  "%d env LISTEN_FDNAMES=%s\n",
						  (int)pid, name)));
		(void)close(fds[i]);
	}
	launcher_stop(stage, launcher, 0);
}

static void a_socket_for_nobody_is_refused(void **state)
{
	struct stage *stage = *state;
	const char *file = config_write(stage, "[DEFAULT]\n"
					       "command = sleep 50\n"
					       "[service:one]\n"
					       "[service:three]\n");
	struct launcher *launcher;
	int ports[2];
	int fds[2];

	open_two_sockets(fds, ports);
	launcher = START(stage, OPTIONS("-c", file),
			 .prepare = give_two_sockets, .argument = fds);
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "no service is called \"two\"");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void open_nine(void *unused)
{
	(void)unused;
	if (dup2(STDIN_FILENO, 9) < 0 || dup2(STDIN_FILENO, 10) < 0)
		_exit(123);
}

static void a_descriptor_reaches_the_service_that_passes_it(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage,
				  "[service:with]\n"
				  "command = '%s' fds say=has\n"
				  "pass_fd = 9 10\n"
				  "[service:without]\n"
				  "command = '%s' fds say=lacks\n",
				  stage->worker, stage->worker);
	struct launcher *launcher =
		START(stage, OPTIONS("-c", file), .prepare = open_nine);
	pid_t with = launcher_hear_pid(launcher, " has");
	pid_t without;

	launcher->said.mark = 0;
	without = launcher_hear_pid(launcher, " lacks");
	assert_true(lines_have(
		&launcher->said,
		stage_text(stage, "%d fds 0 1 2 9 10\n", (int)with)));
	assert_true(
		lines_have(&launcher->said,
			   stage_text(stage, "%d fds 0 1 2\n", (int)without)));
	launcher_stop(stage, launcher, 0);
}

static void the_launchers_options_of_the_file_hold(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("-c", config_write(*state, "[DEFAULT]\n"
							 "engine = signal\n"
							 "spawn = fork\n"
							 "[service:a]\n"
							 "restart = never\n"
							 "command = true\n")));

	if (getenv("MUSTER_TEST_ENGINE") || getenv("MUSTER_TEST_SPAWN"))
		SKIP("the command line outweighs the file");
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_log(launcher, "engine signal, spawn fork");
}

/* E32: whoever watches muster is told whose end it was. */
static void the_service_that_is_given_up_has_the_status(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage,
				  "[service:good]\n"
				  "command = '%s' take=TERM:3 say=good\n"
				  "[service:bad]\n"
				  "command = '%s' exit=5\n"
				  "give_up = 2/10s\n",
				  stage->worker, stage->worker);
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	assert_int_equal(launcher_end(launcher), 5);
	(void)launcher_log(launcher, "Giving up service bad");
	assert_nobody_left(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(each_service_has_what_its_section_says),
		STAGE_TEST(services_start_in_the_order_of_the_file),
		STAGE_TEST(a_service_starts_behind_those_it_is_to_start_after),
		STAGE_TEST(all_start_behind_those_that_default_names),
		STAGE_TEST(a_service_without_workers_is_declared_and_parked),
		STAGE_TEST(many_services_run_in_one_process),
		STAGE_TEST(a_socket_goes_to_the_service_that_has_its_name),
		STAGE_TEST(a_socket_for_nobody_is_refused),
		STAGE_TEST(a_descriptor_reaches_the_service_that_passes_it),
		STAGE_TEST(the_launchers_options_of_the_file_hold),
		STAGE_TEST(the_service_that_is_given_up_has_the_status),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_reload_rolls.c - the story of services that change when their file is
 * read again: they are rolled, mutated or stopped, and nobody else is touched
 * (B79, B80).
 */
#include "tools/config.h"
#include "tools/sockets.h"

/* A file with this service behind another, which nothing shall happen to. */
static const char *write_file(struct stage *stage, const char *service)
{
	return CONFIG(stage,
		      "[DEFAULT]\n"
		      "command = '%s' say=ready\n"
		      "[service:other]\n"
		      "command = sleep 50\n"
		      "%s",
		      stage->worker, service);
}

/* It is as it was in the beginning. */
static void assert_other_untouched(struct launcher *launcher)
{
	assert_int_equal(lines_count(&launcher->log, "[service other, slot 0"),
			 1);
}

static void a_service_that_has_changed_is_rolled_and_no_other(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\nworkers = 2\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	(void)write_file(stage, stage_text(stage,
					   "[service:a]\nworkers = 2\n"
					   "command = '%s' say=changed\n",
					   stage->worker));
	config_reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
	(void)launcher_hear(launcher, "changed");
	(void)launcher_hear(launcher, "changed");
	(void)launcher_log(launcher, "Reloaded, roll 1");
	for (int i = 0; i < 2; i++)
		assert_true(lines_have(
			&launcher->log,
			stage_text(stage, "Child %d ", (int)pids[i])));
	config_reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged");
	assert_other_untouched(launcher);
	launcher_stop(stage, launcher, 0);
}

/* What a worker is given is part of what it is. */
static void a_change_in_a_file_of_variables_rolls_its_service(void **state)
{
	struct stage *stage = *state;
	const char *variables = stage_file(stage, "env", "TEST_A=1\n", 0600);
	const char *file =
		write_file(stage, stage_text(stage,
					     "[service:a]\n"
					     "command = '%s' env say=ready\n"
					     "env_file = %s\n",
					     stage->worker, variables));
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, "env TEST_A=1");
	(void)launcher_hear(launcher, "ready");
	assert_int_equal(unlink(variables), 0);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "key \"env_file\"");
	(void)launcher_log(launcher, "configuration unchanged");
	(void)stage_file(stage, "env", "TEST_A=2\n", 0600);
	config_reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
	(void)launcher_hear(launcher, "env TEST_A=2");
	assert_other_untouched(launcher);
	launcher_stop(stage, launcher, 0);
}

static void a_service_that_is_gone_stops_and_may_come_again(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\nworkers = 2\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	(void)write_file(stage, "");
	config_reload(launcher, "0 changed, 0 new, 1 removed, 1 unchanged");
	(void)launcher_log(launcher, "Service a has stopped and is removed");
	(void)write_file(stage, "[service:a]\n");
	config_reload(launcher, "0 changed, 1 new, 0 removed, 1 unchanged");
	(void)launcher_hear(launcher, "ready");
	assert_other_untouched(launcher);
	launcher_stop(stage, launcher, 0);
}

/* B80. */
static void a_mutated_service_gets_hup_and_keeps_its_workers(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(
		stage, stage_text(stage,
				  "[service:a]\n"
				  "command = '%s' take=HUP say=ready\n"
				  "restart_method = mutate\n"
				  "workers = 2\n",
				  stage->worker));
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[2];
	pid_t told[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	config_reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged");
	launcher_hear_all(launcher, "took HUP", told, 2);
	assert_true((told[0] == pids[0] && told[1] == pids[1]) ||
		    (told[0] == pids[1] && told[1] == pids[0]));
	assert_other_untouched(launcher);
	launcher_stop(stage, launcher, 0);
}

static const char *write_listening(struct stage *stage, const char *more)
{
	return write_file(stage, stage_text(stage,
					    "[service:a]\n"
					    "command = '%s' say=ready serve=3\n"
					    "%s",
					    stage->worker, more));
}

static void a_socket_that_stays_is_never_closed(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	const char *file = write_listening(
		stage, stage_text(stage, "listen = unix:%s\n", path));
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t first = launcher_hear_pid(launcher, "ready");
	pid_t second;
	int fd = -1;

	process_kill(first, SIGSTOP);
	process_status_wait(first, "State:", "T (stopped)");
	/* It waits in the queue of the one socket there is. */
	assert_int_equal(socket_connect_unix(path, &fd), 0);
	(void)write_listening(stage, stage_text(stage,
						"listen = unix:%s\n"
						"healthy_after = 2s\n",
						path));
	config_reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
	second = launcher_hear_pid(launcher, "ready");
	assert_int_equal(socket_answer(fd), second);
	(void)launcher_log(launcher, "Reloaded, roll 1");
	assert_int_equal(socket_ask_unix(path), second);
	launcher_stop(stage, launcher, 0);
}

static void a_socket_may_be_added_and_taken_away(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	const char *more = stage_path(stage, "more");
	const char *one = stage_text(stage, "listen = unix:%s\n", path);
	const char *both =
		stage_text(stage, "listen = unix:%s unix:%s\n", path, more);
	struct launcher *launcher =
		START(stage, OPTIONS("-c", write_listening(stage, one)));
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	int fd = -1;
	int r;

	(void)launcher_hear(launcher, "ready");
	assert_int_equal(socket_connect_unix(more, &fd), ENOENT);
	(void)write_listening(stage, both);
	config_reload(launcher, "1 changed");
	(void)launcher_log(launcher, "Reloaded, roll 1");
	assert_int_equal(socket_connect_unix(more, &fd), 0);
	(void)close(fd);
	(void)write_listening(stage, one);
	config_reload(launcher, "1 changed");
	(void)launcher_log(launcher, "Reloaded, roll 2");
	/* It is closed when the line has been taken, and then removed. */
	while ((r = socket_connect_unix(more, &fd)) != ENOENT) {
		if (r == 0)
			(void)close(fd);
		assert_true(now_ms() < until_ms);
	}
	(void)socket_ask_unix(path);
	launcher_stop(stage, launcher, 0);
}

/* The same file is another attempt: what was missing may be there now. */
static void a_change_that_was_given_up_is_tried_again(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	(void)write_file(stage, "[service:a]\n"
				"command = sleep 50\n"
				"ready = notify\n"
				"ready_timeout = 50ms\n");
	for (int i = 0; i < 2; i++) {
		config_reload(launcher,
			      "1 changed, 0 new, 0 removed, 1 unchanged");
		(void)launcher_log(launcher, "Reload aborted, the old workers "
					     "go on");
	}
	assert_false(lines_have(&launcher->log,
				stage_text(stage, "Child %d ", (int)pid)));
	(void)write_file(stage, "[service:a]\nstop_timeout = 5s\n");
	config_reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
	(void)launcher_hear(launcher, "ready");
	launcher_stop(stage, launcher, 0);
}

/* The one it was to start after is never ready. */
static void a_service_that_waits_starts_when_it_need_not_any_more(void **state)
{
	static const char other[] = "[service:a]\n"
				    "command = sleep 50\n"
				    "ready = notify\n";
	struct stage *stage = *state;
	const char *file = write_file(
		stage, stage_text(stage, "%s[service:b]\nafter = a\n", other));
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_log(launcher, "[service a, slot 0");
	/* Another one it is by now, and waits on. */
	(void)write_file(stage, stage_text(stage,
					   "%s[service:b]\nworkers = 2\n"
					   "stop_timeout = 5s\n"
					   "after = a\n",
					   other));
	config_reload(launcher, "1 changed, 0 new, 0 removed, 2 unchanged");
	config_reload(launcher, "0 changed, 0 new, 0 removed, 3 unchanged");
	assert_int_equal(lines_count(&launcher->log, "[service b, slot"), 0);
	/* Nothing else has changed. */
	(void)write_file(stage, stage_text(stage,
					   "%s[service:b]\nworkers = 2\n"
					   "stop_timeout = 5s\n",
					   other));
	config_reload(launcher, "0 changed, 0 new, 0 removed, 3 unchanged");
	(void)launcher_hear(launcher, "ready");
	(void)launcher_hear(launcher, "ready");
	assert_other_untouched(launcher);
	launcher_stop(stage, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_service_that_has_changed_is_rolled_and_no_other),
		STAGE_TEST(a_change_in_a_file_of_variables_rolls_its_service),
		STAGE_TEST(a_service_that_is_gone_stops_and_may_come_again),
		STAGE_TEST(a_mutated_service_gets_hup_and_keeps_its_workers),
		STAGE_TEST(a_socket_that_stays_is_never_closed),
		STAGE_TEST(a_socket_may_be_added_and_taken_away),
		STAGE_TEST(a_change_that_was_given_up_is_tried_again),
		STAGE_TEST(
			a_service_that_waits_starts_when_it_need_not_any_more),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

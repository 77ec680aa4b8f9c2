/*
 * test_reload.c - the story of a configuration file that is read again: what is
 * as it was stays, what is wrong changes nothing, and numbers of workers
 * follow.
 */
#include "tools/config.h"

#define RELOADED "Reloaded "

static void reload(struct launcher *launcher, const char *counts)
{
	const char *line;

	launcher_signal(launcher, SIGHUP);
	line = launcher_log(launcher, RELOADED);
	if (!strstr(line, counts))
		fail_msg("%s", line);
	assert_non_null(strstr(line, " [decided in "));
}

static bool is_alive(pid_t pid)
{
	return process_status_has(pid, "State:", "S (sleeping)") ||
	       process_status_has(pid, "State:", "R (running)");
}

/* A file with this service behind another, which nothing shall happen to. */
static const char *write_file(struct stage *stage, const char *service)
{
	return CONFIG(stage,
		      "[DEFAULT]\n"
		      "command = '%s' say=ready\n"
		      "[service:other]\n"
		      "%s",
		      stage->worker, service);
}

static void what_is_as_it_was_keeps_its_workers(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\nworkers = 3\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[4];

	launcher_hear_all(launcher, "ready", pids, 4);
	reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged");
	/* Another order, other words for the same, a comment. */
	(void)CONFIG(stage,
		     "# once more\n"
		     "[service:a]\n"
		     "workers = 3\n"
		     "stop-timeout = 1m\n"
		     "max_surge = 10%%\n"
		     "command = '%s' say=ready\n"
		     "[service:other]\n"
		     "command = \"%s\" 'say=ready'\n",
		     stage->worker, stage->worker);
	reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged");
	for (int i = 0; i < 4; i++)
		assert_true(is_alive(pids[i]));
	launcher_stop(stage, launcher, 0);
}

static void a_file_with_a_fault_changes_nothing_and_says_so(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	(void)config_write(stage, "[service:new]\ncommand = true\nx = 1\n");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "error: ");
	(void)launcher_log(launcher, "muster.conf: configuration unchanged");
	assert_true(lines_have(&launcher->log, "muster.conf:3: key \"x\""));
	assert_int_equal(unlink(file), 0);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "cannot be read: No such file");
	(void)launcher_log(launcher, "muster.conf: configuration unchanged");
	(void)write_file(stage, "[service:a]\n");
	reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged");
	assert_true(is_alive(pids[0]));
	assert_true(is_alive(pids[1]));
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
	launcher_stop(stage, launcher, 0);
}

static void a_number_of_workers_follows_and_the_others_stay(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\nworkers = 2\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[3];
	pid_t more[2];

	launcher_hear_all(launcher, "ready", pids, 3);
	(void)write_file(stage, "[service:a]\nworkers = 4\n");
	reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
	launcher_hear_all(launcher, "ready", more, 2);
	for (int i = 0; i < 3; i++)
		assert_true(is_alive(pids[i]));
	(void)write_file(stage, "[service:a]\nworkers = 1\n");
	reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
	for (int i = 0; i < 3; i++)
		(void)launcher_log(launcher, "killed by signal 15");
	assert_false(lines_have(&launcher->log, "[service other, slot 0, "
						"generation 2"));
	launcher_stop(stage, launcher, 0);
}

static void a_parked_service_starts_and_is_parked_again(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\nworkers = 0\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pid;

	(void)launcher_hear(launcher, "ready");
	(void)write_file(stage, "[service:a]\nworkers = 1\n");
	reload(launcher, "1 changed");
	pid = launcher_hear_pid(launcher, "ready");
	(void)write_file(stage, "[service:a]\nworkers = 0\n");
	reload(launcher, "1 changed");
	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d killed", (int)pid));
	launcher_stop(stage, launcher, 0);
}

/* Nobody of it has to end first. */
static void a_parked_service_that_is_removed_has_a_name(void **state)
{
	struct stage *stage = *state;
	const char *file =
		write_file(stage, "[service:nobodys]\nworkers = 0\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, "ready");
	(void)write_file(stage, "");
	reload(launcher, "0 changed, 0 new, 1 removed, 1 unchanged");
	(void)launcher_log(launcher,
			   "Service nobodys has stopped and is removed");
	launcher_stop(stage, launcher, 0);
}

static void a_new_service_starts(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, "ready");
	(void)write_file(stage, "[service:new]\nworkers = 2\nafter = other\n");
	reload(launcher, "0 changed, 1 new, 0 removed, 1 unchanged");
	(void)launcher_hear(launcher, "ready");
	(void)launcher_hear(launcher, "ready");
	reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged");
	/* It counts at the start only. */
	(void)write_file(stage, "[service:new]\nworkers = 2\n");
	reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged");
	launcher_stop(stage, launcher, 0);
}

static void a_service_that_fails_is_told_and_tried_again(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "");
	const char *bad = stage_text(stage,
				     "[service:new]\nlisten = unix:%s/x/y\n"
				     "[service:good]\n",
				     stage->directory);
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, "ready");
	(void)write_file(stage, bad);
	reload(launcher, "0 changed, 1 new, 0 removed, 1 unchanged, 1 failed");
	assert_true(lines_have(&launcher->log, "error: service \"new\": "));
	(void)launcher_hear(launcher, "ready");
	reload(launcher, "0 changed, 0 new, 0 removed, 2 unchanged, 1 failed");
	launcher_stop(stage, launcher, 0);
}

/* What stands in the way of an atomic deployment: the link is swapped. */
static void a_swapped_link_is_followed(void **state)
{
	struct stage *stage = *state;
	const char *link = stage_path(stage, "link");
	const char *new_link = stage_path(stage, "link.new");
	const char *first = stage_file(
		stage, "first", "[service:a]\ncommand = sleep 50\n", 0600);
	const char *second = stage_file(
		stage, "second",
		"[service:a]\ncommand = sleep 50\nworkers = 2\n", 0600);
	struct launcher *launcher;

	assert_int_equal(symlink(first, link), 0);
	launcher = START(stage, OPTIONS("-c", link));
	(void)launcher_log(launcher, "Started child");
	assert_int_equal(symlink(second, new_link), 0);
	assert_int_equal(rename(new_link, link), 0);
	reload(launcher, "1 changed");
	(void)launcher_log(launcher, "[service a, slot 1");
	launcher_stop(stage, launcher, 0);
}

static void options_of_the_launcher_are_fixed_but_for_the_level(void **state)
{
	struct stage *stage = *state;
	const char *file = config_write(stage, "[service:a]\n"
					       "command = sleep 50\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_log(launcher, "Started child");
	(void)config_write(stage, "[DEFAULT]\n"
				  "die_with_parent = stop\n"
				  "subreaper = true\n"
				  "log_level = debug\n"
				  "[service:a]\n"
				  "command = sleep 50\n");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Only a new start of muster changes "
				     "die_with_parent, subreaper");
	(void)launcher_log(launcher, RELOADED);
	launcher_stop(stage, launcher, 0);
	(void)launcher_log(launcher, "debug: Sent SIGTERM");
}

static void ttin_and_ttou_scale_the_only_service(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage,
				  "[service:a]\ncommand = '%s' "
				  "say=ready\n",
				  stage->worker);
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[2];

	pids[0] = launcher_hear_pid(launcher, "ready");
	launcher_signal(launcher, SIGTTIN);
	pids[1] = launcher_hear_pid(launcher, "ready");
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d killed", (int)pids[1]));
	/* Down to none, and no further. */
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d killed", (int)pids[0]));
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher, "Caught SIGTTOU");
	for (int i = 0; i < 2; i++) {
		launcher_signal(launcher, SIGTTIN);
		(void)launcher_hear(launcher, "ready");
	}
	/* What the file says holds again. */
	reload(launcher, "1 changed");
	(void)launcher_log(launcher, "killed by signal 15");
	launcher_stop(stage, launcher, 0);
}

static void ttin_does_not_say_which_of_several_services(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	launcher_signal(launcher, SIGTTIN);
	(void)launcher_log(launcher, "SIGTTIN cannot say which of 2 services");
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher, "SIGTTOU cannot say which of 2 services");
	launcher_stop(stage, launcher, 0);
}

/* Its number is one of muster's own descriptors by now. */
static void a_descriptor_cannot_be_passed_afterwards(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, "ready");
	for (int fd = 3; fd < 8; fd++) {
		(void)write_file(
			stage,
			stage_text(stage, "[service:new]\npass_fd = %d\n", fd));
		launcher_signal(launcher, SIGHUP);
		(void)launcher_log(
			launcher,
			stage_text(stage, "pass-fd %d: it was not", fd));
		(void)launcher_log(launcher, "configuration unchanged");
	}
	launcher_stop(stage, launcher, 0);
}

static void a_burst_of_hup_is_borne_and_term_wins(void **state)
{
	struct stage *stage = *state;
	const char *file = write_file(stage, "[service:a]\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	for (int i = 0; i < 1000; i++)
		launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, RELOADED);
	launcher_signal(launcher, SIGHUP);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(what_is_as_it_was_keeps_its_workers),
		STAGE_TEST(a_file_with_a_fault_changes_nothing_and_says_so),
		STAGE_TEST(a_number_of_workers_follows_and_the_others_stay),
		STAGE_TEST(a_parked_service_starts_and_is_parked_again),
		STAGE_TEST(a_parked_service_that_is_removed_has_a_name),
		STAGE_TEST(a_new_service_starts),
		STAGE_TEST(a_service_that_fails_is_told_and_tried_again),
		STAGE_TEST(a_swapped_link_is_followed),
		STAGE_TEST(options_of_the_launcher_are_fixed_but_for_the_level),
		STAGE_TEST(ttin_and_ttou_scale_the_only_service),
		STAGE_TEST(ttin_does_not_say_which_of_several_services),
		STAGE_TEST(a_descriptor_cannot_be_passed_afterwards),
		STAGE_TEST(a_burst_of_hup_is_borne_and_term_wins),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_manager.c - the story of two services as the reference's own tests have
 * them (cotyledon; cases 86 to 93, B116 to B118): heavy does its reload itself
 * and ends with 42, light knows of no reload and ends with 0.
 */
#include "tools/config.h"
#include "tools/workers.h"

#define HEAVIES 2
#define WORKERS 3

/* One life of both. */
struct manager {
	struct stage *stage;
	struct launcher *launcher;
	pid_t heavy[HEAVIES]; /* by slot */
	pid_t light;
};

/* light's number is not what [DEFAULT] says, nor what it was before. */
static const char *manager_write(struct stage *stage, const char *more)
{
	(void)CONFIG(stage,
		     "[service:light]\ncommand = '%s' say=ready\nworkers = 5\n",
		     stage->worker);
	return CONFIG(stage,
		      "[DEFAULT]\n"
		      "workers = 5\n"
		      "[service:heavy]\n"
		      "command = '%s' take=HUP take=TERM:42 env say=ready\n"
		      "workers = 2\n"
		      "restart_method = mutate\n"
		      "[service:light]\n"
		      "command = '%s' take=TERM:0 env say=ready\n"
		      "workers = 1\n"
		      "%s",
		      stage->worker, stage->worker, more);
}

/* The next start in this slot of this service: its pid. */
static pid_t manager_started(const struct manager *manager, const char *service,
			     unsigned int slot, unsigned int generation)
{
	const char *line = launcher_log(
		manager->launcher,
		stage_text(manager->stage, "[service %s, slot %u, generation ",
			   service, slot));

	assert_non_null(strstr(line, "Started child "));
	assert_int_equal(line_number(line, "generation "), generation);
	return (pid_t)line_number(line, "Started child ");
}

/* Case 86; B111: in the order in which they were added. */
static struct manager manager_start(struct stage *stage)
{
	struct manager manager = {.stage = stage};
	pid_t pids[WORKERS];

	manager.launcher =
		START(stage, OPTIONS("-c", manager_write(stage, "")));
	manager.heavy[0] = manager_started(&manager, "heavy", 0, 1);
	manager.heavy[1] = manager_started(&manager, "heavy", 1, 1);
	manager.light = manager_started(&manager, "light", 0, 1);
	launcher_hear_all(manager.launcher, "ready", pids, WORKERS);
	return manager;
}

static void assert_children(const struct manager *manager)
{
	pid_t expected[] = {manager->heavy[0], manager->heavy[1],
			    manager->light};
	pid_t pids[WORKERS];

	workers_wait(manager->launcher, "ready", pids, WORKERS);
	assert_int_equal(workers_same(pids, expected, WORKERS), WORKERS);
}

/* All that has started since the beginning. */
static void assert_starts(const struct manager *manager, unsigned int count)
{
	assert_int_equal(lines_count(&manager->launcher->log, "Started child"),
			 count);
}

/* The worker has ended so, and the one in its place has the same number. */
static pid_t manager_replaced(const struct manager *manager, pid_t pid,
			      const char *service, const char *end)
{
	struct launcher *launcher = manager->launcher;
	pid_t next;

	(void)launcher_log(launcher,
			   stage_text(manager->stage,
				      "Child %d %s [service %s, slot 0, "
				      "generation 1",
				      (int)pid, end, service));
	next = manager_started(manager, service, 0, 2);
	assert_int_equal(launcher_hear_pid(launcher, "ready"), next);
	/* B113: what it is told is what the log says. */
	assert_true(lines_have(&launcher->said,
			       stage_text(manager->stage,
					  "%d env MUSTER_WORKER_ID=0\n",
					  (int)next)));
	assert_true(lines_have(&launcher->said,
			       stage_text(manager->stage,
					  "%d env MUSTER_SERVICE=%s\n",
					  (int)next, service)));
	return next;
}

/* Case 86. */
static void two_heavy_workers_and_one_light_one_come_up(void **state)
{
	struct manager manager = manager_start(*state);

	assert_children(&manager);
	launcher_stop(*state, manager.launcher, 0);
	assert_starts(&manager, WORKERS);
}

/* Case 87. */
static void hup_to_a_heavy_worker_is_its_own_reload(void **state)
{
	struct manager manager = manager_start(*state);

	process_kill(manager.heavy[0], SIGHUP);
	assert_int_equal(launcher_hear_pid(manager.launcher, "took HUP"),
			 manager.heavy[0]);
	assert_children(&manager);
	launcher_stop(*state, manager.launcher, 0);
	assert_int_equal(lines_count(&manager.launcher->said, "took HUP"), 1);
	assert_false(lines_have(&manager.launcher->log, "Caught SIGHUP"));
	assert_starts(&manager, WORKERS);
}

/* Case 88. */
static void hup_to_a_light_worker_has_it_replaced(void **state)
{
	struct manager manager = manager_start(*state);

	process_kill(manager.light, SIGHUP);
	manager.light = manager_replaced(&manager, manager.light, "light",
					 "killed by signal 1 (SIGHUP)");
	assert_children(&manager);
	launcher_stop(*state, manager.launcher, 0);
	assert_starts(&manager, WORKERS + 1);
}

/* Case 89. */
static void term_to_a_heavy_worker_has_its_status_told(void **state)
{
	struct manager manager = manager_start(*state);

	process_kill(manager.heavy[0], SIGTERM);
	assert_int_equal(launcher_hear_pid(manager.launcher, "took TERM"),
			 manager.heavy[0]);
	manager.heavy[0] = manager_replaced(&manager, manager.heavy[0], "heavy",
					    "exited with status 42");
	assert_children(&manager);
	launcher_stop(*state, manager.launcher, 0);
	assert_starts(&manager, WORKERS + 1);
}

/* Case 90. */
static void term_to_a_light_worker_has_it_replaced(void **state)
{
	struct manager manager = manager_start(*state);

	process_kill(manager.light, SIGTERM);
	manager.light = manager_replaced(&manager, manager.light, "light",
					 "exited with status 0");
	assert_children(&manager);
	launcher_stop(*state, manager.launcher, 0);
	assert_starts(&manager, WORKERS + 1);
}

static const char *last_line(const struct launcher *launcher)
{
	const char *end = launcher->log.data + launcher->log.length - 1;

	while (end > launcher->log.data && end[-1] != '\n')
		end--;
	return end;
}

/* Case 91, B117. */
static void term_to_muster_is_told_in_order_and_each_is_asked_once(void **state)
{
	struct manager manager = manager_start(*state);
	struct launcher *launcher = manager.launcher;

	/* Nobody is left when it has ended, and not a second later. */
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	(void)launcher_log(launcher, "Waiting on 3 children to exit");
	for (int i = 0; i < WORKERS; i++)
		(void)launcher_log(launcher, "exited with status ");
	assert_non_null(strstr(last_line(launcher), "Shutdown finish, exit "
						    "status 0"));
	assert_int_equal(lines_count(&launcher->log, "exited with status 42"),
			 HEAVIES);
	assert_int_equal(lines_count(&launcher->log, "exited with status 0"),
			 1);
	assert_int_equal(lines_count(&launcher->said, "took TERM"), WORKERS);
	assert_starts(&manager, WORKERS);
}

/* Case 92, B118. */
static void int_to_muster_ends_all_at_once_with_1(void **state)
{
	struct manager manager = manager_start(*state);
	struct launcher *launcher = manager.launcher;

	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
	(void)launcher_log(launcher,
			   "Caught SIGINT signal, instantaneous exiting");
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"),
			 WORKERS);
	assert_false(lines_have(&launcher->said, "took "));
}

/* Case 93, B116: once, in place where that was asked for; who does no reload is
 * replaced when there is something new for it. */
static void hup_to_muster_reloads_each_service_in_its_way(void **state)
{
	struct manager manager = manager_start(*state);
	struct launcher *launcher = manager.launcher;
	pid_t told[HEAVIES];
	pid_t light = manager.light;

	(void)manager_write(*state, "environment = TEST_NEWS=1\n");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, reloading");
	manager.light = manager_started(&manager, "light", 0, 2);
	(void)launcher_log(launcher,
			   stage_text(*state, "Child %d exited with status 0 ",
				      (int)light));
	launcher_hear_all(launcher, "took HUP", told, HEAVIES);
	assert_true(told[0] == manager.heavy[0] || told[1] == manager.heavy[0]);
	assert_true(told[0] == manager.heavy[1] || told[1] == manager.heavy[1]);
	launcher->said.mark = 0;
	assert_int_equal(launcher_hear_pid(launcher, "env TEST_NEWS=1"),
			 manager.light);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Reloaded /"), 1);
	assert_int_equal(lines_count(&launcher->log,
				     "1 changed, 0 new, 0 removed, 1 "
				     "unchanged"),
			 1);
	assert_int_equal(lines_count(&launcher->said, "took HUP"), HEAVIES);
	assert_starts(&manager, WORKERS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(two_heavy_workers_and_one_light_one_come_up),
		STAGE_TEST(hup_to_a_heavy_worker_is_its_own_reload),
		STAGE_TEST(hup_to_a_light_worker_has_it_replaced),
		STAGE_TEST(term_to_a_heavy_worker_has_its_status_told),
		STAGE_TEST(term_to_a_light_worker_has_it_replaced),
		STAGE_TEST(
			term_to_muster_is_told_in_order_and_each_is_asked_once),
		STAGE_TEST(int_to_muster_ends_all_at_once_with_1),
		STAGE_TEST(hup_to_muster_reloads_each_service_in_its_way),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

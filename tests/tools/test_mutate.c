/*
 * test_mutate.c - the story of SIGHUP, once and several times: with mutate the
 * workers hear of it and stay (B80; cases 7, 9, 10, 30), without it they are
 * replaced (case 6), and it never ends muster (B73, case 31).
 */
#include "tools/config.h"
#include "tools/workers.h"

#define WORKERS 4

static void assert_children(struct launcher *launcher, const pid_t *pids,
			    unsigned int count)
{
	pid_t now[WORKERS];

	workers_wait(launcher, "ready", now, count);
	assert_int_equal(workers_same(now, pids, count), count);
}

/* Cases 7, 9 and 10: not before it was asked for, and then in the process that
 * is there. */
static void a_worker_is_told_when_hup_comes_and_not_before(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--restart-method=mutate"),
		      WORKER("take=HUP", "take=USR1", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	/* What was sent before this would have been heard before it. */
	process_kill(pid, SIGUSR1);
	(void)launcher_hear(launcher, "took USR1");
	assert_false(lines_have(&launcher->said, "took HUP"));
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Sent SIGHUP to 1 workers");
	assert_int_equal(launcher_hear_pid(launcher, "took HUP"), pid);
	process_kill(pid, SIGUSR1);
	(void)launcher_hear(launcher, "took USR1");
	assert_children(launcher, &pid, 1);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "took HUP"), 1);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

/* Case 30: the file is read once, and each worker hears of it once. */
static void one_hup_is_one_reload_of_file_and_workers(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("-c", CONFIG(*state,
					   "[service:a]\n"
					   "command = '%s' take=HUP say=ready\n"
					   "workers = 4\n"
					   "restart_method = mutate\n",
					   ((struct stage *)*state)->worker)));
	pid_t pids[WORKERS];

	launcher_hear_all(launcher, "ready", pids, WORKERS);
	for (unsigned int times = 1; times <= 3; times++) {
		pid_t told[WORKERS];

		launcher_signal(launcher, SIGHUP);
		launcher_hear_all(launcher, "took HUP", told, WORKERS);
		for (unsigned int i = 0; i < WORKERS; i++) {
			assert_true(workers_know(pids, WORKERS, told[i]));
			assert_false(workers_know(told, i, told[i]));
		}
		(void)launcher_log(launcher, "Reloaded /");
		assert_int_equal(lines_count(&launcher->log, "Reloaded /"),
				 times);
	}
	assert_children(launcher, pids, WORKERS);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "took HUP"), 3 * WORKERS);
}

/* What the file says of their number, and what TTIN has made of it, keep it
 * from nobody who stays; who comes has read what there is. */
static void a_hup_that_scales_is_heard_by_those_who_stay(void **state)
{
	static const char text[] = "[service:a]\n"
				   "command = '%s' take=HUP say=ready\n"
				   "restart_method = mutate\n"
				   "workers = %d\n";
	struct stage *stage = *state;
	const char *worker = stage->worker;
	struct launcher *launcher =
		START(stage, OPTIONS("-c", CONFIG(stage, text, worker, 2)));
	pid_t pids[WORKERS];
	pid_t told[WORKERS];

	launcher_hear_all(launcher, "ready", pids, 2);
	launcher_signal(launcher, SIGTTIN);
	pids[2] = launcher_hear_pid(launcher, "ready");
	config_reload(launcher, "1 changed");
	launcher_hear_all(launcher, "took HUP", told, 2);
	assert_int_equal(workers_same(told, pids, 2), 2);
	assert_children(launcher, pids, 2);
	(void)CONFIG(stage, text, worker, 4);
	config_reload(launcher, "1 changed");
	launcher_hear_all(launcher, "took HUP", told, 2);
	assert_int_equal(workers_same(told, pids, 2), 2);
	workers_wait(launcher, "ready", told, 4);
	assert_int_equal(workers_same(pids, told, 2), 2);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "took HUP"), 4);
}

/* B116: a worker's own children are not muster's to signal, in whatever group
 * they are. This one would die of it. */
static void hup_goes_to_workers_and_to_nobody_else(void **state)
{
	static const char *const kills[] = {"--kill=group", "--kill=process"};

	for (size_t i = 0; i < ARRAY_LEN(kills); i++) {
		struct launcher *launcher = START(
			*state, OPTIONS("--restart-method=mutate", kills[i]),
			WORKER("fork", "take=HUP", "say=ready"));
		pid_t pid = launcher_hear_pid(launcher, "grandchild");
		_cleanup_fd_ int child = process_open(pid);

		(void)launcher_hear(launcher, "ready");
		launcher_signal(launcher, SIGHUP);
		(void)launcher_hear(launcher, "took HUP");
		assert_false(process_ends_within(child, 50));
		process_kill(pid, SIGKILL);
		launcher_signal(launcher, SIGTERM);
		assert_int_equal(launcher_end(launcher), 0);
		assert_all_end_within(*state, DEADLINE_MS);
	}
}

/* Case 6. */
static void hup_replaces_every_worker_by_another_process(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "4"), WORKER("say=ready"));
	pid_t before[WORKERS];
	pid_t after[WORKERS];

	launcher_hear_all(launcher, "ready", before, WORKERS);
	launcher_signal(launcher, SIGHUP);
	launcher_hear_all(launcher, "ready", after, WORKERS);
	(void)launcher_log(launcher, "Reloaded, roll 1");
	for (unsigned int i = 0; i < WORKERS; i++) {
		assert_false(workers_know(before, WORKERS, after[i]));
		assert_false(workers_know(after, i, after[i]));
	}
	assert_children(launcher, after, WORKERS);
	launcher_stop(*state, launcher, 0);
}

/* B73, case 31: the second while the first is worked on, and right behind it.
 */
static void two_hups_in_a_row_do_not_end_it_and_term_does(void **state)
{
	static const char *const methods[] = {"--restart-method=reload",
					      "--restart-method=mutate"};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		struct launcher *launcher =
			START(*state, OPTIONS("-w", "4", methods[i]),
			      WORKER("take=HUP", "say=ready"));
		pid_t pids[CHILDREN_MAX];

		launcher_hear_all(launcher, "ready", pids, WORKERS);
		launcher_signal(launcher, SIGHUP);
		(void)launcher_log(launcher, "Caught SIGHUP, reloading");
		launcher_signal(launcher, SIGHUP);
		launcher_signal(launcher, SIGHUP);
		(void)launcher_log(launcher, "Caught SIGHUP, reloading");
		(void)launcher_log(launcher, i ? "Sent SIGHUP" : "Reloaded, ");
		assert_true(children_of(launcher->pid, pids) >= WORKERS);
		launcher_stop(*state, launcher, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_worker_is_told_when_hup_comes_and_not_before),
		STAGE_TEST(one_hup_is_one_reload_of_file_and_workers),
		STAGE_TEST(a_hup_that_scales_is_heard_by_those_who_stay),
		STAGE_TEST(hup_goes_to_workers_and_to_nobody_else),
		STAGE_TEST(hup_replaces_every_worker_by_another_process),
		STAGE_TEST(two_hups_in_a_row_do_not_end_it_and_term_does),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

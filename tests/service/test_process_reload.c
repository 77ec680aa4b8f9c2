/*
 * test_process_reload.c - the story of SIGHUP to the launcher: a reload puts
 * new workers in the place of old ones, a mutation leaves them, and neither
 * ends anything (cases 6, 10, 30, 31, 93; B73, B79, B80).
 */
#include <poll.h>
#include <time.h>

#include "service/story.h"

static bool is_among(pid_t pid, const pid_t *pids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Case 6; case 30: reset() once in the launcher, before its workers. */
static void a_reload_replaces_every_worker(void **state)
{
	pid_t before[3];
	pid_t after[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("on-reload:say=hook", "service=web",
				  "workers=3", "start:say=up",
				  "reset@m:say=master reset", "stop@w:reason"));

	launcher_hear_all(launcher, "up", before, 3);
	(void)launcher_log(launcher, "All 3 workers are ready");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_hear(launcher, "hook");
	assert_int_equal(launcher_hear_pid(launcher, "master reset"),
			 launcher->pid);
	launcher_hear_all(launcher, "up", after, 3);
	(void)launcher_log(launcher, "Reloaded, roll 1");
	for (int i = 0; i < 3; i++)
		assert_false(is_among(after[i], before, 3));
	wait_for_children(launcher->pid, 3);
	assert_int_equal(lines_count(&launcher->said, "stops for reload"), 3);
	assert_int_equal(lines_count(&launcher->said, "hook"), 1);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "reset"), 1);
}

/* The worker's own reset() is for the in-place restart; a fresh one has read
 * its configuration. */
static void a_replacement_has_the_next_generation_of_its_id(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start@1:id"));

	(void)launcher_hear(launcher, "id 1 generation 1");
	(void)launcher_log(launcher, "All 2 workers are ready");
	for (int i = 2; i < 5; i++) {
		launcher_signal(launcher, SIGHUP);
		(void)launcher_hear(
			launcher, stage_text(*state, "id 1 generation %d", i));
		(void)launcher_log(launcher, "Reloaded");
	}
	launcher_stop(*state, launcher, 0);
}

/* Case 31: on the heels of one another, in the middle of a roll. */
static void hups_in_a_row_do_not_end_the_launcher(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=0", "service=other",
				  "workers=2", "start:say=up"));
	pid_t pids[2];

	launcher_hear_all(launcher, "up", pids, 2);
	for (int i = 0; i < 6; i++)
		launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Reloaded");
	launcher_stop(*state, launcher, 0);
	assert_true(lines_count(&launcher->log, "Caught SIGHUP, reloading") >=
		    1);
}

/* B73: TERM wins. */
static void a_term_in_a_reload_is_the_end(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("graceful=300", "service=web", "workers=3",
				  "roll=1:0", "start:say=up",
				  "stop@w#1:say=old stops", "stop@w#1:hang"));
	pid_t pids[3];

	launcher_hear_all(launcher, "up", pids, 3);
	(void)launcher_log(launcher, "All 3 workers are ready");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_hear(launcher, "old stops");
	launcher_stop(*state, launcher, 1);
	assert_false(lines_have(&launcher->log, "Reloaded"));
}

static uint64_t cpu_time_ns(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &used), 0);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/* It has nothing to do but to wait for its worker, who is held. Sooner or later
 * it does nothing for a span that no spinning would miss. */
static void check_sleeps(const struct launcher *launcher)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	uint64_t before_ns;

	do {
		if (now_ms() >= until_ms)
			fail_msg("it spins");
		before_ns = cpu_time_ns(launcher->pid);
		(void)poll(NULL, 0, 200); /* what is measured is this span */
	} while (cpu_time_ns(launcher->pid) != before_ns);
}

/* Both are read at once. */
static void a_hup_that_comes_with_a_term_is_forgotten(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("service=web", "start:say=up", "stop@w:say=stopping",
			  "stop@w:hold=9", "reset@m:say=reset"),
		.prepare = hold_enter, .argument = &hold);

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_signal(launcher, SIGSTOP);
	process_status_wait(launcher->pid, "State:", "T");
	launcher_signal(launcher, SIGHUP);
	launcher_signal(launcher, SIGTERM);
	launcher_signal(launcher, SIGCONT);
	(void)launcher_hear(launcher, "stopping");
	check_sleeps(launcher);
	hold_release(&hold);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->said, "reset"), 0);
	hold_close(&hold);
}

static void a_restart_that_the_program_asks_for_in_a_stop_is_none(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("on-terminate:restart-launcher", "service=web",
				"start:say=up", "stop@w:say=stopping",
				"stop@w:hold=9", "reset@m:say=reset"),
		      .prepare = hold_enter, .argument = &hold);

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "stopping");
	check_sleeps(launcher);
	hold_release(&hold);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->said, "reset"), 0);
	hold_close(&hold);
}

/* Case 10, B80: pids stay, start is not called again. */
static void a_mutation_resets_every_worker_and_keeps_its_pid(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("method=mutate", "on-reload:say=hook",
				  "service=web", "workers=3", "start:say=up",
				  "reset@m:say=master reset",
				  "reset@w:say=worker reset", "stop@w:reason"));

	launcher_hear_all(launcher, "up", pids, 3);
	(void)launcher_log(launcher, "All 3 workers are ready");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_hear(launcher, "hook");
	(void)launcher_hear(launcher, "master reset");
	for (int i = 0; i < 3; i++)
		assert_true(is_among(
			launcher_hear_pid(launcher, "worker reset"), pids, 3));
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3);
	assert_int_equal(lines_count(&launcher->said, "up"), 3);
	assert_int_equal(lines_count(&launcher->said, "stops for operator"), 3);
}

/* Case 93, per service; B79: once per distinct one. */
static void every_distinct_service_is_reset_once(void **state)
{
	pid_t pids[4];
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=heavy", "again=1",
					"start:say=up", "reset@m:say=heavy",
					"service=light", "workers=2",
					"start:say=up", "reset@m:say=light"));

	launcher_hear_all(launcher, "up", pids, 4);
	launcher_signal(launcher, SIGHUP);
	launcher_hear_all(launcher, "up", pids, 4);
	for (int i = 0; i < 3; i++)
		(void)launcher_log(launcher, "Reloaded");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "heavy"), 1);
	assert_int_equal(lines_count(&launcher->said, "light"), 1);
}

/* Though it may have the same functions, and no data to tell it by. */
static void a_service_of_another_name_is_another_one(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=heavy", "again=1", "also=light",
				  "start:say=up", "reset@m:id", "stop@m:id"));

	launcher_hear_all(launcher, "up", pids, 3);
	launcher_signal(launcher, SIGHUP);
	launcher_hear_all(launcher, "up", pids, 3);
	for (int i = 0; i < 3; i++)
		(void)launcher_log(launcher, "Reloaded");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "is heavy id -1"), 2);
	assert_int_equal(lines_count(&launcher->said, "is light id -1"), 2);
}

/* A configuration that cannot be read replaces nobody. */
static void a_reset_that_fails_leaves_the_workers_alone(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start:say=up",
				  "reset@m:fail", "service=other",
				  "start:say=up", "start#2:say=other again"));

	launcher_hear_all(launcher, "up", pids, 3);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "error: Reset of service web failed: "
				     "Input/output error, its workers go on");
	(void)launcher_hear(launcher, "other again");
	(void)launcher_log(launcher, "Reloaded");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 4);
}

static void a_slow_reset_is_told(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up",
					"reset@m:slow=150"));

	(void)launcher_hear(launcher, "up");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Reset of service web took");
	(void)launcher_log(launcher, "Reloaded");
	launcher_stop(*state, launcher, 0);
}

/* gunicorn's trap: the new ones do not come up, the old ones go on. */
static void a_reload_that_fails_keeps_the_old_workers(void **state)
{
	pid_t pids[2];
	pid_t still[CHILDREN_MAX];
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "workers=2", "roll=1:0",
					"start#1:say=up", "start#2:fail"));

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Reload aborted, the old workers go on");
	wait_for_children(launcher->pid, 2);
	assert_int_equal(children_of(launcher->pid, still), 2);
	assert_true(is_among(pids[0], still, 2));
	assert_true(is_among(pids[1], still, 2));
	launcher_stop(*state, launcher, 0);
}

/* The program's own wish, in one of its hooks. */
static void the_program_itself_may_restart_its_workers(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("on-ready#1:restart-launcher",
					"service=web", "start#2:say=again"));

	(void)launcher_hear(launcher, "again");
	(void)launcher_log(launcher, "Reloaded");
	launcher_stop(*state, launcher, 0);
}

#if defined(__SANITIZE_ADDRESS__)
#define MANY "100"
#define MANY_COUNT 100
#else
#define MANY "1000"
#define MANY_COUNT 1000
#endif

/* Fault 1: no time is measured, but a second for each would be seen. */
static void a_reload_of_a_thousand_workers_is_not_throttled(void **state)
{
	static pid_t before[MANY_COUNT];
	static pid_t after[MANY_COUNT];
	struct launcher *launcher =
		START(*state, ARGUMENTS("hooks=1", "service=web",
					"workers=" MANY, "start:say=up"));

	launcher_hear_all(launcher, "up", before, MANY_COUNT);
	(void)launcher_log(launcher, "All " MANY " workers are ready");
	launcher_signal(launcher, SIGHUP);
	launcher_hear_all(launcher, "up", after, MANY_COUNT);
	(void)launcher_log(launcher, "Reloaded, roll 1");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "hook throttle"), 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"),
			 2 * MANY_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_reload_replaces_every_worker),
		STORY(a_replacement_has_the_next_generation_of_its_id),
		STORY(hups_in_a_row_do_not_end_the_launcher),
		STORY(a_term_in_a_reload_is_the_end),
		STORY(a_hup_that_comes_with_a_term_is_forgotten),
		STORY(a_restart_that_the_program_asks_for_in_a_stop_is_none),
		STORY(a_mutation_resets_every_worker_and_keeps_its_pid),
		STORY(every_distinct_service_is_reset_once),
		STORY(a_service_of_another_name_is_another_one),
		STORY(a_reset_that_fails_leaves_the_workers_alone),
		STORY(a_slow_reset_is_told),
		STORY(a_reload_that_fails_keeps_the_old_workers),
		STORY(the_program_itself_may_restart_its_workers),
		STORY(a_reload_of_a_thousand_workers_is_not_throttled),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

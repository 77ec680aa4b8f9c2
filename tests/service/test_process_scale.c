/*
 * test_process_scale.c - the story of more and fewer workers, and of many
 * services (cases 36, 86, 101; B25, B112; puma's TTIN and TTOU).
 */
#include "service/story.h"

/* Case 86: reconfigured before anything runs. */
static void what_is_scaled_before_the_run_starts_so(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("before-wait:set-workers=1:1",
				  "service=heavy", "workers=2", "start:id",
				  "service=light", "workers=5", "start:id"));

	launcher_hear_all(launcher, "is ", pids, 3);
	(void)launcher_log(launcher, "All 2 workers are ready");
	wait_for_children(launcher->pid, 3);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "is heavy"), 2);
	assert_int_equal(lines_count(&launcher->said, "is light id 0"), 1);
}

/* B8: declared only, and woken later. */
static void a_service_without_workers_idles_until_it_is_scaled(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("on-reload:set-workers=0:2", "service=web",
				  "workers=0", "start:id"));

	(void)launcher_log(launcher, "engine ");
	launcher_turn(launcher);
	assert_int_equal(launcher->said.length, 0);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_hear(launcher, "is web");
	(void)launcher_hear(launcher, "is web");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "id 0"), 1);
	assert_int_equal(lines_count(&launcher->said, "id 1"), 1);
}

/* B112: the reference respawns them for ever. A death of the one that is left
 * shows that the launcher has turned since, and whom it replaces. */
static void ids_that_were_scaled_down_are_not_respawned(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("on-ready#3:set-workers=0:1", "service=web",
				  "workers=3", "start:id", "stop@w:reason"));

	launcher_hear_all(launcher, "is web", pids, 3);
	(void)launcher_log(launcher, "exited with status 0");
	(void)launcher_log(launcher, "exited with status 0");
	wait_for_children(launcher->pid, 1);
	assert_int_equal(lines_count(&launcher->said, "stops for scale-down"),
			 2);
	assert_int_equal(children_of(launcher->pid, pids), 1);
	process_kill(pids[0], SIGKILL);
	(void)launcher_hear(launcher, "is web id 0 generation 2");
	wait_for_children(launcher->pid, 1);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 4);
}

/* Up again: the ids that were free, puma's worker_index_is_within_limit. */
static void ids_are_those_below_the_number_of_workers(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("on-ready#3:set-workers=0:1",
				  "on-dead-worker#2:set-workers=0:3",
				  "service=web", "workers=3", "start:id"));

	launcher_hear_all(launcher, "is web", pids, 3);
	launcher_hear_all(launcher, "is web", pids, 2);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "id 0"), 1);
	assert_int_equal(lines_count(&launcher->said, "id 1"), 2);
	assert_int_equal(lines_count(&launcher->said, "id 2"), 2);
}

static void ttin_is_one_more_and_ttou_one_fewer(void **state)
{
	pid_t pids[4];
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "workers=2", "start:id",
					"stop@w:reason"));

	launcher_hear_all(launcher, "is web", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	launcher_signal(launcher, SIGTTIN);
	(void)launcher_log(launcher, "Scaling to 3 workers");
	(void)launcher_hear(launcher, "is web id 2");
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher, "Scaling to 2 workers");
	(void)launcher_hear(launcher, "stops for scale-down");
	(void)launcher_log(launcher, "exited with status 0");
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher, "Scaling to 1 workers");
	(void)launcher_hear(launcher, "stops for scale-down");
	(void)launcher_log(launcher, "exited with status 0");
	wait_for_children(launcher->pid, 1);
	launcher_stop(*state, launcher, 0);
}

/* Counted are the workers that there shall be, not those that still end. */
static void ttou_counts_whom_it_has_stopped_already(void **state)
{
	struct hold hold = hold_open();
	pid_t pids[4];
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "workers=4", "start:say=up",
				"stop@w:say=ends", "stop@w:hold=9"),
		      .prepare = hold_enter, .argument = &hold);

	launcher_hear_all(launcher, "up", pids, 4);
	(void)launcher_log(launcher, "All 4 workers are ready");
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher, "Scaling to 3 workers");
	(void)launcher_hear(launcher, "ends");
	launcher_signal(launcher, SIGTTOU);
	assert_non_null(
		strstr(launcher_log(launcher, "Scaling to "), "to 2 workers"));
	(void)launcher_hear(launcher, "ends");
	hold_release(&hold);
	(void)launcher_log(launcher, "exited with status 0");
	(void)launcher_log(launcher, "exited with status 0");
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

/* Case 101. */
static void what_cannot_be_scaled_is_refused_with_words(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("before-wait:set-workers=1:2",
					"before-wait:set-workers=-1:2",
					"before-wait:set-workers=0:-1",
					"service=web", "start:say=up"));

	(void)launcher_hear(launcher, "set-workers -22 1 service id doesn't "
				      "exist");
	(void)launcher_hear(launcher, "set-workers -22 -1 service id doesn't "
				      "exist");
	(void)launcher_hear(launcher, "set-workers -22 Number of workers "
				      "should be positive!");
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

/* Case 36; fault 6: the eleventh blocks for ever there. */
static void twelve_services_run(void **state)
{
	pid_t pids[12];
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=s0", "start:id", "service=s1",
					"start:id", "service=s2", "start:id",
					"service=s3", "start:id", "service=s4",
					"start:id", "service=s5", "start:id",
					"service=s6", "start:id", "service=s7",
					"start:id", "service=s8", "start:id",
					"service=s9", "start:id", "service=s10",
					"start:id", "service=s11", "start:id"));

	launcher_hear_all(launcher, "is s", pids, 12);
	for (int i = 0; i < 12; i++) {
		const char *text =
			stage_text(*state, "is s%d id 0 generation 1", i);

		assert_int_equal(lines_count(&launcher->said, text), 1);
	}
	launcher_stop(*state, launcher, 0);
}

/* B42: one bad service throttles itself only. */
static void a_bad_service_does_not_hold_up_the_others(void **state)
{
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=bad", "burst=1", "interval=3600000",
				"start:fail", "service=good", "start:say=up"));
	pid_t pid;

	(void)launcher_log(launcher, "[service bad, slot 0, generation 2");
	pid = launcher_hear_pid(launcher, "up");
	process_kill(pid, SIGKILL);
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(what_is_scaled_before_the_run_starts_so),
		STORY(a_service_without_workers_idles_until_it_is_scaled),
		STORY(ids_that_were_scaled_down_are_not_respawned),
		STORY(ids_are_those_below_the_number_of_workers),
		STORY(ttin_is_one_more_and_ttou_one_fewer),
		STORY(ttou_counts_whom_it_has_stopped_already),
		STORY(what_cannot_be_scaled_is_refused_with_words),
		STORY(twelve_services_run),
		STORY(a_bad_service_does_not_hold_up_the_others),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

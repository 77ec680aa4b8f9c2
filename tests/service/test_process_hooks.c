/*
 * test_process_hooks.c - the story of what the program is told, and of workers
 * that die young (B40-B46, B114; case 100).
 */
#include "service/story.h"

/* B114, in the life of one worker. */
static void hooks_tell_a_workers_life_in_order(void **state)
{
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("hooks=1", "on-new-worker:say=hook new worker",
			  "on-reload:say=hook reload",
			  "on-terminate:say=hook terminate", "service=web",
			  "start:say=up", "stop@w:say=stopped"));
	pid_t pid = launcher_hear_pid(launcher, "hook new worker");
	pid_t next;

	assert_int_equal(launcher_hear_pid(launcher, "up"), pid);
	(void)launcher_hear(launcher, stage_text(*state, "%d hook ready %d 0",
						 (int)launcher->pid, (int)pid));
	launcher_signal(launcher, SIGHUP);
	assert_int_equal(launcher_hear_pid(launcher, "hook reload"),
			 launcher->pid);
	next = launcher_hear_pid(launcher, "hook new worker");
	(void)launcher_hear(launcher,
			    stage_text(*state, "hook ready %d 0", (int)next));
	(void)launcher_hear(
		launcher,
		stage_text(*state, "hook dead-worker %d 0 code 0", (int)pid));
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "hook terminate");
	(void)launcher_hear(
		launcher,
		stage_text(*state, "hook dead-worker %d 0 code 0", (int)next));
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->said, "hook reload"), 1);
	assert_int_equal(lines_count(&launcher->said, "hook terminate"), 1);
}

/* In the worker, in which it knows who it is. */
static void a_new_worker_is_told_before_its_start(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("on-new-worker:id", "service=web",
					"workers=2", "start@1:say=up"));
	pid_t pid = launcher_hear_pid(launcher, "is web id 1 generation 1");

	assert_int_equal(launcher_hear_pid(launcher, "up"), pid);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "is web id"), 2);
}

static void a_dead_worker_is_told_with_its_status(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("hooks=1", "service=web",
				  "start#1:exit-code=42", "start#2:say=up"));

	(void)launcher_hear(launcher, "hook dead-worker");
	assert_int_equal(line_number(launcher->said.line, "code "), 42);
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
}

/* B40, B41: a burst of workers + 1, then one at a time; B43: nobody sleeps. */
static void who_dies_young_again_and_again_is_throttled(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("hooks=1", "service=web", "workers=2",
					"interval=3600000", "start@0:_exit=1",
					"start@1:say=up"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "Forking too fast, sleeping");
	launcher->said.mark = 0; /* whichever was first */
	(void)launcher_hear(launcher, "hook throttle");
	launcher_turn(launcher);
	launcher_stop(*state, launcher, 0);
	/* Two at first, and one for each of the three tokens. */
	assert_int_equal(lines_count(&launcher->log, "Started child"), 5);
	assert_int_equal(lines_count(&launcher->said, "hook throttle"), 1);
}

/* It goes on as there are tokens (B46: endless). */
static void a_throttled_worker_comes_with_the_next_token(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("hooks=1", "service=web", "burst=1",
					"interval=100", "start:say=up",
					"start:_exit=1"));

	for (int i = 0; i < 5; i++)
		(void)launcher_hear(launcher, "hook throttle");
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
}

/* B44: the reference counts these, too. */
static void reloads_and_stops_cost_no_token(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("hooks=1", "service=web", "burst=1",
					"interval=3600000", "start:say=up"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	for (int i = 0; i < 5; i++) {
		launcher_signal(launcher, SIGHUP);
		(void)launcher_hear(launcher, "up");
		(void)launcher_log(launcher, "Reloaded");
	}
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "hook throttle"), 0);
}

/* B46: those who lived are told why they must go. */
static void giving_up_stops_everybody_and_ends_with_its_status(void **state)
{
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("service=bad", "give-up=3:60000", "start:exit-code=7",
			  "service=good", "workers=2", "start:say=up",
			  "start:serve", "ready=told", "stop@w:reason"));

	assert_int_equal(launcher_end(launcher), 7);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "Giving up service bad: too many workers "
				     "died young");
	assert_int_equal(lines_count(&launcher->log, "exited with status 7"),
			 3);
	assert_int_equal(lines_count(&launcher->said, "stops for give-up"),
			 lines_count(&launcher->said, " up"));
}

static void a_hook_may_add_a_service_but_not_in_a_stop(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("on-ready#1:add", "on-terminate:add",
					"service=web", "start:say=up"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_hear(launcher, "add 1 ");
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "add -22 no service is added to a "
				      "launcher that stops");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(hooks_tell_a_workers_life_in_order),
		STORY(a_new_worker_is_told_before_its_start),
		STORY(a_dead_worker_is_told_with_its_status),
		STORY(who_dies_young_again_and_again_is_throttled),
		STORY(a_throttled_worker_comes_with_the_next_token),
		STORY(reloads_and_stops_cost_no_token),
		STORY(giving_up_stops_everybody_and_ends_with_its_status),
		STORY(a_hook_may_add_a_service_but_not_in_a_stop),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

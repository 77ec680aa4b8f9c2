/*
 * test_process_stop.c - the story of a stop: everybody is asked once, whoever
 * does not end is killed, and nobody survives his launcher (cases 3, 26, 91,
 * 92, 96, 98; B72, B74, B76, B83, B84; table O).
 */
#include "service/story.h"

/* Case 3, case 26; table O: SIGTERM, all stop in time. */
static void term_stops_every_worker_once_and_the_launchers_copy(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start:say=up",
				  "stop:reason", "wait@w:say=ended"));

	launcher_hear_all(launcher, "up", pids, 2);
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	(void)launcher_log(launcher, "Waiting on 2 children to exit");
	(void)launcher_log(launcher, "exited with status 0");
	(void)launcher_log(launcher, "exited with status 0");
	(void)launcher_log(launcher, "Shutdown finish, exit status 0");
	assert_int_equal(lines_count(&launcher->said, "stops for operator"), 2);
	assert_int_equal(lines_count(&launcher->said, "stops for none"), 1);
	assert_int_equal(lines_count(&launcher->said, " ended"), 2);
}

/* Case 26, B83: per service, however often it was added. */
static void a_service_added_twice_is_stopped_once_in_the_launcher(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=1", "again=2",
				  "start:say=up", "stop@m:say=master stop"));

	launcher_hear_all(launcher, "up", pids, 3);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "master stop"), 1);
}

/* Case 91. */
static void the_hook_comes_before_the_stops_of_both_services(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("on-terminate:say=hook", "service=heavy",
				  "workers=2", "start:say=up",
				  "stop@m:say=heavy stop", "service=light",
				  "start:say=up", "stop@m:say=light stop"));
	pid_t pids[3];

	launcher_hear_all(launcher, "up", pids, 3);
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "hook");
	(void)launcher_hear(launcher, "heavy stop");
	(void)launcher_hear(launcher, "light stop");
	(void)launcher_hear(launcher, "waited 0");
	assert_int_equal(lines_count(&launcher->said, "hook"), 1);
}

/* Table O: timeout exceeded; case 13, which never looked at the status; case
 * 96. */
static void a_stop_that_hangs_is_killed_and_the_end_is_1(void **state)
{
	uint64_t asked_ms;
	struct launcher *launcher =
		START(*state, ARGUMENTS("graceful=600", "service=web",
					"workers=2", "start:say=up",
					"stop@1:say=hangs", "stop@1:hang"));
	pid_t pids[2];

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	asked_ms = now_ms();
	launcher_stop(*state, launcher, 1);
	assert_in_range(now_ms() - asked_ms, 600, DEADLINE_MS);
	(void)launcher_hear(launcher, "hangs");
	(void)launcher_log(launcher, "timeout exceeded");
	(void)launcher_log(launcher, "killed by signal 9 (SIGKILL)");
	(void)launcher_log(launcher, "Shutdown finish, exit status 1");
}

/* B119: a service may have a time of its own. */
static void a_service_has_a_deadline_of_its_own(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "stop-timeout=200",
					"start:say=up", "stop@w:hang"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher, "timeout exceeded");
}

/* E: more time, asked for. */
static void a_stop_that_asks_for_more_time_gets_it(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "stop-timeout=300",
				  "start:say=up", "stop@w:extend=8000",
				  "stop@w:slow=900", "stop@w:say=in time"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "in time");
}

/* B83: the workers were told first, so they are gone, and one deadline ends
 * the rest. */
static void a_stop_that_hangs_in_the_launcher_holds_up_nobody(void **state)
{
	pid_t pids[2];
	struct launcher *launcher =
		START(*state, ARGUMENTS("graceful=500", "service=web",
					"workers=2", "start:say=up",
					"stop@w:say=stopped", "stop@m:hang"));

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	launcher_stop(*state, launcher, 1);
	assert_int_equal(lines_count(&launcher->said, "stopped"), 2);
	(void)launcher_log(launcher, "Graceful shutdown timeout exceeded, a "
				     "service's stop() in the launcher does "
				     "not return");
}

/* The workers have ended, the launcher's own stop() never does. */
static struct launcher *start_that_hangs(struct stage *stage)
{
	struct launcher *launcher = START(
		stage, ARGUMENTS("graceful=-1", "service=web", "start:say=up",
				 "stop@m:say=hangs", "stop@m:hang"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "hangs");
	(void)launcher_log(launcher, "exited with status 0");
	return launcher;
}

/* B72: not by its deadline, of which there is none. */
static void a_second_term_ends_a_stop_that_hangs_in_the_launcher(void **state)
{
	struct launcher *launcher = start_that_hangs(*state);

	send_from_elsewhere(launcher->pid, SIGTERM);
	assert_int_equal(launcher_end(launcher), 128 + SIGTERM);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "Caught SIGTERM again, killing children");
	(void)launcher_log(launcher, "Shutdown finish, exit status 143");
}

/* B74. */
static void int_ends_a_stop_that_hangs_in_the_launcher(void **state)
{
	struct launcher *launcher = start_that_hangs(*state);

	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "Shutdown finish, exit status 1");
}

#define NO_THREAD_LINE "No thread to stop the services in the launcher: "

static struct launcher *start_without_threads(struct stage *stage,
					      const char *failures)
{
	struct launcher *launcher = START(
		stage, ARGUMENTS(failures, "service=web", "start:say=up",
				 "stop@w:say=stopped", "stop@m:say=master"));

	(void)launcher_hear(launcher, "up");
	return launcher;
}

static void the_launchers_stop_waits_for_a_thread_of_the_workers(void **state)
{
	struct launcher *launcher =
		start_without_threads(*state, "thread-fails=1");

	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "stopped");
	(void)launcher_hear(launcher, "master");
	assert_int_equal(lines_count(&launcher->log, NO_THREAD_LINE), 0);
}

/* Which have asked for more time than it has. */
static void the_launchers_stop_then_has_the_whole_time_again(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("thread-fails=1", "graceful=500",
				  "service=web", "start:say=up",
				  "stop@w:extend=30000", "stop@w:slow=700",
				  "stop@m:slow=100", "stop@m:say=master"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "master");
}

static void without_any_thread_the_launchers_stop_is_left_out(void **state)
{
	struct launcher *launcher =
		start_without_threads(*state, "thread-fails=2");

	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher,
			   NO_THREAD_LINE "Resource temporarily unavailable");
	(void)launcher_log(launcher, "Shutdown finish, exit status 1");
	assert_int_equal(lines_count(&launcher->said, "stopped"), 1);
	assert_int_equal(lines_count(&launcher->said, "master"), 0);
}

static void a_stop_that_calls_itself_is_no_trouble(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "ready=told", "start:ready",
				  "start:say=up", "start:serve",
				  "stop@w:say=stopping", "stop@w:again"));

	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "stopping"), 2);
}

/* Case 15 of a worker: the operator and the service itself ask. */
static void a_worker_that_is_asked_twice_stops_once(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "start:say=up",
				  "stop@w:say=stopping", "stop@w:stop-self"));

	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "stopping"), 1);
}

/* Table O: second SIGTERM. */
static void a_second_term_kills_the_workers_and_ends_with_143(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start:say=up",
				  "stop@w:say=hangs", "stop@w:hang"));

	launcher_hear_all(launcher, "up", pids, 2);
	launcher_signal(launcher, SIGTERM);
	launcher_hear_all(launcher, "hangs", pids, 2);
	send_from_elsewhere(launcher->pid, SIGTERM);
	assert_int_equal(launcher_end(launcher), 128 + SIGTERM);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "Caught SIGTERM again, killing children");
}

/* Table O; case 92. */
static void int_ends_everybody_at_once_with_1(void **state)
{
	pid_t pids[3];
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "workers=3",
					"start:say=up", "stop@w:hang"));

	launcher_hear_all(launcher, "up", pids, 3);
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "Caught SIGINT signal, instantaneous "
				     "exiting");
}

/* B75. */
static void an_alarm_from_outside_ends_nobody(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up"));

	(void)launcher_hear(launcher, "up");
	launcher_signal(launcher, SIGALRM);
	(void)launcher_log(launcher, "Caught SIGALRM, ignored");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

/* Case 98: anywhere in the start of ten workers. */
static void term_during_the_start_ends_with_0(void **state)
{
	for (int forks = 1; forks <= 10; forks += 3) {
		struct launcher *launcher =
			START(*state, ARGUMENTS("service=web", "workers=10",
						"start:say=up"));

		for (int i = 0; i < forks; i++)
			(void)launcher_hear(launcher, "up");
		launcher_stop(*state, launcher, 0);
		(void)launcher_log(launcher, "Shutdown finish");
	}
}

/* Table O: SIGTERM before wait(); B15, B29. */
static void term_before_the_launcher_waits_is_not_lost(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("before-wait:say=made", "before-wait:hold=9",
				"service=web", "workers=2", "start:say=up"),
		      .prepare = hold_enter, .argument = &hold);

	(void)launcher_hear(launcher, "made");
	launcher_signal(launcher, SIGTERM);
	hold_release(&hold);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	hold_close(&hold);
}

/* No extra fork after TERM (B43): the one that dies is not replaced. */
static void after_term_nobody_is_forked_any_more(void **state)
{
	pid_t pids[4];
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("graceful=300", "service=web", "workers=4",
				"start:say=up", "stop@w:_exit=3",
				"service=slow", "start:say=up", "stop@w:hang"));

	launcher_hear_all(launcher, "up", pids, 4);
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher, "Caught SIGTERM");
	assert_null(lines_next(&launcher->log, "Started child"));
	assert_int_equal(lines_count(&launcher->log, "exited with status 3"),
			 4);
}

/* B82: a hook stops it; no signal came. */
static void the_program_itself_may_stop_its_launcher(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("on-ready#2:stop-launcher", "service=web",
				  "workers=2", "stop@w:reason"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->said, "stops for operator"), 2);
	assert_false(lines_have(&launcher->log, "Caught SIGTERM,"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(term_stops_every_worker_once_and_the_launchers_copy),
		STORY(a_service_added_twice_is_stopped_once_in_the_launcher),
		STORY(the_hook_comes_before_the_stops_of_both_services),
		STORY(a_stop_that_hangs_is_killed_and_the_end_is_1),
		STORY(a_service_has_a_deadline_of_its_own),
		STORY(a_stop_that_asks_for_more_time_gets_it),
		STORY(a_stop_that_hangs_in_the_launcher_holds_up_nobody),
		STORY(a_second_term_ends_a_stop_that_hangs_in_the_launcher),
		STORY(int_ends_a_stop_that_hangs_in_the_launcher),
		STORY(the_launchers_stop_waits_for_a_thread_of_the_workers),
		STORY(the_launchers_stop_then_has_the_whole_time_again),
		STORY(without_any_thread_the_launchers_stop_is_left_out),
		STORY(a_stop_that_calls_itself_is_no_trouble),
		STORY(a_worker_that_is_asked_twice_stops_once),
		STORY(a_second_term_kills_the_workers_and_ends_with_143),
		STORY(int_ends_everybody_at_once_with_1),
		STORY(an_alarm_from_outside_ends_nobody),
		STORY(term_during_the_start_ends_with_0),
		STORY(term_before_the_launcher_waits_is_not_lost),
		STORY(after_term_nobody_is_forked_any_more),
		STORY(the_program_itself_may_stop_its_launcher),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_process_ready.c - the story of readiness and signs of life: who counts
 * as ready when, who is killed for his silence, and what is said upstream (B32,
 * B39, B90, B93; puma's worker_boot_timeout).
 */
#include "service/story.h"
#include "tools/messages.h"

static struct launcher *start_held(struct stage *stage, struct hold *hold,
				   const char *ready, const char *first)
{
	*hold = hold_open();
	return START(stage,
		     ARGUMENTS("hooks=1", "service=web", ready, first,
			       "start:say=up", "start:hold=9",
			       "start:say=served", "stop@w:say=stopped"),
		     .prepare = hold_enter, .argument = hold);
}

static void who_returns_from_start_is_ready(void **state)
{
	struct hold hold;
	struct launcher *launcher =
		start_held(*state, &hold, "ready=start", "start:id");

	(void)launcher_hear(launcher, "up");
	launcher_turn(launcher);
	assert_false(lines_have(&launcher->said, "hook ready"));
	hold_release(&hold);
	(void)launcher_hear(launcher, "hook ready");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

static void who_is_forked_is_ready(void **state)
{
	struct hold hold;
	struct launcher *launcher =
		start_held(*state, &hold, "ready=fork", "start:id");

	(void)launcher_log(launcher, "All 1 workers are ready");
	assert_false(lines_have(&launcher->said, "served"));
	hold_release(&hold);
	(void)launcher_hear(launcher, "served");
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

static void who_says_so_is_ready_while_start_goes_on(void **state)
{
	struct hold hold;
	struct launcher *launcher =
		start_held(*state, &hold, "ready=told", "start:ready");

	(void)launcher_log(launcher, "All 1 workers are ready");
	assert_false(lines_have(&launcher->said, "served"));
	hold_release(&hold);
	(void)launcher_hear(launcher, "served");
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

static void who_returns_without_saying_so_is_not_ready(void **state)
{
	struct hold hold;
	struct launcher *launcher =
		start_held(*state, &hold, "ready=told", "start:id");

	hold_release(&hold);
	(void)launcher_hear(launcher, "served");
	launcher_turn(launcher);
	assert_false(lines_have(&launcher->log, "workers are ready"));
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

/* The first is; the second, too, must be told of only once. */
static void who_says_so_twice_is_ready_once(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("hooks=1", "service=web", "ready=start",
					"start:ready", "start:ready",
					"start:status=serving"));

	(void)launcher_log(launcher, "says: serving");
	launcher_turn(launcher);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "hook ready"), 1);
}

/* The worker is told why. */
static void who_is_not_ready_in_time_is_stopped_and_replaced(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "ready=told",
					"ready-timeout=200", "start#1:say=late",
					"start#2:ready", "stop@w:reason"));
	pid_t pid = launcher_hear_pid(launcher, "late");

	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d was not ready in time", pid));
	assert_int_equal(launcher_hear_pid(launcher, "stops for failure"), pid);
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "stops for operator");
}

static void a_start_that_asks_for_more_time_gets_it(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "ready=told",
				  "ready-timeout=400", "start:extend=8000",
				  "start:slow=900", "start:ready"));

	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_stop(*state, launcher, 0);
	assert_false(lines_have(&launcher->log, "not ready in time"));
}

static void who_is_silent_is_killed_and_replaced(void **state)
{
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("service=web", "watchdog=300", "start#1:say=silent",
			  "start#2:say=loud", "start#2:ping=500:50",
			  "ready=told", "start#1:ready"));
	pid_t pid = launcher_hear_pid(launcher, "silent");

	(void)launcher_log(launcher,
			   stage_text(*state,
				      "Child %d was silent for too long, sent "
				      "SIGABRT",
				      pid));
	(void)launcher_log(launcher, "killed by signal 6 (SIGABRT");
	(void)launcher_hear(launcher, "loud");
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
}

/* Ten times as long as it may be silent. */
static void who_gives_signs_of_life_lives(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "watchdog=1000",
					"ready=told", "start:ready",
					"start:ping=40:50", "start:say=lives"));

	(void)launcher_hear(launcher, "lives");
	launcher_stop(*state, launcher, 0);
	assert_false(lines_have(&launcher->log, "silent"));
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

static void what_a_worker_says_of_itself_is_in_the_log(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web",
					"start:status=3 of 7 tables read",
					"start:say=up"));
	int pid = (int)launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher,
			   stage_text(*state,
				      "Child %d says: 3 of 7 tables read "
				      "[service web, slot 0]",
				      pid));
	launcher_stop(*state, launcher, 0);
}

struct upstream_test {
	const char *path;
	const char *watchdog_us; /* NULL: none */
	struct hold hold;
};

static void enter_with_upstream(void *argument)
{
	const struct upstream_test *test = argument;

	hold_enter(argument ? (void *)(uintptr_t)&test->hold : NULL);
	if (setenv("NOTIFY_SOCKET", test->path, 1) < 0 ||
	    (test->watchdog_us &&
	     setenv("WATCHDOG_USEC", test->watchdog_us, 1) < 0))
		_exit(123);
}

/* From readiness on, twice in the time that it has; in a worker's name never.
 */
static void upstream_hears_signs_of_the_launchers_life(void **state)
{
	struct upstream_test test = {
		.path = stage_path(*state, "upstream"),
		.watchdog_us = "100000",
		.hold = hold_open(),
	};
	int fd = messages_open(test.path);
	struct launcher *launcher;

	launcher = START(*state,
			 ARGUMENTS("service=web", "start:env=WATCHDOG_USEC",
				   "start#1:hold=9"),
			 .prepare = enter_with_upstream, .argument = &test);
	assert_null(strstr(launcher_hear(launcher, "WATCHDOG_USEC="),
			   test.watchdog_us));
	assert_false(is_readable_within(fd, 0));
	hold_release(&test.hold);
	assert_string_equal(messages_take(*state, fd), "READY=1");
	for (int i = 0; i < 3; i++)
		assert_string_equal(messages_take(*state, fd), "WATCHDOG=1");
	launcher_stop(*state, launcher, 0);
	(void)messages_wait(*state, fd, "STOPPING=1");
	(void)close(fd);
	hold_close(&test.hold);
}

static void upstream_hears_signs_between_two_resets(void **state)
{
	struct upstream_test test = {
		.path = stage_path(*state, "upstream"),
		.watchdog_us = "100000",
		.hold = hold_open(),
	};
	int fd = messages_open(test.path);
	struct launcher *launcher;

	launcher = START(*state,
			 ARGUMENTS("service=a", "reset@m:slow=60", "service=b",
				   "reset@m:hold=9"),
			 .prepare = enter_with_upstream, .argument = &test);
	(void)messages_wait(*state, fd, "READY=1");
	launcher_signal(launcher, SIGHUP);
	(void)messages_wait(*state, fd, "RELOADING=1\nMONOTONIC_USEC=");
	assert_string_equal(messages_take(*state, fd), "WATCHDOG=1");
	hold_release(&test.hold);
	(void)messages_wait(*state, fd, "READY=1");
	launcher_stop(*state, launcher, 0);
	(void)close(fd);
	hold_close(&test.hold);
}

/* It supervises nobody any more, but lives. */
static void upstream_hears_signs_while_the_launchers_stop_lasts(void **state)
{
	struct upstream_test test = {
		.path = stage_path(*state, "upstream"),
		.watchdog_us = "100000",
		.hold = hold_open(),
	};
	int fd = messages_open(test.path);
	struct launcher *launcher;

	launcher =
		START(*state,
		      ARGUMENTS("service=web", "start:say=up", "stop@m:hold=9"),
		      .prepare = enter_with_upstream, .argument = &test);
	(void)launcher_hear(launcher, "up");
	(void)messages_wait(*state, fd, "READY=1");
	launcher_signal(launcher, SIGTERM);
	(void)messages_wait(*state, fd, "STOPPING=1");
	(void)launcher_log(launcher, "exited with status 0");
	while (is_readable_within(fd, 0))
		(void)messages_take(*state, fd); /* before it waited there */
	for (int i = 0; i < 3; i++)
		assert_string_equal(messages_take(*state, fd), "WATCHDOG=1");
	hold_release(&test.hold);
	assert_int_equal(launcher_end(launcher), 0);
	(void)close(fd);
	hold_close(&test.hold);
}

/* B32, B93: the reference says so before any worker has run start(). B39: no
 * worker may speak there in the launcher's name. */
static void upstream_hears_of_readiness_when_workers_are_ready(void **state)
{
	struct upstream_test test = {
		.path = stage_path(*state, "upstream"),
		.hold = hold_open(),
	};
	int fd = messages_open(test.path);
	struct launcher *launcher;

	launcher = START(*state,
			 ARGUMENTS("service=web", "start:env=NOTIFY_SOCKET",
				   "start#1:hold=9"),
			 .prepare = enter_with_upstream, .argument = &test);
	assert_null(
		strstr(launcher_hear(launcher, "NOTIFY_SOCKET="), test.path));
	assert_false(is_readable_within(fd, 0));
	hold_release(&test.hold);
	assert_string_equal(messages_take(*state, fd), "READY=1");
	launcher_signal(launcher, SIGHUP);
	(void)messages_wait(*state, fd, "RELOADING=1\nMONOTONIC_USEC=");
	assert_string_equal(messages_take(*state, fd), "READY=1");
	launcher_stop(*state, launcher, 0);
	assert_string_equal(messages_take(*state, fd), "STOPPING=1");
	assert_false(is_readable_within(fd, 0));
	(void)close(fd);
	hold_close(&test.hold);
}

/* The second HUP begins the roll anew, which ends once. */
static void upstream_hears_of_readiness_after_a_hup_during_a_roll(void **state)
{
	struct upstream_test test = {
		.path = stage_path(*state, "upstream"),
		.hold = hold_open(),
	};
	int fd = messages_open(test.path);
	struct launcher *launcher;

	launcher = START(*state,
			 ARGUMENTS("service=web", "start#2:say=second",
				   "start#2:hold=9"),
			 .prepare = enter_with_upstream, .argument = &test);
	assert_string_equal(messages_take(*state, fd), "READY=1");
	launcher_signal(launcher, SIGHUP);
	(void)messages_wait(*state, fd, "RELOADING=1\nMONOTONIC_USEC=");
	(void)launcher_hear(launcher, "second");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "roll 2");
	assert_false(is_readable_within(fd, 0));
	hold_release(&test.hold);
	(void)launcher_log(launcher, "Reloaded, roll 2");
	assert_string_equal(messages_take(*state, fd), "READY=1");
	launcher_stop(*state, launcher, 0);
	assert_string_equal(messages_take(*state, fd), "STOPPING=1");
	(void)close(fd);
	hold_close(&test.hold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(who_returns_from_start_is_ready),
		STORY(who_is_forked_is_ready),
		STORY(who_says_so_is_ready_while_start_goes_on),
		STORY(who_returns_without_saying_so_is_not_ready),
		STORY(who_says_so_twice_is_ready_once),
		STORY(who_is_not_ready_in_time_is_stopped_and_replaced),
		STORY(a_start_that_asks_for_more_time_gets_it),
		STORY(who_is_silent_is_killed_and_replaced),
		STORY(who_gives_signs_of_life_lives),
		STORY(what_a_worker_says_of_itself_is_in_the_log),
		STORY(upstream_hears_of_readiness_when_workers_are_ready),
		STORY(upstream_hears_of_readiness_after_a_hup_during_a_roll),
		STORY(upstream_hears_signs_of_the_launchers_life),
		STORY(upstream_hears_signs_between_two_resets),
		STORY(upstream_hears_signs_while_the_launchers_stop_lasts),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

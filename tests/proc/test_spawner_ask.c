/*
 * test_spawner_ask.c - the spawn path that is asked for is the one that a child
 * would have proven, whatever is refused; and what arguments hide is found out
 * afterwards.
 */
#include "proc/worker.h"

static int ask_and_launch(void)
{
	struct plan_options options = launch_options("number");
	struct spawner proven;
	struct spawner asked;
	struct launch launch;
	int line = story_begin(&proven);

	if (line != 0)
		return line;
	CHILD_CHECK(spawner_ask(&asked, way->mode, true) == 0);
	CHILD_CHECK(asked.mode == proven.mode && asked.is_unproven);
	CHILD_CHECK(asked.has_clone3 == proven.has_clone3);
	CHILD_CHECK(asked.has_close_range == proven.has_close_range);
	CHILD_CHECK(asked.has_pidfds == proven.has_pidfds);
	CHILD_CHECK(asked.signals_groups == proven.signals_groups);
	CHILD_CHECK(fcntl(0, F_DUPFD_CLOEXEC, 0) == STORY_STDIO);
	CHILD_CHECK(close(STORY_STDIO) == 0);
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, &asked, 21) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 21);
	return line;
}

static void what_is_asked_is_what_a_child_would_prove(void **state)
{
	(void)state;
	every_way(ask_and_launch);
}

static int ask_without(unsigned int number)
{
	struct spawner spawner;

	if (child_deny(number, ENOSYS) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_ask(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_VFORK);
	CHILD_CHECK(spawner.has_pidfds == (number != SYS_pidfd_open));
	CHILD_CHECK(spawner.signals_groups ==
		    (spawner.has_pidfds && number != SYS_pidfd_send_signal));
	return 0;
}

static int ask_without_pidfd_open(void)
{
	return ask_without(SYS_pidfd_open);
}

static int ask_without_pidfd_send_signal(void)
{
	return ask_without(SYS_pidfd_send_signal);
}

static void what_is_refused_is_not_counted_on(void **state)
{
	(void)state;
	in_child(ask_without_pidfd_open);
	in_child(ask_without_pidfd_send_signal);
}

static int ask_for_fast(void)
{
	struct spawner spawner;

	if (child_deny(SYS_close_range, EPERM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_ask(&spawner, MUSTER_SPAWN_FAST, true) == -ENOSYS);
	return 0;
}

static void the_fast_way_needs_close_range(void **state)
{
	(void)state;
	in_child(ask_for_fast);
}

static int launch_asked(struct launch *launch, struct spawner *spawner)
{
	const struct spawn_request request = {
		.plan = launch->plan,
		.pool = launch->pool,
		.report = launch->report,
		.slot = 21,
	};

	return spawner_launch(spawner, &request, &launch->child);
}

/* As where clone3 is known and its flags are not. */
static int launch_and_prove(void)
{
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	int line;

	if (child_deny(SYS_clone3, EINVAL) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_ask(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.has_clone3); /* it seems so */
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_asked(&launch, &spawner) == 0);
	CHILD_CHECK(!spawner.has_clone3 && !spawner.is_unproven);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_VFORK && spawner.has_pidfds);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 21);
	return line;
}

static void what_arguments_hide_is_proven_by_the_first_launch(void **state)
{
	(void)state;
	in_child(launch_and_prove);
}

static int launch_in_no_way(void)
{
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	int line;

	CHILD_CHECK(spawner_ask(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	if (child_deny(SYS_clone3, EINVAL) < 0 ||
	    child_deny(SYS_clone, EINVAL) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(launch_asked(&launch, &spawner) == -EINVAL);
	CHILD_CHECK(spawner.is_unproven && spawner.has_clone3);
	return 0;
}

static void a_launch_without_another_way_fails(void **state)
{
	(void)state;
	in_child(launch_in_no_way);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_is_what_a_child_would_prove),
		cmocka_unit_test(what_is_refused_is_not_counted_on),
		cmocka_unit_test(the_fast_way_needs_close_range),
		cmocka_unit_test(
			what_arguments_hide_is_proven_by_the_first_launch),
		cmocka_unit_test(a_launch_without_another_way_fails),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

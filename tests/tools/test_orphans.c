/*
 * test_orphans.c - the story of what workers leave behind when they end: whose
 * child it becomes, and that no zombie of it stays.
 */
#include "tools/support.h"

/* A worker whose child has a session of its own, so that nothing that muster
 * does to the worker's group reaches it; both say who they are. */
#define DAEMON                                                    \
	COMMAND("sh", "-c",                                       \
		"echo $$ worker; "                                \
		"setsid sh -c 'echo $$ orphan; exec sleep 50' & " \
		"exec sleep 60")

/* The worker is killed; whom it leaves behind. */
static pid_t make_orphan(struct launcher *launcher)
{
	pid_t worker = launcher_hear_pid(launcher, "worker");
	pid_t orphan = launcher_hear_pid(launcher, "orphan");

	process_kill(worker, SIGKILL);
	return orphan;
}

static void wait_for_parent(struct stage *stage, pid_t orphan, pid_t parent)
{
	process_status_wait(orphan,
			    "PPid:", stage_text(stage, "\t%d\n", (int)parent));
}

/* With the successor and its child, too. */
static void stop(struct stage *stage, struct launcher *launcher)
{
	pid_t orphan;

	(void)launcher_hear_pid(launcher, "worker");
	orphan = launcher_hear_pid(launcher, "orphan");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	process_kill(orphan, SIGKILL);
	assert_all_end_within(stage, DEADLINE_MS);
}

static void an_orphan_comes_to_a_subreaper_and_is_reaped(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--subreaper", "--leftover-timeout", "0",
			      "--log-level", "debug"),
		      DAEMON);
	pid_t orphan = make_orphan(launcher);

	wait_for_parent(*state, orphan, launcher->pid);
	process_kill(orphan, SIGKILL);
	(void)launcher_log(launcher, "Reaped 1 orphans");
	assert_int_equal(kill(orphan, 0), -1);
	stop(*state, launcher);
}

static void without_it_an_orphan_goes_by(void **state)
{
	struct launcher *launcher = START(*state, DAEMON);
	pid_t orphan = make_orphan(launcher);

	/* To the next one above, which is the test. */
	wait_for_parent(*state, orphan, getpid());
	process_kill(orphan, SIGKILL);
	stop(*state, launcher);
}

/* E30: TERM, and no more patience than it takes. */
static void what_workers_left_is_ended_when_they_have(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--subreaper", "--leftover-timeout", "10m"),
		DAEMON);
	pid_t orphan;

	(void)launcher_hear_pid(launcher, "worker");
	orphan = launcher_hear_pid(launcher, "orphan");
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "Sent SIGTERM to 1 processes left behind");
	assert_int_equal(line_number(launcher->log.line, " ("), orphan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(an_orphan_comes_to_a_subreaper_and_is_reaped),
		STAGE_TEST(without_it_an_orphan_goes_by),
		STAGE_TEST(what_workers_left_is_ended_when_they_have),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

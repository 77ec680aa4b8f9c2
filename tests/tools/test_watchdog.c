/*
 * test_watchdog.c - the story of workers that must give signs of life: who is
 * silent is killed and replaced, and nobody is for what he could not help.
 */
#include "tools/support.h"

#define OPTIONS_WATCHDOG(time, ...) \
	OPTIONS("--ready", "notify", "--watchdog", time, __VA_ARGS__)

static void who_is_silent_is_killed_and_replaced(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS_WATCHDOG("200ms", "-w", "1"),
		      WORKER("notify=READY=1", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	(void)launcher_log(
		launcher,
		stage_text(stage,
			   "warning: Child %d was silent for too long, sent "
			   "SIGABRT [service",
			   (int)pid));
	(void)launcher_log(launcher,
			   stage_text(stage,
				      "Child %d killed by signal 6 (SIGABRT)",
				      (int)pid));
	assert_int_not_equal(launcher_hear_pid(launcher, "ready"), pid);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
}

/* Longer than it might be silent. */
static void who_gives_signs_of_life_lives(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS_WATCHDOG("1s", "-w", "1"),
		      WORKER("notify=READY=1", "ping=40:40", "say=lives",
			     "ping=40:1000"));
	pid_t pid = launcher_hear_pid(launcher, "lives");

	assert_false(lines_have(&launcher->log, "silent"));
	process_status_wait(pid, "State:", "S (sleeping)");
	launcher_stop(*state, launcher, 0);
}

/* The whole ladder: SIGABRT, the stop signal, SIGKILL. */
static void who_hangs_is_killed_in_the_end(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage, OPTIONS_WATCHDOG("100ms", "--stop-timeout", "100ms"),
		WORKER("ignore=TERM", "ignore=6", "notify=READY=1",
		       "say=ready"));
	int pid = (int)launcher_hear_pid(launcher, "ready");

	(void)launcher_log(launcher, "was silent for too long, sent SIGABRT");
	(void)launcher_log(
		launcher,
		stage_text(stage,
			   "warning: Child %d did not end on SIGABRT, "
			   "sent SIGTERM",
			   pid));
	(void)launcher_log(launcher,
			   stage_text(stage,
				      "timeout exceeded, child %d did not stop "
				      "in time and is killed",
				      pid));
	(void)launcher_log(
		launcher,
		stage_text(stage, "Child %d killed by signal 9", pid));
	(void)launcher_hear(launcher, "ready");
	process_kill(launcher->pid, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(stage);
}

/* A machine that was suspended: the time passed for all. */
static void who_was_stopped_with_muster_is_forgiven(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS_WATCHDOG("1s", "-w", "1"),
		      WORKER("notify=READY=1", "say=ready", "ping=100:20",
			     "say=lives", "ping=100:1000"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	process_kill(launcher->pid, SIGSTOP);
	process_kill(pid, SIGSTOP);
	(void)is_readable_within(-1, 1600); /* time is what is to pass */
	process_kill(launcher->pid, SIGCONT);
	process_kill(pid, SIGCONT);
	assert_int_equal(launcher_hear_pid(launcher, "lives"), pid);
	assert_false(lines_have(&launcher->log, "silent"));
	launcher_stop(*state, launcher, 0);
}

static void who_is_not_ready_in_time_is_told_so(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage, OPTIONS("--ready", "notify", "--ready-timeout", "100ms"),
		WORKER("say=starts"));
	int pid = (int)launcher_hear_pid(launcher, "starts");

	(void)launcher_log(
		launcher, stage_text(stage,
				     "warning: Child %d was not ready in time, "
				     "sent SIGTERM [service",
				     pid));
	(void)launcher_hear(launcher, "starts");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(who_is_silent_is_killed_and_replaced),
		STAGE_TEST(who_gives_signs_of_life_lives),
		STAGE_TEST(who_hangs_is_killed_in_the_end),
		STAGE_TEST(who_was_stopped_with_muster_is_forgiven),
		STAGE_TEST(who_is_not_ready_in_time_is_told_so),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_environment.c - the story of what a worker finds when it begins: who it
 * is, and everything else as muster was given it (E3, E5, B37).
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include "tools/support.h"

/* What worker pid says after "PID env ". */
static void assert_env(struct launcher *launcher, pid_t pid, const char *text)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "%d env %s", (int)pid, text);
	if (lines_count(&launcher->said, line) != 1)
		fail_msg("not said once: %s; but\n%s", line,
			 launcher->said.data);
}

/* B37: numbers from 0, all different. */
static void each_worker_has_a_number_of_its_own_from_0_on(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "5"), WORKER("env", "say=ready"));
	pid_t pids[5];

	launcher_hear_all(launcher, "ready", pids, 5);
	for (unsigned int i = 0; i < 5; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "env MUSTER_WORKER_ID=%u",
			       i);
		assert_int_equal(lines_count(&launcher->said, text), 1);
		assert_env(launcher, pids[i], "MUSTER_GENERATION=1");
		assert_env(launcher, pids[i], "MUSTER_SERVICE=worker");
	}
	launcher_stop(*state, launcher, 0);
}

/* B37, B113: the replacement takes the number over, and counts on. */
static void a_replacement_has_its_predecessors_number_and_generation_2(
	void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3"), WORKER("env", "say=ready"));
	char text[64];
	pid_t pids[3];
	pid_t pid;
	long id;

	launcher_hear_all(launcher, "ready", pids, 3);
	for (int round = 2; round <= 4; round++) {
		(void)snprintf(text, sizeof(text), "%d env MUSTER_WORKER_ID=",
			       (int)pids[1]);
		launcher->said.mark = 0;
		id = line_number(launcher_hear(launcher, text), "WORKER_ID=");
		(void)launcher_hear_pid(launcher, "ready");
		while (launcher_hear(launcher, "ready"),
		       lines_count(&launcher->said, "ready") <
			       (unsigned int)round + 1)
			;
		process_kill(pids[1], SIGKILL);
		pid = launcher_hear_pid(launcher, "ready");
		(void)snprintf(text, sizeof(text), "MUSTER_WORKER_ID=%ld", id);
		assert_env(launcher, pid, text);
		(void)snprintf(text, sizeof(text), "MUSTER_GENERATION=%d",
			       round);
		assert_env(launcher, pid, text);
		pids[1] = pid;
	}
	launcher_stop(*state, launcher, 0);
}

/*
 * smoke.c - start, kill, roll, scale, stop, and what must be true between.
 */
#include "tools/smoke.h"

#define SMOKE_WORKERS 3

/* One muster and its workers of now. */
struct smoke_life {
	struct stage *stage;
	struct launcher *launcher;
	const char *socket;
	pid_t pids[SMOKE_WORKERS];
};

static bool smoke_knows(const struct smoke_life *life, pid_t pid)
{
	for (unsigned int i = 0; i < SMOKE_WORKERS; i++)
		if (life->pids[i] == pid)
			return true;
	return false;
}

static pid_t smoke_hear_new(const struct smoke_life *life)
{
	pid_t pid = launcher_hear_pid(life->launcher, "ready");

	assert_false(smoke_knows(life, pid));
	return pid;
}

static void smoke_start(struct smoke_life *life)
{
	for (unsigned int i = 0; i < SMOKE_WORKERS; i++)
		life->pids[i] = smoke_hear_new(life);
	assert_int_equal(access(life->socket, F_OK), 0);
}

static void smoke_kill(struct smoke_life *life)
{
	pid_t victim = life->pids[1];

	process_kill(victim, SIGKILL);
	(void)launcher_log(
		life->launcher,
		stage_text(life->stage, "Child %d killed by signal 9", victim));
	(void)launcher_log(
		life->launcher,
		stage_text(life->stage, "replaces %d after", victim));
	life->pids[1] = smoke_hear_new(life);
}

/* Each worker is replaced by one that was not there before. */
static void smoke_roll(struct smoke_life *life)
{
	pid_t pids[SMOKE_WORKERS];

	launcher_signal(life->launcher, SIGHUP);
	for (unsigned int i = 0; i < SMOKE_WORKERS; i++) {
		pids[i] = smoke_hear_new(life);
		for (unsigned int j = 0; j < i; j++)
			assert_int_not_equal(pids[i], pids[j]);
	}
	(void)launcher_log(life->launcher, "Reloaded, roll 1");
	/* Heard of before; the process itself may be a zombie for a moment. */
	for (unsigned int i = 0; i < SMOKE_WORKERS; i++)
		assert_int_equal(
			lines_count(&life->launcher->log,
				    stage_text(life->stage,
					       "Child %d killed by signal 15",
					       life->pids[i])),
			1);
	memcpy(life->pids, pids, sizeof(pids));
}

/* One more, and that one goes again. */
static void smoke_scale(struct smoke_life *life)
{
	pid_t more;

	launcher_signal(life->launcher, SIGTTIN);
	(void)launcher_log(life->launcher, "Scaling to 4 workers");
	more = smoke_hear_new(life);
	launcher_signal(life->launcher, SIGTTOU);
	(void)launcher_log(life->launcher, "Scaling to 3 workers");
	(void)launcher_log(
		life->launcher,
		stage_text(life->stage, "Child %d killed by signal 15", more));
}

static void smoke_stop(struct smoke_life *life)
{
	launcher_stop(life->stage, life->launcher, 0);
	assert_int_equal(lines_count(&life->launcher->log, "error: "), 0);
	assert_int_equal(lines_count(&life->launcher->log, "warning: "), 1);
	assert_int_equal(access(life->socket, F_OK), -1);
}

static void smoke_live(struct smoke_life *life)
{
	smoke_start(life);
	smoke_kill(life);
	smoke_roll(life);
	smoke_scale(life);
	smoke_stop(life);
}

static bool smoke_is_path_chosen(void)
{
	return getenv("MUSTER_TEST_ENGINE") || getenv("MUSTER_TEST_SPAWN");
}

static void smoke_refused(struct stage *stage, struct launcher *launcher)
{
	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, "error: "), 1);
	assert_int_equal(launcher->said.length, 0);
	assert_nobody_left(stage);
}

const char *smoke_run(struct stage *stage, const struct smoke *smoke)
{
	struct smoke_life life = {
		.stage = stage,
		.socket = stage_path(stage, "socket"),
	};
	const char *address = stage_text(stage, "unix:%s", life.socket);
	const char *paths;

	printf("smoke: %s\n", smoke->where);
	life.launcher = START(stage, OPTIONS("-w", "3", "-l", address),
			      WORKER("say=ready"), .prepare = smoke->prepare,
			      .argument = smoke->argument);
	/* The first line of all: the paths that serve, or why none does. */
	paths = stage_text(stage, "%s", launcher_log(life.launcher, "muster"));
	if (smoke_is_path_chosen() && strstr(paths, "error: "))
		smoke_refused(stage, life.launcher);
	else
		smoke_live(&life);
	launcher_forget(stage, life.launcher);
	return paths;
}

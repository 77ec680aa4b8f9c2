/*
 * test_roll_scale.c - the story of services that shrink to nothing and grow
 * again, by signals and by their file, while nothing goes on and in the middle
 * of a roll (B8, B112).
 */
#include "base/random.h"
#include "tools/config.h"
#include "tools/workers.h"

#define WORKERS 4

/* Newcomers wait for it before they are ready (worker.c, await). */
static void block_usr1(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static struct launcher *start(struct stage *stage, pid_t *ret_pids)
{
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "4", "--ready=notify"),
		      WORKER("g2:say=new", "g2:await=USR1", "notify=READY=1",
			     "say=up"),
		      .prepare = block_usr1);

	(void)launcher_log(launcher, "All 4 workers are ready");
	workers_wait(launcher, "up", ret_pids, WORKERS);
	return launcher;
}

/* One after another, for signals that come together are one. */
static void scale(struct stage *stage, struct launcher *launcher, int from,
		  int to)
{
	while (from != to) {
		launcher_signal(launcher, from < to ? SIGTTIN : SIGTTOU);
		from += from < to ? 1 : -1;
		(void)launcher_log(
			launcher,
			stage_text(stage, "Scaling to %d workers", from));
	}
}

static void by_signals_to_none_and_back(void **state)
{
	struct stage *stage = *state;
	pid_t pids[WORKERS];
	struct launcher *launcher = start(stage, pids);

	scale(stage, launcher, WORKERS, 0);
	workers_wait(launcher, "up", pids, 0);
	launcher_signal(launcher, SIGTTOU); /* and no further */
	(void)launcher_log(launcher, "Caught SIGTTOU");
	scale(stage, launcher, 0, WORKERS);
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = launcher_hear_pid(launcher, "new");
		process_kill(pids[i], SIGUSR1);
	}
	workers_wait(launcher, "up", pids, WORKERS);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"),
			 2 * WORKERS);
}

/* A newcomer that is not ready yet goes with the one it was to relieve. */
static void by_signals_to_none_and_back_in_a_roll(void **state)
{
	struct stage *stage = *state;
	pid_t old[WORKERS];
	pid_t pids[WORKERS];
	struct launcher *launcher = start(stage, old);
	pid_t newcomer;

	launcher_signal(launcher, SIGHUP);
	newcomer = launcher_hear_pid(launcher, "new");
	scale(stage, launcher, WORKERS, 0);
	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d killed", (int)newcomer));
	workers_wait(launcher, "up", pids, 0);
	scale(stage, launcher, 0, WORKERS);
	/* Slot 0 has had two already, so it has no g2 that waits. */
	for (int i = 1; i < WORKERS; i++)
		process_kill(launcher_hear_pid(launcher, "new"), SIGUSR1);
	workers_wait(launcher, "up", pids, WORKERS);
	assert_int_equal(workers_same(pids, old, WORKERS), 0);
	launcher_stop(stage, launcher, 0);
}

/* Those who go are the highest, the roll goes on with the rest, and who comes
 * is new already. */
static void by_one_less_and_two_more_in_a_roll(void **state)
{
	struct stage *stage = *state;
	pid_t old[WORKERS];
	pid_t pids[WORKERS + 1];
	struct launcher *launcher = start(stage, old);
	pid_t newcomer;

	launcher_signal(launcher, SIGHUP);
	newcomer = launcher_hear_pid(launcher, "new");
	scale(stage, launcher, WORKERS, WORKERS - 1);
	(void)launcher_log(launcher, "slot 3, generation 1, uptime");
	scale(stage, launcher, WORKERS - 1, WORKERS + 1);
	process_kill(newcomer, SIGUSR1);
	for (int i = 1; i < WORKERS; i++)
		process_kill(launcher_hear_pid(launcher, "new"), SIGUSR1);
	(void)launcher_log(launcher, "Reloaded, roll 1");
	workers_wait(launcher, "up", pids, WORKERS + 1);
	for (int i = 0; i < WORKERS; i++)
		assert_false(workers_know(pids, WORKERS + 1, old[i]));
	launcher_stop(stage, launcher, 0);
}

/* The file, for so many workers of an edition; from the second on they wait. */
static const char *write_file(struct stage *stage, int workers, int edition)
{
	return CONFIG(stage,
		      "[service:a]\n"
		      "command = '%s' env say=new%s notify=READY=1 say=up\n"
		      "environment = TEST_EDITION=%d\n"
		      "workers = %d\n"
		      "ready = notify\n",
		      stage->worker, edition > 1 ? " await=USR1" : "", edition,
		      workers);
}

static void reload(struct launcher *launcher, const char *counts)
{
	const char *line;

	launcher_signal(launcher, SIGHUP);
	line = launcher_log(launcher, "Reloaded /");
	if (!strstr(line, counts))
		fail_msg("%s", line);
}

static struct launcher *start_file(struct stage *stage, pid_t *ret_pids)
{
	struct launcher *launcher =
		START(stage, OPTIONS("-c", write_file(stage, WORKERS, 1)),
		      .prepare = block_usr1);

	(void)launcher_log(launcher, "All 4 workers are ready");
	workers_wait(launcher, "up", ret_pids, WORKERS);
	launcher_hear_all(launcher, "new", ret_pids, WORKERS);
	return launcher;
}

static void by_file_to_none_and_back(void **state)
{
	struct stage *stage = *state;
	pid_t pids[WORKERS];
	struct launcher *launcher = start_file(stage, pids);

	for (int i = 0; i < 3; i++) {
		(void)write_file(stage, 0, 1);
		reload(launcher, "1 changed, 0 new, 0 removed, 0 unchanged");
		workers_wait(launcher, "up", pids, 0);
		(void)write_file(stage, WORKERS, 1);
		reload(launcher, "1 changed, 0 new, 0 removed, 0 unchanged");
		workers_wait(launcher, "up", pids, WORKERS);
	}
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"),
			 4 * WORKERS);
}

/* What comes back is of the newest file, wherever the roll was. */
static void by_file_to_none_and_back_in_a_roll(void **state)
{
	struct stage *stage = *state;
	pid_t pids[WORKERS];
	struct launcher *launcher = start_file(stage, pids);

	(void)write_file(stage, WORKERS, 2);
	reload(launcher, "1 changed, 0 new, 0 removed, 0 unchanged");
	(void)launcher_hear(launcher, "new");
	(void)write_file(stage, 0, 2);
	reload(launcher, "1 changed, 0 new, 0 removed, 0 unchanged");
	workers_wait(launcher, "up", pids, 0);
	(void)write_file(stage, WORKERS, 2);
	reload(launcher, "1 changed, 0 new, 0 removed, 0 unchanged");
	for (int i = 0; i < WORKERS; i++)
		process_kill(launcher_hear_pid(launcher, "new"), SIGUSR1);
	workers_wait(launcher, "env TEST_EDITION=2", pids, WORKERS);
	workers_wait(launcher, "up", pids, WORKERS);
	launcher_stop(stage, launcher, 0);
}

static unsigned int last_scale(const struct launcher *launcher,
			       unsigned int before)
{
	const char *next = launcher->log.data;
	unsigned int count = before;

	while (next && (next = strstr(next, "Scaling to ")) != NULL) {
		count = (unsigned int)line_number(next, "Scaling to ");
		next++;
	}
	return count;
}

/* As many as the log says last, whatever the order was. */
static void wait_for_scale(struct launcher *launcher)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	pid_t pids[CHILDREN_MAX];
	unsigned int count;

	do {
		if (now_ms() >= until_ms)
			fail_msg("not as many as the log says:\n%s",
				 launcher->log.data);
		assert_false(launcher_ends_within(launcher, 1));
		count = children_of(launcher->pid, pids);
	} while (count != last_scale(launcher, WORKERS) ||
		 !workers_said(launcher, pids, count, "up"));
}

/* Both at random: the number is what was said last, and nobody is lost. */
static void by_signals_at_random_in_rolls(void **state)
{
	static const int signals[] = {SIGTTIN, SIGTTIN, SIGTTOU, SIGTTOU,
				      SIGHUP};
	struct random random = random_from_environment("scale");
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "4", "--ready=notify"),
		      WORKER("say=up", "after=2", "notify=READY=1"));

	(void)launcher_log(launcher, "All 4 workers are ready");
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 100; i++) {
			launcher_signal(launcher,
					signals[random_below(&random, 5)]);
			assert_false(launcher_ends_within(
				launcher, (int)random_below(&random, 3)));
		}
		launcher_signal(launcher, SIGUSR2);
		(void)launcher_log(launcher, "Caught SIGUSR2");
		wait_for_scale(launcher);
	}
	assert_false(lines_have(&launcher->log, "aborted"));
	launcher_stop(stage, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(by_signals_to_none_and_back),
		STAGE_TEST(by_signals_to_none_and_back_in_a_roll),
		STAGE_TEST(by_one_less_and_two_more_in_a_roll),
		STAGE_TEST(by_file_to_none_and_back),
		STAGE_TEST(by_file_to_none_and_back_in_a_roll),
		STAGE_TEST(by_signals_at_random_in_rolls),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

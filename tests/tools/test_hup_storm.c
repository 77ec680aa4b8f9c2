/*
 * test_hup_storm.c - the story of a SIGHUP every millisecond while a roll runs:
 * in the end everybody is of the newest generation, and SIGTERM wins at any
 * time (B73, B79).
 */
#include "tools/config.h"
#include "tools/workers.h"

#define WORKERS 6
#define STORM 1000

/* Waits for the launcher to end, for a millisecond, which it must not. */
static void pace(struct launcher *launcher)
{
	assert_false(launcher_ends_within(launcher, 1));
}

/* What a worker says of the file that it is of, before it becomes ready. The
 * file is put in the place of the one before. */
static void write_edition(const struct stage *stage, const char *path,
			  const char *new_path, unsigned int edition)
{
	FILE *file = fopen(new_path, "we");

	assert_non_null(file);
	(void)fprintf(file,
		      "[service:a]\n"
		      "command = '%s' env say=up after=3 notify=READY=1\n"
		      "environment = TEST_EDITION=%u\n"
		      "workers = 6\n"
		      "ready = notify\n",
		      stage->worker, edition);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(new_path, path), 0);
}

static const char *last_of(const struct launcher *launcher, const char *text)
{
	const char *last = NULL;
	const char *next = launcher->log.data;

	while ((next = strstr(next, text)) != NULL)
		last = next++;
	if (!last)
		fail_msg("not told: %s", text);
	return last;
}

static void after_a_storm_all_are_of_the_newest_file(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "muster.conf");
	const char *new_path = stage_path(stage, "muster.conf.new");
	struct launcher *launcher;
	pid_t pids[WORKERS];

	write_edition(stage, path, new_path, 0);
	launcher = START(stage, OPTIONS("-c", path));
	(void)launcher_log(launcher, "All 6 workers are ready");
	for (unsigned int i = 1; i <= STORM; i++) {
		write_edition(stage, path, new_path, i);
		launcher_signal(launcher, SIGHUP);
		pace(launcher);
	}
	workers_wait(launcher, stage_text(stage, "env TEST_EDITION=%d", STORM),
		     pids, WORKERS);
	/* No roll was given up, and the last one has an end. */
	while (!strstr(last_of(launcher, "Caught SIGHUP"), "Reloaded, roll "))
		(void)launcher_log(launcher, "Reloaded, roll ");
	assert_false(lines_have(&launcher->log, "aborted"));
	assert_false(lines_have(&launcher->log, "dropped"));
	launcher_stop(stage, launcher, 0);
}

/* With or without a file: whoever was launched before the last SIGHUP does not
 * know what that was for. */
static void after_a_storm_all_are_younger_than_the_last_hup(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "6", "--ready=notify"),
		      WORKER("say=up", "after=3", "notify=READY=1"));
	pid_t pids[WORKERS];
	const char *hup;

	(void)launcher_log(launcher, "All 6 workers are ready");
	for (int i = 0; i < STORM; i++) {
		launcher_signal(launcher, SIGHUP);
		pace(launcher);
	}
	while (!strstr(last_of(launcher, "Caught SIGHUP"), "Reloaded, roll "))
		(void)launcher_log(launcher, "Reloaded, roll ");
	workers_wait(launcher, "up", pids, WORKERS);
	hup = last_of(launcher, "Caught SIGHUP");
	for (unsigned int i = 0; i < WORKERS; i++)
		assert_non_null(
			strstr(hup, stage_text(stage, "Started child %d ",
					       (int)pids[i])));
	assert_false(lines_have(&launcher->log, "dropped"));
	launcher_stop(stage, launcher, 0);
}

static void in_a_storm_those_who_are_told_stay(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "6", "--restart-method=mutate"),
		      WORKER("take=HUP", "say=up"));
	pid_t before[WORKERS];
	pid_t after[WORKERS];

	launcher_hear_all(launcher, "up", before, WORKERS);
	for (int i = 0; i < STORM; i++) {
		launcher_signal(launcher, SIGHUP);
		pace(launcher);
	}
	workers_wait(launcher, "took HUP", after, WORKERS);
	assert_int_equal(workers_same(before, after, WORKERS), WORKERS);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), WORKERS);
}

/* Case 31; the storm does not end before muster does. */
static void term_in_the_middle_of_a_storm_wins(void **state)
{
	static const int moments[] = {1, 5, 30, 200};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		struct launcher *launcher =
			START(stage, OPTIONS("-w", "6", "--ready=notify"),
			      WORKER("say=up", "after=3", "notify=READY=1"));
		int round = 0;

		(void)launcher_log(launcher, "All 6 workers are ready");
		do {
			launcher_signal(launcher, SIGHUP);
			if (++round == moments[i])
				launcher_signal(launcher, SIGTERM);
		} while (!launcher_ends_within(launcher, 1) && round < 10000);
		assert_int_equal(launcher_end(launcher), 0);
		assert_nobody_left(stage);
		assert_null(strstr(last_of(launcher, "Caught SIGTERM"),
				   "Started child"));
		assert_int_equal(lines_count(&launcher->log, "signal 9"), 0);
		launcher_forget(stage, launcher);
	}
}

/* Who others are after goes on until those have ended, but not with its roll.
 */
static void term_wins_over_the_roll_of_who_is_needed(void **state)
{
	static const char text[] = "[service:a]\n"
				   "command = '%s' after=20 notify=READY=1\n"
				   "ready = notify\n"
				   "workers = 6\n"
				   "%s"
				   "[service:b]\n"
				   "command = '%s' take=TERM say=up\n"
				   "after = a\n"
				   "stop_timeout = 300ms\n";
	struct stage *stage = *state;
	const char *file =
		CONFIG(stage, text, stage->worker, "", stage->worker);
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, "up");
	(void)CONFIG(stage, text, stage->worker, "healthy_after = 2s\n",
		     stage->worker);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Reloading 6 workers, roll 1");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(stage);
	assert_null(
		strstr(last_of(launcher, "Caught SIGTERM"), "Started child"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(after_a_storm_all_are_of_the_newest_file),
		STAGE_TEST(after_a_storm_all_are_younger_than_the_last_hup),
		STAGE_TEST(in_a_storm_those_who_are_told_stay),
		STAGE_TEST(term_in_the_middle_of_a_storm_wins),
		STAGE_TEST(term_wins_over_the_roll_of_who_is_needed),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

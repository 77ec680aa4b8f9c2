/*
 * test_throttle.c - the story of workers that die young: a burst is replaced at
 * once, then one by one; backoff and giving up are what the operator asks for
 * (B40-B46). The exact times are policy's own tests; what is measured here can
 * only come too late on a loaded machine.
 */
#include "tools/support.h"

/* "..., launched again in 12.3 ms]", or s, or us: milliseconds. */
static double told_delay_ms(const char *line)
{
	static const char before[] = "launched again in ";
	const char *found = strstr(line, before);
	char unit[8] = "";
	double value = 0;

	assert_non_null(found);
	assert_int_equal(
		sscanf(found + sizeof(before) - 1, "%lf %7[a-z]", &value, unit),
		2);
	if (strcmp(unit, "s") == 0)
		return value * 1000;
	if (strcmp(unit, "us") == 0)
		return value / 1000;
	assert_string_equal(unit, "ms");
	return value;
}

/* B40: workers + 1 young deaths are made good at once, not one more. */
static void the_default_burst_is_workers_plus_1(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3", "--throttle", "1/1h"),
		      WORKER("exit=1"));

	for (int i = 0; i < 3 + 4; i++)
		(void)launcher_log(launcher, "exited with status 1");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3 + 4);
	/* B41. */
	launcher->log.mark = 0;
	(void)launcher_log(launcher, "Forking too fast, sleeping [service "
				     "worker, slot ");
	assert_in_range((int)told_delay_ms(launcher->log.line), 3500000,
			3600000);
}

/* The rate: 20 a second. */
static void after_the_burst_deaths_are_made_good_at_the_rate(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--throttle", "20:3"), WORKER("exit=1"));
	uint64_t begun_ms = now_ms();

	/* The first, a burst of 3, and then 10 at intervals of 50 ms. */
	for (int i = 0; i < 1 + 3 + 10; i++)
		(void)launcher_log(launcher, "Started child");
	assert_in_range(now_ms() - begun_ms, 450, DEADLINE_MS);
	launcher_stop(*state, launcher, 0);
}

static void throttle_off_never_waits(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2", "--throttle", "off"),
		      WORKER("exit=1"));

	for (int i = 0; i < 300; i++)
		(void)launcher_log(launcher, "Started child");
	launcher_stop(*state, launcher, 0);
	assert_false(lines_have(&launcher->log, "too fast"));
}

/* B44: only deaths that came young cost. */
static void workers_that_lived_long_enough_cost_nothing(void **state)
{
	struct launcher *launcher = START(
		*state,
		OPTIONS("--throttle", "1/1h:1", "--healthy-after", "20ms"),
		WORKER("after=30", "exit=1"));

	for (int i = 0; i < 8; i++)
		(void)launcher_log(launcher, "Started child");
	launcher_stop(*state, launcher, 0);
	assert_false(lines_have(&launcher->log, "too fast"));
}

/* B43: the launcher waits for nobody's throttle. */
static void while_one_worker_is_throttled_muster_goes_on(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("-w", "2", "--throttle", "1/1h:1",
			      "--healthy-after", "20ms"),
		      WORKER("s0:exit=1", "after=40", "say=healthy"));
	pid_t pid;

	(void)launcher_log(launcher, "Forking too fast");
	/* Slot 1 lives longer than 20 ms: it is replaced at once, again and
	 * again. */
	for (int i = 0; i < 5; i++) {
		pid = launcher_hear_pid(launcher, "healthy");
		process_kill(pid, SIGKILL);
	}
	(void)launcher_hear(launcher, "healthy");
	launcher_stop(*state, launcher, 0);
}

static void backoff_doubles_from_its_minimum_to_its_maximum(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--throttle", "off", "--backoff", "20ms:80ms"),
		WORKER("exit=1"));
	static const double peaks_ms[] = {20, 40, 80, 80, 80};

	for (size_t i = 0; i < ARRAY_LEN(peaks_ms); i++) {
		uint64_t begun_ms;
		double told_ms;

		told_ms = told_delay_ms(
			launcher_log(launcher, "exited with status 1"));
		begun_ms = now_ms();
		/* Half of it is jitter. */
		if (told_ms < peaks_ms[i] / 2 || told_ms > peaks_ms[i])
			fail_msg("%s", launcher->log.line);
		(void)launcher_log(launcher, "Started child");
		/* The line may have been read a little late. */
		assert_true(now_ms() - begun_ms + 15 >= (uint64_t)told_ms);
	}
	launcher_stop(*state, launcher, 0);
}

static void a_healthy_life_ends_the_backoff(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--throttle", "off", "--backoff", "20ms:5s",
			      "--healthy-after", "250ms"),
		      WORKER("g4:after=350", "exit=1"));
	double told_ms = 0;

	for (int i = 0; i < 3; i++)
		told_ms = told_delay_ms(
			launcher_log(launcher, "exited with status 1"));
	assert_true(told_ms >= 40);
	/* The fourth was healthy: at once; the fifth begins anew. */
	(void)launcher_log(launcher, "exited with status 1");
	assert_null(strstr(launcher->log.line, "launched again"));
	told_ms = told_delay_ms(launcher_log(launcher, "exited with status 1"));
	assert_true(told_ms <= 20);
	launcher_stop(*state, launcher, 0);
}

/* B46, table O: endless by default; with --give-up the last worker's code. */
static void give_up_stops_everything_with_the_last_workers_status(void **state)
{
	static const struct {
		const char *step;
		int status;
	} ends[] = {{"exit=7", 7}, {"die=SEGV", 139}, {"exit=0", 0}};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct launcher *launcher =
			START(*state,
			      OPTIONS("-w", "3", "--give-up", "4/10s",
				      "--throttle", "off"),
			      WORKER(stage_text(*state, "s1:%s", ends[i].step),
				     "take=TERM:0", "say=healthy"));

		assert_int_equal(launcher_end(launcher), ends[i].status);
		assert_nobody_left(*state);
		(void)launcher_log(launcher, "error: Giving up service worker");
		assert_null(lines_next(&launcher->log, "Started child"));
		assert_int_equal(lines_count(&launcher->log, "Started child"),
				 3 + 3);
	}
}

/* Deaths 100 ms apart are never three within 50 ms. */
static void deaths_that_are_spread_do_not_give_up(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--give-up", "3/50ms", "--throttle", "1/100ms:1"),
		      WORKER("exit=1"));

	for (int i = 0; i < 7; i++)
		(void)launcher_log(launcher, "Started child");
	launcher_stop(*state, launcher, 0);
}

static void healthy_deaths_do_not_give_up(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--give-up", "3/1h", "--healthy-after", "5ms"),
		WORKER("after=15", "exit=1"));

	for (int i = 0; i < 8; i++)
		(void)launcher_log(launcher, "Started child");
	launcher_stop(*state, launcher, 0);
}

/* Workers that do not stop are killed then too; the code stays the worker's. */
static void giving_up_kills_those_who_do_not_stop(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("-w", "2", "--give-up", "2/10s", "-t", "50ms"),
		WORKER("s0:ignore=TERM", "s0:say=ready", "s0:after=99999",
		       "s1:after=100", "exit=9"));

	(void)launcher_hear(launcher, "ready");
	assert_int_equal(launcher_end(launcher), 9);
	(void)launcher_log(launcher, "Giving up");
	(void)launcher_log(launcher, "killed by signal 9");
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_default_burst_is_workers_plus_1),
		STAGE_TEST(after_the_burst_deaths_are_made_good_at_the_rate),
		STAGE_TEST(throttle_off_never_waits),
		STAGE_TEST(workers_that_lived_long_enough_cost_nothing),
		STAGE_TEST(while_one_worker_is_throttled_muster_goes_on),
		STAGE_TEST(backoff_doubles_from_its_minimum_to_its_maximum),
		STAGE_TEST(a_healthy_life_ends_the_backoff),
		STAGE_TEST(
			give_up_stops_everything_with_the_last_workers_status),
		STAGE_TEST(deaths_that_are_spread_do_not_give_up),
		STAGE_TEST(healthy_deaths_do_not_give_up),
		STAGE_TEST(giving_up_kills_those_who_do_not_stop),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

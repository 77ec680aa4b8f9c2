/*
 * test_startup.c - the story of a stop that comes while muster is still
 * beginning (case 98, B15, B29; table O: SIGTERM before wait()).
 */
#include <poll.h>
#include <sys/resource.h>
#include <time.h>

#include "tools/support.h"

/* SigBlk of a process: TERM waits to be heard from then on. Nothing tells of it
 * but the file, which is read again and again. */
static void wait_until_term_is_blocked(const struct launcher *launcher)
{
	const uint64_t until_ms = now_ms() + DEADLINE_MS;
	unsigned long long mask = 0;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status",
		       (int)launcher->pid);
	while (!(mask & (1ULL << (SIGTERM - 1)))) {
		FILE *file = fopen(path, "re");
		char line[256];

		assert_true(now_ms() < until_ms);
		while (file && fgets(line, sizeof(line), file))
			if (strncmp(line, "SigBlk:", 7) == 0)
				mask = strtoull(line + 7, NULL, 16);
		if (file)
			(void)fclose(file);
	}
}

/* The story is about this moment: a delay is no waiting for something. */
static void let_pass_us(unsigned int us)
{
	const struct timespec delay = {.tv_nsec = (long)us * 1000};

	if (us > 0)
		(void)ppoll(NULL, 0, &delay, NULL);
}

/* Nobody is started after the word, all that were are gone, the end is 0. */
static void assert_clean_end(struct stage *stage, struct launcher *launcher,
			     int status)
{
	assert_int_equal(launcher_end(launcher), status);
	assert_nobody_left(stage);
	(void)launcher_log(launcher, "Caught SIG");
	assert_null(lines_next(&launcher->log, "Started child"));
	launcher->log.mark = 0;
	(void)launcher_log(launcher, "Shutdown finish, exit status ");
	launcher_forget(stage, launcher);
}

/* Case 98: 0 to 20 ms in steps, finer in the beginning. */
static void term_at_any_moment_of_the_start_ends_cleanly_with_0(void **state)
{
	for (unsigned int us = 0; us <= 20000; us += us < 4000 ? 100 : 1000) {
		struct launcher *launcher = START(*state, OPTIONS("-w", "10"),
						  COMMAND("sleep", "50"));

		wait_until_term_is_blocked(launcher);
		let_pass_us(us);
		launcher_signal(launcher, SIGTERM);
		assert_clean_end(*state, launcher, 0);
	}
}

static void int_at_any_moment_of_the_start_leaves_nobody(void **state)
{
	for (unsigned int us = 0; us <= 10000; us += us < 3000 ? 200 : 1000) {
		struct launcher *launcher = START(*state, OPTIONS("-w", "10"),
						  COMMAND("sleep", "50"));

		wait_until_term_is_blocked(launcher);
		let_pass_us(us);
		launcher_signal(launcher, SIGINT);
		assert_clean_end(*state, launcher, 1);
	}
}

/* Many workers: the start takes more than one turn, and is given up midway. */
static void term_in_the_middle_of_starting_400_workers_is_clean(void **state)
{
	for (unsigned int us = 0; us < 20000; us += 4000) {
		struct launcher *launcher =
			START(*state, OPTIONS("-w", "400", "-t", "5s"),
			      COMMAND("sleep", "50"));

		wait_until_term_is_blocked(launcher);
		let_pass_us(us);
		launcher_signal(launcher, SIGTERM);
		assert_clean_end(*state, launcher, 0);
	}
}

static void block_term(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)raise(SIGTERM);
}

/* E2: held since before muster was executed. */
static void a_term_that_was_pending_before_the_start_is_heard(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("-w", "3", "-t", "1s"),
		WORKER("take=TERM:0", "say=ready"), .prepare = block_term);
	int status = launcher_end(launcher);

	/* Its workers begin with TERM blocked, as muster did: they may have to
	 * be killed. */
	assert_true(status == 0 || status == 1);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	assert_nobody_left(*state);
}

/* B15: between the first worker and the last. */
static void a_term_sent_by_the_first_worker_stops_all(void **state)
{
	for (int i = 0; i < 20; i++) {
		struct launcher *launcher =
			START(*state, OPTIONS("-w", "10", "-t", "5s"),
			      COMMAND("sh", "-c",
				      "[ $MUSTER_WORKER_ID != 0 ] || "
				      "kill -TERM $PPID; exec sleep 50"));

		assert_clean_end(*state, launcher, 0);
	}
}

/* Case 95: badly coded workers that end at once; the reference sleeps in its
 * throttle and starts one more after TERM (B43). */
static void term_during_a_crash_loop_ends_with_0(void **state)
{
	for (unsigned int us = 0; us <= 400000; us += 100000) {
		struct launcher *launcher =
			START(*state, OPTIONS("-w", "2"), WORKER("exit=1"));
		uint64_t begun_ms;

		(void)launcher_log(launcher, "exited with status 1");
		let_pass_us(us);
		begun_ms = now_ms();
		launcher_signal(launcher, SIGTERM);
		assert_clean_end(*state, launcher, 0);
		assert_in_range(now_ms() - begun_ms, 0, DEADLINE_MS);
	}
}

/* The same at full speed, where each turn launches. */
static void term_during_an_unthrottled_crash_loop_ends_with_0(void **state)
{
	for (unsigned int us = 0; us <= 10000; us += 1000) {
		struct launcher *launcher =
			START(*state, OPTIONS("-w", "4", "--throttle", "off"),
			      COMMAND("false"));

		(void)launcher_log(launcher, "exited with status 1");
		let_pass_us(us);
		launcher_signal(launcher, SIGTERM);
		assert_clean_end(*state, launcher, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(term_at_any_moment_of_the_start_ends_cleanly_with_0),
		STAGE_TEST(int_at_any_moment_of_the_start_leaves_nobody),
		STAGE_TEST(term_in_the_middle_of_starting_400_workers_is_clean),
		STAGE_TEST(a_term_that_was_pending_before_the_start_is_heard),
		STAGE_TEST(a_term_sent_by_the_first_worker_stops_all),
		STAGE_TEST(term_during_a_crash_loop_ends_with_0),
		STAGE_TEST(term_during_an_unthrottled_crash_loop_ends_with_0),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

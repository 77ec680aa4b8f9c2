/*
 * inits_storm.c - ten thousand orphans that end at once, under the first
 * process of a namespace.
 *
 * Every init is asked whether it leaves zombies. muster's longest turn is its
 * own account, by the clock; as the only one that does not share time with
 * others, the clock is its processor time. Meanwhile a program that dies again
 * and again is restarted, by muster and by the bare floor, which never reaps an
 * orphan: what it needs is the storm's doing.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "inits.h"
#include "news.h"
#include "proc.h"
#include "session.h"
#include "stats.h"

#define STORM_LIMIT_TURN_MS 2.0
#define STORM_LIMIT_RESTART 1.5
/* All have begun to wait. */
#define STORM_SETTLE_NS (100 * NSEC_PER_MSEC)

/* One storm under one launcher. */
struct storm {
	uint32_t made;
	uint32_t zombies;  /* afterwards */
	double reaped_ms;  /* from the first end to the last burial */
	uint32_t restarts; /* meanwhile */
	struct stats restart;
};

static int storm_begin(struct inits *inits, const struct inits_life *life)
{
	struct inits_storm *storm = &inits->page->storm;
	int r = inits_life_expect(life, &storm->is_ready, 1);

	if (r < 0)
		return r;
	bench_sleep_ns(STORM_SETTLE_NS);
	inits_raise(&storm->is_on);
	return inits_life_expect(life, &storm->is_over, 1);
}

/* What was measured while it lasted. */
static void storm_read(const struct inits *inits, struct storm *storm)
{
	uint64_t samples_ns[INITS_RESTARTS_MAX];

	storm->made = inits->page->storm.made;
	storm->restarts = inits->page->storm.restarts;
	memcpy(samples_ns, inits->page->storm.restart_ns, sizeof(samples_ns));
	if (storm->restarts > 0)
		storm->restart = stats_of(samples_ns, storm->restarts);
}

/* Until no orphan is left, then the program and its init end. One that leaves
 * some for good is killed, and its zombies are the result. */
static int storm_settle(struct inits *inits, struct inits_life *life,
			struct storm *storm)
{
	struct inits_storm *page = &inits->page->storm;
	uint64_t end_ns;
	int waited = inits_life_await(life, &page->is_reaped, 1);
	int r = waited > 0 ? -ESRCH : proc_zombies(life->pid, &storm->zombies);

	if (waited != 0)
		return r;
	storm->reaped_ms = (double)nsec_since(page->reaped_ns, page->begin_ns) /
			   (double)NSEC_PER_MSEC;
	inits_raise(&page->is_dismissed);
	if (r == 0)
		r = inits_life_end(life, &end_ns);
	return r > 0 ? -EIO : r;
}

static int storm_run(struct inits *inits, const struct inits_command *command,
		     bool is_restarted, const struct inits_options *options,
		     struct storm *ret_storm)
{
	_cleanup_(inits_life_kill) struct inits_life life = INITS_LIFE_NONE;
	int r;

	memset(inits->page, 0, sizeof(*inits->page));
	inits->page->storm.wanted = INITS_ORPHANS_MAX;
	inits->page->storm.is_restarted = is_restarted;
	*ret_storm = (struct storm){0};
	r = inits_life_start(inits, command, options, &life);
	if (r == 0)
		r = storm_begin(inits, &life);
	if (r < 0)
		return r;
	storm_read(inits, ret_storm);
	/* The floor never reaps any. */
	return command->words[0] == inits->bench->floor
		       ? 0
		       : storm_settle(inits, &life, ret_storm);
}

static int storm_run_zombies(struct inits *inits)
{
	const struct inits_options options = {
		.part = INITS_STORM,
		.is_first = true,
		.keeps_page = true,
	};

	printf("orphans that end at once\n%-12s %8s %9s %9s\n", "", "orphans",
	       "reaped ms", "zombies");
	for (int i = INITS_MUSTER; i < INITS; i++) {
		struct inits_command command;
		struct storm storm;
		int r;

		if (!inits_is_there(inits, (enum inits_who)i))
			continue;
		command = inits_command(inits, (enum inits_who)i);
		r = storm_run(inits, &command, false, &options, &storm);
		if (r < 0)
			return r;
		printf("%-12s %8u %9.1f %9u", inits_names[i], storm.made,
		       storm.reaped_ms, storm.zombies);
		if (i == INITS_MUSTER)
			printf(" =0 %s",
			       stats_judge(inits->bench, storm.zombies, 0));
		printf("\n");
	}
	return 0;
}

/* In all that muster has said by its end; NAN without it. */
static double storm_turn_ms(int log_fd)
{
	_cleanup_(news_fini) struct news news = {0};
	char buffer[4096];
	ssize_t count;
	size_t offset = 0;
	const char *line;
	double turn_ms = (double)NAN;

	while ((count = read(log_fd, buffer, sizeof(buffer))) > 0)
		news_add(&news, buffer, (size_t)count);
	while ((line = news_line(&news, &offset)) != NULL)
		if (news_is(line, "summary"))
			turn_ms = (double)news_number(line, "turn_max_ns") /
				  (double)NSEC_PER_MSEC;
	return turn_ms;
}

static int storm_run_turn(struct inits *inits)
{
	static const char *const words[] = {
		"init", "--log-format", "json", "--log-level",
		"info", "--",		NULL,
	};
	const struct inits_command command = inits_command_muster(inits, words);
	int ends[2];
	int r = pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
	const struct inits_options options = {
		.part = INITS_STORM,
		.is_first = true,
		.keeps_page = true,
		.is_urgent = true,
		.log_fd = ends[1],
	};
	struct storm storm;
	double turn_ms = 0;

	if (r < 0)
		return r;
	r = storm_run(inits, &command, false, &options, &storm);
	(void)close(ends[1]);
	if (r == 0)
		turn_ms = storm_turn_ms(ends[0]);
	(void)close(ends[0]);
	if (r == 0)
		printf("muster-init's longest turn, with nobody before it: "
		       "%.2f ms of %u orphans <=%.0f %s\n",
		       turn_ms, storm.made, STORM_LIMIT_TURN_MS,
		       stats_judge(inits->bench, turn_ms, STORM_LIMIT_TURN_MS));
	return r;
}

struct storm_table {
	uint32_t rounds;
	struct storm storms[2][BENCH_SLOW_ROUNDS]; /* the floor's, muster's */
};

static int storm_measure(struct inits *inits, struct storm_table *table)
{
	static const char *const words[] = {
		"init",	     "--restart", "on-failure", "--throttle", "off",
		"--give-up", "never",	  "--",		NULL,
	};
	const struct inits_command commands[2] = {
		{{inits->bench->floor, "bare", "epoll", "1", inits->program}},
		inits_command_muster(inits, words),
	};
	const struct inits_options options = {
		.part = INITS_STORM,
		.is_first = true,
		.keeps_page = true,
	};

	for (uint32_t i = 0; i < 2 * table->rounds; i++) {
		/* The floor first in one round, muster in the next. */
		uint32_t round = i / 2;
		uint32_t which = (i + round) % 2;
		int r = storm_run(inits, &commands[which], true, &options,
				  &table->storms[which][round]);

		if (r < 0)
			return r;
	}
	return 0;
}

static void storm_print_row(const struct storm_table *table, uint32_t which,
			    const char *name)
{
	double p50_us[BENCH_SLOW_ROUNDS];
	double p99_us[BENCH_SLOW_ROUNDS];
	uint32_t count = 0;
	uint32_t restarts = 0;
	uint32_t zombies = 0;

	for (uint32_t i = 0; i < table->rounds; i++) {
		const struct storm *storm = &table->storms[which][i];

		restarts += storm->restarts;
		zombies += storm->zombies;
		if (storm->restarts == 0)
			continue;
		p50_us[count] = storm->restart.p50_us;
		p99_us[count++] = storm->restart.p99_us;
	}
	printf("%-12s %9u %8.1f %8.1f", name, restarts,
	       stats_median(p50_us, count), stats_median(p99_us, count));
	if (which == 1)
		printf(" %8u", zombies);
	printf("\n");
}

/* Of rounds in which both restarted while there was a storm; NAN for none, and
 * that is no success. */
static double storm_ratio(const struct storm_table *table)
{
	double ratios[BENCH_SLOW_ROUNDS];
	uint32_t count = 0;

	for (uint32_t i = 0; i < table->rounds; i++) {
		const struct storm *floor = &table->storms[0][i];
		const struct storm *ours = &table->storms[1][i];

		if (floor->restarts > 0 && ours->restarts > 0)
			ratios[count++] =
				ours->restart.p50_us / floor->restart.p50_us;
	}
	return stats_median(ratios, count);
}

static void storm_print(struct bench *bench, const struct storm_table *table)
{
	double ratio = storm_ratio(table);

	printf("restarts meanwhile, in %u storms of %u, us\n"
	       "%-12s %9s %8s %8s %8s\n",
	       table->rounds, table->storms[1][0].made, "", "restarts", "p50",
	       "p99", "zombies");
	storm_print_row(table, 0, "bare floor");
	storm_print_row(table, 1, "muster-init");
	printf("by the floor: %.2f <=%.1f %s\n\n", ratio, STORM_LIMIT_RESTART,
	       stats_judge(bench, ratio, STORM_LIMIT_RESTART));
}

int inits_storm_run(struct inits *inits)
{
	struct bench *bench = inits->bench;
	struct storm_table table = {
		.rounds = bench->rounds < BENCH_SLOW_ROUNDS ? bench->rounds
							    : BENCH_SLOW_ROUNDS,
	};
	int r = storm_run_zombies(inits);

	if (r == 0)
		r = storm_run_turn(inits);
	if (r == 0)
		r = storm_measure(inits, &table);
	if (r == 0)
		storm_print(bench, &table);
	return r;
}

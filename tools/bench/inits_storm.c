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
/* A storm lets somebody restart ten times or so, and one restart in four waits
 * behind others: fewer storms than these have no median worth the name. */
#define STORM_A_ROUND 4U
#define STORM_MAX (STORM_A_ROUND * BENCH_SLOW_ROUNDS)
/* All have begun to wait. */
#define STORM_SETTLE_NS (100 * NSEC_PER_MSEC)

/* One storm under one launcher. */
struct storm {
	uint32_t made;
	uint32_t zombies; /* afterwards */
	double reaped_ms; /* from the first end to the last burial */
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
	ret_storm->made = inits->page->storm.made;
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

/* Of all storms together: one in which the machine stood still counts as often
 * as it let somebody restart. */
struct storm_table {
	uint32_t rounds;
	uint32_t made;
	uint32_t zombies;
	uint32_t counts[2]; /* the floor's, muster's */
	uint64_t samples_ns[2][STORM_MAX * INITS_RESTARTS_MAX];
};

static void storm_add(struct storm_table *table, uint32_t which,
		      const struct inits_storm *page, const struct storm *storm)
{
	for (uint32_t i = 0; i < page->restarts; i++)
		table->samples_ns[which][table->counts[which]++] =
			page->restart_ns[i];
	table->made = storm->made;
	if (which == 1)
		table->zombies += storm->zombies;
}

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
		uint32_t which = (i + i / 2) % 2;
		struct storm storm;
		int r = storm_run(inits, &commands[which], true, &options,
				  &storm);

		if (r < 0)
			return r;
		storm_add(table, which, &inits->page->storm, &storm);
	}
	return 0;
}

/* Median, us; NAN for none, and that is no success. */
static double storm_print_row(struct storm_table *table, uint32_t which,
			      const char *name)
{
	uint32_t count = table->counts[which];
	struct stats stats;

	printf("%-12s %9u", name, count);
	if (count == 0) {
		printf("\n");
		return (double)NAN;
	}
	stats = stats_of(table->samples_ns[which], count);
	printf(" %8.1f %8.1f", stats.p50_us, stats.p99_us);
	if (which == 1)
		printf(" %8u", table->zombies);
	printf("\n");
	return stats.p50_us;
}

static void storm_print(struct bench *bench, struct storm_table *table)
{
	double floor_us;
	double ratio;

	printf("restarts meanwhile, in %u storms of %u, us\n"
	       "%-12s %9s %8s %8s %8s\n",
	       table->rounds, table->made, "", "restarts", "p50", "p99",
	       "zombies");
	floor_us = storm_print_row(table, 0, "bare floor");
	ratio = storm_print_row(table, 1, "muster-init") / floor_us;
	printf("by the floor: %.2f <=%.1f %s\n\n", ratio, STORM_LIMIT_RESTART,
	       stats_judge(bench, ratio, STORM_LIMIT_RESTART));
}

int inits_storm_run(struct inits *inits)
{
	struct bench *bench = inits->bench;
	static struct storm_table table;
	int r = storm_run_zombies(inits);

	if (r == 0)
		r = storm_run_turn(inits);
	table = (struct storm_table){
		.rounds = bench->rounds < BENCH_SLOW_ROUNDS
				  ? STORM_A_ROUND * bench->rounds
				  : STORM_MAX,
	};
	if (r == 0)
		r = storm_measure(inits, &table);
	if (r == 0)
		storm_print(bench, &table);
	return r;
}

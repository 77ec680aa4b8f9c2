/*
 * inits_start.c - how long a program takes to begin and to end under an init,
 * and how long a signal takes to reach it.
 *
 * A start is counted from before the clone, with all that the kernel does for
 * a new namespace: nobody who starts a container is spared that. The program
 * that is timed as a whole does nothing at all; the one whose first act is
 * timed maps a page after it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "inits.h"
#include "session.h"
#include "stats.h"

/* Tries a round, from samples. */
#define START_SHARE 20U
/* An init has long begun to wait. */
#define START_SETTLE_NS (300 * NSEC_PER_USEC)

enum start_figure {
	START_LIFE,   /* start to exit */
	START_ACT,    /* start to the program's first act */
	START_TERM,   /* SIGTERM to the program's handler */
	START_REAPED, /* the program's exit to the init's */
	START_FIGURES,
};

static const struct {
	const char *name;
	double limit; /* of muster by the fastest incumbent */
} start_figures[START_FIGURES] = {
	[START_LIFE] = {"start to the exit of a trivial program", 0.35},
	[START_ACT] = {"start to the program's first act", 0.35},
	[START_TERM] = {"SIGTERM to the program's handler", 1.1},
	[START_REAPED] = {"the program's exit to the init's", 1.0},
};

struct start_table {
	uint32_t rounds;
	uint32_t tries;	      /* a round */
	uint64_t *samples_ns; /* [figure][init][round][try] */
	double round_us[INITS][BENCH_ROUNDS_MAX]; /* of one figure, p50 */
	struct stats stats[INITS];		  /* likewise */
};

static uint64_t *start_samples(const struct start_table *table,
			       enum start_figure figure, enum inits_who who,
			       uint32_t round)
{
	size_t row = ((size_t)figure * INITS + who) * table->rounds + round;

	return &table->samples_ns[row * table->tries];
}

static bool start_is_measured(const struct inits *inits, enum inits_who who,
			      enum start_figure figure)
{
	return inits_is_there(inits, who) &&
	       (figure < START_TERM || who == INITS_DIRECT ||
		inits_forwards(who));
}

/* An init that works ends as its program does. */
static int start_end(struct inits_life *life, uint64_t *ret_end_ns)
{
	int status = inits_life_end(life, ret_end_ns);

	if (status <= 0)
		return status;
	(void)fprintf(stderr, "bench: %s ends with %d\n", life->name, status);
	return -EIO;
}

static int start_live(struct inits *inits, enum inits_who who,
		      uint64_t *ret_life_ns)
{
	const struct inits_options options = {.is_first = true};
	struct inits_command command = inits_command(inits, who);
	_cleanup_(inits_life_kill) struct inits_life life = INITS_LIFE_NONE;
	uint64_t end_ns = 0;
	int r;

	inits_command_add(&command, INITS_TRIVIAL);
	r = inits_life_start(inits, &command, &options, &life);
	if (r == 0)
		r = start_end(&life, &end_ns);
	*ret_life_ns = nsec_since(end_ns, life.start_ns);
	return r;
}

static int start_act(struct inits *inits, enum inits_who who,
		     uint64_t *ret_act_ns)
{
	const struct inits_options options = {
		.part = INITS_LEAVE,
		.is_first = true,
	};
	const struct inits_command command = inits_command(inits, who);
	_cleanup_(inits_life_kill) struct inits_life life = INITS_LIFE_NONE;
	uint64_t end_ns;
	int r = inits_life_start(inits, &command, &options, &life);

	if (r == 0)
		r = start_end(&life, &end_ns);
	*ret_act_ns = nsec_since(inits->page->begin_ns, life.start_ns);
	return r;
}

static int start_heed(struct inits *inits, enum inits_who who,
		      uint64_t *ret_term_ns, uint64_t *ret_reaped_ns)
{
	const struct inits_options options = {
		.part = INITS_HEED,
		.is_first = true,
	};
	const struct inits_command command = inits_command(inits, who);
	_cleanup_(inits_life_kill) struct inits_life life = INITS_LIFE_NONE;
	const struct inits_page *page = inits->page;
	uint64_t term_ns;
	uint64_t end_ns = 0;
	int r = inits_life_start(inits, &command, &options, &life);

	if (r == 0)
		r = inits_life_expect(&life, &page->begun, 1);
	session_settle(&(struct session){.settle_ns = START_SETTLE_NS});
	term_ns = bench_now_ns();
	inits_life_signal(&life, SIGTERM);
	if (r == 0)
		r = start_end(&life, &end_ns);
	*ret_term_ns = nsec_since(page->heard_ns, term_ns);
	*ret_reaped_ns = nsec_since(end_ns, page->left_ns);
	return r;
}

/* All figures of one init, one try each. */
static int start_try(struct inits *inits, struct start_table *table,
		     enum inits_who who, uint32_t sample)
{
	uint32_t round = sample / table->tries;
	uint64_t *places[START_FIGURES];
	int r;

	for (int i = 0; i < START_FIGURES; i++)
		places[i] =
			start_samples(table, (enum start_figure)i, who, round) +
			sample % table->tries;
	r = start_live(inits, who, places[START_LIFE]);
	if (r == 0)
		r = start_act(inits, who, places[START_ACT]);
	if (r == 0 && start_is_measured(inits, who, START_TERM))
		r = start_heed(inits, who, places[START_TERM],
			       places[START_REAPED]);
	return r;
}

static int start_measure(struct inits *inits, struct start_table *table)
{
	for (uint32_t i = 0; i < table->rounds * table->tries; i++)
		for (uint32_t turn = 0; turn < INITS; turn++) {
			enum inits_who who =
				(enum inits_who)((turn + i) % INITS);
			int r = 0;

			if (inits_is_there(inits, who))
				r = start_try(inits, table, who, i);
			if (r < 0)
				return r;
		}
	return 0;
}

/* Sorts the samples: of the rounds first, then of all. */
static void start_digest(const struct inits *inits, struct start_table *table,
			 enum start_figure figure)
{
	for (int i = 0; i < INITS; i++) {
		enum inits_who who = (enum inits_who)i;

		if (!start_is_measured(inits, who, figure))
			continue;
		for (uint32_t round = 0; round < table->rounds; round++)
			table->round_us[i][round] =
				stats_of(start_samples(table, figure, who,
						       round),
					 table->tries)
					.p50_us;
		table->stats[i] =
			stats_of(start_samples(table, figure, who, 0),
				 (size_t)table->rounds * table->tries);
	}
}

static double start_ratio(const struct start_table *table, enum inits_who who)
{
	double ratios[BENCH_ROUNDS_MAX] = {0};

	for (uint32_t i = 0; i < table->rounds; i++)
		ratios[i] = table->round_us[INITS_MUSTER][i] /
			    table->round_us[who][i];
	return stats_median(ratios, table->rounds);
}

static void start_print(const struct inits *inits, struct start_table *table,
			enum start_figure figure)
{
	struct bench *bench = inits->bench;
	double p50_us[INITS];
	enum inits_who best;

	start_digest(inits, table, figure);
	printf("%s\n%-12s %8s %8s %8s  %s\n", start_figures[figure].name, "",
	       "p50", "p99", "min", "muster-init's part");
	for (int i = 0; i < INITS; i++) {
		enum inits_who who = (enum inits_who)i;

		p50_us[i] = table->stats[i].p50_us;
		if (start_is_measured(inits, who, figure))
			printf("%-12s %8.1f %8.1f %8.1f  %.2f\n",
			       inits_names[i], p50_us[i],
			       table->stats[i].p99_us, table->stats[i].min_us,
			       start_ratio(table, who));
	}
	best = inits_best(inits, p50_us);
	if (best != INITS_MUSTER)
		printf("by the fastest, %s: %.2f <=%.2f %s\n",
		       inits_names[best], start_ratio(table, best),
		       start_figures[figure].limit,
		       stats_judge(bench, start_ratio(table, best),
				   start_figures[figure].limit));
}

int inits_start_run(struct inits *inits)
{
	const struct bench *bench = inits->bench;
	struct start_table table = {
		.rounds = bench->rounds,
		.tries = bench->samples / START_SHARE + 1,
	};
	_cleanup_free_ uint64_t *samples_ns = calloc(
		(size_t)START_FIGURES * INITS * table.rounds * table.tries,
		sizeof(*samples_ns));
	int r;

	if (!samples_ns)
		return -ENOMEM;
	table.samples_ns = samples_ns;
	r = start_measure(inits, &table);
	if (r < 0)
		return r;
	printf("inits: as PID 1 of a new namespace, %u rounds of %u, us\n",
	       table.rounds, table.tries);
	for (int i = 0; i < START_FIGURES; i++)
		start_print(inits, &table, (enum start_figure)i);
	printf("\n");
	return 0;
}

/*
 * forks.c - workers that are forked, not executed: from a worker's death, or
 * the launcher's start, to the first instruction of start() in the (last) new
 * worker, against a bare fork and pthread_create.
 *
 * Rounds and ratios are as in restart.c. A new worker has more to do when
 * start() has returned, and so has the launcher with what it says: a sample
 * begins when that is over. `steps` is the bare one with the system calls that
 * muster/service.h promises for each worker (fork_steps.c): what is between it
 * and bare no launcher can save.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "forks.h"
#include "restart.h"
#include "stats.h"

#define FORKS_LIMIT 1.25
#define FORKS_LIMIT_STEPS 1.15
#define FORKS_SETTLE_NS (300 * NSEC_PER_USEC)

static const struct forks_case forks_cases[] = {
	{true, 1},
	{false, 1},
	{true, BENCH_MANY},
	{false, BENCH_MANY},
};

const enum bench_launcher forks_launchers[FORKS_LAUNCHERS] = {
	BENCH_BARE,
	BENCH_STEPS,
	BENCH_MUSTER,
};

struct forks_result {
	struct stats latency;
	double start_us; /* of all workers, from the launcher's execve */
};

struct forks_table {
	struct forks_result results[ARRAY_LEN(forks_cases)][BENCH_LAUNCHERS]
				   [BENCH_ROUNDS_MAX];
	uint32_t rounds;
};

int forks_start(const struct bench *bench, enum bench_launcher launcher,
		const struct forks_case *what, struct session *ret_session)
{
	char program[256];
	char workers[16];
	const char *const muster[] = {program, workers, NULL};
	const char *const floor[] = {program, bench_launcher_names[launcher],
				     workers, NULL};
	const struct session_options options = {
		.launcher = launcher,
		.workers = what->workers,
		.is_pinned = what->is_pinned,
		.command = launcher == BENCH_MUSTER ? muster : floor,
		.settle_ns = FORKS_SETTLE_NS,
	};

	(void)snprintf(program, sizeof(program), "%s/%s", bench->programs,
		       launcher == BENCH_MUSTER ? "service" : "fork_floor");
	(void)snprintf(workers, sizeof(workers), "%u", what->workers);
	return session_start(bench, &options, ret_session);
}

static int forks_round(const struct bench *bench, enum bench_launcher launcher,
		       const struct forks_case *what,
		       struct forks_result *ret_result)
{
	_cleanup_(session_end) struct session session = SESSION_NONE;
	int r = forks_start(bench, launcher, what, &session);

	if (r < 0)
		return r;
	ret_result->start_us = (double)nsec_since(session_last_ns(&session),
						  session.page->exec_ns) /
			       (double)NSEC_PER_USEC;
	r = restart_samples(bench, &session, &ret_result->latency);
	return r < 0 ? r : session_stop(&session);
}

static int forks_rounds(const struct bench *bench, struct forks_table *table)
{
	for (uint32_t round = 0; round < table->rounds; round++) {
		for (size_t i = 0; i < ARRAY_LEN(forks_cases) * FORKS_LAUNCHERS;
		     i++) {
			size_t which = i / FORKS_LAUNCHERS;
			enum bench_launcher launcher =
				forks_launchers[(i + round) % FORKS_LAUNCHERS];
			int r = forks_round(
				bench, launcher, &forks_cases[which],
				&table->results[which][launcher][round]);

			if (r < 0)
				return r;
		}
		(void)fprintf(stderr, "bench: forks round %u of %u\n",
			      round + 1, table->rounds);
	}
	return 0;
}

typedef double forks_field(const struct forks_result *result);

static double forks_p50(const struct forks_result *result)
{
	return result->latency.p50_us;
}

static double forks_p99(const struct forks_result *result)
{
	return result->latency.p99_us;
}

static double forks_p10(const struct forks_result *result)
{
	return result->latency.p10_us;
}

static double forks_min(const struct forks_result *result)
{
	return result->latency.min_us;
}

static double forks_start_ms(const struct forks_result *result)
{
	return result->start_us / 1000;
}

static double forks_median(const struct forks_table *table, size_t which,
			   enum bench_launcher launcher, forks_field *field)
{
	double values[BENCH_ROUNDS_MAX];

	for (uint32_t i = 0; i < table->rounds; i++)
		values[i] = field(&table->results[which][launcher][i]);
	return stats_median(values, table->rounds);
}

/* The median of the rounds' ratios to a floor. */
static double forks_ratio(const struct forks_table *table, size_t which,
			  enum bench_launcher floor, forks_field *field)
{
	const struct forks_result(*rows)[BENCH_ROUNDS_MAX] =
		table->results[which];
	double values[BENCH_ROUNDS_MAX];

	for (uint32_t i = 0; i < table->rounds; i++)
		values[i] =
			field(&rows[BENCH_MUSTER][i]) / field(&rows[floor][i]);
	return stats_median(values, table->rounds);
}

static void forks_print_case(struct bench *bench,
			     const struct forks_table *table, size_t which)
{
	static forks_field *const fields[] = {forks_p50, forks_p99, forks_p10,
					      forks_min};
	const struct forks_case *what = &forks_cases[which];

	for (size_t i = 0; i < FORKS_LAUNCHERS; i++) {
		enum bench_launcher launcher = forks_launchers[i];

		printf("%-8s %4u  %-8s",
		       what->is_pinned ? "pinned" : "unpinned", what->workers,
		       bench_launcher_names[launcher]);
		for (size_t j = 0; j < ARRAY_LEN(fields); j++)
			printf(" %7.1f",
			       forks_median(table, which, launcher, fields[j]));
		if (launcher == BENCH_MUSTER) {
			double bare = forks_ratio(table, which, BENCH_BARE,
						  forks_p50);
			double steps = forks_ratio(table, which, BENCH_STEPS,
						   forks_p50);

			printf("  %5.2f %-6s %5.2f %s", bare,
			       stats_judge(bench, bare, FORKS_LIMIT), steps,
			       stats_judge(bench, steps, FORKS_LIMIT_STEPS));
		}
		printf("\n");
	}
}

static void forks_print_start(struct bench *bench,
			      const struct forks_table *table, size_t which)
{
	double bare = forks_ratio(table, which, BENCH_BARE, forks_start_ms);
	double steps = forks_ratio(table, which, BENCH_STEPS, forks_start_ms);

	printf("%-8s", forks_cases[which].is_pinned ? "pinned" : "unpinned");
	for (size_t i = 0; i < FORKS_LAUNCHERS; i++)
		printf(" %7.1f", forks_median(table, which, forks_launchers[i],
					      forks_start_ms));
	printf("  %5.2f %-6s %5.2f %s\n", bare,
	       stats_judge(bench, bare, FORKS_LIMIT), steps,
	       stats_judge(bench, steps, FORKS_LIMIT_STEPS));
}

static void forks_print(struct bench *bench, const struct forks_table *table)
{
	printf("forks: SIGKILL to the replacement's start(), against a bare "
	       "fork and pthread_create, ring, us\n");
	printf("%-8s %4s  %-8s %7s %7s %7s %7s  %-12s %s\n", "cpu", "N",
	       "launcher", "p50", "p99", "p10", "min", "bare<=1.25",
	       "steps<=1.15");
	for (size_t which = 0; which < ARRAY_LEN(forks_cases); which++)
		forks_print_case(bench, table, which);
	printf("start of %u forked workers, to the last start(), ms\n",
	       BENCH_MANY);
	printf("%-8s %7s %7s %7s  %-12s %s\n", "cpu", "bare", "steps", "muster",
	       "bare<=1.25", "steps<=1.15");
	for (size_t which = 0; which < ARRAY_LEN(forks_cases); which++)
		if (forks_cases[which].workers == BENCH_MANY)
			forks_print_start(bench, table, which);
}

int forks_run(struct bench *bench)
{
	static struct forks_table table;
	int r;

	table.rounds = bench->rounds;
	r = forks_rounds(bench, &table);
	if (r == 0)
		forks_print(bench, &table);
	if (r == 0)
		r = forks_memory_run(bench);
	if (r == 0)
		r = forks_orphans_run(bench);
	if (r == 0)
		r = forks_idle_run(bench);
	printf("\n");
	return r;
}

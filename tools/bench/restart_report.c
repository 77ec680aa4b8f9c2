/*
 * restart_report.c - the tables of restart latency, start and storm.
 */
#include <stdio.h>

#include "restart.h"

#define RESTART_LIMIT_STEPS 1.15
#define RESTART_LIMIT_BARE 1.30
#define RESTART_LIMIT_MANY 1.20

/* Which number of a result. */
enum restart_field {
	RESTART_P50,
	RESTART_P99,
	RESTART_P10,
	RESTART_MIN,
	RESTART_START,
	RESTART_STORM,
};

static double restart_field(const struct restart_result *result,
			    enum restart_field field)
{
	const double values[] = {
		[RESTART_P50] = result->latency.p50_us,
		[RESTART_P99] = result->latency.p99_us,
		[RESTART_P10] = result->latency.p10_us,
		[RESTART_MIN] = result->latency.min_us,
		[RESTART_START] = result->start_us,
		[RESTART_STORM] = result->storm_us,
	};

	return values[field];
}

static double restart_median(const struct restart_table *table, size_t which,
			     enum bench_launcher launcher,
			     enum restart_field field)
{
	double values[BENCH_ROUNDS_MAX];

	for (uint32_t i = 0; i < table->rounds; i++)
		values[i] = restart_field(
			restart_result(table, which, launcher, i), field);
	return stats_median(values, table->rounds);
}

/* The median of the rounds' ratios, not the ratio of medians. */
static double restart_ratio(const struct restart_table *table, size_t which,
			    enum bench_launcher floor, enum restart_field field)
{
	double values[BENCH_ROUNDS_MAX];

	for (uint32_t i = 0; i < table->rounds; i++) {
		const struct restart_result *ours =
			restart_result(table, which, BENCH_MUSTER, i);
		const struct restart_result *theirs =
			restart_result(table, which, floor, i);

		values[i] = restart_field(ours, field) /
			    restart_field(theirs, field);
	}
	return stats_median(values, table->rounds);
}

static void restart_print_ratio(struct bench *bench, double ratio, double limit)
{
	printf("  %5.2f %-6s", ratio, stats_judge(bench, ratio, limit));
}

static void restart_print_case(struct bench *bench,
			       const struct restart_table *table, size_t which)
{
	const struct restart_case *what = &restart_cases[which];

	for (int i = 0; i < BENCH_LAUNCHERS; i++) {
		enum bench_launcher launcher = (enum bench_launcher)i;

		printf("%-8s %-6s %4u  %-8s",
		       what->is_pinned ? "pinned" : "unpinned",
		       bench_engine_names[what->engine], what->workers,
		       bench_launcher_names[launcher]);
		for (enum restart_field field = RESTART_P50;
		     field <= RESTART_MIN; field++)
			printf(" %7.1f",
			       restart_median(table, which, launcher, field));
		if (launcher == BENCH_MUSTER) {
			restart_print_ratio(bench,
					    restart_ratio(table, which,
							  BENCH_STEPS,
							  RESTART_P50),
					    RESTART_LIMIT_STEPS);
			restart_print_ratio(bench,
					    restart_ratio(table, which,
							  BENCH_BARE,
							  RESTART_P50),
					    RESTART_LIMIT_BARE);
			printf(" %6.2f",
			       restart_ratio(table, which, BENCH_STEPS,
					     RESTART_P10));
		}
		printf("\n");
	}
}

static void restart_print_many(struct bench *bench,
			       const struct restart_table *table, size_t which,
			       const char *name, enum restart_field field)
{
	printf("%-8s %-6s", name,
	       bench_engine_names[restart_cases[which].engine]);
	for (int i = 0; i < BENCH_LAUNCHERS; i++)
		printf(" %7.1f", restart_median(table, which,
						(enum bench_launcher)i, field) /
					 1000);
	restart_print_ratio(bench,
			    restart_ratio(table, which, BENCH_STEPS, field),
			    RESTART_LIMIT_MANY);
	printf("  %5.2f\n", restart_ratio(table, which, BENCH_BARE, field));
}

/* Whether the workers that were compared were given the same. */
static void restart_print_shape(const struct restart_table *table)
{
	const struct bench_slot *shape = table->shape;

	printf("environment of a worker, bytes in variables:");
	for (int i = 0; i < BENCH_LAUNCHERS; i++)
		printf(" %s %lld in %d", bench_launcher_names[i],
		       (long long)shape[i].environment_bytes,
		       shape[i].environment_count);
	printf("\nmuster's log: %.0f bytes a restart\n\n",
	       (double)table->log_bytes / (double)table->log_restarts);
}

void restart_report(struct bench *bench, const struct restart_table *table)
{
	printf("restart: SIGKILL to the replacement's first instruction, us "
	       "(--kill %s)\n",
	       bench->kills_process ? "process" : "group");
	printf("%-8s %-6s %4s  %-8s %7s %7s %7s %7s  %-12s  %-12s %6s\n", "cpu",
	       "engine", "N", "launcher", "p50", "p99", "p10", "min",
	       "steps<=1.15", "bare<=1.30", "at p10");
	for (size_t which = 0; which < RESTART_CASES; which++)
		restart_print_case(bench, table, which);
	restart_print_shape(table);
	printf("%u workers, unpinned, ms\n", BENCH_MANY);
	printf("%-8s %-6s %7s %7s %7s  %-12s  %5s\n", "what", "engine", "bare",
	       "steps", "muster", "steps<=1.20", "bare");
	for (size_t which = 0; which < RESTART_CASES; which++) {
		if (!restart_is_stormy(&restart_cases[which]))
			continue;
		restart_print_many(bench, table, which, "start", RESTART_START);
		restart_print_many(bench, table, which, "storm", RESTART_STORM);
	}
	printf("\n");
}

/*
 * restart.h - the results of restart.c, for restart_report.c.
 */
#pragma once

#include "page.h"
#include "session.h"
#include "stats.h"

#define RESTART_CASES 8

struct restart_case {
	bool is_pinned;
	enum bench_engine engine;
	uint32_t workers;
};

/* One launcher in one round of one case. */
struct restart_result {
	struct stats latency;
	double start_us; /* of all workers, from the launcher's execve */
	double storm_us; /* all replaced, from the first kill */
};

struct restart_table {
	struct restart_result *results;
	uint32_t rounds;
	uint64_t log_bytes; /* of muster, in so many restarts */
	uint64_t log_restarts;
	struct bench_slot shape[BENCH_LAUNCHERS]; /* of a worker */
};

extern const struct restart_case restart_cases[RESTART_CASES];

/* Whether all workers are killed at a time, and the start counts. */
bool restart_is_stormy(const struct restart_case *what);

struct restart_result *restart_result(const struct restart_table *table,
				      size_t which,
				      enum bench_launcher launcher,
				      uint32_t round);

/* Restarts random workers, bench->samples times after some to warm up. 0 or
 * -errno. */
int restart_samples(const struct bench *bench, struct session *session,
		    struct stats *ret_stats);

/* Prints the tables and judges. */
void restart_report(struct bench *bench, const struct restart_table *table);

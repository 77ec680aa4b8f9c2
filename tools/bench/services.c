/*
 * services.c - a thousand services of ten workers from one file, against one
 * service of ten thousand and against a single worker.
 *
 * Every round runs them one right after the other, in turning order; ratios are
 * taken within a round. Ten thousand processes are slower to kill and to make
 * for anybody: how much slower a restart becomes with them is compared with how
 * much slower it becomes for the bare floor.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "proc.h"
#include "restart.h"
#include "session.h"
#include "stats.h"

#define SERVICES 1000U
#define SERVICES_WORKERS 10U
#define SERVICES_ALL (SERVICES * SERVICES_WORKERS)

#define SERVICES_LIMIT_START 1.25
#define SERVICES_LIMIT_RESTART 1.15
/* What one of them may take of the launcher's memory, KiB. */
#define SERVICES_LIMIT_SERVICE 4.0
#define SERVICES_LIMIT_WORKER 0.5
#define SERVICES_LIMIT_DECIDE_MS 50.0

enum services_kind {
	SERVICES_FLOOR_ONE,
	SERVICES_FLOOR_ALL,
	SERVICES_SINGLE, /* one worker */
	SERVICES_ONE,	 /* one service of ten thousand */
	SERVICES_MANY,	 /* a thousand services of ten */
	SERVICES_KINDS,
};

static const struct {
	const char *name;
	enum bench_launcher launcher;
	uint32_t workers;
} services_kinds[] = {
	[SERVICES_FLOOR_ONE] = {"bare, 1 worker", BENCH_BARE, 1},
	[SERVICES_FLOOR_ALL] = {"bare, 10000 workers", BENCH_BARE,
				SERVICES_ALL},
	[SERVICES_SINGLE] = {"1 worker", BENCH_MUSTER, 1},
	[SERVICES_ONE] = {"1 service x 10000", BENCH_MUSTER, SERVICES_ALL},
	[SERVICES_MANY] = {"1000 services x 10", BENCH_MUSTER, SERVICES_ALL},
};

struct services_result {
	double start_ms;
	double restart_us; /* the median */
	double rss_kib;
};

struct services_table {
	char path[256]; /* of the configuration */
	struct services_result results[SERVICES_KINDS][BENCH_SLOW_ROUNDS];
	double decided_ms[BENCH_SLOW_ROUNDS]; /* by muster's own account */
	double changed_ms[BENCH_SLOW_ROUNDS]; /* SIGHUP to the last of ten */
	uint32_t strangers; /* workers that changed and should not have */
	uint32_t rounds;
};

/* The changed one differs in nothing but a variable. */
static int services_write(const struct bench *bench, const char *path,
			  uint32_t changed)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	(void)fprintf(file,
		      "[DEFAULT]\n"
		      "command = %s\n"
		      "workers = %u\n"
		      "throttle = off\n"
		      "pass_fd = %d\n",
		      bench->worker, SERVICES_WORKERS, BENCH_PAGE_FD);
	for (uint32_t i = 0; i < SERVICES; i++)
		(void)fprintf(file,
			      "[service:s%u]\n"
			      "environment = BENCH_FIRST=%u%s\n",
			      i, i * SERVICES_WORKERS,
			      i == changed ? " BENCH_CHANGED=1" : "");
	return fclose(file) != 0 ? -errno : 0;
}

/* Memory and start are looked at before anything else happens. */
static int services_measure(const struct bench *bench, struct session *session,
			    struct services_result *ret_result)
{
	uint64_t start_ns =
		nsec_since(session_last_ns(session), session->page->exec_ns);
	struct proc_memory memory = {0};
	struct stats latency;
	int r = proc_memory(session->pid, &memory);

	if (r == 0)
		r = restart_samples(bench, session, &latency);
	if (r < 0)
		return r;
	*ret_result = (struct services_result){
		.start_ms = (double)start_ns / (double)NSEC_PER_MSEC,
		.restart_us = latency.p50_us,
		.rss_kib = (double)memory.rss_kib,
	};
	return 0;
}

static void services_compare(const struct session *session,
			     const int32_t *former, uint32_t changed,
			     struct services_table *table)
{
	for (uint32_t i = 0; i < SERVICES_ALL; i++) {
		bool is_other = session->page->slots[i].pid != former[i];
		bool shall_be = i / SERVICES_WORKERS == changed;

		table->strangers += is_other != shall_be;
	}
}

static int services_decided(struct session *session, double *ret_ms)
{
	const char *line;
	const char *decided;
	int r;

	/* A line for people, in an object. */
	do
		r = session_hear(session, "log", &line);
	while (r == 0 && !strstr(line, "1 changed, 0 new, 0 removed"));
	if (r < 0)
		return r;
	decided = strstr(line, "[decided in ");
	if (!decided)
		return -EIO;
	decided += strlen("[decided in ");
	*ret_ms = strtod(decided, NULL);
	if (strstr(decided, " us]"))
		*ret_ms /= 1000;
	else if (!strstr(decided, " ms]"))
		*ret_ms *= 1000;
	return 0;
}

static int services_reload(const struct bench *bench, struct session *session,
			   struct services_table *table, uint32_t round)
{
	_cleanup_free_ int32_t *former = calloc(SERVICES_ALL, sizeof(*former));
	uint32_t changed = (SERVICES / 2 + round) % SERVICES;
	uint32_t wanted;
	uint64_t begin_ns;
	const char *line;
	int r = former ? services_write(bench, table->path, changed) : -ENOMEM;

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < SERVICES_ALL; i++)
		former[i] = session->page->slots[i].pid;
	wanted = session_expect(session, SERVICES_WORKERS);
	begin_ns = bench_now_ns();
	if (kill(session->pid, SIGHUP) < 0)
		return -errno;
	r = session_wait(session, wanted);
	table->changed_ms[round] =
		(double)nsec_since(bench_now_ns(), begin_ns) /
		(double)NSEC_PER_MSEC;
	if (r == 0)
		r = services_decided(session, &table->decided_ms[round]);
	if (r == 0)
		r = session_hear(session, "rolled", &line);
	if (r == 0)
		services_compare(session, former, changed, table);
	return r;
}

static int services_round(const struct bench *bench,
			  struct services_table *table, enum services_kind kind,
			  uint32_t round)
{
	_cleanup_(news_fini) struct news news = {0};
	_cleanup_(session_end) struct session session = SESSION_NONE;
	const char *const arguments[] = {
		"-c",		table->path, "--engine", "ring",
		"--log-format", "json",	     NULL,
	};
	struct session_options options = {
		.launcher = services_kinds[kind].launcher,
		.engine = BENCH_RING,
		.workers = services_kinds[kind].workers,
	};
	int r = services_write(bench, table->path, SERVICES);

	if (kind == SERVICES_MANY) {
		options.arguments = arguments;
		options.news = &news;
	}
	if (r == 0)
		r = session_start(bench, &options, &session);
	if (r == 0)
		r = services_measure(bench, &session,
				     &table->results[kind][round]);
	if (r == 0 && kind == SERVICES_MANY)
		r = services_reload(bench, &session, table, round);
	return r < 0 ? r : session_stop(&session);
}

static double services_start(const struct services_result *result)
{
	return result->start_ms;
}

static double services_restart(const struct services_result *result)
{
	return result->restart_us;
}

static double services_rss(const struct services_result *result)
{
	return result->rss_kib;
}

typedef double services_field(const struct services_result *result);

/* The median of the rounds' values, or of their ratios to another kind's. */
static double services_median(const struct services_table *table,
			      enum services_kind kind, services_field *field,
			      const enum services_kind *other)
{
	double values[BENCH_SLOW_ROUNDS];

	for (uint32_t i = 0; i < table->rounds; i++) {
		values[i] = field(&table->results[kind][i]);
		if (other)
			values[i] /= field(&table->results[*other][i]);
	}
	return stats_median(values, table->rounds);
}

/* How much slower many are than one, and what of that is the machine's. */
static void services_print_restart(struct bench *bench,
				   const struct services_table *table)
{
	static const enum services_kind single = SERVICES_SINGLE;
	static const enum services_kind floor = SERVICES_FLOOR_ONE;
	double ours = services_median(table, SERVICES_MANY, services_restart,
				      &single);
	double bare = services_median(table, SERVICES_FLOOR_ALL,
				      services_restart, &floor);

	printf("restart: %.2f x that of 1 worker, bare %.2f x: %.2f <=%.2f "
	       "%s\n",
	       ours, bare, ours / bare, SERVICES_LIMIT_RESTART,
	       stats_judge(bench, ours / bare, SERVICES_LIMIT_RESTART));
}

static void services_print_start(struct bench *bench,
				 const struct services_table *table)
{
	static const enum services_kind one = SERVICES_ONE;
	double ratio =
		services_median(table, SERVICES_MANY, services_start, &one);

	printf("start: %.2f x that of 1 service x 10000 <=%.2f %s\n", ratio,
	       SERVICES_LIMIT_START,
	       stats_judge(bench, ratio, SERVICES_LIMIT_START));
}

static void services_print_memory(struct bench *bench,
				  const struct services_table *table)
{
	double single =
		services_median(table, SERVICES_SINGLE, services_rss, NULL);
	double one = services_median(table, SERVICES_ONE, services_rss, NULL);
	double many = services_median(table, SERVICES_MANY, services_rss, NULL);
	double worker = (one - single) / SERVICES_ALL;
	double all = (many - single);
	double limit = SERVICES * SERVICES_LIMIT_SERVICE +
		       SERVICES_ALL * SERVICES_LIMIT_WORKER;

	printf("memory: %.0f B a worker <=%.0f %s; %.2f KiB a service besides "
	       "<=%.0f %s; %.0f KiB in all <=%.0f %s\n",
	       worker * 1024, SERVICES_LIMIT_WORKER * 1024,
	       stats_judge(bench, worker, SERVICES_LIMIT_WORKER),
	       (many - one) / SERVICES, SERVICES_LIMIT_SERVICE,
	       stats_judge(bench, (many - one) / SERVICES,
			   SERVICES_LIMIT_SERVICE),
	       all, limit, stats_judge(bench, all, limit));
}

static void services_print(struct bench *bench, struct services_table *table)
{
	double decided_ms = stats_median(table->decided_ms, table->rounds);

	printf("%u services of %u workers, ring, unpinned, %u rounds\n",
	       SERVICES, SERVICES_WORKERS, table->rounds);
	printf("%-20s %9s %11s %8s\n", "", "start ms", "restart us", "rss KiB");
	for (int i = 0; i < SERVICES_KINDS; i++) {
		enum services_kind kind = (enum services_kind)i;

		printf("%-20s %9.1f %11.1f %8.0f\n", services_kinds[i].name,
		       services_median(table, kind, services_start, NULL),
		       services_median(table, kind, services_restart, NULL),
		       services_median(table, kind, services_rss, NULL));
	}
	services_print_start(bench, table);
	services_print_restart(bench, table);
	services_print_memory(bench, table);
	printf("reload of one: decided in %.2f ms <=%.0f %s, its ten workers "
	       "new after %.1f ms, %u others touched <=0 %s\n\n",
	       decided_ms, SERVICES_LIMIT_DECIDE_MS,
	       stats_judge(bench, decided_ms, SERVICES_LIMIT_DECIDE_MS),
	       stats_median(table->changed_ms, table->rounds), table->strangers,
	       stats_judge(bench, table->strangers, 0));
}

int services_run(struct bench *bench)
{
	static struct services_table table;

	table.rounds = bench->rounds < BENCH_SLOW_ROUNDS ? bench->rounds
							 : BENCH_SLOW_ROUNDS;
	(void)snprintf(table.path, sizeof(table.path), "%s/services.conf",
		       bench->directory);
	for (uint32_t round = 0; round < table.rounds; round++) {
		for (uint32_t i = 0; i < SERVICES_KINDS; i++) {
			uint32_t kind = (i + round) % SERVICES_KINDS;
			int r = services_round(bench, &table,
					       (enum services_kind)kind, round);

			if (r < 0)
				return r;
		}
		(void)fprintf(stderr, "bench: services round %u of %u\n",
			      round + 1, table.rounds);
	}
	services_print(bench, &table);
	return 0;
}

/*
 * idle.c - a launcher that has nothing to do: does it wake up, does it count as
 * waiting for IO, and how much memory do a thousand workers take in it?
 *
 * All engines are watched at the same time, each with its own workers, which
 * have said that they are ready: the socket for that is open. A launcher is
 * moved into a cgroup of its own after its workers were made.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "proc.h"
#include "session.h"
#include "stats.h"

/* Past the second after which a worker counts as healthy. */
#define IDLE_SETTLE_NS (2500 * NSEC_PER_MSEC)
#define IDLE_LIMIT_KIB 1024.0

struct idle_launcher {
	struct session session;
	struct proc_cgroup cgroup;
	bool has_cgroup;
	struct proc_switches before;
	struct proc_switches after;
	uint64_t pressure_before_us;
	uint64_t pressure_after_us;
	struct proc_memory one; /* with one worker */
	struct proc_memory many;
};

struct idle_table {
	struct idle_launcher launchers[BENCH_ENGINES];
	uint64_t iowait_ticks; /* of the machine */
};

static void idle_end(struct idle_table *table)
{
	for (int i = 0; i < BENCH_ENGINES; i++) {
		session_end(&table->launchers[i].session);
		proc_cgroup_free(&table->launchers[i].cgroup);
	}
}

static int idle_start(const struct bench *bench, struct idle_table *table,
		      uint32_t workers)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", workers);
	for (int i = 0; i < BENCH_ENGINES; i++) {
		const char *const arguments[] = {
			"-w",	     number,
			"--engine",  bench_engine_names[i],
			"--pass-fd", BENCH_PAGE_FD_TEXT,
			"--ready",   "notify",
			"--",	     bench->worker,
			NULL,
		};
		struct session_options options = {
			.launcher = BENCH_MUSTER,
			.workers = workers,
			.arguments = arguments,
		};
		int r = session_start(bench, &options,
				      &table->launchers[i].session);

		if (r < 0)
			return r;
	}
	bench_sleep_ns(IDLE_SETTLE_NS);
	return 0;
}

static int idle_stop(struct idle_table *table)
{
	for (int i = 0; i < BENCH_ENGINES; i++) {
		int r = session_stop(&table->launchers[i].session);

		if (r < 0)
			return r;
		proc_cgroup_free(&table->launchers[i].cgroup);
	}
	return 0;
}

static int idle_measure_one(const struct bench *bench, struct idle_table *table)
{
	int r = idle_start(bench, table, 1);

	for (int i = 0; i < BENCH_ENGINES && r == 0; i++)
		r = proc_memory(table->launchers[i].session.pid,
				&table->launchers[i].one);
	return r < 0 ? r : idle_stop(table);
}

static int idle_begin(struct idle_launcher *launcher)
{
	int r = proc_cgroup_new(launcher->session.pid, &launcher->cgroup);

	launcher->has_cgroup = r == 0;
	if (r < 0)
		(void)fprintf(stderr, "bench: no cgroup of its own: %s\n",
			      strerror(-r));
	/* The move itself may count. */
	bench_sleep_ns(NSEC_PER_MSEC * 100);
	r = 0;
	if (launcher->has_cgroup)
		r = proc_io_pressure(&launcher->cgroup,
				     &launcher->pressure_before_us);
	return r < 0 ? r
		     : proc_switches(launcher->session.pid, &launcher->before);
}

static int idle_finish(struct idle_launcher *launcher)
{
	int r = proc_switches(launcher->session.pid, &launcher->after);

	if (r == 0 && launcher->has_cgroup)
		r = proc_io_pressure(&launcher->cgroup,
				     &launcher->pressure_after_us);
	return r < 0 ? r : proc_memory(launcher->session.pid, &launcher->many);
}

static int idle_watch(const struct bench *bench, struct idle_table *table)
{
	uint64_t before_ticks = 0;
	uint64_t after_ticks = 0;
	int r = 0;

	for (int i = 0; i < BENCH_ENGINES && r == 0; i++)
		r = idle_begin(&table->launchers[i]);
	if (r == 0)
		r = proc_iowait(&before_ticks);
	if (r < 0)
		return r;
	bench_sleep_ns(nsec_mul(bench->idle_s, NSEC_PER_SEC));
	r = proc_iowait(&after_ticks);
	for (int i = 0; i < BENCH_ENGINES && r == 0; i++)
		r = idle_finish(&table->launchers[i]);
	table->iowait_ticks = after_ticks - before_ticks;
	return r;
}

static int idle_measure_many(const struct bench *bench,
			     struct idle_table *table)
{
	int r = idle_start(bench, table, BENCH_MANY);

	if (r == 0)
		r = idle_watch(bench, table);
	return r < 0 ? r : idle_stop(table);
}

static void idle_print_quiet(struct bench *bench,
			     const struct idle_launcher *launcher, int engine)
{
	uint64_t voluntary =
		launcher->after.voluntary - launcher->before.voluntary;
	uint64_t involuntary =
		launcher->after.involuntary - launcher->before.involuntary;
	uint64_t pressure_us =
		launcher->pressure_after_us - launcher->pressure_before_us;

	printf("%-8s %9llu %11llu %-6s", bench_engine_names[engine],
	       (unsigned long long)voluntary, (unsigned long long)involuntary,
	       stats_judge(bench, (double)(voluntary + involuntary), 0));
	if (launcher->has_cgroup)
		printf(" %11llu %-6s", (unsigned long long)pressure_us,
		       stats_judge(bench, (double)pressure_us, 0));
	else
		printf(" %11s %-6s", "not seen", "");
}

static void idle_print_memory(struct bench *bench,
			      const struct idle_launcher *launcher)
{
	double growth_kib =
		(double)launcher->many.rss_kib - (double)launcher->one.rss_kib;
	double growth_pss_kib =
		(double)launcher->many.pss_kib - (double)launcher->one.pss_kib;

	printf("  %5llu %5llu  %5llu %5llu  %6.0f %-6s %6.0f\n",
	       (unsigned long long)launcher->one.rss_kib,
	       (unsigned long long)launcher->many.rss_kib,
	       (unsigned long long)launcher->one.pss_kib,
	       (unsigned long long)launcher->many.pss_kib, growth_kib,
	       stats_judge(bench, growth_kib, IDLE_LIMIT_KIB),
	       growth_pss_kib * 1024 / (BENCH_MANY - 1));
}

static void idle_print(struct bench *bench, const struct idle_table *table)
{
	printf("idle for %u s with %u workers; memory of the launcher, KiB\n",
	       bench->idle_s, BENCH_MANY);
	printf("%-8s %9s %11s %-6s %11s %-6s  %5s %5s  %5s %5s  %6s %-6s %6s\n",
	       "engine", "voluntary", "involuntary", "=0", "io wait us", "=0",
	       "rss 1", "many", "pss 1", "many", "growth", "<=1024", "B each");
	for (int i = 0; i < BENCH_ENGINES; i++) {
		idle_print_quiet(bench, &table->launchers[i], i);
		idle_print_memory(bench, &table->launchers[i]);
	}
	printf("iowait of the whole machine meanwhile: %llu ticks\n\n",
	       (unsigned long long)table->iowait_ticks);
}

int idle_run(struct bench *bench)
{
	_cleanup_(idle_end) struct idle_table table = {0};
	int r;

	for (int i = 0; i < BENCH_ENGINES; i++)
		table.launchers[i].session = SESSION_NONE;
	r = idle_measure_one(bench, &table);
	if (r == 0)
		r = idle_measure_many(bench, &table);
	if (r == 0)
		idle_print(bench, &table);
	return r;
}

/*
 * inits_idle.c - an init that has nothing to do: does it wake up, does it count
 * as waiting for IO? All are watched at the same time, as idle.c watches
 * launchers.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "inits.h"
#include "proc.h"
#include "session.h"
#include "stats.h"

/* Past the second after which a program counts as healthy. */
#define INITS_IDLE_SETTLE_NS (2500 * NSEC_PER_MSEC)

struct inits_idle {
	struct inits_life life;
	struct proc_cgroup cgroup;
	struct proc_switches before;
	struct proc_switches after;
	uint64_t pressure_before_us;
	uint64_t pressure_after_us;
};

struct inits_idle_table {
	struct inits_idle inits[INITS];
	bool has_cgroups;
};

static void inits_idle_end(struct inits_idle_table *table)
{
	for (int i = 0; i < INITS; i++) {
		inits_life_kill(&table->inits[i].life);
		proc_cgroup_free(&table->inits[i].cgroup);
	}
}

static int inits_idle_start(struct inits *inits, struct inits_idle_table *table)
{
	uint32_t count = 0;
	int r = 0;

	for (int i = INITS_MUSTER; i < INITS && r == 0; i++) {
		const struct inits_command command =
			inits_command(inits, (enum inits_who)i);
		const struct inits_options options = {
			.part = INITS_STAY,
			.is_first = true,
			.keeps_page = count > 0,
		};
		struct inits_life *life = &table->inits[i].life;

		if (!inits_is_there(inits, (enum inits_who)i))
			continue;
		r = inits_life_start(inits, &command, &options, life);
		if (r == 0)
			r = inits_life_expect(life, &inits->page->begun,
					      ++count);
	}
	return r;
}

/* The move itself may count. */
static void inits_idle_part(struct inits_idle_table *table)
{
	int r = 0;

	for (int i = INITS_MUSTER; i < INITS && r == 0; i++)
		if (table->inits[i].life.pidfd >= 0)
			r = proc_cgroup_new(table->inits[i].life.pid,
					    &table->inits[i].cgroup);
	table->has_cgroups = r == 0;
	if (r < 0)
		(void)fprintf(stderr, "bench: no cgroup of its own: %s\n",
			      strerror(-r));
	bench_sleep_ns(INITS_IDLE_SETTLE_NS);
}

static int inits_idle_look(const struct inits_idle_table *table,
			   const struct inits_idle *init,
			   struct proc_switches *ret_switches,
			   uint64_t *ret_pressure_us)
{
	int r = 0;

	if (init->life.pidfd < 0)
		return 0;
	if (table->has_cgroups)
		r = proc_io_pressure(&init->cgroup, ret_pressure_us);
	return r < 0 ? r : proc_switches(init->life.pid, ret_switches);
}

static int inits_idle_watch(const struct bench *bench,
			    struct inits_idle_table *table)
{
	int r = 0;

	for (int i = INITS_MUSTER; i < INITS && r == 0; i++)
		r = inits_idle_look(table, &table->inits[i],
				    &table->inits[i].before,
				    &table->inits[i].pressure_before_us);
	if (r < 0)
		return r;
	bench_sleep_ns(nsec_mul(bench->idle_s, NSEC_PER_SEC));
	for (int i = INITS_MUSTER; i < INITS && r == 0; i++)
		r = inits_idle_look(table, &table->inits[i],
				    &table->inits[i].after,
				    &table->inits[i].pressure_after_us);
	return r;
}

static void inits_idle_print_one(struct bench *bench,
				 const struct inits_idle_table *table,
				 enum inits_who who)
{
	const struct inits_idle *init = &table->inits[who];
	uint64_t voluntary = init->after.voluntary - init->before.voluntary;
	uint64_t involuntary =
		init->after.involuntary - init->before.involuntary;
	uint64_t pressure_us =
		init->pressure_after_us - init->pressure_before_us;
	bool is_ours = who == INITS_MUSTER;

	printf("%-12s %9llu %11llu %-6s", inits_names[who],
	       (unsigned long long)voluntary, (unsigned long long)involuntary,
	       is_ours ? stats_judge(bench, (double)(voluntary + involuntary),
				     0)
		       : "");
	if (table->has_cgroups)
		printf(" %11llu %s\n", (unsigned long long)pressure_us,
		       is_ours ? stats_judge(bench, (double)pressure_us, 0)
			       : "");
	else
		printf(" %11s\n", "not seen");
}

int inits_idle_run(struct inits *inits)
{
	_cleanup_(inits_idle_end) struct inits_idle_table table = {0};
	struct bench *bench = inits->bench;
	int r;

	for (int i = 0; i < INITS; i++)
		table.inits[i].life = INITS_LIFE_NONE;
	r = inits_idle_start(inits, &table);
	if (r < 0)
		return r;
	inits_idle_part(&table);
	r = inits_idle_watch(bench, &table);
	if (r < 0)
		return r;
	printf("inits that idle for %u s while their programs run\n"
	       "%-12s %9s %11s %-6s %11s %s\n",
	       bench->idle_s, "", "voluntary", "involuntary", "=0",
	       "io wait us", "=0");
	for (int i = INITS_MUSTER; i < INITS; i++)
		if (inits_is_there(inits, (enum inits_who)i))
			inits_idle_print_one(bench, &table, (enum inits_who)i);
	printf("\n");
	return 0;
}

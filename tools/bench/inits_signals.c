/*
 * inits_signals.c - signals that are lost because they come early.
 *
 * A program under an init ends of SIGTERM. When it does not, although it
 * answers to signals that come later, that one was lost: as the first process
 * of a namespace an init loses what it has neither blocked nor handled yet, and
 * any init what it hands on to nobody. As an ordinary process it may end of the
 * signal, which is no loss.
 *
 * The benchmark has a processor for itself and comes first on it; inits have
 * the others.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "inits.h"
#include "proc.h"
#include "session.h"
#include "stats.h"

#define SIGNALS_DELAYS 7
#define SIGNALS_STEP_NS (500 * NSEC_PER_USEC)
#define SIGNALS_EXEC_NS (500 * NSEC_PER_USEC)
#define SIGNALS_TRIES 200U
/* Who sleeps until then is awake in time. */
#define SIGNALS_EARLIER_NS (100 * NSEC_PER_USEC)
/* Others may have the processor for so long. */
#define SIGNALS_MOST_NS (100 * NSEC_PER_MSEC)
/* Of the incumbent that loses least. */
#define SIGNALS_LIMIT (1.0 / 5)

enum signals_since {
	SIGNALS_CALL, /* its first system call, by the clock */
	SIGNALS_EXEC, /* its execve, by what it has had of a processor */
};

struct signals_try {
	const struct inits_command *command;
	bool is_first; /* of a namespace */
	enum signals_since since;
	uint64_t delay_ns;
};

/* What the processors were before. */
struct signals_parts {
	cpu_set_t all;
	cpu_set_t theirs;
};

static void signals_part(const struct bench *bench, struct signals_parts *parts)
{
	const struct sched_param first = {.sched_priority = 1};
	cpu_set_t ours;

	parts->all = bench->all_cpus;
	parts->theirs = bench->all_cpus;
	if (CPU_COUNT(&parts->all) < 2)
		return; /* it is as it comes */
	CPU_ZERO(&ours);
	CPU_SET((size_t)bench->cpu, &ours);
	CPU_CLR((size_t)bench->cpu, &parts->theirs);
	(void)sched_setaffinity(0, sizeof(ours), &ours); /* likewise */
	(void)sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
}

static void signals_join(struct signals_parts *parts)
{
	const struct sched_param usual = {.sched_priority = 0};

	(void)sched_setscheduler(0, SCHED_OTHER, &usual);
	(void)sched_setaffinity(0, sizeof(parts->all), &parts->all);
}

/* Sleeps most of the time and looks at the clock for the rest. */
static void signals_wait_until(uint64_t until_ns)
{
	uint64_t sleep_ns = nsec_since(until_ns, SIGNALS_EARLIER_NS);
	const struct timespec wake = {
		.tv_sec = (time_t)(sleep_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(sleep_ns % NSEC_PER_SEC),
	};

	if (bench_now_ns() < sleep_ns)
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake,
				      NULL); /* or it looks longer */
	while (bench_now_ns() < until_ns)
		;
}

/* What it has done by then does not depend on who else is there. When it sleeps
 * it is done. */
static void signals_wait_spent(const struct inits_life *life, uint64_t spent_ns)
{
	uint64_t until_ns = nsec_add(life->exec_ns, SIGNALS_MOST_NS);
	char state = 'R';

	while (state != 'S' && inits_life_spent_ns(life) < spent_ns &&
	       bench_now_ns() < until_ns)
		if (proc_state(life->pid, &state) < 0)
			break; /* it is gone */
}

/* Its next stop, of its execve, or where a call begins or ends. */
static bool signals_stops(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

static int signals_wait_after_call(const struct inits_life *life,
				   uint64_t delay_ns)
{
	bool stops = signals_stops(life->pid);

	for (int i = 0; i < 2 && stops; i++)
		stops = ptrace(PTRACE_SYSCALL, life->pid, 0, 0) == 0 &&
			signals_stops(life->pid);
	if (!stops || ptrace(PTRACE_DETACH, life->pid, 0, 0) < 0)
		return -EIO;
	signals_wait_until(nsec_add(bench_now_ns(), delay_ns));
	return 0;
}

static int signals_wait(const struct inits_life *life,
			const struct signals_try *what)
{
	if (what->since == SIGNALS_CALL)
		return signals_wait_after_call(life, what->delay_ns);
	signals_wait_spent(life,
			   nsec_add(inits_life_spent_ns(life), what->delay_ns));
	return 0;
}

/* Whether it is still there when the program has answered twice: what came
 * before the first was with the init before it handed the second on. */
static int signals_is_lost(const struct inits *inits,
			   const struct inits_life *life)
{
	const struct inits_page *page = inits->page;
	int r = inits_life_await(life, &page->begun, 1);

	for (uint32_t i = 1; i <= 2 && r == 0; i++) {
		inits_life_signal(life, SIGUSR2);
		r = inits_life_await(life, &page->answers, i);
	}
	return r < 0 ? r : r == 0;
}

/* The first to die is the init; this process is the subreaper. */
static void signals_bury_all(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* 1: lost, 0: not, or -errno. */
static int signals_try(struct inits *inits, const struct signals_try *what,
		       const struct signals_parts *parts)
{
	const struct inits_options options = {
		.part = INITS_STAY,
		.is_first = what->is_first,
		.is_traced = what->since == SIGNALS_CALL,
		.cpus = &parts->theirs,
	};
	_cleanup_(inits_life_kill) struct inits_life life = INITS_LIFE_NONE;
	int r = inits_life_start(inits, what->command, &options, &life);

	if (r == 0)
		r = signals_wait(&life, what);
	if (r < 0)
		return r;
	inits_life_signal(&life, SIGTERM);
	r = signals_is_lost(inits, &life);
	inits_life_kill(&life);
	signals_bury_all();
	return r;
}

static uint32_t signals_tries(const struct bench *bench)
{
	return bench->samples / 2 < SIGNALS_TRIES ? bench->samples / 2 + 1
						  : SIGNALS_TRIES;
}

/* What to try of each init, and how many were lost. */
struct signals_series {
	bool is_group;
	bool is_ours; /* others are not tried */
	bool is_first;
	enum signals_since since;
	uint64_t delay_ns;
	double lost[INITS];
};

static bool signals_is_measured(const struct inits *inits,
				const struct signals_series *series,
				enum inits_who who)
{
	if (series->is_group && who == INITS_MINIMAL)
		return false; /* it knows no groups */
	return inits_forwards(who) && inits_is_there(inits, who) &&
	       (who == INITS_MUSTER || !series->is_ours);
}

static int signals_try_one(struct inits *inits, struct signals_series *series,
			   enum inits_who who,
			   const struct signals_parts *parts)
{
	const struct inits_command command =
		series->is_group ? inits_command_group(inits, who)
				 : inits_command(inits, who);
	const struct signals_try what = {
		.command = &command,
		.is_first = series->is_first,
		.since = series->since,
		.delay_ns = series->delay_ns,
	};
	int r = signals_try(inits, &what, parts);

	if (r > 0)
		series->lost[who]++;
	return r;
}

static int signals_measure(struct inits *inits, struct signals_series *series)
{
	_cleanup_(signals_join) struct signals_parts parts;
	int r = 0;

	signals_part(inits->bench, &parts);
	for (uint32_t i = 0; i < signals_tries(inits->bench); i++)
		for (uint32_t turn = 0; turn < INITS && r >= 0; turn++) {
			enum inits_who who =
				(enum inits_who)((turn + i) % INITS);

			if (signals_is_measured(inits, series, who))
				r = signals_try_one(inits, series, who, &parts);
		}
	return r < 0 ? r : 0;
}

static void signals_print_head(void)
{
	printf("%-12s", "ms");
	for (uint32_t i = 0; i < SIGNALS_DELAYS; i++)
		printf(" %5.1f",
		       (double)(i * SIGNALS_STEP_NS) / (double)NSEC_PER_MSEC);
	printf("\n");
}

static void signals_print_group(struct inits *inits,
				const struct signals_series *series)
{
	signals_print_head();
	for (int i = 0; i < INITS; i++) {
		double lost = 0;

		if (!signals_is_measured(inits, series, (enum inits_who)i))
			continue;
		printf("%-12s", inits_names[i]);
		for (size_t delay = 0; delay < SIGNALS_DELAYS; delay++) {
			printf(" %5.0f", series[delay].lost[i]);
			lost += series[delay].lost[i];
		}
		if (i == INITS_MUSTER)
			printf("  =0 %s", stats_judge(inits->bench, lost, 0));
		printf("\n");
	}
}

static int signals_run_group(struct inits *inits, bool is_first)
{
	struct signals_series series[SIGNALS_DELAYS] = {{0}};

	for (uint32_t i = 0; i < SIGNALS_DELAYS; i++) {
		int r;

		series[i] = (struct signals_series){
			.is_group = true,
			/* What others lose there the next table has. */
			.is_ours = is_first,
			.is_first = is_first,
			.since = SIGNALS_CALL,
			.delay_ns = i * SIGNALS_STEP_NS,
		};
		r = signals_measure(inits, &series[i]);
		if (r < 0)
			return r;
	}
	printf("SIGTERM to the group mode of inits, lost of %u, after the "
	       "first system call of %s\n",
	       signals_tries(inits->bench),
	       is_first ? "PID 1" : "an ordinary process");
	signals_print_group(inits, series);
	return 0;
}

static int signals_run_first(struct inits *inits)
{
	struct bench *bench = inits->bench;
	struct signals_series series = {
		.is_first = true,
		.since = SIGNALS_EXEC,
		.delay_ns = SIGNALS_EXEC_NS,
	};
	int r = signals_measure(inits, &series);
	enum inits_who best;
	double limit;

	if (r < 0)
		return r;
	printf("SIGTERM to PID 1, lost of %u, 0.5 ms of its own after its "
	       "execve\n",
	       signals_tries(bench));
	for (int i = 0; i < INITS; i++)
		if (signals_is_measured(inits, &series, (enum inits_who)i))
			printf("%-12s %5.0f\n", inits_names[i], series.lost[i]);
	best = inits_best(inits, series.lost);
	limit = series.lost[best] * SIGNALS_LIMIT;
	if (best != INITS_MUSTER)
		printf("by the best, %s: %.0f <=%.1f %s\n", inits_names[best],
		       series.lost[INITS_MUSTER], limit,
		       stats_judge(bench, series.lost[INITS_MUSTER], limit));
	return 0;
}

int inits_signals_run(struct inits *inits)
{
	int r = signals_run_group(inits, false);

	if (r == 0)
		r = signals_run_group(inits, true);
	if (r == 0)
		r = signals_run_first(inits);
	printf("\n");
	return r;
}

/*
 * forks_life.c - what forked workers cost while nothing happens, and what
 * becomes of them when their launcher is killed.
 *
 * Memory is a worker's share (smaps_rollup): pages that a fork's child has not
 * written are counted for all who have them, in the floor as in muster. Those
 * of the floor with steps notice its death, too, and do nothing else: sooner
 * than they no worker can be told here.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "forks.h"
#include "proc.h"
#include "stats.h"

#define LIFE_WORKERS 100U
#define LIFE_ROUNDS 5U
/* Past the second after which a worker counts as healthy. */
#define LIFE_SETTLE_NS (2500 * NSEC_PER_MSEC)
#define LIFE_DEADLINE_NS (5 * NSEC_PER_SEC)

#define LIFE_LIMIT_KIB 64.0
#define LIFE_LIMIT_NOTICE_US 5000.0
#define LIFE_LIMIT_GONE_MS 1000.0

static const struct forks_case life_case = {.workers = LIFE_WORKERS};

/* Of the launcher and, behind it, of each worker. */
struct life_switches {
	struct proc_switches counts[LIFE_WORKERS + 1];
};

struct life_orphans {
	uint64_t notice_ns[LIFE_ROUNDS * LIFE_WORKERS];
	uint32_t noticed;
	double gone_ms[LIFE_ROUNDS];
	double slowest_ms;
};

static int life_start(const struct bench *bench, enum bench_launcher launcher,
		      struct session *ret_session)
{
	int r = forks_start(bench, launcher, &life_case, ret_session);

	if (r == 0)
		bench_sleep_ns(LIFE_SETTLE_NS);
	return r;
}

/* A worker's, on average. */
static int life_memory(const struct bench *bench, enum bench_launcher launcher,
		       double *ret_kib)
{
	_cleanup_(session_end) struct session session = SESSION_NONE;
	uint64_t sum_kib = 0;
	int r = life_start(bench, launcher, &session);

	for (uint32_t i = 0; i < LIFE_WORKERS && r == 0; i++) {
		struct proc_memory memory = {0};

		r = proc_memory(session.page->slots[i].pid, &memory);
		sum_kib += memory.pss_kib;
	}
	if (r < 0)
		return r;
	*ret_kib = (double)sum_kib / LIFE_WORKERS;
	return session_stop(&session);
}

int forks_memory_run(struct bench *bench)
{
	double kib[BENCH_LAUNCHERS] = {0};
	double beyond_kib;

	for (size_t i = 0; i < FORKS_LAUNCHERS; i++) {
		int r = life_memory(bench, forks_launchers[i],
				    &kib[forks_launchers[i]]);

		if (r < 0)
			return r;
	}
	beyond_kib = kib[BENCH_MUSTER] - kib[BENCH_BARE];
	printf("memory of each of %u forked workers, pss, KiB\n"
	       "%7s %7s  %s\n%7.1f %7.1f  %6.1f %s\n",
	       LIFE_WORKERS, "bare", "muster", "beyond<=64", kib[BENCH_BARE],
	       kib[BENCH_MUSTER], beyond_kib,
	       stats_judge(bench, beyond_kib, LIFE_LIMIT_KIB));
	return 0;
}

/* An orphan, which is ours to reap. -ETIMEDOUT. */
static int life_reap(pid_t pid, uint64_t deadline_ns)
{
	pid_t reaped;

	while ((reaped = waitpid(pid, NULL, WNOHANG)) == 0) {
		if (bench_now_ns() > deadline_ns)
			return -ETIMEDOUT;
		bench_sleep_ns(NSEC_PER_MSEC / 2);
	}
	return reaped < 0 ? -errno : 0;
}

/* Kills the launcher, and has it and its workers reaped. */
static int life_orphan(struct session *session, uint64_t *ret_kill_ns,
		       uint64_t *ret_gone_ns)
{
	uint64_t kill_ns = bench_now_ns();
	int r = 0;

	if (kill(session->pid, SIGKILL) < 0 ||
	    waitpid(session->pid, NULL, 0) < 0)
		return -errno;
	session->pid = 0; /* for session_stop there is nothing to end */
	for (uint32_t i = 0; i < LIFE_WORKERS && r == 0; i++)
		r = life_reap(session->page->slots[i].pid,
			      nsec_add(kill_ns, LIFE_DEADLINE_NS));
	*ret_kill_ns = kill_ns;
	*ret_gone_ns = bench_now_ns();
	if (r < 0) {
		(void)fprintf(stderr, "bench: orphans stay, killed\n");
		(void)session_kill_all(session);
	}
	return r;
}

static int life_orphans_round(const struct bench *bench,
			      enum bench_launcher launcher, uint32_t round,
			      struct life_orphans *orphans)
{
	_cleanup_(session_end) struct session session = SESSION_NONE;
	uint64_t kill_ns = 0;
	uint64_t gone_ns = 0;
	int r = life_start(bench, launcher, &session);

	if (r == 0)
		r = life_orphan(&session, &kill_ns, &gone_ns);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < LIFE_WORKERS; i++) {
		uint64_t stop_ns = session.page->slots[i].stop_ns;

		if (stop_ns == 0) {
			(void)fprintf(stderr, "bench: worker %u was not told\n",
				      i);
			return -EIO;
		}
		orphans->notice_ns[orphans->noticed++] =
			nsec_since(stop_ns, kill_ns);
	}
	orphans->gone_ms[round] =
		(double)nsec_since(gone_ns, kill_ns) / (double)NSEC_PER_MSEC;
	if (orphans->gone_ms[round] > orphans->slowest_ms)
		orphans->slowest_ms = orphans->gone_ms[round];
	return 0;
}

static void life_print_notice(const char *name, const struct stats *notice,
			      const char *verdict)
{
	printf("%-8s %7.0f %-7s %7.0f %7.0f", name, notice->p50_us, verdict,
	       notice->p99_us, notice->min_us);
}

static void life_print_orphans(struct bench *bench,
			       struct life_orphans *orphans)
{
	struct life_orphans *muster = &orphans[BENCH_MUSTER];
	struct stats floor = stats_of(orphans[BENCH_STEPS].notice_ns,
				      orphans[BENCH_STEPS].noticed);
	struct stats notice = stats_of(muster->notice_ns, muster->noticed);

	life_print_notice(bench_launcher_names[BENCH_STEPS], &floor, "");
	printf("\n");
	life_print_notice(
		bench_launcher_names[BENCH_MUSTER], &notice,
		stats_judge(bench, notice.p50_us, LIFE_LIMIT_NOTICE_US));
	printf("  %7.1f %7.1f %s; p50 %.2f x steps\n",
	       stats_median(muster->gone_ms, LIFE_ROUNDS), muster->slowest_ms,
	       stats_judge(bench, muster->slowest_ms, LIFE_LIMIT_GONE_MS),
	       notice.p50_us / floor.p50_us);
}

/* The bare floor's die of it: they do not notice. */
int forks_orphans_run(struct bench *bench)
{
	static const enum bench_launcher launchers[] = {BENCH_STEPS,
							BENCH_MUSTER};
	static struct life_orphans orphans[BENCH_LAUNCHERS];

	for (uint32_t i = 0; i < LIFE_ROUNDS * ARRAY_LEN(launchers); i++) {
		enum bench_launcher launcher =
			launchers[i % ARRAY_LEN(launchers)];
		int r = life_orphans_round(bench, launcher,
					   i / ARRAY_LEN(launchers),
					   &orphans[launcher]);

		if (r < 0)
			return r;
	}
	printf("orphans: SIGKILL of the launcher to each of %u workers' "
	       "notice (muster: its stop()), us, and to the last one's end, "
	       "ms\n",
	       LIFE_WORKERS);
	printf("%-8s %7s %-7s %7s %7s  %7s %7s %s\n", "launcher", "p50",
	       "<=5000", "p99", "min", "gone", "slowest", "<=1000");
	life_print_orphans(bench, orphans);
	return 0;
}

static int life_switches(const struct session *session,
			 struct life_switches *ret_switches)
{
	int r = proc_thread_switches(session->pid, &ret_switches->counts[0]);

	for (uint32_t i = 0; i < LIFE_WORKERS && r == 0; i++)
		r = proc_thread_switches(session->page->slots[i].pid,
					 &ret_switches->counts[i + 1]);
	return r;
}

static uint64_t life_count(const struct life_switches *before,
			   const struct life_switches *after, size_t which)
{
	return after->counts[which].voluntary -
	       before->counts[which].voluntary +
	       after->counts[which].involuntary -
	       before->counts[which].involuntary;
}

static void life_print_idle(struct bench *bench,
			    const struct life_switches *before,
			    const struct life_switches *after)
{
	uint64_t launcher = life_count(before, after, 0);
	uint64_t workers = 0;
	uint32_t awake = 0;

	for (size_t i = 1; i <= LIFE_WORKERS; i++) {
		workers += life_count(before, after, i);
		awake += life_count(before, after, i) > 0;
	}
	printf("idle for %u s with %u forked workers, switches of all "
	       "threads\n%8s %-6s %8s %-6s %s\n"
	       "%8llu %-6s %8llu %-6s %u\n",
	       bench->idle_s, LIFE_WORKERS, "launcher", "=0", "workers", "=0",
	       "workers that woke", (unsigned long long)launcher,
	       stats_judge(bench, (double)launcher, 0),
	       (unsigned long long)workers,
	       stats_judge(bench, (double)workers, 0), awake);
}

int forks_idle_run(struct bench *bench)
{
	_cleanup_(session_end) struct session session = SESSION_NONE;
	static struct life_switches before;
	static struct life_switches after;
	int r = life_start(bench, BENCH_MUSTER, &session);

	if (r == 0)
		r = life_switches(&session, &before);
	if (r == 0)
		bench_sleep_ns(nsec_mul(bench->idle_s, NSEC_PER_SEC));
	if (r == 0)
		r = life_switches(&session, &after);
	if (r < 0)
		return r;
	life_print_idle(bench, &before, &after);
	return session_stop(&session);
}

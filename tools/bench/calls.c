/*
 * calls.c - the launcher's system calls for a restart, and for each restart of
 * a storm of simultaneous deaths.
 *
 * In a storm the launcher is held until all workers are dead, so that their
 * deaths are there at once whatever the machine is doing. One log write per
 * turn is allowed, and a turn is one wait.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/nsec.h"
#include "proc.h"
#include "stats.h"
#include "trace.h"

#define CALLS_RESTARTS 100U
#define CALLS_DEADLINE_NS (10 * NSEC_PER_SEC)
#define CALLS_NO_LIMIT 0.0

struct calls_case {
	enum bench_launcher launcher;
	enum bench_engine engine;
	bool kills_process;
	double limit; /* a restart, log writes aside */
	double storm_limit;
};

static const struct calls_case calls_cases[] = {
	{BENCH_BARE, BENCH_RING, false, CALLS_NO_LIMIT, CALLS_NO_LIMIT},
	{BENCH_MUSTER, BENCH_RING, true, 2, 1.2},
	{BENCH_MUSTER, BENCH_RING, false, 3, 2.2},
	{BENCH_BARE, BENCH_EPOLL, false, CALLS_NO_LIMIT, CALLS_NO_LIMIT},
	{BENCH_MUSTER, BENCH_EPOLL, true, 5, CALLS_NO_LIMIT},
	{BENCH_MUSTER, BENCH_EPOLL, false, 6, CALLS_NO_LIMIT},
	{BENCH_MUSTER, BENCH_SIGNAL, true, CALLS_NO_LIMIT, CALLS_NO_LIMIT},
	{BENCH_MUSTER, BENCH_SIGNAL, false, CALLS_NO_LIMIT, CALLS_NO_LIMIT},
};

static const struct {
	const char *name;
	unsigned int number;
	bool is_wait;
	bool is_log;
} calls_names[] = {
	{"enter", SYS_io_uring_enter, true, false},
	{"epoll_wait", SYS_epoll_wait, true, false},
	{"epoll_pwait", SYS_epoll_pwait, true, false},
	{"epoll_pwait2", SYS_epoll_pwait2, true, false},
	{"poll", SYS_poll, true, false},
	{"ppoll", SYS_ppoll, true, false},
	{"clone3", SYS_clone3, false, false},
	{"waitid", SYS_waitid, false, false},
	{"epoll_ctl", SYS_epoll_ctl, false, false},
	{"close", SYS_close, false, false},
	{"kill", SYS_kill, false, false},
	{"pidfd_send_signal", SYS_pidfd_send_signal, false, false},
	{"read", SYS_read, false, false},
	{"write", SYS_write, false, true},
	{"writev", SYS_writev, false, true},
};

static uint32_t calls_sum(const struct trace_counts *counts, bool of_log)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(calls_names); i++)
		if (of_log ? calls_names[i].is_log : calls_names[i].is_wait)
			sum += counts->calls[calls_names[i].number];
	return sum;
}

static int calls_restart(struct session *session, struct trace_counts *counts)
{
	for (uint32_t i = 0; i < CALLS_RESTARTS; i++) {
		uint32_t wanted = session_expect(session, 1);
		int r;

		if (kill(session->page->slots[0].pid, SIGKILL) < 0)
			return -errno;
		r = trace_run(session, wanted, counts);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Until all that were killed are zombies. */
static int calls_await_deaths(const struct session *session)
{
	uint64_t until_ns = nsec_add(bench_now_ns(), CALLS_DEADLINE_NS);
	uint32_t i = 0;

	while (i < session->workers && bench_now_ns() < until_ns) {
		char state = 0;
		int r = proc_state(session->page->slots[i].pid, &state);

		if (r < 0)
			return r;
		if (state == 'Z')
			i++;
		else
			bench_sleep_ns(NSEC_PER_MSEC);
	}
	return i < session->workers ? -ETIMEDOUT : 0;
}

static int calls_storm(struct session *session, struct trace_counts *counts)
{
	uint32_t wanted;
	int r = trace_hold(session);

	if (r < 0)
		return r;
	wanted = session_expect(session, session->workers);
	r = session_kill_all(session);
	if (r == 0)
		r = calls_await_deaths(session);
	if (r == 0)
		r = trace_release(session);
	return r < 0 ? r : trace_run(session, wanted, counts);
}

static int calls_count(const struct bench *bench, const struct calls_case *what,
		       uint32_t workers, struct trace_counts *ret_counts)
{
	struct session_options options = {
		.launcher = what->launcher,
		.engine = what->engine,
		.workers = workers,
		.kills_process = what->kills_process,
	};
	_cleanup_(session_end) struct session session = SESSION_NONE;
	struct trace_counts ignored = {0};
	int r = session_start(bench, &options, &session);

	*ret_counts = (struct trace_counts){0};
	if (r == 0)
		r = trace_attach(&session);
	/* What follows a start, and the attachment, is none of a restart. */
	if (r == 0)
		r = trace_run(&session, workers, &ignored);
	if (r == 0)
		r = workers == 1 ? calls_restart(&session, ret_counts)
				 : calls_storm(&session, ret_counts);
	if (r == 0)
		r = trace_detach(&session);
	if (r < 0) {
		(void)fprintf(stderr, "bench: counting calls: %s\n",
			      strerror(-r));
		return r;
	}
	return session_stop(&session);
}

static void calls_print_names(const struct trace_counts *counts,
			      uint32_t restarts)
{
	uint32_t others = counts->total;

	for (size_t i = 0; i < ARRAY_LEN(calls_names); i++) {
		uint32_t count = counts->calls[calls_names[i].number];

		others -= count;
		if (count > 0)
			printf(" %s %.2f", calls_names[i].name,
			       (double)count / restarts);
	}
	if (others > 0)
		printf(" others %.2f", (double)others / restarts);
	printf("\n");
}

/* Writes are apart for a restart, where one a turn is allowed. In a storm they
 * count like any other call. */
static void calls_judge(struct bench *bench, const struct trace_counts *counts,
			uint32_t restarts, double limit)
{
	uint32_t log_writes = calls_sum(counts, true);
	uint32_t waits = calls_sum(counts, false);
	bool is_storm = restarts == BENCH_MANY;
	uint32_t judged = counts->total - (is_storm ? 0 : log_writes);
	double each = (double)judged / restarts;

	printf(" %6.2f", each);
	if (limit > CALLS_NO_LIMIT)
		printf(" <=%3.1f %-6s", limit, stats_judge(bench, each, limit));
	else
		printf(" %-12s", "");
	printf(" %6.2f %-6s", (double)log_writes / waits,
	       limit > CALLS_NO_LIMIT && !is_storm
		       ? stats_judge(bench, log_writes, waits)
		       : "");
}

static void calls_print(struct bench *bench, const struct calls_case *what,
			const struct trace_counts *counts, uint32_t restarts)
{
	bool is_storm = restarts == BENCH_MANY;
	const char *kill_name = what->kills_process ? "process" : "group";

	if (what->launcher != BENCH_MUSTER)
		kill_name = "-";
	printf("%-8s %-6s %-7s %-8s", bench_launcher_names[what->launcher],
	       bench_engine_names[what->engine], kill_name,
	       is_storm ? "storm" : "restart");
	calls_judge(bench, counts, restarts,
		    is_storm ? what->storm_limit : what->limit);
	calls_print_names(counts, restarts);
}

int calls_run(struct bench *bench)
{
	static struct trace_counts counts;

	printf("system calls of the launcher for each restart, without log "
	       "writes, and log writes for each wait;\nin a storm of %u "
	       "simultaneous deaths all calls\n",
	       BENCH_MANY);
	printf("%-8s %-6s %-7s %-8s %6s %-12s %-12s\n", "launcher", "engine",
	       "--kill", "what", "calls", "limit", "writes<=1");
	for (size_t i = 0; i < ARRAY_LEN(calls_cases); i++) {
		const struct calls_case *what = &calls_cases[i];
		int r = calls_count(bench, what, 1, &counts);

		if (r < 0)
			return r;
		calls_print(bench, what, &counts, CALLS_RESTARTS);
		r = calls_count(bench, what, BENCH_MANY, &counts);
		if (r < 0)
			return r;
		calls_print(bench, what, &counts, BENCH_MANY);
	}
	printf("\n");
	return 0;
}

/*
 * restart.c - how long it takes from a worker's death, or a launcher's start,
 * to the first instruction of the (last) new worker.
 *
 * Every round runs the three launchers one right after the other, in turning
 * order, so that what the machine does meanwhile hits all of them; ratios are
 * taken within a round, and their median is judged.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "restart.h"
#include "session.h"

#define RESTART_WARM_UP 20U

const struct restart_case restart_cases[RESTART_CASES] = {
	{true, BENCH_RING, 1},	 {true, BENCH_RING, BENCH_MANY},
	{true, BENCH_EPOLL, 1},	 {true, BENCH_EPOLL, BENCH_MANY},
	{false, BENCH_RING, 1},	 {false, BENCH_RING, BENCH_MANY},
	{false, BENCH_EPOLL, 1}, {false, BENCH_EPOLL, BENCH_MANY},
};

bool restart_is_stormy(const struct restart_case *what)
{
	return !what->is_pinned && what->workers > 1;
}

struct restart_result *restart_result(const struct restart_table *table,
				      size_t which,
				      enum bench_launcher launcher,
				      uint32_t round)
{
	size_t row = which * BENCH_LAUNCHERS + launcher;

	return &table->results[row * table->rounds + round];
}

/* xorshift: which worker dies next. */
static uint32_t restart_pick(uint32_t *state, uint32_t count)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % count;
}

static int restart_sample(struct session *session, uint32_t victim,
			  uint64_t *ret_latency_ns)
{
	const struct bench_page *page = session->page;
	uint32_t wanted;
	uint64_t killed_ns;
	int r;

	session_drain(session);
	session_settle(session);
	wanted = session_expect(session, 1);
	killed_ns = bench_now_ns();
	if (kill(page->slots[victim].pid, SIGKILL) < 0)
		return -errno;
	r = session_wait(session, wanted);
	if (r < 0)
		return r;
	*ret_latency_ns =
		nsec_since(page->slots[page->last_slot].stamp_ns, killed_ns);
	return 0;
}

int restart_samples(const struct bench *bench, struct session *session,
		    struct stats *ret_stats)
{
	_cleanup_free_ uint64_t *samples =
		calloc(bench->samples, sizeof(*samples));
	uint32_t state = 2463534242U;
	uint64_t warm_up_ns;

	if (!samples)
		return -ENOMEM;
	for (uint32_t i = 0; i < RESTART_WARM_UP + bench->samples; i++) {
		uint32_t victim = restart_pick(&state, session->workers);
		int r = restart_sample(session, victim,
				       i < RESTART_WARM_UP
					       ? &warm_up_ns
					       : &samples[i - RESTART_WARM_UP]);

		if (r < 0)
			return r;
	}
	*ret_stats = stats_of(samples, bench->samples);
	return 0;
}

static int restart_storm(struct session *session, double *ret_us)
{
	uint32_t wanted;
	uint64_t begin_ns;
	int r;

	session_drain(session);
	/* The launcher may have been woken by the samples' last line. */
	bench_sleep_ns(2 * NSEC_PER_MSEC);
	wanted = session_expect(session, session->workers);
	begin_ns = bench_now_ns();
	r = session_kill_all(session);
	if (r == 0)
		r = session_wait(session, wanted);
	if (r < 0)
		return r;
	*ret_us = (double)nsec_since(session_last_ns(session), begin_ns) /
		  (double)NSEC_PER_USEC;
	session_drain(session);
	return 0;
}

static int restart_measure(const struct bench *bench,
			   const struct restart_case *what,
			   struct session *session,
			   struct restart_result *ret_result)
{
	uint64_t started_ns = session_last_ns(session);
	int r;

	ret_result->start_us =
		(double)nsec_since(started_ns, session->page->exec_ns) /
		(double)NSEC_PER_USEC;
	session->log_bytes = 0;
	r = restart_samples(bench, session, &ret_result->latency);
	if (r == 0 && restart_is_stormy(what))
		r = restart_storm(session, &ret_result->storm_us);
	return r;
}

static int restart_round(const struct bench *bench, struct restart_table *table,
			 size_t which, enum bench_launcher launcher,
			 uint32_t round)
{
	const struct restart_case *what = &restart_cases[which];
	struct session_options options = {
		.launcher = launcher,
		.engine = what->engine,
		.workers = what->workers,
		.is_pinned = what->is_pinned,
		.kills_process = bench->kills_process,
	};
	_cleanup_(session_end) struct session session = SESSION_NONE;
	int r = session_start(bench, &options, &session);

	if (r == 0)
		r = restart_measure(
			bench, what, &session,
			restart_result(table, which, launcher, round));
	if (r < 0)
		return r;
	table->shape[launcher] = session.page->slots[0];
	if (launcher == BENCH_MUSTER && what->workers == 1) {
		table->log_bytes += session.log_bytes;
		table->log_restarts += RESTART_WARM_UP + bench->samples;
	}
	return session_stop(&session);
}

static int restart_rounds(const struct bench *bench,
			  struct restart_table *table)
{
	for (uint32_t round = 0; round < table->rounds; round++) {
		for (size_t which = 0; which < RESTART_CASES; which++)
			for (uint32_t i = 0; i < BENCH_LAUNCHERS; i++) {
				uint32_t launcher =
					(i + round) % BENCH_LAUNCHERS;
				int r = restart_round(
					bench, table, which,
					(enum bench_launcher)launcher, round);

				if (r < 0)
					return r;
			}
		(void)fprintf(stderr, "bench: restart round %u of %u\n",
			      round + 1, table->rounds);
	}
	return 0;
}

int restart_run(struct bench *bench)
{
	struct restart_table table = {.rounds = bench->rounds};
	_cleanup_free_ struct restart_result *results =
		calloc((size_t)RESTART_CASES * BENCH_LAUNCHERS * bench->rounds,
		       sizeof(*results));
	int r;

	if (!results)
		return -ENOMEM;
	table.results = results;
	r = restart_rounds(bench, &table);
	if (r == 0)
		restart_report(bench, &table);
	return r;
}

/*
 * reload.c - how long a reload takes until every worker is a new one, and how
 * few are ready meanwhile.
 *
 * One launcher rolls several times. Its log, with all levels, has an event for
 * each change, all of them numbered, and each says how many workers are ready:
 * none of these samples may be missing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "session.h"
#include "stats.h"

#define RELOAD_FEW 12U
/* max-unavailable and max-surge, as muster has them by default. */
#define RELOAD_PERCENT 10U

struct reload_case {
	enum bench_engine engine;
	uint32_t workers;
	const char *ready;
	double limit_ms;
};

static const struct reload_case reload_cases[] = {
	{BENCH_RING, RELOAD_FEW, "exec", 100},
	{BENCH_RING, RELOAD_FEW, "notify", 100},
	{BENCH_RING, BENCH_MANY, "exec", 2000},
	{BENCH_RING, BENCH_MANY, "notify", 2000},
	{BENCH_EPOLL, RELOAD_FEW, "exec", 100},
	{BENCH_EPOLL, RELOAD_FEW, "notify", 100},
	{BENCH_EPOLL, BENCH_MANY, "exec", 2000},
	{BENCH_EPOLL, BENCH_MANY, "notify", 2000},
};

struct reload_result {
	double started_ms[BENCH_ROUNDS_MAX]; /* the last new worker */
	double rolled_ms[BENCH_ROUNDS_MAX];  /* and the last old one gone */
	uint32_t rounds;
	uint32_t lowest; /* so many were ready, at least */
	uint64_t samples;
	uint32_t gaps; /* in the numbers of the events */
};

static double reload_ms(uint64_t end_ns, uint64_t begin_ns)
{
	return (double)nsec_since(end_ns, begin_ns) / (double)NSEC_PER_MSEC;
}

/* Everything from here to the end of the roll. */
static void reload_read(const struct news *news, size_t offset,
			struct reload_result *result)
{
	int64_t number = -1;
	const char *line;

	while ((line = news_line(news, &offset)) != NULL) {
		int64_t now = news_number(line, "number");
		int64_t ready = news_number(line, "ready");

		/* Not every line is an event. */
		if (now < 0)
			continue;
		if (number >= 0 && now != number + 1)
			result->gaps++;
		number = now;
		if (ready >= 0) {
			result->samples++;
			if ((uint64_t)ready < result->lowest)
				result->lowest = (uint32_t)ready;
		}
		if (news_is(line, "rolled"))
			break;
	}
}

/* Everybody is somebody else now. */
static int reload_check_pids(const struct session *session,
			     const int32_t *former)
{
	for (uint32_t i = 0; i < session->workers; i++)
		if (session->page->slots[i].pid == former[i]) {
			(void)fprintf(stderr, "bench: worker %u stayed\n", i);
			return -EIO;
		}
	return 0;
}

static int reload_once(struct session *session, struct reload_result *result)
{
	_cleanup_free_ int32_t *former =
		calloc(session->workers, sizeof(*former));
	size_t offset;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint32_t wanted;
	const char *line;
	int r;

	if (!former)
		return -ENOMEM;
	for (uint32_t i = 0; i < session->workers; i++)
		former[i] = session->page->slots[i].pid;
	session_drain(session);
	offset = session->news->whole;
	wanted = session_expect(session, session->workers);
	begin_ns = bench_now_ns();
	if (kill(session->pid, SIGHUP) < 0)
		return -errno;
	r = session_hear(session, "rolled", &line);
	end_ns = bench_now_ns();
	/* What executes need not have come to its first instruction. */
	if (r == 0)
		r = session_wait(session, wanted);
	if (r < 0)
		return r;
	result->rolled_ms[result->rounds] = reload_ms(end_ns, begin_ns);
	result->started_ms[result->rounds] =
		reload_ms(session_last_ns(session), begin_ns);
	result->rounds++;
	reload_read(session->news, offset, result);
	return reload_check_pids(session, former);
}

static int reload_rounds(const struct bench *bench,
			 const struct reload_case *what,
			 struct session *session, struct reload_result *result)
{
	uint32_t rounds =
		what->workers == BENCH_MANY && bench->rounds > BENCH_SLOW_ROUNDS
			? BENCH_SLOW_ROUNDS
			: bench->rounds;
	const char *line;
	int r;

	/* All of them, by their own word: the launcher's, not a service's. */
	do
		r = session_hear(session, "serving", &line);
	while (r == 0 && news_has(line, "service", ""));
	for (uint32_t i = 0; i < rounds && r == 0; i++)
		r = reload_once(session, result);
	return r;
}

static int reload_measure(const struct bench *bench,
			  const struct reload_case *what,
			  struct reload_result *ret_result)
{
	_cleanup_(news_fini) struct news news = {0};
	_cleanup_(session_end) struct session session = SESSION_NONE;
	char workers[16];
	const char *const arguments[] = {
		"-w",		workers,
		"--throttle",	"off",
		"--engine",	bench_engine_names[what->engine],
		"--pass-fd",	BENCH_PAGE_FD_TEXT,
		"--ready",	what->ready,
		"--log-format", "json",
		"--log-level",	"debug",
		"--",		bench->worker,
		NULL,
	};
	const struct session_options options = {
		.launcher = BENCH_MUSTER,
		.workers = what->workers,
		.arguments = arguments,
		.news = &news,
	};
	int r;

	(void)snprintf(workers, sizeof(workers), "%u", what->workers);
	*ret_result = (struct reload_result){.lowest = what->workers};
	r = session_start(bench, &options, &session);
	if (r == 0)
		r = reload_rounds(bench, what, &session, ret_result);
	return r < 0 ? r : session_stop(&session);
}

static void reload_print(struct bench *bench, const struct reload_case *what,
			 struct reload_result *result)
{
	uint32_t unavailable = what->workers * RELOAD_PERCENT / 100;
	double started_ms = stats_median(result->started_ms, result->rounds);
	double rolled_ms = stats_median(result->rolled_ms, result->rounds);

	printf("%-6s %5u %-6s %9.1f %9.1f %9.1f <=%-5.0f %-6s %7u >=%-4u "
	       "%-6s %8llu\n",
	       bench_engine_names[what->engine], what->workers, what->ready,
	       started_ms, rolled_ms, result->rolled_ms[result->rounds - 1],
	       what->limit_ms, stats_judge(bench, rolled_ms, what->limit_ms),
	       result->lowest, what->workers - unavailable,
	       result->gaps ? "?"
			    : stats_judge(bench, what->workers - result->lowest,
					  unavailable),
	       (unsigned long long)result->samples);
	if (result->gaps > 0)
		printf("%u times the log was not read fast enough\n",
		       result->gaps);
}

int reload_run(struct bench *bench)
{
	static struct reload_result result;

	printf("reload: from SIGHUP until the last new worker runs, and the "
	       "last old one is gone, ms;\nthe fewest workers that were ready "
	       "at any change (--max-surge, --max-unavailable 10%%)\n");
	printf("%-6s %5s %-6s %9s %9s %9s %-14s %-21s %8s\n", "engine", "N",
	       "ready", "last new", "last old", "max", "limit", "fewest ready",
	       "samples");
	for (size_t i = 0; i < ARRAY_LEN(reload_cases); i++) {
		int r = reload_measure(bench, &reload_cases[i], &result);

		if (r < 0)
			return r;
		reload_print(bench, &reload_cases[i], &result);
		(void)fflush(stdout);
	}
	printf("\n");
	return 0;
}

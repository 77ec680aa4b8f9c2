/*
 * flood.c - what a stranger can do to restarts who sends READY=1 without end.
 *
 * Workers are restarted under a launcher that listens for their messages, once
 * in quiet and once while a process that is no worker fills the queue of that
 * socket as fast as it is emptied. Both in turn, each with a launcher of its
 * own; the longest turn is the launcher's own account.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "restart.h"
#include "session.h"
#include "stats.h"

#define FLOOD_WORKERS 10U
#define FLOOD_MESSAGES 10000U /* at least, in each round */
#define FLOOD_LIMIT 2.0
#define FLOOD_ENVIRONMENT 16384U

static const enum bench_engine flood_engines[] = {BENCH_RING, BENCH_EPOLL};

struct flood_result {
	struct stats latency;
	double turn_us;	  /* the longest */
	uint64_t sent;	  /* by the stranger */
	uint64_t refused; /* and told so */
};

struct flood_table {
	struct flood_result quiet[BENCH_SLOW_ROUNDS];
	struct flood_result flooded[BENCH_SLOW_ROUNDS];
};

/* The stranger: a child, and how often it has sent. */
struct flooder {
	pid_t pid;
	uint64_t *sent; /* shared with it */
};

static void flooder_end(struct flooder *flooder)
{
	if (flooder->pid > 0) {
		(void)kill(flooder->pid, SIGKILL);
		(void)waitpid(flooder->pid, NULL, 0);
	}
	if (flooder->sent)
		(void)munmap(flooder->sent, sizeof(*flooder->sent));
	*flooder = (struct flooder){0};
}

/* Where a worker was told to speak, as an address; -errno. */
static int flood_find_socket(pid_t worker, struct sockaddr_un *ret_name,
			     socklen_t *ret_size)
{
	static const char variable[] = "NOTIFY_SOCKET=@";
	char content[FLOOD_ENVIRONMENT];
	char path[64];
	_cleanup_fd_ int fd = -1;
	ssize_t count;

	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)worker);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	count = read(fd, content, sizeof(content) - 1);
	if (count < 0)
		return -errno;
	content[count] = '\0';
	for (char *at = content; at < content + count; at += strlen(at) + 1) {
		size_t length;

		if (strncmp(at, variable, strlen(variable)) != 0)
			continue;
		length = strlen(at + strlen(variable));
		if (length >= sizeof(ret_name->sun_path))
			return -ENAMETOOLONG;
		*ret_name = (struct sockaddr_un){.sun_family = AF_UNIX};
		memcpy(ret_name->sun_path + 1, at + strlen(variable), length);
		*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
					1 + length);
		return 0;
	}
	return -ENOENT;
}

static __attribute__((noreturn)) void
flooder_run(const struct sockaddr_un *name, socklen_t size, uint64_t *sent)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || fd < 0 ||
	    connect(fd, (const struct sockaddr *)name, size) < 0)
		_exit(1);
	while (send(fd, "READY=1", strlen("READY=1"), MSG_NOSIGNAL) >= 0)
		__atomic_add_fetch(sent, 1, __ATOMIC_RELAXED);
	_exit(0);
}

static int flooder_start(const struct session *session,
			 struct flooder *ret_flooder)
{
	struct sockaddr_un name;
	socklen_t size = 0;
	int r = flood_find_socket(session->page->slots[0].pid, &name, &size);
	void *sent;

	if (r < 0)
		return r;
	sent = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sent == MAP_FAILED)
		return -errno;
	ret_flooder->sent = sent;
	ret_flooder->pid = fork();
	if (ret_flooder->pid == 0)
		flooder_run(&name, size, sent);
	return ret_flooder->pid < 0 ? -errno : 0;
}

/* Not before so many have been sent, however quick the restarts were. */
static int flooder_await(const struct flooder *flooder)
{
	uint64_t begin_ns = bench_now_ns();

	while (__atomic_load_n(flooder->sent, __ATOMIC_RELAXED) <
	       FLOOD_MESSAGES) {
		if (nsec_since(bench_now_ns(), begin_ns) > 10 * NSEC_PER_SEC)
			return -ETIMEDOUT;
		bench_sleep_ns(NSEC_PER_MSEC);
	}
	return 0;
}

static int flood_sample(const struct bench *bench, struct session *session,
			bool is_flooded, struct flood_result *ret_result)
{
	_cleanup_(flooder_end) struct flooder flooder = {0};
	int r = is_flooded ? flooder_start(session, &flooder) : 0;

	if (r == 0)
		r = restart_samples(bench, session, &ret_result->latency);
	if (r == 0 && is_flooded)
		r = flooder_await(&flooder);
	if (r == 0 && is_flooded)
		ret_result->sent =
			__atomic_load_n(flooder.sent, __ATOMIC_RELAXED);
	return r;
}

static void flood_read(const struct news *news, struct flood_result *result)
{
	size_t offset = 0;
	const char *line;

	while ((line = news_line(news, &offset)) != NULL) {
		if (news_is(line, "refused"))
			result->refused += (uint64_t)news_number(line, "count");
		if (news_is(line, "summary"))
			result->turn_us =
				(double)news_number(line, "turn_max_ns") / 1000;
	}
}

static int flood_round(const struct bench *bench, enum bench_engine engine,
		       bool is_flooded, struct flood_result *ret_result)
{
	_cleanup_(news_fini) struct news news = {0};
	_cleanup_(session_end) struct session session = SESSION_NONE;
	const char *const arguments[] = {
		"-w",		"10",
		"--throttle",	"off",
		"--engine",	bench_engine_names[engine],
		"--pass-fd",	BENCH_PAGE_FD_TEXT,
		"--ready",	"notify",
		"--log-format", "json",
		"--",		bench->worker,
		NULL,
	};
	_Static_assert(FLOOD_WORKERS == 10, "as the option says");
	const struct session_options options = {
		.launcher = BENCH_MUSTER,
		.workers = FLOOD_WORKERS,
		.arguments = arguments,
		.news = &news,
	};
	int r = session_start(bench, &options, &session);

	*ret_result = (struct flood_result){0};
	if (r == 0)
		r = flood_sample(bench, &session, is_flooded, ret_result);
	if (r == 0)
		r = session_stop(&session);
	if (r == 0)
		flood_read(&news, ret_result);
	return r;
}

static double flood_longest(const struct flood_result *results, uint32_t rounds)
{
	double longest_us = 0;

	for (uint32_t i = 0; i < rounds; i++)
		if (results[i].turn_us > longest_us)
			longest_us = results[i].turn_us;
	return longest_us;
}

static void flood_print_row(const char *engine, const char *what,
			    const struct flood_result *results, uint32_t rounds)
{
	double p50[BENCH_SLOW_ROUNDS];
	double p99[BENCH_SLOW_ROUNDS];
	uint64_t sent = 0;
	uint64_t refused = 0;

	for (uint32_t i = 0; i < rounds; i++) {
		p50[i] = results[i].latency.p50_us;
		p99[i] = results[i].latency.p99_us;
		sent += results[i].sent;
		refused += results[i].refused;
	}
	printf("%-6s %-7s %8.1f %8.1f %12.1f %9llu %9llu", engine, what,
	       stats_median(p50, rounds), stats_median(p99, rounds),
	       flood_longest(results, rounds), (unsigned long long)sent,
	       (unsigned long long)refused);
}

static void flood_print(struct bench *bench, enum bench_engine engine,
			const struct flood_table *table, uint32_t rounds)
{
	double ratios[BENCH_SLOW_ROUNDS];
	double ratio;

	for (uint32_t i = 0; i < rounds; i++)
		ratios[i] = table->flooded[i].latency.p99_us /
			    table->quiet[i].latency.p99_us;
	ratio = stats_median(ratios, rounds);
	flood_print_row(bench_engine_names[engine], "quiet", table->quiet,
			rounds);
	printf("\n");
	flood_print_row(bench_engine_names[engine], "flooded", table->flooded,
			rounds);
	printf("  p99 %.2f x <=%.0f %s\n", ratio, FLOOD_LIMIT,
	       stats_judge(bench, ratio, FLOOD_LIMIT));
}

static int flood_engine(struct bench *bench, enum bench_engine engine)
{
	struct flood_table table = {0};
	uint32_t rounds = bench->rounds < BENCH_SLOW_ROUNDS ? bench->rounds
							    : BENCH_SLOW_ROUNDS;

	for (uint32_t i = 0; i < 2 * rounds; i++) {
		/* Quiet first in one round, flooded in the next. */
		uint32_t round = i / 2;
		bool is_flooded = (i + round) % 2 == 1;
		int r = flood_round(bench, engine, is_flooded,
				    is_flooded ? &table.flooded[round]
					       : &table.quiet[round]);

		if (r < 0)
			return r;
	}
	flood_print(bench, engine, &table, rounds);
	return 0;
}

int flood_run(struct bench *bench)
{
	printf("flood: restarts of %u workers while a stranger sends READY=1 "
	       "as fast as it is read, us\n",
	       FLOOD_WORKERS);
	printf("%-6s %-7s %8s %8s %12s %9s %9s\n", "engine", "", "p50", "p99",
	       "longest turn", "sent", "refused");
	for (size_t i = 0; i < ARRAY_LEN(flood_engines); i++) {
		int r = flood_engine(bench, flood_engines[i]);

		if (r < 0)
			return r;
		(void)fflush(stdout);
	}
	printf("\n");
	return 0;
}

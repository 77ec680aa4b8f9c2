/*
 * http.c - real servers under a keep-alive HTTP load: what becomes of requests
 * while one is reloaded, and while its workers are killed.
 *
 * One is a service, tools/examples/http.c, whose workers are forked. The other
 * is HAProxy, executed, which answers by itself here. Told to stop by SIGUSR1
 * HAProxy drains: with idle-close-on-response it does not close a connection on
 * which a request may be under way already, but answers once more and says that
 * it closes. Without that every server loses requests which are sent just as it
 * closes.
 *
 * A request may fail only when the worker that had its connection was killed.
 * Each victim is held while its connections are counted, so that none comes or
 * goes before it dies.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "proc.h"
#include "session.h"
#include "stats.h"
#include "wrk.h"

#define HTTP_SERVER "/usr/sbin/haproxy"
#define HTTP_WORKERS 4U
#define HTTP_RELOADS 10U
#define HTTP_KILLS 1000U
/* A worker needs some ten to serve, and more on a slow machine. */
#define HTTP_KILL_NS (15 * NSEC_PER_MSEC)
#define HTTP_DEADLINE_NS (10 * NSEC_PER_SEC)
#define HTTP_RELOAD_NS (100 * NSEC_PER_MSEC)

struct http;

/* And the words of its launcher's log. */
struct http_server {
	const char *name;
	int (*open)(const struct bench *bench, struct http *http);
	const char *listening;
	const char *serving;
	const char *rolled;
	const char *started;
};

struct http {
	const struct http_server *server;
	struct news news;
	struct session session;
	struct wrk wrk;
	int port;
	size_t seen; /* of the news, for pids */
	pid_t pids[HTTP_WORKERS];
	pid_t killed[HTTP_WORKERS];
	uint64_t cut; /* connections of killed workers */
};

static void http_end(struct http *http)
{
	wrk_end(&http->wrk);
	session_end(&http->session);
	news_fini(&http->news);
}

static int http_write(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	(void)fputs("global\n"
		    "    hard-stop-after 20s\n"
		    "defaults\n"
		    "    mode http\n"
		    "    timeout client 20s\n"
		    "    timeout connect 1s\n"
		    "    timeout server 1s\n"
		    "    option idle-close-on-response\n"
		    "frontend web\n"
		    "    bind fd@3\n"
		    "    http-request return status 200 content-type "
		    "text/plain string \"hello, world\"\n",
		    file);
	return fclose(file) != 0 ? -errno : 0;
}

static int http_open_haproxy(const struct bench *bench, struct http *http)
{
	char path[256];
	const char *const arguments[] = {
		"-w",
		"4",
		"--listen",
		"tcp:127.0.0.1:0",
		"--throttle",
		"off",
		"--stop-signal",
		"USR1",
		"--log-format",
		"json",
		"--",
		HTTP_SERVER,
		"-db",
		"-f",
		path,
		NULL,
	};
	_Static_assert(HTTP_WORKERS == 4, "as the option says");
	const struct session_options options = {
		.launcher = BENCH_MUSTER,
		.arguments = arguments,
		.news = &http->news,
	};
	int r;

	(void)snprintf(path, sizeof(path), "%s/haproxy.cfg", bench->directory);
	r = http_write(path);
	return r < 0 ? r : session_start(bench, &options, &http->session);
}

static void http_find_service(const struct bench *bench, char *path,
			      size_t size)
{
	(void)snprintf(path, size, "%s/../examples/http", bench->programs);
}

static int http_open_service(const struct bench *bench, struct http *http)
{
	char program[256];
	const char *const command[] = {program, "tcp:127.0.0.1:0", "4",
				       "unthrottled", NULL};
	_Static_assert(HTTP_WORKERS == 4, "as the argument says");
	const struct session_options options = {
		.launcher = BENCH_MUSTER,
		.command = command,
		.news = &http->news,
	};

	http_find_service(bench, program, sizeof(program));
	return session_start(bench, &options, &http->session);
}

static const struct http_server http_haproxy = {
	.name = "HAProxy",
	.open = http_open_haproxy,
	.listening = "listening",
	.serving = "serving",
	.rolled = "rolled",
	.started = "started",
};

static const struct http_server http_service = {
	.name = "service",
	.open = http_open_service,
	.listening = "Listening on ",
	.serving = "All ",
	.rolled = "Reloaded, ",
	.started = "Started child ",
};

static int http_start(const struct bench *bench, struct http *http)
{
	const char *line;
	int r = http->server->open(bench, http);

	if (r == 0)
		r = session_hear(&http->session, http->server->listening,
				 &line);
	if (r < 0)
		return r;
	line = strstr(line, "tcp:127.0.0.1:");
	http->port = line ? atoi(line + strlen("tcp:127.0.0.1:")) : 0;
	r = session_hear(&http->session, http->server->serving, &line);
	return r < 0 ? r : wrk_start(http->port, &http->wrk);
}

/* Rolls again and again, and some time in between. */
static int http_reload(struct http *http)
{
	const char *line;
	int r = 0;

	for (uint32_t i = 0; i < HTTP_RELOADS && r == 0; i++) {
		bench_sleep_ns(HTTP_RELOAD_NS);
		if (kill(http->session.pid, SIGHUP) < 0)
			return -errno;
		r = session_hear(&http->session, http->server->rolled, &line);
	}
	bench_sleep_ns(HTTP_RELOAD_NS);
	return r < 0 ? r : wrk_check(&http->wrk);
}

static int64_t http_number(const char *line, const char *name, const char *text)
{
	const char *found = line[0] == '{' ? NULL : strstr(line, text);

	return found ? strtoll(found + strlen(text), NULL, 10)
		     : news_number(line, name);
}

/* Who is where by now. */
static void http_note_pids(struct http *http)
{
	const char *line;

	while ((line = news_line(&http->news, &http->seen)) != NULL) {
		int64_t slot = http_number(line, "slot", ", slot ");

		if (news_is(line, http->server->started) && slot >= 0 &&
		    slot < HTTP_WORKERS)
			http->pids[slot] =
				(pid_t)http_number(line, "pid", " child ");
	}
}

/* Whoever is in the slot after the one that was killed there last. */
static int http_find(struct http *http, uint32_t slot, pid_t *ret_pid)
{
	uint64_t begin_ns = bench_now_ns();
	pid_t former = http->killed[slot];

	do {
		session_drain(&http->session);
		http_note_pids(http);
		if (http->pids[slot] != former) {
			*ret_pid = http->pids[slot];
			return 0;
		}
		bench_sleep_ns(NSEC_PER_MSEC);
	} while (nsec_since(bench_now_ns(), begin_ns) < HTTP_DEADLINE_NS);
	return -ETIMEDOUT;
}

/* Of workers that live. */
static uint32_t http_count(const struct http *http)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < HTTP_WORKERS; i++) {
		pid_t pid = http->pids[i];
		uint32_t count = 0;

		if (pid > 0 && pid != http->killed[i] &&
		    proc_connections(pid, http->port, &count) == 0)
			sum += count;
	}
	return sum;
}

/* All connections are somebody's: else requests would wait for who comes up,
 * the more the slower the machine, and wrk counts that as failures. */
static int http_await_all(struct http *http)
{
	uint64_t begin_ns = bench_now_ns();

	do {
		session_drain(&http->session);
		http_note_pids(http);
		if (http_count(http) >= WRK_CONNECTIONS)
			return 0;
		bench_sleep_ns(NSEC_PER_MSEC);
	} while (nsec_since(bench_now_ns(), begin_ns) < HTTP_DEADLINE_NS);
	return -ETIMEDOUT;
}

static int http_kill_one(struct http *http, uint32_t slot)
{
	pid_t pid = 0;
	uint32_t count = 0;
	int r = http_find(http, slot, &pid);

	if (r < 0)
		return r;
	http->killed[slot] = pid;
	if (kill(pid, SIGSTOP) < 0)
		return -errno;
	r = proc_await_state(pid, 'T');
	if (r == 0)
		r = proc_connections(pid, http->port, &count);
	if (kill(pid, SIGKILL) < 0)
		return -errno;
	http->cut += count;
	return r;
}

static int http_kill(struct http *http)
{
	int r = 0;

	for (uint32_t i = 0; i < HTTP_KILLS && r == 0; i++) {
		bench_sleep_ns(HTTP_KILL_NS);
		r = http_await_all(http);
		if (r == 0)
			r = http_kill_one(http, i % HTTP_WORKERS);
	}
	bench_sleep_ns(HTTP_RELOAD_NS);
	return r < 0 ? r : wrk_check(&http->wrk);
}

static void http_print(struct bench *bench, const struct http_server *server,
		       const char *what, const struct wrk_result *result,
		       uint64_t limit)
{
	uint64_t failed = result->connect + result->read + result->write +
			  result->timeout + result->status;
	/* A request that was cut fails by its answer, or as it is sent. */
	uint64_t others = result->connect + result->timeout + result->status;

	printf("%-8s %-10s %9llu %7llu %5llu %5llu %8llu %8llu  %7llu <=%-5llu "
	       "%-6s",
	       server->name, what, (unsigned long long)result->requests,
	       (unsigned long long)result->connect,
	       (unsigned long long)result->read,
	       (unsigned long long)result->write,
	       (unsigned long long)result->timeout,
	       (unsigned long long)result->status, (unsigned long long)failed,
	       (unsigned long long)limit,
	       stats_judge(bench, (double)failed, (double)limit));
	printf(" %4llu <=0 %s\n", (unsigned long long)others,
	       stats_judge(bench, (double)others, 0));
}

static int http_measure(struct bench *bench, const struct http_server *server,
			const char *what, int (*disturb)(struct http *http))
{
	_cleanup_(http_end) struct http http = {
		.server = server,
		.session = SESSION_NONE,
		.wrk = WRK_NONE,
	};
	struct wrk_result result;
	int r = http_start(bench, &http);

	if (r == 0)
		r = disturb(&http);
	if (r == 0)
		r = wrk_stop(&http.wrk, &result);
	if (r == 0)
		r = session_stop(&http.session);
	if (r == 0)
		http_print(bench, server, what, &result, http.cut);
	(void)fflush(stdout);
	return r;
}

static int http_measure_both(struct bench *bench,
			     const struct http_server *server,
			     const char *program)
{
	int r;

	if (access(program, X_OK) < 0) {
		printf("%-8s skipped, it needs %s\n", server->name, program);
		return 0;
	}
	r = http_measure(bench, server, "10 reloads", http_reload);
	return r < 0 ? r : http_measure(bench, server, "1000 kills", http_kill);
}

int http_run(struct bench *bench)
{
	char service[256];
	int r;

	if (access(WRK_PROGRAM, X_OK) < 0) {
		printf("http: skipped, it needs %s\n\n", WRK_PROGRAM);
		return 0;
	}
	printf("http: %u workers of HAProxy (drains on SIGUSR1) or of a "
	       "service under %d keep-alive connections of wrk;\nfailed "
	       "requests, and so many connections had the workers that were "
	       "killed\n",
	       HTTP_WORKERS, WRK_CONNECTIONS);
	printf("%-19s %9s %7s %5s %5s %8s %8s  %-22s %s\n", "", "requests",
	       "connect", "read", "write", "timed out", "status", "failed",
	       "not cut off");
	http_find_service(bench, service, sizeof(service));
	r = http_measure_both(bench, &http_service, service);
	if (r == 0)
		r = http_measure_both(bench, &http_haproxy, HTTP_SERVER);
	printf("\n");
	return r;
}

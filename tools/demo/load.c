/*
 * load.c - the demo's HTTP load and its killer: load PORT PATH LAUNCHER KILLS
 *
 * Asks 127.0.0.1:PORT for PATH, on a few connections, one request each, and
 * kills a random child of the process LAUNCHER now and then, until it has
 * killed KILLS. One thread, one poll, one timer; no clock is read, time is
 * counted in ticks.
 *
 * A request may break only when it was in flight on a worker that was killed.
 * Which worker had it cannot be seen from here, but when: every kill is
 * followed until the victim is dead (its pidfd says so, after its sockets were
 * closed), so a request that began after the last death and breaks before the
 * next kill has no excuse. Neither has a connection that is refused.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define LOAD_CONNECTIONS 8U
/* Each tick is one connection's turn to begin a request: 2000 a second, which
 * leaves two processors some room. */
#define LOAD_TICK_NS 500000
#define LOAD_KILL_TICKS 200U  /* 100 ms between kills, and after the last */
#define LOAD_TICKS_MAX 24000U /* 12 s: something is wrong */
#define LOAD_RESPONSE_SIZE 16384U

enum result {
	RESULT_ANSWERED, /* status 200, complete */
	RESULT_BROKEN,	 /* cut off, while a killed worker was alive */
	RESULT_REFUSED,	 /* nobody listened */
	RESULT_OTHER,	 /* cut off without a kill, late, not 200 … */
	RESULTS,
};

struct request {
	int fd; /* -1: none */
	bool is_sent;
	uint32_t deaths; /* seen when it began */
	size_t length;
	char response[LOAD_RESPONSE_SIZE];
};

struct load {
	struct sockaddr_in server;
	pid_t launcher;
	uint32_t kills_wanted;
	char text[256]; /* of each request */
	int timer_fd;
	int victim_fd; /* a pidfd; -1: nobody is dying */
	uint32_t kills;
	uint32_t deaths;
	uint32_t ticks;
	uint32_t kill_tick; /* of the last kill; 0: none yet */
	uint32_t results[RESULTS];
	struct request requests[LOAD_CONNECTIONS];
};

static void request_end(struct load *load, struct request *request,
			enum result result)
{
	load->results[result]++;
	(void)close(request->fd); /* nothing is lost by a failure */
	request->fd = -1;
}

/* It got no answer; error is 0 when the connection was closed in order. */
static void request_fail(struct load *load, struct request *request, int error)
{
	bool is_cut = error == 0 || error == ECONNRESET || error == EPIPE;
	enum result result = RESULT_OTHER;

	if (error == ECONNREFUSED)
		result = RESULT_REFUSED;
	else if (is_cut && load->kills > request->deaths)
		result = RESULT_BROKEN;
	request_end(load, request, result);
}

static void request_begin(struct load *load, struct request *request)
{
	request->fd =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	request->is_sent = false;
	request->length = 0;
	request->deaths = load->deaths;
	if (connect(request->fd, (const struct sockaddr *)&load->server,
		    sizeof(load->server)) < 0 &&
	    errno != EINPROGRESS)
		request_fail(load, request, errno);
}

static void request_send(struct load *load, struct request *request)
{
	size_t length = strlen(load->text);
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(request->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	/* An empty send buffer takes it whole. */
	if (error == 0 && send(request->fd, load->text, length, MSG_NOSIGNAL) !=
				  (ssize_t)length)
		error = errno;
	if (error != 0)
		request_fail(load, request, error);
	request->is_sent = true;
}

/* A head, and as much body as it promises. */
static bool response_is_complete(const char *response, size_t length)
{
	const char *body = strstr(response, "\r\n\r\n");
	const char *promised = strcasestr(response, "\r\nContent-Length: ");

	if (!body || !promised || promised > body)
		return false;
	promised += strlen("\r\nContent-Length: ");
	return length - (size_t)(body + 4 - response) ==
	       strtoul(promised, NULL, 10);
}

static void request_judge(struct load *load, struct request *request)
{
	request->response[request->length] = '\0';
	if (!response_is_complete(request->response, request->length))
		request_fail(load, request, 0);
	else if (strncmp(request->response, "HTTP/1.0 200 ", 13) != 0)
		request_end(load, request, RESULT_OTHER);
	else
		request_end(load, request, RESULT_ANSWERED);
}

static void request_receive(struct load *load, struct request *request)
{
	size_t room = LOAD_RESPONSE_SIZE - 1 - request->length;
	ssize_t size =
		recv(request->fd, request->response + request->length, room, 0);

	if (size > 0)
		request->length += (size_t)size;
	else if (size == 0)
		request_judge(load, request);
	else if (errno != EAGAIN && errno != EINTR)
		request_fail(load, request, errno);
}

/* From 0 to below count, evenly enough for a few. */
static uint32_t load_draw(uint32_t count)
{
	uint32_t drawn;

	if (getrandom(&drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
		return 0;
	return drawn % count;
}

/* A random one of the launcher's first few children; 0: there is none. */
static pid_t load_pick_worker(const struct load *load)
{
	_cleanup_file_ FILE *file = NULL;
	char text[64];
	char *rest = text;
	char *word;
	uint32_t count = 0;
	uint64_t picked = 0;
	uint64_t pid;

	(void)snprintf(text, sizeof(text), "/proc/%d/task/%d/children",
		       load->launcher, load->launcher);
	file = fopen(text, "re");
	if (!file || !fgets(text, sizeof(text), file))
		return 0;
	/* Each ends with a blank; what does not was cut off by our buffer. */
	while ((word = strsep(&rest, " ")) && rest &&
	       parse_u64_range(word, 2, INT32_MAX, &pid) == 0)
		if (load_draw(++count) == 0)
			picked = pid;
	return (pid_t)picked;
}

static int load_kill(struct load *load)
{
	_cleanup_fd_ int pidfd = -1;
	pid_t pid = load_pick_worker(load);

	if (pid == 0)
		return 0; /* tried again at the next tick */
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 ||
	    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
		return errno == ESRCH ? 0 : -errno;
	load->victim_fd = TAKE_FD(pidfd);
	load->kills++;
	load->kill_tick = load->ticks;
	return 0;
}

static void load_bury(struct load *load)
{
	(void)close(load->victim_fd); /* nothing is lost by a failure */
	load->victim_fd = -1;
	load->deaths++;
}

/* The last death is watched as long as the others. */
static bool load_is_winding_up(const struct load *load)
{
	return load->kills == load->kills_wanted &&
	       load->ticks >= load->kill_tick + LOAD_KILL_TICKS;
}

static int load_tick(struct load *load)
{
	struct request *request;
	uint64_t ticks = 0;
	bool is_due;

	if (read(load->timer_fd, &ticks, sizeof(ticks)) < 0)
		return 0; /* EINTR: it is still readable */
	load->ticks += (uint32_t)ticks;
	is_due = load->ticks >= load->kill_tick + LOAD_KILL_TICKS;
	if (load_is_winding_up(load))
		return 0;
	request = &load->requests[load->ticks % LOAD_CONNECTIONS];
	if (request->fd < 0)
		request_begin(load, request);
	/* Not before the server serves, and one at a time. */
	if (load->results[RESULT_ANSWERED] > 0 && load->victim_fd < 0 &&
	    load->kills < load->kills_wanted && is_due)
		return load_kill(load);
	return 0;
}

/* Requests before the victim: those that its death broke began before it. */
static int load_turn(struct load *load)
{
	struct pollfd set[LOAD_CONNECTIONS + 2];
	struct pollfd *timer = &set[LOAD_CONNECTIONS];
	struct pollfd *victim = &set[LOAD_CONNECTIONS + 1];

	for (uint32_t i = 0; i < LOAD_CONNECTIONS; i++) {
		const struct request *request = &load->requests[i];

		set[i].fd = request->fd;
		set[i].events = request->is_sent ? POLLIN : POLLOUT;
	}
	*timer = (struct pollfd){.fd = load->timer_fd, .events = POLLIN};
	*victim = (struct pollfd){.fd = load->victim_fd, .events = POLLIN};
	if (poll(set, LOAD_CONNECTIONS + 2, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	for (uint32_t i = 0; i < LOAD_CONNECTIONS; i++) {
		if (set[i].revents == 0)
			continue;
		if (load->requests[i].is_sent)
			request_receive(load, &load->requests[i]);
		else
			request_send(load, &load->requests[i]);
	}
	if (victim->revents != 0)
		load_bury(load);
	return timer->revents != 0 ? load_tick(load) : 0;
}

static bool load_is_over(const struct load *load)
{
	if (load->ticks > LOAD_TICKS_MAX)
		return true;
	for (uint32_t i = 0; i < LOAD_CONNECTIONS; i++)
		if (load->requests[i].fd >= 0)
			return false;
	return load_is_winding_up(load);
}

static int load_start(struct load *load)
{
	const struct itimerspec every = {
		.it_interval.tv_nsec = LOAD_TICK_NS,
		.it_value.tv_nsec = LOAD_TICK_NS,
	};

	for (uint32_t i = 0; i < LOAD_CONNECTIONS; i++)
		load->requests[i].fd = -1;
	load->victim_fd = -1;
	load->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (load->timer_fd < 0 ||
	    timerfd_settime(load->timer_fd, 0, &every, NULL) < 0)
		return -errno;
	return 0;
}

static int load_run(struct load *load)
{
	int r = load_start(load);

	while (r == 0 && !load_is_over(load))
		r = load_turn(load);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < LOAD_CONNECTIONS; i++)
		if (load->requests[i].fd >= 0)
			request_end(load, &load->requests[i], RESULT_OTHER);
	return 0;
}

static int load_parse(char **argv, struct load *load)
{
	uint64_t port;
	uint64_t launcher;
	uint64_t kills;

	if (parse_u64_range(argv[1], 1, 65535, &port) < 0 ||
	    parse_u64_range(argv[3], 2, INT32_MAX, &launcher) < 0 ||
	    parse_u64_range(argv[4], 1, 1000, &kills) < 0)
		return -EINVAL;
	load->server = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	(void)snprintf(load->text, sizeof(load->text),
		       "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", argv[2]);
	load->launcher = (pid_t)launcher;
	load->kills_wanted = (uint32_t)kills;
	return 0;
}

static void load_print(const struct load *load)
{
	const uint32_t *results = load->results;

	(void)printf("kills %u requests %u broken %u refused %u other %u\n",
		     load->kills,
		     results[RESULT_ANSWERED] + results[RESULT_BROKEN] +
			     results[RESULT_REFUSED] + results[RESULT_OTHER],
		     results[RESULT_BROKEN], results[RESULT_REFUSED],
		     results[RESULT_OTHER]);
}

int main(int argc, char **argv)
{
	/* Large, and all zero in the beginning. */
	static struct load load;
	int r;

	/* Whoever wants the numbers is gone: nobody needs the load then. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (argc != 5 || load_parse(argv, &load) < 0) {
		(void)fprintf(stderr, "usage: load PORT PATH LAUNCHER KILLS\n");
		return 2;
	}
	r = load_run(&load);
	if (r < 0) {
		(void)fprintf(stderr, "load: %s\n", strerror(-r));
		return 1;
	}
	load_print(&load);
	return fflush(stdout) == 0 ? 0 : 1;
}

/*
 * probe.c - `muster ready` and `muster health`: ask a muster that runs, for
 * whoever has no shell to ask with (E41).
 *
 * It never waits longer than its time limit, whatever is at the other end: a
 * muster that is stopped, one that is overrun, somebody else. The socket's own
 * time limits bound each call, also that of connecting: a unix socket whose
 * queue is full makes connect(2) wait, and tells poll(2) nothing.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "base/text.h"
#include "clock.h"
#include "control.h"
#include "notify_address.h"
#include "verbs.h"

/* A probe's own limit is 1 s in Kubernetes, too. */
#define PROBE_TIMEOUT_NS NSEC_PER_SEC
#define EXIT_NO 1

struct probe {
	const char *verb; /* the question */
	const char *address;
	uint64_t timeout_ns;
	uint64_t due_ns;
	struct sockaddr_un name;
	socklen_t name_length;
};

static int probe_refuse(const struct probe *probe, const char *what,
			const char *why)
{
	(void)fprintf(stderr, "muster %s: error: %s%s\n", probe->verb, what,
		      why);
	return EXIT_USAGE;
}

static int probe_fail(const struct probe *probe, const char *why)
{
	(void)fprintf(stderr, "muster %s: error: %s: %s\n", probe->verb,
		      probe->address, why);
	return EXIT_NO;
}

static int probe_fail_timeout(const struct probe *probe)
{
	char buffer[128];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "no answer within ");
	text_add_duration(&text, probe->timeout_ns);
	text_add(&text, ": muster is stopped, or very busy");
	return probe_fail(probe, buffer);
}

static int probe_fail_connect(const struct probe *probe, int error)
{
	char buffer[256];
	struct text text;

	if (error == EAGAIN)
		return probe_fail_timeout(probe);
	text_init(&text, buffer, sizeof(buffer));
	text_format(&text, "nobody answers: %s", strerror(error));
	if (error == EACCES)
		text_add(&text, " (root and muster's own user may ask)");
	else
		text_format(&text, " (is there a muster with --control %s?)",
			    probe->address);
	return probe_fail(probe, buffer);
}

/* The next call on fd takes what is left of the time at most. -EAGAIN when
 * nothing is: a limit of 0 would be none. */
static int probe_limit(const struct probe *probe, int fd, int option)
{
	uint64_t left_us =
		nsec_since(probe->due_ns, clock_now_ns()) / NSEC_PER_USEC;
	const uint64_t second_us = NSEC_PER_SEC / NSEC_PER_USEC;
	const struct timeval left = {
		.tv_sec = (time_t)(left_us / second_us),
		.tv_usec = (suseconds_t)(left_us % second_us),
	};

	if (left_us == 0)
		return -EAGAIN;
	if (setsockopt(fd, SOL_SOCKET, option, &left, sizeof(left)) < 0)
		return -errno;
	return 0;
}

static int probe_connect(const struct probe *probe, int fd)
{
	int r;

	do { /* one that was stopped and goes on is interrupted */
		r = probe_limit(probe, fd, SO_SNDTIMEO);
		if (r < 0)
			return r;
		r = connect(fd, (const struct sockaddr *)&probe->name,
			    probe->name_length);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* Whoever refuses us may have closed before we ask, and has said why: then that
 * is read. */
static int probe_ask(const struct probe *probe, int fd)
{
	char question[CONTROL_QUESTION];
	int length = snprintf(question, sizeof(question), "%s\n", probe->verb);
	int r = probe_connect(probe, fd);

	if (r < 0)
		return r;
	if (send(fd, question, (size_t)length, MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != ECONNRESET)
		return -errno;
	return 0;
}

/* One line, without its end. -EAGAIN when it does not come in time, -EPROTO for
 * what is none. */
static int probe_hear(const struct probe *probe, int fd, char *ret_line,
		      size_t size)
{
	char *newline = NULL;
	size_t length = 0;

	while (!newline && length < size) {
		int r = probe_limit(probe, fd, SO_RCVTIMEO);
		ssize_t n;

		if (r < 0)
			return r;
		n = recv(fd, ret_line + length, size - length, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return length == 0 ? -ECONNRESET : -EPROTO;
		newline = memchr(ret_line + length, '\n', (size_t)n);
		length += (size_t)n;
	}
	if (!newline || memchr(ret_line, '\0', (size_t)(newline - ret_line)))
		return -EPROTO;
	*newline = '\0';
	return 0;
}

static int probe_tell(const struct probe *probe, char *line)
{
	struct text text = {.data = line, .length = strlen(line)};
	const char *words = NULL;
	int word;

	text_disarm(&text); /* it may not be muster */
	for (word = 0; !words && word < CONTROL_WORDS; word++)
		if (strncmp(line, control_words[word],
			    strlen(control_words[word])) == 0)
			words = line + strlen(control_words[word]);
	if (!words)
		return probe_fail(probe, "what answers there is no muster");
	if (word - 1 == CONTROL_ERROR)
		return probe_fail(probe, words);
	(void)printf("%s\n", words);
	return word - 1 == CONTROL_YES ? 0 : EXIT_NO;
}

/* Anybody may have taken an abstract name: then it is root's, or of who asks. A
 * path is whose directory it is in. */
static bool probe_trusts(const struct probe *probe, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (probe->address[0] != '@')
		return true;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static int probe_run(struct probe *probe)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char line[CONTROL_ANSWER];
	int r;

	probe->due_ns = nsec_add(clock_now_ns(), probe->timeout_ns);
	if (fd < 0)
		return probe_fail(probe, strerror(errno));
	r = probe_ask(probe, fd);
	if (r < 0)
		return probe_fail_connect(probe, -r);
	if (!probe_trusts(probe, fd))
		return probe_fail(probe, "another user serves it");
	r = probe_hear(probe, fd, line, sizeof(line));
	switch (-r) {
	case 0:
		return probe_tell(probe, line);
	case EAGAIN:
		return probe_fail_timeout(probe);
	case EPROTO:
		return probe_fail(probe, "what answers there is no muster");
	case ECONNRESET:
		return probe_fail(probe, "muster has closed without an answer");
	default:
		return probe_fail(probe, strerror(-r));
	}
}

static void probe_print_help(const char *verb, const char *what)
{
	(void)printf(
		"usage: muster %s --control PATH [--timeout DUR]\n\n"
		"Asks the muster that runs with --control PATH%s\n\n"
		"      --control PATH        its socket, or @NAME\n"
		"      --timeout DUR         how long to wait for the answer "
		"(1s)\n"
		"  -h, --help\n",
		verb, what);
}

void ready_print_help(void)
{
	probe_print_help(
		"ready",
		" whether all its services are ready\n"
		"and no stop has begun. Prints one line, and ends with "
		"0 when it is so, with 1\nwhen it is not, or nobody "
		"answers.");
}

void health_print_help(void)
{
	probe_print_help(
		"health",
		" whether it lives, and none of its\n"
		"services has failed or is without a ready worker. "
		"Prints one line, and ends with\n0 when it is so, with "
		"1 when it is not, or nobody answers.");
}

static int probe_parse_option(struct probe *probe, int option, char **argv)
{
	switch (option) {
	case 'c':
		probe->address = optarg;
		return 0;
	case 't':
		if (parse_duration(optarg, &probe->timeout_ns) == 0 &&
		    probe->timeout_ns > 0)
			return 0;
		return probe_refuse(probe,
				    "--timeout: expected a duration "
				    "such as 500ms or 2s, not ",
				    optarg);
	case ':':
		return probe_refuse(probe, argv[optind - 1],
				    " needs an argument");
	default:
		return probe_refuse(probe, "unknown option ", argv[optind - 1]);
	}
}

static int probe_parse_address(struct probe *probe)
{
	int r;

	if (!probe->address)
		return probe_refuse(probe,
				    "--control PATH is missing, the "
				    "socket of the muster to ask",
				    "");
	r = notify_address(probe->address, &probe->name, &probe->name_length);
	if (r == -EINVAL)
		return probe_refuse(probe,
				    "--control: expected an absolute "
				    "path or @NAME, not ",
				    probe->address);
	if (r < 0)
		return probe_refuse(probe,
				    "--control: longer than the 107 "
				    "bytes of a socket's address",
				    "");
	return 0;
}

/* 0, 'h' when help is asked for, or EXIT_USAGE. */
static int probe_parse(struct probe *probe, int argc, char **argv)
{
	static const struct option options[] = {
		{"control", required_argument, NULL, 'c'},
		{"timeout", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;
	int status;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (option == 'h')
			return 'h';
		status = probe_parse_option(probe, option, argv);
		if (status != 0)
			return status;
	}
	if (optind < argc)
		return probe_refuse(probe, "unknown argument ", argv[optind]);
	return probe_parse_address(probe);
}

static int probe_verb(int argc, char **argv, const sigset_t *given_mask,
		      void (*print_help)(void))
{
	struct probe probe = {
		.verb = argv[0],
		.timeout_ns = PROBE_TIMEOUT_NS,
	};
	int status;

	/* It is no launcher: signals may end it. */
	(void)sigprocmask(SIG_SETMASK, given_mask, NULL);
	status = probe_parse(&probe, argc, argv);
	if (status == 0)
		return probe_run(&probe);
	if (status != 'h')
		return status;
	print_help();
	return 0;
}

int verb_ready(int argc, char **argv, const sigset_t *given_mask)
{
	return probe_verb(argc, argv, given_mask, ready_print_help);
}

int verb_health(int argc, char **argv, const sigset_t *given_mask)
{
	return probe_verb(argc, argv, given_mask, health_print_help);
}

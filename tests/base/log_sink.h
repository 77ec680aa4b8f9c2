/*
 * log_sink.h - places for a log to write to, small ones that fill soon.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "log_reader.h"

#define SECONDS_MAX 60
#define POLL_MS 5000 /* for what the kernel does behind our back */

struct sink {
	int reader; /* never blocks */
	int writer; /* may */
};

static inline struct sink sink_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 4096);
	return (struct sink){.reader = ends[0], .writer = ends[1]};
}

static inline struct sink sink_socket(void)
{
	int ends[2];
	int size = 4096;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(
		setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)),
		0);
	return (struct sink){.reader = ends[0], .writer = ends[1]};
}

/* A raw one; -errno where none can be made. */
static inline int sink_terminal(struct sink *ret_sink)
{
	_cleanup_fd_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	_cleanup_fd_ int slave = -1;
	struct termios raw;
	char name[64];

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -errno;
	if (ptsname_r(master, name, sizeof(name)) != 0)
		return -ENOTTY;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || tcgetattr(slave, &raw) < 0)
		return -errno;
	cfmakeraw(&raw);
	if (tcsetattr(slave, TCSANOW, &raw) < 0)
		return -errno;
	if (fcntl(master, F_SETFL, O_NONBLOCK | O_RDWR) < 0)
		return -errno;
	ret_sink->reader = TAKE_FD(master);
	ret_sink->writer = TAKE_FD(slave);
	return 0;
}

static inline void sink_fini(struct sink *sink)
{
	cleanup_fd(&sink->reader);
	cleanup_fd(&sink->writer);
}

/* A test that blocks ends by SIGALRM; the other signals as the owner of a log
 * has them. */
static inline int sink_signals(void)
{
	(void)alarm(SECONDS_MAX);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	return signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -errno : 0;
}

/* What can be read from fd now, as a string. */
static inline const char *take(int fd)
{
	static char text[2 * LOG_BUFFER_SIZE];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline void say(struct log *log, const char *line)
{
	log_line(log, LOG_INFO, line, strlen(line));
}

static inline void open_log(struct log *log, int fd)
{
	assert_int_equal(log_init(log, fd, LOG_DEBUG, READER_PREFIX), 0);
}

/* Reads until nothing waits in the log. */
static inline void catch_up(struct log *log, struct log_reader *reader, int fd)
{
	int r;

	while ((r = log_flush(log)) != 0) {
		struct pollfd moves[] = {
			{.fd = fd, .events = POLLIN},
			{.fd = log_fd(log), .events = POLLOUT},
		};

		assert_true(r > 0);
		assert_true(poll(moves, ARRAY_LEN(moves), POLL_MS) > 0);
		(void)log_reader_read(reader, fd, SIZE_MAX);
	}
}

/* Every line up to number has come or was told to be missing. */
static inline void assert_adds_up(struct log_reader *reader, int fd,
				  unsigned long number)
{
	while (reader->expected < number) {
		struct pollfd moves = {.fd = fd, .events = POLLIN};

		assert_int_equal(poll(&moves, 1, POLL_MS), 1);
		assert_true(log_reader_read(reader, fd, SIZE_MAX) > 0);
	}
	assert_int_equal(log_reader_read(reader, fd, SIZE_MAX), 0);
	assert_int_equal(reader->expected, number);
	assert_int_equal(reader->length, 0);
}

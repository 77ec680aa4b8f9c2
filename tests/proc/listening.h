/*
 * listening.h - what the tests of listening sockets share.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kernel/children.h"
#include "proc/listen.h"

/* One attempt: the result, what is said, what was opened. */
struct attempt {
	int result;
	char error[256];
	struct listen_socket socket;
};

static inline struct attempt attempt(const char *address)
{
	struct attempt attempt = {.socket = LISTEN_SOCKET_NULL};
	struct text error;

	text_init(&error, attempt.error, sizeof(attempt.error));
	attempt.result = listen_open(address, &attempt.socket, &error);
	return attempt;
}

static inline struct attempt attempt_good(const char *address)
{
	struct attempt opened = attempt(address);
	int is_listening = 0;
	socklen_t length = sizeof(is_listening);

	if (opened.result < 0)
		print_error("%s: %s\n", address, opened.error);
	assert_int_equal(opened.result, 0);
	assert_string_equal(opened.error, "");
	assert_int_equal(fcntl(opened.socket.fd, F_GETFD), FD_CLOEXEC);
	assert_false(fcntl(opened.socket.fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(getsockopt(opened.socket.fd, SOL_SOCKET, SO_ACCEPTCONN,
				    &is_listening, &length),
			 0);
	assert_int_equal(is_listening, 1);
	return opened;
}

/* Refused with this errno and words, and nothing was given. */
static inline void assert_refused(const char *address, int result,
				  const char *words)
{
	struct attempt refused = attempt(address);

	if (refused.result != result || !strstr(refused.error, words))
		print_error("%s: %d, %s\n", address, refused.result,
			    refused.error);
	assert_int_equal(refused.result, result);
	assert_non_null(strstr(refused.error, words));
	assert_int_equal(refused.socket.fd, -1);
	assert_string_equal(refused.socket.address, "");
}

/* The lowest free number: nothing was left open if it is the same after. */
static inline int lowest_free(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	(void)close(fd); /* it was only a question */
	return fd;
}

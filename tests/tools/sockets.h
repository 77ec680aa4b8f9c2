/*
 * sockets.h - sockets of a test: some to be inherited, some in the way, and a
 * client that asks who answers.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tools/support.h"

/* A socket bound to a path; "@name" is abstract. Closed and left it is stale.
 */
static inline int socket_bind_unix(const char *path, bool listens)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(length < sizeof(name.sun_path));
	memcpy(name.sun_path, path, length);
	if (path[0] == '@')
		name.sun_path[0] = '\0';
	assert_int_equal(
		bind(fd, (struct sockaddr *)&name,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 length)),
		0);
	if (listens)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* A listening socket on 127.0.0.1 and its port. */
static inline int socket_listen_tcp(int *ret_port)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, length), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
	*ret_port = ntohs(name.sin_port);
	return fd;
}

/* What the one says who accepts on fd's peer: a pid. */
static inline pid_t socket_answer(int fd)
{
	char text[64] = "";
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0 && length < sizeof(text) - 1) {
		assert_true(is_readable_within(fd, DEADLINE_MS));
		n = read(fd, text + length, sizeof(text) - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	}
	assert_non_null(strstr(text, "answers"));
	(void)close(fd);
	return (pid_t)line_number(text, "");
}

static inline pid_t socket_ask_tcp(int port)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)),
			 0);
	return socket_answer(fd);
}

/* 0 when somebody listens there, or errno; the connection is *ret_fd's. */
static inline int socket_connect_unix(const char *path, int *ret_fd)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(length < sizeof(name.sun_path));
	memcpy(name.sun_path, path, length);
	if (path[0] == '@')
		name.sun_path[0] = '\0';
	if (connect(fd, (struct sockaddr *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				length)) < 0) {
		int error = errno;

		(void)close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

static inline pid_t socket_ask_unix(const char *path)
{
	int fd = -1;

	assert_int_equal(socket_connect_unix(path, &fd), 0);
	return socket_answer(fd);
}

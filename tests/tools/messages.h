/*
 * messages.h - the other end of NOTIFY_SOCKET: what muster says of itself to
 * whoever started it.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "tools/support.h"

/* A datagram socket at path, or "@name"; the caller's. */
static inline int messages_open(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

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
	return fd;
}

/* As many messages as a socket at this path takes: it has no room then. */
static inline void messages_fill(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(strlen(path) < sizeof(name.sun_path));
	(void)strcpy(name.sun_path, path);
	while (sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&name,
		      sizeof(name)) == 1)
		;
	assert_int_equal(errno, EAGAIN);
	(void)close(fd);
}

/* The next message. */
static inline const char *messages_take(struct stage *stage, int fd)
{
	char text[4096];
	ssize_t n;

	if (!is_readable_within(fd, DEADLINE_MS))
		fail_msg("no message came");
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_true(n >= 0);
	text[n] = '\0';
	return stage_text(stage, "%s", text);
}

/* The next message that begins with text; others are passed over. */
static inline const char *messages_wait(struct stage *stage, int fd,
					const char *text)
{
	for (;;) {
		const char *message = messages_take(stage, fd);

		if (strncmp(message, text, strlen(text)) == 0)
			return message;
	}
}

/* Sends one, as sd_notify(3) does. */
static inline void message_send(const char *path, const char *text,
				size_t length)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t path_length = strlen(path);
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				     path_length);

	assert_true(fd >= 0);
	memcpy(name.sun_path, path, path_length);
	if (path[0] == '@')
		name.sun_path[0] = '\0';
	/* Until somebody has bound it. */
	while (sendto(fd, text, length, MSG_NOSIGNAL, (struct sockaddr *)&name,
		      size) < 0) {
		assert_true(errno == ENOENT || errno == ECONNREFUSED);
		assert_true(now_ms() < until_ms);
		(void)is_readable_within(-1, 1);
	}
	(void)close(fd);
}

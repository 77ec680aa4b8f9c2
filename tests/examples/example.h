/*
 * example.h - starts an example as a user would, with the helpers that
 * tests/tools has for muster itself.
 */
#pragma once

#include <libgen.h>

#include "tools/sockets.h"

/* Where the build put it, seen from the test beside it. */
static inline const char *example_path(struct stage *stage, const char *name)
{
	return stage_text(stage, "%.*s/examples/%s",
			  (int)(strlen(stage->program) - strlen("/muster")),
			  stage->program, name);
}

/* A program and its arguments, which end with NULL. */
static inline struct launcher *program_start(struct stage *stage,
					     const char *path,
					     const char *const *arguments)
{
	char muster[sizeof(stage->program)];
	struct launcher *launcher;

	memcpy(muster, stage->program, sizeof(muster));
	(void)snprintf(stage->program, sizeof(stage->program), "%s", path);
	launcher = START(stage, .arguments = arguments);
	memcpy(stage->program, muster, sizeof(muster));
	return launcher;
}

/* The port that the launcher says it listens on. */
static inline int example_port(struct launcher *launcher)
{
	return (int)line_number(
		launcher_log(launcher, "Listening on tcp:127.0.0.1:"),
		"tcp:127.0.0.1:");
}

static inline int example_connect(int port)
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
	return fd;
}

/* What comes until the other side closes, or until there is text in it. -1 when
 * the connection broke. */
static inline ssize_t example_read(int fd, const char *text, char *buffer,
				   size_t size)
{
	size_t length = 0;
	ssize_t n = 1;

	buffer[0] = '\0';
	while (n > 0 && (!text || !strstr(buffer, text))) {
		assert_true(length + 1 < size);
		assert_true(is_readable_within(fd, DEADLINE_MS));
		n = read(fd, buffer + length, size - 1 - length);
		length += n > 0 ? (size_t)n : 0;
		buffer[length] = '\0';
	}
	return n < 0 ? -1 : (ssize_t)length;
}

/*
 * talking.h - what the tests of the backdoor share: one opened, clients, and a
 * conversation in which owner and client take turns in one thread.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "kernel/children.h"
#include "service/backdoor.h"

#define ERROR_SIZE 1024

static inline struct backdoor *door_open(const char *port, const char *socket)
{
	struct backdoor *backdoor = NULL;
	char words[ERROR_SIZE];
	struct text error;
	int r;

	text_init(&error, words, sizeof(words));
	r = backdoor_open(port, socket, &backdoor, &error);
	if (r < 0)
		print_error("%s\n", words);
	assert_int_equal(r, 0);
	assert_string_equal(words, "");
	assert_int_equal(fcntl(backdoor_fd(backdoor), F_GETFD), FD_CLOEXEC);
	return backdoor;
}

/* Refused with this errno and words, and nothing was given. */
static inline void door_refused(const char *port, const char *socket,
				int result, const char *expected)
{
	struct backdoor *backdoor = NULL;
	char words[ERROR_SIZE];
	struct text error;
	int r;

	text_init(&error, words, sizeof(words));
	r = backdoor_open(port, socket, &backdoor, &error);
	if (r != result || !strstr(words, expected))
		print_error("%d, %s\n", r, words);
	assert_int_equal(r, result);
	assert_non_null(strstr(words, expected));
	assert_null(backdoor);
}

static inline uint16_t door_port(const struct backdoor *backdoor)
{
	const char *where = backdoor_where(backdoor);

	assert_int_equal(strncmp(where, "127.0.0.1:", 10), 0);
	return (uint16_t)strtoul(where + 10, NULL, 10);
}

/* Connected to a port of 127.0.0.1, or -errno. */
static inline int client_connect_port(uint16_t port)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static inline int client_connect_path(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static inline int client_connect(const struct backdoor *backdoor)
{
	const char *where = backdoor_where(backdoor);
	int fd = strncmp(where, "127.0.0.1:", 10) == 0
			 ? client_connect_port(door_port(backdoor))
			 : client_connect_path(where);

	assert_true(fd >= 0);
	return fd;
}

static inline void client_send(int fd, const char *text, size_t length)
{
	assert_int_equal(send(fd, text, length, MSG_NOSIGNAL), length);
}

static inline void client_say(int fd, const char *text)
{
	client_send(fd, text, strlen(text));
}

static inline bool door_has_work(const struct backdoor *backdoor)
{
	struct pollfd wait = {.fd = backdoor_fd(backdoor), .events = POLLIN};

	return poll(&wait, 1, 0) > 0;
}

/* Until there is nothing to do, or a request. Whether there was one. */
static inline bool door_work(struct backdoor *backdoor,
			     struct backdoor_request *request)
{
	/* Far more than any test gives it to do: no spinning. */
	for (unsigned int i = 0; i < 10000; i++) {
		if (!door_has_work(backdoor))
			return false;
		if (backdoor_next(backdoor, request) > 0)
			return true;
	}
	fail_msg("the backdoor is never done");
	return false;
}

/* Waits for the next request. */
static inline struct backdoor_request door_wait(struct backdoor *backdoor)
{
	struct pollfd wait = {.fd = backdoor_fd(backdoor), .events = POLLIN};
	struct backdoor_request request;

	for (;;) {
		assert_int_equal(poll(&wait, 1, DEADLINE_MS), 1);
		if (backdoor_next(backdoor, &request) > 0)
			return request;
	}
}

/* Lets the backdoor work, with the same answer to each question, until the
 * client has heard words; NULL for the end of the connection. What it heard is
 * in heard, terminated. */
static inline void client_hear(struct backdoor *backdoor, int fd,
			       const char *words, char *heard, size_t size)
{
	static const char *const answers[] = {
		[BACKDOOR_STATUS] = "status answered",
		[BACKDOOR_SERVICES] = "services answered",
		[BACKDOOR_LOG] = "log answered",
	};
	struct backdoor_request request;
	size_t length = 0;
	ssize_t n = 1;

	heard[0] = '\0';
	while (words ? !strstr(heard, words) : n > 0) {
		struct pollfd waits[] = {
			{.fd = fd, .events = POLLIN},
			{.fd = backdoor_fd(backdoor), .events = POLLIN},
		};

		assert_true(poll(waits, 2, DEADLINE_MS) > 0);
		if (waits[1].revents && backdoor_next(backdoor, &request) > 0)
			backdoor_answer(backdoor, request.connection,
					answers[request.question],
					strlen(answers[request.question]));
		if (!waits[0].revents)
			continue;
		n = recv(fd, heard + length, size - 1 - length, 0);
		if (n <= 0 && words)
			fail_msg("ended before \"%s\": %s", words, heard);
		length += n > 0 ? (size_t)n : 0;
		assert_true(length < size - 1);
		heard[length] = '\0';
	}
}

static inline void client_hears(struct backdoor *backdoor, int fd,
				const char *words)
{
	char heard[8192];

	client_hear(backdoor, fd, words, heard, sizeof(heard));
}

/* Connected, and greeted. */
static inline int client_join(struct backdoor *backdoor)
{
	int fd = client_connect(backdoor);

	client_hears(backdoor, fd, "help lists the commands\n");
	return fd;
}

/* The lowest free number: nothing was left open if it is the same after. */
static inline int lowest_free(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	(void)close(fd); /* it was only a question */
	return fd;
}

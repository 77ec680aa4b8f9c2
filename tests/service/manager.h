/*
 * manager.h - whoever started a process with services, and hears of it:
 * NOTIFY_SOCKET of sd_notify(3).
 */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "service/test_inproc.h"

static int listener = -1;
static char where[64];

/* path is relative, or begins with "@". */
static inline void listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);

	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	assert_int_equal(
		bind(listener, (const struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 length)),
		0);
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
}

static inline int listen_abstractly(void **state)
{
	(void)state;
	(void)snprintf(where, sizeof(where), "@muster-notify-%d", getpid());
	listen_at(where);
	return 0;
}

static inline int listen_no_more(void **state)
{
	(void)close(listener);
	listener = -1;
	return story_close(state);
}

static inline void check_hears(const char *beginning)
{
	struct pollfd set = {listener, POLLIN, 0};
	char message[256] = "";

	if (poll(&set, 1, DEADLINE_MS) != 1)
		fail_msg("nobody said %s", beginning);
	assert_true(recv(listener, message, sizeof(message) - 1, 0) > 0);
	message[strlen(beginning)] = '\0';
	assert_string_equal(message, beginning);
}

static inline void check_hears_nothing(void)
{
	struct pollfd set = {listener, POLLIN, 0};

	assert_int_equal(poll(&set, 1, 0), 0);
}

/* For the next SIGUSR1, which block_usr1 keeps for it. */
static inline void wait_for_usr1(void)
{
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigwait(&set, &signo);
}

static inline void block_usr1(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

#define manager_test(function)                                       \
	cmocka_unit_test_setup_teardown(function, listen_abstractly, \
					listen_no_more)

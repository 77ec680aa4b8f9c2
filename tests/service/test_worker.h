/*
 * test_worker.h - a worker on a stage: with a real datagram socket that hears
 * what it says, and functions that count.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/nsec.h"
#include "policy/support.h"
#include "service/worker.h"

#define HANG_SECONDS 60

/* A worker with what is around it, and what its functions were called with. */
struct stage {
	struct worker_home home;
	struct service service;
	struct muster_worker worker;
	int reader; /* of what it says */
	pthread_t caller;
	int stops;
	int resets;
	bool was_graceful;
	int reset_result;
	int meanwhile; /* what a dispatch in another thread returned */
};

static void stage_stop(struct muster_worker *worker, void *data, bool graceful)
{
	struct stage *stage = data;

	(void)worker;
	stage->caller = pthread_self();
	stage->was_graceful = graceful;
	stage->stops++;
}

static int stage_reset(struct muster_worker *worker, void *data)
{
	struct stage *stage = data;

	(void)worker;
	stage->caller = pthread_self();
	stage->resets++;
	return stage->reset_result;
}

static int begin(void **state)
{
	static char name[] = "web";
	struct stage *stage = calloc(1, sizeof(*stage));
	int fds[2];

	(void)alarm(HANG_SECONDS);
	assert_non_null(stage);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds),
			 0);
	stage->reader = fds[0];
	stage->home.notify_fd = fds[1];
	stage->home.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	stage->home.has_watchdog = true;
	stage->service = (struct service){
		.name = name,
		.ops = {.stop = stage_stop, .reset = stage_reset},
		.data = stage,
	};
	worker_init(&stage->worker, &stage->home, &stage->service);
	*state = stage;
	return 0;
}

static int end(void **state)
{
	struct stage *stage = *state;

	worker_fini(&stage->worker);
	assert_int_equal(close(stage->reader), 0);
	if (stage->home.notify_fd >= 0)
		assert_int_equal(close(stage->home.notify_fd), 0);
	assert_int_equal(close(stage->home.wake_fd), 0);
	free(stage);
	return 0;
}

#define staged(function) cmocka_unit_test_setup_teardown(function, begin, end)

static bool is_readable(int fd)
{
	struct pollfd set = {fd, POLLIN, 0};

	return poll(&set, 1, 0) == 1;
}

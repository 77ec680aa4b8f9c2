/*
 * periodic.h - what the tests of intervals share: a worker that is nothing but
 * its stop, a clock that can be behind, and an end for a test that hangs.
 *
 * A run that takes an hour is a clock that was an hour behind when it began.
 * The kernel's timers know nothing of it; so a due time that lies in the past
 * of the true clock is due at once, and one that was computed wrongly an hour
 * ahead.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/nsec.h"
#include "loop/clock.h"
#include "muster/service.h"
#include "policy/support.h"
#include "service/worker_stop.h"

#define MSEC(count) ((count)*NSEC_PER_MSEC)
#define HANG_SECONDS 60

struct muster_worker {
	int stop_fd; /* or -errno */
};

int worker_stop_fd(struct muster_worker *worker)
{
	return worker->stop_fd;
}

static uint64_t clock_behind_ns;

static uint64_t true_now_ns(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Instead of the one in libloop.a. */
uint64_t clock_now_ns(void)
{
	return nsec_since(true_now_ns(), clock_behind_ns);
}

/* SIGALRM ends what hangs. */
static int test_begin(void **state)
{
	(void)state;
	clock_behind_ns = 0;
	(void)alarm(HANG_SECONDS);
	return 0;
}

#define interval_test(function) cmocka_unit_test_setup(function, test_begin)

static struct muster_interval *interval_make(struct muster_worker *worker,
					     uint64_t interval_ns,
					     uint64_t delay_ns,
					     uint64_t timeout_ns)
{
	struct muster_interval_options options = MUSTER_INTERVAL_OPTIONS_INIT;
	struct muster_interval *interval = NULL;

	options.interval_ns = interval_ns;
	options.delay_ns = delay_ns;
	options.timeout_ns = timeout_ns;
	assert_int_equal(muster_interval_new(worker, &options, &interval), 0);
	assert_non_null(interval);
	return interval;
}

/* The number that the next descriptor gets. */
static inline int next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	return fd;
}

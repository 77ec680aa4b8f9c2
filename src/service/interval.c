/*
 * interval.c - waits for the next run of a periodic task, and for its stop.
 *
 * A timer of the kernel's and not poll's timeout: that one counts milliseconds,
 * begins anew after each signal and ends after 24 days. A descriptor and not a
 * flag for the stop: it wakes poll, stays readable, and write(2) may be called
 * in signal handlers. Of the worker only its descriptor is known.
 *
 * One thread waits; any may stop. An overdue run looks at the stop all the
 * same, or a task that always outlasts its interval could not be stopped.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "core/spec.h"
#include "loop/clock.h"
#include "muster/service.h"
#include "policy/series.h"
#include "service/worker_stop.h"

struct muster_interval {
	struct muster_interval_options options;
	int timer_fd;
	int stop_fd;
	int worker_fd; /* the worker's; -1: none */
	bool is_begun;
	uint64_t deadline_ns; /* of all runs */
	uint64_t run_ns;      /* when the last one began */
};

struct muster_interval *muster_interval_free(struct muster_interval *interval)
{
	if (!interval)
		return NULL;
	interval->timer_fd = fd_close(interval->timer_fd);
	interval->stop_fd = fd_close(interval->stop_fd);
	free(interval);
	return NULL;
}

static void interval_cleanup(struct muster_interval **interval)
{
	*interval = muster_interval_free(*interval);
}

static int interval_open(struct muster_interval *interval)
{
	interval->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (interval->timer_fd < 0)
		return -errno;
	interval->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return interval->stop_fd < 0 ? -errno : 0;
}

int muster_interval_new(struct muster_worker *worker,
			const struct muster_interval_options *options,
			struct muster_interval **ret_interval)
{
	_cleanup_(interval_cleanup) struct muster_interval *interval = NULL;
	struct muster_interval_options known;
	int worker_fd = -1;
	int r;

	if (!options || !ret_interval)
		return -EINVAL;
	r = spec_copy_options(&known, sizeof(known), options, options->size);
	if (r < 0)
		return r;
	if (known.interval_ns == 0)
		return -EINVAL;
	if (worker) {
		worker_fd = worker_stop_fd(worker);
		if (worker_fd < 0)
			return worker_fd;
	}
	interval = malloc(sizeof(*interval));
	if (!interval)
		return -ENOMEM;
	*interval = (struct muster_interval){
		.options = known,
		.timer_fd = -1,
		.stop_fd = -1,
		.worker_fd = worker_fd,
		.deadline_ns = NSEC_NEVER,
	};
	r = interval_open(interval);
	if (r < 0)
		return r;
	*ret_interval = TAKE_PTR(interval);
	return 0;
}

static void interval_begin(struct muster_interval *interval, uint64_t now_ns)
{
	if (interval->is_begun)
		return;
	interval->is_begun = true;
	interval->run_ns = now_ns;
	if (interval->options.timeout_ns > 0)
		interval->deadline_ns =
			nsec_add(now_ns, interval->options.timeout_ns);
}

/* 1 at until_ns, which may have passed, 0 when stopped. */
static int interval_poll(struct muster_interval *interval, uint64_t until_ns)
{
	const struct itimerspec timer = {
		.it_value =
			{
				.tv_sec = (time_t)(until_ns / NSEC_PER_SEC),
				.tv_nsec = (long)(until_ns % NSEC_PER_SEC),
			},
	};
	struct pollfd fds[] = {
		{.fd = interval->timer_fd, .events = POLLIN},
		{.fd = interval->stop_fd, .events = POLLIN},
		{.fd = interval->worker_fd, .events = POLLIN}, /* or -1 */
	};
	int r;

	assert(until_ns > 0); /* it would disarm the timer */
	/* What the timer had to say before is forgotten by setting it. */
	if (timerfd_settime(interval->timer_fd, TFD_TIMER_ABSTIME, &timer,
			    NULL) < 0)
		return -errno;
	do
		r = poll(fds, ARRAY_LEN(fds), -1);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return fds[1].revents == 0 && fds[2].revents == 0;
}

static int interval_sleep(struct muster_interval *interval, uint64_t due_ns)
{
	uint64_t deadline_ns = interval->deadline_ns;
	int r;

	r = interval_poll(interval, nsec_min(due_ns, deadline_ns));
	if (r <= 0)
		return r;
	if (due_ns > deadline_ns)
		return -ETIMEDOUT;
	interval->run_ns = clock_now_ns();
	return 1;
}

int muster_interval_wait(struct muster_interval *interval,
			 uint64_t *ret_late_ns)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t late_ns = 0;
	uint64_t pause_ns;
	int r;

	if (!interval)
		return -EINVAL;
	pause_ns = interval->options.delay_ns;
	if (interval->is_begun)
		pause_ns = series_pause_ns(interval->options.interval_ns,
					   nsec_since(now_ns, interval->run_ns),
					   &late_ns);
	interval_begin(interval, now_ns);
	r = interval_sleep(interval, nsec_add(now_ns, pause_ns));
	if (r < 0)
		return r;
	if (ret_late_ns)
		*ret_late_ns = late_ns;
	return r;
}

int muster_interval_wait_for(struct muster_interval *interval,
			     uint64_t delay_ns)
{
	uint64_t now_ns = clock_now_ns();

	if (!interval)
		return -EINVAL;
	interval_begin(interval, now_ns);
	return interval_sleep(interval, nsec_add(now_ns, delay_ns));
}

void muster_interval_stop(struct muster_interval *interval)
{
	int error = errno; /* that of what a signal handler interrupted */

	if (!interval)
		return;
	/* Fails only when it was stopped 2^64 times already. */
	(void)eventfd_write(interval->stop_fd, 1);
	errno = error;
}

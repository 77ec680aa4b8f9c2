/*
 * signal.c - the backend for where there are no pidfds (gVisor before 2026,
 * kernels before 5.3) or no descriptors to spare: a signalfd with SIGCHLD, and
 * waitid by number.
 *
 * SIGCHLD coalesces, so a record is only a hint: after each one the children
 * are swept, peeking first, and at most a batch of them. A child that nobody
 * watches (inherited across the exec that started this program) is reaped and
 * not reported: here it would hide the others. Only for a process that owns
 * its signals and children.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/unforked.h"
#include "loop/backend.h"
#include "loop/clock.h"

struct signal_state {
	bool must_sweep; /* a sweep was cut short or is due */
};

static void signal_close(struct loop *loop)
{
	loop->state =
		unforked_free(loop->state, 1, sizeof(struct signal_state));
}

/* It has nothing open but the signalfd. */
static int signal_fd(const struct loop *loop)
{
	(void)loop;
	return -1;
}

static int signal_open(struct loop *loop, const struct loop_options *options,
		       struct text *reason)
{
	struct signal_state *state;
	int r;

	if (!options->signals) {
		text_add(reason, "the process's signals are not ours");
		return -EOPNOTSUPP;
	}
	state = unforked_new(1, sizeof(*state));
	if (!state) {
		text_add(reason, "memory");
		return -ENOMEM;
	}
	r = sigfd_open(&loop->sigfd, options->signals, options->signal_count,
		       SIGFD_CHILD_READ);
	if (r < 0) {
		text_add(reason, "signalfd");
		(void)unforked_free(state, 1, sizeof(*state));
		return r;
	}
	/* A child may have died before SIGCHLD was ours. */
	state->must_sweep = true;
	/* There is no other way to a dead worker's group. */
	loop->peeks = true;
	loop->state = state;
	return 0;
}

static int signal_watch_exit(struct loop *loop, struct loop_watch *watch)
{
	(void)loop; /* the table of pids is all it takes */
	watch->pidfd = -1;
	return 0;
}

/* The table in struct loop is all there is to it. */
static int signal_watch_fd(struct loop *loop, uint32_t index)
{
	(void)loop;
	(void)index;
	return 0;
}

static void signal_unwatch_fd(struct loop *loop, uint32_t index)
{
	(void)loop;
	(void)index;
}

static void signal_close_fd(struct loop *loop, int fd)
{
	(void)loop;
	(void)close(fd); /* nothing to be done on failure */
}

/* Reaps one child or returns false: none is dead, or only such as a tracer
 * holds. */
static bool signal_sweep_one(struct loop *loop, struct loop_batch *batch)
{
	struct loop_watch *watch;
	siginfo_t info;

	if (!orphans_peek(&info))
		return false;
	watch = pids_find(&loop->pids, info.si_pid);
	if (watch && backend_is_end(&info))
		backend_reap(loop, watch, batch);
	else
		orphans_take(&info, batch);
	return true;
}

static void signal_sweep(struct loop *loop, struct loop_batch *batch)
{
	struct signal_state *state = loop->state;
	uint32_t strangers = 0;

	state->must_sweep = false;
	while (batch_room(batch) > 0 &&
	       strangers < orphans_limit(&loop->orphans)) {
		uint32_t count = batch->count;

		if (!signal_sweep_one(loop, batch))
			return;
		if (loop->peeks && batch->count > count)
			break; /* it stays a zombie and would be found again */
		strangers += batch->count == count;
	}
	state->must_sweep = true;
}

static uint32_t signal_poll_set(const struct loop *loop, struct pollfd *set,
				uint32_t *places)
{
	uint32_t count = 1;

	set[0] = (struct pollfd){.fd = loop->sigfd.fd, .events = POLLIN};
	for (uint32_t i = 0; i < LOOP_FDS; i++) {
		if (loop->fds[i].fd < 0)
			continue;
		set[count] = (struct pollfd){
			.fd = loop->fds[i].fd,
			.events = (short)loop->fds[i].events,
		};
		places[count++] = i;
	}
	return count;
}

static int signal_sleep(struct pollfd *set, uint32_t count, uint64_t until_ns)
{
	uint64_t left_ns = nsec_since(until_ns, clock_now_ns());
	struct timespec left = {
		.tv_sec = (time_t)(left_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(left_ns % NSEC_PER_SEC),
	};
	int r;

	r = ppoll(set, count, until_ns == NSEC_NEVER ? NULL : &left, NULL);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r;
}

static int signal_wait(struct loop *loop, uint64_t until_ns,
		       struct loop_batch *batch)
{
	struct signal_state *state = loop->state;
	struct pollfd set[LOOP_FDS + 1];
	uint32_t places[LOOP_FDS + 1];
	uint32_t count = signal_poll_set(loop, set, places);
	int r;

	r = signal_sleep(set, count, state->must_sweep ? 0 : until_ns);
	if (r < 0)
		return r;
	if (set[0].revents && backend_read_signals(loop, batch)) {
		state->must_sweep = true;
		backend_note_child(loop);
	}
	for (uint32_t i = 1; i < count; i++) {
		struct loop_fd *place = &loop->fds[places[i]];
		struct loop_event *news;

		if (set[i].revents == 0)
			continue;
		news = batch_add(batch, LOOP_FD, place->tag);
		news->fd.fd = place->fd;
		news->fd.revents = (uint32_t)set[i].revents;
		place->fd = -1;
	}
	if (state->must_sweep)
		signal_sweep(loop, batch);
	return 0;
}

const struct backend signal_backend = {
	.name = "signal",
	.engine = MUSTER_ENGINE_SIGNAL,
	.open = signal_open,
	.close = signal_close,
	.fd = signal_fd,
	.watch_exit = signal_watch_exit,
	.watch_fd = signal_watch_fd,
	.unwatch_fd = signal_unwatch_fd,
	.close_fd = signal_close_fd,
	.wait = signal_wait,
};

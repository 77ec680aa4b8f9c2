/*
 * loop.c - chooses a backend, and does what is the same for all of them.
 *
 * Never decides what a death means, never calls back. The choice falls by
 * opening: each backend proves itself end to end in open(), and any failure at
 * all, whatever its errno, moves on to the next one in the table.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "base/unforked.h"
#include "loop/backend.h"
#include "loop/clock.h"

/* Best first. */
static const struct backend *const backends[] = {
	&ring_backend,
	&epoll_backend,
	&signal_backend,
};

static int loop_try(struct loop *loop, const struct backend *backend,
		    const struct loop_options *options, struct text *reason)
{
	int r;

	if (reason->length > 0)
		text_add(reason, "; ");
	text_add(reason, backend->name);
	text_add(reason, " refused: ");
	loop->backend = backend;
	r = backend->open(loop, options, reason);
	if (r < 0)
		loop->backend = NULL;
	return r;
}

static int loop_choose(struct loop *loop, const struct loop_options *options)
{
	struct text reason;
	int r = -EINVAL;

	text_init(&reason, loop->reason, sizeof(loop->reason));
	if (options->reaps_orphans && !options->signals) {
		text_add(&reason, "only who reads signals can reap orphans");
		return r;
	}
	for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
		size_t length = reason.length;

		if (options->engine != MUSTER_ENGINE_AUTO &&
		    options->engine != backends[i]->engine)
			continue;
		r = loop_try(loop, backends[i], options, &reason);
		if (r == 0) {
			/* What was refused before it is the reason. */
			loop->reason[length] = '\0';
			orphans_begin(&loop->orphans,
				      options->reaps_orphans &&
					      backends[i] != &signal_backend);
			return 0;
		}
	}
	return r;
}

int loop_new(const struct loop_options *options, struct loop **ret_loop)
{
	struct loop *loop = unforked_new(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	loop->sigfd = SIGFD_NULL;
	loop->peeks = options->peeks;
	(void)sigprocmask(SIG_BLOCK, NULL, &loop->sigfd.saved);
	list_init(&loop->held);
	list_init(&loop->jobs);
	for (size_t i = 0; i < LOOP_FDS; i++)
		loop->fds[i].fd = -1;
	*ret_loop = loop;
	return loop_choose(loop, options);
}

struct loop *loop_free(struct loop *loop)
{
	if (!loop)
		return NULL;
	backend_bury(loop);
	if (loop->backend)
		loop->backend->close(loop);
	sigfd_close(&loop->sigfd);
	return unforked_free(loop, 1, sizeof(*loop));
}

int loop_fd(const struct loop *loop)
{
	return loop->backend->fd(loop);
}

void loop_abandon(int fd)
{
	(void)fd_close(fd); /* nothing to be done on failure */
	sigfd_abandon();
}

enum muster_engine loop_engine(const struct loop *loop)
{
	return loop->backend->engine;
}

const char *loop_reason(const struct loop *loop)
{
	return loop->reason;
}

const sigset_t *loop_saved_mask(const struct loop *loop)
{
	return &loop->sigfd.saved;
}

bool loop_ignored_child(const struct loop *loop)
{
	return loop->sigfd.fd >= 0 &&
	       loop->sigfd.saved_child.sa_handler == SIG_IGN;
}

int loop_watch_exit(struct loop *loop, struct loop_watch *watch)
{
	int r;

	list_init(&watch->link);
	list_init(&watch->job);
	pids_add(&loop->pids, watch);
	r = loop->backend->watch_exit(loop, watch);
	if (r < 0)
		backend_hold(loop, watch);
	return r;
}

void loop_watch_stops(struct loop *loop, struct loop_watch *watch)
{
	list_append(&loop->jobs, &watch->job);
	loop->job_count++;
}

int loop_find_exit(const struct loop *loop, pid_t pid, uint64_t *ret_tag)
{
	const struct loop_watch *watch = pids_find(&loop->pids, pid);

	if (!watch)
		return -ENOENT;
	*ret_tag = watch->tag;
	return 0;
}

static struct loop_fd *loop_find_fd(struct loop *loop, int fd)
{
	for (size_t i = 0; i < LOOP_FDS; i++)
		if (loop->fds[i].fd == fd)
			return &loop->fds[i];
	return NULL;
}

int loop_watch_fd(struct loop *loop, int fd, uint32_t events, uint64_t tag)
{
	struct loop_fd *place;
	int r;

	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	/* As epoll has it: what is always ready is not waited for. */
	if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
		return -EPERM;
	if (loop_find_fd(loop, fd))
		return -EEXIST;
	place = loop_find_fd(loop, -1);
	if (!place)
		return -ENOSPC;
	place->fd = fd;
	place->events = events;
	place->tag = tag;
	place->generation++;
	r = loop->backend->watch_fd(loop, (uint32_t)(place - loop->fds));
	if (r < 0)
		place->fd = -1;
	return r;
}

int loop_unwatch_fd(struct loop *loop, int fd)
{
	struct loop_fd *place = loop_find_fd(loop, fd);

	if (fd < 0 || !place)
		return -ENOENT;
	loop->backend->unwatch_fd(loop, (uint32_t)(place - loop->fds));
	place->fd = -1;
	return 0;
}

void loop_close(struct loop *loop, int fd)
{
	if (fd >= 0)
		loop->backend->close_fd(loop, fd);
}

void loop_close_now(struct loop *loop, int fd)
{
	(void)loop;	    /* it knows nothing of it any more */
	(void)fd_close(fd); /* a pidfd: nothing is lost by a failure */
}

bool loop_has_children(const struct loop *loop)
{
	siginfo_t info;

	(void)loop; /* it is the kernel that knows */
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ||
	       errno != ECHILD;
}

void loop_reap_at_once(struct loop *loop)
{
	orphans_hurry(&loop->orphans);
}

/* The signal of its stop, or 0. Only its own: on the ring it may be reaped and
 * not told yet, and its number another's. */
static int loop_ask_stop(const struct loop *loop,
			 const struct loop_watch *watch)
{
	siginfo_t info = {0};

	if (pids_find(&loop->pids, watch->pid) != watch ||
	    waitid(P_PID, (id_t)watch->pid, &info, WSTOPPED | WNOHANG) < 0 ||
	    info.si_code != CLD_STOPPED)
		return 0;
	return info.si_status;
}

/* Takes the news of a stop, and of nothing else, from so many in turn; the rest
 * is asked by the next wait. */
static void loop_take_stops(struct loop *loop, struct loop_batch *batch)
{
	for (uint32_t i = 0; i < LOOP_BATCH && loop->jobs_due > 0; i++) {
		struct list *node = list_first(&loop->jobs);
		const struct loop_watch *watch;
		int signo;

		if (!node) {
			loop->jobs_due = 0;
			return;
		}
		if (batch_room(batch) == 0)
			return;
		watch = CONTAINER_OF(node, struct loop_watch, job);
		list_append(&loop->jobs, node);
		loop->jobs_due--;
		signo = loop_ask_stop(loop, watch);
		if (signo != 0)
			batch_add(batch, LOOP_STOP, watch->tag)->stop.signo =
				signo;
	}
}

int loop_wait(struct loop *loop, uint64_t until_ns, struct loop_batch *batch)
{
	int r;

	batch->count = 0;
	batch->orphans = 0;
	backend_bury(loop);
	until_ns = nsec_min(until_ns, loop->orphans.due_ns);
	if (!list_is_empty(&loop->held))
		until_ns = nsec_min(until_ns, loop->held_due_ns);
	if (loop->jobs_due > 0) /* they were too many for one wait */
		until_ns = 0;
	r = loop->backend->wait(loop, until_ns, batch);
	if (r < 0)
		return r;
	backend_settle(loop, batch);
	orphans_sweep(loop, batch);
	if (loop->jobs_due > 0)
		loop_take_stops(loop, batch);
	return (int)batch->count;
}

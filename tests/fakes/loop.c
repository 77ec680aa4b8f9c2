/*
 * loop.c - stands behind loop/loop.h and loop/clock.h. Waiting moves the
 * world's clock to the deadline or to the next end of a process, whichever
 * comes first. Ends stand in a batch before descriptors, and signals last: the
 * order in a turn is for the core to make. A wait without end in which nothing
 * can ever happen is -EDEADLK.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/fake.h"
#include "fakes/news.h"
#include "loop/clock.h"

#define NEWS_SIGNALS 256U

struct loop {
	enum muster_engine engine;
	bool peeks;
	sigset_t saved;
	char reason[64];
};

struct news_fd {
	int fd; /* -1: free */
	uint32_t events;
	uint32_t revents; /* ready */
	uint64_t tag;
};

static struct {
	struct loop_event signals[NEWS_SIGNALS];
	uint32_t signal_count;
	int read[64]; /* signals that the loop reads */
	struct news_fd fds[LOOP_FDS];
} news;

void news_begin(void)
{
	news.signal_count = 0;
	for (size_t i = 0; i < LOOP_FDS; i++)
		news.fds[i] = (struct news_fd){.fd = -1};
}

void news_end(void)
{
	news_begin();
}

uint64_t clock_now_ns(void)
{
	uint64_t now_ns = fake.now_ns;

	fake.readings++;
	fake_pass(fake.tick_ns);
	return now_ns;
}

void fake_signal_from(int signo, pid_t pid, uid_t uid, int code)
{
	struct loop_event *event;

	if (news.signal_count == NEWS_SIGNALS)
		return; /* as the kernel does with what is pending already */
	event = &news.signals[news.signal_count++];
	*event = (struct loop_event){.kind = LOOP_SIGNAL};
	event->signal.signo = signo;
	event->signal.code = code;
	event->signal.pid = pid;
	event->signal.uid = uid;
}

void fake_signal(int signo)
{
	fake_signal_from(signo, 4711, 1000, SI_USER);
}

static struct news_fd *news_find_fd(int fd)
{
	for (size_t i = 0; i < LOOP_FDS; i++)
		if (news.fds[i].fd == fd)
			return &news.fds[i];
	return NULL;
}

void fake_ready(int fd, uint32_t revents)
{
	struct news_fd *place = news_find_fd(fd);

	if (fd >= 0 && place)
		place->revents = revents;
}

bool fake_is_watched(int fd)
{
	return fd >= 0 && news_find_fd(fd);
}

int loop_new(const struct loop_options *options, struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	fake.loops++;
	fake.loop_options = *options;
	/* They are borrowed for this call. */
	if (options->signals) {
		memcpy(news.read, options->signals,
		       options->signal_count * sizeof(int));
		fake.loop_options.signals = news.read;
	}
	*ret_loop = loop;
	loop->engine = options->engine;
	if (loop->engine == MUSTER_ENGINE_AUTO)
		loop->engine = options->has_pidfds ? MUSTER_ENGINE_RING
						   : MUSTER_ENGINE_SIGNAL;
	loop->peeks = options->peeks || loop->engine == MUSTER_ENGINE_SIGNAL;
	(void)sigemptyset(&loop->saved);
	(void)sigaddset(&loop->saved, SIGUSR2);
	(void)strcpy(loop->reason, "the fake refused");
	if (fake.loop_error != 0)
		return -fake.loop_error;
	if (loop->engine == MUSTER_ENGINE_SIGNAL ? !options->signals
						 : !options->has_pidfds)
		return -EOPNOTSUPP;
	loop->reason[0] = '\0';
	return 0;
}

static void news_reap(struct fake_process *process)
{
	process->state = FAKE_REAPED;
	list_remove(&process->link);
}

static void news_bury(void)
{
	struct list *node = fake.living.next;

	while (node != &fake.living) {
		struct fake_process *process =
			CONTAINER_OF(node, struct fake_process, link);

		node = node->next;
		if (process->state == FAKE_ZOMBIE)
			news_reap(process);
	}
}

struct loop *loop_free(struct loop *loop)
{
	if (!loop)
		return NULL;
	news_bury();
	fake.loops--;
	free(loop);
	return NULL;
}

int loop_fd(const struct loop *loop)
{
	(void)loop;
	return -1;
}

void loop_abandon(int fd)
{
	(void)fd;
	fake_blame("nobody is a forked child here");
}

enum muster_engine loop_engine(const struct loop *loop)
{
	return loop->engine;
}

const char *loop_reason(const struct loop *loop)
{
	return loop->reason;
}

const sigset_t *loop_saved_mask(const struct loop *loop)
{
	return &loop->saved;
}

bool loop_ignored_child(const struct loop *loop)
{
	(void)loop; /* one at a time */
	return fake.is_child_ignored;
}

int loop_watch_exit(struct loop *loop, struct loop_watch *watch)
{
	struct fake_process *process = fake_by_pid(watch->pid);

	fake_note(FAKE_WATCH, watch->pid, -1);
	if (!process || process->state >= FAKE_ZOMBIE) {
		fake_blame("%d is watched, which is no child", watch->pid);
		return 0;
	}
	if (process->watches++ > 0)
		fake_blame("%d is watched twice", watch->pid);
	if (process->pidfd != watch->pidfd)
		fake_blame("%d is watched by a pidfd not its own", watch->pid);
	process->watch = watch;
	if (loop->engine == MUSTER_ENGINE_SIGNAL)
		watch->pidfd = -1;
	if (fake.watch_failures == 0)
		return 0;
	fake.watch_failures--;
	process->is_held = true;
	return -ENOSPC;
}

void loop_watch_stops(struct loop *loop, struct loop_watch *watch)
{
	struct fake_process *process = fake_by_pid(watch->pid);

	(void)loop;
	if (!process || process->watch != watch || process->tells_stops ||
	    !fake.loop_options.tells_stops)
		fake_blame("%d's stops are watched", watch->pid);
	else
		process->tells_stops = true;
}

int loop_find_exit(const struct loop *loop, pid_t pid, uint64_t *ret_tag)
{
	const struct fake_process *process = fake_by_pid(pid);

	(void)loop; /* one at a time */
	if (!process || !process->watch)
		return -ENOENT;
	*ret_tag = process->watch->tag;
	return 0;
}

int loop_watch_fd(struct loop *loop, int fd, uint32_t events, uint64_t tag)
{
	struct news_fd *place = news_find_fd(-1);

	(void)loop; /* one at a time */
	if (fake_is_watched(fd))
		return -EEXIST;
	if (!place)
		return -ENOSPC;
	*place = (struct news_fd){.fd = fd, .events = events, .tag = tag};
	if (said_is_ready(fd))
		place->revents = events;
	return 0;
}

int loop_unwatch_fd(struct loop *loop, int fd)
{
	struct news_fd *place = news_find_fd(fd);

	(void)loop; /* one at a time */
	if (fd < 0 || !place)
		return -ENOENT;
	place->fd = -1;
	return 0;
}

/* On the ring this is done by the next wait only: a fork before that would have
 * a copy. */
void loop_close(struct loop *loop, int fd)
{
	const struct fake_process *process = fake_by_fd(fd);

	if (fake.forks_prepared > 0 && process && process->told_wait != 0)
		fake_blame("the pidfd of %d may be handed down", process->pid);
	loop_close_now(loop, fd);
}

void loop_close_now(struct loop *loop, int fd)
{
	(void)loop; /* one at a time */
	if (fd >= 0)
		fake_close_pidfd(fd);
}

/* Workers are children, too, until they are reaped. */
bool loop_has_children(const struct loop *loop)
{
	(void)loop; /* one at a time */
	return fake.children > 0 || !list_is_empty(&fake.living);
}

void loop_reap_at_once(struct loop *loop)
{
	(void)loop;
	fake.reaps_at_once = true;
}

/* When the end of a process is news; NSEC_NEVER when nobody watches it. */
static uint64_t news_due_ns(const struct fake_process *process)
{
	if (!process->watch || process->death_ns == NSEC_NEVER)
		return NSEC_NEVER;
	if (!process->is_held)
		return process->death_ns;
	return nsec_add(nsec_max(process->death_ns, process->launched_ns),
			FAKE_HELD_NS);
}

static uint64_t news_first_ns(void)
{
	uint64_t first_ns = NSEC_NEVER;

	for (struct list *node = fake.living.next; node != &fake.living;
	     node = node->next)
		first_ns = nsec_min(first_ns,
				    news_due_ns(CONTAINER_OF(
					    node, struct fake_process, link)));
	return first_ns;
}

bool fake_has_news(void)
{
	for (size_t i = 0; i < LOOP_FDS; i++)
		if (news.fds[i].fd >= 0 && news.fds[i].revents != 0)
			return true;
	return news.signal_count > 0 || fake.orphans > 0 || fake.stopped ||
	       news_first_ns() <= fake.now_ns;
}

static struct loop_event *news_add(struct loop_batch *batch,
				   enum loop_event_kind kind, uint64_t tag)
{
	struct loop_event *event = &batch->events[batch->count++];

	*event = (struct loop_event){.kind = kind, .tag = tag};
	return event;
}

static void news_tell_end(const struct loop *loop, struct fake_process *process,
			  struct loop_batch *batch)
{
	struct loop_event *event =
		news_add(batch, LOOP_EXIT, process->watch->tag);

	event->exit.code = process->code;
	event->exit.status = process->status;
	fake_note(FAKE_TOLD, process->pid, -1);
	process->watch = NULL; /* may serve a successor at once */
	process->told_wait = fake.waits;
	fake_report(process);
	if (loop->peeks && process->code != 0)
		process->state = FAKE_ZOMBIE;
	else
		news_reap(process);
}

static void news_tell_ends(const struct loop *loop, struct loop_batch *batch)
{
	struct list *node = fake.living.next;

	while (node != &fake.living) {
		struct fake_process *process =
			CONTAINER_OF(node, struct fake_process, link);

		node = node->next;
		if (process->death_ns <= fake.now_ns &&
		    process->state == FAKE_RUNNING)
			process->state = FAKE_DEAD;
		if (batch->count < LOOP_BATCH - LOOP_SIGNALS &&
		    news_due_ns(process) <= fake.now_ns)
			news_tell_end(loop, process, batch);
	}
}

static void news_tell_stop(struct loop_batch *batch)
{
	if (!fake.stopped || !fake.stopped->watch)
		return;
	if (fake.stopped->tells_stops)
		news_add(batch, LOOP_STOP, fake.stopped->watch->tag)
			->stop.signo = fake.stopped_by;
	fake.stopped = NULL;
}

static void news_tell_fds(struct loop_batch *batch)
{
	for (size_t i = 0; i < LOOP_FDS; i++) {
		struct news_fd *place = &news.fds[i];
		struct loop_event *event;

		if (place->fd < 0 || place->revents == 0 ||
		    batch->count == LOOP_BATCH - LOOP_SIGNALS)
			continue;
		event = news_add(batch, LOOP_FD, place->tag);
		event->fd.fd = place->fd;
		event->fd.revents = place->revents;
		place->fd = -1;
	}
}

static bool news_is_read(int signo)
{
	for (uint32_t i = 0; i < fake.loop_options.signal_count; i++)
		if (news.read[i] == signo)
			return true;
	return false;
}

static void news_tell_signals(struct loop_batch *batch)
{
	uint32_t taken = 0;

	while (taken < news.signal_count && taken < LOOP_SIGNALS) {
		const struct loop_event *record = &news.signals[taken++];

		if (news_is_read(record->signal.signo))
			*news_add(batch, LOOP_SIGNAL, 0) = *record;
	}
	news.signal_count -= taken;
	memmove(news.signals, news.signals + taken,
		news.signal_count * sizeof(news.signals[0]));
}

static void fake_sweep(void)
{
	if (!fake.reaps_at_once)
		return;
	fake.orphans += fake.zombies;
	fake.children -= fake.zombies;
	fake.zombies = 0;
}

int loop_wait(struct loop *loop, uint64_t until_ns, struct loop_batch *batch)
{
	uint64_t before_ns = fake.now_ns;
	uint64_t next_ns = until_ns;

	batch->count = 0;
	batch->orphans = 0;
	fake.waits++;
	fake.until_ns = until_ns;
	fake.delivered = 0;
	fake.passed_ns = 0;
	if (!loop) {
		fake_blame("a wait without a loop");
		return -EFAULT;
	}
	news_bury();
	fake_sweep();
	if (fake.loop_wait_error != 0)
		return -fake.loop_wait_error;
	if (fake.interruptions > 0) {
		fake.interruptions--;
		return 0;
	}
	if (!fake_has_news())
		next_ns = nsec_min(until_ns, news_first_ns());
	else
		next_ns = 0;
	if (next_ns == NSEC_NEVER)
		return -EDEADLK;
	fake.now_ns = nsec_max(fake.now_ns, next_ns);
	fake.passed_ns = fake.now_ns - before_ns;
	batch->orphans = fake.orphans;
	fake.orphans = 0;
	news_tell_stop(batch);
	news_tell_ends(loop, batch);
	news_tell_fds(batch);
	news_tell_signals(batch);
	fake.delivered = batch->count;
	return (int)batch->count;
}

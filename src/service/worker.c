/*
 * worker.c - muster_worker_*: called by services, in any of their threads.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/nsec.h"
#include "base/text.h"
#include "loop/clock.h"
#include "service/worker.h"

/* Of a status, as of what a launcher keeps of it, and of a name before it. */
#define WORKER_WORDS ((size_t)255)
#define WORKER_MESSAGE (sizeof("STATUS=: ") + 2 * WORKER_WORDS)

void worker_init(struct muster_worker *worker, struct worker_home *home,
		 const struct service *service)
{
	*worker = (struct muster_worker){
		.home = home,
		.service = service,
		.id = home ? 0 : MUSTER_WORKER_MASTER,
		.generation = home ? 1 : 0,
		.embed_fd = -1,
		.stop_fd = -1,
	};
	/* Default attributes: these cannot fail here. */
	(void)pthread_mutex_init(&worker->lock, NULL);
	(void)pthread_cond_init(&worker->granted, NULL);
}

void worker_fini(struct muster_worker *worker)
{
	worker->embed_fd = fd_close(worker->embed_fd);
	worker->stop_fd = fd_close(worker->stop_fd);
	(void)pthread_cond_destroy(&worker->granted);
	(void)pthread_mutex_destroy(&worker->lock);
}

/* Where read(2) and write(2) are called with a lock: a thread that is cancelled
 * there would keep it (pthreads(7)). In signal handlers, too. */
static int worker_defer_cancel(void)
{
	int before = PTHREAD_CANCEL_ENABLE;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

static int worker_raise(int fd)
{
	const uint64_t one = 1;
	int before = errno; /* a signal handler's interrupted code has one */
	int cancel = worker_defer_cancel();
	int r = 0;

	/* EAGAIN: it is readable already. */
	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		r = -errno;
	(void)pthread_setcancelstate(cancel, NULL);
	errno = before;
	return r;
}

static void worker_lower(int fd)
{
	uint64_t count;
	int cancel;

	if (fd < 0)
		return;
	cancel = worker_defer_cancel();
	(void)!read(fd, &count, sizeof(count));
	(void)pthread_setcancelstate(cancel, NULL);
}

int worker_wake(const struct worker_home *home)
{
	return worker_raise(home->wake_fd);
}

static int worker_call(struct muster_worker *worker, enum worker_wish wish)
{
	const struct muster_service_ops *ops = &worker->service->ops;

	if (wish == WORKER_WISH_RESET)
		return ops->reset ? ops->reset(worker, worker->service->data)
				  : 0;
	if ((wish == WORKER_WISH_STOP || wish == WORKER_WISH_STOP_NOW) &&
	    ops->stop)
		ops->stop(worker, worker->service->data,
			  wish == WORKER_WISH_STOP);
	return 0;
}

int worker_ask(struct muster_worker *worker, enum worker_wish wish)
{
	int result;

	(void)pthread_mutex_lock(&worker->lock);
	if (worker->embed_fd < 0) {
		/* start() may be about to make its loop: that is told then. */
		worker->is_told |= wish != WORKER_WISH_RESET;
		(void)pthread_mutex_unlock(&worker->lock);
		return worker_call(worker, wish);
	}
	worker->wish = wish;
	(void)worker_raise(worker->embed_fd); /* it is ours and open */
	while (worker->wish != WORKER_WISH_NONE &&
	       (worker->embed_fd >= 0 || worker->wish == WORKER_WISH_TAKEN))
		(void)pthread_cond_wait(&worker->granted, &worker->lock);
	wish = worker->wish; /* of a loop that has ended meanwhile */
	worker->wish = WORKER_WISH_NONE;
	result = worker->result;
	(void)pthread_mutex_unlock(&worker->lock);
	return wish == WORKER_WISH_NONE ? result : worker_call(worker, wish);
}

void worker_end_loop(struct muster_worker *worker)
{
	(void)pthread_mutex_lock(&worker->lock);
	worker->embed_fd = fd_close(worker->embed_fd);
	(void)pthread_cond_broadcast(&worker->granted);
	(void)pthread_mutex_unlock(&worker->lock);
}

void worker_note_stop(struct muster_worker *worker, bool is_stopping)
{
	(void)pthread_mutex_lock(&worker->lock);
	if (is_stopping && worker->stop_fd >= 0)
		(void)worker_raise(worker->stop_fd); /* likewise */
	else
		worker_lower(worker->stop_fd);
	if (!is_stopping)
		worker->is_told = false;
	(void)pthread_mutex_unlock(&worker->lock);
}

int worker_stop_fd(struct muster_worker *worker)
{
	int fd;

	(void)pthread_mutex_lock(&worker->lock);
	if (worker->stop_fd < 0) {
		bool is_stopping = worker->home &&
				   atomic_load(&worker->home->stop_reason) !=
					   MUSTER_STOP_NONE;

		worker->stop_fd = eventfd(is_stopping ? 1 : 0,
					  EFD_CLOEXEC | EFD_NONBLOCK);
	}
	fd = worker->stop_fd < 0 ? -errno : worker->stop_fd;
	(void)pthread_mutex_unlock(&worker->lock);
	return fd;
}

/* A message of sd_notify(3); 0 where nobody listens. */
static int worker_tell(const struct worker_home *home, const char *message)
{
	if (!home || home->notify_fd < 0)
		return 0;
	while (send(home->notify_fd, message, strlen(message), MSG_NOSIGNAL) <
	       0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* One that its process may have to pass on. */
static int worker_say(const struct worker_home *home, const char *message)
{
	return home && home->upstream ? upstream_say(home->upstream, message)
				      : worker_tell(home, message);
}

/* Not in the middle of a character: whoever hears refuses half of one. */
static void worker_add_words(struct text *text, const char *words)
{
	size_t length = strnlen(words, WORKER_WORDS);

	if (words[length] != '\0')
		while (length > 0 &&
		       ((unsigned char)words[length] & 0xc0) == 0x80)
			length--;
	text_add_bytes(text, words, length);
}

int muster_worker_id(const struct muster_worker *worker)
{
	return worker ? worker->id : -EINVAL;
}

uint32_t muster_worker_generation(const struct muster_worker *worker)
{
	return worker ? worker->generation : 0;
}

const char *muster_worker_service(const struct muster_worker *worker)
{
	return worker ? worker->service->name : "";
}

const char *muster_worker_backdoor(const struct muster_worker *worker)
{
	return worker && worker->home ? worker->home->backdoor : NULL;
}

enum muster_stop_reason
muster_worker_stop_reason(const struct muster_worker *worker)
{
	if (!worker || !worker->home)
		return MUSTER_STOP_NONE;
	return (enum muster_stop_reason)atomic_load(&worker->home->stop_reason);
}

const char *muster_stop_reason_name(enum muster_stop_reason reason)
{
	static const char *const names[MUSTER_STOP_REASONS] = {
		[MUSTER_STOP_NONE] = "none",
		[MUSTER_STOP_OPERATOR] = "operator",
		[MUSTER_STOP_RELOAD] = "reload",
		[MUSTER_STOP_SCALE] = "scale-down",
		[MUSTER_STOP_PARENT] = "parent death",
		[MUSTER_STOP_GIVE_UP] = "give-up",
		[MUSTER_STOP_FAILURE] = "failure",
	};

	return (unsigned int)reason < MUSTER_STOP_REASONS ? names[reason] : "?";
}

int muster_worker_listener(const struct muster_worker *worker, uint32_t index)
{
	if (!worker)
		return -EINVAL;
	return index < worker->listener_count ? worker->listen_fds[index]
					      : -ENOENT;
}

int muster_worker_ready(struct muster_worker *worker)
{
	int r;

	if (!worker)
		return -EINVAL;
	if (!worker->home || atomic_exchange(&worker->is_ready, true))
		return 0;
	r = worker_tell(worker->home, "READY=1");
	if (r < 0)
		atomic_store(&worker->is_ready, false); /* to be tried again */
	else if (worker->home->upstream)
		/* Whoever waits tells it when all are; elsewhere a thousand
		 * workers would be woken for nothing. */
		(void)worker_wake(worker->home); /* or he hears of it later */
	return r;
}

int muster_worker_ping(struct muster_worker *worker)
{
	if (!worker)
		return -EINVAL;
	if (!worker->home)
		return 0;
	if (worker->home->upstream)
		return upstream_ping(worker->home->upstream,
				     &worker->ping_round);
	if (!worker->home->has_watchdog)
		return 0;
	return worker_tell(worker->home, "WATCHDOG=1");
}

int muster_worker_status(struct muster_worker *worker, const char *status)
{
	const struct upstream *upstream;
	char message[WORKER_MESSAGE];
	struct text text;

	if (!worker || !status || strchr(status, '\n'))
		return -EINVAL;
	text_init(&text, message, sizeof(message));
	text_add(&text, "STATUS=");
	upstream = worker->home ? worker->home->upstream : NULL;
	if (upstream && upstream->services > 1) {
		worker_add_words(&text, worker->service->name);
		text_add(&text, ": ");
	}
	worker_add_words(&text, status);
	text_disarm(&text); /* a name with a newline: a message in it */
	return worker_say(worker->home, message);
}

/* A start has no deadline in its own process, and what it asks for is not for
 * the stop that comes later. */
static void worker_prolong(struct worker_home *home, uint64_t more_ns)
{
	uint64_t until_ns = nsec_add(clock_now_ns(), more_ns);
	uint64_t before_ns;

	if (!home || atomic_load(&home->stop_reason) == MUSTER_STOP_NONE)
		return;
	before_ns = atomic_load(&home->extended_ns);
	while (before_ns < until_ns &&
	       !atomic_compare_exchange_weak(&home->extended_ns, &before_ns,
					     until_ns))
		;		 /* another service's is before_ns now */
	(void)worker_wake(home); /* or the deadline is what it was */
}

int muster_worker_extend(struct muster_worker *worker, uint64_t more_ns)
{
	char message[WORKER_MESSAGE];
	struct text text;

	if (!worker || more_ns < NSEC_PER_USEC)
		return -EINVAL;
	text_init(&text, message, sizeof(message));
	text_add(&text, "EXTEND_TIMEOUT_USEC=");
	text_add_u64(&text, more_ns / NSEC_PER_USEC);
	worker_prolong(worker->home, more_ns);
	return worker_say(worker->home, message);
}

int muster_worker_stop(struct muster_worker *worker)
{
	if (!worker || !worker->home)
		return -EINVAL;
	atomic_store(&worker->home->is_stop_wanted, true);
	return worker_wake(worker->home);
}

int muster_worker_get_fd(struct muster_worker *worker)
{
	int fd;

	if (!worker || !worker->home)
		return -EINVAL;
	(void)pthread_mutex_lock(&worker->lock);
	if (worker->embed_fd < 0)
		worker->embed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fd = worker->embed_fd < 0 ? -errno : worker->embed_fd;
	if (worker->is_told)
		worker_raise(worker->embed_fd);
	(void)pthread_mutex_unlock(&worker->lock);
	return fd;
}

static void worker_grant(struct muster_worker *worker, int result)
{
	(void)pthread_mutex_lock(&worker->lock);
	worker->wish = WORKER_WISH_NONE;
	worker->result = result;
	(void)pthread_cond_broadcast(&worker->granted);
	(void)pthread_mutex_unlock(&worker->lock);
}

/* stop() or reset() has left its thread, and somebody waits for it. */
static void worker_quit(void *argument)
{
	worker_grant(argument, -ECANCELED);
}

static void worker_obey(struct muster_worker *worker, enum worker_wish wish)
{
	int result;

	pthread_cleanup_push(worker_quit, worker);
	result = worker_call(worker, wish);
	pthread_cleanup_pop(0);
	worker_grant(worker, result);
}

int muster_worker_dispatch(struct muster_worker *worker)
{
	enum worker_wish wish;
	bool has_loop;
	bool is_told;

	if (!worker)
		return -EINVAL;
	(void)pthread_mutex_lock(&worker->lock);
	has_loop = worker->embed_fd >= 0;
	wish = has_loop ? worker->wish : WORKER_WISH_NONE;
	if (wish != WORKER_WISH_NONE && wish != WORKER_WISH_TAKEN)
		worker->wish = WORKER_WISH_TAKEN; /* it is nobody else's */
	is_told = worker->is_told;
	worker_lower(worker->embed_fd);
	(void)pthread_mutex_unlock(&worker->lock);
	if (wish == WORKER_WISH_TAKEN)
		return -EBUSY;
	if (wish == WORKER_WISH_NONE)
		return has_loop ? is_told : -EINVAL;
	worker_obey(worker, wish);
	return wish == WORKER_WISH_STOP || wish == WORKER_WISH_STOP_NOW;
}

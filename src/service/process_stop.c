/*
 * process_stop.c - stop() of the launcher's own copies of its services, with
 * the workers' deadline (B83). In a thread: nothing is forked any more, and one
 * that hangs must not hold up the launcher, which turns meanwhile and hears
 * whoever wants it to end at once (B72, B74).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/nsec.h"
#include "core/hold.h"
#include "loop/clock.h"
#include "service/process.h"

static void *process_run_stop(void *argument)
{
	struct process *process = argument;
	struct muster_launcher *launcher = process->launcher;
	const uint64_t one = 1;

	for (uint32_t i = 0; i < launcher->count; i++) {
		struct launched *launched = launcher->services[i];

		if (launched->first == launched)
			(void)worker_ask(&launched->worker, WORKER_WISH_STOP);
	}
	(void)!write(process->stopped_fd, &one, sizeof(one));
	return NULL;
}

static bool process_has_stops(const struct muster_launcher *launcher)
{
	for (uint32_t i = 0; i < launcher->count; i++)
		if (launcher->services[i]->service->ops.stop)
			return true;
	return false;
}

static int process_watch_stopper(struct process *process)
{
	if (process->stopped_fd < 0)
		process->stopped_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (process->stopped_fd < 0)
		return -errno;
	return muster_watch_fd(process->launcher->muster, process->stopped_fd,
			       POLLIN, PROCESS_TAG_STOPPED);
}

static int process_make_stopper(struct process *process)
{
	int r = process_watch_stopper(process);

	if (r < 0)
		return r;
	r = pthread_create(&process->stopper, NULL, process_run_stop, process);
	if (r == 0)
		process->copies = COPIES_STOPPING;
	else
		(void)muster_unwatch_fd(process->launcher->muster,
					process->stopped_fd);
	return -r;
}

/* Nobody waits for them any more. */
static void process_settle(struct process *process, enum process_copies copies)
{
	process->copies = copies;
	(void)hold_set(process->launcher->muster, false);
}

static void process_arm(struct process *process)
{
	uint64_t timeout_ns =
		process->launcher->settings.options.graceful_timeout_ns;

	process->deadline_ns = timeout_ns == MUSTER_FOREVER
				       ? NSEC_NEVER
				       : nsec_add(clock_now_ns(), timeout_ns);
}

void process_begin_stop(struct process *process)
{
	struct muster_launcher *launcher = process->launcher;
	const struct settings *settings = &launcher->settings;

	process->is_stopping = true;
	process->wants_reload = false;
	upstream_stop(&process->upstream);
	if (settings->hooks.on_terminate)
		settings->hooks.on_terminate(settings->options.hook_data);
	process_arm(process);
	if (!process_has_stops(launcher))
		return;
	process->copies = COPIES_DUE;
	(void)process_make_stopper(process); /* process_tend_stop tries again */
}

static bool process_is_stopping_copies(const struct process *process)
{
	return process->copies == COPIES_STOPPING ||
	       process->copies == COPIES_AWAITED;
}

void process_take_stopped(struct process *process)
{
	uint64_t count;

	/* The program may watch a descriptor of its own under our tag. */
	if (!process_is_stopping_copies(process) ||
	    read(process->stopped_fd, &count, sizeof(count)) < 0)
		return;
	(void)pthread_join(process->stopper, NULL);
	process_settle(process, COPIES_STOPPED);
}

static bool process_has_workers(const struct process *process)
{
	struct muster_stats stats = MUSTER_STATS_INIT;

	(void)muster_get_stats(process->launcher->muster, -1, &stats);
	return stats.running + stats.waiting > 0;
}

/* What the workers had is there for others now. Not in this thread: one that
 * hangs would hold up the end for ever. It has the whole time again: the
 * workers may have taken all of the first. */
static void process_try_again(struct process *process)
{
	int r;

	process_arm(process);
	r = process_make_stopper(process);
	if (r == 0)
		return;
	process_settle(process, COPIES_LEFT);
	speak(&process->launcher->speaker, MUSTER_LOG_ERROR,
	      "No thread to stop the services in the launcher: %s",
	      strerror(-r));
}

static void process_give_up(struct process *process)
{
	process_settle(process, COPIES_STUCK);
	speak(&process->launcher->speaker, MUSTER_LOG_ERROR,
	      "Graceful shutdown timeout exceeded, a service's stop() in the "
	      "launcher does not return");
}

/* The workers have their own deadlines, and may ask for more time: how long the
 * copies have taken counts once nobody else is left. */
void process_tend_stop(struct process *process)
{
	if ((process->copies == COPIES_DUE ||
	     process->copies == COPIES_STOPPING) &&
	    !process_has_workers(process)) {
		if (process->copies == COPIES_DUE)
			process_try_again(process);
		if (process->copies == COPIES_STOPPING)
			process->copies = COPIES_AWAITED;
	}
	if (process->copies == COPIES_AWAITED &&
	    clock_now_ns() >= process->deadline_ns)
		process_give_up(process);
}

uint64_t process_stop_timeout_ns(const struct process *process)
{
	if (process->copies != COPIES_AWAITED ||
	    process->deadline_ns == NSEC_NEVER)
		return NSEC_NEVER;
	return nsec_since(process->deadline_ns, clock_now_ns());
}

/* Who was killed waits for nobody; a thread that is left still writes there. */
bool process_end_stop(struct process *process)
{
	if (process_is_stopping_copies(process))
		process_settle(process, COPIES_STUCK);
	if (process->copies == COPIES_DUE)
		process_settle(process, COPIES_LEFT);
	if (process->copies == COPIES_STUCK)
		return false;
	process->stopped_fd = fd_close(process->stopped_fd);
	return process->copies != COPIES_LEFT;
}

bool process_has_stopped(const struct muster_launcher *launcher)
{
	return launcher->status >= 0 || launcher->is_stuck ||
	       (launcher->process && launcher->process->is_stopping);
}

/*
 * process_stop.c - stop() of the launcher's own copies of its services, with
 * the workers' deadline (B83). In a thread: nothing is forked any more, and one
 * that hangs must not hold up the launcher.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/nsec.h"
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

static int process_make_stopper(struct process *process)
{
	int r;

	if (process->stopped_fd < 0)
		process->stopped_fd = eventfd(0, EFD_CLOEXEC);
	if (process->stopped_fd < 0)
		return -errno;
	r = pthread_create(&process->stopper, NULL, process_run_stop, process);
	if (r == 0)
		process->copies = COPIES_STOPPING;
	return -r;
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
	upstream_stop(&process->upstream);
	if (settings->hooks.on_terminate)
		settings->hooks.on_terminate(settings->options.hook_data);
	process_arm(process);
	if (!process_has_stops(launcher))
		return;
	process->copies = COPIES_DUE;
	(void)process_make_stopper(process); /* process_end_stop tries again */
}

static bool process_poll_stopper(const struct process *process,
				 uint64_t left_ns)
{
	struct pollfd set = {process->stopped_fd, POLLIN, 0};
	struct timespec left = {(time_t)(left_ns / NSEC_PER_SEC),
				(long)(left_ns % NSEC_PER_SEC)};

	return ppoll(&set, 1, left_ns == NSEC_NEVER ? NULL : &left, NULL) > 0;
}

/* False when the deadline has passed. The launcher lives as long as it waits
 * here, and says so. */
static bool process_await_stopper(struct process *process)
{
	struct upstream *upstream = &process->upstream;
	uint64_t left_ns = process->deadline_ns;

	while (left_ns > 0) {
		uint64_t sign_ns = upstream_timeout_ns(upstream);

		if (process->deadline_ns != NSEC_NEVER)
			left_ns = nsec_since(process->deadline_ns,
					     clock_now_ns());
		if (process_poll_stopper(process,
					 left_ns < sign_ns ? left_ns : sign_ns))
			return true;
		upstream_give_sign(upstream);
	}
	return false;
}

/* Not here: one that hangs would hold up the end for ever. It has the whole
 * time again: the workers may have taken all of the first. */
static void process_try_again(struct process *process)
{
	int r;

	process_arm(process);
	r = process_make_stopper(process);
	if (r < 0)
		speak(&process->launcher->speaker, MUSTER_LOG_ERROR,
		      "No thread to stop the services in the launcher: %s",
		      strerror(-r));
}

static void process_finish_stopper(struct process *process)
{
	if (process_await_stopper(process)) {
		(void)pthread_join(process->stopper, NULL);
		process->copies = COPIES_STOPPED;
		return;
	}
	process->copies = COPIES_STUCK;
	speak(&process->launcher->speaker, MUSTER_LOG_ERROR,
	      "Graceful shutdown timeout exceeded, a service's stop() in the "
	      "launcher does not return");
}

bool process_end_stop(struct process *process)
{
	/* What the workers had is there for others now. */
	if (process->copies == COPIES_DUE)
		process_try_again(process);
	if (process->copies == COPIES_STOPPING)
		process_finish_stopper(process);
	if (process->copies == COPIES_STUCK)
		return false; /* its thread still writes there */
	process->stopped_fd = fd_close(process->stopped_fd);
	return process->copies != COPIES_DUE;
}

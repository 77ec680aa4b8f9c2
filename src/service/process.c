/*
 * process.c - the process launcher: a customer of muster.h that adds what a
 * launcher of services knows besides: its own copy of each service, hooks, the
 * log.
 *
 * Hooks and the copies' reset() run in this thread, between turns; nothing is
 * forked meanwhile. stop() of the copies comes after the workers were told
 * (B83), in a thread of its own, since nothing is forked any more then and one
 * that hangs must not hold up the end.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/nsec.h"
#include "core/hold.h"
#include "loop/clock.h"
#include "loop/sigfd.h"
#include "policy/route.h"
#include "service/process.h"

/* Nobody is supervised meanwhile. */
#define PROCESS_RESET_NS (100 * NSEC_PER_MSEC)

int process_open(struct muster_launcher *launcher, struct text *error)
{
	const struct muster_launcher_options *given =
		&launcher->settings.options;
	struct muster_options options = MUSTER_OPTIONS_INIT;
	int r;

	options.engine = given->engine;
	options.parent_death = given->parent_death;
	options.is_owner = !given->is_guest;
	options.is_subreaper = given->is_subreaper;
	options.leaves_reload = true;
	r = muster_new(&options, &launcher->muster);
	if (r < 0) {
		text_format(error, "cannot make a launcher: %s", strerror(-r));
		return r;
	}
	if (!given->is_guest) {
		/* B29: none that comes before the wait is lost, or kills. */
		uint32_t count;
		const int *signals = route_signals(&count);

		sigfd_hold(signals, count);
		launcher->holds_signals = true;
	}
	return 0;
}

void process_close(struct muster_launcher *launcher)
{
	launcher->muster = muster_free(launcher->muster);
	if (launcher->holds_signals)
		sigfd_let_go();
	launcher->holds_signals = false;
}

int process_add(struct muster_launcher *launcher, struct launched *launched,
		int workers, struct text *error)
{
	const struct service *service = launched->service;
	struct muster_group_options options = service->rules;
	int r;

	options.name = service->name;
	options.workers = (uint32_t)workers;
	options.ready = service->ready == MUSTER_SERVICE_READY_FORK
				? MUSTER_READY_EXEC
				: MUSTER_READY_NOTIFY;
	options.restart_method = launcher->settings.options.restart_method;
	options.run = forked_run;
	options.run_data = &launched->forked;
	options.blocked_signals = runner_signals();
	options.wants_launcher_fd = true;
	r = muster_add_group(launcher->muster, &options);
	if (r < 0)
		text_add(error, muster_error(launcher->muster));
	else if (service->ops.stop) /* process_stop.c lets go */
		(void)hold_set(launcher->muster, true); /* it is ours */
	launched->workers = workers;
	return r;
}

int process_set_workers(struct muster_launcher *launcher, uint32_t service,
			int workers)
{
	int r = muster_set_workers(launcher->muster, (int)service,
				   (uint32_t)workers);

	if (r == 0)
		launcher->services[service]->workers = workers;
	return r;
}

/* Returns what it said: whether its workers may be reloaded. */
static int process_reset(struct muster_launcher *launcher,
			 struct launched *launched)
{
	struct speaker *speaker = &launcher->speaker;
	uint64_t begun_ns = clock_now_ns();
	int r = worker_ask(&launched->worker, WORKER_WISH_RESET);
	uint64_t took_ns = nsec_since(clock_now_ns(), begun_ns);

	if (r < 0)
		speak(speaker, MUSTER_LOG_ERROR,
		      "Reset of service %s failed: %s, its workers go on",
		      launched->service->name, strerror(-r));
	if (took_ns > PROCESS_RESET_NS)
		speak(speaker, MUSTER_LOG_WARNING,
		      "Reset of service %s took %llu ms, in which nobody was "
		      "supervised",
		      launched->service->name,
		      (unsigned long long)(took_ns / NSEC_PER_MSEC));
	/* What several take together is no silence. */
	upstream_give_sign(&launcher->process->upstream);
	return r;
}

/* The copies first; a service whose reset() fails is left as it is. */
static int process_reload(struct muster_launcher *launcher)
{
	const struct settings *settings = &launcher->settings;
	int result = 0;

	if (settings->hooks.on_reload)
		settings->hooks.on_reload(settings->options.hook_data);
	for (uint32_t i = 0; i < launcher->count; i++) {
		struct launched *first = launcher->services[i]->first;
		int r;

		if (first == launcher->services[i])
			first->reset_result = process_reset(launcher, first);
		r = first->reset_result;
		if (r >= 0)
			r = muster_reload(launcher->muster, (int)i);
		if (result == 0)
			result = r;
	}
	return result;
}

static void process_call_hook(struct process *process,
			      const struct muster_event *event)
{
	const struct settings *settings = &process->launcher->settings;
	const struct muster_hooks *hooks = &settings->hooks;
	void *data = settings->options.hook_data;

	if (event->kind == MUSTER_EVENT_READY && hooks->on_ready)
		hooks->on_ready(data, event);
	if (event->kind != MUSTER_EVENT_EXITED)
		return;
	if (event->pid != 0 && hooks->on_dead_worker)
		hooks->on_dead_worker(data, event);
	if (event->why == MUSTER_WHY_THROTTLE && hooks->on_throttle)
		hooks->on_throttle(data, event);
}

static void process_scale(struct process *process, bool is_more)
{
	struct muster_launcher *launcher = process->launcher;

	for (uint32_t i = 0; i < launcher->count; i++) {
		int workers = launcher->services[i]->workers;

		if (is_more || workers > 0)
			(void)process_set_workers(launcher, i,
						  is_more ? workers + 1
							  : workers - 1);
	}
}

/* What the launcher leaves to us (leaves_reload). */
static void process_take_wish(struct process *process,
			      const struct muster_event *event)
{
	if (process->is_stopping)
		return;
	if (event->route == MUSTER_ROUTE_RELOAD)
		process->wants_reload = true;
	else if (event->route == MUSTER_ROUTE_MORE ||
		 event->route == MUSTER_ROUTE_FEWER)
		process_scale(process, event->route == MUSTER_ROUTE_MORE);
}

/* A roll that begins anew is told again, and its end once. */
static void process_note_roll(struct process *process, int group, bool is_on)
{
	struct muster_launcher *launcher = process->launcher;

	/* The program may have added others (muster_launcher_muster). */
	if (group >= 0 && (uint32_t)group < launcher->count)
		launcher->services[group]->is_rolling = is_on;
}

static bool process_is_rolling(const struct process *process)
{
	const struct muster_launcher *launcher = process->launcher;

	for (uint32_t i = 0; i < launcher->count; i++)
		if (launcher->services[i]->is_rolling)
			return true;
	return false;
}

static void process_follow(struct process *process,
			   const struct muster_event *event)
{
	switch ((int)event->kind) {
	case MUSTER_EVENT_SIGNAL:
		process_take_wish(process, event);
		break;
	case MUSTER_EVENT_STOP:
		/* A second TERM, INT: told again, begun once. */
		if (!process->is_stopping)
			process_begin_stop(process);
		break;
	case MUSTER_EVENT_SERVING:
		if (event->group < 0) {
			upstream_ready(&process->upstream);
			upstream_begin_signs(&process->upstream);
		}
		break;
	case MUSTER_EVENT_RELOAD:
		if (event->signo == 0)
			process_note_roll(process, event->group, true);
		break;
	case MUSTER_EVENT_ROLLED:
	case MUSTER_EVENT_ABORTED:
		process_note_roll(process, event->group, false);
		break;
	default:
		break;
	}
}

static void process_take_watched(struct process *process,
				 const struct muster_event *event)
{
	if (event->tag == PROCESS_TAG_LOG)
		process->is_log_watched = false;
	else if (event->tag == PROCESS_TAG_STOPPED)
		process_take_stopped(process);
}

static void process_drain(struct process *process)
{
	struct muster_event event = MUSTER_EVENT_INIT;

	while (muster_next_event(process->launcher->muster, &event) > 0) {
		if (event.kind == MUSTER_EVENT_WATCH) {
			process_take_watched(process, &event);
			continue;
		}
		process_say(process, &event);
		process_follow(process, &event);
		process_call_hook(process, &event);
	}
}

static void process_flush(struct process *process)
{
	struct speaker *speaker = &process->launcher->speaker;

	if (speak_flush(speaker) > 0 && !process->is_log_watched &&
	    muster_watch_fd(process->launcher->muster, log_fd(&speaker->log),
			    POLLOUT, PROCESS_TAG_LOG) == 0)
		process->is_log_watched = true;
}

/* HUPs of one turn are one wish; TERM wins. What a hook wishes meanwhile is the
 * next turn's. */
static void process_take_events(struct process *process)
{
	process_drain(process);
	if (process->wants_reload) {
		process->wants_reload = false;
		upstream_reload(&process->upstream);
		(void)process_reload(process->launcher); /* it was said */
		process_drain(process);
	}
	if (process->upstream.state == UPSTREAM_RELOADING &&
	    !process_is_rolling(process))
		upstream_ready(&process->upstream);
	process_flush(process);
}

int process_restart(struct muster_launcher *launcher)
{
	struct process *process = launcher->process;

	if (!process)
		return -EINVAL;
	if (!process->is_stopping)
		process->wants_reload = true;
	return 0;
}

static uint64_t process_timeout_ns(const struct process *process)
{
	if (process->wants_reload)
		return 0;
	return nsec_min(upstream_timeout_ns(&process->upstream),
			process_stop_timeout_ns(process));
}

static int process_supervise(struct process *process)
{
	struct muster *muster = process->launcher->muster;
	bool is_stopped;
	int status;
	int r;

	for (;;) {
		r = muster_turn(muster, process_timeout_ns(process));
		process_take_events(process);
		upstream_give_sign(&process->upstream);
		if (r <= 0)
			break;
		process_tend_stop(process);
	}
	/* Whatever the end: a thread of ours may still use all this. */
	is_stopped = process_end_stop(process);
	if (r < 0)
		return r;
	status = muster_status(muster);
	if (!is_stopped && status == 0)
		status = 1;
	speak(&process->launcher->speaker, MUSTER_LOG_INFO,
	      "Shutdown finish, exit status %d", status);
	return status;
}

/* Opens what it needs and runs; process_wait frees. */
static int process_run(struct process *process, struct text *error)
{
	struct muster_launcher *launcher = process->launcher;
	int r;

	r = muster_start(launcher->muster);
	if (r < 0) {
		text_add(error, muster_error(launcher->muster));
		return r;
	}
	if (!launcher->settings.options.is_guest)
		upstream_open(&process->upstream);
	for (uint32_t i = 0; i < launcher->count; i++)
		launcher->services[i]->forked.upstream_fd =
			process->upstream.fd;
	r = process_supervise(process);
	launcher->status = r;
	upstream_close(&process->upstream);
	return r;
}

int process_wait(struct muster_launcher *launcher, struct text *error)
{
	struct process *process;
	int r;

	if (launcher->status >= 0)
		return launcher->status; /* it is over */
	if (launcher->process) {
		text_add(error, "it is being waited for");
		return -EBUSY;
	}
	if (launcher->count == 0) {
		text_add(error, "no service was added");
		return -EINVAL;
	}
	if (!fork_is_alone()) {
		text_add(error, "this process has more than one thread: a fork "
				"would copy one of them and the locks of all");
		return -EBUSY;
	}
	process = calloc(1, sizeof(*process));
	if (!process)
		return -ENOMEM;
	*process = (struct process){
		.launcher = launcher,
		.upstream = UPSTREAM_NULL,
		.deadline_ns = NSEC_NEVER,
		.stopped_fd = -1,
	};
	launcher->process = process;
	r = process_run(process, error);
	launcher->process = NULL;
	/* A stop() that does not return still uses it, and the launcher. */
	if (process->copies == COPIES_STUCK)
		launcher->is_stuck = true;
	else
		free(process);
	return r;
}

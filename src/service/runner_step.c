/*
 * runner_step.c - what has become of the services, and what is begun with them
 * for it: a stop, a restart. Both are the steward's to do; nothing waits here
 * for a service.
 */
#include <sched.h>
#include <string.h>

#include "base/nsec.h"
#include "service/runner_state.h"

/* B22, B23. */
static void runner_note_failure(struct runner *runner,
				const struct services_view *view)
{
	const struct service *service = view->failed->worker.service;

	if (runner_wants_stop(runner))
		return;
	if ((view->result & ~0xff) == 0x100)
		speak(runner_speaker(runner), MUSTER_LOG_INFO,
		      "Service %s asks to exit with status %d", service->name,
		      services_status(view->result));
	else
		speak(runner_speaker(runner), MUSTER_LOG_ERROR,
		      "Error starting thread. [service %s: %s]", service->name,
		      view->result < 0 ? strerror(-view->result)
				       : "start() failed");
	runner_begin_stop(runner, MUSTER_STOP_FAILURE,
			  services_status(view->result), false);
}

static void runner_note_restart(struct runner *runner,
				const struct services_view *view)
{
	bool is_over =
		view->phase == SERVICES_UP || view->phase == SERVICES_DOWN;

	if (runner->phase != RUNNER_RESTARTING || !is_over)
		return;
	runner->phase = RUNNER_UP;
	if (view->unreset)
		speak(runner_speaker(runner), MUSTER_LOG_ERROR,
		      "Reset of service %s failed: %s",
		      view->unreset->worker.service->name,
		      strerror(-view->reset_result));
	if (view->phase == SERVICES_UP)
		runner_say(runner, MUSTER_LOG_INFO, "Restarted");
	if (!runner_wants_stop(runner))
		runner->deadline_ns = NSEC_NEVER;
}

static void runner_say_no_thread(struct runner *runner, const char *what, int r)
{
	char line[128];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_format(&text, "No thread to %s the services: %s", what,
		    strerror(-r));
	runner_say(runner, MUSTER_LOG_ERROR, line);
}

/* As if it had not been asked for; READY=1 is said with the next look. */
static void runner_give_up_restart(struct runner *runner, int r)
{
	runner_say_no_thread(runner, "restart", r);
	runner->phase = RUNNER_UP;
	runner->deadline_ns = NSEC_NEVER;
	(void)worker_wake(&runner->home);
}

/* A stop() that hangs is no better for being in a restart. */
static void runner_obey_restart(struct runner *runner)
{
	enum muster_restart_method method =
		runner->options.settings->options.restart_method;
	int r;

	runner->phase = RUNNER_RESTARTING;
	runner->wants_restart = false;
	upstream_reload(&runner->upstream);
	runner_hook(runner, runner->options.settings->hooks.on_reload);
	if (method == MUSTER_METHOD_RELOAD)
		runner_arm(runner);
	r = services_restart(&runner->services, method);
	if (r < 0)
		runner_give_up_restart(runner, r);
}

/* Without a thread it is tried again until the deadline: others end, too, and
 * make room. One in reserve would cost each worker a task for all its life. */
static void runner_obey_stop(struct runner *runner)
{
	/* Who ends by a failure has no patience. */
	int r = services_stop(&runner->services,
			      runner->reason != MUSTER_STOP_FAILURE);

	if (r < 0 && runner->phase != RUNNER_STUCK)
		runner_say_no_thread(runner, "stop", r);
	runner->phase = r < 0 ? RUNNER_STUCK : RUNNER_STOPPING;
}

/* What is wanted, once it can be begun. A stop comes first, and last. */
static void runner_obey(struct runner *runner)
{
	if (runner_wants_stop(runner))
		runner_obey_stop(runner);
	else if (runner->wants_restart)
		runner_obey_restart(runner);
}

/* We may have noticed it, too. What is to be done for it is no haste, but that
 * other workers' services are told: theirs are woken as ours was. */
static void runner_note_launcher(struct runner *runner)
{
	if (!atomic_exchange(&runner->home.is_launcher_lost, false) ||
	    runner->launcher_fd < 0)
		return;
	(void)sched_yield();
	runner_lose_launcher(runner);
	runner_prolong(runner);
}

bool runner_step(struct runner *runner)
{
	struct services_view view = services_look(&runner->services);

	/* After the look, which may have seen the end of the stop for it. */
	runner_note_launcher(runner);
	runner_note_restart(runner, &view);
	if (view.failed)
		runner_note_failure(runner, &view);
	if (view.phase == SERVICES_UP) {
		if (view.ready == runner->services.count)
			upstream_ready(&runner->upstream);
		runner_obey(runner);
	}
	return view.phase != SERVICES_DOWN && view.phase != SERVICES_NEW;
}

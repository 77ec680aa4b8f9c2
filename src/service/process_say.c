/*
 * process_say.c - the process launcher's log: a line for each event that has
 * one. Decides nothing.
 */
#include "base/nsec.h"
#include "service/process.h"

#define PROCESS_LINE 2048

/* B41, for all workers once a second. */
static void process_say_throttle(struct process *process,
				 const struct muster_event *event)
{
	if (event->kind != MUSTER_EVENT_EXITED ||
	    event->why != MUSTER_WHY_THROTTLE ||
	    (process->throttle_told_ns != 0 &&
	     nsec_since(event->time_ns, process->throttle_told_ns) <
		     NSEC_PER_SEC))
		return;
	process->throttle_told_ns = event->time_ns;
	speak(&process->launcher->speaker, MUSTER_LOG_INFO,
	      "Forking too fast, sleeping [service %s, slot %u, launched again "
	      "in %llu ms]",
	      event->name, event->slot,
	      (unsigned long long)(event->delay_ns / NSEC_PER_MSEC));
}

void process_say(struct process *process, const struct muster_event *event)
{
	static const enum muster_log_level levels[MUSTER_LEVELS] = {
		[MUSTER_LEVEL_ERROR] = MUSTER_LOG_ERROR,
		[MUSTER_LEVEL_WARNING] = MUSTER_LOG_WARNING,
		[MUSTER_LEVEL_NOTICE] = MUSTER_LOG_INFO,
		[MUSTER_LEVEL_INFO] = MUSTER_LOG_INFO,
		[MUSTER_LEVEL_DEBUG] = MUSTER_LOG_DEBUG,
	};
	char line[PROCESS_LINE];

	if (muster_describe_event(event, line, sizeof(line)) > 0)
		speak_line(&process->launcher->speaker,
			   levels[muster_event_level(event)], line);
	process_say_throttle(process, event);
}

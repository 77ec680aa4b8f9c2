/*
 * runner_state.h - what the files of the runner share.
 */
#pragma once

#include <sys/signalfd.h>

#include "loop/sigfd.h"
#include "service/doors.h"
#include "service/runner.h"
#include "service/upstream.h"

/* Table O: what is not graceful ends with 1. */
#define RUNNER_INSTANT 1

/* What is done with the services. What is wanted of them is no phase: it may
 * come in any, and waits for RUNNER_UP. */
enum runner_phase {
	RUNNER_NEW, /* not run yet */
	RUNNER_UP,
	RUNNER_RESTARTING, /* by the steward, when we looked last */
	RUNNER_STUCK,	   /* to be stopped, and there is no thread for it */
	RUNNER_STOPPING,
	RUNNER_OVER,
};

struct runner {
	struct runner_options options;
	struct worker_home home;
	struct services services;
	struct sigfd sigfd;
	struct doors doors;
	struct upstream upstream;
	int launcher_fd;
	int status; /* to be returned */
	enum runner_phase phase;
	enum muster_stop_reason reason; /* a stop is wanted, unless NONE */
	bool wants_restart;
	bool is_log_stalled;
	uint64_t deadline_ns;
	uint64_t term_ns; /* the first SIGTERM that no launcher sent; 0 */
	pid_t term_pid;
};

static inline bool runner_wants_stop(const struct runner *runner)
{
	return runner->reason != MUSTER_STOP_NONE;
}

struct speaker *runner_speaker(struct runner *runner);

/* A line about all of this process. */
void runner_say(struct runner *runner, enum muster_log_level level,
		const char *what);

/* Ends the process in the middle of everything. */
_Noreturn void runner_exit(struct runner *runner, int status);
/* A descriptor of ours is no longer what it was: nobody could stop this
 * process any more. */
_Noreturn void runner_cut_off(struct runner *runner);

/* Reason, status and deadline of the first stop count. Of a worker that its
 * launcher has asked, the launcher knows the deadline. */
void runner_begin_stop(struct runner *runner, enum muster_stop_reason reason,
		       int status, bool is_launchers);
void runner_restart(struct runner *runner);
/* The launcher's hook, not a worker's. */
void runner_hook(const struct runner *runner, void (*hook)(void *data));

/* runner_parent.c */
void runner_watch_launcher(struct runner *runner);
void runner_watch_parent(struct runner *runner);
void runner_lose_launcher(struct runner *runner);

/* runner_step.c: false when all is over. */
bool runner_step(struct runner *runner);

/* runner_deadline.c: a stop, or a restart in place, has its deadline from now
 * on. Of a worker that its launcher has asked, the launcher knows it. */
void runner_arm(struct runner *runner);
/* Services may have asked for more time. */
void runner_prolong(struct runner *runner);

/* runner_signals.c */
int runner_open_signals(struct runner *runner, struct text *error);
/* What services' threads have: the mask that was given, and ours blocked. */
sigset_t runner_thread_mask(const struct runner *runner);
void runner_read_signals(struct runner *runner);

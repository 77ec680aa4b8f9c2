/*
 * supervisor.h - one turn: wait, translate, step, arm one deadline.
 */
#pragma once

#include "core/context.h"
#include "core/forward.h"
#include "core/group.h"
#include "policy/route.h"

/* Launches for deadlines, starts and rolls in one turn; exits add at most a
 * batch.
 * Ten thousand starts never make the launcher deaf: signals are read between
 * turns. */
#define SUPERVISOR_BUDGET 64U

enum supervisor_phase {
	SUPERVISOR_NEW, /* nothing is open yet */
	SUPERVISOR_RUNNING,
	SUPERVISOR_DRAINING, /* a stop is announced, all serve on */
	SUPERVISOR_STOPPING, /* gracefully */
	SUPERVISOR_KILLING,
	SUPERVISOR_SWEEPING, /* all have ended: the dead are reaped */
	SUPERVISOR_LEAVING,  /* who still lives then was left behind */
	SUPERVISOR_DONE,
	SUPERVISOR_PHASES,
};

struct supervisor {
	struct context context;
	struct muster_options options;
	enum supervisor_phase phase;
	int status; /* the exit status, as far as it is known */
	struct route_rules route;
	struct forward forward;
	uint32_t terms;	       /* how often a signal asked to stop */
	uint64_t term_ns;      /* the last of them */
	pid_t term_pid;	       /* its sender */
	struct group **groups; /* [group_count]; NULL: removed */
	uint32_t group_count;
	uint32_t gone;		     /* groups that leave, to be freed */
	struct muster_stats removed; /* counters of those that were */
	bool is_held;		     /* its stop is not over yet (hold.h) */
	bool has_order;		     /* some group is after another */
	bool was_serving;      /* all groups were, when it was last told */
	bool is_tied;	       /* to the parent, by its death's signal */
	bool is_reaper;	       /* orphans come to us, as they did not before */
	bool reaps_orphans;    /* and are reaped */
	uint64_t drain_due_ns; /* in DRAINING: when the stop begins */
	uint64_t leave_due_ns; /* in LEAVING: when leave_signo was enough */
	int leave_signo;       /* in SWEEPING: what leftovers are to be sent,
				  in LEAVING: the last that they were */
	uint64_t kill_due_ns;  /* in KILLING: when to leave without them */
	bool is_late;	       /* the last wait began after that */
	uint64_t turns;
	uint64_t turn_max_ns; /* without its wait */
	uint64_t orphans;
	char *engine; /* what MUSTER_EVENT_ENGINE says; children have it */
	struct loop_batch batch;
};

/* Everything but the options; nothing is opened. */
void supervisor_init(struct supervisor *supervisor);

/* Opens loop and spawner and starts the groups; see muster_start. */
int supervisor_start(struct supervisor *supervisor, struct text *error);

/* Opens what workers of this spec need of the launcher: its pidfd, the sockets
 * on which they speak. */
int supervisor_prepare(struct supervisor *supervisor, const struct spec *spec);

/* Makes ready for launches what a group needs. */
int supervisor_start_group(struct supervisor *supervisor, struct group *group,
			   struct text *error);

/* A spec that this launcher can have; see spec_new. */
int supervisor_read_spec(struct supervisor *supervisor,
			 const struct muster_group_options *options,
			 struct spec **ret_spec, struct text *error);

/* Starts a group that was added; see muster_add_group. Takes the spec. */
int supervisor_add_group(struct supervisor *supervisor, struct spec *take_spec,
			 struct text *error);

/* See muster_reload, muster_change_group (takes the spec), muster_remove_group.
 */
int supervisor_reload(struct supervisor *supervisor, struct group *group);
int supervisor_change_group(struct supervisor *supervisor, struct group *group,
			    struct spec *take_spec, struct text *error);
void supervisor_remove_group(struct supervisor *supervisor,
			     struct group *group);
/* Says so, too. -ENOMEM. */
int supervisor_scale(struct supervisor *supervisor, struct group *group,
		     uint32_t workers);

/* See muster_set_after. */
int supervisor_set_after(struct supervisor *supervisor, struct group *group,
			 const int *after, uint32_t count, struct text *error);

/* What SIGHUP, SIGTTIN and SIGTTOU ask for. */
void supervisor_change(struct supervisor *supervisor, enum muster_route route);

/* Frees what the news of the last turn pointed to. */
void supervisor_clean(struct supervisor *supervisor);

/* 1 while something is to be supervised, 0 when all is over, or -errno. */
int supervisor_turn(struct supervisor *supervisor, uint64_t timeout_ns);

/* Announces a stop and lets everybody serve on; at once where no time is to
 * pass between. */
void supervisor_drain(struct supervisor *supervisor);
void supervisor_stop(struct supervisor *supervisor, int status);
void supervisor_kill(struct supervisor *supervisor, int status);

/* Which engine and spawn path serve; shortfall may be empty. */
void supervisor_tell_engine(struct supervisor *supervisor,
			    const struct text *shortfall);

/* News of the launcher, or of the group that it names. */
void supervisor_tell(struct supervisor *supervisor, struct muster_event *event);

/* In a stop: tells the groups that nobody needs any more. */
void supervisor_stop_groups(struct supervisor *supervisor);

/* The status is known now: nothing of what may follow counts. */
void supervisor_settle_status(struct supervisor *supervisor);

/* All is over. */
void supervisor_finish(struct supervisor *supervisor);

/* Workers that are processes. */
uint32_t supervisor_live(const struct supervisor *supervisor);

/* Kills what lives, waits for it, and releases everything. */
void supervisor_fini(struct supervisor *supervisor);

/*
 * demand.h - what the command line of another program asks for, and the same
 * in the words of `muster init`.
 *
 * It knows of no program: which option of which program is taken by what, that
 * is in the tables of personality.c. Before changing a word that is added here,
 * look at muster-init(1): one that init does not know costs a container its
 * start.
 */
#pragma once

#include <stdbool.h>

#include "stringlist.h"

#define DEMAND_STATUSES 256
/* Standard signals: other programs rewrite no real-time ones. */
#define DEMAND_SIGNALS 32
/* verbosity: errors, warnings, what happens, everything */
#define DEMAND_VERBOSITY_MAX 3

struct demand {
	int verbosity;	   /* 0 to DEMAND_VERBOSITY_MAX */
	int parent_signal; /* when muster's parent dies; 0: nothing happens */
	int launch_status; /* of a command that is not executed; 0: muster's */
	bool has_group;	   /* signals are for the command's process group */
	bool has_session;  /* which the command leads */
	bool is_subreaper; /* asked for in so many words */
	bool tells_orphans;
	bool is_pause; /* there is no command */
	bool is_success[DEMAND_STATUSES];
	bool is_rewritten[DEMAND_SIGNALS];
	int rewrites[DEMAND_SIGNALS]; /* where is_rewritten; 0: dropped */
};

/* Each takes one option, or one variable of the environment; argument is its
 * value, NULL where an option has none. Returns 0, or -EINVAL for a value that
 * means nothing. */
int demand_take_group(struct demand *demand, const char *argument);
int demand_take_process(struct demand *demand, const char *argument);
int demand_take_subreaper(struct demand *demand, const char *argument);
int demand_take_orphans(struct demand *demand, const char *argument);
int demand_take_pause(struct demand *demand, const char *argument);
/* One step more; all there is; as much as a number says. */
int demand_take_verbose(struct demand *demand, const char *argument);
int demand_take_debug(struct demand *demand, const char *argument);
int demand_take_verbosity(struct demand *demand, const char *argument);
/* "143": that exit status is success. */
int demand_take_success(struct demand *demand, const char *argument);
/* "SIGTERM": for the command when muster's parent dies. */
int demand_take_parent_signal(struct demand *demand, const char *argument);
/* "15:3": signal 15 is handed on as signal 3. That of one which nobody can be
 * sent, such as KILL, is taken for nothing; of a fault's it is refused, for
 * dumb-init hands those on. */
int demand_take_rewrite(struct demand *demand, const char *argument);
/* For what its program keeps to itself: -EINVAL. */
int demand_refuse(struct demand *demand, const char *argument);

/* When all is taken. The signals by which a terminal stops a job: those that
 * nobody has rewritten become SIGSTOP where there is a group; are dropped. */
void demand_stop_jobs(struct demand *demand);
void demand_ignore_jobs(struct demand *demand);

/* Adds "init", its options, "--" and the command, which ends with NULL. Returns
 * 0 or -ENOMEM. */
int demand_add_words(const struct demand *demand, char **command,
		     struct stringlist *words);

/*
 * sim.h - random lives over the fake world, and what must hold after each turn.
 *
 * A run is made of rounds: a launcher with random groups, random events for
 * some hundred turns, one of the ways to end. Round n of seed s is round 0 of
 * seed s + n, so the seed that a failure prints repeats it at once.
 *
 *	SIM_SEED=N   where to begin (default: the time)
 *	SIM_TURNS=N  how many turns in all (default: 120000)
 */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/nsec.h"
#include "core/supervisor.h"
#include "fakes/fake.h"
#include "muster/muster.h"

#define SIM_GROUPS 4U
/* Numbers of groups are not used again. */
#define SIM_NUMBERS 64U
#define SIM_SLOTS 600U
/* A group is after so many, at most. */
#define SIM_AFTER 2U
#define SIM_KILL_NS (2 * NSEC_PER_SEC)
/* What a worker may ask for in addition, on every rung. */
#define SIM_EXTEND_NS (5 * NSEC_PER_SEC)
#define SIM_END_TURNS 20000U

/* A group after a turn, and what its roll may make of it. */
struct sim_roll {
	bool is_on;
	uint32_t wanted;
	uint32_t filled;
	uint32_t live; /* and those that wait to be launched again */
	uint32_t failed;
	uint32_t ready;
	uint64_t most;	/* live ones */
	uint32_t least; /* ready ones */
};

/* What has been told of a group. */
struct sim_group {
	uint32_t generations[2 * SIM_SLOTS];
	/* SIGTTIN adds some */ /* last one started */
	uint64_t credit_ns;	/* of a bucket counted the plain way */
	uint64_t credit_time_ns;
	bool is_changed; /* its workers live by different rules */
	bool has_begun;
	bool has_served; /* once, or it shall have no worker */
	uint32_t after_count;
	int after[SIM_AFTER];
	struct sim_roll roll; /* after the turn before; what was since: */
	uint32_t failed;
	uint32_t lost; /* ready ones whom nobody asked to stop */
};

/* How often something happened in the whole run: a simulation in which it does
 * not happen proves nothing. */
struct sim_tally {
	uint64_t turns;
	uint64_t rounds;
	uint64_t restarts;
	uint64_t throttled;
	uint64_t backed_off;
	uint64_t overdue;
	uint64_t stolen;
	uint64_t clone_failures;
	uint64_t exec_failures;
	uint64_t unwatched;
	uint64_t give_ups;
	uint64_t jumps;
	uint64_t scalings;
	uint64_t kills;
	uint64_t freed_alive;
	uint64_t by_number; /* rounds without pidfds */
	uint64_t readies;
	uint64_t immediate;
	uint64_t rolls;
	uint64_t rolled;
	uint64_t aborted;
	uint64_t refused;
	uint64_t removed;
	uint64_t changes;
	uint64_t said;
	uint64_t added;	  /* while others run */
	uint64_t ordered; /* groups behind others */
	uint64_t circles; /* orders that were refused */
	uint64_t mutated;
	uint64_t unready;    /* not ready in time */
	uint64_t silenced;   /* by the watchdog */
	uint64_t last_words; /* ready and dead in one turn */
	uint64_t forks;
	uint64_t mixed;		/* turns in which forks and programs live */
	uint64_t fork_failures; /* launches of functions that fail */
	uint64_t reasons;	/* functions that were told why */
	uint64_t became;	/* programs that became functions, or back */
	uint64_t drains;
	uint64_t leftovers;
	uint64_t forwarded;
	uint64_t kept;	   /* signals, for the next worker */
	uint64_t promises; /* turns of a roll */
};

struct sim {
	uint64_t seed; /* of this round */
	uint64_t dice;
	struct sim_tally tally;
	struct muster *muster;
	struct supervisor *supervisor; /* inside of muster */
	struct sim_group groups[SIM_NUMBERS];

	/* this round's weather, in 1/1000 per turn */
	uint32_t deaths;
	uint32_t failures;
	uint32_t scalings;
	uint32_t jumps;
	uint32_t hangs; /* per birth */
	uint32_t short_lives;
	uint32_t bad_programs;
	uint32_t thefts;
	uint32_t rolls;
	uint32_t mutes;	    /* per birth: never says that it is ready */
	uint32_t orders;    /* per group: it is behind another */
	uint32_t functions; /* per group: its workers are forks */

	bool forwards; /* signals are the workers' */

	/* the end */
	bool is_draining;
	bool is_asked_to_stop; /* the next turn begins with that */
	bool is_stopping;
	bool is_killing;
	uint32_t dones;
	uint64_t end_ns;      /* when all must have ended; NSEC_NEVER */
	uint64_t max_stop_ns; /* the longest ladder of the groups */
	uint32_t turn;	      /* of this round */
	uint64_t turn_ns;     /* when it began */
	uint64_t progress;    /* see sim_progress */
};

/* Prints how to repeat the round, and fails the test. */
void sim_fail(const struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

uint64_t sim_draw(struct sim *sim);
uint32_t sim_below(struct sim *sim, uint32_t limit);
bool sim_chance(struct sim *sim, uint32_t per_mille);

/* change.c: groups that come, change and go, and what workers say. */
void sim_choose_readiness(struct sim *sim,
			  struct muster_group_options *options);
void sim_add_group(struct sim *sim);
void sim_act_changes(struct sim *sim);
void sim_act_messages(struct sim *sim);

/* order.c: groups that are after others. */
uint32_t sim_choose_order(struct sim *sim, int after[SIM_AFTER],
			  uint32_t limit);
void sim_order_added(struct sim *sim, int group,
		     const struct muster_group_options *options);
void sim_act_order(struct sim *sim, int group);
void sim_judge_begin(struct sim *sim, const struct muster_event *event);
void sim_judge_serving(struct sim *sim, const struct muster_event *event);
/* To be called after a turn, before its news is taken. */
void sim_note_served(struct sim *sim);
void sim_check_waits(const struct sim *sim, const struct group *group);

/* entry.c: a launcher that stands where its workers are meant. */
void sim_choose_entry(struct sim *sim, struct muster_options *options);
void sim_leave_some_behind(struct sim *sim);
void sim_act_leftovers(struct sim *sim);
void sim_judge_drain(struct sim *sim);
void sim_judge_leftovers(struct sim *sim, const struct muster_event *event);
void sim_judge_signal(struct sim *sim, const struct muster_event *event);
void sim_check_entry(const struct sim *sim);

/* life.c */
void sim_choose_options(struct sim *sim, struct muster_group_options *options);
/* function.c: groups whose workers are functions. */
void sim_choose_function(struct sim *sim, struct muster_group_options *options);
void sim_check_function(const struct sim *sim, const struct worker *worker,
			const struct fake_process *process);
void sim_judge_reason(struct sim *sim, const struct muster_event *event);
void sim_note_functions(struct sim *sim);
void sim_begin_round(struct sim *sim);
/* What happens to the launcher between two turns. */
void sim_act(struct sim *sim);
/* One of the ways to end it. */
void sim_stop(struct sim *sim);
void sim_kill(struct sim *sim);
void sim_pass(struct sim *sim, uint64_t ns);
/* How long a stop may take: groups that are in order wait for one another. */
uint64_t sim_stop_ns(const struct sim *sim);

/* news.c: takes what was told and judges it. */
void sim_take_news(struct sim *sim, int turn_result);

/* roll.c: what a roll promises. */
void sim_note_stopping(struct sim *sim, const struct muster_event *event);
void sim_note_exited(struct sim *sim, const struct muster_event *event);
/* Another change may follow before the next turn. */
void sim_note_scaled(struct sim *sim, int group);
/* To be called after a turn whose news was taken. */
void sim_check_rolls(struct sim *sim);

/* check.c: what must hold between two turns. */
void sim_check(const struct sim *sim);
/* What the launcher's turn has changed in itself, as one number. */
uint64_t sim_progress(const struct sim *sim);

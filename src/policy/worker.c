/*
 * worker.c - the table of worker.h.
 *
 * A cell names a function of worker_cells.c. New features enter as states,
 * events or verdict bits of this table, never as flags beside it.
 */
#include <assert.h>
#include <stddef.h>

#include "base/nsec.h"
#include "worker_cells.h"

#define NEVER NULL /* asserted: see worker.h */

// clang-format off
static worker_cell *const cells[WORKER_STATES][WORKER_EVENTS] = {
	[WORKER_VACANT] = {
		[WORKER_WANTED]   = worker_start,
		[WORKER_UNWANTED] = worker_nothing,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = NEVER,
		[WORKER_WAKE]     = NEVER,
		[WORKER_KILL]     = worker_nothing,
		[WORKER_RELIEVE]  = NEVER,
		[WORKER_PING]     = worker_nothing,
		[WORKER_TRIGGER]  = worker_nothing,
		[WORKER_EXTEND]   = worker_nothing,
		[WORKER_LEAVE]    = worker_nothing,
		[WORKER_MUTATE]   = worker_nothing,
	},
	[WORKER_STARTING] = {
		[WORKER_WANTED]   = worker_nothing,
		[WORKER_UNWANTED] = worker_stop_asked,
		[WORKER_IS_READY] = worker_become_ready,
		[WORKER_EXITED]   = worker_decide,
		[WORKER_WAKE]     = worker_stop_unready,
		[WORKER_KILL]     = worker_kill,
		[WORKER_RELIEVE]  = NEVER,
		[WORKER_PING]     = worker_nothing,
		[WORKER_TRIGGER]  = worker_nothing,
		[WORKER_EXTEND]   = worker_extend,
		[WORKER_LEAVE]    = worker_leave_wanted,
		[WORKER_MUTATE]   = worker_nothing,
	},
	[WORKER_READY] = {
		[WORKER_WANTED]   = worker_nothing,
		[WORKER_UNWANTED] = worker_stop_asked,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = worker_decide,
		[WORKER_WAKE]     = worker_stop_silent,
		[WORKER_KILL]     = worker_kill,
		[WORKER_RELIEVE]  = worker_relieve,
		[WORKER_PING]     = worker_feed,
		[WORKER_TRIGGER]  = worker_stop_hung,
		[WORKER_EXTEND]   = worker_nothing,
		[WORKER_LEAVE]    = worker_leave_wanted,
		[WORKER_MUTATE]   = worker_mutate,
	},
	[WORKER_RELIEVED] = {
		[WORKER_WANTED]   = worker_serve_on,
		[WORKER_UNWANTED] = worker_stop_asked,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = worker_end_relieved,
		[WORKER_WAKE]     = worker_stop_silent_relieved,
		[WORKER_KILL]     = worker_kill,
		[WORKER_RELIEVE]  = worker_nothing,
		[WORKER_PING]     = worker_feed,
		[WORKER_TRIGGER]  = worker_stop_hung_relieved,
		[WORKER_EXTEND]   = worker_nothing,
		[WORKER_LEAVE]    = worker_leave_relieved,
		[WORKER_MUTATE]   = worker_mutate,
	},
	[WORKER_STOPPING] = {
		[WORKER_WANTED]   = worker_note_wanted,
		[WORKER_UNWANTED] = worker_note_unwanted,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = worker_end_stop,
		[WORKER_WAKE]     = worker_next_rung,
		[WORKER_KILL]     = worker_kill,
		[WORKER_RELIEVE]  = NEVER,
		[WORKER_PING]     = worker_nothing,
		[WORKER_TRIGGER]  = worker_nothing,
		[WORKER_EXTEND]   = worker_extend,
		[WORKER_LEAVE]    = worker_nothing,
		[WORKER_MUTATE]   = worker_nothing,
	},
	[WORKER_WAITING] = {
		[WORKER_WANTED]   = worker_nothing,
		[WORKER_UNWANTED] = worker_release,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = NEVER,
		[WORKER_WAKE]     = worker_launch,
		[WORKER_KILL]     = worker_release,
		[WORKER_RELIEVE]  = NEVER,
		[WORKER_PING]     = worker_nothing,
		[WORKER_TRIGGER]  = worker_nothing,
		[WORKER_EXTEND]   = worker_nothing,
		[WORKER_LEAVE]    = worker_nothing,
		[WORKER_MUTATE]   = worker_nothing,
	},
	[WORKER_FAILED] = {
		[WORKER_WANTED]   = worker_start,
		[WORKER_UNWANTED] = worker_release,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = NEVER,
		[WORKER_WAKE]     = NEVER,
		[WORKER_KILL]     = worker_release,
		[WORKER_RELIEVE]  = NEVER,
		[WORKER_PING]     = worker_nothing,
		[WORKER_TRIGGER]  = worker_nothing,
		[WORKER_EXTEND]   = worker_nothing,
		[WORKER_LEAVE]    = worker_nothing,
		[WORKER_MUTATE]   = worker_nothing,
	},
};

static const struct {
	const char *name;
	bool is_live;
	bool is_ready;
} states[WORKER_STATES] = {
	[WORKER_VACANT]   = {"vacant",   false, false},
	[WORKER_STARTING] = {"starting", true,  false},
	[WORKER_READY]    = {"ready",    true,  true},
	[WORKER_RELIEVED] = {"relieved", true,  true},
	[WORKER_STOPPING] = {"stopping", true,  false},
	[WORKER_WAITING]  = {"waiting",  false, false},
	[WORKER_FAILED]   = {"failed",   false, false},
};

static const char *const event_names[WORKER_EVENTS] = {
	[WORKER_WANTED]   = "wanted",
	[WORKER_UNWANTED] = "unwanted",
	[WORKER_IS_READY] = "ready",
	[WORKER_EXITED]   = "exited",
	[WORKER_WAKE]     = "wake",
	[WORKER_KILL]     = "kill",
	[WORKER_RELIEVE]  = "relieve",
	[WORKER_PING]     = "ping",
	[WORKER_TRIGGER]  = "trigger",
	[WORKER_EXTEND]   = "extend",
	[WORKER_LEAVE]    = "leave",
	[WORKER_MUTATE]   = "mutate",
};
// clang-format on

_Static_assert(WORKER_STATES == 7, "a new state needs its rows above");
_Static_assert(WORKER_EVENTS == 12, "a new event needs its cells above");

struct worker_verdict worker_step(const struct worker_rules *rules,
				  struct restart_shared *shared,
				  struct worker_life *life,
				  const struct worker_news *news)
{
	struct step step = {
		.rules = rules,
		.shared = shared,
		.life = life,
		.news = news,
		.verdict = {.due_ns = NSEC_NEVER},
	};
	worker_cell *cell;

	assert(life->state < WORKER_STATES);
	assert(news->event < WORKER_EVENTS);

	cell = cells[life->state][news->event];
	assert(cell != NEVER);
	cell(&step);
	return step.verdict;
}

bool worker_is_live(enum worker_state state)
{
	assert(state < WORKER_STATES);
	return states[state].is_live;
}

bool worker_is_ready(enum worker_state state)
{
	assert(state < WORKER_STATES);
	return states[state].is_ready;
}

const char *worker_state_name(enum worker_state state)
{
	assert(state < WORKER_STATES);
	return states[state].name;
}

const char *worker_event_name(enum worker_event event)
{
	assert(event < WORKER_EVENTS);
	return event_names[event];
}

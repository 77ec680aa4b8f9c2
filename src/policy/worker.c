/*
 * worker.c - the table of worker.h.
 *
 * A cell names a function; the functions stand in the order of the table's
 * columns. None of them reads the state it was called in: what differs between
 * two states is another cell, never an if. New features enter as states, events
 * or verdict bits of this table, never as flags beside it.
 */
#include <assert.h>
#include <stddef.h>

#include "base/nsec.h"
#include "worker.h"

/* One step: what it is about, and the verdict as it comes into being. A cell
 * that leaves the verdict alone says "-": no action, no deadline touched. */
struct step {
	const struct worker_rules *rules;
	struct restart_shared *shared;
	struct worker_life *life;
	const struct worker_news *news;
	struct worker_verdict verdict;
};

typedef void worker_cell(struct step *step);

static void worker_nothing(struct step *step)
{
	(void)step; /* "-" */
}

static void worker_arm(struct step *step, uint64_t due_ns)
{
	step->verdict.due_ns = due_ns;
	if (due_ns != NSEC_NEVER)
		step->verdict.actions |= WORKER_ARM;
}

static void worker_launch(struct step *step)
{
	uint64_t now_ns = step->news->now_ns;

	step->life->state = WORKER_STARTING;
	step->life->started_ns = now_ns;
	step->verdict.actions |= WORKER_SPAWN;
	worker_arm(step, nsec_add(now_ns, step->rules->ready_timeout_ns));
}

/* Takes the rung that life->rung names. */
static void worker_climb(struct step *step)
{
	const struct worker_life *life = step->life;
	struct ladder_verdict rung = ladder_climb(
		&step->rules->ladder, life->rung, step->news->now_ns);

	step->verdict.actions = WORKER_SIGNAL | WORKER_TELL;
	step->verdict.signo = rung.signo;
	step->verdict.why = life->stop_why;
	worker_arm(step, rung.due_ns);
}

static void worker_stop(struct step *step, enum muster_why why)
{
	struct worker_life *life = step->life;

	life->state = WORKER_STOPPING;
	life->stop_why = why;
	life->is_wanted = why == MUSTER_WHY_NOT_READY;
	life->rung = 0;
	worker_climb(step);
}

/* Wanted. */

/* Its history belongs to a worker that nobody wanted any more or that had been
 * given up; whoever asks again has changed something or wants to try. Only the
 * slot forgets: the group's throttle and give-up rule do not. */
static void worker_start(struct step *step)
{
	step->life->memory = (struct restart_memory){0};
	worker_launch(step);
}

static void worker_note_wanted(struct step *step)
{
	step->life->is_wanted = true;
}

/* Unwanted. */

static void worker_stop_asked(struct step *step)
{
	worker_stop(step, MUSTER_WHY_ASKED);
}

/* The stop goes on as it began. But from now on it was asked for, so that a
 * later WANTED is an operator's and costs no token. */
static void worker_note_unwanted(struct step *step)
{
	step->life->is_wanted = false;
	step->life->stop_why = MUSTER_WHY_ASKED;
}

static void worker_release(struct step *step)
{
	step->life->state = WORKER_VACANT;
	step->verdict.actions |= WORKER_RELEASE;
}

/* Ready. */

static void worker_become_ready(struct step *step)
{
	step->life->state = WORKER_READY;
	step->verdict.actions = WORKER_TELL;
}

/* Exited. */

/* The exact stamp of a launch in this turn may be later than the turn's one
 * reading of the clock: that uptime is 0, not 584 years. */
static struct restart_question worker_death(const struct step *step)
{
	const struct worker_news *news = step->news;

	return (struct restart_question){
		.exit = news->exit,
		.uptime_ns = nsec_since(news->now_ns, step->life->started_ns),
		.now_ns = news->now_ns,
	};
}

static void worker_decide(struct step *step)
{
	struct restart_question question = worker_death(step);
	struct restart_verdict decision =
		restart_decide(&step->rules->restart, step->shared,
			       &step->life->memory, &question);

	step->verdict.actions = WORKER_TELL;
	step->verdict.next = decision.next;
	step->verdict.why = decision.why;
	step->verdict.uptime_ns = question.uptime_ns;

	if (decision.next == MUSTER_NEXT_NOW) {
		worker_launch(step);
	} else if (decision.next == MUSTER_NEXT_LATER) {
		step->life->state = WORKER_WAITING;
		worker_arm(step, decision.due_ns);
	} else {
		step->life->state = WORKER_FAILED;
	}
}

/* As somebody asked: replaced without delay when it is wanted again. */
static void worker_settle(struct step *step)
{
	struct restart_question question = worker_death(step);
	bool is_wanted = step->life->is_wanted;

	restart_note_death(&step->rules->restart, step->shared,
			   &step->life->memory, &question);
	step->verdict.actions = WORKER_TELL;
	step->verdict.next = is_wanted ? MUSTER_NEXT_NOW : MUSTER_NEXT_NEVER;
	step->verdict.why = MUSTER_WHY_ASKED;
	step->verdict.uptime_ns = question.uptime_ns;

	if (is_wanted)
		worker_launch(step);
	else
		worker_release(step);
}

static void worker_end_stop(struct step *step)
{
	bool is_launch = step->news->exit.kind == MUSTER_EXIT_LAUNCH;
	bool is_asked = step->life->stop_why == MUSTER_WHY_ASKED;

	if (step->life->is_wanted && (is_launch || !is_asked))
		worker_decide(step);
	else
		worker_settle(step);
}

/* Wake. */

static void worker_stop_unready(struct step *step)
{
	worker_stop(step, MUSTER_WHY_NOT_READY);
}

static void worker_next_rung(struct step *step)
{
	if (step->life->rung < LADDER_RUNGS - 1)
		step->life->rung++;
	worker_climb(step);
}

/* Kill. */

/* Nothing to tell but what was told when everybody was to be killed, and
 * nothing to wait for but the end. */
static void worker_kill(struct step *step)
{
	struct worker_life *life = step->life;

	life->state = WORKER_STOPPING;
	life->stop_why = MUSTER_WHY_ASKED;
	life->is_wanted = false;
	life->rung = LADDER_RUNGS - 1;
	worker_climb(step);
	step->verdict.actions &= ~(uint32_t)WORKER_TELL;
}

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
	},
	[WORKER_STARTING] = {
		[WORKER_WANTED]   = worker_nothing,
		[WORKER_UNWANTED] = worker_stop_asked,
		[WORKER_IS_READY] = worker_become_ready,
		[WORKER_EXITED]   = worker_decide,
		[WORKER_WAKE]     = worker_stop_unready,
		[WORKER_KILL]     = worker_kill,
	},
	[WORKER_READY] = {
		[WORKER_WANTED]   = worker_nothing,
		[WORKER_UNWANTED] = worker_stop_asked,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = worker_decide,
		[WORKER_WAKE]     = NEVER,
		[WORKER_KILL]     = worker_kill,
	},
	[WORKER_STOPPING] = {
		[WORKER_WANTED]   = worker_note_wanted,
		[WORKER_UNWANTED] = worker_note_unwanted,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = worker_end_stop,
		[WORKER_WAKE]     = worker_next_rung,
		[WORKER_KILL]     = worker_kill,
	},
	[WORKER_WAITING] = {
		[WORKER_WANTED]   = worker_nothing,
		[WORKER_UNWANTED] = worker_release,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = NEVER,
		[WORKER_WAKE]     = worker_launch,
		[WORKER_KILL]     = worker_release,
	},
	[WORKER_FAILED] = {
		[WORKER_WANTED]   = worker_start,
		[WORKER_UNWANTED] = worker_release,
		[WORKER_IS_READY] = worker_nothing,
		[WORKER_EXITED]   = NEVER,
		[WORKER_WAKE]     = NEVER,
		[WORKER_KILL]     = worker_release,
	},
};

static const struct {
	const char *name;
	bool is_live;
} states[WORKER_STATES] = {
	[WORKER_VACANT]   = {"vacant",   false},
	[WORKER_STARTING] = {"starting", true},
	[WORKER_READY]    = {"ready",    true},
	[WORKER_STOPPING] = {"stopping", true},
	[WORKER_WAITING]  = {"waiting",  false},
	[WORKER_FAILED]   = {"failed",   false},
};

static const char *const event_names[WORKER_EVENTS] = {
	[WORKER_WANTED]   = "wanted",
	[WORKER_UNWANTED] = "unwanted",
	[WORKER_IS_READY] = "ready",
	[WORKER_EXITED]   = "exited",
	[WORKER_WAKE]     = "wake",
	[WORKER_KILL]     = "kill",
};
// clang-format on

_Static_assert(WORKER_STATES == 6, "a new state needs its rows above");
_Static_assert(WORKER_EVENTS == 6, "a new event needs its cells above");

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

/*
 * worker_cells.c - the cells of the worker table, in the order of its columns.
 *
 * None of them reads the state it was called in: what differs between two
 * states is another cell, never an if.
 */
#include <assert.h>
#include <signal.h>

#include "base/nsec.h"
#include "worker_cells.h"

void worker_nothing(struct step *step)
{
	(void)step; /* "-" */
}

static void worker_arm(struct step *step, uint64_t due_ns)
{
	step->verdict.due_ns = due_ns;
	step->life->due_ns = due_ns;
	if (due_ns != NSEC_NEVER)
		step->verdict.actions |= WORKER_ARM;
}

void worker_launch(struct step *step)
{
	uint64_t now_ns = step->news->now_ns;

	step->life->state = WORKER_STARTING;
	step->life->started_ns = now_ns;
	step->verdict.actions |= WORKER_SPAWN;
	worker_arm(step, nsec_add(now_ns, step->shared->ready_timeout_ns));
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

/* Enters the ladder at this rung. */
static void worker_stop(struct step *step, enum muster_why why,
			enum ladder_step rung)
{
	struct worker_life *life = step->life;

	life->state = WORKER_STOPPING;
	life->stop_why = why;
	life->rung = rung;
	worker_climb(step);
}

/* Wanted. */

/* Its history belongs to a worker that nobody wanted any more or that had been
 * given up; whoever asks again has changed something or wants to try. Only the
 * slot forgets: the group's throttle and give-up rule do not. */
void worker_start(struct step *step)
{
	step->life->memory = (struct restart_memory){0};
	worker_launch(step);
}

void worker_note_wanted(struct step *step)
{
	step->life->is_wanted = true;
}

/* Its deadline is what it was; only the state is another. */
static void worker_become(struct step *step, enum worker_state state)
{
	step->life->state = state;
	step->verdict.actions = WORKER_TURN;
	worker_arm(step, step->life->due_ns);
}

void worker_serve_on(struct step *step)
{
	worker_become(step, WORKER_READY);
}

/* Unwanted. */

static enum muster_why worker_why(const struct step *step)
{
	return step->news->why == MUSTER_WHY_ROLLED ? MUSTER_WHY_ROLLED
						    : MUSTER_WHY_ASKED;
}

void worker_stop_asked(struct step *step)
{
	step->life->is_wanted = false;
	worker_stop(step, worker_why(step), LADDER_STOP);
}

/* The stop goes on as it began, unless it began without a signal. But from now
 * on it was asked for, so that a later WANTED is an operator's and costs no
 * token. */
void worker_note_unwanted(struct step *step)
{
	if (step->life->stop_why == MUSTER_WHY_LEFT) {
		worker_stop_asked(step);
		return;
	}
	step->life->is_wanted = false;
	step->life->stop_why = worker_why(step);
}

void worker_release(struct step *step)
{
	step->life->state = WORKER_VACANT;
	step->verdict.actions |= WORKER_RELEASE;
}

/* Ready. */

void worker_feed(struct step *step)
{
	step->life->heard_ns = step->news->now_ns;
	worker_arm(step,
		   nsec_add(step->news->now_ns, step->rules->watchdog_ns));
}

void worker_become_ready(struct step *step)
{
	step->life->state = WORKER_READY;
	step->verdict.actions = WORKER_TELL;
	step->verdict.uptime_ns =
		nsec_since(step->news->now_ns, step->life->started_ns);
	worker_feed(step);
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

void worker_decide(struct step *step)
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
static void worker_settle(struct step *step, bool is_wanted,
			  enum muster_why why)
{
	struct restart_question question = worker_death(step);

	restart_note_death(&step->rules->restart, step->shared,
			   &step->life->memory, &question);
	step->verdict.actions = WORKER_TELL;
	step->verdict.next = is_wanted ? MUSTER_NEXT_NOW : MUSTER_NEXT_NEVER;
	step->verdict.why = why;
	step->verdict.uptime_ns = question.uptime_ns;

	if (is_wanted)
		worker_launch(step);
	else
		worker_release(step);
}

static bool worker_is_asked(enum muster_why why)
{
	return why == MUSTER_WHY_ASKED || why == MUSTER_WHY_ROLLED;
}

void worker_end_stop(struct step *step)
{
	const struct worker_life *life = step->life;
	bool is_launch = step->news->exit.kind == MUSTER_EXIT_LAUNCH;
	bool is_asked = worker_is_asked(life->stop_why);

	if (life->is_wanted && (is_launch || !is_asked))
		worker_decide(step);
	else
		worker_settle(step, life->is_wanted, life->stop_why);
}

/* Its successor is there already. */
void worker_end_relieved(struct step *step)
{
	worker_settle(step, false, MUSTER_WHY_ROLLED);
}

/* Wake. */

void worker_stop_unready(struct step *step)
{
	step->life->is_wanted = true;
	worker_stop(step, MUSTER_WHY_NOT_READY, LADDER_STOP);
}

/* When its silence may be found, or may be again; not later than now: it has
 * been, twice. A launcher that saw that it was stopped itself has heard nobody
 * meanwhile: everybody gets a whole period from then on. One that was stopped
 * with its workers and ran again just before the deadline, or just behind it,
 * cannot see that. So who is silent gets half a period more: who lives speaks
 * twice in each (sd_watchdog_enabled(3)), and has run for so long by then. */
static uint64_t worker_silence_ns(const struct step *step)
{
	const struct worker_news *news = step->news;
	uint64_t watchdog_ns = step->rules->watchdog_ns;
	uint64_t due_ns = nsec_add(
		nsec_max(step->life->heard_ns, news->resumed_ns), watchdog_ns);
	uint64_t again_ns = nsec_add(news->now_ns, watchdog_ns / 2);
	bool is_first = step->life->due_ns <= due_ns;

	return is_first ? nsec_max(due_ns, again_ns) : due_ns;
}

static void worker_abort(struct step *step, bool is_wanted)
{
	step->life->is_wanted = is_wanted;
	worker_stop(step, MUSTER_WHY_WATCHDOG, LADDER_ABORT);
}

static void worker_miss(struct step *step, bool is_wanted)
{
	uint64_t due_ns = worker_silence_ns(step);

	if (due_ns > step->news->now_ns)
		worker_arm(step, due_ns);
	else
		worker_abort(step, is_wanted);
}

void worker_stop_silent(struct step *step)
{
	worker_miss(step, true);
}

void worker_stop_silent_relieved(struct step *step)
{
	worker_miss(step, false);
}

/* Its own word needs no second finding, whatever the time: it may well be read
 * just when its deadline has come. Without a watchdog nobody asked for it. */
static void worker_trigger(struct step *step, bool is_wanted)
{
	if (step->rules->watchdog_ns != NSEC_NEVER)
		worker_abort(step, is_wanted);
}

void worker_stop_hung(struct step *step)
{
	worker_trigger(step, true);
}

void worker_stop_hung_relieved(struct step *step)
{
	worker_trigger(step, false);
}

void worker_next_rung(struct step *step)
{
	if (step->life->rung < LADDER_RUNGS - 1)
		step->life->rung++;
	worker_climb(step);
	step->verdict.is_overdue = true;
}

/* Kill. */

/* Nothing to tell but what was told when everybody was to be killed, and
 * nothing to wait for but the end. */
void worker_kill(struct step *step)
{
	struct worker_life *life = step->life;

	life->state = WORKER_STOPPING;
	life->stop_why = MUSTER_WHY_ASKED;
	life->is_wanted = false;
	life->rung = LADDER_RUNGS - 1;
	worker_climb(step);
	step->verdict.actions &= ~(uint32_t)WORKER_TELL;
}

/* Relieve. */

void worker_relieve(struct step *step)
{
	worker_become(step, WORKER_RELIEVED);
}

/* What it says of itself. */

/* Never earlier than it was (sd_notify(3)). Time that does not end disarms. */
void worker_extend(struct step *step)
{
	uint64_t due_ns = nsec_add(step->news->now_ns, step->news->extend_ns);

	step->verdict.actions = WORKER_TURN;
	worker_arm(step, nsec_max(step->life->due_ns, due_ns));
}

/* A stop like others, but nobody asked for it and nothing needs to be sent. It
 * has as much time as if it had been told, and that also where it would be told
 * by SIGKILL, after which there is nothing to wait for. */
static void worker_leave(struct step *step, bool is_wanted)
{
	uint64_t grace_ns = step->rules->ladder.rungs[LADDER_STOP].grace_ns;

	step->life->is_wanted = is_wanted;
	worker_stop(step, MUSTER_WHY_LEFT, LADDER_STOP);
	step->verdict.actions &= ~(uint32_t)WORKER_SIGNAL;
	step->verdict.signo = 0;
	worker_arm(step, nsec_add(step->news->now_ns, grace_ns));
}

void worker_leave_wanted(struct step *step)
{
	worker_leave(step, true);
}

void worker_leave_relieved(struct step *step)
{
	worker_leave(step, false);
}

/* Mutate. */

void worker_mutate(struct step *step)
{
	step->verdict.actions = WORKER_SIGNAL;
	step->verdict.signo = SIGHUP;
	worker_arm(step, step->life->due_ns);
}

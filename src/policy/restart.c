/*
 * restart.c - again, later or never.
 *
 * It decides about one death and changes only what it is handed. It never looks
 * at a state: whether the death was asked for is settled in worker.c before.
 */
#include <assert.h>
#include <errno.h>

#include "base/nsec.h"
#include "exit.h"
#include "restart.h"

static const struct backoff_rules launch_backoff = {
	.base_ns = RESTART_LAUNCH_BASE_NS,
	.cap_ns = RESTART_LAUNCH_CAP_NS,
};

static struct restart_verdict restart_now(uint64_t now_ns)
{
	return (struct restart_verdict){
		MUSTER_NEXT_NOW,
		MUSTER_WHY_RULE,
		now_ns,
	};
}

static struct restart_verdict restart_later(enum muster_why why,
					    uint64_t due_ns)
{
	return (struct restart_verdict){MUSTER_NEXT_LATER, why, due_ns};
}

static struct restart_verdict restart_never(enum muster_why why)
{
	return (struct restart_verdict){MUSTER_NEXT_NEVER, why, NSEC_NEVER};
}

/* Returns what it was. Sticks at the top: a streak that wrapped to 0 would turn
 * the longest delay into the shortest. */
static uint32_t restart_count_up(uint32_t *streak)
{
	uint32_t before = *streak;

	if (before < UINT32_MAX)
		*streak = before + 1;
	return before;
}

/* Says nothing about the command, only about the machine at this moment. */
static bool restart_is_transient(const struct muster_exit *how)
{
	return how->step == MUSTER_STEP_CLONE || how->code == EAGAIN ||
	       how->code == ENOMEM;
}

/* What is not transient fails the same way for ever, unless it has worked
 * before and something is being replaced just now. */
static struct restart_verdict
restart_decide_launch(struct restart_shared *shared,
		      struct restart_memory *memory,
		      const struct restart_question *question)
{
	uint64_t delay_ns;

	if (!restart_is_transient(&question->exit) && !shared->has_executed)
		return restart_never(MUSTER_WHY_UNEXECUTABLE);

	delay_ns = backoff_delay_ns(&launch_backoff,
				    restart_count_up(&memory->launch_streak),
				    &shared->seed);
	return restart_later(MUSTER_WHY_LAUNCH,
			     nsec_add(question->now_ns, delay_ns));
}

static bool restart_is_final(enum muster_restart mode,
			     const struct muster_exit *how)
{
	assert(mode < MUSTER_RESTARTS);

	return mode == MUSTER_RESTART_NEVER ||
	       (mode == MUSTER_RESTART_ON_FAILURE && exit_is_success(how));
}

/* The token is taken at the death, not at the launch it is for: then every slot
 * that waits knows its own time, however many there are. */
static struct restart_verdict
restart_decide_young(const struct restart_rules *rules,
		     struct restart_shared *shared,
		     struct restart_memory *memory, uint64_t now_ns)
{
	uint64_t delay_ns;
	uint64_t backoff_ns;
	uint64_t throttle_ns;

	if (giveup_note(&shared->giveup, now_ns))
		return restart_never(MUSTER_WHY_GIVE_UP);

	delay_ns = backoff_delay_ns(&rules->backoff,
				    restart_count_up(&memory->streak),
				    &shared->seed);
	backoff_ns = nsec_add(now_ns, delay_ns);
	throttle_ns =
		throttle_take(&rules->throttle, &shared->throttle, now_ns);

	if (nsec_max(backoff_ns, throttle_ns) <= now_ns)
		return restart_now(now_ns);
	if (throttle_ns > backoff_ns)
		return restart_later(MUSTER_WHY_THROTTLE, throttle_ns);
	return restart_later(MUSTER_WHY_BACKOFF, backoff_ns);
}

void restart_note_death(const struct restart_rules *rules,
			struct restart_shared *shared,
			struct restart_memory *memory,
			const struct restart_question *question)
{
	if (question->exit.kind == MUSTER_EXIT_LAUNCH)
		return;

	shared->has_executed = true;
	memory->launch_streak = 0;
	if (question->uptime_ns >= rules->healthy_after_ns)
		memory->streak = 0;
}

struct restart_verdict restart_decide(const struct restart_rules *rules,
				      struct restart_shared *shared,
				      struct restart_memory *memory,
				      const struct restart_question *question)
{
	if (question->exit.kind == MUSTER_EXIT_LAUNCH)
		return restart_decide_launch(shared, memory, question);

	restart_note_death(rules, shared, memory, question);
	if (restart_is_final(rules->mode, &question->exit))
		return restart_never(MUSTER_WHY_RULE);
	if (question->uptime_ns >= rules->healthy_after_ns)
		return restart_now(question->now_ns);
	return restart_decide_young(rules, shared, memory, question->now_ns);
}

/*
 * roll.c - obeys policy/pool's plan for a roll. Every step is an event of the
 * worker table: RELIEVE for the old one when its newcomer is launched, UNWANTED
 * when that is ready, WANTED when it has failed.
 */
#include <assert.h>

#include "base/nsec.h"
#include "core/roll.h"
#include "core/roll_tell.h"
#include "policy/pool.h"

static bool roll_is_on(const struct group *group)
{
	return group->shared.former != NULL;
}

static bool roll_is_serving(const struct slot *slot)
{
	return worker_is_ready(slot->current->life.state);
}

static bool roll_has_failed(const struct slot *slot)
{
	return slot->current->life.state == WORKER_FAILED;
}

static struct slot *roll_head(const struct group *group)
{
	struct list *node = list_first(&group->roll.pending);

	return node ? CONTAINER_OF(node, struct slot, link) : NULL;
}

/* Who is wanted and has ended for good. While somebody who does not serve is
 * at the head, some of them are about to be brought back, and none counts. */
static uint32_t roll_count_failed(const struct group *group)
{
	const struct slot *head = roll_head(group);
	uint32_t failed = group->shared.counts[WORKER_FAILED];

	if (failed == 0 || (head && !roll_is_serving(head)))
		return 0;
	for (uint32_t i = group->wanted; i < group->filled && failed > 0; i++)
		failed -= roll_has_failed(group_slot(group, i));
	return failed;
}

/* What is allowed is a share of those who are wanted now: they may have become
 * fewer or more since it began. */
static struct pool_roll_counts roll_count(const struct group *group)
{
	const struct spec *spec = group->shared.edition->spec;
	struct pool_allowance allowance = pool_allow(
		group->wanted, spec->max_surge, spec->max_unavailable);

	return (struct pool_roll_counts){
		.wanted = group->wanted,
		/* Who waits to be launched again has its place. */
		.live = slot_shared_live(&group->shared) +
			group->shared.counts[WORKER_WAITING],
		.ready = slot_shared_ready(&group->shared),
		.failed = roll_count_failed(group),
		.pending = group->roll.pending_count,
		.busy = group->roll.busy,
		.surge = allowance.surge,
		.unavailable = allowance.unavailable,
		.has_proof = group->shared.edition->ready > 0,
	};
}

/* Stages. */

static void roll_set_stage(struct group *group, struct slot *slot,
			   enum slot_stage stage)
{
	struct roll *roll = &group->roll;

	roll->pending_count -= slot->stage == SLOT_PENDING;
	roll->busy -= slot->stage == SLOT_BUSY;
	roll->pending_count += stage == SLOT_PENDING;
	roll->busy += stage == SLOT_BUSY;
	slot->stage = stage;
	if (stage != SLOT_PENDING)
		list_remove(&slot->link);
}

/* Who serves waits for its turn; who does not has nothing to lose. It may be in
 * the queue already. */
static void roll_queue(struct group *group, struct slot *slot)
{
	roll_set_stage(group, slot, SLOT_PENDING);
	list_remove(&slot->link);
	if (roll_is_serving(slot))
		list_append(&group->roll.pending, &slot->link);
	else
		list_prepend(&group->roll.pending, &slot->link);
}

static bool roll_has_one_worker(const struct slot *slot)
{
	return !slot->newcomer && !slot->retiring;
}

/* Nothing is left to be done for it in this roll. */
static bool roll_is_done(const struct group *group, const struct slot *slot)
{
	const struct worker *current = slot->current;

	if (!roll_has_one_worker(slot))
		return false;
	if (current->life.state == WORKER_READY)
		return current->edition == group->shared.edition;
	return current->life.state == WORKER_VACANT ||
	       (roll_has_failed(slot) &&
		current->edition == group->shared.edition);
}

/* Begin. */

static void roll_adopt(struct group *group, struct edition *edition)
{
	group->shared.edition = edition;
	group->shared.restart.ready_timeout_ns =
		edition->spec->ready_timeout_ns;
}

static void roll_give_retired(struct context *context, struct slot *slot)
{
	if (!slot->retiring || slot->retiring->life.state != WORKER_VACANT)
		return;
	slot_give_worker(context, slot->retiring);
	slot->retiring = NULL;
}

/* The newcomer leaves, whom it was to relieve serves on. */
static void roll_dismiss(struct context *context, struct slot *slot)
{
	assert(!slot->retiring);
	slot->retiring = slot->newcomer;
	slot->newcomer = NULL;
	slot_retire(context, slot->retiring);
	slot_step(context, slot->current, WORKER_WANTED);
	roll_give_retired(context, slot);
}

static void roll_enlist(struct context *context, struct group *group)
{
	for (uint32_t i = 0; i < group->filled; i++) {
		struct slot *slot = group_slot(group, i);

		if (slot->newcomer)
			roll_dismiss(context, slot);
		/* Another one leaves: it is followed when that is gone. */
		if (slot->stage == SLOT_SETTLED || roll_has_one_worker(slot))
			roll_queue(group, slot);
	}
}

void roll_end(struct context *context, struct group *group)
{
	struct slot *slot;

	while ((slot = roll_head(group)) != NULL)
		roll_set_stage(group, slot, SLOT_SETTLED);
	for (uint32_t i = 0; group->roll.busy > 0 && i < group->slot_count; i++)
		roll_set_stage(group, group_slot(group, i), SLOT_SETTLED);
	group->shared.former = edition_unref(context, group->shared.former);
}

static void roll_finish(struct context *context, struct group *group)
{
	roll_tell_end(context, group);
	roll_end(context, group);
}

void roll_start(struct context *context, struct group *group,
		struct edition *take_edition)
{
	struct roll *roll = &group->roll;
	struct edition *before = group->shared.edition;

	/* What serves has been executed, whatever the next one is. */
	if (before->ready > 0)
		group->shared.restart.has_executed = true;
	if (!group->shared.former) {
		group->shared.former = before;
		roll->began_ns = context->now_ns;
	} else if (before->ready > 0) {
		(void)edition_unref(context, group->shared.former);
		group->shared.former = before;
	} else {
		(void)edition_unref(context, before);
	}
	take_edition->number = ++roll->number;
	roll_adopt(group, take_edition);
	group->shared.failures = 0;
	roll->done = 0;
	roll_enlist(context, group);
	roll_tell_start(context, group);
	if (roll->pending_count + roll->busy > 0)
		return;
	/* Nobody is wanted, and nobody has seen this one execute. */
	group->shared.restart.has_executed = false;
	roll_finish(context, group);
}

/* Stopped first, replaced when it is gone; who does not run, at once. */
static void roll_replace(struct context *context, struct slot *slot)
{
	slot_retire(context, slot->current);
	slot_step(context, slot->current, WORKER_WANTED);
}

static void roll_relieve(struct context *context, struct slot *slot)
{
	slot->newcomer = slot_take_worker(context, slot);
	slot_step(context, slot->current, WORKER_RELIEVE);
	slot_step(context, slot->newcomer, WORKER_WANTED);
}

static struct pool_roll_plan roll_plan(const struct group *group)
{
	const struct pool_roll_counts counts = roll_count(group);

	return pool_roll(&counts);
}

/* A newcomer needs a worker from the pool; without memory it is replaced. */
static bool roll_has_room(struct context *context)
{
	return workers_promise(&context->workers, &context->deadlines, 1) == 0;
}

/* Who does not serve need not wait. */
static struct pool_roll_plan roll_plan_slot(const struct group *group,
					    const struct slot *slot)
{
	if (slot->current->life.state == WORKER_READY)
		return roll_plan(group);
	return (struct pool_roll_plan){0, 1};
}

bool roll_may_begin(const struct group *group)
{
	const struct slot *head = roll_head(group);
	struct pool_roll_plan plan;

	if (!head)
		return false;
	plan = roll_plan_slot(group, head);
	return plan.newcomers > 0 || plan.replacements > 0;
}

/* False when it has to wait for others. */
static bool roll_begin(struct context *context, struct group *group,
		       struct slot *slot)
{
	struct pool_roll_plan plan = roll_plan_slot(group, slot);

	if (plan.newcomers == 0 && plan.replacements == 0)
		return false;
	roll_set_stage(group, slot, SLOT_BUSY);
	if (!roll_has_one_worker(slot) || roll_is_done(group, slot))
		; /* it is followed when the other one has left */
	else if (plan.newcomers > 0 && roll_has_room(context))
		roll_relieve(context, slot);
	else
		roll_replace(context, slot);
	group_follow(context, slot);
	return true;
}

uint32_t roll_advance(struct context *context, struct group *group,
		      uint32_t budget)
{
	struct slot *slot;

	while (budget > 0 && (slot = roll_head(group)) != NULL) {
		if (!roll_begin(context, group, slot))
			break;
		budget--;
	}
	return budget;
}

/* Follow. */

static void roll_promote(struct slot *slot)
{
	slot->retiring = slot->current;
	slot->current = slot->newcomer;
	slot->newcomer = NULL;
}

static void roll_follow_newcomer(struct context *context, struct slot *slot)
{
	enum worker_state state = slot->newcomer->life.state;

	if (slot->current->life.state == WORKER_VACANT) {
		roll_promote(slot); /* it died before it was relieved */
	} else if (worker_is_ready(state)) {
		roll_promote(slot);
		slot_retire(context, slot->retiring);
	} else if (state == WORKER_FAILED) {
		roll_dismiss(context, slot);
	}
}

/* Who waits is launched from the former edition when its time has come; who
 * starts from the one that failed starts anew. */
static void roll_return(struct context *context, const struct edition *failed,
			struct slot *slot)
{
	struct worker *current = slot->current;

	if (slot->newcomer)
		roll_dismiss(context, slot);
	else if (current->edition == failed &&
		 current->life.state == WORKER_STARTING)
		roll_replace(context, slot);
	roll_follow(context, group_of(slot), slot);
}

static void roll_abort(struct context *context, struct group *group)
{
	struct edition *failed = group->shared.edition;

	roll_tell_abort(context, group);
	roll_adopt(group, edition_ref(group->shared.former));
	roll_end(context, group);
	for (uint32_t i = 0; i < group->filled; i++)
		roll_return(context, failed, group_slot(group, i));
	(void)edition_unref(context, failed);
}

/* It was begun for an edition before the newest, and nothing is under way that
 * leads to that. */
static bool roll_is_outdated(const struct group *group, const struct slot *slot)
{
	return roll_has_one_worker(slot) &&
	       slot->current->edition != group->shared.edition &&
	       (worker_is_ready(slot->current->life.state) ||
		!worker_is_live(slot->current->life.state));
}

/* Who waits to be launched again comes back by himself, from the newest. */
static bool roll_is_first(const struct group *group, const struct slot *slot)
{
	if (slot->stage == SLOT_BUSY)
		return roll_is_outdated(group, slot);
	return slot->stage == SLOT_PENDING && roll_has_failed(slot);
}

static void roll_follow_stage(struct context *context, struct group *group,
			      struct slot *slot)
{
	if (pool_roll_fails(group->shared.failures,
			    group->shared.edition->ready)) {
		roll_abort(context, group);
		return;
	}
	if (slot->stage == SLOT_BUSY && roll_is_done(group, slot)) {
		roll_set_stage(group, slot, SLOT_SETTLED);
		group->roll.done++;
	} else if (roll_is_first(group, slot)) {
		roll_queue(group, slot);
	}
	if (group->roll.pending_count == 0 && group->roll.busy == 0)
		roll_finish(context, group);
}

void roll_follow(struct context *context, struct group *group,
		 struct slot *slot)
{
	if (slot->newcomer)
		roll_follow_newcomer(context, slot);
	roll_give_retired(context, slot);
	if (roll_is_on(group))
		roll_follow_stage(context, group, slot);
}

bool roll_may_drop(const struct group *group, const struct slot *slot)
{
	struct pool_roll_counts counts;

	if (!roll_is_on(group) || !roll_is_serving(slot))
		return true;
	counts = roll_count(group);
	return pool_roll_room(&counts) > 0;
}

void roll_drop(struct context *context, struct group *group, struct slot *slot)
{
	if (slot->newcomer)
		roll_dismiss(context, slot);
	slot_step(context, slot->current, WORKER_UNWANTED);
	roll_set_stage(group, slot, SLOT_SETTLED);
	roll_follow(context, group, slot);
}

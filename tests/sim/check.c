/*
 * check.c - what must hold between two turns, counted anew from the slots, the
 * heap and the fake world.
 */
#include "sim/sim.h"

struct sim_count {
	uint32_t states[WORKER_STATES];
	uint32_t armed;
	uint32_t live;
};

static void sim_check_process(const struct sim *sim,
			      const struct worker *worker)
{
	const struct fake_process *process = fake_by_pid(worker->watch.pid);
	const struct slot *slot = worker->slot;

	if (!process || process->told_wait != 0)
		sim_fail(sim, "slot %u: %d does not live", slot->id,
			 worker->watch.pid);
	if (process->slot != slot->id ||
	    process->plan != worker->edition->plan ||
	    process->generation != worker->generation)
		sim_fail(sim, "slot %u: %d is another's", slot->id,
			 process->pid);
	sim_check_function(sim, worker, process);
	if (process->watches != 1 || process->watch != &worker->watch)
		sim_fail(sim, "slot %u: %d is watched %u times", slot->id,
			 process->pid, process->watches);
	if (process->is_held && process->sent[SIGKILL] == 0)
		sim_fail(sim, "slot %u: %d runs unwatched", slot->id,
			 process->pid);
	if (process->is_pidfd_open != (worker->watch.pidfd >= 0) ||
	    (process->is_pidfd_open && process->pidfd != worker->watch.pidfd))
		sim_fail(sim, "slot %u: pidfd %d of %d", slot->id,
			 worker->watch.pidfd, process->pid);
}

static bool sim_is_stop_due(const struct worker *worker)
{
	const struct ladder *ladder = &worker->edition->spec->rules.ladder;
	const struct ladder_rung *rung = &ladder->rungs[worker->life.rung];

	/* Nothing follows KILL, but who leaves has not been sent it. */
	return rung->grace_ns != NSEC_NEVER &&
	       (rung->signo != SIGKILL ||
		worker->life.stop_why == MUSTER_WHY_LEFT);
}

/* It may have been heard, or not yet. */
static bool sim_has_for_ever(const struct worker *worker)
{
	const struct fake_process *process = fake_by_pid(worker->watch.pid);

	return process && process->has_said_for_ever &&
	       worker->life.due_ns == NSEC_NEVER;
}

static bool sim_is_due(const struct worker *worker)
{
	const struct worker_life *life = &worker->life;

	if (sim_has_for_ever(worker))
		return false;
	if (!worker_is_live(life->state))
		return life->state == WORKER_WAITING;
	if (worker_is_ready(life->state))
		return worker->edition->spec->rules.watchdog_ns != NSEC_NEVER;
	if (life->state == WORKER_STARTING)
		return worker->edition->spec->ready_timeout_ns != NSEC_NEVER;
	return sim_is_stop_due(worker);
}

static void sim_check_worker(const struct sim *sim, const struct worker *worker,
			     struct sim_count *count)
{
	const struct heap *heap = &sim->supervisor->context.deadlines;
	bool is_armed = worker->deadline.place != HEAP_NOWHERE;
	uint32_t id = worker->slot->id;

	count->states[worker->life.state]++;
	count->armed += is_armed;
	if (worker_is_live(worker->life.state)) {
		count->live++;
		sim_check_process(sim, worker);
	} else if (worker->watch.pid != 0 || worker->watch.pidfd != -1) {
		sim_fail(sim, "slot %u: %s with a process", id,
			 worker_state_name(worker->life.state));
	}
	if (is_armed != sim_is_due(worker))
		sim_fail(sim, "slot %u: %s, deadline %s", id,
			 worker_state_name(worker->life.state),
			 is_armed ? "armed" : "not armed");
	if (is_armed && worker->deadline.due_ns != worker->life.due_ns)
		sim_fail(sim, "slot %u: its deadline is another", id);
	if (is_armed &&
	    (worker->deadline.place >= heap->count ||
	     heap->nodes[worker->deadline.place] != &worker->deadline))
		sim_fail(sim, "slot %u: its deadline is not in the heap", id);
}

/* Each slot that was filled has a worker or waits for one, and no other has. */
static void sim_check_wanted(const struct sim *sim, const struct group *group,
			     const struct slot *slot)
{
	const struct worker_life *life = &slot->current->life;
	bool has_one = life->state != WORKER_VACANT;

	if (life->state == WORKER_STOPPING)
		has_one = life->is_wanted ||
			  (slot->newcomer &&
			   sim->supervisor->phase < SUPERVISOR_KILLING);
	if (has_one != (slot->id < group->filled))
		sim_fail(sim, "slot %u of %u: %s", slot->id, group->filled,
			 worker_state_name(life->state));
}

/* A slot that was begun with has somebody who comes or goes. */
static bool sim_is_forgotten(const struct slot *slot)
{
	enum worker_state state = slot->current->life.state;

	return slot->stage == SLOT_BUSY && !slot->newcomer && !slot->retiring &&
	       state != WORKER_STARTING && state != WORKER_STOPPING &&
	       state != WORKER_WAITING;
}

/* At most two workers, and who is relieved has a newcomer. */
static void sim_check_slot(const struct sim *sim, const struct group *group,
			   const struct slot *slot)
{
	const struct worker *current = slot->current;

	if (slot->newcomer && slot->retiring)
		sim_fail(sim, "slot %u: three workers", slot->id);
	if (current->life.state == WORKER_RELIEVED && !slot->newcomer)
		sim_fail(sim, "slot %u: relieved by nobody", slot->id);
	if (slot->newcomer && worker_is_ready(slot->newcomer->life.state))
		sim_fail(sim, "slot %u: its newcomer is ready", slot->id);
	if (slot->newcomer && slot->stage != SLOT_BUSY &&
	    sim->supervisor->phase < SUPERVISOR_STOPPING)
		sim_fail(sim, "slot %u: a newcomer without a roll", slot->id);
	if (slot->retiring && slot->retiring->life.state != WORKER_STOPPING)
		sim_fail(sim, "slot %u: its old worker is %s", slot->id,
			 worker_state_name(slot->retiring->life.state));
	if (slot->stage != SLOT_SETTLED && !group->shared.former)
		sim_fail(sim, "slot %u: in a roll that is over", slot->id);
	if (sim_is_forgotten(slot) &&
	    sim->supervisor->phase < SUPERVISOR_KILLING)
		sim_fail(sim, "slot %u: its roll has forgotten it", slot->id);
	if (current->slot != slot)
		sim_fail(sim, "slot %u: its worker is another's", slot->id);
}

/* What the group counts of its roll is what its slots say; it is over when
 * nothing is left of it. */
static void sim_check_roll(const struct sim *sim, const struct group *group)
{
	uint32_t stages[SLOT_STAGES] = {0};

	for (uint32_t i = 0; i < group->slot_count; i++)
		stages[group_slot(group, i)->stage]++;
	if (stages[SLOT_PENDING] != group->roll.pending_count ||
	    stages[SLOT_BUSY] != group->roll.busy)
		sim_fail(sim,
			 "group %d: %u pending and %u busy, counted "
			 "%u and %u",
			 group->shared.group, stages[SLOT_PENDING],
			 stages[SLOT_BUSY], group->roll.pending_count,
			 group->roll.busy);
	if (group->shared.former &&
	    sim->supervisor->phase >= SUPERVISOR_STOPPING)
		sim_fail(sim, "group %d: its roll outlives the stop",
			 group->shared.group);
	if (group->shared.former &&
	    stages[SLOT_PENDING] + stages[SLOT_BUSY] == 0)
		sim_fail(sim, "group %d: its roll does not end",
			 group->shared.group);
}

/* More than are wanted only while a roll needs them. */
static void sim_check_filled(const struct sim *sim, const struct group *group)
{
	const struct slot *last;

	if (group->filled <= group->wanted)
		return;
	last = group_slot(group, group->filled - 1);
	if (!group->shared.former ||
	    !worker_is_ready(last->current->life.state))
		sim_fail(sim, "group %d: %u of %u wanted", group->shared.group,
			 group->filled, group->wanted);
}

static void sim_check_group(const struct sim *sim, const struct group *group,
			    struct sim_count *total)
{
	struct sim_count count = {0};

	sim_check_filled(sim, group);
	for (uint32_t i = 0; i < group->slot_count; i++) {
		const struct slot *slot = group_slot(group, i);

		sim_check_slot(sim, group, slot);
		sim_check_worker(sim, slot->current, &count);
		if (slot->newcomer)
			sim_check_worker(sim, slot->newcomer, &count);
		if (slot->retiring)
			sim_check_worker(sim, slot->retiring, &count);
		sim_check_wanted(sim, group, slot);
	}
	for (int state = 0; state < WORKER_STATES; state++)
		if (count.states[state] != group->shared.counts[state])
			sim_fail(sim, "group %d: %u are %s, counted %u",
				 group->shared.group, count.states[state],
				 worker_state_name((enum worker_state)state),
				 group->shared.counts[state]);
	sim_check_roll(sim, group);
	if (sim->supervisor->phase == SUPERVISOR_RUNNING)
		sim_check_waits(sim, group);
	total->armed += count.armed;
	total->live += count.live;
}

static void sim_check_heap(const struct sim *sim, uint32_t armed)
{
	const struct heap *heap = &sim->supervisor->context.deadlines;

	if (heap->count != armed)
		sim_fail(sim, "%zu deadlines for %u workers", heap->count,
			 armed);
	for (size_t i = 0; i < heap->count; i++) {
		if (heap->nodes[i]->place != i)
			sim_fail(sim, "a deadline does not know its place");
		if (heap->nodes[(i > 0 ? i - 1 : 0) / 2]->due_ns >
		    heap->nodes[i]->due_ns)
			sim_fail(sim, "the heap is not one");
	}
}

static uint32_t sim_count_untold(void)
{
	uint32_t untold = 0;

	for (struct list *node = fake.living.next; node != &fake.living;
	     node = node->next)
		untold += CONTAINER_OF(node, struct fake_process, link)
				  ->told_wait == 0;
	return untold;
}

void sim_check(const struct sim *sim)
{
	struct sim_count total = {0};
	uint32_t pidfds;

	if (fake.faults > 0)
		sim_fail(sim, "%s", fake.fault);
	for (uint32_t i = 0; i < sim->supervisor->group_count; i++)
		if (sim->supervisor->groups[i])
			sim_check_group(sim, sim->supervisor->groups[i],
					&total);
	sim_check_heap(sim, total.armed);
	sim_check_entry(sim);
	if (sim_count_untold() != total.live)
		sim_fail(sim, "%u processes for %u workers", sim_count_untold(),
			 total.live);
	pidfds = sim->supervisor->context.spawner.has_pidfds ? total.live : 0;
	if (fake_open_pidfds() != pidfds)
		sim_fail(sim, "%u pidfds are open, %u workers live",
			 fake_open_pidfds(), total.live);
	if (fake.now_ns > sim->end_ns && sim->dones == 0)
		sim_fail(sim, "%u workers live %llu ms after the ladder's end",
			 total.live,
			 (unsigned long long)((fake.now_ns - sim->end_ns) /
					      NSEC_PER_MSEC));
}

uint64_t sim_progress(const struct sim *sim)
{
	const struct supervisor *supervisor = sim->supervisor;
	uint64_t progress = supervisor->phase +
			    7 * supervisor->context.deadlines.count +
			    11 * supervisor->context.refusals.count +
			    23 * supervisor->was_serving +
			    29 * (uint64_t)supervisor->leave_signo;

	for (size_t i = 0; i < supervisor->context.deadlines.count; i++)
		progress += supervisor->context.deadlines.nodes[i]->due_ns;

	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		const struct group *group = supervisor->groups[i];

		if (!group)
			continue;
		progress = progress * 1000003 + group->roll.number +
			   7 * group->roll.busy +
			   13 * group->roll.pending_count +
			   17 * group->is_blocked +
			   19 * list_is_linked(&group->fresh);
		progress = progress * 1000003 + group->filled;
		for (int state = 0; state < WORKER_STATES; state++)
			progress = progress * 1000003 +
				   group->shared.counts[state];
	}
	return progress;
}

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

static struct slot *sim_slot(const struct group *group, uint32_t i)
{
	return &group->chunks[i / GROUP_CHUNK]->slots[i % GROUP_CHUNK];
}

static void sim_check_process(const struct sim *sim,
			      const struct worker *worker)
{
	const struct fake_process *process = fake_by_pid(worker->watch.pid);
	const struct slot *slot = worker->slot;

	if (!process || process->told_wait != 0)
		sim_fail(sim, "slot %u: %d does not live", slot->id,
			 worker->watch.pid);
	if (process->slot != slot->id || process->plan != slot->shared->plan ||
	    process->generation != worker->generation)
		sim_fail(sim, "slot %u: %d is another's", slot->id,
			 process->pid);
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

static bool sim_is_due(const struct worker *worker)
{
	const struct worker_life *life = &worker->life;
	const struct ladder *ladder = &worker->slot->shared->spec->rules.ladder;

	if (life->state == WORKER_STOPPING)
		return life->rung < LADDER_RUNGS - 1 &&
		       ladder->rungs[life->rung].grace_ns != NSEC_NEVER;
	return life->state == WORKER_WAITING;
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
		has_one = life->is_wanted;
	if (has_one != (slot->id < group->filled))
		sim_fail(sim, "slot %u of %u: %s", slot->id, group->filled,
			 worker_state_name(life->state));
}

static void sim_check_group(const struct sim *sim, const struct group *group,
			    struct sim_count *total)
{
	struct sim_count count = {0};

	if (group->filled > group->wanted)
		sim_fail(sim, "group %d: %u of %u wanted", group->shared.group,
			 group->filled, group->wanted);
	for (uint32_t i = 0; i < group->slot_count; i++) {
		const struct slot *slot = sim_slot(group, i);

		if (!slot->current || slot->current == slot->retiring)
			sim_fail(sim, "slot %u: current and retiring", i);
		sim_check_worker(sim, slot->current, &count);
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
		sim_check_group(sim, sim->supervisor->groups[i], &total);
	sim_check_heap(sim, total.armed);
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

/* What a worker left in its group is gone before its successor comes. */
static void sim_check_successor(const struct sim *sim, size_t launch)
{
	const struct fake_process *child =
		fake_by_pid(fake.records[launch].pid);

	for (size_t i = launch + 1; i < fake.record_count; i++) {
		const struct fake_process *old =
			fake_by_pid(fake.records[i].pid);

		if (fake.records[i].act == FAKE_GROUP_SIGNAL &&
		    old->told_wait == fake.waits && old->slot == child->slot &&
		    old->plan == child->plan)
			sim_fail(sim, "slot %u: the group of %d is killed late",
				 child->slot, old->pid);
	}
}

void sim_check_order(const struct sim *sim)
{
	for (size_t i = 0; i < fake.record_count; i++)
		if (fake.records[i].act == FAKE_LAUNCH)
			sim_check_successor(sim, i);
}

uint64_t sim_progress(const struct sim *sim)
{
	const struct supervisor *supervisor = sim->supervisor;
	uint64_t progress =
		supervisor->phase + 7 * supervisor->context.deadlines.count;

	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		const struct group *group = supervisor->groups[i];

		progress = progress * 1000003 + group->filled;
		for (int state = 0; state < WORKER_STATES; state++)
			progress = progress * 1000003 +
				   group->shared.counts[state];
	}
	return progress;
}

/*
 * roll.c - what a roll promises: so many processes more and so many ready ones
 * less, of as many as are wanted now, and no more than that.
 *
 * The launcher cannot help it when others die, and a group that was not there
 * yet may go on coming: a turn is judged by what it made of what it found.
 */
#include "policy/pool.h"
#include "sim/sim.h"

/* Nobody expects that who was given up is ready. */
static uint32_t sim_count_failed(const struct group *group)
{
	uint32_t failed = 0;

	for (uint32_t i = 0; i < group->filled && i < group->wanted; i++)
		failed += group_slot(group, i)->current->life.state ==
			  WORKER_FAILED;
	return failed;
}

static struct sim_roll sim_see_roll(const struct group *group)
{
	const struct spec *spec = group->shared.edition->spec;
	struct pool_allowance allowance = pool_allow(
		group->wanted, spec->max_surge, spec->max_unavailable);
	uint32_t expected = group->wanted - sim_count_failed(group);

	return (struct sim_roll){
		.is_on = group->shared.former != NULL,
		.wanted = group->wanted,
		.filled = group->filled,
		.live = slot_shared_live(&group->shared) +
			group->shared.counts[WORKER_WAITING],
		.failed = group->shared.counts[WORKER_FAILED],
		.ready = slot_shared_ready(&group->shared),
		.most = (uint64_t)group->wanted + allowance.surge,
		.least = expected > allowance.unavailable
				 ? expected - allowance.unavailable
				 : 0,
	};
}

static bool sim_is_asked(enum muster_why why)
{
	return why == MUSTER_WHY_ASKED || why == MUSTER_WHY_ROLLED;
}

void sim_note_stopping(struct sim *sim, const struct muster_event *event)
{
	struct fake_process *process = fake_by_pid(event->pid);

	if (!process)
		return;
	process->was_told_stopping = true;
	sim->groups[event->group].lost +=
		process->was_told_ready && !sim_is_asked(event->why);
}

void sim_note_exited(struct sim *sim, const struct muster_event *event)
{
	const struct fake_process *process = fake_by_pid(event->pid);

	sim->groups[event->group].failed +=
		event->next == MUSTER_NEXT_NEVER && !sim_is_asked(event->why);
	sim->groups[event->group].lost += process && process->was_told_ready &&
					  !process->was_told_stopping;
}

static uint32_t sim_growth(uint32_t from, uint32_t to)
{
	return to > from ? to - from : 0;
}

/* Slots that are filled meanwhile are no part of the surge; those that were
 * given up are tried again when their turn comes, whoever is there. */
static void sim_check_promise(struct sim *sim, const struct group *group,
			      const struct sim_group *seen,
			      const struct sim_roll *is)
{
	const struct sim_roll *was = &seen->roll;
	uint64_t most = was->most > is->most ? was->most : is->most;
	uint32_t least = was->least < is->least ? was->least : is->least;
	uint64_t filled =
		(uint64_t)was->live + sim_growth(was->filled, is->filled);

	if (filled > most)
		most = filled;
	most += was->failed + seen->failed;
	if (was->ready < least)
		least = was->ready;
	if (is->live > most)
		sim_fail(sim, "group %d: %u live in a roll, at most %llu may",
			 group->shared.group, is->live,
			 (unsigned long long)most);
	/* Who was given up was not expected then, even if he is tried again. */
	if (is->ready + seen->lost + seen->failed < least)
		sim_fail(sim, "group %d: %u are ready in a roll, not %u - %u",
			 group->shared.group, is->ready, least, seen->lost);
	sim->tally.promises++;
}

void sim_note_scaled(struct sim *sim, int group)
{
	struct sim_roll *was = &sim->groups[group].roll;
	struct sim_roll is = sim_see_roll(sim->supervisor->groups[group]);

	if (is.least < was->least)
		was->least = is.least;
	/* It may have ended the roll, and promises nothing without one. */
	if (!is.is_on && is.ready < was->ready)
		was->ready = is.ready;
}

/* Where nobody comes or goes and nothing is to be done, nothing would ever end
 * the roll, nor take who is not wanted any more. */
static void sim_check_going(const struct sim *sim, const struct group *group)
{
	const uint32_t *counts = group->shared.counts;

	if (group->is_blocked || list_is_linked(&group->work) ||
	    counts[WORKER_STARTING] + counts[WORKER_STOPPING] +
			    counts[WORKER_WAITING] >
		    0)
		return;
	sim_fail(sim, "group %d: its roll waits for nobody, %u of %u filled",
		 group->shared.group, group->filled, group->wanted);
}

/* Who was stopped before it began was promised nothing. */
void sim_check_rolls(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->supervisor->group_count; i++) {
		const struct group *group = sim->supervisor->groups[i];
		struct sim_group *seen = &sim->groups[i];
		struct sim_roll is;

		if (!group)
			continue;
		is = sim_see_roll(group);
		if (is.is_on)
			sim_check_going(sim, group);
		if (is.is_on &&
		    (seen->roll.is_on || seen->roll.wanted == is.wanted))
			sim_check_promise(sim, group, seen, &is);
		seen->roll = is;
		seen->lost = 0;
		seen->failed = 0;
	}
}

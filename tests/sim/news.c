/*
 * news.c - judges what the launcher told: nothing is started once a stop has
 * begun, generations grow, no group restarts faster than its tokens allow, and
 * DONE comes once and last.
 */
#include "sim/sim.h"

static const struct spec *sim_spec(const struct sim *sim,
				   const struct muster_event *event)
{
	if (event->group < 0 ||
	    (uint32_t)event->group >= sim->supervisor->group_count ||
	    !sim->supervisor->groups[event->group])
		sim_fail(sim, "news of group %d", event->group);
	return sim->supervisor->groups[event->group]->shared.edition->spec;
}

/* What a worker left in its group is gone before its successor comes. */
static void sim_check_order(const struct sim *sim,
			    const struct muster_event *event)
{
	size_t launch = fake_seek(0, FAKE_LAUNCH, event->pid, -1);
	size_t kill = fake_seek(launch, FAKE_GROUP_SIGNAL, event->old_pid, -1);

	if (event->old_pid != 0 && kill < fake.record_count)
		sim_fail(sim, "slot %u: the group of %d is killed late",
			 event->slot, event->old_pid);
}

/* Others are behind it: it goes on until those have ended. */
static bool sim_is_followed(const struct sim *sim, int group)
{
	for (uint32_t i = 0; i < sim->supervisor->group_count; i++) {
		const struct group *other = sim->supervisor->groups[i];

		if (other && group_is_after(other, group))
			return true;
	}
	return false;
}

static void sim_judge_started(struct sim *sim, const struct muster_event *event)
{
	struct sim_group *group = &sim->groups[event->group];
	const struct fake_process *process = fake_by_pid(event->pid);
	const struct fake_process *old = fake_by_pid(event->old_pid);

	if (sim->is_stopping && !sim_is_followed(sim, event->group))
		sim_fail(sim, "slot %u was launched after the stop",
			 event->slot);
	sim_judge_begin(sim, event);
	if (event->generation <= group->generations[event->slot])
		sim_fail(sim, "slot %u: generation %u after %u", event->slot,
			 event->generation, group->generations[event->slot]);
	group->generations[event->slot] = event->generation;
	if (!process || process->slot != event->slot ||
	    process->generation != event->generation)
		sim_fail(sim, "slot %u: %d is not what was launched",
			 event->slot, event->pid);
	if (event->latency_ns != 0)
		sim->tally.immediate++;
	if (event->old_pid != 0 && (!old || old->told_wait == 0))
		sim_fail(sim, "slot %u replaces %d, which lives", event->slot,
			 event->old_pid);
	sim_check_order(sim, event);
	sim->tally.restarts += event->generation > 1;
}

/* The plain bucket: filled by the time that passes, never above its brim. What
 * was throttled draws tokens too, so this is the least that must hold. */
static void sim_spend_token(struct sim *sim, const struct muster_event *event)
{
	const struct throttle_rules *rules =
		&sim_spec(sim, event)->rules.restart.throttle;
	struct sim_group *group = &sim->groups[event->group];
	uint64_t brim_ns = nsec_mul(rules->interval_ns, rules->burst);
	uint64_t passed_ns = nsec_since(event->time_ns, group->credit_time_ns);

	group->credit_time_ns = event->time_ns;
	group->credit_ns =
		nsec_min(brim_ns, nsec_add(group->credit_ns, passed_ns));
	if (group->credit_ns < rules->interval_ns)
		sim_fail(sim, "group %d restarts without a token",
			 event->group);
	group->credit_ns -= rules->interval_ns;
}

static bool sim_was_signaled(const struct fake_process *process)
{
	/* With its group, where that is how workers are stopped. */
	if (process->group_kills > 0)
		return true;
	for (int signo = 0; signo < FAKE_SIGNALS; signo++)
		if (process->sent[signo] > 0)
			return true;
	return false;
}

static void sim_judge_ready(struct sim *sim, const struct muster_event *event)
{
	struct fake_process *process = fake_by_pid(event->pid);

	if (!process || process->was_told_ready)
		sim_fail(sim, "slot %u: %d is ready again", event->slot,
			 event->pid);
	process->was_told_ready = true;
	sim->tally.readies++;
	sim->tally.last_words += process->told_wait == fake.waits;
}

/* Whoever serves is of the newest edition now, unless another roll has begun in
 * the same turn. */
static void sim_judge_rolled(struct sim *sim, const struct muster_event *event)
{
	const struct group *group = sim->supervisor->groups[event->group];

	sim->tally.rolled++;
	if (group->shared.former || event->roll != group->roll.number)
		return;
	for (uint32_t i = 0; i < group->filled; i++) {
		const struct worker *current = group_slot(group, i)->current;

		if (worker_is_ready(current->life.state) &&
		    current->edition != group->shared.edition)
			sim_fail(sim, "slot %u was not rolled", i);
	}
}

static void sim_judge_removed(struct sim *sim, const struct muster_event *event)
{
	const struct group *group = sim->supervisor->groups[event->group];

	sim->tally.removed++;
	if (group && slot_shared_live(&group->shared) > 0)
		sim_fail(sim, "group %d is removed and lives", event->group);
}

static void sim_judge_stopping(struct sim *sim,
			       const struct muster_event *event)
{
	sim_judge_reason(sim, event);
	sim_note_stopping(sim, event);
	sim->tally.unready += event->why == MUSTER_WHY_NOT_READY;
	sim->tally.silenced += event->why == MUSTER_WHY_WATCHDOG;
}

static void sim_judge_exited(struct sim *sim, const struct muster_event *event)
{
	const struct restart_rules *rules =
		&sim_spec(sim, event)->rules.restart;

	const struct fake_process *process = fake_by_pid(event->pid);

	sim_note_exited(sim, event);
	if (process && process->has_said_ready && !process->was_told_ready &&
	    !sim_was_signaled(process))
		sim_fail(sim, "slot %u: %d said that it was ready", event->slot,
			 event->pid);
	if (sim->is_stopping && event->next != MUSTER_NEXT_NEVER &&
	    !sim_is_followed(sim, event->group))
		sim_fail(sim, "slot %u is to be launched again after the stop",
			 event->slot);
	if (event->next == MUSTER_NEXT_NOW && event->why == MUSTER_WHY_RULE &&
	    event->uptime_ns < rules->healthy_after_ns &&
	    !sim->groups[event->group].is_changed)
		sim_spend_token(sim, event);
	if ((event->next == MUSTER_NEXT_LATER) != (event->delay_ns > 0))
		sim_fail(sim, "slot %u waits for %llu ns", event->slot,
			 (unsigned long long)event->delay_ns);
	sim->tally.throttled += event->why == MUSTER_WHY_THROTTLE;
	sim->tally.backed_off += event->why == MUSTER_WHY_BACKOFF;
}

static void sim_judge_stop(struct sim *sim, const struct muster_event *event)
{
	bool is_kill = sim->supervisor->phase >= SUPERVISOR_KILLING;

	if (sim->is_killing)
		sim_fail(sim, "stopped after everybody was killed");
	if (sim->is_stopping && !is_kill)
		sim_fail(sim, "stopped twice");
	/* Both may have been told in this turn: the first is the stop. */
	sim->is_killing = sim->is_stopping;
	sim->is_stopping = true;
	/* Asked for between two turns, it bears the time of the one before. */
	sim->end_ns = nsec_add(nsec_max(event->time_ns, sim->turn_ns),
			       is_kill ? SIM_KILL_NS + FAKE_HELD_NS
				       : sim_stop_ns(sim));
}

static void sim_judge(struct sim *sim, const struct muster_event *event)
{
	if (sim->dones > 0)
		sim_fail(sim, "event %d after DONE", (int)event->kind);
	switch (event->kind) {
	case MUSTER_EVENT_STARTED:
		sim_judge_started(sim, event);
		break;
	case MUSTER_EVENT_EXITED:
		sim_judge_exited(sim, event);
		break;
	case MUSTER_EVENT_OVERDUE:
		sim->tally.overdue++;
		break;
	case MUSTER_EVENT_GIVE_UP:
		sim->tally.give_ups++;
		if (sim->is_stopping)
			sim_fail(sim, "given up after the stop");
		break;
	case MUSTER_EVENT_STOP:
		sim_judge_stop(sim, event);
		break;
	case MUSTER_EVENT_DONE:
		sim->dones++;
		break;
	case MUSTER_EVENT_LOST:
		sim_fail(sim, "news was lost");
	case MUSTER_EVENT_READY:
		sim_judge_ready(sim, event);
		break;
	case MUSTER_EVENT_RELOAD:
		sim->tally.rolls += event->signo == 0;
		sim->tally.mutated += event->signo != 0;
		break;
	case MUSTER_EVENT_ROLLED:
		sim_judge_rolled(sim, event);
		break;
	case MUSTER_EVENT_ABORTED:
		sim->tally.aborted++;
		break;
	case MUSTER_EVENT_REFUSED:
		sim->tally.refused++;
		break;
	case MUSTER_EVENT_REMOVED:
		sim_judge_removed(sim, event);
		break;
	case MUSTER_EVENT_STOPPING:
		sim_judge_stopping(sim, event);
		break;
	case MUSTER_EVENT_SERVING:
		sim_judge_serving(sim, event);
		break;
	case MUSTER_EVENT_DRAIN:
		sim_judge_drain(sim);
		break;
	case MUSTER_EVENT_LEFTOVERS:
		sim_judge_leftovers(sim, event);
		break;
	case MUSTER_EVENT_SIGNAL:
		sim_judge_signal(sim, event);
		break;
	case MUSTER_EVENT_STATUS:
	case MUSTER_EVENT_SCALED:
	case MUSTER_EVENT_ORPHANS:
	case MUSTER_EVENT_NONE:
	case MUSTER_EVENT_ENGINE:
	case MUSTER_EVENT_LISTENING:
	case MUSTER_EVENT_STARTING:
	case MUSTER_EVENT_PARENT:
	case MUSTER_EVENT_WATCH:
	case MUSTER_EVENT_SHARED_FATE:
	case MUSTER_EVENTS:
	default:
		break;
	}
}

void sim_take_news(struct sim *sim, int turn_result)
{
	struct muster_event event = MUSTER_EVENT_INIT;

	while (muster_next_event(sim->muster, &event) > 0)
		sim_judge(sim, &event);
	if ((sim->dones > 0) != (turn_result == 0))
		sim_fail(sim, "the turn returns %d, DONE was told %u times",
			 turn_result, sim->dones);
}

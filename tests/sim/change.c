/*
 * change.c - operators that reload, change and remove, and what workers say of
 * themselves, in time or not, and what strangers say.
 */
#include "sim/sim.h"

void sim_choose_readiness(struct sim *sim, struct muster_group_options *options)
{
	options->ready =
		sim_chance(sim, 500)
			? MUSTER_READY_EXEC
			: (enum muster_ready)sim_below(sim, MUSTER_READIES);
	options->ready_fd = 77;
	options->ready_timeout_ns = (1 + sim_below(sim, 30)) * NSEC_PER_SEC;
	options->max_surge = sim_chance(sim, 300)
				     ? MUSTER_ROLL_NONE
				     : (int32_t)sim_below(sim, 60) - 50;
	options->max_unavailable = sim_chance(sim, 300)
					   ? MUSTER_ROLL_NONE
					   : (int32_t)sim_below(sim, 60) - 50;
	if (sim_chance(sim, 150))
		options->watchdog_ns = (1 + sim_below(sim, 20)) * NSEC_PER_SEC;
	if (sim_chance(sim, 100))
		options->restart_method = MUSTER_METHOD_MUTATE;
}

static int sim_pick_group(struct sim *sim)
{
	uint32_t group = sim_below(sim, sim->supervisor->group_count);

	const struct group *found = sim->supervisor->groups[group];

	return found && found->phase == GROUP_UP ? (int)group : -1;
}

void sim_add_group(struct sim *sim)
{
	struct muster_group_options options;
	uint32_t groups = 0;
	int after[SIM_AFTER];
	int group;

	for (uint32_t i = 0; i < sim->supervisor->group_count; i++)
		groups += sim->supervisor->groups[i] != NULL;
	if (groups >= SIM_GROUPS || sim->supervisor->group_count == SIM_NUMBERS)
		return;
	sim_choose_options(sim, &options);
	options.after = after;
	options.after_count =
		sim_choose_order(sim, after, sim->supervisor->group_count);
	group = muster_add_group(sim->muster, &options);
	if (group < 0)
		sim_fail(sim, "a group cannot be added: %d", group);
	sim_order_added(sim, group, &options);
	sim->tally.added += sim->supervisor->phase == SUPERVISOR_RUNNING;
}

static void sim_change(struct sim *sim, int group)
{
	struct muster_group_options options;
	bool had_run =
		sim->supervisor->groups[group]->shared.edition->spec->run;

	sim_choose_options(sim, &options);
	if (muster_change_group(sim->muster, group, &options) < 0)
		sim_fail(sim, "group %d cannot be changed", group);
	sim_note_scaled(sim, group);
	sim->groups[group].is_changed = true;
	sim->tally.became += had_run != (options.run != NULL);
	sim->tally.changes++;
}

void sim_act_changes(struct sim *sim)
{
	int group = sim_pick_group(sim);

	if (sim->supervisor->phase != SUPERVISOR_RUNNING ||
	    !sim_chance(sim, sim->rolls))
		return;
	switch (sim_below(sim, 10)) {
	case 0:
		if (group >= 0 && muster_remove_group(sim->muster, group) < 0)
			sim_fail(sim, "group %d cannot be removed", group);
		break;
	case 1:
	case 2:
		if (group >= 0)
			sim_change(sim, group);
		break;
	case 3:
		fake_signal(SIGHUP);
		break;
	case 4:
		if (group >= 0 && sim->orders > 0)
			sim_act_order(sim, group);
		break;
	default:
		if (muster_reload(sim->muster, group) < 0)
			sim_fail(sim, "group %d cannot be reloaded", group);
		break;
	}
}

/* Its readiness must be told before its end, unless it left before. */
static void sim_note_words(const struct worker *worker,
			   const struct notify_message *message)
{
	struct fake_process *speaker = fake_by_pid(message->pid);

	if (!speaker)
		return;
	if (message->fields & NOTIFY_STOPPING)
		speaker->has_said_stopping = true;
	if (message->fields & NOTIFY_EXTEND &&
	    nsec_add(fake.now_ns, message->extend_ns) == NSEC_NEVER)
		speaker->has_said_for_ever = true;
	if (message->fields & NOTIFY_READY && !speaker->has_said_stopping &&
	    message->pid == worker->watch.pid &&
	    worker->edition->spec->ready != MUSTER_READY_EXEC &&
	    worker->life.state == WORKER_STARTING)
		speaker->has_said_ready = true;
}

static void sim_say(struct sim *sim, const struct worker *worker)
{
	struct notify_message message = {.pid = worker->watch.pid};
	bool was_heard;

	message.fields = 1U << sim_below(sim, 6);
	if (sim_chance(sim, 700) ||
	    worker->edition->spec->ready == MUSTER_READY_FD)
		message.fields = NOTIFY_READY;
	message.extend_ns = sim_chance(sim, 100)
				    ? NSEC_NEVER - 1 - sim_below(sim, 2)
				    : sim_below(sim, 5) * NSEC_PER_SEC;
	/* It may take so much longer. */
	if (message.fields & NOTIFY_EXTEND && sim->end_ns != NSEC_NEVER)
		sim->end_ns = nsec_max(
			sim->end_ns,
			nsec_add(nsec_add(fake.now_ns, message.extend_ns),
				 sim_stop_ns(sim)));
	if (sim_chance(sim, 20))
		message.pid += 1 + (pid_t)sim_below(sim, 3);
	/* Not one that is born before it is read. */
	if (!fake_by_pid(message.pid))
		message.pid = 1;
	if (worker->edition->spec->ready == MUSTER_READY_FD)
		was_heard = fake_say_newline(message.pid);
	else
		was_heard = fake_say(&message);
	if (was_heard)
		sim_note_words(worker, &message);
	sim->tally.said++;
}

static void sim_speak_for(struct sim *sim, const struct worker *worker)
{
	if (worker && worker_is_live(worker->life.state) &&
	    spec_wants_messages(worker->edition->spec) |
		    (worker->edition->spec->ready == MUSTER_READY_FD) &&
	    !sim_chance(sim, 300))
		sim_say(sim, worker);
}

void sim_act_messages(struct sim *sim)
{
	int group = sim_pick_group(sim);
	const struct group *speaking =
		group >= 0 ? sim->supervisor->groups[group] : NULL;

	if (!speaking || !sim_chance(sim, 500))
		return;
	for (uint32_t i = 0; i < speaking->slot_count; i++) {
		const struct slot *slot = group_slot(speaking, i);

		if (sim_chance(sim, sim->mutes))
			continue;
		sim_speak_for(sim, slot->current);
		sim_speak_for(sim, slot->newcomer);
	}
}

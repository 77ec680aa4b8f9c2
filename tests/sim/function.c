/*
 * function.c - groups whose workers are functions of the launcher's program,
 * forks of it: launched without a plan, told why they are to stop.
 */
#include "sim/sim.h"

static int sim_function(void *run_data, const struct muster_birth *birth)
{
	(void)run_data;
	(void)birth;
	return 0; /* the fake never calls it */
}

/* After all that is chosen for programs. */
void sim_choose_function(struct sim *sim, struct muster_group_options *options)
{
	if (!sim_chance(sim, sim->functions))
		return;
	options->argv = NULL;
	options->run = sim_function;
	options->blocked_signals = sim_draw(sim);
	if (options->ready == MUSTER_READY_FD)
		options->ready = MUSTER_READY_NOTIFY;
}

void sim_check_function(const struct sim *sim, const struct worker *worker,
			const struct fake_process *process)
{
	const struct edition *edition = worker->edition;

	if (process->is_fork != (edition->spec->run != NULL))
		sim_fail(sim, "slot %u: %d is %s fork", worker->slot->id,
			 process->pid, process->is_fork ? "a" : "no");
	if (edition->spec->run && edition->plan)
		sim_fail(sim, "slot %u: a function with a plan",
			 worker->slot->id);
	if (process->is_fork && process->was_waited_for)
		sim_fail(sim, "slot %u: a fork was waited for",
			 worker->slot->id);
	/* Each signal that it got has a value, but for those that are not
	 * asked about. */
	if (process->is_fork && process->values == 0 &&
	    process->sent[SIGTERM] > 0)
		sim_fail(sim, "slot %u: %d was not told why", worker->slot->id,
			 process->pid);
}

static bool sim_is_reason(const struct sim *sim, enum muster_why why, int value)
{
	if (why == MUSTER_WHY_ROLLED)
		return value == MUSTER_STOP_RELOAD;
	if (why == MUSTER_WHY_NOT_READY || why == MUSTER_WHY_WATCHDOG)
		return value == MUSTER_STOP_FAILURE;
	/* The stop may have begun after it in the same turn. */
	if (sim->supervisor->phase >= SUPERVISOR_STOPPING &&
	    (value == MUSTER_STOP_OPERATOR || value == MUSTER_STOP_GIVE_UP))
		return true;
	return value == MUSTER_STOP_SCALE;
}

/* The first signal's: later ones may have another value by now. */
void sim_judge_reason(struct sim *sim, const struct muster_event *event)
{
	const struct fake_process *process = fake_by_pid(event->pid);

	/* Who left by itself may be asked to go in the same turn. */
	if (!process || !process->is_fork || process->values != 1 ||
	    event->signo == SIGKILL || event->why == MUSTER_WHY_LEFT)
		return;
	if (!sim_is_reason(sim, event->why, process->value))
		sim_fail(sim, "slot %u: told %d, which is no reason for why %d",
			 event->slot, process->value, (int)event->why);
	sim->tally.reasons++;
}

void sim_note_functions(struct sim *sim)
{
	bool has[2] = {false, false};

	for (struct list *node = fake.living.next; node != &fake.living;
	     node = node->next)
		has[CONTAINER_OF(node, struct fake_process, link)->is_fork] =
			true;
	sim->tally.mixed += has[0] && has[1];
}

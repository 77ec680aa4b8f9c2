/*
 * entry.c - launchers that stand where their workers are meant: signals that
 * are handed on, stops that are announced, and what is left when all workers
 * have ended.
 */
#include "base/cleanup.h"
#include "sim/sim.h"

#define SIM_BIT(signo) (UINT64_C(1) << ((signo)-1))

void sim_choose_entry(struct sim *sim, struct muster_options *options)
{
	static const struct muster_rewrite rewrites[] = {{SIGHUP, SIGUSR2},
							 {SIGALRM, 0}};

	if (sim_chance(sim, 300))
		options->drain_ns = 1 + sim_below(sim, 5) * NSEC_PER_SEC;
	if (sim_chance(sim, 300)) {
		options->is_subreaper = true;
		options->leftover_timeout_ns =
			1 + sim_below(sim, 3) * NSEC_PER_SEC;
	}
	sim->forwards = sim_chance(sim, 300);
	if (!sim->forwards)
		return;
	options->forwards = SIM_BIT(SIGHUP) | SIM_BIT(SIGUSR1) |
			    SIM_BIT(SIGALRM) | SIM_BIT(SIGTTIN) |
			    SIM_BIT(SIGTERM);
	options->stop_signals = SIM_BIT(SIGTERM);
	options->rewrites = rewrites;
	options->rewrite_count = sim_below(sim, 3);
	options->forwards_to_groups = sim_chance(sim, 300);
}

void sim_leave_some_behind(struct sim *sim)
{
	if (sim->supervisor->options.leftover_timeout_ns == 0)
		return;
	fake.children = sim_below(sim, 3);
	fake.zombies = sim_below(sim, fake.children + 1);
}

/* They end of themselves, or of the signal. */
void sim_act_leftovers(struct sim *sim)
{
	if (sim->supervisor->phase != SUPERVISOR_LEAVING ||
	    fake.children == 0 || !sim_chance(sim, 300))
		return;
	fake.children--;
	fake.orphans++;
}

void sim_judge_drain(struct sim *sim)
{
	if (sim->is_stopping || sim->is_draining)
		sim_fail(sim, "drains after a stop");
	sim->is_draining = true;
	sim->tally.drains++;
}

void sim_judge_leftovers(struct sim *sim, const struct muster_event *event)
{
	if (supervisor_live(sim->supervisor) > 0)
		sim_fail(sim, "leftovers are ended while workers live");
	sim->end_ns = nsec_add(nsec_max(event->time_ns, sim->turn_ns),
			       event->delay_ns);
	sim->tally.leftovers++;
}

/* Whoever lives has it, or it is kept for those to come, once. */
void sim_judge_signal(struct sim *sim, const struct muster_event *event)
{
	if (event->route != MUSTER_ROUTE_FORWARD)
		return;
	if (!sim->forwards)
		sim_fail(sim, "signal %d is handed on", event->signo);
	if (event->signo == SIGALRM && event->sent != SIGALRM)
		sim_fail(sim, "a dropped signal is handed on");
	sim->tally.forwarded += event->count > 0;
	sim->tally.kept += event->count == 0 && event->code == 0;
}

/* A launch that has failed is only not reaped yet. */
static bool sim_somebody_executes(void)
{
	for (struct list *node = fake.living.next; node != &fake.living;
	     node = node->next) {
		const struct fake_process *process =
			CONTAINER_OF(node, struct fake_process, link);

		if (process->told_wait == 0 &&
		    process->report->step == MUSTER_STEP_NONE)
			return true;
	}
	return false;
}

/* Nothing waits for a worker while there is one. */
void sim_check_entry(const struct sim *sim)
{
	const struct supervisor *supervisor = sim->supervisor;

	if (supervisor->forward.count > 0 && sim_somebody_executes() &&
	    supervisor->phase < SUPERVISOR_STOPPING)
		sim_fail(sim, "%u signals are kept from who lives",
			 supervisor->forward.count);
}

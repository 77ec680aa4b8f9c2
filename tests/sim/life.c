/*
 * life.c - what happens: groups as anybody might want them, workers that die,
 * hang, fail to start, time that jumps, operators that change their minds.
 */
#include "base/cleanup.h"
#include "sim/sim.h"

/* The world's hook has no place for a handle. */
static struct sim *sim_of_births;

static void sim_give_birth(struct fake_process *process)
{
	struct sim *sim = sim_of_births;

	if (sim_chance(sim, sim->hangs))
		process->manners = FAKE_HANGS;
	if (sim_chance(sim, sim->bad_programs)) {
		process->report->step = process->is_fork ? MUSTER_STEP_DIRECTORY
							 : MUSTER_STEP_EXEC;
		process->report->error = ENOENT;
		fake_end_at(process, fake.now_ns, CLD_EXITED, 127);
		sim->tally.exec_failures++;
	} else if (sim_chance(sim, sim->short_lives)) {
		fake_end_at(process, fake.now_ns + sim_below(sim, 1500000000U),
			    CLD_EXITED, (int)sim_below(sim, 3));
	}
}

static const char *const sim_argv[] = {"/srv/worker", NULL};

static void sim_choose_throttle(struct sim *sim,
				struct muster_group_options *options)
{
	options->throttle_burst = sim_below(sim, 6);
	options->throttle_interval_ns =
		sim_chance(sim, 200) ? MUSTER_FOREVER
				     : sim_below(sim, 3) * NSEC_PER_SEC / 2;
	options->healthy_after_ns = sim_below(sim, 3) * NSEC_PER_SEC / 2;
	if (sim_chance(sim, 300)) {
		options->backoff_min_ns = 1 + sim_below(sim, 1000000000U);
		options->backoff_max_ns = 10 * NSEC_PER_SEC;
	}
	if (sim_chance(sim, 100)) {
		options->give_up_deaths = 2 + sim_below(sim, 40);
		options->give_up_window_ns = NSEC_PER_SEC;
	}
}

static void sim_choose_cgroup(struct sim *sim,
			      struct muster_group_options *options)
{
	if (options->run && options->kill == MUSTER_KILL_CGROUP)
		options->kill = MUSTER_KILL_GROUP;
	if (options->kill == MUSTER_KILL_CGROUP ||
	    (!options->run && sim_chance(sim, 100)))
		options->cgroup = sim_chance(sim, 500) ? "/one" : "/other";
}

void sim_choose_options(struct sim *sim, struct muster_group_options *options)
{
	uint64_t stop_ns;

	*options = (struct muster_group_options)MUSTER_GROUP_OPTIONS_INIT;
	options->argv = sim_argv;
	options->workers = sim_chance(sim, 150) ? sim_below(sim, SIM_SLOTS)
						: sim_below(sim, 40);
	if (sim_chance(sim, 200))
		options->restart =
			(enum muster_restart)sim_below(sim, MUSTER_RESTARTS);
	options->kill = (enum muster_kill)sim_below(sim, MUSTER_KILLS);
	options->stop_signal = sim_chance(sim, 100) ? SIGKILL : 0;
	stop_ns = sim_chance(sim, 100)
			  ? MUSTER_FOREVER
			  : (1 + sim_below(sim, 60)) * NSEC_PER_SEC;
	options->stop_timeout_ns = stop_ns;
	sim_choose_throttle(sim, options);
	sim_choose_readiness(sim, options);
	sim_choose_function(sim, options);
	sim_choose_cgroup(sim, options);
	/* ABRT may come before the stop, and take as long as the silence. */
	stop_ns = nsec_add(stop_ns, options->watchdog_ns);
	if (stop_ns > sim->max_stop_ns)
		sim->max_stop_ns = stop_ns;
}

static void sim_choose_weather(struct sim *sim)
{
	sim->deaths = sim_below(sim, 600);
	sim->failures = sim_chance(sim, 500) ? sim_below(sim, 100) : 0;
	sim->scalings = sim_chance(sim, 500) ? sim_below(sim, 300) : 0;
	sim->jumps = sim_chance(sim, 500) ? sim_below(sim, 50) : 0;
	sim->hangs = sim_chance(sim, 500) ? sim_below(sim, 200) : 0;
	sim->short_lives = sim_below(sim, 500);
	sim->bad_programs = 0;
	sim->functions = sim_below(sim, 1200); /* some rounds have no other */
	sim->rolls = sim_chance(sim, 600) ? sim_below(sim, 60) : 0;
	sim->mutes = sim_chance(sim, 300) ? sim_below(sim, 300) : 0;
	sim->orders = sim_chance(sim, 500) ? sim_below(sim, 1000) : 0;
	/* Somebody has to wait, and to be changed meanwhile. */
	if (sim->orders > 500) {
		sim->mutes = 990;
		sim->rolls = 200;
		sim->scalings = 300;
	}
	sim->thefts = sim_chance(sim, 300) ? sim_below(sim, 300) : 0;
}

void sim_begin_round(struct sim *sim)
{
	struct muster_options options = MUSTER_OPTIONS_INIT;
	uint32_t groups = 1 + sim_below(sim, SIM_GROUPS - 1);

	fake_begin();
	sim_of_births = sim;
	fake.on_birth = sim_give_birth;
	fake.has_pidfds = !sim_chance(sim, 200);
	fake.signals_groups = !sim_chance(sim, 300);
	fake.nofile_soft = 100000;
	fake.stop_takes_ns = sim_below(sim, 3) * NSEC_PER_SEC / 2;
	fake.kill_takes_ns = sim_below(sim, 3) * SIM_KILL_NS / 2;
	fake.is_cgroup_made = sim_chance(sim, 500);
	fake.is_cgroup_busy = sim_chance(sim, 500);
	sim_choose_weather(sim);
	options.is_owner = true;
	options.seed = sim->seed + 1;
	options.parent_death =
		(enum muster_parent_death)sim_below(sim, MUSTER_PARENT_DEATHS);
	if (sim_chance(sim, 100))
		options.engine = MUSTER_ENGINE_SIGNAL;
	sim_choose_entry(sim, &options);
	sim->tally.by_number += !fake.has_pidfds;
	if (muster_new(&options, &sim->muster) < 0)
		sim_fail(sim, "no launcher");
	/* The first member of struct muster (core/muster.c). */
	sim->supervisor = *(struct supervisor **)(void *)sim->muster;
	while (groups-- > 0)
		sim_add_group(sim);
}

void sim_pass(struct sim *sim, uint64_t ns)
{
	fake_pass(ns);
	/* The launcher was not asked meanwhile. */
	sim->end_ns = nsec_add(sim->end_ns, ns);
}

static struct fake_process *sim_pick(struct sim *sim)
{
	uint32_t count = fake_live();
	struct list *node = fake.living.next;

	if (count == 0)
		return NULL;
	for (uint32_t steps = sim_below(sim, count); steps > 0; steps--)
		node = node->next;
	return CONTAINER_OF(node, struct fake_process, link);
}

static void sim_end_one(struct sim *sim)
{
	struct fake_process *process = sim_pick(sim);

	if (!process)
		return;
	if (sim_chance(sim, sim->thefts)) {
		fake_steal(process);
		sim->tally.stolen++;
	} else if (sim_chance(sim, 500)) {
		fake_exit(process, (int)sim_below(sim, 4));
	} else {
		fake_crash(process, SIGSEGV);
	}
}

static void sim_act_deaths(struct sim *sim)
{
	uint32_t count = 1;

	if (!sim_chance(sim, sim->deaths))
		return;
	if (sim_chance(sim, 50))
		count = sim_below(sim, 200);
	while (count-- > 0)
		sim_end_one(sim);
}

static void sim_act_failures(struct sim *sim)
{
	static const int errors[] = {EAGAIN, ENOMEM, EMFILE, EBUSY};

	if (sim_chance(sim, sim->failures)) {
		fake.spawn_failures = sim_below(sim, 50);
		fake.spawn_error = errors[sim_below(sim, ARRAY_LEN(errors))];
		sim->tally.clone_failures += fake.spawn_failures;
	}
	if (sim_chance(sim, sim->failures)) {
		fake.watch_failures = sim_below(sim, 3);
		sim->tally.unwatched += fake.watch_failures;
	}
	/* Who kills everybody leaves after a time, and has to look before. */
	if (sim_chance(sim, sim->failures) &&
	    sim->supervisor->phase < SUPERVISOR_STOPPING)
		fake.interruptions = sim_below(sim, 3);
	if (sim_chance(sim, sim->failures / 10))
		sim->bad_programs = sim_below(sim, 100);
}

static uint32_t sim_choose_workers(struct sim *sim)
{
	if (sim_chance(sim, 100))
		return 0;
	return sim_chance(sim, 200) ? sim_below(sim, SIM_SLOTS)
				    : sim_below(sim, 60);
}

static void sim_act_scaling(struct sim *sim)
{
	int group = (int)sim_below(sim, sim->supervisor->group_count);

	if (!sim->supervisor->groups[group] ||
	    sim->supervisor->groups[group]->phase != GROUP_UP)
		return;
	if (sim->supervisor->phase > SUPERVISOR_RUNNING ||
	    !sim_chance(sim, sim->scalings))
		return;
	if (sim_chance(sim, 20)) {
		sim_add_group(sim);
		return;
	}
	if (muster_set_workers(sim->muster, group, sim_choose_workers(sim)) < 0)
		sim_fail(sim, "the number of workers cannot be set");
	sim_note_scaled(sim, group);
	sim->tally.scalings++;
}

static void sim_act_time(struct sim *sim)
{
	if (sim_chance(sim, 300))
		sim_pass(sim, sim_below(sim, 100000000U));
	if (sim_chance(sim, sim->jumps)) {
		sim_pass(sim, sim_below(sim, 3600) * NSEC_PER_SEC);
		sim->tally.jumps++;
	}
}

void sim_act(struct sim *sim)
{
	static const int strays[] = {SIGHUP, SIGUSR1, SIGALRM, SIGTTIN};

	sim_act_time(sim);
	sim_act_deaths(sim);
	sim_act_failures(sim);
	sim_act_scaling(sim);
	sim_act_changes(sim);
	sim_act_messages(sim);
	sim_act_leftovers(sim);
	if (sim_chance(sim, 20))
		fake_signal(strays[sim_below(sim, 4)]);
}

void sim_kill(struct sim *sim)
{
	static const int signals[] = {SIGINT, SIGQUIT};
	uint32_t way = sim_below(sim, 3);

	fake.interruptions = 0;
	if (way < 2 && !sim->forwards)
		fake_signal(signals[way]);
	else
		muster_kill(sim->muster, (int)sim_below(sim, 256));
	sim->tally.kills++;
}

void sim_stop(struct sim *sim)
{
	fake.interruptions = 0;
	sim_leave_some_behind(sim);
	/* Who drains serves on, and starts whom it lacks. */
	sim->is_asked_to_stop = sim->supervisor->options.drain_ns == 0;
	switch (sim_below(sim, 6)) {
	case 0:
		muster_stop(sim->muster);
		break;
	case 1:
		fake.is_foreground = true;
		fake_signal(sim->forwards ? SIGTERM : SIGHUP);
		break;
	case 2:
		if (sim->supervisor->options.parent_death !=
		    MUSTER_PARENT_IGNORED) {
			fake_ready(fake.parent_fd, 1);
			/* It may find no place in the next batch. */
			sim->is_asked_to_stop = false;
			break;
		}
		fake_signal(SIGTERM);
		break;
	case 3:
		sim_kill(sim);
		break;
	default:
		fake_signal(SIGTERM);
		break;
	}
}

uint64_t sim_stop_ns(const struct sim *sim)
{
	uint64_t one_ns = nsec_add(sim->max_stop_ns,
				   SIM_KILL_NS + FAKE_HELD_NS +
					   LADDER_RUNGS * SIM_EXTEND_NS);

	return nsec_mul(one_ns, sim->orders > 0 ? SIM_GROUPS : 1);
}

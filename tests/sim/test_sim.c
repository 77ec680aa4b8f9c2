/*
 * test_sim.c - runs the rounds; sim.h says what they are.
 */
#include <string.h>
#include <time.h>

#include "sim/sim.h"

#define SIM_TURNS 120000U
/* Rounds this long and short of it: a part ends in the middle of its life. */
#define SIM_ROUND_TURNS 800U

/* Instead of the one in libc: a failed assert fails the round, not the
 * program. */
static const struct sim *sim_running;

void __assert_fail(const char *expression, const char *file, unsigned int line,
		   const char *function)
{
	sim_fail(sim_running, "%s:%u: %s: %s", file, line, function,
		 expression);
}

void sim_fail(const struct sim *sim, const char *format, ...)
{
	char what[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	fail_msg("turn %u: %s\nrepeat it with SIM_SEED=%llu", sim->turn, what,
		 (unsigned long long)sim->seed);
	abort(); /* fail_msg does not return */
}

/* splitmix64 */
uint64_t sim_draw(struct sim *sim)
{
	uint64_t z = sim->dice += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint32_t sim_below(struct sim *sim, uint32_t limit)
{
	return limit > 0 ? (uint32_t)(sim_draw(sim) % limit) : 0;
}

bool sim_chance(struct sim *sim, uint32_t per_mille)
{
	return sim_below(sim, 1000) < per_mille;
}

static uint64_t sim_choose_timeout(struct sim *sim)
{
	switch (sim_below(sim, 3)) {
	case 0:
		return 0;
	case 1:
		return 1 + sim_below(sim, 2000000000U);
	default:
		return MUSTER_FOREVER;
	}
}

/* A wait that nothing can end is right only where nothing is to be done. */
static void sim_check_stuck(const struct sim *sim)
{
	const struct supervisor *supervisor = sim->supervisor;

	if (!list_is_empty(&supervisor->context.fresh))
		sim_fail(sim, "waits for ever, a group is ready untold");
	if (supervisor->context.deadlines.count > 0 ||
	    supervisor->context.refusals.count > 0)
		sim_fail(sim, "waits for ever in spite of a deadline");
	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		const struct group *group = supervisor->groups[i];

		if (group && !group->is_blocked &&
		    group->filled < group->wanted)
			sim_fail(sim, "waits for ever, somebody is missing");
	}
}

/* A turn that may wait must find something or let time pass. */
static void sim_check_idle(const struct sim *sim, uint64_t timeout_ns,
			   uint32_t interruptions)
{
	if (timeout_ns == 0 || interruptions > 0 || fake.delivered > 0 ||
	    fake.passed_ns > 0 || fake.record_count > 0 ||
	    sim->supervisor->batch.orphans > 0)
		return;
	if (sim->progress == sim_progress(sim))
		sim_fail(sim, "spins: until %llu at %llu",
			 (unsigned long long)fake.until_ns,
			 (unsigned long long)fake.now_ns);
}

static int sim_turn(struct sim *sim)
{
	uint64_t timeout_ns = sim_choose_timeout(sim);
	uint32_t interruptions = fake.interruptions;
	uint32_t launches;
	int r;

	fake_forget();
	sim->turn++;
	sim->turn_ns = fake.now_ns;
	sim->tally.turns++;
	sim->progress = sim_progress(sim);
	r = muster_turn(sim->muster, timeout_ns);
	if (r == -EDEADLK)
		sim_check_stuck(sim);
	else if (r < 0)
		sim_fail(sim, "the turn returns %d", r);
	launches = fake_count(FAKE_LAUNCH, -1, -1) +
		   fake_count(FAKE_LAUNCH_FAILED, -1, -1);
	if (launches > SUPERVISOR_BUDGET + fake.delivered)
		sim_fail(sim, "%u launches in a turn", launches);
	if (sim->is_asked_to_stop && interruptions == 0 && launches > 0 &&
	    sim->orders == 0)
		sim_fail(sim, "%u launches after a stop", launches);
	if (r > 0)
		sim_check_idle(sim, timeout_ns, interruptions);
	sim_note_served(sim);
	sim_note_functions(sim);
	sim_take_news(sim, r);
	sim_check(sim);
	sim_check_rolls(sim);
	return r;
}

/* Returns true when it has ended by itself. */
static bool sim_live(struct sim *sim, uint32_t turns)
{
	while (sim->turn < turns) {
		sim_act(sim);
		if (sim_turn(sim) == 0)
			return true;
	}
	return false;
}

static void sim_end(struct sim *sim)
{
	uint32_t last = sim->turn + SIM_END_TURNS;
	int r;

	sim_stop(sim);
	do {
		if (sim->turn == last)
			sim_fail(sim, "does not end");
		if (sim_chance(sim, 300))
			sim_act(sim);
		r = sim_turn(sim);
		/* Nothing else ends a worker that hangs without a deadline. */
		if (r == -EDEADLK || (r > 0 && sim_chance(sim, 5)))
			sim_kill(sim);
	} while (r != 0);
}

static void sim_check_over(struct sim *sim)
{
	struct muster_event event = MUSTER_EVENT_INIT;
	int status = muster_status(sim->muster);

	if (status < 0 || status > 255)
		sim_fail(sim, "status %d", status);
	if (muster_turn(sim->muster, MUSTER_FOREVER) != 0 ||
	    muster_next_event(sim->muster, &event) != 0)
		sim_fail(sim, "goes on after its end");
	if (supervisor_live(sim->supervisor) != 0)
		sim_fail(sim, "somebody lives after the end");
}

static void sim_round(struct sim *sim)
{
	uint32_t turns = sim_below(sim, SIM_ROUND_TURNS);
	bool is_over;

	sim_begin_round(sim);
	is_over = sim_live(sim, turns);
	if (!is_over && sim_chance(sim, 150)) {
		sim->tally.freed_alive++;
	} else {
		if (!is_over)
			sim_end(sim);
		sim_check_over(sim);
	}
	sim->muster = muster_free(sim->muster);
	sim->tally.forks += fake.forks;
	sim->tally.fork_failures += fake.fork_failures;
	fake_end();
	if (fake.faults > 0)
		sim_fail(sim, "%s", fake.fault);
}

static uint64_t sim_number(const char *name, uint64_t otherwise)
{
	const char *given = getenv(name);

	return given ? strtoull(given, NULL, 10) : otherwise;
}

// clang-format off
#define SIM_TALLIES(X) \
	X(rounds) X(restarts) X(throttled) X(backed_off) X(overdue) X(stolen) \
	X(clone_failures) X(exec_failures) X(unwatched) X(give_ups) X(jumps) \
	X(scalings) X(kills) X(freed_alive) X(by_number) X(readies) X(rolls) \
	X(rolled) X(aborted) X(refused) X(removed) X(changes) X(said) \
	X(added) X(ordered) X(circles) X(mutated) X(unready) X(silenced) X(last_words) \
	X(forks) X(mixed) X(fork_failures) X(reasons) X(became) \
	X(drains) X(leftovers) X(forwarded) X(kept) \
	X(promises)
// clang-format on

static void sim_check_tally(const struct sim_tally *tally)
{
#define SIM_PRINT(name) \
	printf(#name " %llu, ", (unsigned long long)tally->name);
#define SIM_REQUIRE(name) assert_true(tally->name > 0);
	SIM_TALLIES(SIM_PRINT)
	printf("turns %llu\n", (unsigned long long)tally->turns);
	if (tally->turns < SIM_TURNS)
		return; /* too short to have seen it all */
	SIM_TALLIES(SIM_REQUIRE)
}

static void whatever_happens_the_invariants_hold(void **state)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	uint64_t turns = sim_number("SIM_TURNS", SIM_TURNS);
	uint64_t seed = sim_number("SIM_SEED", (uint64_t)time(NULL));

	(void)state;
	assert_non_null(sim);
	sim_running = sim;
	printf("SIM_SEED=%llu SIM_TURNS=%llu\n", (unsigned long long)seed,
	       (unsigned long long)turns);
	while (sim->tally.turns < turns) {
		struct sim_tally tally = sim->tally;

		*sim = (struct sim){
			.seed = seed,
			.dice = seed,
			.tally = tally,
			.end_ns = NSEC_NEVER,
		};
		sim->tally.rounds++;
		sim_round(sim);
		seed++;
	}
	sim_check_tally(&sim->tally);
	free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_the_invariants_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_worker_walk.c - random news to a caller that obeys: whatever comes, the
 * table and the caller agree on what exists.
 */
#include "policy/worker_fixture.h"

/* A caller that obeys: it has a process or not, a deadline or not. */
struct caller {
	struct fixture fixture;
	uint64_t ring[4];
	uint64_t now_ns;
	uint64_t due_ns; /* NSEC_NEVER: disarmed */
	bool has_process;
	uint64_t visits[WORKER_STATES];
};

static void caller_obey(struct caller *caller, struct worker_verdict verdict)
{
	bool is_armed = verdict.actions & WORKER_ARM;
	uint64_t least_ns = nsec_min(caller->now_ns, caller->due_ns);

	assert_int_equal(is_armed, verdict.due_ns != NSEC_NEVER);
	if (verdict.actions & WORKER_SIGNAL)
		assert_true(caller->has_process);
	if (verdict.actions & WORKER_SPAWN) {
		assert_false(caller->has_process);
		caller->has_process = true;
	}
	if (verdict.actions & WORKER_RELEASE)
		assert_int_equal(caller->fixture.life.state, WORKER_VACANT);
	if (verdict.actions != 0)
		caller->due_ns = verdict.due_ns;
	/* What is overdue may stay so. */
	if (is_armed)
		assert_true(verdict.due_ns >= least_ns);
}

static struct muster_exit random_exit(uint64_t *seed)
{
	switch (random_below(seed, 4)) {
	case 0:
		return exit_from_child(CLD_EXITED, (int)random_below(seed, 2));
	case 1:
		return exit_from_child(CLD_KILLED, SIGKILL);
	case 2:
		return exit_from_launch(MUSTER_STEP_CLONE, EAGAIN);
	default:
		return exit_from_launch(MUSTER_STEP_EXEC, ENOENT);
	}
}

/* Picks news that can come: a death of a process that is there, a wake-up of a
 * deadline that is armed, anything from others at any time. */
static struct worker_news caller_wait(struct caller *caller, uint64_t *seed)
{
	struct worker_news news = {
		.event = (enum worker_event)random_below(seed, WORKER_EVENTS),
		.exit = random_exit(seed),
	};

	if (news.event == WORKER_EXITED && !caller->has_process)
		news.event = WORKER_WANTED;
	if (news.event == WORKER_WAKE && caller->due_ns == NSEC_NEVER)
		news.event = WORKER_IS_READY;
	if (news.event == WORKER_RELIEVE &&
	    !worker_is_ready(caller->fixture.life.state))
		news.event = WORKER_PING;
	if (news.event == WORKER_WAKE)
		caller->now_ns = nsec_max(caller->now_ns, caller->due_ns);
	else
		caller->now_ns += random_magnitude(seed, 31);
	if (news.event == WORKER_EXITED)
		caller->has_process = false;
	news.now_ns = caller->now_ns;
	return news;
}

static void caller_turn(struct caller *caller, uint64_t *seed)
{
	struct fixture *fixture = &caller->fixture;
	struct worker_news news = caller_wait(caller, seed);
	enum worker_state before = fixture->life.state;
	struct worker_verdict verdict = worker_step(
		&fixture->rules, &fixture->shared, &fixture->life, &news);

	caller_obey(caller, verdict);
	caller->visits[fixture->life.state]++;
	assert_int_equal(worker_is_live(fixture->life.state),
			 caller->has_process);
	if (fixture->life.state != before)
		assert_int_not_equal(verdict.actions, 0);
	/* nothing waits for ever: a wait always has its deadline */
	if (fixture->life.state == WORKER_WAITING)
		assert_true(caller->due_ns != NSEC_NEVER);
	/* nothing outlives its KILL unnoticed, nothing is woken for nothing */
	if (!caller->has_process && fixture->life.state != WORKER_WAITING)
		assert_true(caller->due_ns == NSEC_NEVER);
}

static void caller_init(struct caller *caller, uint64_t *seed)
{
	struct restart_rules *restart = &caller->fixture.rules.restart;

	*caller = (struct caller){.due_ns = NSEC_NEVER};
	fixture_init(&caller->fixture, WORKER_VACANT);
	restart->mode = (enum muster_restart)random_below(seed, 3);
	restart->throttle = (struct throttle_rules){
		NSEC_PER_SEC, (uint32_t)random_below(seed, 4)};
	restart->backoff = (struct backoff_rules){random_magnitude(seed, 30),
						  5 * NSEC_PER_SEC};
	caller->fixture.shared.seed = random_next(seed);
	if (random_below(seed, 2)) {
		caller->fixture.shared.giveup = (struct giveup){
			.times_ns = caller->ring,
			.deaths = COUNT_OF(caller->ring),
			.window_ns = NSEC_PER_SEC,
		};
	}
}

static void a_caller_that_obeys_never_meets_a_never_cell(void **state)
{
	uint64_t visits[WORKER_STATES] = {0};
	uint64_t seed = seed_choose();

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct caller caller;

		caller_init(&caller, &seed);
		for (int i = 0; i < 1000; i++)
			caller_turn(&caller, &seed);
		for (int s = 0; s < WORKER_STATES; s++)
			visits[s] += caller.visits[s];
	}
	for (int s = 0; s < WORKER_STATES; s++)
		assert_true(visits[s] > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_caller_that_obeys_never_meets_a_never_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

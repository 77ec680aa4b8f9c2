/*
 * test_restart.c - every mode x exit x age x state of what is shared, against
 * the rule written the other way round.
 */
#include "policy/restart_fixture.h"

/* Everything that a decision depends on. */
struct situation {
	enum muster_restart mode;
	struct muster_exit how;
	bool is_young;
	bool has_executed;
	bool is_empty; /* the throttle has no token left */
	bool has_backoff;
	bool is_last_straw; /* this death would meet the give-up rule */
};

static void fixture_stage(struct fixture *fixture, const struct situation *s)
{
	fixture_init(fixture, s->mode);
	fixture->shared.has_executed = s->has_executed;
	fixture->memory = (struct restart_memory){2, 3};
	fixture->rules.throttle = (struct throttle_rules){NSEC_PER_SEC, 1};
	if (s->is_empty)
		fixture->shared.throttle.full_ns = NOW_NS + NSEC_PER_SEC;
	if (s->has_backoff)
		fixture->rules.backoff =
			(struct backoff_rules){BACKOFF_NS, BACKOFF_NS};
	fixture->shared.giveup = (struct giveup){
		.times_ns = fixture->ring,
		.deaths = s->is_last_straw ? 1 : COUNT_OF(fixture->ring),
		.window_ns = NSEC_PER_SEC,
	};
}

/* A launch that failed: no token, no death noted, its own streak. */
static void check_launch(struct fixture *fixture, const struct situation *s)
{
	bool is_clone = s->how.step == MUSTER_STEP_CLONE;
	bool is_tried_again = is_clone || s->has_executed;
	uint64_t full_ns = fixture->shared.throttle.full_ns;
	struct restart_verdict verdict =
		decide(fixture, s->how, s->is_young ? YOUNG_NS : HEALTHY_NS);

	if (is_tried_again)
		assert_later(verdict, MUSTER_WHY_LAUNCH,
			     NOW_NS + RESTART_LAUNCH_BASE_NS * 4,
			     NOW_NS + RESTART_LAUNCH_BASE_NS * 8);
	else
		assert_never(verdict, MUSTER_WHY_UNEXECUTABLE);
	assert_int_equal(fixture->memory.launch_streak, is_tried_again ? 4 : 3);
	assert_int_equal(fixture->memory.streak, 2);
	assert_int_equal(fixture->shared.has_executed, s->has_executed);
	assert_int_equal(fixture->shared.throttle.full_ns, full_ns);
	assert_int_equal(fixture->shared.giveup.known, 0);
}

/* What is said of a young death that the mode lets be made good. */
static void check_young(struct restart_verdict verdict,
			const struct situation *s)
{
	if (s->is_last_straw)
		assert_never(verdict, MUSTER_WHY_GIVE_UP);
	else if (s->has_backoff)
		assert_later(verdict, MUSTER_WHY_BACKOFF,
			     NOW_NS + BACKOFF_NS / 2, NOW_NS + BACKOFF_NS);
	else if (s->is_empty)
		assert_later(verdict, MUSTER_WHY_THROTTLE,
			     NOW_NS + NSEC_PER_SEC, NOW_NS + NSEC_PER_SEC);
	else
		assert_now(verdict, NOW_NS);
}

static void check_death(struct fixture *fixture, const struct situation *s)
{
	bool is_final = s->mode == MUSTER_RESTART_NEVER ||
			(s->mode == MUSTER_RESTART_ON_FAILURE &&
			 exit_is_success(&s->how));
	bool is_charged = !is_final && s->is_young;
	bool takes_token = is_charged && !s->is_last_straw;
	uint64_t full_ns = fixture->shared.throttle.full_ns;
	struct restart_verdict verdict =
		decide(fixture, s->how, s->is_young ? YOUNG_NS : HEALTHY_NS);

	if (is_final)
		assert_never(verdict, MUSTER_WHY_RULE);
	else if (!s->is_young)
		assert_now(verdict, NOW_NS);
	else
		check_young(verdict, s);
	assert_true(fixture->shared.has_executed);
	assert_int_equal(fixture->memory.launch_streak, 0);
	assert_int_equal(fixture->memory.streak, !s->is_young  ? 0
						 : takes_token ? 3
							       : 2);
	assert_int_equal(fixture->shared.throttle.full_ns != full_ns,
			 takes_token);
	assert_int_equal(fixture->shared.giveup.known, is_charged);
}

static void check_flags(struct situation s)
{
	for (uint32_t flags = 0; flags < 32; flags++) {
		struct fixture fixture;

		s.is_young = flags & 1;
		s.has_executed = flags & 2;
		s.is_empty = flags & 4;
		s.has_backoff = flags & 8;
		s.is_last_straw = flags & 16;
		fixture_stage(&fixture, &s);
		if (s.how.kind == MUSTER_EXIT_LAUNCH)
			check_launch(&fixture, &s);
		else
			check_death(&fixture, &s);
	}
}

static void every_mode_exit_age_and_history_is_decided(void **state)
{
	const struct muster_exit exits[] = {
		exit_from_child(CLD_EXITED, 0),
		exit_from_child(CLD_EXITED, 1),
		exit_from_child(CLD_EXITED, 255),
		exit_from_child(CLD_KILLED, SIGTERM),
		exit_from_child(CLD_KILLED, SIGKILL),
		exit_from_child(CLD_DUMPED, SIGSEGV),
		exit_from_launch(MUSTER_STEP_CLONE, EAGAIN),
		exit_from_launch(MUSTER_STEP_UNSHARE, EMFILE),
		exit_from_launch(MUSTER_STEP_GROUP, EPERM),
		exit_from_launch(MUSTER_STEP_PARENT, ESRCH),
		exit_from_launch(MUSTER_STEP_DESCRIPTORS, EBADF),
		exit_from_launch(MUSTER_STEP_LIMITS, EPERM),
		exit_from_launch(MUSTER_STEP_SIGNALS, EINVAL),
		exit_from_launch(MUSTER_STEP_EXEC, ENOENT),
	};

	(void)state;
	for (int mode = 0; mode < MUSTER_RESTARTS; mode++) {
		for (size_t i = 0; i < COUNT_OF(exits); i++) {
			struct situation s = {
				.mode = (enum muster_restart)mode,
				.how = exits[i],
			};

			check_flags(s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mode_exit_age_and_history_is_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

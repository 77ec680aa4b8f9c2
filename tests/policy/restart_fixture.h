/*
 * restart_fixture.h - one group and one slot of it, for the tests of the
 * restart rule.
 */
#pragma once

#include <errno.h>
#include <signal.h>

#include "base/nsec.h"
#include "policy/exit.h"
#include "policy/restart.h"
#include "policy/support.h"

#define NOW_NS (1000 * NSEC_PER_SEC)
#define HEALTHY_NS NSEC_PER_SEC
#define BACKOFF_NS (4 * NSEC_PER_SEC)
#define YOUNG_NS (HEALTHY_NS - 1)

struct fixture {
	struct restart_rules rules;
	struct restart_shared shared;
	struct restart_memory memory;
	uint64_t ring[8];
};

static inline void fixture_init(struct fixture *fixture,
				enum muster_restart mode)
{
	*fixture = (struct fixture){
		.rules = {.mode = mode, .healthy_after_ns = HEALTHY_NS},
		.shared = {.seed = 11},
	};
}

static inline struct restart_verdict decide_at(struct fixture *fixture,
					       struct muster_exit how,
					       uint64_t uptime_ns,
					       uint64_t now_ns)
{
	const struct restart_question question = {how, uptime_ns, now_ns};

	return restart_decide(&fixture->rules, &fixture->shared,
			      &fixture->memory, &question);
}

static inline struct restart_verdict
decide(struct fixture *fixture, struct muster_exit how, uint64_t uptime_ns)
{
	return decide_at(fixture, how, uptime_ns, NOW_NS);
}

static inline struct muster_exit failure(void)
{
	return exit_from_child(CLD_EXITED, 1);
}

static inline void assert_now(struct restart_verdict verdict, uint64_t now_ns)
{
	assert_int_equal(verdict.next, MUSTER_NEXT_NOW);
	assert_int_equal(verdict.why, MUSTER_WHY_RULE);
	assert_int_equal(verdict.due_ns, now_ns);
}

static inline void assert_later(struct restart_verdict verdict,
				enum muster_why why, uint64_t low_ns,
				uint64_t high_ns)
{
	assert_int_equal(verdict.next, MUSTER_NEXT_LATER);
	assert_int_equal(verdict.why, why);
	assert_in_range(verdict.due_ns, low_ns, high_ns);
}

static inline void assert_never(struct restart_verdict verdict,
				enum muster_why why)
{
	assert_int_equal(verdict.next, MUSTER_NEXT_NEVER);
	assert_int_equal(verdict.why, why);
	assert_int_equal(verdict.due_ns, NSEC_NEVER);
}

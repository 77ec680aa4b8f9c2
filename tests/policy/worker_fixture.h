/*
 * worker_fixture.h - one group with one slot, for the tests of the worker's
 * table.
 *
 * The slot's worker has been healthy, its memory is not empty, and nothing
 * holds a replacement back: a test changes what it is about.
 */
#pragma once

#include <errno.h>
#include <signal.h>

#include "base/nsec.h"
#include "policy/exit.h"
#include "policy/support.h"
#include "policy/worker.h"

#define STARTED_NS (900 * NSEC_PER_SEC)
#define NOW_NS (1000 * NSEC_PER_SEC)
#define READY_TIMEOUT_NS (30 * NSEC_PER_SEC)
#define STOP_TIMEOUT_NS (60 * NSEC_PER_SEC)
#define WATCHDOG_NS (20 * NSEC_PER_SEC)
#define AGAIN_NS (WATCHDOG_NS / 2) /* its second chance */
#define EXTEND_NS (100 * NSEC_PER_SEC)
#define ARMED_NS (NOW_NS + 7 * NSEC_PER_SEC) /* what is armed already */
#define READY_DUE_NS (NOW_NS + READY_TIMEOUT_NS)
#define STOP_DUE_NS (NOW_NS + STOP_TIMEOUT_NS)

struct fixture {
	struct worker_rules rules;
	struct restart_shared shared;
	struct worker_life life;
};

static inline void fixture_init(struct fixture *fixture,
				enum worker_state state)
{
	*fixture = (struct fixture){
		.rules = {.restart = {.healthy_after_ns = NSEC_PER_SEC},
			  .watchdog_ns = WATCHDOG_NS},
		.shared = {.ready_timeout_ns = READY_TIMEOUT_NS},
		.life = {.state = state,
			 .started_ns = STARTED_NS,
			 .due_ns = ARMED_NS,
			 .memory = {4, 5}},
	};
	if (state == WORKER_STOPPING)
		fixture->life.stop_why = MUSTER_WHY_ASKED;
	ladder_init(&fixture->rules.ladder, SIGTERM, STOP_TIMEOUT_NS,
		    WATCHDOG_NS);
	fixture->life.rung = LADDER_STOP;
}

static inline struct worker_verdict
step_at(struct fixture *fixture, enum worker_event event, uint64_t now_ns)
{
	const struct worker_news news = {
		.event = event,
		.now_ns = now_ns,
		.extend_ns = EXTEND_NS,
		.exit = exit_from_child(CLD_EXITED, 1),
	};

	return worker_step(&fixture->rules, &fixture->shared, &fixture->life,
			   &news);
}

static inline struct worker_verdict step(struct fixture *fixture,
					 enum worker_event event)
{
	return step_at(fixture, event, NOW_NS);
}

static inline struct worker_verdict exited(struct fixture *fixture,
					   struct muster_exit how)
{
	const struct worker_news news = {
		.event = WORKER_EXITED,
		.now_ns = NOW_NS,
		.exit = how,
	};

	return worker_step(&fixture->rules, &fixture->shared, &fixture->life,
			   &news);
}

static inline struct worker_verdict launch_failed(struct fixture *fixture)
{
	return exited(fixture, exit_from_launch(MUSTER_STEP_CLONE, EAGAIN));
}

static inline void assert_same_life(const struct worker_life *life,
				    const struct worker_life *before)
{
	assert_int_equal(life->state, before->state);
	assert_int_equal(life->is_wanted, before->is_wanted);
	assert_int_equal(life->stop_why, before->stop_why);
	assert_int_equal(life->rung, before->rung);
	assert_int_equal(life->started_ns, before->started_ns);
	assert_int_equal(life->memory.streak, before->memory.streak);
	assert_int_equal(life->memory.launch_streak,
			 before->memory.launch_streak);
}

static inline void assert_acts(const struct fixture *fixture,
			       struct worker_verdict verdict,
			       enum worker_state state, uint32_t actions,
			       uint64_t due_ns)
{
	assert_string_equal(worker_state_name(fixture->life.state),
			    worker_state_name(state));
	assert_int_equal(verdict.actions, actions);
	assert_int_equal(verdict.due_ns, due_ns);
}

static inline void assert_told(struct worker_verdict verdict,
			       enum muster_next next, enum muster_why why)
{
	assert_int_equal(verdict.next, next);
	assert_int_equal(verdict.why, why);
}

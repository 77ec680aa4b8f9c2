/*
 * planned.h - plans for tests, and what is in their environment.
 */
#pragma once

#include "kernel/children.h"
#include "proc/plan.h"

static inline struct plan_options options_for(const char *const *environment)
{
	static const char *const argv[] = {"/bin/echo", "a", "", "b c", NULL};
	static sigset_t mask;

	return (struct plan_options){
		.name = "web",
		.argv = argv,
		.environment = environment,
		.launcher_fd = -1,
		.mask = &mask,
	};
}

static inline struct plan *plan_for(const struct plan_options *options)
{
	struct plan *plan = NULL;

	assert_int_equal(plan_new(options, &plan), 0);
	assert_non_null(plan);
	return plan;
}

static inline bool has(const struct plan *plan, const char *variable)
{
	for (uint32_t i = 0; i < plan->environment_count; i++)
		if (strcmp(plan->environment[i], variable) == 0)
			return true;
	for (uint32_t i = 0; i < plan->own_count; i++)
		if (strcmp(plan->own[i], variable) == 0)
			return true;
	return false;
}

static inline void assert_has_all(const struct plan *plan,
				  const char *const *expected)
{
	uint32_t count = 0;

	for (; expected[count]; count++)
		if (!has(plan, expected[count]))
			fail_msg("%s is missing", expected[count]);
	assert_int_equal(plan->environment_count + plan->own_count, count);
}

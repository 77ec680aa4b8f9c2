/*
 * functions.h - a launcher as in fixture.h, whose workers are functions of this
 * program.
 */
#pragma once

#include "core/fixture.h"

static inline int function(void *run_data, const struct muster_birth *birth)
{
	(void)run_data;
	(void)birth;
	return 0; /* the fake never calls it */
}

static inline int function_setup(void **state)
{
	struct fixture *fixture;

	if (fixture_setup(state) < 0)
		return -1;
	fixture = *state;
	fixture->group.argv = NULL;
	fixture->group.run = function;
	return 0;
}

#define function_test(name) \
	cmocka_unit_test_setup_teardown(name, function_setup, fixture_teardown)

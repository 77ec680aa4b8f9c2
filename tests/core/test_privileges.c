/*
 * test_privileges.c - privileges that make no sense are refused in words, the
 * others are kept, and reach the plan.
 */
#include <sys/resource.h>

#include "core/functions.h"
#include "core/privileges.h"
#include "core/specs.h"

static const char *const command[] = {"worker", NULL};

static struct muster_group_options
least(const struct muster_privileges *privileges)
{
	struct muster_group_options options = MUSTER_GROUP_OPTIONS_INIT;

	options.argv = command;
	options.privileges = privileges;
	return options;
}

static void check_privileges(const struct muster_privileges *privileges,
			     const char *reason)
{
	struct muster_group_options options = least(privileges);

	if (reason)
		check_refused(&options, reason);
	else
		spec_free(check_taken(&options));
}

static void the_last_number_is_nobody(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	asked.uid = UINT32_MAX;
	asked.gid = UINT32_MAX;
	check_privileges(&asked, NULL);
	asked.sets_uid = true;
	check_privileges(&asked, "4294967295 is no user and no group");
	asked.uid--;
	check_privileges(&asked, NULL);
	asked.sets_gid = true;
	check_privileges(&asked, "4294967295 is no user and no group");
}

static void groups_come_with_their_array_and_are_not_too_many(void **state)
{
	static uint32_t groups[65537];
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	asked.group_count = 1;
	asked.groups = groups;
	check_privileges(&asked, "groups that are not to be set");
	asked.sets_groups = true;
	check_privileges(&asked, NULL);
	asked.groups = NULL;
	check_privileges(&asked, "a count without its array");
	asked.groups = groups;
	asked.group_count = 65537;
	check_privileges(&asked, "more than 65536 groups");
	asked.group_count--;
	check_privileges(&asked, NULL);
	asked.group_count = 0;
	asked.groups = NULL;
	check_privileges(&asked, NULL);
}

static void a_capability_is_not_both_ambient_and_dropped(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	asked.cap_ambient = 6;
	check_privileges(&asked, "ambient capabilities that are not to be set");
	asked.sets_cap_ambient = true;
	asked.cap_drop = ~UINT64_C(6);
	check_privileges(&asked, NULL);
	asked.cap_drop |= 2;
	check_privileges(&asked, "a capability is both ambient and dropped");
}

static void limits_and_scheduling_are_within_their_range(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	asked.limits[RLIMIT_NOFILE] = (struct muster_limit){7, 6};
	asked.nice = 20;
	asked.oom_score_adj = 1001;
	check_privileges(&asked, NULL); /* which are not to be set */
	asked.sets_limits = 1U << RLIMIT_NOFILE;
	check_privileges(&asked, "a soft limit is above its hard one");
	asked.sets_limits = 1U << 16;
	check_privileges(&asked, "unknown limit");
	asked.sets_limits = 0;
	asked.sets_nice = true;
	check_privileges(&asked, "niceness is from -20 to 19");
	asked.nice = -21;
	check_privileges(&asked, "niceness is from -20 to 19");
	asked.nice = -20;
	check_privileges(&asked, NULL);
	asked.sets_oom_score_adj = true;
	check_privileges(&asked, "OOM score is from -1000 to 1000");
	asked.oom_score_adj = -1001;
	check_privileges(&asked, "OOM score is from -1000 to 1000");
	asked.oom_score_adj = -1000;
	check_privileges(&asked, NULL);
}

static void a_function_has_the_launchers_privileges(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct muster_group_options options = least(&asked);

	(void)state;
	options.argv = NULL;
	options.run = function;
	check_refused(&options, "a function has the launcher's privileges");
}

static void structs_of_another_age_are_understood(void **state)
{
	struct {
		struct muster_privileges known;
		uint64_t unknown;
	} newer = {.known = MUSTER_PRIVILEGES_INIT};
	struct muster_group_options options = least(&newer.known);
	char buffer[128];
	struct text error;
	struct spec *spec;

	(void)state;
	newer.known.size = sizeof(newer);
	spec_free(check_taken(&options));
	newer.unknown = 1;
	text_init(&error, buffer, sizeof(buffer));
	assert_int_equal(spec_new(&strings, &options, &spec, &error), -E2BIG);
	newer.known.size = offsetof(struct muster_privileges, sets_uid);
	newer.known.sets_uid = true;
	spec = check_taken(&options);
	assert_false(spec->privileges->sets_uid);
	spec_free(spec);
	newer.known.size = sizeof(newer.known);
	newer.known.reserved[3] = 1;
	check_refused(&options, "reserved bytes are not 0");
}

static void a_spec_owns_them(void **state)
{
	uint32_t groups[] = {4, 5};
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct muster_group_options options = least(&asked);
	struct spec *spec;

	(void)state;
	asked.sets_groups = true;
	asked.groups = groups;
	asked.group_count = 2;
	asked.cpus[127] = 1;
	spec = check_taken(&options);
	memset(groups, 0x77, sizeof(groups));
	memset(&asked, 0x77, sizeof(asked));
	assert_int_equal(spec->privileges->group_count, 2);
	assert_int_equal(spec->privileges->groups[0], 4);
	assert_int_equal(spec->privileges->groups[1], 5);
	assert_int_equal(spec->privileges->cpus[127], 1);
	spec_free(spec);
	options.privileges = NULL;
	spec = check_taken(&options);
	assert_null(spec->privileges);
	spec_free(spec);
}

static void they_reach_the_plan(void **state)
{
	struct fixture *fixture = *state;
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	const struct plan *plan;

	asked.sets_uid = true;
	asked.uid = 1000;
	fixture->group.privileges = &asked;
	begin(fixture);
	plan = shared_of(fixture, 0)->edition->plan;
	assert_non_null(plan->privs);
	assert_int_equal(plan->privs->uid, 1000);
	assert_true(plan->is_apart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_number_is_nobody),
		cmocka_unit_test(
			groups_come_with_their_array_and_are_not_too_many),
		cmocka_unit_test(a_capability_is_not_both_ambient_and_dropped),
		cmocka_unit_test(limits_and_scheduling_are_within_their_range),
		cmocka_unit_test(a_function_has_the_launchers_privileges),
		cmocka_unit_test(structs_of_another_age_are_understood),
		cmocka_unit_test(a_spec_owns_them),
		fixture_test(they_reach_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

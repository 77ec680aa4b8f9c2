/*
 * test_privs_plan.c - what the parent decides of privileges before there is a
 * child.
 */
#include <linux/capability.h>

#include "proc/planned.h"

#define BIT(capability) (UINT64_C(1) << (capability))

static struct privs decide(const struct muster_privileges *asked)
{
	struct privs privs;

	privs_decide(asked, &privs);
	return privs;
}

/* Of another user's processes, and where memory's score is one for all. */
static void a_child_that_becomes_somebody_else_is_apart(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct privs privs = decide(&asked);

	(void)state;
	assert_false(privs_is_apart(&privs));
	asked.sets_uid = true;
	privs = decide(&asked);
	assert_true(privs_is_apart(&privs));
	asked.sets_uid = false;
	asked.sets_gid = true;
	privs = decide(&asked);
	assert_true(privs_is_apart(&privs));
	asked.sets_gid = false;
	asked.sets_oom_score_adj = true;
	privs = decide(&asked);
	assert_true(privs_is_apart(&privs));
}

/* Who has as few could trace it before it executes, and with it the launcher.
 */
static void a_child_that_gives_up_capabilities_is_apart(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct privs privs;

	(void)state;
	asked.sets_cap_ambient = true;
	asked.cap_ambient = 1;
	privs = decide(&asked);
	assert_true(privs_is_apart(&privs) && privs.become_less);
	asked.sets_cap_ambient = false;
	asked.sets_securebits = true;
	privs = decide(&asked);
	assert_true(privs_is_apart(&privs) && privs.become_less);
	asked.sets_securebits = false;
	asked.cap_drop = 1;
	privs = decide(&asked);
	assert_true(privs_is_apart(&privs) && privs.become_less);
	asked.cap_drop = 0;
	asked.sets_oom_score_adj = true;
	privs = decide(&asked);
	assert_false(privs.become_less);
}

static void everything_else_is_set_on_the_fast_path(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct privs privs;

	(void)state;
	asked.sets_limits = 0xffff;
	asked.sets_nice = true;
	asked.cpus[0] = 1;
	asked.sets_groups = true;
	asked.no_new_privileges = true;
	privs = decide(&asked);
	assert_false(privs_is_apart(&privs));
	assert_false(privs.become_less);
}

/* The kernel would answer EINVAL, or EPERM to who may not drop at all. */
static void what_is_not_there_is_not_dropped(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct privs privs;

	(void)state;
	asked.cap_drop = UINT64_MAX;
	privs = decide(&asked);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(privs.bound_drop >> i & 1,
				 prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1);
	assert_true(privs.permitted == 0);
	assert_true(privs.inheritable == 0);
}

static void another_user_is_left_with_the_ambient_set_alone(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct privs privs;

	(void)state;
	asked.sets_uid = true;
	asked.uid = 7;
	asked.sets_cap_ambient = true;
	asked.cap_ambient = BIT(CAP_KILL);
	privs = decide(&asked);
	assert_true(privs.permitted == BIT(CAP_KILL));
	assert_true(privs.inheritable == 0);
	assert_true(privs.ambient == BIT(CAP_KILL));
	assert_true(privs.keeps_caps);
	asked.uid = 0;
	privs = decide(&asked);
	assert_true(privs.permitted == UINT64_MAX);
	assert_false(privs.keeps_caps);
}

static void
capabilities_are_kept_over_a_change_of_user_only_if_need_be(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct privs privs;

	(void)state;
	asked.sets_uid = true;
	asked.uid = 7;
	privs = decide(&asked);
	assert_false(privs.keeps_caps);
	assert_true(privs.sets_caps);
	asked.sets_securebits = true;
	privs = decide(&asked);
	assert_true(privs.keeps_caps);
}

static void what_is_written_is_ready(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct privs privs;

	(void)state;
	asked.sets_oom_score_adj = true;
	asked.oom_score_adj = -1000;
	asked.cpus[1] = 4;
	privs = decide(&asked);
	assert_string_equal(privs.oom_text, "-1000");
	assert_int_equal(privs.oom_length, 5);
	assert_int_equal(privs.cpus_size, 16);
	assert_true(privs.cpus[1] == 4);
}

/* A thousand services without any cost nothing for it. */
static void a_plan_owns_its_privileges_but_for_the_groups(void **state)
{
	static const uint32_t groups[] = {1, 2};
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct plan_options options = options_for(NULL);
	struct plan *plan = plan_for(&options);

	(void)state;
	assert_null(plan->privs);
	assert_false(plan->is_apart);
	plan_free(plan);
	asked.sets_gid = true;
	asked.gid = 9;
	asked.sets_groups = true;
	asked.groups = groups;
	asked.group_count = 2;
	options.privileges = &asked;
	plan = plan_for(&options);
	memset(&asked, 0x77, sizeof(asked));
	assert_true(plan->is_apart);
	assert_int_equal(plan->privs->gid, 9);
	assert_ptr_equal(plan->privs->groups, groups);
	assert_int_equal(plan->privs->group_count, 2);
	assert_true(has(plan, "MUSTER_SERVICE=web"));
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_that_becomes_somebody_else_is_apart),
		cmocka_unit_test(a_child_that_gives_up_capabilities_is_apart),
		cmocka_unit_test(everything_else_is_set_on_the_fast_path),
		cmocka_unit_test(what_is_not_there_is_not_dropped),
		cmocka_unit_test(
			another_user_is_left_with_the_ambient_set_alone),
		cmocka_unit_test(
			capabilities_are_kept_over_a_change_of_user_only_if_need_be),
		cmocka_unit_test(what_is_written_is_ready),
		cmocka_unit_test(a_plan_owns_its_privileges_but_for_the_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

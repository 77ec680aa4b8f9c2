/*
 * test_blocks.c - one pool serves every plan: it has room for the largest, and
 * no memory goes from under a child.
 *
 * Without processes a block is taken by setting its word, as the kernel's
 * clearing of it gives it back.
 */
#include "proc/blocks.h"
#include "proc/worker.h"

#define PAGE 4096U
#define SMALL 10U
#define LARGE 5000U
#define GROWTHS 40U

static struct plan plan_of(uint32_t variables)
{
	return (struct plan){.environment_count = variables};
}

static struct spawn_pool *pool_for(const struct plan *plan)
{
	struct spawn_pool *pool = NULL;

	assert_int_equal(spawn_pool_new(&pool), 0);
	assert_int_equal(spawn_pool_fit(pool, plan), 0);
	return pool;
}

static struct spawn_place take(struct spawn_pool *pool, const struct plan *plan)
{
	struct spawn_place place = spawn_pool_take(pool, plan, false);

	if (place.in_use)
		*place.in_use = 1;
	return place;
}

/* Whether there is memory at all; nothing of it is touched. */
static bool is_mapped(const void *address)
{
	unsigned char residence;
	uintptr_t page = (uintptr_t)address & ~(uintptr_t)(PAGE - 1);

	return syscall(SYS_mincore, page, PAGE, &residence) == 0;
}

/* One past what a launch of the plan writes into the block. */
static char *end_of(const struct spawn_place *place, const struct plan *plan)
{
	return (char *)&place->block
		->environment[plan->environment_count + PLAN_OWN_MAX + 3 +
			      CHILD_PIDS];
}

static void a_pool_without_a_plan_is_idle(void **state)
{
	struct spawn_pool *pool = NULL;

	(void)state;
	assert_int_equal(spawn_pool_new(&pool), 0);
	assert_true(spawn_pool_is_idle(pool));
	assert_null(spawn_pool_free(pool));
	assert_null(spawn_pool_free(NULL));
}

static void each_block_is_taken_once_and_the_lowest_first(void **state)
{
	const struct plan plan = plan_of(SMALL);
	struct spawn_pool *pool = pool_for(&plan);
	struct spawn_place places[SPAWN_BLOCKS];
	struct spawn_place beyond;

	(void)state;
	for (size_t i = 0; i < SPAWN_BLOCKS; i++) {
		places[i] = take(pool, &plan);
		assert_non_null(places[i].in_use);
		assert_true(i == 0 || places[i].stack > places[i - 1].stack);
		assert_false(spawn_pool_is_idle(pool));
	}
	beyond = take(pool, &plan);
	assert_null(beyond.in_use);
	assert_true(beyond.stack > places[SPAWN_BLOCKS - 1].stack);
	*places[40].in_use = 0;
	*places[7].in_use = 0;
	assert_ptr_equal(take(pool, &plan).block, places[7].block);
	assert_ptr_equal(take(pool, &plan).block, places[40].block);
	for (size_t i = 0; i < SPAWN_BLOCKS; i++)
		*places[i].in_use = 0;
	assert_true(spawn_pool_is_idle(pool));
	spawn_pool_free(pool);
}

static void who_is_waited_for_has_a_block_of_his_own(void **state)
{
	const struct plan plan = plan_of(SMALL);
	struct spawn_pool *pool = pool_for(&plan);
	struct spawn_place waited = spawn_pool_take(pool, &plan, true);
	struct spawn_place places[SPAWN_BLOCKS];

	(void)state;
	assert_null(waited.in_use);
	assert_true(is_mapped(waited.stack) && is_mapped(waited.block));
	assert_true(spawn_pool_is_idle(pool));
	for (size_t i = 0; i < SPAWN_BLOCKS; i++) {
		places[i] = take(pool, &plan);
		assert_ptr_not_equal(places[i].block, waited.block);
		assert_non_null(places[i].in_use);
	}
	assert_ptr_equal(take(pool, &plan).block, waited.block);
	for (size_t i = 0; i < SPAWN_BLOCKS; i++)
		*places[i].in_use = 0;
	spawn_pool_free(pool);
}

/* Whatever its size, and however large the pool's blocks are. */
static void a_place_has_room_for_its_plan_and_a_stack(void **state)
{
	const struct plan largest = plan_of(LARGE);
	struct spawn_pool *pool = pool_for(&largest);

	(void)state;
	for (uint32_t count = 0; count <= LARGE; count += 7) {
		const struct plan plan = plan_of(count);
		struct spawn_pool *own = pool_for(&plan);
		struct spawn_place places[] = {take(own, &plan),
					       take(own, &plan)};
		struct spawn_place place = spawn_pool_take(pool, &plan, false);

		assert_true(end_of(&places[0], &plan) <= places[1].stack);
		assert_true(places[0].stack_size >= PAGE);
		assert_ptr_equal(places[0].stack + places[0].stack_size,
				 places[0].block);
		assert_int_equal((uintptr_t)places[0].block % 64, 0);
		/* Its end is the block's: few variables touch one page. */
		assert_true((PAGE - (uintptr_t)end_of(&place, &plan) % PAGE) %
				    PAGE <
			    64);
		*places[0].in_use = 0;
		*places[1].in_use = 0;
		spawn_pool_free(own);
	}
	spawn_pool_free(pool);
}

static void a_pool_that_is_large_enough_stays_as_it_is(void **state)
{
	const struct plan large = plan_of(LARGE);
	const struct plan small = plan_of(SMALL);
	struct spawn_pool *pool = pool_for(&large);
	struct spawn_place place = spawn_pool_take(pool, &large, false);

	(void)state;
	assert_int_equal(spawn_pool_fit(pool, &large), 0);
	assert_int_equal(spawn_pool_fit(pool, &small), 0);
	assert_ptr_equal(spawn_pool_take(pool, &large, false).stack,
			 place.stack);
	assert_ptr_equal(spawn_pool_take(pool, &small, false).stack,
			 place.stack);
	spawn_pool_free(pool);
}

static void blocks_that_are_too_small_go_when_they_are_left(void **state)
{
	const struct plan plans[] = {plan_of(SMALL), plan_of(LARGE),
				     plan_of(2 * LARGE)};
	struct spawn_pool *pool = pool_for(&plans[0]);
	struct spawn_place places[3];

	(void)state;
	places[0] = take(pool, &plans[0]);
	assert_int_equal(spawn_pool_fit(pool, &plans[1]), 0);
	places[1] = take(pool, &plans[1]);
	assert_int_equal(spawn_pool_fit(pool, &plans[2]), 0);
	places[2] = take(pool, &plans[2]);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		assert_true(is_mapped(places[i].stack));
	*places[2].in_use = 0;
	assert_false(spawn_pool_is_idle(pool)); /* the others are not left */
	*places[1].in_use = 0;
	assert_ptr_equal(spawn_pool_take(pool, &plans[0], false).stack,
			 places[2].stack);
	assert_true(is_mapped(places[0].stack));
	assert_false(is_mapped(places[1].stack));
	*places[0].in_use = 0;
	assert_true(spawn_pool_is_idle(pool));
	(void)spawn_pool_take(pool, &plans[0], false);
	assert_false(is_mapped(places[0].stack));
	spawn_pool_free(pool);
	assert_false(is_mapped(places[2].stack));
}

static void blocks_that_nobody_uses_go_at_once(void **state)
{
	const struct plan small = plan_of(SMALL);
	const struct plan large = plan_of(LARGE);
	struct spawn_pool *pool = pool_for(&small);
	struct spawn_place place = spawn_pool_take(pool, &small, false);

	(void)state;
	assert_int_equal(spawn_pool_fit(pool, &large), 0);
	assert_false(is_mapped(place.stack));
	spawn_pool_free(pool);
}

static int run_out_of_memory(void)
{
	const struct plan small = plan_of(SMALL);
	const struct plan large = plan_of(LARGE);
	struct spawn_pool *pool;
	struct spawn_place place;

	CHILD_CHECK(spawn_pool_new(&pool) == 0);
	CHILD_CHECK(spawn_pool_fit(pool, &small) == 0);
	place = spawn_pool_take(pool, &small, false);
	if (child_deny(SYS_mmap, ENOMEM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawn_pool_fit(pool, &large) == -ENOMEM);
	CHILD_CHECK(spawn_pool_is_idle(pool));
	CHILD_CHECK(spawn_pool_take(pool, &small, false).stack == place.stack);
	CHILD_CHECK(is_mapped(place.stack));
	return 0;
}

static void want_of_memory_leaves_the_pool_as_it_was(void **state)
{
	(void)state;
	in_child(run_out_of_memory);
}

/* Larger and larger plans, while children of the smaller are on their way. */
static int grow_under_children(void)
{
	static const char *environment[GROWTHS * 100 + 1];
	struct child_report *reports = spawn_reports_new(GROWTHS);
	struct plan_options options = launch_options("number");
	struct plan *plans[GROWTHS];
	pid_t pids[GROWTHS];
	struct spawner spawner;
	struct launch launch = {0};
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(reports);
	CHILD_CHECK(spawn_pool_new(&launch.pool) == 0);
	for (uint32_t i = 0; i < GROWTHS; i++) {
		for (uint32_t j = i * 100; j < (i + 1) * 100; j++)
			environment[j] = "SOME=thing";
		options.environment = environment;
		CHILD_CHECK(plan_new(&options, &plans[i]) == 0);
		CHILD_CHECK(spawn_pool_fit(launch.pool, plans[i]) == 0);
		launch.plan = plans[i];
		launch.report = &reports[i];
		CHILD_CHECK(launch_spawn(&launch, &spawner, i) == 0);
		pids[i] = launch.child.pid;
	}
	for (uint32_t i = 0; i < GROWTHS; i++) {
		CHILD_CHECK(child_end(pids[i]).si_status == (int)i);
		CHILD_CHECK(reports[i].step == MUSTER_STEP_NONE);
		plans[i] = plan_free(plans[i]);
	}
	CHILD_CHECK(spawn_pool_is_idle(launch.pool));
	launch.pool = spawn_pool_free(launch.pool);
	return 0;
}

static void a_pool_grows_under_its_children(void **state)
{
	(void)state;
	every_way(grow_under_children);
}

/* In turn, from one pool: each worker has what its own plan says. */
static int share_pool(void)
{
	static const char *const argv[] = {"/nonexistent/program", NULL};
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch good;
	struct launch bad;
	int line = story_begin(&spawner);

	if (line == 0)
		line = launch_prepare(&good, &options);
	options.argv = argv;
	if (line == 0)
		line = launch_prepare(&bad, &options);
	if (line != 0)
		return line;
	bad.pool = spawn_pool_free(bad.pool);
	bad.pool = good.pool;
	CHILD_CHECK(spawn_pool_fit(good.pool, bad.plan) == 0);
	for (uint32_t i = 0; i < SPAWN_BLOCKS; i++) {
		CHILD_CHECK(launch_spawn(&good, &spawner, i) == 0);
		CHILD_CHECK(launch_spawn(&bad, &spawner, i) == 0);
		CHILD_CHECK(child_end(good.child.pid).si_status == (int)i);
		CHILD_CHECK(child_end(bad.child.pid).si_status == 127);
		CHILD_CHECK(bad.report->step == MUSTER_STEP_EXEC);
		CHILD_CHECK(good.report->step == MUSTER_STEP_NONE);
	}
	CHILD_CHECK(spawn_pool_is_idle(good.pool));
	return 0;
}

static void plans_share_a_pool(void **state)
{
	(void)state;
	every_way(share_pool);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_without_a_plan_is_idle),
		cmocka_unit_test(each_block_is_taken_once_and_the_lowest_first),
		cmocka_unit_test(who_is_waited_for_has_a_block_of_his_own),
		cmocka_unit_test(a_place_has_room_for_its_plan_and_a_stack),
		cmocka_unit_test(a_pool_that_is_large_enough_stays_as_it_is),
		cmocka_unit_test(
			blocks_that_are_too_small_go_when_they_are_left),
		cmocka_unit_test(blocks_that_nobody_uses_go_at_once),
		cmocka_unit_test(want_of_memory_leaves_the_pool_as_it_was),
		cmocka_unit_test(a_pool_grows_under_its_children),
		cmocka_unit_test(plans_share_a_pool),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_plan_moves.c - the order in which descriptors move: every assignment of
 * up to five, on a model of a descriptor table.
 */
#include "kernel/children.h"
#include "proc/plan.h"

#define LOWEST 3
#define HIGHEST 10 /* of what is assigned; temporaries lie above */
#define TABLE 32
#define MOST 5

/* What a child's table holds: which of the launcher's files, and how. */
struct table {
	int file[TABLE];       /* 0: closed */
	bool is_passed[TABLE]; /* not close-on-exec */
};

static void table_init(struct table *table, const struct plan_fd *fds,
		       uint32_t count)
{
	memset(table, 0, sizeof(*table));
	for (uint32_t i = 0; i < count; i++)
		table->file[fds[i].source] = fds[i].source;
}

/* As the child moves: dup3 fails on a closed source, and equal numbers only
 * lose close-on-exec. */
static bool table_move(struct table *table, const struct plan_move *move)
{
	if (move->source < 0 || move->source >= TABLE || move->target < 0 ||
	    move->target >= TABLE || table->file[move->source] == 0)
		return false;
	if (move->source == move->target && move->is_temporary)
		return false;
	table->file[move->target] = table->file[move->source];
	table->is_passed[move->target] = !move->is_temporary;
	return true;
}

/* Whoever sits where another is to go must go first; so many rings of such
 * there are, a lone one that stays not counted. */
static uint32_t count_cycles(const struct plan_fd *fds, uint32_t count)
{
	int source_of[TABLE] = {0};
	bool is_seen[TABLE] = {false};
	uint32_t cycles = 0;

	for (uint32_t i = 0; i < count; i++)
		source_of[fds[i].target] = fds[i].source;
	for (uint32_t i = 0; i < count; i++) {
		bool is_on_path[TABLE] = {false};
		int fd = fds[i].target;

		while (source_of[fd] != 0 && !is_seen[fd]) {
			is_seen[fd] = true;
			is_on_path[fd] = true;
			fd = source_of[fd];
		}
		cycles += is_on_path[fd] && source_of[fd] != fd;
	}
	return cycles;
}

static bool is_result_right(const struct table *table,
			    const struct plan_fd *fds, uint32_t count)
{
	uint32_t passed = 0;

	for (uint32_t i = 0; i < count; i++)
		if (table->file[fds[i].target] != fds[i].source ||
		    !table->is_passed[fds[i].target])
			return false;
	for (int fd = 0; fd < TABLE; fd++)
		passed += table->is_passed[fd];
	return passed == count;
}

/* Each number from 3 to below keep is a target or in exactly one gap. */
static bool are_gaps_right(const struct plan_move *moves, uint32_t moved,
			   const struct plan_fd *fds, uint32_t count)
{
	struct plan_gap gaps[MOST + 1];
	uint32_t gap_count = plan_gaps(moves, moved, gaps);

	if (gap_count > count + 1)
		return false;
	for (int fd = 0; fd < (int)plan_keep(moves, moved); fd++) {
		int found = fd <= STDERR_FILENO;

		for (uint32_t i = 0; i < count && fd > STDERR_FILENO; i++)
			found += fds[i].target == fd;
		for (uint32_t i = 0; i < gap_count; i++)
			found += fd >= (int)gaps[i].first &&
				 fd <= (int)gaps[i].last;
		if (found != 1)
			return false;
	}
	return true;
}

static bool are_moves_right(const struct plan_fd *fds, uint32_t count)
{
	struct plan_move moves[2 * MOST];
	struct table table;
	uint32_t temporaries = 0;
	uint32_t moved = plan_moves(fds, count, HIGHEST + 1, moves);

	if (moved > 2 * count)
		return false;
	table_init(&table, fds, count);
	for (uint32_t i = 0; i < moved; i++) {
		if (!table_move(&table, &moves[i]))
			return false;
		temporaries += moves[i].is_temporary;
		if (moves[i].is_temporary && moves[i].target <= HIGHEST)
			return false;
	}
	return are_gaps_right(moves, moved, fds, count) &&
	       is_result_right(&table, fds, count) &&
	       moved == count + temporaries &&
	       temporaries == count_cycles(fds, count);
}

static void print_assignment(const struct plan_fd *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		print_error("%d -> %d\n", fds[i].source, fds[i].target);
}

/* Every choice of different targets and of any sources, from LOWEST on, among
 * so many numbers. Returns how many were tried. */
static uint32_t try_all(struct plan_fd *fds, uint32_t index, uint32_t count,
			int numbers)
{
	uint32_t tried = 0;

	if (index == count) {
		if (!are_moves_right(fds, count)) {
			print_assignment(fds, count);
			fail();
		}
		return 1;
	}
	for (int target = LOWEST; target < LOWEST + numbers; target++) {
		bool is_taken = false;

		for (uint32_t i = 0; i < index; i++)
			is_taken |= fds[i].target == target;
		if (is_taken)
			continue;
		for (int source = LOWEST; source < LOWEST + numbers; source++) {
			fds[index] = (struct plan_fd){source, target};
			tried += try_all(fds, index + 1, count, numbers);
		}
	}
	return tried;
}

static void every_assignment_of_up_to_four_among_seven_arrives(void **state)
{
	struct plan_fd fds[MOST];

	(void)state;
	for (uint32_t count = 0; count < 4; count++)
		assert_true(try_all(fds, 0, count, 7) > 0);
	assert_int_equal(try_all(fds, 0, 4, 6), 360 * 1296);
}

static void every_assignment_of_five_among_five_arrives(void **state)
{
	struct plan_fd fds[MOST];

	(void)state;
	assert_int_equal(try_all(fds, 0, 5, 5), 120 * 3125);
}

/* What the exhaustive test leaves out: sources outside of all targets, so that
 * whole chains hang together. */
static void a_long_chain_needs_no_temporary(void **state)
{
	struct plan_fd fds[] = {{3, 4}, {4, 5}, {5, 6}, {6, 7}, {10, 3}};
	struct plan_move moves[2 * MOST];

	(void)state;
	assert_true(are_moves_right(fds, MOST));
	assert_int_equal(plan_moves(fds, MOST, HIGHEST + 1, moves), MOST);
	assert_int_equal(moves[0].source, 6);
	assert_int_equal(moves[4].source, 10);
}

static void two_rings_are_cut_by_two_temporaries(void **state)
{
	struct plan_fd fds[] = {{3, 4}, {4, 3}, {5, 6}, {6, 7}, {7, 5}};
	struct plan_move moves[2 * MOST];
	int above[2] = {0};
	uint32_t count;

	(void)state;
	assert_true(are_moves_right(fds, MOST));
	count = plan_moves(fds, MOST, 20, moves);
	assert_int_equal(count, 7);
	for (uint32_t i = 0, found = 0; i < count; i++)
		if (moves[i].is_temporary)
			above[found++] = moves[i].target;
	assert_int_equal(above[0], 20);
	assert_int_equal(above[1], 21);
}

static void the_callers_list_is_left_as_it_was(void **state)
{
	struct plan_fd fds[] = {{3, 4}, {4, 3}};
	struct plan_move moves[4];

	(void)state;
	assert_int_equal(plan_moves(fds, 2, 5, moves), 3);
	assert_int_equal(fds[0].source, 3);
	assert_int_equal(fds[0].target, 4);
	assert_int_equal(fds[1].source, 4);
	assert_int_equal(fds[1].target, 3);
}

static struct plan_options options_with(const struct plan_fd *fds,
					uint32_t count)
{
	static const char *const argv[] = {"/bin/true", NULL};
	static sigset_t mask;

	return (struct plan_options){
		.name = "svc",
		.argv = argv,
		.fds = fds,
		.fd_count = count,
		.launcher_fd = -1,
		.mask = &mask,
	};
}

/* Everything from keep on is not copied into the child: nothing that a move
 * touches may lie there, nor standard error. */
static void what_is_kept_reaches_as_far_as_the_moves(void **state)
{
	static const struct {
		struct plan_fd fds[3];
		uint32_t count;
		unsigned int keep;
	} cases[] = {
		{{{0, 0}}, 0, 3},
		{{{0, 1}}, 1, 3},
		{{{2, 2}, {3, 3}}, 2, 4},
		{{{7, 3}}, 1, 8},
		{{{3, 9}}, 1, 10},
		{{{3, 4}, {4, 3}, {3, 5}}, 3, 7},  /* at 6 */
		{{{3, 4}, {4, 3}}, 2, 6},	   /* a temporary at 5 */
		{{{3, 4}, {4, 3}, {8, 5}}, 3, 10}, /* at 9 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan_options options =
			options_with(cases[i].fds, cases[i].count);
		struct plan *plan;

		assert_int_equal(plan_new(&options, &plan), 0);
		assert_int_equal(plan->keep, cases[i].keep);
		plan_free(plan);
	}
}

static void a_target_that_is_named_twice_is_einval(void **state)
{
	const struct plan_fd fds[] = {{3, 4}, {5, 6}, {7, 4}};
	struct plan_options options = options_with(fds, 3);
	struct plan *plan = (void *)&options;

	(void)state;
	assert_int_equal(plan_new(&options, &plan), -EINVAL);
	assert_ptr_equal(plan, &options); /* as it was */
}

static void more_descriptors_than_a_worker_may_have_are_e2big(void **state)
{
	static struct plan_fd fds[PLAN_FDS_MAX + 1];
	struct plan_options options;
	struct plan *plan;

	(void)state;
	for (int i = 0; i <= (int)PLAN_FDS_MAX; i++)
		fds[i] = (struct plan_fd){i + 3, i + 4};
	options = options_with(fds, PLAN_FDS_MAX + 1);
	assert_int_equal(plan_new(&options, &plan), -E2BIG);
	options = options_with(fds, PLAN_FDS_MAX);
	assert_int_equal(plan_new(&options, &plan), 0);
	assert_int_equal(plan->move_count, PLAN_FDS_MAX);
	assert_int_equal(plan->moves[0].source, PLAN_FDS_MAX + 2);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_assignment_of_up_to_four_among_seven_arrives),
		cmocka_unit_test(every_assignment_of_five_among_five_arrives),
		cmocka_unit_test(a_long_chain_needs_no_temporary),
		cmocka_unit_test(two_rings_are_cut_by_two_temporaries),
		cmocka_unit_test(the_callers_list_is_left_as_it_was),
		cmocka_unit_test(what_is_kept_reaches_as_far_as_the_moves),
		cmocka_unit_test(a_target_that_is_named_twice_is_einval),
		cmocka_unit_test(
			more_descriptors_than_a_worker_may_have_are_e2big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

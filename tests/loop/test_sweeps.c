/*
 * test_sweeps.c - when orphans are looked for: at the start, after a SIGCHLD,
 * not all the time, and not unasked.
 */
#include "loop/backend.h"
#include "loop/reaping.h"

#define GAP_NS (50 * NSEC_PER_MSEC)

/* Its SIGCHLD went to nobody. */
static void an_orphan_that_was_dead_before_the_loop_is_reaped(void **state)
{
	struct loop *loop;

	loop_free(engine_open(state)); /* or skips */
	(void)orphan_dead();
	loop = open_reaping(state);
	hear(loop, 0, 1);
	assert_no_child_is_left();
	loop_free(loop);
}

/* A fork bomb's orphans do not hold the turn; nor do they wait for long. */
static void orphans_are_reaped_a_bounded_number_at_a_time(void **state)
{
	struct loop *loop = open_reaping(state);
	uint64_t limit_ns = clock_now_ns() + DEADLINE_NS;
	uint32_t reaped = ORPHANS_A_TURN;
	struct orphans_alive alive;
	struct loop_batch batch;
	static pid_t pids[300];

	assert_true(orphans_start(pids, ARRAY_LEN(pids), &alive));
	assert_true(orphans_release(&alive));
	assert_true(orphans_are_dead(pids, ARRAY_LEN(pids)));
	assert_int_equal(loop_wait(loop, 0, &batch), 0);
	assert_int_equal(batch.orphans, ORPHANS_A_TURN);
	/* The rest comes by itself, after pauses. */
	for (; reaped < ARRAY_LEN(pids); reaped += batch.orphans) {
		assert_int_equal(loop_wait(loop, limit_ns, &batch), 0);
		assert_in_range(batch.orphans, 0, ORPHANS_A_TURN);
		assert_true(clock_now_ns() < limit_ns);
	}
	assert_int_equal(reaped, ARRAY_LEN(pids));
	assert_no_child_is_left();
	loop_free(loop);
}

/* A sweep costs O(children), so there is a pause after each. What dies in it
 * is reaped at its end, though nothing else happens then. */
static void a_death_soon_after_a_sweep_is_swept_once_later(void **state)
{
	struct loop *loop = open_reaping(state);
	uint64_t begun_ns = clock_now_ns();
	struct heard heard = {0};
	uint64_t limit_ns;
	int waits = 0;

	hear(loop, 0, 0); /* the sweep at the start */
	(void)orphan_dead();
	limit_ns = clock_now_ns() + DEADLINE_NS;
	for (; heard.orphans == 0; waits++)
		hear_once(loop, limit_ns, &heard);
	assert_true(clock_now_ns() - begun_ns >= GAP_NS);
	assert_true(clock_now_ns() < limit_ns);
	/* A ring that was freed lately interrupts some. */
	assert_in_range(waits, 1, 40);
	hear_rest(loop, &heard, 0, 1);
	loop_free(loop);
}

/* Workers that died are replaced first, and their successors execute; but who
 * always has something to tell does not keep orphans from being reaped. */
static void what_has_happened_comes_before_a_sweep(void **state)
{
	static struct loop loop;
	struct loop_batch batch = {.count = 1};
	uint64_t now_ns = clock_now_ns();

	(void)state;
	(void)orphan_dead();
	orphans_begin(&loop.orphans, true);
	/* The last sweep was long ago. */
	loop.orphans.due_ns = NSEC_NEVER;
	loop.orphans.free_ns = 1;
	orphans_note(&loop.orphans);
	assert_true(loop.orphans.due_ns >= now_ns);
	assert_int_equal(loop.orphans.late_ns - loop.orphans.due_ns, GAP_NS);
	loop.orphans.late_ns = nsec_add(now_ns, DEADLINE_NS);
	orphans_sweep(&loop, &batch);
	assert_int_equal(batch.orphans, 0);
	assert_true(loop.orphans.due_ns > now_ns);
	loop.orphans.late_ns = now_ns;
	loop.orphans.due_ns = now_ns;
	orphans_sweep(&loop, &batch);
	assert_int_equal(batch.orphans, 1);
	assert_no_child_is_left();
}

/* What comes next while a sweep is put off does not bring it forward, nor does
 * it put it off for longer than so. */
static void a_sweep_that_is_put_off_stays_so(void **state)
{
	static struct loop loop;
	struct loop_batch batch = {.count = 1};
	uint64_t late_ns;
	uint64_t due_ns;

	(void)state;
	(void)orphan_dead();
	orphans_begin(&loop.orphans, true);
	loop.orphans.due_ns = NSEC_NEVER;
	loop.orphans.free_ns = clock_now_ns();
	orphans_note(&loop.orphans);
	late_ns = nsec_add(clock_now_ns(), DEADLINE_NS);
	loop.orphans.late_ns = late_ns;
	orphans_sweep(&loop, &batch);
	due_ns = loop.orphans.due_ns;
	orphans_note(&loop.orphans);
	assert_int_equal(loop.orphans.due_ns, due_ns);
	assert_int_equal(loop.orphans.late_ns, late_ns);
	due_ns = nsec_add(due_ns, DEADLINE_NS);
	loop.orphans.due_ns = due_ns;
	loop.orphans.late_ns = due_ns - 1;
	orphans_sweep(&loop, &batch);
	assert_int_equal(loop.orphans.due_ns, due_ns);
	orphans_hurry(&loop.orphans);
	orphans_sweep(&loop, &batch);
	assert_int_equal(batch.orphans, 1);
	assert_no_child_is_left();
}

/* However much happens: the rest is due soon after its pause. */
static void the_rest_of_many_is_not_put_off_for_long(void **state)
{
	static struct loop loop;
	struct loop_batch batch = {.count = 1};
	struct orphans_alive alive;
	static pid_t pids[ORPHANS_A_TURN + 1];

	(void)state;
	assert_true(orphans_start(pids, ARRAY_LEN(pids), &alive));
	assert_true(orphans_release(&alive));
	assert_true(orphans_are_dead(pids, ARRAY_LEN(pids)));
	orphans_begin(&loop.orphans, true);
	orphans_sweep(&loop, &batch);
	assert_int_equal(batch.orphans, ORPHANS_A_TURN);
	assert_in_range(loop.orphans.late_ns - loop.orphans.due_ns, 0,
			NSEC_PER_MSEC);
	loop.orphans.late_ns = loop.orphans.due_ns = clock_now_ns();
	orphans_sweep(&loop, &batch);
	assert_int_equal(batch.orphans, ARRAY_LEN(pids));
	assert_no_child_is_left();
}

/* Where workers die in every wait there is always a zombie that was told. */
static void a_peeked_zombie_is_in_nobodys_way(void **state)
{
	static struct loop loop;
	struct loop_batch batch = {0};
	pid_t worker;

	(void)state;
	(void)orphan_dead();
	worker = child_sleeper();
	kill_dead(&(struct watched){.watch.pid = worker});
	loop.peeked[loop.peeked_count++] = worker;
	orphans_begin(&loop.orphans, true);
	orphans_sweep(&loop, &batch);
	assert_int_equal(batch.orphans, 1);
	assert_true(is_zombie(worker));
	assert_true(loop.orphans.due_ns != NSEC_NEVER);
	assert_int_equal(child_end(worker).si_status, SIGKILL);
	assert_no_child_is_left();
}

/* A child that was found stopped is killed before its stop is taken; if it is
 * watched, its status is for its own event. */
static void a_stop_that_became_an_end_is_left_alone(void **state)
{
	siginfo_t found = {.si_code = CLD_TRAPPED};
	struct loop_batch batch = {0};
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(is_readable(pidfd));
	found.si_pid = pid;
	orphans_take(&found, &batch);
	assert_int_equal(batch.orphans, 0);
	assert_int_equal(child_end(pid).si_status, SIGKILL);
}

/* Which signals the process reads: the one mask in its descriptors' files. */
static uint64_t signals_read(void)
{
	unsigned long long mask = 0;
	char path[64];
	char line[128];

	for (int fd = 0; fd < 256; fd++) {
		FILE *file;

		(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			(void)sscanf(line, "sigmask: %llx", &mask);
		if (file)
			(void)fclose(file); /* it was only read */
	}
	return mask;
}

static void sigchld_is_read_only_with_the_option(void **state)
{
	const uint64_t child = UINT64_C(1) << (SIGCHLD - 1);
	const uint64_t term = UINT64_C(1) << (SIGTERM - 1);
	struct loop *loop = engine_open(state);
	sigset_t mask;

	assert_int_equal(signals_read() & (child | term), term);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGCHLD), 0);
	loop_free(loop);
	loop = open_reaping(state);
	assert_int_equal(signals_read() & (child | term), child | term);
	loop_free(loop);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGCHLD), 0);
}

static void without_the_option_an_orphan_stays(void **state)
{
	struct loop *loop = engine_open(state);
	pid_t pid = orphan_dead();

	hear(loop, 0, 0);
	engine_is_silent(loop);
	assert_true(is_zombie(pid));
	loop_free(loop);
	assert_int_equal(child_end(pid).si_status, ORPHAN_STATUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(an_orphan_that_was_dead_before_the_loop_is_reaped),
		ENGINE_TESTS(orphans_are_reaped_a_bounded_number_at_a_time),
		ENGINE_PIDFD_TESTS(
			a_death_soon_after_a_sweep_is_swept_once_later),
		cmocka_unit_test(what_has_happened_comes_before_a_sweep),
		cmocka_unit_test(the_rest_of_many_is_not_put_off_for_long),
		cmocka_unit_test(a_peeked_zombie_is_in_nobodys_way),
		cmocka_unit_test(a_sweep_that_is_put_off_stays_so),
		cmocka_unit_test(a_stop_that_became_an_end_is_left_alone),
		ENGINE_PIDFD_TESTS(sigchld_is_read_only_with_the_option),
		ENGINE_PIDFD_TESTS(without_the_option_an_orphan_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

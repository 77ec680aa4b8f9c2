/*
 * test_zombies.c - children that are dead and not gone: kept for their group's
 * sake until the next wait, or held by a tracer.
 */
#include "loop/held.h"

static const struct engine *story_engine;

/* A dead worker's group is signalled by number, which is safe only as long as
 * the leader is a zombie: from its event to the next wait. */
static int keep_zombie(void)
{
	struct watched watched = {.watch = {.tag = 5, .pidfd = -1}};
	struct loop *loop = NULL;
	struct child_group group;
	struct loop_batch batch;
	siginfo_t info = {0};

	CHILD_CHECK(engine_new(story_engine, &loop) == 0);
	CHILD_CHECK(child_group_start(&group) == 0);
	watched.watch.pid = group.leader;
	if (story_engine != &engine_signal)
		watched.watch.pidfd = group.leader_pidfd;
	CHILD_CHECK(loop_watch_exit(loop, &watched.watch) == 0);
	do
		CHILD_CHECK(loop_wait(loop, NSEC_NEVER, &batch) >= 0);
	while (batch.count == 0);
	CHILD_CHECK(batch.count == 1 && batch.events[0].tag == 5);
	CHILD_CHECK(batch.events[0].exit.status == 3);
	CHILD_CHECK(waitid(P_PID, (id_t)group.leader, &info,
			   WEXITED | WNOHANG | WNOWAIT) == 0);
	CHILD_CHECK(info.si_pid == group.leader);
	CHILD_CHECK(kill(-group.leader, SIGKILL) == 0);
	CHILD_CHECK(is_readable(group.member_pidfd));
	CHILD_CHECK(loop_wait(loop, 0, &batch) == 0);
	CHILD_CHECK(waitid(P_PID, (id_t)group.leader, &info, WEXITED) < 0);
	CHILD_CHECK(errno == ECHILD);
	loop_free(loop);
	return 0;
}

static void a_peeked_zombie_stays_until_the_next_wait(void **state)
{
	loop_free(engine_open(state)); /* or skips */
	story_engine = *state;
	in_child(keep_zombie);
}

static void a_peeked_zombie_is_buried_by_loop_free(void **state)
{
	struct loop *loop = engine_open(state);
	struct watched watched;
	siginfo_t info = {0};
	pid_t pid = child_sleeper();

	watched_begin(loop, &watched, pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	engine_hear(loop, 1);
	assert_int_equal(
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT),
		0);
	assert_int_equal(info.si_pid, pid);
	loop_free(loop);
	assert_true(waitid(P_PID, (id_t)pid, &info, WEXITED) < 0);
	assert_int_equal(errno, ECHILD);
}

/* The others are reaped when their event is read. */
static void without_peeking_no_zombie_is_left_with_the_event(void **state)
{
	struct loop *loop = engine_open(state);
	struct watched watched;
	siginfo_t info;
	pid_t pid = child_sleeper();

	watched_begin(loop, &watched, pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	engine_hear(loop, 1);
	assert_true(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) < 0);
	assert_int_equal(errno, ECHILD);
	loop_free(loop);
}

static void a_traced_zombie_is_reported_once_the_tracer_lets_go(void **state)
{
	struct loop *loop = engine_open(state);
	struct tracer tracer = {0};
	struct watched watched;
	siginfo_t info;
	uint64_t tag = 0;
	pid_t pid;

	watched_hold(loop, &watched, &tracer);
	pid = watched.watch.pid;
	engine_is_silent(loop);
	assert_int_equal(loop_find_exit(loop, pid, &tag), 0);
	assert_int_equal(tag, watched.watch.tag);
	tracer_end(&tracer);
	engine_hear(loop, 1);
	assert_ended(&watched, CLD_KILLED, SIGKILL);
	assert_int_equal(loop_find_exit(loop, pid, &tag), -ENOENT);
	engine_is_silent(loop);
	assert_true(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) < 0);
	loop_free(loop);
}

static void a_held_zombie_does_not_delay_the_others(void **state)
{
	struct loop *loop = engine_open(state);
	struct tracer tracer = {0};
	struct watched watched;
	struct watched other;
	pid_t pid = child_sleeper();

	watched_hold(loop, &watched, &tracer);
	engine_is_silent(loop);
	watched_begin(loop, &other, pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	engine_hear(loop, 1);
	assert_ended(&other, CLD_KILLED, SIGKILL);
	assert_int_equal(watched.heard, 0);
	tracer_end(&tracer);
	engine_hear(loop, 1);
	assert_ended(&watched, CLD_KILLED, SIGKILL);
	loop_free(loop);
}

/* It is tried again after 1, 2, 4 … ms, not all the time. */
static void a_held_zombie_costs_few_wake_ups(void **state)
{
	struct loop *loop = engine_open(state);
	struct tracer tracer = {0};
	struct loop_batch batch;
	struct watched watched;
	uint64_t until_ns;
	int waits = 0;

	watched_hold(loop, &watched, &tracer);
	until_ns = clock_now_ns() + 60 * NSEC_PER_MSEC;
	while (clock_now_ns() < until_ns) {
		assert_int_equal(loop_wait(loop, until_ns, &batch), 0);
		waits++;
	}
	assert_in_range(waits, 1, 12);
	tracer_end(&tracer);
	engine_hear(loop, 1);
	loop_free(loop);
}

static void a_loop_may_be_freed_while_a_tracer_holds_a_zombie(void **state)
{
	struct loop *loop = engine_open(state);
	struct tracer tracer = {0};
	struct watched watched;

	watched_hold(loop, &watched, &tracer);
	engine_is_silent(loop);
	loop_free(loop);
	tracer_end(&tracer);
	assert_int_equal(child_end(watched.watch.pid).si_status, SIGKILL);
}

/* A status that no event carried is there for whoever waits next. */
static void a_death_that_was_not_told_is_not_reaped_by_loop_free(void **state)
{
	struct loop *loop = engine_open(state);
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	struct loop_batch batch;
	struct watched watched;
	int told;

	watched_begin(loop, &watched, pid);
	engine_is_silent(loop);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(is_readable(pidfd));
	told = loop_wait(loop, 0, &batch);
	loop_free(loop);
	if (told == 0)
		assert_int_equal(child_end(pid).si_status, SIGKILL);
	else
		assert_int_equal(batch.events[0].exit.status, SIGKILL);
	if (watched.pidfd >= 0)
		assert_int_equal(close(watched.pidfd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(a_peeked_zombie_stays_until_the_next_wait, peeking),
		ENGINE_TEST(a_peeked_zombie_stays_until_the_next_wait, signal),
		ENGINE_TEST(a_peeked_zombie_is_buried_by_loop_free, peeking),
		ENGINE_TEST(a_peeked_zombie_is_buried_by_loop_free, signal),
		ENGINE_TEST(without_peeking_no_zombie_is_left_with_the_event,
			    ring),
		ENGINE_TEST(without_peeking_no_zombie_is_left_with_the_event,
			    epoll),
		ENGINE_TESTS(
			a_traced_zombie_is_reported_once_the_tracer_lets_go),
		ENGINE_TESTS(a_held_zombie_does_not_delay_the_others),
		ENGINE_TESTS(a_held_zombie_costs_few_wake_ups),
		ENGINE_TESTS(a_loop_may_be_freed_while_a_tracer_holds_a_zombie),
		ENGINE_TESTS(
			a_death_that_was_not_told_is_not_reaped_by_loop_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

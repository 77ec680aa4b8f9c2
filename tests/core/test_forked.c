/*
 * test_forked.c - the object in a child of its process: a copy, by which
 * nothing is done to the parent's workers.
 */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compat.h"
#include "core/fixture.h"

static void begin_and_fork(struct fixture *fixture)
{
	fixture->group.workers = 3;
	begin(fixture);
	settle(fixture);
	forget(fixture);
	fake.is_forked = true;
}

/* The parent again, who finds all as it was. */
static void end_fork(struct fixture *fixture)
{
	assert_int_equal(fake.record_count, 0);
	fake.is_forked = false;
	assert_int_equal(fake_live(), 3);
	assert_int_equal(supervisor_live(fixture->supervisor), 3);
	assert_int_equal(fixture->supervisor->phase, SUPERVISOR_RUNNING);
	assert_int_equal(fixture->supervisor->groups[0]->wanted, 3);
}

static void whatever_is_asked_in_a_child_is_answered_with_ECHILD(void **state)
{
	struct fixture *fixture = *state;
	struct muster_event event = MUSTER_EVENT_INIT;
	struct muster_stats stats = MUSTER_STATS_INIT;
	struct muster *muster;
	const int after[] = {0};

	begin_and_fork(fixture);
	muster = fixture->muster;
	assert_int_equal(muster_add_group(muster, &fixture->group), -ECHILD);
	assert_int_equal(muster_start(muster), -ECHILD);
	assert_int_equal(muster_turn(muster, 0), -ECHILD);
	assert_int_equal(muster_run(muster), -ECHILD);
	assert_int_equal(muster_next_event(muster, &event), -ECHILD);
	assert_int_equal(muster_stop(muster), -ECHILD);
	assert_int_equal(muster_kill(muster, 1), -ECHILD);
	assert_int_equal(muster_set_workers(muster, 0, 1), -ECHILD);
	assert_int_equal(muster_reload(muster, 0), -ECHILD);
	assert_int_equal(muster_reload(muster, -1), -ECHILD);
	assert_int_equal(muster_change_group(muster, 0, &fixture->group),
			 -ECHILD);
	assert_int_equal(muster_set_after(muster, 0, after, 1), -ECHILD);
	assert_int_equal(muster_remove_group(muster, 0), -ECHILD);
	assert_int_equal(muster_status(muster), -ECHILD);
	assert_int_equal(muster_get_stats(muster, -1, &stats), -ECHILD);
	assert_int_equal(muster_watch_fd(muster, 0, POLLIN, 1), -ECHILD);
	assert_int_equal(muster_unwatch_fd(muster, 0), -ECHILD);
	assert_false(fake_is_watched(0));
	assert_string_equal(muster_error(muster), "");
	end_fork(fixture);
}

static void freed_in_a_child_it_touches_nobody(void **state)
{
	struct fixture *fixture = *state;

	begin_and_fork(fixture);
	assert_null(muster_free(fixture->muster));
	end_fork(fixture);
	/* It is still there, for the parent has it. */
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_int_equal(fake.launches, 4);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
}

static void say_status(const struct fixture *fixture)
{
	struct notify_message message = {
		.pid = worker_of(fixture, 0)->pid,
		.fields = NOTIFY_STATUS,
		.status = "warming up",
	};

	fake_say(&message);
}

static int describe_all(const struct fixture *fixture)
{
	char line[2048];

	for (size_t i = 0; i < fixture->event_count; i++)
		if (muster_describe_event(&fixture->events[i], line,
					  sizeof(line)) < 0)
			return 1;
	return 0;
}

/* Of the turn before: a program that tells somebody of it may fork for that. */
static void a_child_can_read_the_news_that_its_parent_took(void **state)
{
	struct fixture *fixture = *state;
	int status;
	pid_t pid;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture);
	turn(fixture);
	say_status(fixture);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ENGINE), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STATUS), 1);
	pid = fork();
	if (pid == 0)
		_exit(describe_all(fixture));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int read_a_slot(const volatile struct slot *slot)
{
	(void)signal(SIGSEGV, SIG_DFL);
	return (int)slot->generation - 1;
}

/* What a child of ours finds in the place of the group's first slot. */
static int status_of_reader(struct fixture *fixture, uint32_t workers)
{
	const struct slot *slot;
	int status = -1;
	pid_t pid;

	fixture->group.workers = workers;
	begin(fixture);
	settle(fixture);
	slot = group_slot(fixture->supervisor->groups[0], 0);
	pid = fork();
	if (pid == 0)
		_exit(read_a_slot(slot));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* They are written to with each launch: each time it would be a copy. */
static void a_child_has_not_the_slots_of_a_large_group(void **state)
{
	if (compat_looks_for_leaks()) {
		printf("skip: with a sanitizer children have a copy\n");
		skip();
	}
	assert_int_equal(status_of_reader(*state, 1000), SIGSEGV);
}

static void a_small_group_is_not_worth_pages_of_its_own(void **state)
{
	assert_int_equal(status_of_reader(*state, 10), 0);
}

static void no_object_is_still_bad_use(void **state)
{
	struct muster_event event = MUSTER_EVENT_INIT;
	struct muster_stats stats = MUSTER_STATS_INIT;

	(void)state;
	assert_int_equal(muster_start(NULL), -EINVAL);
	assert_int_equal(muster_run(NULL), -EINVAL);
	assert_int_equal(muster_next_event(NULL, &event), -EINVAL);
	assert_int_equal(muster_set_workers(NULL, 0, 1), -EINVAL);
	assert_int_equal(muster_reload(NULL, 0), -EINVAL);
	assert_int_equal(muster_change_group(NULL, 0, NULL), -EINVAL);
	assert_int_equal(muster_set_after(NULL, 0, NULL, 0), -EINVAL);
	assert_int_equal(muster_remove_group(NULL, 0), -EINVAL);
	assert_int_equal(muster_status(NULL), -EINVAL);
	assert_int_equal(muster_get_stats(NULL, -1, &stats), -EINVAL);
	assert_int_equal(muster_watch_fd(NULL, 0, POLLIN, 1), -EINVAL);
	assert_int_equal(muster_unwatch_fd(NULL, 0), -EINVAL);
	assert_null(muster_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(
			whatever_is_asked_in_a_child_is_answered_with_ECHILD),
		fixture_test(freed_in_a_child_it_touches_nobody),
		fixture_test(a_child_can_read_the_news_that_its_parent_took),
		fixture_test(a_child_has_not_the_slots_of_a_large_group),
		fixture_test(a_small_group_is_not_worth_pages_of_its_own),
		fixture_test(no_object_is_still_bad_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

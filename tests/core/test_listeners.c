/*
 * test_listeners.c - the descriptors a group's workers get, and what is left of
 * a group that could not be added.
 */
#include "core/fixture.h"
#include "proc/plan.h"

static const struct muster_listener listeners[] = {
	{.name = "web", .address = "tcp:[::1]:0"},
	{.fd = 9},
	{.name = "local", .address = "unix:/run/local"},
};

static void listen_on(struct fixture *fixture, uint32_t count)
{
	fixture->group.listeners = listeners;
	fixture->group.listener_count = count;
}

static int target_of(const struct plan *plan, int source)
{
	for (uint32_t i = 0; i < plan->move_count; i++)
		if (plan->moves[i].source == source)
			return plan->moves[i].target;
	return -1;
}

static bool has_variable(const struct plan *plan, const char *variable)
{
	for (uint32_t i = 0; i < plan->own_count; i++)
		if (strcmp(plan->own[i], variable) == 0)
			return true;
	return false;
}

static void listeners_are_opened_once_and_told(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	listen_on(fixture, 3);
	begin(fixture);
	assert_int_equal(fake.listeners, 2);
	turn(fixture);
	event = nth_event(fixture, MUSTER_EVENT_LISTENING, 0);
	assert_string_equal(event->name, "web");
	assert_string_equal(event->text, "tcp:[::1]:8080");
	event = nth_event(fixture, MUSTER_EVENT_LISTENING, 1);
	assert_string_equal(event->name, "local");
	assert_int_equal(count_events(fixture, MUSTER_EVENT_LISTENING), 2);
	fake_exit(worker_of(fixture, 0), 0);
	turn(fixture);
	assert_int_equal(fake.listeners, 2);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake.listeners, 0);
}

static void descriptors_have_their_places_in_the_worker(void **state)
{
	static const int pass[] = {7, 6};
	struct fixture *fixture = *state;
	const struct plan *plan;

	listen_on(fixture, 3);
	fixture->group.pass_fds = pass;
	fixture->group.pass_fd_count = 2;
	fixture->group.wants_launcher_fd = true;
	begin(fixture);
	plan = shared_of(fixture, 0)->edition->plan;
	assert_int_equal(target_of(plan, 9), 4);
	assert_int_equal(target_of(plan, 6), 6);
	assert_int_equal(target_of(plan, 7), 7);
	assert_true(has_variable(plan, "LISTEN_FDS=3"));
	assert_true(has_variable(plan, "LISTEN_FDNAMES=web:unknown:local"));
	/* 3 to 5 are the listeners', 6 and 7 are passed: 8 is the lowest. */
	assert_true(has_variable(plan, "MUSTER_LAUNCHER_FD=8"));
	assert_int_equal(target_of(plan, fake.launcher_fd), 8);
	assert_true(plan->has_listeners);
}

static void a_busy_address_is_told_by_name_and_nothing_is_left(void **state)
{
	static const struct muster_listener busy[] = {
		{.name = "free", .address = "tcp::80"},
		{.name = "busy", .address = "tcp:busy:80"},
	};
	struct fixture *fixture = *state;
	struct muster_event event = MUSTER_EVENT_INIT;

	make(fixture);
	fixture->group.listeners = busy;
	fixture->group.listener_count = 2;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -EADDRINUSE);
	assert_non_null(strstr(muster_error(fixture->muster), "tcp:busy:80"));
	assert_non_null(strstr(muster_error(fixture->muster),
			       "somebody listens there"));
	assert_int_equal(fake.listeners, 0);
	assert_int_equal(muster_next_event(fixture->muster, &event), 0);
	fixture->group.listener_count = 1;
	add_group(fixture);
	assert_string_equal(muster_error(fixture->muster), "");
}

/* The same while it runs: what was opened is closed, nothing was told. */
static void a_group_that_cannot_start_while_running_leaves_nothing(void **state)
{
	static const int pass[] = {3};
	struct fixture *fixture = *state;
	uint32_t count;

	begin(fixture);
	settle(fixture);
	listen_on(fixture, 1);
	count = (uint32_t)fixture->event_count;
	fixture->group.pass_fds = pass; /* a listener's place */
	fixture->group.pass_fd_count = 1;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -EINVAL);
	fixture->group.pass_fd_count = 0;
	fake.pool_error = ENOMEM;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -ENOMEM);
	fake.pool_error = 0;
	fake.has_no_reports = true;
	fixture->group.workers = WORKERS_AREA + 1;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -ENOMEM);
	assert_int_equal(fake.listeners, 0);
	settle(fixture);
	assert_int_equal(fixture->event_count, count);
	fake.has_no_reports = false;
	fixture->group.workers = 1;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group), 1);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
}

static const struct muster_listener one[] = {{.address = "tcp:*:80"}};
static const struct muster_listener other[] = {{.address = "unix:/run/x"}};
static const struct muster_listener any[] = {{.address = "tcp:*:0"}};

static void set_listener(struct fixture *fixture,
			 const struct muster_listener *listener)
{
	fixture->group.listeners = listener;
	fixture->group.listener_count = 1;
}

static int source_of(const struct fixture *fixture, int group)
{
	return shared_of(fixture, group)->edition->plan->moves[0].source;
}

/* A service by another name: its clients do not notice. */
static void a_group_takes_over_the_socket_of_one_that_leaves(void **state)
{
	struct fixture *fixture = *state;
	int source;

	set_listener(fixture, one);
	fake.birth.manners = FAKE_HANGS;
	begin(fixture);
	settle(fixture);
	source = source_of(fixture, 0);
	assert_int_equal(muster_remove_group(fixture->muster, 0), 0);
	add_group(fixture);
	settle(fixture);
	assert_int_equal(source_of(fixture, 1), source);
	assert_int_equal(fake.listeners, 1);
	fake_crash(fake.processes[0], SIGKILL);
	settle(fixture);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REMOVED), 1);
	assert_int_equal(fake.listeners, 1);
}

static void change_listener(struct fixture *fixture, int group,
			    const struct muster_listener *listener)
{
	set_listener(fixture, listener);
	assert_int_equal(
		muster_change_group(fixture->muster, group, &fixture->group),
		0);
}

static void two_groups_may_change_their_sockets(void **state)
{
	struct fixture *fixture = *state;
	int sources[2];

	set_listener(fixture, one);
	begin(fixture);
	set_listener(fixture, other);
	add_group(fixture);
	settle(fixture);
	for (int i = 0; i < 2; i++)
		sources[i] = source_of(fixture, i);
	change_listener(fixture, 0, other);
	change_listener(fixture, 1, one);
	settle(fixture);
	turn(fixture);
	assert_int_equal(source_of(fixture, 0), sources[1]);
	assert_int_equal(source_of(fixture, 1), sources[0]);
	assert_int_equal(fake.listeners, 2);
}

static void a_port_of_the_kernels_choice_is_ones_own(void **state)
{
	struct fixture *fixture = *state;
	int source;

	set_listener(fixture, any);
	begin(fixture);
	settle(fixture);
	add_group(fixture);
	settle(fixture);
	source = source_of(fixture, 0);
	assert_int_not_equal(source_of(fixture, 1), source);
	/* It keeps it in a change. */
	change_listener(fixture, 0, any);
	settle(fixture);
	assert_int_equal(source_of(fixture, 0), source);
	assert_int_equal(fake.listeners, 2);
}

static void the_launchers_pidfd_is_opened_once_for_all(void **state)
{
	struct fixture *fixture = *state;
	int launcher_fd;

	begin(fixture);
	assert_int_equal(fake.launcher_fd, -1);
	fixture->group.wants_launcher_fd = true;
	add_group(fixture);
	launcher_fd = fake.launcher_fd;
	assert_true(launcher_fd >= 0);
	add_group(fixture);
	assert_int_equal(fake.launcher_fd, launcher_fd);
	assert_true(has_variable(shared_of(fixture, 2)->edition->plan,
				 "MUSTER_LAUNCHER_FD=3"));
	assert_false(has_variable(shared_of(fixture, 0)->edition->plan,
				  "MUSTER_LAUNCHER_FD=3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(listeners_are_opened_once_and_told),
		fixture_test(descriptors_have_their_places_in_the_worker),
		fixture_test(
			a_busy_address_is_told_by_name_and_nothing_is_left),
		fixture_test(
			a_group_that_cannot_start_while_running_leaves_nothing),
		fixture_test(a_group_takes_over_the_socket_of_one_that_leaves),
		fixture_test(two_groups_may_change_their_sockets),
		fixture_test(a_port_of_the_kernels_choice_is_ones_own),
		fixture_test(the_launchers_pidfd_is_opened_once_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

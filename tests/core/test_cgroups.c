/*
 * test_cgroups.c - when a cgroup is killed with a worker, which SIGKILLs it
 * explains, and that a group without one costs nothing of it.
 */
#include "core/cgroups.h"
#include "core/specs.h"

static const char *const command[] = {"worker", NULL};

/* Killed by somebody else, or by the kernel. */
static void kill_worker(struct fixture *fixture, uint32_t slot)
{
	fake_crash(worker_of(fixture, slot), SIGKILL);
	settle(fixture);
}

static bool was_oom(const struct fixture *fixture)
{
	return last_event(fixture, MUSTER_EVENT_EXITED)->exit.is_oom;
}

static void a_path_is_absolute_and_a_killed_cgroup_has_one(void **state)
{
	struct muster_group_options options = MUSTER_GROUP_OPTIONS_INIT;

	(void)state;
	options.argv = command;
	options.cgroup = "web";
	check_refused(&options, "the path of a cgroup is not absolute");
	options.cgroup = NULL;
	options.kill = MUSTER_KILL_CGROUP;
	check_refused(&options, "a cgroup is to be killed, and none is named");
	options.cgroup = "/sys/fs/cgroup/web";
	spec_free(check_taken(&options));
}

static int run_nothing(void *data, const struct muster_birth *birth)
{
	(void)data;
	(void)birth;
	return 0;
}

static void a_function_has_the_launchers_cgroup(void **state)
{
	struct muster_group_options options = MUSTER_GROUP_OPTIONS_INIT;

	(void)state;
	options.run = run_nothing;
	options.cgroup = "/sys/fs/cgroup/web";
	check_refused(&options, "a function has the launcher's cgroup");
}

static void what_cannot_be_opened_is_refused_with_its_reason(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	fixture->group.cgroup = "/none";
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -ENOENT);
	assert_string_equal(muster_error(fixture->muster),
			    "there is no such cgroup");
}

static void who_is_in_it_does_not_kill_it(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	fake.has_cgroup_us = true;
	fixture->group.cgroup = "/web";
	fixture->group.kill = MUSTER_KILL_CGROUP;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -EINVAL);
	assert_string_equal(muster_error(fixture->muster),
			    "cgroup /web: the launcher is in it, it cannot be "
			    "killed");
	fixture->group.kill = MUSTER_KILL_GROUP;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group), 0);
}

static void the_plan_has_it(void **state)
{
	struct fixture *fixture = *state;
	const struct edition *edition;

	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	edition = shared_of(fixture, 0)->edition;
	assert_ptr_equal(edition->plan->cgroup, &edition->cgroup->cgroup);
	assert_string_equal(edition->plan->cgroup->path, "/web");
}

static void groups_that_name_the_same_one_share_it(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	fixture->group.workers = 1;
	fixture->group.cgroup = "/web";
	add_group(fixture);
	add_group(fixture);
	assert_int_equal(fake.cgroup_opens, 1);
	fixture->group.cgroup = "/other";
	add_group(fixture);
	assert_int_equal(fake.cgroup_opens, 2);
	settle(fixture);
	assert_int_equal(shared_of(fixture, 1)->edition->cgroup->live, 2);
}

static void it_is_killed_with_the_last_worker_in_it(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	fixture->group.kill = MUSTER_KILL_CGROUP;
	begin_with(fixture, 2);
	fake_exit(worker_of(fixture, 0), 1);
	settle(fixture);
	assert_int_equal(fake.cgroup_kills, 0);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	settle(fixture);
	assert_int_equal(fake.cgroup_kills, 0);
	fake_exit(worker_of(fixture, 0), 1);
	settle(fixture);
	assert_int_equal(fake.cgroup_kills, 1);
	/* Not with its successor, which lives. */
	assert_int_equal(fake_live(), 1);
}

static void it_is_not_killed_over_a_worker_below_it(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	fixture->group.cgroup = "/web";
	fixture->group.kill = MUSTER_KILL_CGROUP;
	fixture->group.workers = 1;
	add_group(fixture);
	fixture->group.kill = MUSTER_KILL_GROUP;
	fixture->group.cgroup = "/web/below";
	add_group(fixture);
	settle(fixture);
	fake_exit(worker_of(fixture, 0), 1);
	settle(fixture);
	assert_int_equal(fake.cgroup_kills, 0);
}

static void what_lies_beside_it_does_not_spare_it(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	fixture->group.cgroup = "/web";
	fixture->group.kill = MUSTER_KILL_CGROUP;
	fixture->group.workers = 1;
	add_group(fixture);
	fixture->group.cgroup = "/webs";
	fixture->group.kill = MUSTER_KILL_GROUP;
	add_group(fixture);
	settle(fixture);
	fake_exit(worker_of(fixture, 0), 1);
	settle(fixture);
	assert_int_equal(fake.cgroup_kills, 1);
}

static void it_is_the_last_rung_of_a_lone_worker(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	fixture->group.kill = MUSTER_KILL_CGROUP;
	begin_with(fixture, 1);
	worker_of(fixture, 0)->manners = FAKE_HANGS;
	muster_stop(fixture->muster);
	turn(fixture);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(fake.cgroup_kills, 0);
	fake.kill_takes_ns = NSEC_PER_SEC;
	run_for(fixture, 60 * NSEC_PER_SEC);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 1);
	assert_int_equal(fake.cgroup_kills, 1);
	assert_int_equal(finish(fixture), 1);
}

static void without_being_asked_it_is_never_killed(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	kill_worker(fixture, 0);
	assert_int_equal(muster_kill(fixture->muster, 1), 0);
	finish(fixture);
	assert_int_equal(fake.cgroup_kills, 0);
}

static void a_kill_that_was_counted_explains_one_death(void **state)
{
	struct fixture *fixture = *state;

	fake.ooms = 7;
	fixture->group.cgroup = "/web";
	begin_with(fixture, 3);
	kill_worker(fixture, 0);
	assert_false(was_oom(fixture));
	fake.ooms = 9;
	kill_worker(fixture, 0);
	assert_true(was_oom(fixture));
	kill_worker(fixture, 1);
	assert_true(was_oom(fixture));
	kill_worker(fixture, 2);
	assert_false(was_oom(fixture));
}

/* It was somebody that the worker before it had started. */
static void a_lone_worker_does_not_inherit_a_kill(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	fake.ooms = 1;
	fake_exit(worker_of(fixture, 0), 1);
	settle(fixture);
	kill_worker(fixture, 0);
	assert_false(was_oom(fixture));
}

static void only_SIGKILL_is_the_kernels(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	fake.ooms = 1;
	fake_crash(worker_of(fixture, 0), SIGTERM);
	settle(fixture);
	assert_false(was_oom(fixture));
}

static void a_SIGKILL_of_ours_needs_no_explanation(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	fake.ooms = 1;
	assert_int_equal(muster_kill(fixture->muster, 1), 0);
	finish(fixture);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_EXITED)->exit.code,
			 SIGKILL);
	assert_false(was_oom(fixture));
}

static void who_is_killed_while_it_stops_may_be_the_kernels(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	worker_of(fixture, 0)->manners = FAKE_HANGS;
	muster_stop(fixture->muster);
	turn(fixture);
	fake.ooms = 1;
	fake_crash(fake.processes[0], SIGKILL);
	finish(fixture);
	assert_true(was_oom(fixture));
}

static void PID_1_counts_from_nothing_without_a_cgroup(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	fixture->supervisor->context.pid = 1;
	kill_worker(fixture, 0);
	assert_false(was_oom(fixture));
	fake.own_ooms = 1;
	kill_worker(fixture, 0);
	assert_true(was_oom(fixture));
	kill_worker(fixture, 0);
	assert_false(was_oom(fixture));
}

/* Such a cgroup is one of version 1, of another controller. */
static void PID_1_counts_so_where_the_cgroup_does_not(void **state)
{
	struct fixture *fixture = *state;

	fake.counts_no_ooms = true;
	fixture->group.cgroup = "/pids/web";
	begin_with(fixture, 1);
	fixture->supervisor->context.pid = 1;
	fake.own_ooms = 1;
	kill_worker(fixture, 0);
	assert_true(was_oom(fixture));
}

static void others_read_nothing_without_a_cgroup(void **state)
{
	struct fixture *fixture = *state;

	fake.own_ooms = 1;
	begin_with(fixture, 1);
	kill_worker(fixture, 0);
	assert_false(was_oom(fixture));
	assert_int_equal(fake.oom_readings, 0);
	assert_int_equal(fake.cgroup_opens, 0);
}

static void a_launch_that_fails_leaves_nobody_in_it(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/web";
	make(fixture);
	add_group(fixture);
	fake.spawn_failures = 1;
	fake.spawn_error = EAGAIN;
	turn(fixture);
	assert_int_equal(shared_of(fixture, 0)->edition->cgroup->live, 0);
}

static void that_it_cannot_be_entered_names_it(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	fake.birth.step = MUSTER_STEP_CGROUP;
	fake.birth.error = EBUSY;
	fixture->group.cgroup = "/web";
	begin(fixture);
	assert_int_equal(finish(fixture), 125);
	event = last_event(fixture, MUSTER_EVENT_GIVE_UP);
	assert_int_equal(event->exit.step, MUSTER_STEP_CGROUP);
	assert_int_equal(event->exit.code, EBUSY);
	assert_string_equal(event->text, "/web"); /* the spec's own */
}

static void one_that_was_made_is_removed_at_the_end(void **state)
{
	struct fixture *fixture = *state;

	fake.is_cgroup_made = true;
	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	muster_stop(fixture->muster);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.cgroups_removed, 0);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake.cgroups_removed, 1);
	assert_int_equal(fake.cgroup_awaits, 0);
}

static void one_that_is_in_use_is_waited_for_at_the_end(void **state)
{
	struct fixture *fixture = *state;

	fake.is_cgroup_made = true;
	fake.is_cgroup_busy = true;
	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake.cgroup_awaits, 1);
	assert_int_equal(fake.cgroups_removed, 1);
}

static void nobody_waits_for_who_was_not_killed(void **state)
{
	struct fixture *fixture = *state;

	fake.is_cgroup_made = true;
	fake.is_cgroup_busy = true;
	fixture->group.cgroup = "/web";
	fixture->group.kill = MUSTER_KILL_PROCESS;
	begin_with(fixture, 1);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake.cgroup_awaits, 0);
	assert_int_equal(fake.cgroups_removed, 0);
}

/* A launcher that goes on does not wait, and may want it again. */
static void one_in_use_outlives_its_group(void **state)
{
	struct fixture *fixture = *state;

	fake.is_cgroup_made = true;
	fake.is_cgroup_busy = true;
	fixture->group.cgroup = "/web";
	begin_with(fixture, 1);
	fixture->group.cgroup = NULL;
	add_group(fixture);
	assert_int_equal(muster_remove_group(fixture->muster, 0), 0);
	settle(fixture);
	turn(fixture);
	assert_int_equal(fake.cgroup_awaits, 0);
	assert_int_equal(fake.cgroups, 1);
	fixture->group.cgroup = "/web";
	add_group(fixture);
	assert_int_equal(fake.cgroup_opens, 1);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake.cgroups_removed, 1);
}

static void a_shared_fate_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	fake.fate_length = strlen("/sys/fs/cgroup");
	fixture->group.cgroup = "/sys/fs/cgroup/web";
	make(fixture);
	add_group(fixture);
	add_group(fixture);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SHARED_FATE), 1);
	event = last_event(fixture, MUSTER_EVENT_SHARED_FATE);
	assert_int_equal(event->group, 0);
	assert_string_equal(event->text, "/sys/fs/cgroup");
}

static void who_does_not_share_it_is_told_nothing(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.cgroup = "/sys/fs/cgroup/web";
	begin_with(fixture, 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SHARED_FATE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_path_is_absolute_and_a_killed_cgroup_has_one),
		cmocka_unit_test(a_function_has_the_launchers_cgroup),
		fixture_test(what_cannot_be_opened_is_refused_with_its_reason),
		fixture_test(who_is_in_it_does_not_kill_it),
		fixture_test(the_plan_has_it),
		fixture_test(groups_that_name_the_same_one_share_it),
		fixture_test(it_is_killed_with_the_last_worker_in_it),
		fixture_test(it_is_not_killed_over_a_worker_below_it),
		fixture_test(what_lies_beside_it_does_not_spare_it),
		fixture_test(it_is_the_last_rung_of_a_lone_worker),
		fixture_test(without_being_asked_it_is_never_killed),
		fixture_test(a_kill_that_was_counted_explains_one_death),
		fixture_test(a_lone_worker_does_not_inherit_a_kill),
		fixture_test(only_SIGKILL_is_the_kernels),
		fixture_test(a_SIGKILL_of_ours_needs_no_explanation),
		fixture_test(who_is_killed_while_it_stops_may_be_the_kernels),
		fixture_test(PID_1_counts_from_nothing_without_a_cgroup),
		fixture_test(PID_1_counts_so_where_the_cgroup_does_not),
		fixture_test(others_read_nothing_without_a_cgroup),
		fixture_test(a_launch_that_fails_leaves_nobody_in_it),
		fixture_test(that_it_cannot_be_entered_names_it),
		fixture_test(one_that_was_made_is_removed_at_the_end),
		fixture_test(one_that_is_in_use_is_waited_for_at_the_end),
		fixture_test(nobody_waits_for_who_was_not_killed),
		fixture_test(one_in_use_outlives_its_group),
		fixture_test(a_shared_fate_is_told_once),
		fixture_test(who_does_not_share_it_is_told_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

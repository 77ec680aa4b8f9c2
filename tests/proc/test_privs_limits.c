/*
 * test_privs_limits.c - a program has the limits, the niceness, the OOM score
 * and the CPUs that were asked for, and what of it another user could not set
 * is set all the same.
 */
#include "proc/privileged.h"

static char shown[SHOW_SIZE];

static int set_limits(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	int line;

	for (unsigned int i = 0; i < PRIVS_LIMITS; i++) {
		struct rlimit limit;

		CHILD_CHECK(getrlimit((__rlimit_resource_t)i, &limit) == 0);
		privileges.limits[i].soft = limit.rlim_cur;
		privileges.limits[i].hard = limit.rlim_max;
	}
	privileges.limits[RLIMIT_NOFILE] = (struct muster_limit){101, 102};
	privileges.limits[RLIMIT_CORE] = (struct muster_limit){0, 0};
	privileges.limits[RLIMIT_FSIZE] =
		(struct muster_limit){UINT64_C(5) << 32, UINT64_C(6) << 32};
	privileges.sets_limits = (1U << PRIVS_LIMITS) - 1;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	for (unsigned int i = 0; i < PRIVS_LIMITS; i++)
		CHILD_CHECK(
			shows(shown, "limit %u %llu %llu", i,
			      (unsigned long long)privileges.limits[i].soft,
			      (unsigned long long)privileges.limits[i].hard));
	return 0;
}

static void each_limit_is_what_was_asked_for(void **state)
{
	(void)state;
	every_mode(set_limits);
}

static int set_one_limit(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	struct rlimit before;
	struct rlimit after;
	int line;

	CHILD_CHECK(getrlimit(RLIMIT_CORE, &before) == 0);
	privileges.limits[RLIMIT_CPU] = (struct muster_limit){77, 78};
	privileges.sets_limits = 1U << RLIMIT_CPU;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "limit %d 77 78", RLIMIT_CPU));
	CHILD_CHECK(shows(shown, "limit %d %llu %llu", RLIMIT_CORE,
			  (unsigned long long)before.rlim_cur,
			  (unsigned long long)before.rlim_max));
	CHILD_CHECK(getrlimit(RLIMIT_CPU, &after) == 0);
	CHILD_CHECK(after.rlim_cur != 77);
	return 0;
}

static void a_limit_that_is_not_asked_for_is_left_alone(void **state)
{
	(void)state;
	every_mode(set_one_limit);
}

/* An owner has raised its own, and would give back what it had. */
static int outweigh_what_is_given_back(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	struct plan_options options = launch_options("rights");
	const struct rlimit given = {301, 302};
	struct plan_fd output;
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	privileges.limits[RLIMIT_NOFILE] = (struct muster_limit){201, 202};
	privileges.sets_limits = 1U << RLIMIT_NOFILE;
	options.fds = &output;
	options.fd_count = 1;
	options.nofile = &given;
	options.privileges = &privileges;
	line = launch_show(&spawner, &options, &output, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "limit %d 201 202", RLIMIT_NOFILE));
	return 0;
}

static void a_limit_of_descriptors_outweighs_the_launchers_own(void **state)
{
	(void)state;
	every_mode(outweigh_what_is_given_back);
}

static int set_scheduling(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	unsigned int last = 0;
	cpu_set_t set;
	int line;

	CHILD_CHECK(sched_getaffinity(0, sizeof(set), &set) == 0);
	for (unsigned int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			last = i;
	privileges.sets_nice = true;
	privileges.nice = 7;
	privileges.cpus[last / 64] = UINT64_C(1) << last % 64;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "nice 7"));
	CHILD_CHECK(shows_count(shown, "cpu") == 1);
	CHILD_CHECK(shows(shown, "cpu %u", last));
	CHILD_CHECK(getpriority(PRIO_PROCESS, 0) == 0);
	return 0;
}

static void niceness_and_cpus_are_the_programs_own(void **state)
{
	(void)state;
	every_mode(set_scheduling);
}

/* Of a launcher that is nice already, 0 is a niceness like others. */
static int be_less_nice(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	int line;

	CHILD_CHECK(setpriority(PRIO_PROCESS, 0, 9) == 0);
	privileges.sets_nice = true;
	privileges.sets_uid = true;
	privileges.uid = NOBODY;
	privileges.sets_oom_score_adj = true;
	privileges.oom_score_adj = 5;
	line = show_rights(&privileges, shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "nice 0"));
	CHILD_CHECK(shows(shown, "oom 5"));
	return 0;
}

/* Who may have no descriptor executes; its program may not get far. */
static int have_no_descriptor(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	struct plan_options options = launch_options("rights");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	privileges.sets_oom_score_adj = true;
	privileges.oom_score_adj = 5;
	privileges.sets_limits = 1U << RLIMIT_NOFILE;
	privileges.limits[RLIMIT_NOFILE] = (struct muster_limit){0, 0};
	options.privileges = &privileges;
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 0) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_NONE);
	return line;
}

static void no_limit_is_in_the_way_of_another_step(void **state)
{
	(void)state;
	every_mode(have_no_descriptor);
}

static void all_of_it_is_set_with_the_launchers_rights(void **state)
{
	(void)state;
	need_root();
	every_mode(be_less_nice);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_is_what_was_asked_for),
		cmocka_unit_test(a_limit_that_is_not_asked_for_is_left_alone),
		cmocka_unit_test(
			a_limit_of_descriptors_outweighs_the_launchers_own),
		cmocka_unit_test(niceness_and_cpus_are_the_programs_own),
		cmocka_unit_test(all_of_it_is_set_with_the_launchers_rights),
		cmocka_unit_test(no_limit_is_in_the_way_of_another_step),
	};

	privileged_main(argc, argv);
	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_privs_failures.c - a step that is refused ends the launch, and says what
 * could not be set to what, and why: nobody runs with more than was asked for.
 */
#include <grp.h>
#include <linux/filter.h>

#include "proc/privileged.h"

#define FAILED_STATUS 127

/* One privilege that is asked for, the step that fails for it, and how. */
struct refusal {
	const char *name;
	void (*ask)(struct muster_privileges *privileges);
	enum muster_step step;
	int64_t value;
	int error;
	/* Of a filter; the second for prctl(2) alone. */
	unsigned int call;
	int operation;
};

static const struct refusal *refusal;

static void ask_rlimit(struct muster_privileges *privileges)
{
	privileges->sets_limits = 1U << RLIMIT_MEMLOCK;
	privileges->limits[RLIMIT_MEMLOCK] =
		(struct muster_limit){UINT64_MAX, UINT64_MAX};
}

static void ask_nice(struct muster_privileges *privileges)
{
	privileges->sets_nice = true;
	privileges->nice = -5;
}

static void ask_oom(struct muster_privileges *privileges)
{
	privileges->sets_oom_score_adj = true;
	privileges->oom_score_adj = -999;
}

/* Which no machine has. */
static void ask_cpu(struct muster_privileges *privileges)
{
	privileges->cpus[127] = UINT64_C(1) << 63;
}

static void ask_bound(struct muster_privileges *privileges)
{
	privileges->cap_drop = BIT(CAP_NET_RAW);
}

static void ask_groups(struct muster_privileges *privileges)
{
	static const uint32_t groups[] = {1, 2};

	privileges->sets_groups = true;
	privileges->groups = groups;
	privileges->group_count = 2;
}

static void ask_gid(struct muster_privileges *privileges)
{
	privileges->sets_gid = true;
	privileges->gid = 4294967294;
}

static void ask_uid(struct muster_privileges *privileges)
{
	privileges->sets_uid = true;
	privileges->uid = 4294967294;
}

static void ask_ambient(struct muster_privileges *privileges)
{
	privileges->sets_cap_ambient = true;
	privileges->cap_ambient = BIT(CAP_NET_RAW);
}

static void ask_uid_and_ambient(struct muster_privileges *privileges)
{
	ask_uid(privileges);
	ask_ambient(privileges);
}

/* Which no kernel has. */
static void ask_unknown_ambient(struct muster_privileges *privileges)
{
	privileges->sets_cap_ambient = true;
	privileges->cap_ambient = BIT(63);
}

static void ask_securebits(struct muster_privileges *privileges)
{
	privileges->sets_securebits = true;
	privileges->securebits = SECBIT_NOROOT;
}

static void ask_unknown_securebits(struct muster_privileges *privileges)
{
	privileges->sets_securebits = true;
	privileges->securebits = 1U << 30;
}

static void ask_no_new_privs(struct muster_privileges *privileges)
{
	privileges->no_new_privileges = true;
}

static int fail_launch(const struct spawner *spawner)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	struct plan_options options = launch_options("rights");
	struct launch launch;
	int line;

	refusal->ask(&privileges);
	options.privileges = &privileges;
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, spawner, 0) == 0);
	line = launch_end(&launch);
	if (line != 0)
		return line;
	if (launch.report->step != refusal->step ||
	    (int)launch.report->error != refusal->error)
		print_error("step %u, error %u, value %lld\n",
			    launch.report->step, launch.report->error,
			    (long long)launch.report->value);
	CHILD_CHECK(launch.report->step == refusal->step);
	CHILD_CHECK((int)launch.report->error == refusal->error);
	CHILD_CHECK(launch.report->value == refusal->value);
	CHILD_CHECK(launch.end.si_code == CLD_EXITED);
	CHILD_CHECK(launch.end.si_status == FAILED_STATUS);
	return 0;
}

static void fail_each(const struct refusal *refusals, size_t count,
		      int (*story)(void))
{
	for (refusal = refusals; refusal < refusals + count; refusal++) {
		print_message("%s\n", refusal->name);
		every_mode(story);
	}
}

/* As nobody, whose own /proc files are its own, as after an execve. */
static int fail_as_nobody(void)
{
	struct rlimit few = {4096, 4096};
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &few) == 0);
	CHILD_CHECK(setgroups(0, NULL) == 0);
	CHILD_CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	CHILD_CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	CHILD_CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	return fail_launch(&spawner);
}

static void what_needs_rights_fails_without_them(void **state)
{
	static const struct refusal refusals[] = {
		{"rlimit", ask_rlimit, MUSTER_STEP_RLIMIT, RLIMIT_MEMLOCK,
		 EPERM, 0, 0},
		{"nice", ask_nice, MUSTER_STEP_NICE, -5, EACCES, 0, 0},
		{"oom", ask_oom, MUSTER_STEP_OOM_SCORE, -999, EACCES, 0, 0},
		{"bound", ask_bound, MUSTER_STEP_CAP_BOUND, CAP_NET_RAW, EPERM,
		 0, 0},
		{"groups", ask_groups, MUSTER_STEP_GROUPS, 2, EPERM, 0, 0},
		{"gid", ask_gid, MUSTER_STEP_GID, 4294967294, EPERM, 0, 0},
		{"uid", ask_uid, MUSTER_STEP_UID, 4294967294, EPERM, 0, 0},
		{"ambient", ask_ambient, MUSTER_STEP_CAP_AMBIENT, CAP_NET_RAW,
		 EPERM, 0, 0},
		{"securebits", ask_securebits, MUSTER_STEP_SECUREBITS,
		 SECBIT_NOROOT, EPERM, 0, 0},
	};

	(void)state;
	need_root();
	fail_each(refusals, ARRAY_LEN(refusals), fail_as_nobody);
}

static int fail_as_we_are(void)
{
	struct spawner spawner;
	int line = story_begin(&spawner);

	return line != 0 ? line : fail_launch(&spawner);
}

static void what_is_not_there_cannot_be_set(void **state)
{
	static const struct refusal refusals[] = {
		{"cpu", ask_cpu, MUSTER_STEP_CPUS, 0, EINVAL, 0, 0},
		{"ambient", ask_unknown_ambient, MUSTER_STEP_CAP_AMBIENT, 63,
		 EINVAL, 0, 0},
		{"securebits", ask_unknown_securebits, MUSTER_STEP_SECUREBITS,
		 1U << 30, EPERM, 0, 0},
	};

	(void)state;
	need_root();
	fail_each(refusals, ARRAY_LEN(refusals), fail_as_we_are);
}

/* One operation of prctl(2) fails with ENOSYS. */
static int deny_operation(int operation)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)operation, 0,
			 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = ARRAY_LEN(filter),
		.filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return CHILD_SKIP;
	return 0;
}

static int fail_filtered(void)
{
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line == 0)
		line = refusal->operation ? deny_operation(refusal->operation)
					  : child_deny(refusal->call, ENOSYS);
	return line != 0 ? line : fail_launch(&spawner);
}

static void each_step_that_a_filter_refuses_is_told(void **state)
{
	static const struct refusal refusals[] = {
		{"rlimit", ask_rlimit, MUSTER_STEP_RLIMIT, RLIMIT_MEMLOCK,
		 ENOSYS, SYS_prlimit64, 0},
		{"nice", ask_nice, MUSTER_STEP_NICE, -5, ENOSYS,
		 SYS_setpriority, 0},
		{"oom, open", ask_oom, MUSTER_STEP_OOM_SCORE, -999, ENOSYS,
		 SYS_openat, 0},
		{"oom, write", ask_oom, MUSTER_STEP_OOM_SCORE, -999, ENOSYS,
		 SYS_write, 0},
		{"cpu", ask_cpu, MUSTER_STEP_CPUS, 0, ENOSYS,
		 SYS_sched_setaffinity, 0},
		{"bound", ask_bound, MUSTER_STEP_CAP_BOUND, CAP_NET_RAW, ENOSYS,
		 0, PR_CAPBSET_DROP},
		{"groups", ask_groups, MUSTER_STEP_GROUPS, 2, ENOSYS,
		 SYS_setgroups, 0},
		{"gid", ask_gid, MUSTER_STEP_GID, 4294967294, ENOSYS,
		 SYS_setresgid, 0},
		{"keepcaps", ask_uid_and_ambient, MUSTER_STEP_CAPS, 0, ENOSYS,
		 0, PR_SET_KEEPCAPS},
		{"uid", ask_uid, MUSTER_STEP_UID, 4294967294, ENOSYS,
		 SYS_setresuid, 0},
		{"capget", ask_uid, MUSTER_STEP_CAPS, 0, ENOSYS, SYS_capget, 0},
		{"capset", ask_uid, MUSTER_STEP_CAPS, 0, ENOSYS, SYS_capset, 0},
		{"ambient, clear", ask_ambient, MUSTER_STEP_CAPS, 0, ENOSYS, 0,
		 PR_CAP_AMBIENT},
		{"securebits", ask_securebits, MUSTER_STEP_SECUREBITS,
		 SECBIT_NOROOT, ENOSYS, 0, PR_SET_SECUREBITS},
		{"no_new_privs", ask_no_new_privs, MUSTER_STEP_NO_NEW_PRIVS, 0,
		 ENOSYS, 0, PR_SET_NO_NEW_PRIVS},
	};

	(void)state;
	need_root();
	fail_each(refusals, ARRAY_LEN(refusals), fail_filtered);
}

/* The kernel has forgotten the first death signal, and nothing else would end
 * the program with its launcher. */
static int fail_without_launcher(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	struct plan_options options = launch_options("rights");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	ask_uid(&privileges);
	options.privileges = &privileges;
	options.death_signal = SIGKILL;
	options.launcher_pid = getppid();
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 0) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_PARENT);
	CHILD_CHECK(launch.report->error == ESRCH);
	return line;
}

static void who_has_lost_its_launcher_does_not_execute(void **state)
{
	(void)state;
	need_root();
	every_mode(fail_without_launcher);
}

/* Where it starts is asked of its own user. */
static int fail_directory(void)
{
	char path[] = "/tmp/muster-privs-XXXXXX";
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	struct plan_options options = launch_options("rights");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(mkdtemp(path));
	ask_uid(&privileges);
	options.privileges = &privileges;
	options.directory = path;
	line = launch_prepare(&launch, &options);
	if (line == 0)
		line = launch_spawn(&launch, &spawner, 0) == 0 ? 0 : __LINE__;
	if (line == 0)
		line = launch_end(&launch);
	CHILD_CHECK(rmdir(path) == 0);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_DIRECTORY);
	CHILD_CHECK(launch.report->error == EACCES);
	return line;
}

/* Where the kernel is told to leave capabilities to whoever was root. */
static int fail_directory_without_fixup(void)
{
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) == 0);
	return fail_directory();
}

static void a_directory_that_is_closed_to_the_user_is_told(void **state)
{
	(void)state;
	need_root();
	every_mode(fail_directory);
	every_mode(fail_directory_without_fixup);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_needs_rights_fails_without_them),
		cmocka_unit_test(what_is_not_there_cannot_be_set),
		cmocka_unit_test(each_step_that_a_filter_refuses_is_told),
		cmocka_unit_test(who_has_lost_its_launcher_does_not_execute),
		cmocka_unit_test(
			a_directory_that_is_closed_to_the_user_is_told),
	};

	privileged_main(argc, argv);
	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_privileges_refused.c - the story of rights that muster itself does not
 * have: what cannot be set is told with its value, what is there already need
 * not be set. Only root can become somebody with fewer.
 */
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tools/rights.h"

/* The user and the group of this number, and these groups besides. */
static void become(uint32_t id, const gid_t *groups, size_t count)
{
	if (setgroups(count, groups) < 0 || setresgid(id, id, id) < 0 ||
	    setresuid(id, id, id) < 0)
		_exit(123);
}

static void be_nobody(void *unused)
{
	(void)unused;
	become(65534, NULL, 0);
}

static void what_cannot_be_set_is_told_and_ends_muster(void **state)
{
	static const struct {
		const char *flag, *value, *told;
	} cases[] = {
		{"--gid", "7", "cannot set the group 7: "},
		{"--groups", "7,9",
		 "cannot set the supplementary groups 7,9: "},
		{"--cap-drop", "net_raw",
		 "cannot drop the capability net_raw: "},
		{"--cap-ambient", "13",
		 "cannot raise the ambient capability net_raw: "},
		{"--securebits", "noroot,noroot-locked",
		 "cannot set the securebits 3: "},
		{"--nice", "-20", "cannot set the niceness -20: "},
		/* More than any kernel lets anybody have. */
		{"--rlimit", "nofile=2000000000:unlimited",
		 "cannot set the limit nofile to 2000000000:unlimited: "},
		{"--cpus", "8191",
		 "cannot set the CPUs 8191: Invalid argument"},
	};
	struct stage *stage = *state;

	need_root();
	nproc_move_program(stage, stage->program, "muster");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct launcher *launcher =
			START(stage, OPTIONS(cases[i].flag, cases[i].value),
			      COMMAND("true"), .prepare = be_nobody);

		assert_int_equal(launcher_end(launcher), 125);
		(void)launcher_log(launcher,
				   stage_text(stage,
					      "Could not launch a worker: %s",
					      cases[i].told));
		(void)launcher_log(launcher, "Cannot run the command: cannot ");
		assert_nobody_left(stage);
		launcher_forget(stage, launcher);
	}
}

static void a_program_is_told_the_step_and_the_value(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	need_root();
	nproc_move_program(stage, stage->program, "muster");
	launcher =
		START(stage, OPTIONS("--log-format", "json", "--nice", "-20"),
		      COMMAND("true"), .prepare = be_nobody);
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "\"step\":\"setpriority\",\"value\":-20,"
				     "\"error\":\"EACCES\"");
	launcher = START(stage,
			 OPTIONS("--log-format", "json", "--rlimit",
				 "nofile=2000000000:unlimited"),
			 COMMAND("true"), .prepare = be_nobody);
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "\"step\":\"prlimit\",\"value\":7,"
				     "\"limit_soft\":2000000000,"
				     "\"error\":\"EPERM\"");
	launcher = START(
		stage,
		OPTIONS("--log-format", "json", "--cpus", "8000-8003,8191"),
		COMMAND("true"), .prepare = be_nobody);
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher,
			   "\"step\":\"sched_setaffinity\",\"value\":0,"
			   "\"asked\":\"8000-8003,8191\","
			   "\"error\":\"EINVAL\"");
}

/* As the worker's own line did. */
static void a_reload_that_is_aborted_names_what_could_not_be_set(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage, "[service:web]\n"
					 "command = sleep 50\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_log(launcher, "All 1 workers are ready");
	(void)CONFIG(stage, "[service:web]\n"
			    "command = sleep 50\n"
			    "cpus = 8100-8191\n");
	config_reload(launcher, "1 changed");
	(void)launcher_log(launcher,
			   "Reload aborted, the old workers go on: Could "
			   "not launch a worker: cannot set "
			   "the CPUs 8100-8191: Invalid argument");
	launcher_stop(stage, launcher, 0);
}

/* A container's user has often no right to set what it is already. */
static void who_is_the_user_already_needs_no_right_to_be_it(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	open_stage(stage);
	nproc_move_program(stage, stage->program, "muster");
	launcher = START(stage, OPTIONS("--user", "65534:65534"),
			 WORKER("status=Uid", "status=Gid", "status=Groups"),
			 .prepare = be_nobody);
	expect(launcher, "Uid:\t65534\t65534\t65534\t65534");
	expect(launcher, "end");
	expect(launcher, "Gid:\t65534\t65534\t65534\t65534");
	expect(launcher, "end");
	expect(launcher, "Groups:\t ");
	launcher_stop(stage, launcher, 0);
}

static const gid_t two_groups[] = {3, 4};

static void have_two_groups_as_nobody(void *unused)
{
	(void)unused;
	become(65534, two_groups, ARRAY_LEN(two_groups));
}

/* In whatever order, and with or without the group that is its own anyway; one
 * more or one less is another set. */
static void groups_that_are_there_already_need_no_right(void **state)
{
	static const struct {
		const char *groups;
		int status;
	} cases[] = {
		{"4,3", 0},	{"3,65534,4", 0}, {"3", 125},
		{"3,4,5", 125}, {"none", 125},
	};
	struct stage *stage = *state;

	open_stage(stage);
	nproc_move_program(stage, stage->program, "muster");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct launcher *launcher = START(
			stage,
			OPTIONS("--groups", cases[i].groups, "--restart",
				"never"),
			COMMAND("true"), .prepare = have_two_groups_as_nobody);

		assert_int_equal(launcher_end(launcher), cases[i].status);
		launcher_forget(stage, launcher);
	}
}

static int group_count;

/* As many as group_count, from 1 on. */
static void have_many_groups_as_nobody(void *unused)
{
	gid_t groups[65];

	(void)unused;
	for (int i = 0; i < group_count; i++)
		groups[i] = (gid_t)i + 1;
	become(65534, groups, (size_t)group_count);
}

/* A longer list is not compared. */
static void up_to_64_groups_are_compared(void **state)
{
	struct stage *stage = *state;

	open_stage(stage);
	nproc_move_program(stage, stage->program, "muster");
	for (group_count = 64; group_count <= 65; group_count++) {
		char list[65 * 4] = "";
		struct launcher *launcher;

		for (int i = 0; i < group_count; i++)
			(void)sprintf(list + strlen(list), "%s%d", i ? "," : "",
				      i + 1);
		launcher = START(
			stage, OPTIONS("--groups", list, "--restart", "never"),
			COMMAND("true"), .prepare = have_many_groups_as_nobody);
		assert_int_equal(launcher_end(launcher),
				 group_count == 64 ? 0 : 125);
		launcher_forget(stage, launcher);
	}
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(122);
	(void)close(fd);
}

/* As the user 1000 with the groups 3 and 4, which nobody in there can tell from
 * any others. */
static void be_root_of_a_user_namespace(void *unused)
{
	(void)unused;
	become(1000, two_groups, ARRAY_LEN(two_groups));
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		_exit(123);
	if (unshare(CLONE_NEWUSER) < 0)
		_exit(122);
	put("/proc/self/setgroups", "deny");
	put("/proc/self/gid_map", "0 1000 1");
	put("/proc/self/uid_map", "0 1000 1");
}

/* getgroups(2) has the same number for them all. */
static void groups_that_are_not_mapped_are_none_that_can_be_named(void **state)
{
	static const char *const groups[] = {"65534", "none", "0", "3,4"};
	struct stage *stage = *state;

	open_stage(stage);
	nproc_move_program(stage, stage->program, "muster");
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		struct launcher *launcher = START(
			stage,
			OPTIONS("--groups", groups[i], "--restart", "never"),
			COMMAND("true"),
			.prepare = be_root_of_a_user_namespace);
		int status = launcher_end(launcher);

		if (status == 122)
			SKIP("there are no user namespaces here");
		assert_int_equal(status, 125);
		launcher_forget(stage, launcher);
	}
}

static void be_without_net_raw(void *unused)
{
	(void)unused;
	if (prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0) < 0)
		_exit(123);
}

/* What we may hand on ourselves, without some. */
static const char *status_of_held(struct stage *stage, uint64_t less)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2];
	uint64_t held = 0;

	assert_int_equal(syscall(SYS_capget, &header, sets), 0);
	for (int i = 0; i < 64; i++)
		if (sets[i / 32].permitted >> i % 32 & 1 &&
		    prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			held |= UINT64_C(1) << i;
	return stage_text(stage, "CapAmb:\t%016llx",
			  (unsigned long long)(held & ~less));
}

/* "all" is what there is; what is named must be there. */
static void all_ambient_capabilities_are_those_that_there_are(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	open_stage(stage);
	launcher =
		START(stage,
		      OPTIONS("--user", "4711", "--cap-ambient", "all",
			      "--cap-drop", "chown"),
		      WORKER("status=CapAmb"), .prepare = be_without_net_raw);
	expect(launcher, status_of_held(stage, UINT64_C(1) << CAP_NET_RAW | 1));
	launcher_stop(stage, launcher, 0);
	launcher = START(stage, OPTIONS("--cap-ambient", "chown,net_raw"),
			 COMMAND("true"), .prepare = be_without_net_raw);
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "cannot raise the ambient capability "
				     "net_raw: Operation not permitted");
}

static void without_rights_to_give_away_limits_can_be_lowered(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	need_root();
	nproc_move_program(stage, stage->program, "muster");
	launcher =
		START(stage,
		      OPTIONS("--restart", "never", "--no-new-privs",
			      "--rlimit", "nofile=99", "--nice", "1"),
		      COMMAND("sh", "-c", "ulimit -Hn"), .prepare = be_nobody);
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "99");
}

static void an_entrypoint_that_may_not_give_them_says_so(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	need_root();
	nproc_move_program(stage, stage->program, "muster");
	launcher = INIT(stage, OPTIONS("--user", "4711"), COMMAND("true"),
			.prepare = be_nobody);
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "Cannot run the command: cannot set the "
				     "user 4711: Operation not permitted");
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_nobody_left(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(who_is_the_user_already_needs_no_right_to_be_it),
		STAGE_TEST(groups_that_are_there_already_need_no_right),
		STAGE_TEST(up_to_64_groups_are_compared),
		STAGE_TEST(
			groups_that_are_not_mapped_are_none_that_can_be_named),
		STAGE_TEST(all_ambient_capabilities_are_those_that_there_are),
		STAGE_TEST(what_cannot_be_set_is_told_and_ends_muster),
		STAGE_TEST(a_program_is_told_the_step_and_the_value),
		STAGE_TEST(
			a_reload_that_is_aborted_names_what_could_not_be_set),
		STAGE_TEST(without_rights_to_give_away_limits_can_be_lowered),
		STAGE_TEST(an_entrypoint_that_may_not_give_them_says_so),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_privileges.c - the story of workers that have other rights than muster,
 * and other limits: by option and by key, at the start, after a death and after
 * a reload. Only root has rights to give away.
 */
#include <grp.h>
#include <pwd.h>
#include <sched.h>

#include "tools/rights.h"

static void have_groups(void *unused)
{
	static const gid_t groups[] = {3, 4};

	(void)unused;
	if (setgroups(2, groups) < 0)
		_exit(123);
}

static void a_user_by_number_brings_no_groups_along(void **state)
{
	struct launcher *launcher;

	open_stage(*state);
	launcher = START(*state, OPTIONS("--user", "4711"),
			 WORKER("status=Uid", "status=Gid", "status=Groups",
				"status=CapEff"),
			 .prepare = have_groups);
	expect(launcher, "Uid:\t4711\t4711\t4711\t4711");
	expect(launcher, "end");
	expect(launcher, "Gid:\t0\t0\t0\t0");
	expect(launcher, "end");
	expect(launcher, "Groups:\t ");
	expect(launcher, "end");
	expect(launcher, "CapEff:\t0000000000000000");
	launcher_stop(*state, launcher, 0);
}

/* As the user database has them. */
static void a_user_by_name_brings_its_groups_along(void **state)
{
	const struct passwd *user = getpwnam("nobody");
	struct stage *stage = *state;
	struct launcher *launcher;

	open_stage(stage);
	if (!user)
		SKIP("there is no user \"nobody\" here");
	launcher = START(stage, OPTIONS("--user", "nobody"),
			 WORKER("status=Uid", "status=Gid", "status=Groups"),
			 .prepare = have_groups);
	expect(launcher, stage_text(stage, "Uid:\t%u\t", user->pw_uid));
	expect(launcher, "end");
	expect(launcher, stage_text(stage, "Gid:\t%u\t", user->pw_gid));
	expect(launcher, "end");
	expect(launcher, stage_text(stage, "Groups:\t%u", user->pw_gid));
	launcher_stop(stage, launcher, 0);
}

/* In whatever order they are given. */
static void a_group_of_ones_own_outweighs_those_of_the_user(void **state)
{
	const char *const *const options[] = {
		LIST("--user", "root:77"),
		LIST("--user", "root", "--gid", "77"),
		LIST("--gid", "77", "--user", "root"),
		LIST("--gid", "77", "--user", "0:5"),
		LIST("--user", "nobody:1", "--user", "0:77"),
	};

	open_stage(*state);
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		struct launcher *launcher =
			START(*state, .options = options[i],
			      WORKER("status=Gid", "status=Groups"),
			      .prepare = have_groups);

		expect(launcher, "Gid:\t77\t77\t77\t77");
		expect(launcher, "end");
		expect(launcher, "Groups:\t ");
		launcher_stop(*state, launcher, 0);
		launcher_forget(*state, launcher);
	}
}

static void groups_are_those_that_are_named(void **state)
{
	struct launcher *launcher;

	open_stage(*state);
	launcher = START(*state, OPTIONS("--groups", "root,7,9", "--user", "5"),
			 WORKER("status=Groups"), .prepare = have_groups);
	expect(launcher, "Groups:\t0 7 9 ");
	launcher_stop(*state, launcher, 0);
	launcher = START(*state, OPTIONS("--groups", "none"),
			 WORKER("status=Groups", "status=Uid"),
			 .prepare = have_groups);
	expect(launcher, "Groups:\t ");
	expect(launcher, "end");
	expect(launcher, "Uid:\t0");
	launcher_stop(*state, launcher, 0);
}

static void capabilities_are_called_by_name(void **state)
{
	struct launcher *launcher;

	open_stage(*state);
	launcher = START(*state,
			 OPTIONS("--cap-bound", "CHOWN,cap_net_raw,Kill",
				 "--cap-drop", "chown", "--cap-drop", "5"),
			 WORKER("status=CapBnd", "status=CapEff"));
	expect(launcher, "CapBnd:\t0000000000002000");
	expect(launcher, "end");
	expect(launcher, "CapEff:\t0000000000002000");
	launcher_stop(*state, launcher, 0);
	launcher = START(*state,
			 OPTIONS("--user", "4711", "--cap-ambient",
				 "net_bind_service", "--cap-bound",
				 "CAP_NET_BIND_SERVICE"),
			 WORKER("status=CapBnd", "status=CapEff"));
	expect(launcher, "CapBnd:\t0000000000000400");
	expect(launcher, "end");
	expect(launcher, "CapEff:\t0000000000000400");
	launcher_stop(*state, launcher, 0);
	launcher = START(*state, OPTIONS("--cap-drop", "all"),
			 WORKER("status=CapBnd", "status=CapEff"));
	expect(launcher, "CapBnd:\t0000000000000000");
	expect(launcher, "end");
	expect(launcher, "CapEff:\t0000000000000000");
	launcher_stop(*state, launcher, 0);
}

static void what_a_worker_may_have_of_the_machine_is_said(void **state)
{
	struct launcher *launcher = START(
		*state,
		OPTIONS("--restart", "never", "--rlimit", "nofile=64:128",
			"--rlimit", "core=0", "--rlimit", "core=1K", "--nice",
			"11", "--oom-score-adj", "900", "--no-new-privs"),
		COMMAND("sh", "-c",
			"echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -Hc) "
			"$(nice) $(cat /proc/self/oom_score_adj) "
			"$(grep NoNew /proc/self/status)"));

	assert_int_equal(launcher_end(launcher), 0);
	/* A shell counts core files in blocks of 512 bytes. */
	(void)launcher_hear(launcher, "64 128 2 11 900 NoNewPrivs: 1");
}

static void a_worker_runs_on_the_cpus_that_are_named(void **state)
{
	cpu_set_t set;
	size_t last = CPU_SETSIZE - 1;
	struct launcher *launcher;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	while (!CPU_ISSET(last, &set))
		last--;
	launcher = START(*state,
			 OPTIONS("--cpus", stage_text(*state, "%zu-%zu,%zu",
						      last, last, last)),
			 WORKER("status=Cpus_allowed_list"));
	expect(launcher, stage_text(*state, "Cpus_allowed_list:\t%zu", last));
	launcher_stop(*state, launcher, 0);
}

static void who_replaces_a_worker_has_its_rights(void **state)
{
	struct launcher *launcher;

	open_stage(*state);
	launcher = START(*state,
			 OPTIONS("--user", "4711:4712", "--cap-bound", "none"),
			 WORKER("status=Uid", "status=CapBnd", "g1:die=KILL"));
	for (int i = 0; i < 2; i++) {
		expect(launcher, "Uid:\t4711\t4711\t4711\t4711");
		expect(launcher, "end");
		expect(launcher, "CapBnd:\t0000000000000000");
		expect(launcher, "end");
	}
	launcher_stop(*state, launcher, 0);
}

/* And is killed when it does not stop. */
static void a_worker_of_another_user_is_stopped_as_any(void **state)
{
	struct launcher *launcher;

	open_stage(*state);
	launcher = START(*state,
			 OPTIONS("--user", "4711", "--stop-timeout", "50ms"),
			 WORKER("ignore=TERM", "say=ready"));
	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 1);
}

static const char *write_two(struct stage *stage, int uid)
{
	return CONFIG(stage,
		      "[DEFAULT]\n"
		      "command = '%s' status=Uid status=CapBnd\n"
		      "cap_bound = chown,kill\n"
		      "cap_drop = chown\n"
		      "user = 4711\n"
		      "[service:a]\n"
		      "[service:b]\n"
		      "after = a\n"
		      "user = %d\n"
		      "cap_drop = kill\n",
		      stage->worker, uid);
}

static void each_service_of_a_file_has_rights_of_its_own(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	open_stage(stage);
	launcher = START(stage, OPTIONS("-c", write_two(stage, 4713)));
	/* In whatever order they come to it. */
	for (int i = 0; i < 4; i++)
		(void)launcher_hear(launcher, " status end");
	assert_true(lines_have(&launcher->said, "Uid:\t4711"));
	assert_true(lines_have(&launcher->said, "CapBnd:\t0000000000000020"));
	assert_true(lines_have(&launcher->said, "Uid:\t4713"));
	assert_true(lines_have(&launcher->said, "CapBnd:\t0000000000000000"));
	/* Who has another user is another. */
	(void)write_two(stage, 4714);
	config_reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
	(void)launcher_hear(launcher, "Uid:\t4714");
	(void)launcher_log(launcher, "Reloaded, roll 1");
	launcher_stop(stage, launcher, 0);
}

/* And muster keeps what it needs to hand signals on. */
static void a_command_of_an_entrypoint_has_them_too(void **state)
{
	struct launcher *launcher;

	open_stage(*state);
	launcher = INIT(*state,
			OPTIONS("--user", "4711:4712", "--cap-bound", "kill",
				"--no-new-privs", "--oom-score-adj", "900"),
			WORKER("take=TERM:3", "status=Uid", "status=CapBnd",
			       "status=NoNewPrivs"));
	expect(launcher, "Uid:\t4711\t4711\t4711\t4711");
	expect(launcher, "end");
	expect(launcher, "CapBnd:\t0000000000000020");
	expect(launcher, "end");
	expect(launcher, "NoNewPrivs:\t1");
	expect(launcher, "end");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 3);
	assert_int_equal(launcher->log.length, 0);
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_user_by_number_brings_no_groups_along),
		STAGE_TEST(a_user_by_name_brings_its_groups_along),
		STAGE_TEST(a_group_of_ones_own_outweighs_those_of_the_user),
		STAGE_TEST(groups_are_those_that_are_named),
		STAGE_TEST(capabilities_are_called_by_name),
		STAGE_TEST(what_a_worker_may_have_of_the_machine_is_said),
		STAGE_TEST(a_worker_runs_on_the_cpus_that_are_named),
		STAGE_TEST(who_replaces_a_worker_has_its_rights),
		STAGE_TEST(a_worker_of_another_user_is_stopped_as_any),
		STAGE_TEST(each_service_of_a_file_has_rights_of_its_own),
		STAGE_TEST(a_command_of_an_entrypoint_has_them_too),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_shed.c - the story of muster's own rights: it gives up the capabilities
 * that it does not need, says what is left, and its workers have the same as
 * ever, the hundredth as the first.
 */
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tools/config.h"
#include "tools/deny.h"
#include "tools/init.h"
#include "tools/nproc.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* Of this test, and so of every muster that it starts. */
static uint64_t own_set(const char *field)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long value = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, field, strlen(field)) == 0)
			value = strtoull(line + strlen(field), NULL, 16);
	if (file)
		(void)fclose(file);
	return value;
}

static void need_rights(struct stage *stage)
{
	const uint64_t needed = BIT(CAP_KILL) | BIT(CAP_SETUID) |
				BIT(CAP_SETGID) | BIT(CAP_SETPCAP) |
				BIT(CAP_DAC_OVERRIDE) |
				BIT(CAP_NET_BIND_SERVICE);

	if (geteuid() != 0 || (own_set("CapPrm:") & needed) != needed)
		SKIP("only root has rights to give up");
	nproc_move_program(stage, stage->worker, "worker");
}

/* Waits until that is all it has. */
static void expect_kept(struct stage *stage, const struct launcher *launcher,
			uint64_t kept)
{
	const char *set =
		stage_text(stage, "%016llx",
			   (unsigned long long)(kept & own_set("CapPrm:")));

	process_status_wait(launcher->pid, "CapPrm:", set);
	process_status_wait(launcher->pid, "CapEff:", set);
	/* What workers can have is not muster's to give up. */
	process_status_wait(launcher->pid, "CapBnd:",
			    stage_text(stage, "%016llx",
				       (unsigned long long)own_set("CapBnd:")));
}

static void expect_worker(struct stage *stage, struct launcher *launcher,
			  uint64_t effective)
{
	const char *said = launcher_hear(launcher, "CapEff:");
	const char *set =
		stage_text(stage, "%016llx", (unsigned long long)effective);

	if (!strstr(said, set))
		fail_msg("not %s but %s", set, said);
}

static void an_entrypoint_keeps_what_its_signals_need(void **state)
{
	struct launcher *launcher;

	need_rights(*state);
	launcher = INIT(*state,
			WORKER("status=CapEff", "take=TERM:3", "say=ready"));
	expect_worker(*state, launcher, own_set("CapBnd:"));
	(void)launcher_hear(launcher, "ready");
	expect_kept(*state, launcher, BIT(CAP_KILL));
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 3);
	assert_silent(launcher);
}

static void what_is_left_is_said(void **state)
{
	struct launcher *launcher;

	need_rights(*state);
	launcher = INIT(*state, OPTIONS("--log-level", "info"),
			WORKER("take=TERM:3", "say=ready"));
	(void)launcher_hear(launcher, "ready");
	(void)launcher_log(launcher, "Gave up all capabilities but kill");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 3);
	launcher = START(*state,
			 OPTIONS("--user", "4711:4712", "--cap-drop", "chown"),
			 WORKER("say=ready"));
	(void)launcher_log(launcher, "Gave up all capabilities but kill,"
				     "setgid,setuid,setpcap");
	launcher_stop(*state, launcher, 0);
}

/* Whoever it has become. */
static void a_command_of_another_user_gets_its_signals(void **state)
{
	struct launcher *launcher;

	need_rights(*state);
	launcher = INIT(*state, OPTIONS("--user", "4711:4712"),
			WORKER("take=TERM:3", "say=ready"));
	(void)launcher_hear(launcher, "ready");
	expect_kept(*state, launcher, BIT(CAP_KILL));
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 3);
	assert_nobody_left(*state);
}

static void expect_restarts(struct stage *stage, const char *verb,
			    uint64_t kept)
{
	struct launcher *launcher =
		START(stage, .verb = verb,
		      OPTIONS("--restart", "always", "--user", "4711:4712",
			      "--nice", "-1", "--cap-drop", "chown",
			      "--cap-ambient", "net_bind_service", "--throttle",
			      "off", "--give-up", "never"),
		      WORKER("status=CapEff", "status=Uid", "say=ready"));

	for (int i = 0; i < 3; i++) {
		pid_t pid;

		expect_worker(stage, launcher, BIT(CAP_NET_BIND_SERVICE));
		(void)launcher_hear(launcher, "Uid:\t4711\t4711\t4711\t4711");
		pid = launcher_hear_pid(launcher, "ready");
		expect_kept(stage, launcher, kept);
		process_kill(pid, SIGKILL);
	}
	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_end(launcher);
	assert_nobody_left(stage);
}

/* From a path, so the command is not sought again. */
static void who_is_launched_later_has_what_the_first_had(void **state)
{
	const uint64_t kept = BIT(CAP_KILL) | BIT(CAP_SETUID) |
			      BIT(CAP_SETGID) | BIT(CAP_SETPCAP) |
			      BIT(CAP_SYS_RESOURCE) | BIT(CAP_SYS_NICE) |
			      BIT(CAP_NET_BIND_SERVICE);

	need_rights(*state);
	if (!(own_set("CapPrm:") & BIT(CAP_SYS_NICE)))
		SKIP("the niceness of workers is not ours to lower");
	expect_restarts(*state, "run", kept);
	expect_restarts(*state, "init", kept);
}

/* Or their execve would give them more than muster has. */
static void for_workers_of_its_own_user_all_is_kept(void **state)
{
	static const char *const lists[][3] = {
		{"--workers", "1", NULL},
		{"--user", "0", NULL},
		{"--cap-drop", "chown", NULL},
	};

	need_rights(*state);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct launcher *launcher =
			START(*state, .options = lists[i], WORKER("say=ready"));

		process_kill(launcher_hear_pid(launcher, "ready"), SIGKILL);
		(void)launcher_hear(launcher, "ready");
		expect_kept(*state, launcher, UINT64_MAX);
		launcher_stop(*state, launcher, 0);
	}
}

/* The next SIGHUP may ask for anything. */
static void with_a_file_all_is_kept(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	need_rights(stage);
	launcher =
		START(stage, OPTIONS("-c", CONFIG(stage,
						  "[service:a]\n"
						  "command = '%s' say=ready\n"
						  "user = 4711\n",
						  stage->worker)));
	(void)launcher_hear(launcher, "ready");
	expect_kept(stage, launcher, UINT64_MAX);
	launcher_stop(stage, launcher, 0);
}

/* In a directory that is another user's. */
static void a_socket_file_can_still_be_removed(void **state)
{
	struct stage *stage = *state;
	const char *directory = stage_path(stage, "theirs");
	const char *path = stage_text(stage, "%s/socket", directory);
	const uint64_t kept = BIT(CAP_KILL) | BIT(CAP_DAC_OVERRIDE);
	struct launcher *launcher;

	need_rights(stage);
	assert_int_equal(mkdir(directory, 0755), 0);
	assert_int_equal(chown(directory, 4711, 4711), 0);
	launcher = START(stage,
			 OPTIONS("--user", "4711:4711", "--listen",
				 stage_text(stage, "unix:%s", path)),
			 WORKER("say=ready"));
	(void)launcher_hear(launcher, "ready");
	expect_kept(stage, launcher,
		    kept | BIT(CAP_SETUID) | BIT(CAP_SETGID) |
			    BIT(CAP_SYS_RESOURCE));
	launcher_stop(stage, launcher, 0);
	assert_int_equal(access(path, F_OK), -1);
	launcher = INIT(stage, OPTIONS("--control", path), WORKER("say=ready"));
	(void)launcher_hear(launcher, "ready");
	expect_kept(stage, launcher, kept);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 143);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(directory), 0);
}

static void a_termination_log_can_still_be_written(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_file(stage, "log", "", 0600);
	struct stat status;
	struct launcher *launcher;

	need_rights(stage);
	assert_int_equal(chown(path, 4711, 4711), 0);
	launcher = INIT(stage, OPTIONS("--termination-log", path),
			WORKER("take=TERM:7", "say=ready"));
	(void)launcher_hear(launcher, "ready");
	expect_kept(stage, launcher, BIT(CAP_KILL) | BIT(CAP_DAC_OVERRIDE));
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 7);
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size > 0);
}

static void have_ambient(void *unused)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2] = {{0, 0, 0}, {0, 0, 0}};

	(void)unused;
	sets[0].permitted = (uint32_t)BIT(CAP_NET_BIND_SERVICE);
	sets[0].effective = sets[0].permitted;
	sets[0].inheritable = sets[0].permitted;
	if (setgroups(0, NULL) < 0 || setresgid(4711, 4711, 4711) < 0 ||
	    prctl(PR_SET_KEEPCAPS, 1) < 0 || setresuid(4711, 4711, 4711) < 0 ||
	    syscall(SYS_capset, &header, sets) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0,
		  0) < 0)
		_exit(123);
}

/* What workers have by muster's own they keep; an entrypoint that has launched
 * its command has no use for it. */
static void ambient_capabilities_are_the_workers(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	need_rights(stage);
	nproc_move_program(stage, stage->program, "muster");
	launcher = START(stage, WORKER("status=CapEff", "say=ready"),
			 .prepare = have_ambient);
	for (int i = 0; i < 2; i++) {
		expect_worker(stage, launcher, BIT(CAP_NET_BIND_SERVICE));
		process_kill(launcher_hear_pid(launcher, "ready"), SIGKILL);
	}
	(void)launcher_hear(launcher, "ready");
	launcher_stop(stage, launcher, 0);
	launcher = INIT(stage, WORKER("status=CapEff", "say=ready"),
			.prepare = have_ambient);
	expect_worker(stage, launcher, BIT(CAP_NET_BIND_SERVICE));
	expect_kept(stage, launcher, 0);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 143);
	assert_silent(launcher);
}

static void be_of_another_group(void *unused)
{
	(void)unused;
	if (setresgid(4242, 4242, 4242) < 0)
		_exit(123);
}

/* Of who is undumpable such a file is root's (proc(5)). */
static bool is_dumpable(struct stage *stage, const struct launcher *launcher)
{
	struct stat status;

	assert_int_equal(
		stat(stage_text(stage, "/proc/%d/status", (int)launcher->pid),
		     &status),
		0);
	return status.st_gid == 4242;
}

static bool is_possible(struct stage *stage, const char *engine,
			const char *spawn)
{
	struct launcher *launcher = START(stage,
					  OPTIONS("--engine", engine, "--spawn",
						  spawn, "--restart", "never"),
					  COMMAND("true"));
	int status = launcher_end(launcher);

	launcher_forget(stage, launcher);
	return status == 0;
}

/* On each path, first launch and later ones. */
static void muster_itself_stays_dumpable(void **state)
{
	static const char *const engines[] = {"ring", "epoll", "signal"};
	static const char *const spawns[] = {"fast", "vfork", "fork"};
	struct stage *stage = *state;

	need_rights(stage);
	for (size_t i = 0; i < ARRAY_LEN(engines) * ARRAY_LEN(spawns); i++) {
		const char *engine = engines[i / ARRAY_LEN(spawns)];
		const char *spawn = spawns[i % ARRAY_LEN(spawns)];
		struct launcher *launcher;

		if (!is_possible(stage, engine, spawn))
			continue;
		launcher = START(stage,
				 OPTIONS("--engine", engine, "--spawn", spawn,
					 "--user", "4711:4712"),
				 WORKER("say=ready"),
				 .prepare = be_of_another_group);
		process_kill(launcher_hear_pid(launcher, "ready"), SIGKILL);
		(void)launcher_hear(launcher, "ready");
		assert_true(is_dumpable(stage, launcher));
		launcher_stop(stage, launcher, 0);
		launcher_forget(stage, launcher);
	}
}

/* E44. */
static void where_that_is_forbidden_muster_goes_on(void **state)
{
	static const long numbers[] = {SYS_capset, -1};
	struct denied denied = {.numbers = numbers, .error = EPERM};
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	struct launcher *launcher;

	need_rights(*state);
	launcher = INIT(*state, OPTIONS("--log-level", "notice"),
			WORKER("take=TERM:4", "say=ready"), .prepare = deny,
			.argument = &denied);
	(void)launcher_hear(launcher, "ready");
	(void)launcher_log(launcher, "Cannot give up capabilities: "
				     "Operation not permitted");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 4);
	launcher = INIT(*state, WORKER("take=TERM:4", "say=ready", "close=1"),
			.prepare = deny, .argument = &denied);
	(void)launcher_hear(launcher, "ready");
	/* It lets go of descriptors after that. */
	while (launcher->said.fd >= 0 && now_ms() < until_ms)
		assert_false(launcher_ends_within(launcher, 1));
	assert_true(launcher->said.fd < 0);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 4);
	assert_silent(launcher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(an_entrypoint_keeps_what_its_signals_need),
		STAGE_TEST(what_is_left_is_said),
		STAGE_TEST(a_command_of_another_user_gets_its_signals),
		STAGE_TEST(who_is_launched_later_has_what_the_first_had),
		STAGE_TEST(for_workers_of_its_own_user_all_is_kept),
		STAGE_TEST(with_a_file_all_is_kept),
		STAGE_TEST(a_socket_file_can_still_be_removed),
		STAGE_TEST(a_termination_log_can_still_be_written),
		STAGE_TEST(ambient_capabilities_are_the_workers),
		STAGE_TEST(muster_itself_stays_dumpable),
		STAGE_TEST(where_that_is_forbidden_muster_goes_on),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

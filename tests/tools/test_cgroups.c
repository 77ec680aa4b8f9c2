/*
 * test_cgroups.c - the story of workers in a cgroup: they are born there, it is
 * made and removed, killed with them, and tells who was killed for want of
 * memory. Only who may write to cgroups can tell it.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cgroups.h"
#include "tools/config.h"

/* Far less than the eater takes. */
#define LIMIT "16777216"

static const char *need(bool is_v2, const char *name, char path[CGROUPS_PATH])
{
	if (!cgroups_name(is_v2, name, path))
		SKIP(CGROUPS_NONE);
	return path;
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/');
}

static void check_born(struct stage *stage, const char *verb, bool is_v2)
{
	char path[CGROUPS_PATH];
	struct launcher *launcher;

	need(is_v2, "born", path);
	launcher = launcher_start(
		stage, &(struct start){
			       .verb = verb,
			       OPTIONS("--restart", "never", "--cgroup", path),
			       COMMAND("cat", "/proc/self/cgroup"),
		       });
	(void)launcher_hear(launcher, name_of(path));
	assert_int_equal(launcher_end(launcher), 0);
	assert_false(cgroups_exists(path));
}

static void a_worker_is_in_it_and_it_is_made_and_removed(void **state)
{
	check_born(*state, "run", true);
	check_born(*state, "init", true);
}

static void so_it_is_in_version_1(void **state)
{
	check_born(*state, "run", false);
	check_born(*state, "init", false);
}

static void
a_key_of_the_file_names_it_and_a_reload_moves_to_another(void **state)
{
	struct stage *stage = *state;
	char first[CGROUPS_PATH];
	char second[CGROUPS_PATH];
	struct launcher *launcher;
	const char *path;
	pid_t pid;

	need(true, "first", first);
	need(true, "second", second);
	path = CONFIG(stage,
		      "[service:web]\ncommand = %s say=up\ncgroup = %s\n"
		      "kill = cgroup\n",
		      stage->worker, first);
	launcher = START(stage, OPTIONS("--config", path));
	pid = launcher_hear_pid(launcher, "up");
	assert_true(cgroups_has(first, pid));
	CONFIG(stage,
	       "[service:web]\ncommand = %s say=up\ncgroup = %s\n"
	       "kill = cgroup\n# as before\n",
	       stage->worker, first);
	config_reload(launcher, " 1 unchanged");
	CONFIG(stage,
	       "[service:web]\ncommand = %s say=up\ncgroup = %s\n"
	       "kill = cgroup\n",
	       stage->worker, second);
	config_reload(launcher, " 1 changed");
	pid = launcher_hear_pid(launcher, "up");
	(void)launcher_log(launcher, "Reloaded, roll 1");
	assert_true(cgroups_has(second, pid));
	launcher_stop(stage, launcher, 0);
	assert_false(cgroups_exists(first));
	assert_false(cgroups_exists(second));
}

/* One in a session of its own, and with it out of its worker's process group,
 * which does not end on TERM. */
#define FUGITIVE \
	"setsid sh -c 'trap \"\" TERM; echo $$ away; exec sleep 1000' & wait"

static void check_killed(struct stage *stage, const char *verb, bool is_v2)
{
	char path[CGROUPS_PATH];
	struct launcher *launcher;
	int pidfd;

	need(is_v2, "killed", path);
	launcher = launcher_start(
		stage, &(struct start){
			       .verb = verb,
			       OPTIONS("--cgroup", path, "--kill", "cgroup"),
			       COMMAND("sh", "-c", FUGITIVE),
		       });
	pidfd = process_open(launcher_hear_pid(launcher, "away"));
	launcher_signal(launcher, SIGTERM);
	(void)launcher_end(launcher);
	assert_true(process_ends_within(pidfd, DEADLINE_MS));
	(void)close(pidfd);
	assert_all_end_within(stage, DEADLINE_MS);
	assert_false(cgroups_exists(path));
}

static void nobody_flees_from_a_cgroup_that_is_killed(void **state)
{
	check_killed(*state, "run", true);
	check_killed(*state, "init", true);
}

static void nor_does_anybody_in_version_1(void **state)
{
	check_killed(*state, "run", false);
	check_killed(*state, "init", false);
}

/* The old worker ends, the new one stays, both were in it. */
static void a_newcomer_is_not_killed_with_who_was_before_it(void **state)
{
	struct stage *stage = *state;
	char path[CGROUPS_PATH];
	struct launcher *launcher;
	pid_t pid;

	need(true, "rolled", path);
	launcher = START(stage,
			 OPTIONS("--cgroup", path, "--kill", "cgroup",
				 "--stop-timeout", "1ms"),
			 WORKER("g1:ignore=TERM", "say=up"));
	(void)launcher_hear_pid(launcher, "up");
	launcher_signal(launcher, SIGHUP);
	pid = launcher_hear_pid(launcher, "up");
	(void)launcher_log(launcher, "did not stop in time and is killed");
	(void)launcher_log(launcher, "killed by signal 9");
	assert_true(cgroups_has(path, pid));
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "[2 started, 1 restarts");
	(void)launcher_end(launcher);
	assert_nobody_left(stage);
	assert_false(cgroups_exists(path));
}

/* A real one: a cgroup of version 1 with a limit, and a worker that eats. */
static void who_is_killed_for_want_of_memory_is_told_apart(void **state)
{
	struct stage *stage = *state;
	char path[CGROUPS_PATH];
	struct launcher *launcher;
	bool is_limited;
	int status;

	need(false, "oom", path);
	assert_int_equal(mkdir(path, 0755), 0);
	is_limited =
		cgroups_write(path, "memory.limit_in_bytes", LIMIT) &&
		(cgroups_write(path, "memory.memsw.limit_in_bytes", LIMIT) ||
		 errno == ENOENT);
	if (!is_limited) {
		assert_true(cgroups_remove(path));
		SKIP("memory cannot be limited here");
	}
	launcher = START(stage,
			 OPTIONS("--restart", "never", "--cgroup", path,
				 "--log-format", "json"),
			 COMMAND("tail", "/dev/zero"));
	(void)launcher_log(launcher, "\"oom\":true");
	status = launcher_end(launcher);
	assert_true(cgroups_exists(path)); /* it was there before */
	launcher = INIT(stage, OPTIONS("--cgroup", path),
			COMMAND("tail", "/dev/zero"));
	(void)launcher_log(launcher,
			   "killed by signal 9 (SIGKILL) by the kernel for "
			   "want of memory (OOM)");
	assert_int_equal(launcher_end(launcher), 137);
	assert_int_equal(status, 137);
	launcher = START(stage, OPTIONS("--restart", "never", "--cgroup", path),
			 WORKER("die=KILL"));
	assert_null(
		strstr(launcher_log(launcher, "killed by signal 9"), "OOM"));
	assert_int_equal(launcher_end(launcher), 137);
	assert_true(cgroups_remove(path));
}

/* A container's PID 1, whose cgroup has counted so many kills; the file is
 * where version 2 would have it. */
static void be_pid_1(const char *events)
{
	int status;
	pid_t pid;
	int fd;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) < 0)
		_exit(122);
	fd = open("/sys/fs/cgroup/memory.events",
		  O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, events, strlen(events)) < 0 || close(fd) < 0)
		_exit(123);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		_exit(123);
	_exit(WEXITSTATUS(status));
}

static void prepare_pid_1(void *argument)
{
	be_pid_1(argument);
}

static void PID_1_tells_it_without_an_option(void **state)
{
	static char none[] = "oom 1\noom_kill 0\n";
	static char some[] = "oom 1\noom_kill 1\n";
	struct launcher *launcher;
	int status;

	launcher = INIT(*state, WORKER("die=KILL"), .prepare = prepare_pid_1,
			.argument = some);
	status = launcher_end(launcher);
	if (status == 122)
		SKIP("no namespace can be made here");
	assert_int_equal(status, 137);
	assert_non_null(strstr(launcher->log.data, "for want of memory (OOM)"));
	launcher = INIT(*state, WORKER("die=KILL"), .prepare = prepare_pid_1,
			.argument = none);
	assert_int_equal(launcher_end(launcher), 137);
	assert_int_equal(launcher->log.length, 0);
}

static void check_refusal(struct stage *stage, const char *verb,
			  const char *const *options, const char *line)
{
	struct launcher *launcher =
		launcher_start(stage, &(struct start){
					      .verb = verb,
					      .options = options,
					      COMMAND("true"),
				      });

	(void)launcher_log(launcher, line);
	assert_int_equal(launcher_end(launcher), 125);
}

static void what_is_wrong_with_it_is_one_line(void **state)
{
	static const char *const verbs[] = {"run", "init"};

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		check_refusal(*state, verbs[i], LIST("--cgroup", "web"),
			      "expected an absolute path such as "
			      "/sys/fs/cgroup/NAME");
		check_refusal(*state, verbs[i], LIST("--cgroup", "/tmp/web"),
			      "cgroup /tmp/web: not in a cgroup file system");
		check_refusal(*state, verbs[i], LIST("--kill", "all"),
			      "expected group, process or cgroup");
	}
	check_refusal(*state, "run", LIST("--kill", "cgroup"),
		      "--kill cgroup: there is no cgroup to kill");
	check_refusal(*state, "init", LIST("--kill", "cgroup"),
		      "a cgroup is to be killed, and none is named");
}

static void our_own_is_not_killed(void **state)
{
	if (!cgroups_root(true))
		SKIP(CGROUPS_NONE);
	check_refusal(*state, "run",
		      LIST("--cgroup", cgroups_root(true), "--kill", "cgroup"),
		      "the launcher is in it, it cannot be killed");
}

static int tear_down(void **state)
{
	int r = stage_tear_down(state);

	(void)cgroups_sweep(state);
	return r;
}

#define CGROUP_TEST(test) \
	cmocka_unit_test_setup_teardown(test, stage_set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CGROUP_TEST(a_worker_is_in_it_and_it_is_made_and_removed),
		CGROUP_TEST(so_it_is_in_version_1),
		CGROUP_TEST(
			a_key_of_the_file_names_it_and_a_reload_moves_to_another),
		CGROUP_TEST(nobody_flees_from_a_cgroup_that_is_killed),
		CGROUP_TEST(nor_does_anybody_in_version_1),
		CGROUP_TEST(a_newcomer_is_not_killed_with_who_was_before_it),
		CGROUP_TEST(who_is_killed_for_want_of_memory_is_told_apart),
		CGROUP_TEST(PID_1_tells_it_without_an_option),
		CGROUP_TEST(what_is_wrong_with_it_is_one_line),
		CGROUP_TEST(our_own_is_not_killed),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

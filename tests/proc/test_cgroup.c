/*
 * test_cgroup.c - a cgroup is found or made, and what is none is refused; who
 * is in it is killed; what its files say is understood. Directories stand in
 * for what only another machine has.
 */
#include <sys/mman.h>

#include "base/nsec.h"
#include "cgroups.h"
#include "kernel/children.h"
#include "proc/cgroup.h"
#include "proc/cgroup_members.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)

static const char *need(bool is_v2, const char *name, char path[CGROUPS_PATH])
{
	if (!cgroups_name(is_v2, name, path))
		SKIP(CGROUPS_NONE);
	return path;
}

static struct cgroup take(const char *path)
{
	struct cgroup cgroup = CGROUP_NULL;
	char buffer[512];
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	assert_int_equal(cgroup_open(path, &cgroup, &error), 0);
	assert_string_equal(buffer, "");
	return cgroup;
}

static void check_refused(const char *path, int r, const char *why)
{
	struct cgroup cgroup = CGROUP_NULL;
	char buffer[512];
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	assert_int_equal(cgroup_open(path, &cgroup, &error), r);
	assert_string_equal(buffer, why);
	assert_int_equal(cgroup.fd, -1);
}

static void check_made(bool is_v2)
{
	char path[CGROUPS_PATH];
	char slashes[CGROUPS_PATH + 4];
	struct cgroup cgroup;

	need(is_v2, "made", path);
	(void)snprintf(slashes, sizeof(slashes), "%s//", path);
	cgroup = take(slashes);
	assert_true(cgroups_exists(path));
	assert_true(cgroup.is_ours);
	assert_int_equal(cgroup.is_v2, is_v2);
	assert_int_equal(cgroup_remove(&cgroup), 0);
	assert_false(cgroups_exists(path));
	cgroup_close(&cgroup);
	assert_int_equal(cgroup.fd, -1);
}

static void what_is_missing_is_made_and_removed(void **state)
{
	(void)state;
	check_made(true);
}

static void so_it_is_in_version_1(void **state)
{
	(void)state;
	check_made(false);
}

static void what_was_there_stays(void **state)
{
	char path[CGROUPS_PATH];
	char slashes[CGROUPS_PATH + 4];
	struct cgroup cgroup;
	bool is_there;

	(void)state;
	need(true, "there", path);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(slashes, sizeof(slashes), "%s///", path);
	cgroup = take(slashes);
	assert_string_equal(cgroup.path, path);
	assert_int_equal(cgroup_remove(&cgroup), 0);
	cgroup_close(&cgroup);
	is_there = cgroups_exists(path);
	assert_true(cgroups_remove(path));
	assert_true(is_there);
}

static void what_is_no_cgroup_is_refused_and_not_made(void **state)
{
	char path[64];
	char why[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/muster-test-%d",
		       (int)getpid());
	(void)snprintf(why, sizeof(why),
		       "cgroup %s: not in a cgroup file system", path);
	check_refused(path, -EINVAL, why);
	assert_false(cgroups_exists(path));
	check_refused("/tmp", -EINVAL,
		      "cgroup /tmp: not in a cgroup file system");
	check_refused("/proc/muster-test", -EINVAL,
		      "cgroup /proc/muster-test: not in a cgroup file system");
	check_refused("/dev/null", -ENOTDIR,
		      "cgroup /dev/null: Not a directory");
	check_refused("/none/such", -ENOENT,
		      "cgroup /none/such: No such file or directory");
}

/* The child of somebody who may not write there. */
static int open_as_nobody(void)
{
	const char *root = cgroups_root(true);
	struct cgroup cgroup = CGROUP_NULL;
	char buffer[256];
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	CHILD_CHECK(setresuid(65534, 65534, 65534) == 0);
	CHILD_CHECK(cgroup_open(root, &cgroup, &error) == -EACCES);
	CHILD_CHECK(strstr(buffer, "cannot write to cgroup.procs: cgroup /"));
	CHILD_CHECK(strstr(buffer, ": Permission denied"));
	return 0;
}

static void who_may_not_write_there_is_told(void **state)
{
	(void)state;
	if (geteuid() != 0 || !cgroups_root(true))
		SKIP("only root can become somebody who may not");
	in_child(open_as_nobody);
}

static pid_t sleeper_in(const char *path)
{
	pid_t pid = child_sleeper();
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	if (!cgroups_write(path, "cgroup.procs", text)) {
		(void)kill(pid, SIGKILL);
		fail_msg("nobody can be put into %s", path);
	}
	return pid;
}

/* Version 1 has no cgroup.kill: they are killed one by one, more of them than
 * at a time. */
static void check_killed(bool is_v2, unsigned int count)
{
	char path[CGROUPS_PATH];
	struct cgroup cgroup = take(need(is_v2, "killed", path));
	pid_t pids[200];

	assert_true(count <= ARRAY_LEN(pids));
	for (unsigned int i = 0; i < count; i++)
		pids[i] = sleeper_in(path);
	cgroup_kill(&cgroup);
	for (unsigned int i = 0; i < count; i++) {
		siginfo_t end = child_end(pids[i]);

		assert_int_equal(end.si_code, CLD_KILLED);
		assert_int_equal(end.si_status, SIGKILL);
	}
	cgroup_await_empty(&cgroup, LIMIT_NS);
	assert_int_equal(cgroup_remove(&cgroup), 0);
	cgroup_close(&cgroup);
}

static void all_that_are_in_it_are_killed(void **state)
{
	(void)state;
	check_killed(true, 3);
}

static void all_are_killed_one_by_one_in_version_1(void **state)
{
	(void)state;
	check_killed(false, 200);
}

static int kill_own(void)
{
	char path[CGROUPS_PATH];
	struct cgroup cgroup = take(cgroups_name(false, "own", path));
	bool has_us;
	pid_t pid;

	CHILD_CHECK(!cgroup_has_us(&cgroup));
	CHILD_CHECK(cgroups_write(path, "cgroup.procs", "0"));
	has_us = cgroup_has_us(&cgroup);
	pid = fork();
	while (pid == 0)
		(void)pause();
	cgroup_kill(&cgroup);
	CHILD_CHECK(child_end(pid).si_status == SIGKILL);
	CHILD_CHECK(cgroups_write(cgroups_root(false), "cgroup.procs", "0"));
	CHILD_CHECK(cgroup_remove(&cgroup) == 0);
	CHILD_CHECK(has_us);
	cgroup_close(&cgroup);
	return 0;
}

/* Where the kernel does it, it kills us, too, so core does not ask for it. */
static void one_by_one_we_are_left_out(void **state)
{
	(void)state;
	if (!cgroups_root(false))
		SKIP(CGROUPS_NONE);
	in_child(kill_own);
}

static int be_below(void)
{
	char path[CGROUPS_PATH];
	char beside[CGROUPS_PATH];
	char below[CGROUPS_PATH + 8];
	char home[CGROUPS_PATH];
	struct cgroup cgroup = take(cgroups_name(true, "above", path));
	struct cgroup other = take(cgroups_name(true, "above-all", beside));
	bool has_us;
	bool has_other;

	(void)snprintf(below, sizeof(below), "%s/below", path);
	CHILD_CHECK(!cgroup_has_us(&cgroup));
	CHILD_CHECK(mkdir(below, 0755) == 0);
	CHILD_CHECK(cgroups_write(below, "cgroup.procs", "0"));
	has_us = cgroup_has_us(&cgroup);
	has_other = cgroup_has_us(&other);
	/* Not to the root, which may have none; a sweep removes it. */
	CHILD_CHECK(mkdir(cgroups_name(true, "home", home), 0755) == 0);
	CHILD_CHECK(cgroups_write(home, "cgroup.procs", "0"));
	CHILD_CHECK(rmdir(below) == 0);
	CHILD_CHECK(cgroup_remove(&cgroup) == 0);
	CHILD_CHECK(cgroup_remove(&other) == 0);
	CHILD_CHECK(has_us);
	CHILD_CHECK(!has_other);
	cgroup_close(&cgroup);
	cgroup_close(&other);
	return 0;
}

static void who_is_below_it_is_in_it(void **state)
{
	(void)state;
	if (!cgroups_root(true))
		SKIP(CGROUPS_NONE);
	in_child(be_below);
}

static void one_in_use_is_not_removed_and_is_waited_for(void **state)
{
	char path[CGROUPS_PATH];
	struct cgroup cgroup = take(need(true, "used", path));
	pid_t pid = sleeper_in(path);
	int while_used = cgroup_remove(&cgroup);

	(void)state;
	cgroup_await_empty(&cgroup, NSEC_PER_MSEC); /* and not for ever */
	cgroup_await_empty(&cgroup, 0);
	cgroup_kill(&cgroup);
	cgroup_await_empty(&cgroup, LIMIT_NS);
	assert_int_equal(cgroup_remove(&cgroup), 0);
	assert_int_equal(child_end(pid).si_status, SIGKILL);
	assert_int_equal(while_used, -EBUSY);
	cgroup_close(&cgroup);
}

static uint64_t ooms_of(const char *text)
{
	_cleanup_fd_ int fd = memfd_create("events", MFD_CLOEXEC);
	const struct cgroup cgroup = {.ooms_fd = fd};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(cgroup_ooms(&cgroup), cgroup_ooms(&cgroup));
	return cgroup_ooms(&cgroup);
}

static void kills_for_want_of_memory_are_counted(void **state)
{
	const struct cgroup none = CGROUP_NULL;

	(void)state;
	assert_int_equal(ooms_of("low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n"
				 "oom_group_kill 5\n"),
			 4);
	assert_int_equal(ooms_of("oom_kill_disable 1\nunder_oom 0\n"
				 "oom_kill 12\n"),
			 12);
	assert_int_equal(ooms_of("oom_kill_disable 1\nunder_oom 0\n"), 0);
	assert_int_equal(ooms_of(""), 0);
	assert_int_equal(cgroup_ooms(&none), 0);
}

/* A tree of three directories; group_at is the depth that has the 1. */
static size_t find_fate(const char *root, int group_at, const char *own)
{
	const char *const parts[] = {"", "/a", "/a/b"};
	char path[CGROUPS_PATH];
	char file[CGROUPS_PATH + 32];
	size_t found;

	for (int i = 0; i < 3; i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		(void)snprintf(file, sizeof(file), "%s/memory.oom.group", path);
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, i == group_at ? "1\n" : "0\n", 2),
				 2);
		(void)close(fd);
	}
	found = cgroup_find_oom_group(path, strlen(root), own);
	for (int i = 2; i >= 0; i--) {
		(void)snprintf(file, sizeof(file), "%s%s/memory.oom.group",
			       root, parts[i]);
		assert_int_equal(unlink(file), 0);
		(void)snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		assert_int_equal(rmdir(path), 0);
	}
	return found;
}

static void a_fate_is_shared_with_who_is_in_the_same_one(void **state)
{
	char root[] = "/tmp/muster-test-XXXXXX";
	size_t length = strlen(root);

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(find_fate(root, 0, ""), length);
	assert_int_equal(find_fate(root, 0, "/elsewhere"), length);
	assert_int_equal(find_fate(root, 1, "/a/c"), length + 2);
	assert_int_equal(find_fate(root, 1, "/a"), length + 2);
	assert_int_equal(find_fate(root, 1, "/ab"), 0);
	assert_int_equal(find_fate(root, 1, ""), 0);
	assert_int_equal(find_fate(root, 2, "/a/b"), length + 4);
	assert_int_equal(find_fate(root, 2, "/a/c"), 0);
	assert_int_equal(find_fate(root, 3, "/a/b"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_made_and_removed),
		cmocka_unit_test(so_it_is_in_version_1),
		cmocka_unit_test(what_was_there_stays),
		cmocka_unit_test(what_is_no_cgroup_is_refused_and_not_made),
		cmocka_unit_test(who_may_not_write_there_is_told),
		cmocka_unit_test(all_that_are_in_it_are_killed),
		cmocka_unit_test(all_are_killed_one_by_one_in_version_1),
		cmocka_unit_test(one_by_one_we_are_left_out),
		cmocka_unit_test(who_is_below_it_is_in_it),
		cmocka_unit_test(one_in_use_is_not_removed_and_is_waited_for),
		cmocka_unit_test(kills_for_want_of_memory_are_counted),
		cmocka_unit_test(a_fate_is_shared_with_who_is_in_the_same_one),
	};

	return cmocka_run_group_tests(tests, NULL, cgroups_sweep);
}

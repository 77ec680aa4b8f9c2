/*
 * test_cgroup.c - what the kernel promises of cgroups: children are born in
 * one, or write themselves there, without their parent, and one is killed
 * whole.
 */
#include "cgroups.h"
#include "kernel/children.h"

#define RAW __attribute__((no_sanitize("address", "undefined")))
#define STACK_SIZE 65536U

/* What the child of this test shares with it. */
static int shared_procs_fd;

static const char *need(bool is_v2, const char *name, char path[CGROUPS_PATH])
{
	if (!cgroups_name(is_v2, name, path) || mkdir(path, 0755) < 0)
		SKIP(CGROUPS_NONE);
	return path;
}

RAW static void wait_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		(void)compat_syscall(SYS_pause, 0, 0, 0, 0);
}

RAW static void write_itself_and_exit(void *argument)
{
	static const char itself[] = "0";
	long r = compat_syscall(SYS_write, shared_procs_fd, (long)itself, 1, 0);

	(void)argument;
	for (;;)
		(void)compat_syscall(SYS_exit_group, r == 1 ? 3 : 4, 0, 0, 0);
}

/* A copy of this process, made in the cgroup. */
static long clone_into(const char *path)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct compat_clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)fd,
	};

	assert_true(fd >= 0);
	return compat_clone3(&args, wait_for_ever, NULL);
}

static void a_child_is_born_in_a_cgroup(void **state)
{
	char path[CGROUPS_PATH];
	bool is_there;
	long pid;

	(void)state;
	pid = clone_into(need(true, "born", path));
	is_there = pid > 0 && cgroups_has(path, (pid_t)pid);
	if (pid > 0) {
		(void)kill((pid_t)pid, SIGKILL);
		(void)child_end((pid_t)pid);
	}
	assert_true(cgroups_remove(path));
	if (pid == -ENOSYS || pid == -EPERM || pid == -EINVAL)
		SKIP("clone3 into a cgroup is refused here");
	assert_true(pid > 0);
	assert_true(is_there);
}

static void nobody_is_born_in_version_1(void **state)
{
	char path[CGROUPS_PATH];
	long pid;

	(void)state;
	pid = clone_into(need(false, "born", path));
	if (pid > 0) {
		(void)kill((pid_t)pid, SIGKILL);
		(void)child_end((pid_t)pid);
	}
	assert_true(cgroups_remove(path));
	assert_true(pid < 0);
}

/* By a descriptor that its parent has opened, in memory that is its parent's.
 */
static siginfo_t write_itself(const char *path)
{
	_cleanup_free_ char *stack = aligned_alloc(64, STACK_SIZE);
	char file[CGROUPS_PATH + 32];
	struct compat_clone_args args = {
		.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = STACK_SIZE,
	};
	long pid;

	assert_non_null(stack);
	(void)snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	shared_procs_fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_true(shared_procs_fd >= 0);
	pid = compat_clone(&args, write_itself_and_exit, NULL);
	(void)close(shared_procs_fd);
	assert_true(pid > 0);
	return child_end((pid_t)pid);
}

static void check_written(bool is_v2)
{
	char path[CGROUPS_PATH];
	siginfo_t end = write_itself(need(is_v2, "written", path));
	bool are_we = cgroups_has(path, getpid());

	assert_true(cgroups_remove(path));
	assert_int_equal(end.si_code, CLD_EXITED);
	assert_int_equal(end.si_status, 3);
	assert_false(are_we);
}

static void a_child_that_writes_0_goes_without_its_parent(void **state)
{
	(void)state;
	check_written(true);
}

static void so_it_does_in_version_1(void **state)
{
	(void)state;
	check_written(false);
}

/* And is empty when those have ended, zombies though they are. */
static void a_cgroup_is_killed_with_those_below(void **state)
{
	char path[CGROUPS_PATH];
	char below[CGROUPS_PATH + 8];
	bool is_killed;
	pid_t pids[2];
	siginfo_t ends[2];

	(void)state;
	need(true, "killed", path);
	(void)snprintf(below, sizeof(below), "%s/below", path);
	assert_int_equal(mkdir(below, 0755), 0);
	for (int i = 0; i < 2; i++) {
		char text[16];

		pids[i] = child_sleeper();
		(void)snprintf(text, sizeof(text), "%d", (int)pids[i]);
		(void)cgroups_write(i == 0 ? path : below, "cgroup.procs",
				    text);
	}
	is_killed = cgroups_write(path, "cgroup.kill", "1");
	for (int i = 0; i < 2; i++) {
		if (!is_killed)
			(void)kill(pids[i], SIGKILL);
		ends[i] = child_end(pids[i]);
	}
	assert_true(cgroups_remove(below));
	assert_true(cgroups_remove(path));
	if (!is_killed)
		SKIP("there is no cgroup.kill before Linux 5.14");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ends[i].si_code, CLD_KILLED);
		assert_int_equal(ends[i].si_status, SIGKILL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_is_born_in_a_cgroup),
		cmocka_unit_test(nobody_is_born_in_version_1),
		cmocka_unit_test(a_child_that_writes_0_goes_without_its_parent),
		cmocka_unit_test(so_it_does_in_version_1),
		cmocka_unit_test(a_cgroup_is_killed_with_those_below),
	};

	return cmocka_run_group_tests(tests, NULL, cgroups_sweep);
}

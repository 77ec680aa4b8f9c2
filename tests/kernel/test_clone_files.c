/*
 * test_clone_files.c - what the kernel promises of the working directory and
 * the umask: a child that shares memory and descriptors has its own of both, as
 * long as nobody asks for CLONE_FS.
 */
#include <sys/stat.h>

#include "kernel/children.h"

#define RAW __attribute__((no_sanitize("address", "undefined")))
#define STACK_SIZE 65536U

static bool uses_clone3;

RAW static void change_both(void *argument)
{
	long r = compat_syscall(SYS_chdir, (long)argument, 0, 0, 0);

	(void)compat_syscall(SYS_umask, 0155, 0, 0, 0);
	for (;;)
		(void)compat_syscall(SYS_exit_group, r < 0, 0, 0, 0);
}

/* A child that goes to "/" and has ended; false when it could not. */
static bool let_child_change(uint64_t flags)
{
	static char stack[STACK_SIZE] __attribute__((aligned(64)));
	static char root[] = "/";
	struct compat_clone_args args = {
		.flags = flags,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	long pid = uses_clone3 ? compat_clone3(&args, change_both, root)
			       : compat_clone(&args, change_both, root);
	siginfo_t end;

	if (pid < 0)
		return false;
	end = child_end((pid_t)pid);
	return end.si_code == CLD_EXITED && end.si_status == 0;
}

static mode_t umask_now(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return mask;
}

static bool is_in(const char *directory)
{
	char path[64];

	return getcwd(path, sizeof(path)) && strcmp(path, directory) == 0;
}

static int keep_both(void)
{
	static const uint64_t flags[] = {
		CLONE_VM | CLONE_FILES,
		CLONE_VM | CLONE_FILES | CLONE_VFORK,
		CLONE_VM,
	};

	CHILD_CHECK(chdir("/usr") == 0);
	(void)umask(022);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		CHILD_CHECK(let_child_change(flags[i]));
		CHILD_CHECK(is_in("/usr"));
		CHILD_CHECK(umask_now() == 022);
	}
	return 0;
}

/* The reason why it must not be among the flags. */
static int lose_both(void)
{
	CHILD_CHECK(chdir("/usr") == 0);
	(void)umask(022);
	CHILD_CHECK(let_child_change(CLONE_VM | CLONE_FS));
	CHILD_CHECK(is_in("/"));
	CHILD_CHECK(umask_now() == 0155);
	return 0;
}

static void each_way(int (*story)(void))
{
	uses_clone3 = false;
	in_child(story);
	if (syscall(SYS_clone3, NULL, 0) < 0 && errno != EINVAL)
		SKIP("clone3: %s", strerror(errno));
	uses_clone3 = true;
	in_child(story);
}

static void
without_clone_fs_directory_and_umask_are_the_childs_own(void **state)
{
	(void)state;
	each_way(keep_both);
}

static void with_clone_fs_directory_and_umask_are_shared(void **state)
{
	(void)state;
	each_way(lose_both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			without_clone_fs_directory_and_umask_are_the_childs_own),
		cmocka_unit_test(with_clone_fs_directory_and_umask_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

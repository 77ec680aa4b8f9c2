/*
 * test_clone.c - what the kernel promises to children that share the parent's
 * memory and descriptors: how they report, and when their stack is free.
 *
 * Such a child runs on a stack of its own and makes raw system calls only; its
 * functions are built without what needs a thread of its own.
 */
#include <linux/futex.h>
#include <time.h>

#include "kernel/children.h"

#define STACK_SIZE 65536U
#define RAW __attribute__((no_sanitize("address", "undefined")))
#define HOLD_STATUS 7

/* What the child shares with its parent. */
struct loan {
	volatile int ctid; /* 1 until the kernel clears it */
	volatile int told;
	int stdin_fd; /* where the program waits */
	char *argv[3];
	char *environment[1];
	char stack[STACK_SIZE] __attribute__((aligned(64)));
};

static bool uses_clone3 = true;

static struct loan *loan_new(void)
{
	struct loan *loan = mmap(NULL, sizeof(*loan), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(loan != MAP_FAILED);
	return loan;
}

static void loan_end(struct loan *loan)
{
	assert_int_equal(munmap(loan, sizeof(*loan)), 0);
}

/* A pid or -errno; *ret_pidfd when it is a pid. */
static long loan_clone(struct loan *loan, uint64_t flags, void (*run)(void *),
		       int *ret_pidfd)
{
	struct compat_clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_CHILD_CLEARTID,
		.exit_signal = SIGCHLD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.child_tid = (uint64_t)(uintptr_t)&loan->ctid,
		.stack = (uint64_t)(uintptr_t)loan->stack,
		.stack_size = sizeof(loan->stack),
	};

	loan->ctid = 1;
	if (uses_clone3)
		return compat_clone3(&args, run, loan);
	return compat_clone(&args, run, loan);
}

RAW static inline long raw(long number, long a, long b, long c)
{
	return compat_syscall(number, a, b, c, 0);
}

RAW static void raw_exit(long status)
{
	for (;;)
		(void)raw(SYS_exit_group, status, 0, 0);
}

RAW static void tell_and_exit(void *argument)
{
	struct loan *loan = argument;

	loan->told = 42;
	raw_exit(5);
}

RAW static void wait_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		(void)raw(SYS_pause, 0, 0, 0);
}

RAW static void write_and_exit(void *argument)
{
	struct loan *loan = argument;

	raw_exit(raw(SYS_write, loan->stdin_fd, (long)loan->stack, 1) != 1);
}

/* This program again, which holds until its standard input ends. */
RAW static void execute(void *argument)
{
	struct loan *loan = argument;

	(void)raw(SYS_dup3, loan->stdin_fd, 0, 0);
	(void)raw(SYS_execve, (long)loan->argv[0], (long)loan->argv,
		  (long)loan->environment);
	raw_exit(1);
}

RAW static void close_after_unsharing(void *argument)
{
	(void)argument;
	if (raw(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		raw_exit(1);
	raw_exit(0);
}

RAW static void close_all(void *argument)
{
	(void)argument;
	raw_exit(raw(SYS_close_range, 3, ~0U, 0) < 0);
}

/* futex(2), not private: the kernel's wake-up is not. False at the deadline. */
static bool is_cleared(volatile int *word)
{
	struct timespec limit = {.tv_sec = DEADLINE_MS / 1000};

	while (*word != 0)
		if (syscall(SYS_futex, word, FUTEX_WAIT, 1, &limit, NULL, 0) <
			    0 &&
		    errno == ETIMEDOUT)
			return false;
	return true;
}

static void assert_ends_with(int pidfd, int status)
{
	siginfo_t info;

	assert_true(is_readable(pidfd));
	assert_int_equal(child_wait(pidfd, WEXITED, &info), 0);
	assert_int_equal(info.si_code, CLD_EXITED);
	assert_int_equal(info.si_status, status);
}

static void a_child_reports_through_shared_memory_without_vfork(void **state)
{
	struct loan *loan = loan_new();
	_cleanup_fd_ int pidfd = -1;

	(void)state;
	assert_true(loan_clone(loan, CLONE_VM, tell_and_exit, &pidfd) > 0);
	assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	assert_ends_with(pidfd, 5);
	assert_int_equal(loan->told, 42);
	loan_end(loan);
}

static void clone_with_vfork_returns_when_the_child_is_done(void **state)
{
	struct loan *loan = loan_new();
	_cleanup_fd_ int pidfd = -1;

	(void)state;
	assert_true(loan_clone(loan, CLONE_VM | CLONE_VFORK, tell_and_exit,
			       &pidfd) > 0);
	assert_int_equal(loan->told, 42);
	assert_int_equal(loan->ctid, 0);
	assert_ends_with(pidfd, 5);
	loan_end(loan);
}

/* What it shares or not: it is waited for all the same. */
static void clone_with_vfork_waits_for_a_copied_child_too(void **state)
{
	struct loan *loan = loan_new();
	_cleanup_fd_ int pidfd = -1;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	loan->stdin_fd = ends[1];
	assert_true(loan_clone(loan, CLONE_VFORK, write_and_exit, &pidfd) > 0);
	assert_int_equal(child_poll(ends[0], 0), POLLIN);
	assert_ends_with(pidfd, 0);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
	loan_end(loan);
}

static void a_copied_child_cannot_write_into_the_parents_memory(void **state)
{
	struct loan *loan = loan_new();
	_cleanup_fd_ int pidfd = -1;

	(void)state;
	assert_true(loan_clone(loan, 0, tell_and_exit, &pidfd) > 0);
	assert_ends_with(pidfd, 5);
	assert_int_equal(loan->told, 0);
	loan_end(loan);
}

static void the_ctid_word_is_cleared_by_the_end_of_the_child(void **state)
{
	struct loan *loan = loan_new();
	_cleanup_fd_ int pidfd = -1;

	(void)state;
	assert_true(loan_clone(loan, CLONE_VM, wait_for_ever, &pidfd) > 0);
	assert_int_equal(loan->ctid, 1);
	assert_int_equal(child_signal(pidfd, SIGKILL, 0), 0);
	assert_true(is_cleared(&loan->ctid));
	assert_true(is_readable(pidfd));
	/* A death is seen later than the word: the stack is free by then. */
	assert_int_equal(loan->ctid, 0);
	assert_int_equal(child_wait(pidfd, WEXITED, &(siginfo_t){0}), 0);
	loan_end(loan);
}

/* Executes this program as HOLD; returns the end that lets it go. */
static int hold_start(struct loan *loan, int *ret_pidfd)
{
	static char path[] = "/proc/self/exe";
	static char verb[] = "hold";
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	loan->stdin_fd = ends[0];
	loan->argv[0] = path;
	loan->argv[1] = verb;
	assert_true(loan_clone(loan, CLONE_VM, execute, ret_pidfd) > 0);
	assert_true(is_cleared(&loan->ctid));
	assert_int_equal(close(ends[0]), 0);
	return ends[1];
}

static void the_ctid_word_is_cleared_by_exec(void **state)
{
	struct loan *loan = loan_new();
	_cleanup_fd_ int pidfd = -1;
	int hold_fd = hold_start(loan, &pidfd);
	siginfo_t info;

	(void)state;
	assert_int_equal(child_wait(pidfd, WEXITED | WNOHANG, &info), 0);
	assert_int_equal(info.si_pid, 0); /* it was not its end */
	assert_int_equal(close(hold_fd), 0);
	assert_ends_with(pidfd, HOLD_STATUS);
	loan_end(loan);
}

static void the_childs_stack_is_free_when_the_ctid_word_is_cleared(void **state)
{
	struct loan *loan = loan_new();
	_cleanup_fd_ int pidfd = -1;
	_cleanup_fd_ int next_pidfd = -1;
	int hold_fd = hold_start(loan, &pidfd);

	(void)state;
	memset(loan, 0xa5, sizeof(*loan));
	assert_true(loan_clone(loan, CLONE_VM, tell_and_exit, &next_pidfd) > 0);
	assert_ends_with(next_pidfd, 5);
	loan_end(loan);
	assert_int_equal(close(hold_fd), 0);
	assert_ends_with(pidfd, HOLD_STATUS);
}

static int unshare_descriptors(void)
{
	struct loan *loan = loan_new();
	siginfo_t info;
	int pidfd = -1;

	CHILD_CHECK(fcntl(0, F_DUPFD_CLOEXEC, 50) == 50);
	CHILD_CHECK(loan_clone(loan, CLONE_VM | CLONE_FILES,
			       close_after_unsharing, &pidfd) > 0);
	CHILD_CHECK(is_readable(pidfd));
	CHILD_CHECK(child_wait(pidfd, WEXITED, &info) == 0);
	CHILD_CHECK(info.si_status == 0);
	CHILD_CHECK(fcntl(50, F_GETFD) == FD_CLOEXEC);
	return 0;
}

static int edit_the_parents_descriptors(void)
{
	struct loan *loan = loan_new();
	int pidfd = -1;

	CHILD_CHECK(fcntl(0, F_DUPFD_CLOEXEC, 50) == 50);
	CHILD_CHECK(loan_clone(loan, CLONE_VM | CLONE_FILES, close_all,
			       &pidfd) > 0);
	CHILD_CHECK(is_cleared(&loan->ctid));
	CHILD_CHECK(fcntl(50, F_GETFD) < 0);
	return 0;
}

static bool has_unshare(void)
{
	return syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) == 0;
}

static void close_range_with_unshare_leaves_the_parents_table(void **state)
{
	(void)state;
	if (!has_unshare())
		SKIP("close_range: %s", strerror(errno));
	in_child(unshare_descriptors);
}

/* The reason why the child checks its first call. */
static void a_child_that_does_not_unshare_edits_the_parents_table(void **state)
{
	(void)state;
	if (!has_unshare())
		SKIP("close_range: %s", strerror(errno));
	in_child(edit_the_parents_descriptors);
}

static void on_signal(int signo)
{
	(void)signo;
}

static int ask_dispositions(void)
{
	struct compat_clone_args args = {
		.flags = CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD,
	};
	struct sigaction handled;
	struct sigaction ignored;
	long pid;

	CHILD_CHECK(signal(SIGUSR1, on_signal) != SIG_ERR);
	CHILD_CHECK(signal(SIGUSR2, SIG_IGN) != SIG_ERR);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		(void)sigaction(SIGUSR1, NULL, &handled);
		(void)sigaction(SIGUSR2, NULL, &ignored);
		_exit((handled.sa_handler != SIG_DFL) * 1 +
		      (ignored.sa_handler != SIG_IGN) * 2);
	}
	CHILD_CHECK(child_end((pid_t)pid).si_status == 0);
	return 0;
}

static void clear_sighand_drops_handlers_and_keeps_what_is_ignored(void **state)
{
	(void)state;
	in_child(ask_dispositions);
}

static int hold(void)
{
	char byte;

	return read(STDIN_FILENO, &byte, 1) == 0 ? HOLD_STATUS : 1;
}

static bool has_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0) < 0 && errno == EINVAL;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_child_reports_through_shared_memory_without_vfork),
		cmocka_unit_test(
			clone_with_vfork_returns_when_the_child_is_done),
		cmocka_unit_test(clone_with_vfork_waits_for_a_copied_child_too),
		cmocka_unit_test(
			a_copied_child_cannot_write_into_the_parents_memory),
		cmocka_unit_test(
			the_ctid_word_is_cleared_by_the_end_of_the_child),
		cmocka_unit_test(the_ctid_word_is_cleared_by_exec),
		cmocka_unit_test(
			the_childs_stack_is_free_when_the_ctid_word_is_cleared),
		cmocka_unit_test(
			close_range_with_unshare_leaves_the_parents_table),
		cmocka_unit_test(
			a_child_that_does_not_unshare_edits_the_parents_table),
	};
	const struct CMUnitTest clone3_tests[] = {
		cmocka_unit_test(
			clear_sighand_drops_handlers_and_keeps_what_is_ignored),
	};
	int failed = 0;

	if (argc > 1 && strcmp(argv[1], "hold") == 0)
		return hold();
	if (has_clone3()) {
		failed = cmocka_run_group_tests(tests, NULL, NULL);
		failed += cmocka_run_group_tests(clone3_tests, NULL, NULL);
	} else {
		printf("skip: clone3: %s\n", strerror(errno));
	}
	uses_clone3 = false;
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_fork.c - what the kernel promises of forks: memory that they do not get,
 * and how threads are counted before.
 */
#include <sched.h>
#include <sys/mman.h>

#include "kernel/pagemap.h"
#include "kernel/ring.h"
#include "kernel/second.h"

#define CODE_PAGES 64

static unsigned char *page_new(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

/* In a child and in a child's child. */
static int look_at_wiped(const volatile unsigned char *page)
{
	pid_t pid;

	CHILD_CHECK(*page == 0);
	pid = fork();
	if (pid == 0)
		_exit(*page);
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static int wipe(void)
{
	volatile unsigned char *page = page_new();
	pid_t pid;

	CHILD_CHECK(page);
	CHILD_CHECK(madvise((void *)(uintptr_t)page, 4096, MADV_WIPEONFORK) ==
		    0);
	*page = 1;
	pid = fork();
	if (pid == 0)
		_exit(look_at_wiped(page) != 0);
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	CHILD_CHECK(*page == 1);
	return 0;
}

static void a_page_may_be_wiped_in_children_and_stays_ours(void **state)
{
	(void)state;
	in_child(wipe);
}

static int unshare_thread(void)
{
	pid_t pid = getpid();
	struct second second;

	CHILD_CHECK(unshare(CLONE_THREAD) == 0);
	CHILD_CHECK(getpid() == pid);
	CHILD_CHECK(syscall(SYS_gettid) == pid);
	CHILD_CHECK(second_start(&second) == 0);
	CHILD_CHECK(unshare(CLONE_THREAD) < 0 && errno == EINVAL);
	return 0;
}

static void leaving_the_thread_group_is_for_the_only_member(void **state)
{
	(void)state;
	in_child(unshare_thread);
}

static int wait_for_end(void *argument)
{
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)!read(*(int *)argument, &byte, 1);
	return 0;
}

/* As a program's child does until it executes (before 4.3 it was refused). */
static int unshare_beside_a_clone(void)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	int ends[2];
	pid_t pid;

	CHILD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = clone(wait_for_end, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		    &ends[0]);
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(unshare(CLONE_THREAD) == 0);
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(child_end(pid).si_pid == pid);
	return 0;
}

static void who_shares_the_memory_only_is_no_member(void **state)
{
	(void)state;
	in_child(unshare_beside_a_clone);
}

static int count_threads(void)
{
	struct second second[3];

	CHILD_CHECK(count_task_links() == 3);
	for (nlink_t i = 0; i < ARRAY_LEN(second); i++) {
		CHILD_CHECK(second_start(&second[i]) == 0);
		CHILD_CHECK(count_task_links() == 4 + i);
	}
	return 0;
}

static void the_links_of_the_tasks_are_threads_and_two(void **state)
{
	(void)state;
	in_child(count_threads);
}

/* EFAULT where a load would be the end of us. */
static bool is_mapped(const void *address)
{
	bool is_there;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	is_there = write(ends[1], address, 4) == 4;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return is_there;
}

static int fork_and_look(const struct io_uring *ring, bool is_there)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(is_mapped(ring->sq.khead) != is_there ||
		      is_mapped(ring->sq.sqes) != is_there ||
		      close(ring->ring_fd) != 0);
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static int fork_with_ring(void)
{
	struct io_uring_params params = {
		.flags =
			IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	};
	struct io_uring ring;
	uint64_t data = 0;
	int ends[2];

	CHILD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHILD_CHECK(io_uring_queue_init_params(8, &ring, &params) == 0);
	CHILD_CHECK(fork_and_look(&ring, true) == 0);
	CHILD_CHECK(io_uring_ring_dontfork(&ring) == 0);
	(void)ring_poll(&ring, ends[0], 7);
	CHILD_CHECK(io_uring_submit(&ring) == 1);
	CHILD_CHECK(fork_and_look(&ring, false) == 0);
	CHILD_CHECK(is_mapped(ring.sq.khead));
	CHILD_CHECK(pipe_put(ends[1], "x", 1));
	CHILD_CHECK(ring_take(&ring, DEADLINE_MS, &data) == POLLIN);
	CHILD_CHECK(data == 7);
	return 0;
}

static void a_page_may_stay_out_of_children(void **state)
{
	volatile unsigned char *page = page_new();
	siginfo_t end;
	pid_t pid;

	(void)state;
	assert_non_null(page);
	*page = 5;
	assert_int_equal(madvise((void *)(uintptr_t)page, 4096, MADV_DONTFORK),
			 0);
	pid = child_fork();
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own */
		_exit(*page);
	}
	end = child_end(pid);
	assert_int_equal(end.si_code, CLD_KILLED);
	assert_int_equal(end.si_status, SIGSEGV);
	assert_int_equal(*page, 5);
}

static void a_ring_may_stay_out_of_children_and_goes_on(void **state)
{
	struct io_uring ring;

	(void)state;
	ring_open(&ring, 8, 16); /* or skips */
	io_uring_queue_exit(&ring);
	in_child(fork_with_ring);
}

static int fork_and_count(const volatile unsigned char *pages, ssize_t present)
{
	siginfo_t end;
	pid_t pid = fork();

	if (pid == 0)
		_exit(pagemap_count(pages, CODE_PAGES) == present ? 7 : 1);
	CHILD_CHECK(pid > 0);
	end = child_end(pid);
	CHILD_CHECK(end.si_code == CLD_EXITED && end.si_status == 7);
	return 0;
}

static int fork_with_code(void)
{
	int fd = memfd_create("code", MFD_CLOEXEC);
	volatile unsigned char *pages;
	ssize_t count;

	CHILD_CHECK(fd >= 0 && ftruncate(fd, CODE_PAGES * 4096) == 0);
	pages = mmap(NULL, CODE_PAGES * 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	CHILD_CHECK(pages != MAP_FAILED);
	for (size_t i = 0; i < CODE_PAGES; i++)
		CHILD_CHECK(pages[i * 4096] == 0);
	count = pagemap_count(pages, CODE_PAGES);
	if (count < 0)
		return CHILD_SKIP;
	CHILD_CHECK(count == CODE_PAGES);
	CHILD_CHECK(fork_and_count(pages, 0) == 0);
	if (!pagemap_write(pages))
		return CHILD_SKIP;
	CHILD_CHECK(fork_and_count(pages, CODE_PAGES) == 0);
	return 0;
}

static void a_files_pages_are_forked_when_one_was_written(void **state)
{
	(void)state;
	in_child(fork_with_code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_files_pages_are_forked_when_one_was_written),
		cmocka_unit_test(
			a_page_may_be_wiped_in_children_and_stays_ours),
		cmocka_unit_test(
			leaving_the_thread_group_is_for_the_only_member),
		cmocka_unit_test(who_shares_the_memory_only_is_no_member),
		cmocka_unit_test(the_links_of_the_tasks_are_threads_and_two),
		cmocka_unit_test(a_page_may_stay_out_of_children),
		cmocka_unit_test(a_ring_may_stay_out_of_children_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

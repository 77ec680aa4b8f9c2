/*
 * test_ring.c - what the kernel promises to a launcher that waits on io_uring.
 */
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>

#include "kernel/ring.h"
#include "kernel/tracer.h"

#define MANY 300

static void chain_start(struct chain *chain)
{
	*chain = (struct chain){.pid = child_sleeper()};
	chain->pidfd = child_pidfd(chain->pid);
	assert_true(chain->pidfd >= 0);
}

static void assert_killed(const struct chain *chain)
{
	assert_int_equal(chain->info.si_pid, chain->pid);
	assert_int_equal(chain->info.si_code, CLD_KILLED);
	assert_int_equal(chain->info.si_status, SIGKILL);
}

static bool is_child(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	       0;
}

/* Takes the completions of count chains, each of which must come once. */
static void assert_all_reaped(struct io_uring *ring, unsigned int count)
{
	uint64_t data = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct chain *chain;

		assert_int_equal(ring_take(ring, DEADLINE_MS, &data), 0);
		assert_int_equal(data & CHAIN_POLL, 0);
		chain = (void *)(uintptr_t)data;
		assert_killed(chain);
		assert_false(is_child(chain->pid));
		chain->info.si_pid = 0; /* a second time would be noticed */
		assert_int_equal(close(chain->pidfd), 0);
	}
	assert_int_equal(ring_count(ring), 0);
}

static void each_death_is_one_completion_and_reaped(void **state)
{
	struct chain chains[20];
	struct io_uring ring;

	(void)state;
	ring_open(&ring, 64, 128);
	for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
		chain_start(&chains[i]);
		ring_chain(&ring, &chains[i]);
	}
	assert_int_equal(io_uring_submit(&ring), 2 * ARRAY_LEN(chains));
	assert_int_equal(ring_count(&ring), 0);
	for (size_t i = 0; i < ARRAY_LEN(chains); i++)
		assert_int_equal(child_signal(chains[i].pidfd, SIGKILL, 0), 0);
	assert_all_reaped(&ring, ARRAY_LEN(chains));
	io_uring_queue_exit(&ring);
}

/* So the pid cannot become another's during a turn. */
static void nothing_is_reaped_before_the_ring_is_entered(void **state)
{
	struct io_uring ring;
	struct chain chain;

	(void)state;
	ring_open(&ring, 8, 16);
	chain_start(&chain);
	ring_chain(&ring, &chain);
	assert_int_equal(io_uring_submit(&ring), 2);
	assert_int_equal(child_signal(chain.pidfd, SIGKILL, 0), 0);
	assert_true(is_readable(chain.pidfd));
	assert_int_equal(io_uring_cq_ready(&ring), 0);
	assert_true(is_child(chain.pid));
	assert_all_reaped(&ring, 1);
	io_uring_queue_exit(&ring);
}

static void closing_a_pidfd_under_an_armed_poll_is_safe(void **state)
{
	struct io_uring ring;
	struct chain chain;
	uint64_t data = 0;

	(void)state;
	ring_open(&ring, 8, 16);
	chain_start(&chain);
	(void)ring_poll(&ring, chain.pidfd, 5);
	assert_int_equal(io_uring_submit(&ring), 1);
	assert_int_equal(close(chain.pidfd), 0);
	assert_int_equal(kill(chain.pid, SIGKILL), 0);
	assert_true(ring_take(&ring, DEADLINE_MS, &data) & POLLIN);
	assert_int_equal(data, 5);
	assert_int_equal(child_end(chain.pid).si_pid, chain.pid);
	io_uring_queue_exit(&ring);
}

/* A queue of 8 for 300 deaths at once. */
static void an_overflow_of_the_completions_loses_none(void **state)
{
	static struct chain chains[MANY];
	struct rlimit limit;
	struct io_uring ring;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < MANY + 50)
		SKIP("RLIMIT_NOFILE is below %d", MANY + 50);
	ring_open(&ring, 4, 8);
	for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
		chain_start(&chains[i]);
		ring_chain(&ring, &chains[i]);
		assert_int_equal(io_uring_submit(&ring), 2);
	}
	for (size_t i = 0; i < ARRAY_LEN(chains); i++)
		assert_int_equal(child_signal(chains[i].pidfd, SIGKILL, 0), 0);
	for (size_t i = 0; i < ARRAY_LEN(chains); i++)
		assert_true(is_readable(chains[i].pidfd));
	assert_int_equal(ring_count(&ring), 8);
	assert_true(io_uring_cq_has_overflow(&ring));
	assert_all_reaped(&ring, MANY);
	io_uring_queue_exit(&ring);
}

static void a_stolen_status_is_one_completion_with_echild(void **state)
{
	struct io_uring ring;
	struct chain chain;
	uint64_t data = 1;

	(void)state;
	ring_open(&ring, 8, 16);
	chain_start(&chain);
	ring_chain(&ring, &chain);
	assert_int_equal(io_uring_submit(&ring), 2);
	assert_int_equal(child_signal(chain.pidfd, SIGKILL, 0), 0);
	assert_int_equal(child_end(chain.pid).si_pid, chain.pid);
	assert_int_equal(ring_take(&ring, DEADLINE_MS, &data), -ECHILD);
	assert_int_equal(data & CHAIN_POLL, 0);
	assert_int_equal(ring_count(&ring), 0);
	assert_int_equal(close(chain.pidfd), 0);
	io_uring_queue_exit(&ring);
}

/* The head's failure is told although it skips success; its link's is not. */
static void a_chain_whose_head_fails_is_one_completion(void **state)
{
	struct chain chain = {.pidfd = -1};
	struct io_uring ring;
	uint64_t data = 0;

	(void)state;
	ring_open(&ring, 8, 16);
	ring_chain(&ring, &chain);
	assert_int_equal(io_uring_submit(&ring), 2);
	assert_int_equal(ring_take(&ring, DEADLINE_MS, &data), -EBADF);
	assert_int_equal(data & CHAIN_POLL, CHAIN_POLL);
	assert_int_equal(ring_count(&ring), 0);
	io_uring_queue_exit(&ring);
}

/* The launcher proves its ring so: EINVAL would be a kernel without WAITID. */
static void a_wait_for_no_pidfd_is_ebadf(void **state)
{
	struct chain chain = {.pidfd = eventfd(1, EFD_CLOEXEC)};
	struct io_uring ring;
	uint64_t data = 1;

	(void)state;
	ring_open(&ring, 8, 16);
	ring_chain(&ring, &chain);
	assert_int_equal(io_uring_submit(&ring), 2);
	assert_int_equal(ring_take(&ring, DEADLINE_MS, &data), -EBADF);
	assert_int_equal(data & CHAIN_POLL, 0);
	assert_int_equal(close(chain.pidfd), 0);
	io_uring_queue_exit(&ring);
}

static void a_traced_zombie_completes_when_the_tracer_lets_go(void **state)
{
	struct tracer tracer = {0};
	struct io_uring ring;
	struct chain chain;
	int r;

	(void)state;
	ring_open(&ring, 8, 16);
	chain_start(&chain);
	r = tracer_start(&tracer, chain.pid);
	if (r < 0)
		SKIP("ptrace: %s", compat_error_name(-r));
	ring_chain(&ring, &chain);
	assert_int_equal(io_uring_submit(&ring), 2);
	assert_int_equal(child_signal(chain.pidfd, SIGKILL, 0), 0);
	assert_true(is_readable(chain.pidfd));
	assert_int_equal(ring_count(&ring), 0);
	tracer_end(&tracer);
	assert_all_reaped(&ring, 1);
	io_uring_queue_exit(&ring);
}

static void a_removed_poll_is_cancelled_and_both_complete(void **state)
{
	_cleanup_fd_ int fd = eventfd(0, EFD_CLOEXEC);
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int results[2] = {1, 1};
	uint64_t data = 0;

	(void)state;
	ring_open(&ring, 8, 16);
	(void)ring_poll(&ring, fd, 0);
	sqe = ring_entry(&ring, IORING_OP_POLL_REMOVE, -1, 1);
	sqe->addr = 0; /* the poll's data */
	assert_int_equal(io_uring_submit(&ring), 2);
	for (int i = 0; i < 2; i++) {
		int r = ring_take(&ring, DEADLINE_MS, &data);

		results[data] = r;
	}
	assert_int_equal(results[0], -ECANCELED);
	assert_int_equal(results[1], 0);
	assert_int_equal(ring_count(&ring), 0);
	io_uring_queue_exit(&ring);
}

/* One READ waits in the kernel though the signalfd is non-blocking. */
static int read_signals(void)
{
	struct signalfd_siginfo records[4];
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	sigset_t set;
	uint64_t data = 0;
	int fd;

	CHILD_CHECK(sigemptyset(&set) == 0);
	CHILD_CHECK(sigaddset(&set, SIGUSR1) == 0);
	CHILD_CHECK(sigaddset(&set, SIGUSR2) == 0);
	CHILD_CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	CHILD_CHECK(io_uring_queue_init(8, &ring,
					IORING_SETUP_SINGLE_ISSUER |
						IORING_SETUP_DEFER_TASKRUN) ==
		    0);
	sqe = ring_entry(&ring, IORING_OP_READ, fd, 3);
	sqe->addr = (uint64_t)(uintptr_t)records;
	sqe->len = sizeof(records);
	sqe->off = UINT64_MAX;
	CHILD_CHECK(io_uring_submit(&ring) == 1);
	CHILD_CHECK(ring_count(&ring) == 0);
	CHILD_CHECK(kill(getpid(), SIGUSR2) == 0);
	CHILD_CHECK(kill(getpid(), SIGUSR1) == 0);
	CHILD_CHECK(ring_take(&ring, DEADLINE_MS, &data) ==
		    2 * (int)sizeof(records[0]));
	CHILD_CHECK(records[0].ssi_signo == SIGUSR1);
	CHILD_CHECK(records[1].ssi_signo == SIGUSR2);
	return 0;
}

static void a_read_of_signals_waits_and_brings_all_pending(void **state)
{
	struct io_uring ring;

	(void)state;
	ring_open(&ring, 8, 16); /* or skips */
	io_uring_queue_exit(&ring);
	in_child(read_signals);
}

static int enter(const struct io_uring *ring, unsigned int flags,
		 struct __kernel_timespec *limit)
{
	struct io_uring_getevents_arg arg = {.ts = (uint64_t)(uintptr_t)limit};

	return io_uring_enter2((unsigned int)ring->ring_fd, 0, 1,
			       IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG |
				       flags,
			       (sigset_t *)(void *)&arg, sizeof(arg));
}

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void enter_takes_no_iowait_and_a_timeout(void **state)
{
	struct __kernel_timespec limit = {.tv_nsec = 3000000};
	struct io_uring ring;
	uint64_t before_ns;

	(void)state;
	ring_open(&ring, 8, 16);
	before_ns = now_ns();
	assert_int_equal(enter(&ring, IORING_ENTER_NO_IOWAIT, &limit), -ETIME);
	assert_true(now_ns() - before_ns >= 3000000);
	assert_int_equal(enter(&ring, 1U << 30, &limit), -EINVAL);
	io_uring_queue_exit(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_death_is_one_completion_and_reaped),
		cmocka_unit_test(nothing_is_reaped_before_the_ring_is_entered),
		cmocka_unit_test(closing_a_pidfd_under_an_armed_poll_is_safe),
		cmocka_unit_test(an_overflow_of_the_completions_loses_none),
		cmocka_unit_test(a_stolen_status_is_one_completion_with_echild),
		cmocka_unit_test(a_chain_whose_head_fails_is_one_completion),
		cmocka_unit_test(a_wait_for_no_pidfd_is_ebadf),
		cmocka_unit_test(
			a_traced_zombie_completes_when_the_tracer_lets_go),
		cmocka_unit_test(a_removed_poll_is_cancelled_and_both_complete),
		cmocka_unit_test(
			a_read_of_signals_waits_and_brings_all_pending),
		cmocka_unit_test(enter_takes_no_iowait_and_a_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

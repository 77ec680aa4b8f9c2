/*
 * test_closed.c - what becomes of a wait when another thread closes what it
 * waits for: poll(2) has it in hand and is woken by it, but looks at the number
 * again before it returns; epoll(7) forgets it.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "kernel/children.h"

struct waiter {
	pthread_t thread;
	int fd;	      /* is closed meanwhile */
	int other_fd; /* is not */
	int epoll_fd;
	atomic_int tid; /* it is about to wait */
	int result;
	short revents;
	int woken_by; /* of epoll */
};

static void *waiter_poll(void *argument)
{
	struct waiter *waiter = argument;
	struct pollfd set[2] = {
		{.fd = waiter->fd, .events = POLLIN},
		{.fd = waiter->other_fd, .events = POLLIN},
	};

	waiter->tid = (int)syscall(SYS_gettid);
	waiter->result = poll(set, 2, DEADLINE_MS);
	waiter->revents = set[0].revents;
	return NULL;
}

static void *waiter_epoll(void *argument)
{
	struct waiter *waiter = argument;
	struct epoll_event event = {.data.fd = -1};

	waiter->tid = (int)syscall(SYS_gettid);
	waiter->result = epoll_wait(waiter->epoll_fd, &event, 1, DEADLINE_MS);
	waiter->woken_by = event.data.fd;
	return NULL;
}

static char task_state(int tid)
{
	char path[64];
	char line[256] = "";
	FILE *file;
	char *end;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "re");
	if (!file)
		return '?';
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	(void)fclose(file);
	return end ? end[2] : '?';
}

/* Returns when it sleeps in its wait. */
static int waiter_start(struct waiter *waiter, void *(*run)(void *))
{
	CHILD_CHECK(waiter->other_fd >= 0);
	CHILD_CHECK(pthread_create(&waiter->thread, NULL, run, waiter) == 0);
	while (waiter->tid == 0 || task_state(waiter->tid) != 'S')
		(void)sched_yield();
	return 0;
}

static int open_signal(void)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -1;
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int poll_closed_signalfd(void)
{
	struct waiter waiter = {
		.fd = open_signal(),
		.other_fd = eventfd(0, EFD_CLOEXEC),
	};

	CHILD_CHECK(waiter.fd >= 0);
	CHILD_CHECK(waiter_start(&waiter, waiter_poll) == 0);
	CHILD_CHECK(close(waiter.fd) == 0);
	CHILD_CHECK(kill(getpid(), SIGUSR1) == 0);
	CHILD_CHECK(pthread_join(waiter.thread, NULL) == 0);
	CHILD_CHECK(waiter.result == 1);
	CHILD_CHECK(waiter.revents == POLLNVAL);
	return 0;
}

static int poll_closed_pidfd(void)
{
	pid_t pid = child_sleeper();
	struct waiter waiter = {
		.fd = child_pidfd(pid),
		.other_fd = eventfd(0, EFD_CLOEXEC),
	};

	CHILD_CHECK(waiter.fd >= 0);
	CHILD_CHECK(waiter_start(&waiter, waiter_poll) == 0);
	CHILD_CHECK(close(waiter.fd) == 0);
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(pthread_join(waiter.thread, NULL) == 0);
	CHILD_CHECK(waiter.result == 1);
	CHILD_CHECK(waiter.revents == POLLNVAL);
	CHILD_CHECK(child_end(pid).si_pid == pid);
	return 0;
}

/* The number is another's now, who has nothing to say: the wait goes on, though
 * what it began with has something. */
static int poll_number_used_again(void)
{
	struct waiter waiter = {
		.fd = open_signal(),
		.other_fd = eventfd(0, EFD_CLOEXEC),
	};
	int silent_fd = eventfd(0, EFD_CLOEXEC);

	CHILD_CHECK(waiter_start(&waiter, waiter_poll) == 0);
	CHILD_CHECK(dup3(silent_fd, waiter.fd, O_CLOEXEC) == waiter.fd);
	CHILD_CHECK(kill(getpid(), SIGUSR1) == 0);
	CHILD_CHECK(eventfd_write(waiter.other_fd, 1) == 0);
	CHILD_CHECK(pthread_join(waiter.thread, NULL) == 0);
	CHILD_CHECK(waiter.result == 1);
	CHILD_CHECK(waiter.revents == 0);
	return 0;
}

static int epoll_watch(struct waiter *waiter)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = waiter->fd};

	waiter->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	CHILD_CHECK(epoll_ctl(waiter->epoll_fd, EPOLL_CTL_ADD, waiter->fd,
			      &event) == 0);
	event.data.fd = waiter->other_fd;
	CHILD_CHECK(epoll_ctl(waiter->epoll_fd, EPOLL_CTL_ADD, waiter->other_fd,
			      &event) == 0);
	return 0;
}

/* What woke it is what was told last, and nothing else is left. */
static int epoll_is_deaf(struct waiter *waiter)
{
	struct epoll_event events[2];

	CHILD_CHECK(eventfd_write(waiter->other_fd, 1) == 0);
	CHILD_CHECK(pthread_join(waiter->thread, NULL) == 0);
	CHILD_CHECK(waiter->result == 1);
	CHILD_CHECK(waiter->woken_by == waiter->other_fd);
	CHILD_CHECK(epoll_wait(waiter->epoll_fd, events, 2, 0) == 1);
	return 0;
}

static int epoll_closed_signalfd(void)
{
	struct waiter waiter = {
		.fd = open_signal(),
		.other_fd = eventfd(0, EFD_CLOEXEC),
	};
	sigset_t pending;

	CHILD_CHECK(epoll_watch(&waiter) == 0);
	CHILD_CHECK(waiter_start(&waiter, waiter_epoll) == 0);
	CHILD_CHECK(close(waiter.fd) == 0);
	CHILD_CHECK(kill(getpid(), SIGUSR1) == 0);
	CHILD_CHECK(sigpending(&pending) == 0);
	CHILD_CHECK(sigismember(&pending, SIGUSR1) == 1);
	return epoll_is_deaf(&waiter);
}

static int epoll_closed_pidfd(void)
{
	pid_t pid = child_sleeper();
	struct waiter waiter = {
		.fd = child_pidfd(pid),
		.other_fd = eventfd(0, EFD_CLOEXEC),
	};

	CHILD_CHECK(epoll_watch(&waiter) == 0);
	CHILD_CHECK(waiter_start(&waiter, waiter_epoll) == 0);
	CHILD_CHECK(close(waiter.fd) == 0);
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(child_end(pid).si_pid == pid);
	return epoll_is_deaf(&waiter);
}

static void a_poll_is_woken_by_a_signalfd_that_was_closed(void **state)
{
	(void)state;
	in_child(poll_closed_signalfd);
}

static void a_poll_is_woken_by_a_pidfd_that_was_closed(void **state)
{
	(void)state;
	in_child(poll_closed_pidfd);
}

static void a_number_that_is_used_again_is_what_poll_looks_at(void **state)
{
	(void)state;
	in_child(poll_number_used_again);
}

static void epoll_forgets_a_signalfd_that_was_closed(void **state)
{
	(void)state;
	in_child(epoll_closed_signalfd);
}

static void epoll_forgets_a_pidfd_that_was_closed(void **state)
{
	(void)state;
	in_child(epoll_closed_pidfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_poll_is_woken_by_a_signalfd_that_was_closed),
		cmocka_unit_test(a_poll_is_woken_by_a_pidfd_that_was_closed),
		cmocka_unit_test(
			a_number_that_is_used_again_is_what_poll_looks_at),
		cmocka_unit_test(epoll_forgets_a_signalfd_that_was_closed),
		cmocka_unit_test(epoll_forgets_a_pidfd_that_was_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

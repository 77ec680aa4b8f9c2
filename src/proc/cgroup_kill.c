/*
 * cgroup_kill.c - SIGKILL to all that are in a cgroup, and the wait for their
 * end. Decides nothing.
 *
 * A list of pids is old when it has been read. So each gets a pidfd, and the
 * list is read again: who is in it still is who the pidfd means, for a number
 * that was given away meanwhile to somebody outside is not in it any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "proc/cgroup_members.h"
#include "proc/pidfd.h"

/* What is forked between two lists is in the next one: a process that was
 * killed forks no more, so few of them are needed. */
#define CGROUP_PASSES 64U
/* Pidfds that are open at a time. */
#define CGROUP_AT_ONCE 64U
/* More than there are processes on a machine, as text. */
#define CGROUP_LIST_MAX ((size_t)64 << 20)
#define CGROUP_LIST_STEP ((size_t)16384)

struct members {
	pid_t *pids; /* ascending, owned */
	size_t count;
};

static void members_fini(struct members *members)
{
	free(members->pids);
	*members = (struct members){NULL, 0};
}
#define _cleanup_members_ _cleanup_(members_fini)

/* All of the file, ended by NUL; NULL for none. */
static char *members_read(const struct cgroup *cgroup)
{
	_cleanup_fd_ int fd =
		openat(cgroup->fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && length < CGROUP_LIST_MAX) {
		char *longer = realloc(text, length + CGROUP_LIST_STEP + 1);

		if (!longer)
			return NULL;
		text = longer;
		n = read(fd, text + length, CGROUP_LIST_STEP);
		length += n > 0 ? (size_t)n : 0;
		text[length] = '\0';
	}
	return n < 0 ? NULL : TAKE_PTR(text);
}

static size_t members_count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static int members_compare(const void *a, const void *b)
{
	pid_t left = *(const pid_t *)a;
	pid_t right = *(const pid_t *)b;

	return (left > right) - (left < right);
}

/* -errno where nobody can tell. Who is of another pid namespace is 0 there: no
 * process that we could name. */
static int members_list(const struct cgroup *cgroup,
			struct members *ret_members)
{
	_cleanup_free_ char *text = members_read(cgroup);
	struct members members = {NULL, 0};
	char *at = text;

	if (!text)
		return -EIO;
	members.pids = calloc(members_count_lines(text) + 1, sizeof(pid_t));
	if (!members.pids)
		return -ENOMEM;
	while (*at) {
		pid_t pid = (pid_t)strtol(at, &at, 10);

		if (pid > 0)
			members.pids[members.count++] = pid;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	qsort(members.pids, members.count, sizeof(pid_t), members_compare);
	*ret_members = members;
	return 0;
}

static bool members_have(const struct members *members, pid_t pid)
{
	return members->count > 0 &&
	       bsearch(&pid, members->pids, members->count, sizeof(pid),
		       members_compare) != NULL;
}

bool cgroup_has_member(const struct cgroup *cgroup, pid_t pid)
{
	_cleanup_members_ struct members members = {NULL, 0};

	return members_list(cgroup, &members) == 0 &&
	       members_have(&members, pid);
}

/* At most CGROUP_AT_ONCE of them. */
static void cgroup_kill_some(const struct cgroup *cgroup, const pid_t *pids,
			     size_t count)
{
	_cleanup_members_ struct members now = {NULL, 0};
	int fds[CGROUP_AT_ONCE];

	for (size_t i = 0; i < count; i++)
		fds[i] = pidfd_open_process(pids[i]);
	(void)members_list(cgroup, &now); /* or nobody is in it */
	for (size_t i = 0; i < count; i++) {
		if (members_have(&now, pids[i]) && pids[i] != getpid())
			(void)pidfd_signal(fds[i], pids[i], SIGKILL);
		if (fds[i] >= 0)
			(void)fd_close(fds[i]);
	}
}

static bool members_have_all(const struct members *members,
			     const struct members *of)
{
	for (size_t i = 0; i < of->count; i++)
		if (!members_have(members, of->pids[i]))
			return false;
	return true;
}

/* False when it has found only those that were killed before. */
static bool cgroup_kill_pass(const struct cgroup *cgroup,
			     struct members *killed)
{
	_cleanup_members_ struct members members = {NULL, 0};
	bool are_known;

	if (members_list(cgroup, &members) < 0)
		return false;
	are_known = members_have_all(killed, &members);
	for (size_t i = 0; !are_known && i < members.count;
	     i += CGROUP_AT_ONCE) {
		size_t rest = members.count - i;

		cgroup_kill_some(cgroup, &members.pids[i],
				 rest < CGROUP_AT_ONCE ? rest : CGROUP_AT_ONCE);
	}
	members_fini(killed);
	*killed = members;
	members = (struct members){NULL, 0};
	return !are_known;
}

void cgroup_kill(const struct cgroup *cgroup)
{
	_cleanup_fd_ int fd =
		openat(cgroup->fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	_cleanup_members_ struct members killed = {NULL, 0};

	if (fd >= 0 && write(fd, "1", 1) == 1)
		return;
	for (unsigned int i = 0; i < CGROUP_PASSES; i++)
		if (!cgroup_kill_pass(cgroup, &killed))
			return;
}

/* True when it has ended; false, too, where it cannot be watched. */
static bool cgroup_await_end(pid_t pid, int timer_fd)
{
	_cleanup_fd_ int fd = pidfd_open_process(pid);
	struct pollfd polls[] = {
		{.fd = fd, .events = POLLIN},
		{.fd = timer_fd, .events = POLLIN},
	};

	if (fd < 0)
		return false;
	while (poll(polls, ARRAY_LEN(polls), -1) < 0 && errno == EINTR)
		;
	return polls[0].revents != 0 && polls[1].revents == 0;
}

void cgroup_await_empty(const struct cgroup *cgroup, uint64_t limit_ns)
{
	const struct itimerspec limit = {
		.it_value = {.tv_sec = (time_t)(limit_ns / NSEC_PER_SEC),
			     .tv_nsec = (long)(limit_ns % NSEC_PER_SEC)},
	};
	_cleanup_fd_ int timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	pid_t last = 0;

	if (limit_ns == 0 || timer_fd < 0 ||
	    timerfd_settime(timer_fd, 0, &limit, NULL) < 0)
		return;
	for (;;) {
		_cleanup_members_ struct members members = {NULL, 0};

		/* One that has ended and is in it still would be again. */
		if (members_list(cgroup, &members) < 0 || members.count == 0 ||
		    members.pids[0] == last)
			return;
		last = members.pids[0];
		if (!cgroup_await_end(last, timer_fd))
			return;
	}
}

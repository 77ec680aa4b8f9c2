/*
 * fd.c - owned descriptors.
 *
 * For start-up and for the owner of the process, one thread running. Not for
 * the child between fork and exec: opendir allocates.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/fd.h"
#include "base/parse.h"

#define FD_FIRST 3 /* 0-2 are everybody's */

/* fs.nr_open as the kernel sets it: no table is larger unless somebody raised
 * that, and a limit of a thousand million, as some container engines give,
 * would mean minutes of closing nothing. */
#define FD_NUMBER_MAX ((rlim_t)1048576)

/* Which descriptors above 2 are to be closed. */
struct fd_choice {
	const int *keep; /* sorted; all others */
	size_t count;
	bool is_inherited; /* those that would survive an execve, keep or not */
};

static int fd_compare(const void *a, const void *b)
{
	const int *left = a;
	const int *right = b;

	return (*left > *right) - (*left < *right);
}

static bool fd_is_chosen(int fd, const struct fd_choice *choice)
{
	int flags;

	if (!choice->is_inherited)
		return choice->count == 0 ||
		       !bsearch(&fd, choice->keep, choice->count,
				sizeof(*choice->keep), fd_compare);
	flags = fcntl(fd, F_GETFD);
	return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* What reads as ended, or takes what is written and loses it, or refuses it.
 * Without O_CLOEXEC in flags it is there to be inherited. */
static int fd_open_nothing(int fd, int flags)
{
	bool is_input = fd == STDIN_FILENO;
	int opened;
	int ends[2];

	opened = open("/dev/null", (is_input ? O_RDONLY : O_WRONLY) | flags);
	if (opened >= 0)
		return opened;
	if (pipe2(ends, flags) < 0)
		return -errno;
	(void)close(ends[is_input]); /* an empty pipe has nothing to lose */
	return ends[!is_input];
}

static int fd_put_nothing(int fd, int flags)
{
	int opened = fd_open_nothing(fd, flags);
	int r = 0;

	if (opened < 0 || opened == fd)
		return opened < 0 ? opened : 0;
	if (dup3(opened, fd, flags & O_CLOEXEC) < 0)
		r = -errno;
	(void)close(opened); /* it lives on in fd */
	return r;
}

static int fd_fill(int fd, int flags)
{
	return fcntl(fd, F_GETFD) >= 0 ? 0 : fd_put_nothing(fd, flags);
}

static int fd_close_gap(unsigned int first, unsigned int last)
{
	if (first > last)
		return 0;
	return syscall(SYS_close_range, first, last, 0) < 0 ? -errno : 0;
}

/* -ENOSYS before 5.9, -EPERM or anything else under a filter that does not know
 * the call. */
static int fd_close_by_range(const int *keep, size_t count)
{
	unsigned int next = FD_FIRST;
	size_t i;

	for (i = 0; i < count; i++) {
		int r;

		if (keep[i] < 0 || (unsigned int)keep[i] < next)
			continue;
		r = fd_close_gap(next, (unsigned int)keep[i] - 1);
		if (r < 0)
			return r;
		next = (unsigned int)keep[i] + 1;
	}
	return fd_close_gap(next, UINT_MAX);
}

/* The directory is read by descriptor number, so closing while reading skips
 * nothing. */
static int fd_close_by_proc(const struct fd_choice *choice)
{
	_cleanup_directory_ DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint64_t fd;

	if (!directory)
		return -errno;
	for (;;) {
		errno = 0;
		/* The stream is ours. NOLINTNEXTLINE(concurrency-mt-unsafe) */
		entry = readdir(directory);
		if (!entry)
			return -errno;
		if (parse_u64_range(entry->d_name, FD_FIRST, INT_MAX, &fd) < 0)
			continue; /* "." ".." and stdio */
		if ((int)fd == dirfd(directory) ||
		    !fd_is_chosen((int)fd, choice))
			continue;
		(void)close((int)fd); /* a stranger's: nobody to tell */
	}
}

static int fd_close_by_number(const struct fd_choice *choice)
{
	struct rlimit limit;
	int fd;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur > FD_NUMBER_MAX)
		limit.rlim_cur = FD_NUMBER_MAX;
	for (fd = FD_FIRST; fd < (int)limit.rlim_cur; fd++)
		if (fd_is_chosen(fd, choice))
			(void)close(fd); /* most are not open */
	return 0;
}

int fd_close(int fd)
{
	cleanup_fd(&fd);
	return -1;
}

void fd_close_row(int first, int last)
{
	if (first < 0 ||
	    (first < last &&
	     fd_close_gap((unsigned int)first, (unsigned int)last) == 0))
		return;
	for (int fd = first; fd <= last; fd++)
		(void)close(fd); /* nothing to be done on failure */
}

int fd_fill_stdio(int flags)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int r = fd_fill(fd, flags);

		if (r < 0)
			return r;
	}
	return 0;
}

int fd_replace_stdio(int fd)
{
	/* A program that made a FIFO of it is nobody to wait for. */
	return fd_put_nothing(fd, O_CLOEXEC | O_NONBLOCK);
}

int fd_close_others(int *keep, size_t count)
{
	const struct fd_choice choice = {.keep = keep, .count = count};

	if (count > 0)
		qsort(keep, count, sizeof(*keep), fd_compare);
	if (fd_close_by_range(keep, count) == 0)
		return 0;
	if (fd_close_by_proc(&choice) == 0)
		return 0;
	return fd_close_by_number(&choice);
}

int fd_close_inherited(void)
{
	const struct fd_choice choice = {.is_inherited = true};

	if (fd_close_by_proc(&choice) == 0)
		return 0;
	return fd_close_by_number(&choice);
}

int fd_set_cloexec(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

int fd_move_above(int fd, int floor)
{
	int moved;

	if (fd >= floor) {
		int r = fd_set_cloexec(fd);

		return r < 0 ? r : fd;
	}
	moved = fcntl(fd, F_DUPFD_CLOEXEC, floor);
	if (moved < 0)
		return -errno;
	(void)close(fd); /* the description lives on in moved */
	return moved;
}

void fd_grow_table(size_t count)
{
	_cleanup_fd_ int any = -1;
	struct rlimit limit;
	int last;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (count > limit.rlim_cur)
		count = (size_t)limit.rlim_cur;
	if (count == 0 || count > INT_MAX)
		return;
	/* Something to duplicate; 0-2 may be closed. */
	any = open("/", O_PATH | O_CLOEXEC);
	last = fcntl(any, F_DUPFD_CLOEXEC, (int)count - 1);
	if (last >= 0)
		(void)close(last); /* it was opened for its number */
}

/*
 * fd.c - owned descriptors.
 *
 * For start-up and for the owner of the process, one thread running. Not for
 * the child between fork and exec: opendir allocates.
 */
#include <assert.h>
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

static void cleanup_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory); /* it was only read */
}

static int fd_compare(const void *a, const void *b)
{
	const int *left = a;
	const int *right = b;

	return (*left > *right) - (*left < *right);
}

static bool fd_is_kept(int fd, const int *keep, size_t count)
{
	return count > 0 &&
	       bsearch(&fd, keep, count, sizeof(*keep), fd_compare);
}

/* The ends come without close-on-exec, as stdio is there to be inherited. */
static int fd_fill_by_pipe(int fd)
{
	int ends[2];
	int r = 0;

	if (pipe(ends) < 0)
		return -errno;
	/* fd was the lowest free number, so the reading end landed there; for
	 * standard output it makes way to the writing end. */
	assert(ends[0] == fd);
	if (fd != STDIN_FILENO && dup2(ends[1], fd) < 0)
		r = -errno;
	(void)close(ends[1]); /* an empty pipe has nothing to lose */
	return r;
}

static int fd_fill(int fd)
{
	int flags = fd == STDIN_FILENO ? O_RDONLY : O_WRONLY;
	int opened;

	if (fcntl(fd, F_GETFD) >= 0)
		return 0;
	opened = open("/dev/null", flags); /* to be inherited, as above */
	if (opened < 0)
		return fd_fill_by_pipe(fd);
	assert(opened == fd);
	return 0;
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
static int fd_close_by_proc(const int *keep, size_t count)
{
	_cleanup_(cleanup_directory) DIR *directory = opendir("/proc/self/fd");
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
		    fd_is_kept((int)fd, keep, count))
			continue;
		(void)close((int)fd); /* a stranger's: nobody to tell */
	}
}

static int fd_close_by_number(const int *keep, size_t count)
{
	struct rlimit limit;
	int fd;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur > FD_NUMBER_MAX)
		limit.rlim_cur = FD_NUMBER_MAX;
	for (fd = FD_FIRST; fd < (int)limit.rlim_cur; fd++)
		if (!fd_is_kept(fd, keep, count))
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

int fd_fill_stdio(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int r = fd_fill(fd);

		if (r < 0)
			return r;
	}
	return 0;
}

int fd_close_others(int *keep, size_t count)
{
	if (count > 0)
		qsort(keep, count, sizeof(*keep), fd_compare);
	if (fd_close_by_range(keep, count) == 0)
		return 0;
	if (fd_close_by_proc(keep, count) == 0)
		return 0;
	return fd_close_by_number(keep, count);
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

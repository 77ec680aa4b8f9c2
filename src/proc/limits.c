/*
 * limits.c - RLIMIT_NOFILE. Best effort: what the kernel refuses stays as it
 * was.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "proc/limits.h"

uint64_t limits_raise_nofile(struct rlimit *ret_before)
{
	struct rlimit raised;

	if (getrlimit(RLIMIT_NOFILE, ret_before) < 0)
		*ret_before =
			(struct rlimit){.rlim_cur = 1024, .rlim_max = 1024};
	raised = *ret_before;
	raised.rlim_cur = raised.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &raised) < 0)
		return ret_before->rlim_cur;
	return raised.rlim_cur;
}

uint64_t limits_nofile(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 1024 : limit.rlim_cur;
}

void limits_restore_nofile(const struct rlimit *before)
{
	(void)setrlimit(RLIMIT_NOFILE, before); /* lowering always works */
}

int limits_lowest_free_fd(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	(void)close(fd); /* it was only a question */
	return fd;
}

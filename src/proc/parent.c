/*
 * parent.c - watches upwards. Knows nothing of what a dead parent means.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "proc/parent.h"
#include "proc/pidfd.h"

int parent_open(int *ret_pidfd)
{
	pid_t parent = getppid();
	int pidfd;

	if (parent == 0)
		return -ESRCH;
	pidfd = pidfd_open_process(parent);
	if (pidfd < 0)
		return pidfd;
	/* It was alive and ours when the pidfd was opened, if it is ours now:
	 * the number cannot have become another's in between. */
	if (getppid() != parent) {
		(void)close(pidfd);
		return -ESRCH;
	}
	*ret_pidfd = pidfd;
	return 0;
}

int parent_tie(int signo)
{
	pid_t parent = getppid();

	if (prctl(PR_SET_PDEATHSIG, signo) < 0)
		return -errno;
	return signo != 0 && (parent == 0 || getppid() != parent) ? -ESRCH : 0;
}

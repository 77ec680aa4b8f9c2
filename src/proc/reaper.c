/*
 * reaper.c - asks for orphans. Reaping them is the loop's business.
 */
#include <errno.h>
#include <sys/prctl.h>

#include "proc/reaper.h"

int reaper_set(bool adopts)
{
	int adopted = 0;

	if (prctl(PR_GET_CHILD_SUBREAPER, &adopted, 0, 0, 0) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)adopts, 0, 0, 0) < 0)
		return -errno;
	return adopted != 0;
}

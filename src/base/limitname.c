/*
 * limitname.c - the table of resource limits. Pure: looks up, nothing else.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/limitname.h"

static const char *const limit_names[] = {
	[RLIMIT_CPU] = "cpu",		[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_DATA] = "data",		[RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",		[RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc",	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock",	[RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks",	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio",	[RLIMIT_RTTIME] = "rttime",
};

_Static_assert(ARRAY_LEN(limit_names) == LIMITNAMES, "a limit is missing");

const char *limitname_get(unsigned int resource)
{
	return resource < ARRAY_LEN(limit_names) ? limit_names[resource] : NULL;
}

int limitname_find(const char *name, unsigned int *ret_resource)
{
	for (unsigned int i = 0; i < ARRAY_LEN(limit_names); i++)
		if (strcmp(limit_names[i], name) == 0) {
			*ret_resource = i;
			return 0;
		}
	return -EINVAL;
}

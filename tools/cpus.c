/*
 * cpus.c - reads the affinity mask and cgroup files. What cannot be read does
 * not limit.
 */
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "cpus.h"

static uint32_t cpus_in_mask(void)
{
	/* Larger machines than CPU_SETSIZE exist: grow until it fits. */
	for (size_t cpus = CPU_SETSIZE; cpus <= 1U << 20; cpus *= 2) {
		cpu_set_t *set = CPU_ALLOC(cpus);
		size_t size = CPU_ALLOC_SIZE(cpus);
		int count = 0;

		if (set && sched_getaffinity(0, size, set) == 0)
			count = CPU_COUNT_S(size, set);
		CPU_FREE(set);
		if (count > 0)
			return (uint32_t)count;
	}
	return 1;
}

/* The first line of a file, without its end; false when there is none. */
static bool cpus_read_line(const char *directory, const char *name, char *ret,
			   int size)
{
	_cleanup_file_ FILE *file = NULL;
	char path[PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file || !fgets(ret, size, file))
		return false;
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

/* 0: no limit. "max" and "-1", which mean that, are no numbers. */
static uint32_t cpus_divide(const char *quota, const char *period)
{
	uint64_t quota_us;
	uint64_t period_us;

	if (parse_u64_range(quota, 1, UINT32_MAX, &quota_us) < 0 ||
	    parse_u64_range(period, 1, UINT32_MAX, &period_us) < 0)
		return 0;
	return (uint32_t)((quota_us + period_us - 1) / period_us);
}

/* cpu.max: "QUOTA PERIOD" (cgroup v2). */
static uint32_t cpus_in_quota_v2(const char *directory)
{
	char line[64];
	char *period;

	if (!cpus_read_line(directory, "cpu.max", line, sizeof(line)))
		return 0;
	period = strchr(line, ' ');
	if (!period)
		return 0;
	*period++ = '\0';
	return cpus_divide(line, period);
}

static uint32_t cpus_in_quota_v1(const char *directory)
{
	char quota[64];
	char period[64];

	if (!cpus_read_line(directory, "cpu.cfs_quota_us", quota,
			    sizeof(quota)) ||
	    !cpus_read_line(directory, "cpu.cfs_period_us", period,
			    sizeof(period)))
		return 0;
	return cpus_divide(quota, period);
}

/* The least of the limits from the cgroup up to the mount's root: each of them
 * binds. */
static uint32_t cpus_walk_up(char *directory, size_t root_length, bool is_v2,
			     uint32_t least)
{
	for (;;) {
		uint32_t limit = is_v2 ? cpus_in_quota_v2(directory)
				       : cpus_in_quota_v1(directory);
		char *slash = strrchr(directory, '/');

		if (limit > 0 && limit < least)
			least = limit;
		if (!slash || strlen(directory) <= root_length)
			return least;
		*slash = '\0';
	}
}

/* One line of /proc/self/cgroup: "ID:CONTROLLERS:PATH"; v2 has no
 * controllers. */
static uint32_t cpus_in_cgroup(char *line, uint32_t least)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	char directory[PATH_MAX];
	bool is_v2;

	if (!path)
		return least;
	*path++ = '\0';
	controllers++;
	path[strcspn(path, "\n")] = '\0';
	is_v2 = controllers[0] == '\0';
	if (!is_v2 && strcmp(controllers, "cpu") != 0 &&
	    strncmp(controllers, "cpu,", 4) != 0)
		return least;
	(void)snprintf(directory, sizeof(directory), "/sys/fs/cgroup%s%s",
		       is_v2 ? "" : "/cpu", strcmp(path, "/") ? path : "");
	return cpus_walk_up(
		directory,
		strlen(is_v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"), is_v2,
		least);
}

uint32_t cpus_allowed(void)
{
	_cleanup_file_ FILE *file = fopen("/proc/self/cgroup", "re");
	uint32_t least = cpus_in_mask();
	char line[PATH_MAX];

	while (file && fgets(line, sizeof(line), file))
		least = cpus_in_cgroup(line, least);
	return least > 0 ? least : 1;
}

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
#include "cpus.h"

static void cpus_close(FILE **file)
{
	if (*file)
		(void)fclose(*file); /* it was only read */
}
#define _cleanup_file_ _cleanup_(cpus_close)

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

/* cpu.max: "QUOTA PERIOD" or "max PERIOD" (cgroup v2). 0: no limit. */
static uint32_t cpus_in_quota_v2(const char *directory)
{
	_cleanup_file_ FILE *file = NULL;
	unsigned long long period;
	unsigned long long quota;
	char path[PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/cpu.max", directory);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu %llu", &quota, &period) != 2 ||
	    period == 0)
		return 0;
	return (uint32_t)((quota + period - 1) / period);
}

static long long cpus_read_number(const char *directory, const char *name)
{
	_cleanup_file_ FILE *file = NULL;
	long long value = -1;
	char path[PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%lld", &value) != 1)
		return -1;
	return value;
}

static uint32_t cpus_in_quota_v1(const char *directory)
{
	long long quota = cpus_read_number(directory, "cpu.cfs_quota_us");
	long long period = cpus_read_number(directory, "cpu.cfs_period_us");

	if (quota <= 0 || period <= 0)
		return 0;
	return (uint32_t)((quota + period - 1) / period);
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

/*
 * facts.c - reads small files.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "facts.h"

/* Version 1 says "no limit" by a number near this. */
#define FACTS_NO_LIMIT_V1 (UINT64_C(1) << 62)

bool facts_line(const char *path, char *ret_line, size_t size)
{
	_cleanup_file_ FILE *file = fopen(path, "re");

	if (!file || !fgets(ret_line, (int)size, file))
		return false;
	ret_line[strcspn(ret_line, "\n")] = '\0';
	return true;
}

bool facts_number(const char *path, uint64_t *ret_number)
{
	char line[64];

	return facts_line(path, line, sizeof(line)) &&
	       parse_u64(line, ret_number) == 0;
}

bool facts_status(const char *field, char *ret_value, size_t size)
{
	_cleanup_file_ FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		const char *value = line + strlen(field);

		if (strncmp(line, field, strlen(field)) != 0)
			continue;
		value += strspn(value, " \t");
		(void)snprintf(ret_value, size, "%.*s",
			       (int)strcspn(value, "\n"), value);
		return true;
	}
	return false;
}

/* "max" is no number: it does not bind. */
static bool facts_read_limit(const char *directory,
			     const struct facts_controller *controller,
			     bool is_v2, struct facts_limit *ret_limit)
{
	char path[PATH_MAX + 64];
	struct text text;

	(void)snprintf(path, sizeof(path), "%s/%s", directory,
		       is_v2 ? controller->limit : controller->limit_v1);
	if (!facts_number(path, &ret_limit->limit) ||
	    ret_limit->limit >= FACTS_NO_LIMIT_V1)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", directory,
		       is_v2 ? controller->used : controller->used_v1);
	if (!facts_number(path, &ret_limit->used))
		ret_limit->used = 0;
	text_init(&text, ret_limit->directory, sizeof(ret_limit->directory));
	text_add(&text, directory);
	return true;
}

static uint64_t facts_left(const struct facts_limit *limit)
{
	return limit->limit > limit->used ? limit->limit - limit->used : 0;
}

/* From the cgroup up to the mount's root: each of them binds. Where the path is
 * one of the host's, a container sees its own cgroup at the root. */
static void facts_walk_up(char *directory, size_t root_length,
			  const struct facts_controller *controller, bool is_v2,
			  struct facts_limit *least)
{
	for (;;) {
		char *slash = strrchr(directory, '/');
		struct facts_limit limit;

		if (facts_read_limit(directory, controller, is_v2, &limit) &&
		    (least->directory[0] == '\0' ||
		     facts_left(&limit) < facts_left(least)))
			*least = limit;
		if (!slash || strlen(directory) <= root_length)
			return;
		*slash = '\0';
	}
}

/* Where a hierarchy is mounted: version 2 alone, beside version 1, or one
 * controller of that. */
static void facts_root(const char *controller, char *ret_root, size_t size)
{
	bool is_beside =
		access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0;

	if (controller[0] == '\0')
		(void)snprintf(ret_root, size, "/sys/fs/cgroup%s",
			       is_beside ? "/unified" : "");
	else
		(void)snprintf(ret_root, size, "/sys/fs/cgroup/%s", controller);
}

/* A host's path is not there in a container, which is at the root then. */
static bool facts_place_cgroup(const char *path, char *ret_directory,
			       size_t size)
{
	char procs[PATH_MAX + 64];
	size_t root_length;

	facts_root("", ret_directory, size);
	root_length = strlen(ret_directory);
	if (strcmp(path, "/") != 0)
		(void)snprintf(ret_directory + root_length, size - root_length,
			       "%s", path);
	if (access(ret_directory, F_OK) < 0)
		ret_directory[root_length] = '\0';
	(void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", ret_directory);
	return access(procs, F_OK) == 0;
}

bool facts_own_cgroup(char *ret_directory, size_t size)
{
	_cleanup_file_ FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 64];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) == 0)
			return facts_place_cgroup(line + 3, ret_directory,
						  size);
	}
	return false;
}

/* A line of /proc/self/cgroup: "ID:CONTROLLERS:PATH"; version 2 has no
 * controllers. */
static void facts_take_line(char *line,
			    const struct facts_controller *controller,
			    struct facts_limit *least)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	char directory[PATH_MAX];
	size_t root_length;

	if (!path)
		return;
	*path++ = '\0';
	controllers++;
	path[strcspn(path, "\n")] = '\0';
	if (controllers[0] != '\0' &&
	    strcmp(controllers, controller->name) != 0)
		return;
	facts_root(controllers, directory, sizeof(directory));
	root_length = strlen(directory);
	if (strcmp(path, "/") != 0)
		(void)snprintf(directory + root_length,
			       sizeof(directory) - root_length, "%s", path);
	facts_walk_up(directory, root_length, controller,
		      controllers[0] == '\0', least);
}

bool facts_cgroup(const struct facts_controller *controller,
		  struct facts_limit *ret_limit)
{
	_cleanup_file_ FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 64];

	*ret_limit = (struct facts_limit){0};
	while (file && fgets(line, sizeof(line), file))
		facts_take_line(line, controller, ret_limit);
	return ret_limit->directory[0] != '\0';
}

/*
 * cgroups.h - cgroups of a test's own, named after its program's process, below
 * the root of a hierarchy. Whoever makes one removes it with cgroups_remove,
 * and what a failure has left cgroups_sweep finds; where none can be made there
 * is no root, and the test skips.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUPS_NONE "no cgroup of this version can be made here"
#define CGROUPS_PATH 256
/* Reached by a failure only. */
#define CGROUPS_LOOKS 30000

/* Of the test program, in its children, too: they ask for a root after it. */
static pid_t cgroups_owner;

/* Where version 2 is, or the memory controller of version 1. */
static inline const char *cgroups_root(bool is_v2)
{
	static const char *const places[] = {
		"/sys/fs/cgroup/unified",
		"/sys/fs/cgroup",
		"/sys/fs/cgroup/memory",
	};
	unsigned long wanted = is_v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
	struct statfs system;

	if (cgroups_owner == 0)
		cgroups_owner = getpid();
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (statfs(places[i], &system) == 0 &&
		    (unsigned long)system.f_type == wanted &&
		    access(places[i], W_OK) == 0)
			return places[i];
	return NULL;
}

/* NULL where there is no root. */
static inline const char *cgroups_name(bool is_v2, const char *name,
				       char path[CGROUPS_PATH])
{
	const char *root = cgroups_root(is_v2);

	if (!root)
		return NULL;
	(void)snprintf(path, CGROUPS_PATH, "%s/muster-test-%d-%s", root,
		       (int)cgroups_owner, name);
	return path;
}

static inline bool cgroups_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The first bytes of one of its files; "" where it has none. */
static inline const char *cgroups_read(const char *path, const char *file,
				       char text[4096])
{
	char name[CGROUPS_PATH + 64];
	ssize_t length = -1;
	int fd;

	(void)snprintf(name, sizeof(name), "%s/%s", path, file);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, text, 4095);
		(void)close(fd);
	}
	text[length > 0 ? length : 0] = '\0';
	return text;
}

static inline bool cgroups_write(const char *path, const char *file,
				 const char *text)
{
	char name[CGROUPS_PATH + 64];
	bool is_written = false;
	int fd;

	(void)snprintf(name, sizeof(name), "%s/%s", path, file);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		is_written =
			write(fd, text, strlen(text)) == (ssize_t)strlen(text);
		(void)close(fd);
	}
	return is_written;
}

static inline bool cgroups_has(const char *path, pid_t pid)
{
	char text[4096];
	char line[32];
	const char *at = cgroups_read(path, "cgroup.procs", text);
	int length = snprintf(line, sizeof(line), "%d\n", (int)pid);

	for (; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, line, (size_t)length) == 0)
			return true;
		if (*at == '\0')
			break;
	}
	return false;
}

/* Kills who is in it first: a test that has failed. No descriptor tells in
 * every version that it is empty: it is looked at again and again. */
static inline bool cgroups_remove_one(const char *path)
{
	char text[4096];
	char *at = text;

	(void)cgroups_read(path, "cgroup.procs", text);
	while (*at) {
		pid_t pid = (pid_t)strtol(at, &at, 10);

		if (pid > 1 && pid != getpid())
			(void)kill(pid, SIGKILL);
		at += *at == '\n';
	}
	for (int i = 0; i < CGROUPS_LOOKS; i++) {
		if (rmdir(path) == 0 || errno == ENOENT)
			return true;
		(void)poll(NULL, 0, 1);
	}
	return false;
}

/* With those directly below it, which a test that has failed leaves. */
static inline bool cgroups_remove(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	char below[CGROUPS_PATH];

	while (directory && (entry = readdir(directory))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		(void)snprintf(below, sizeof(below), "%.180s/%.70s", path,
			       entry->d_name);
		(void)cgroups_remove_one(below);
	}
	if (directory)
		(void)closedir(directory);
	return cgroups_remove_one(path);
}

/* Of both versions; a group's or a test's teardown. */
static inline int cgroups_sweep(void **state)
{
	char prefix[32];

	(void)state;
	(void)snprintf(prefix, sizeof(prefix), "muster-test-%d-",
		       (int)cgroups_owner);
	for (int version = 1; version <= 2; version++) {
		const char *root = cgroups_root(version == 2);
		DIR *directory = root ? opendir(root) : NULL;
		const struct dirent *entry;
		char path[CGROUPS_PATH];

		while (directory && (entry = readdir(directory))) {
			if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
				continue;
			(void)snprintf(path, sizeof(path), "%s/%.128s", root,
				       entry->d_name);
			(void)cgroups_remove(path);
		}
		if (directory)
			(void)closedir(directory);
	}
	return 0;
}

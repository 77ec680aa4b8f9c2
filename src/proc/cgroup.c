/*
 * cgroup.c - finds, makes and reads a cgroup. Kills nobody: that is
 * cgroup_kill.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "proc/cgroup.h"
#include "proc/cgroup_members.h"

#define CGROUP_MODE 0755
/* Of memory.events and memory.oom_control: a few lines of a name and a
 * number. */
#define CGROUP_EVENTS_SIZE 1024U
/* Version 2, as this process's root. */
#define CGROUP_OWN_EVENTS "/sys/fs/cgroup/memory.events"

enum cgroup_kind {
	CGROUP_NONE,
	CGROUP_V1,
	CGROUP_V2,
};

static enum cgroup_kind cgroup_kind(const struct statfs *system)
{
	if ((unsigned long)system->f_type == CGROUP2_SUPER_MAGIC)
		return CGROUP_V2;
	return (unsigned long)system->f_type == CGROUP_SUPER_MAGIC
		       ? CGROUP_V1
		       : CGROUP_NONE;
}

static enum cgroup_kind cgroup_kind_of_fd(int fd)
{
	struct statfs system;

	return fstatfs(fd, &system) == 0 ? cgroup_kind(&system) : CGROUP_NONE;
}

static int cgroup_refuse(struct text *error, const char *path, const char *why)
{
	text_add(error, "cgroup ");
	text_add(error, path);
	text_add(error, ": ");
	text_add(error, why);
	return -EINVAL;
}

static int cgroup_fail(struct text *error, const char *path, int r)
{
	(void)cgroup_refuse(error, path, strerror(-r));
	return r;
}

static int cgroup_open_directory(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Nowhere but in a cgroup: nobody wants a directory that is none. */
static int cgroup_make(struct cgroup *cgroup, struct text *error)
{
	char *slash = strrchr(cgroup->path, '/');
	_cleanup_free_ char *above =
		strndup(cgroup->path, (size_t)(slash - cgroup->path) + 1);
	_cleanup_fd_ int fd = above ? cgroup_open_directory(above) : -ENOMEM;

	if (fd < 0)
		return cgroup_fail(error, cgroup->path, fd);
	if (cgroup_kind_of_fd(fd) == CGROUP_NONE)
		return cgroup_refuse(error, cgroup->path,
				     "not in a cgroup file system");
	if (mkdirat(fd, slash + 1, CGROUP_MODE) == 0)
		cgroup->is_ours = true;
	else if (errno != EEXIST) /* or somebody else just did */
		return cgroup_fail(error, cgroup->path, -errno);
	cgroup->fd = cgroup_open_directory(cgroup->path);
	return cgroup->fd < 0 ? cgroup_fail(error, cgroup->path, cgroup->fd)
			      : 0;
}

static int cgroup_find(struct cgroup *cgroup, struct text *error)
{
	enum cgroup_kind kind;
	int r = 0;

	cgroup->fd = cgroup_open_directory(cgroup->path);
	if (cgroup->fd < 0 && access(cgroup->path, F_OK) < 0 && errno == ENOENT)
		r = cgroup_make(cgroup, error);
	else if (cgroup->fd < 0)
		r = cgroup_fail(error, cgroup->path, cgroup->fd);
	if (r < 0)
		return r;
	kind = cgroup_kind_of_fd(cgroup->fd);
	if (kind == CGROUP_NONE)
		return cgroup_refuse(error, cgroup->path,
				     "not in a cgroup file system");
	cgroup->is_v2 = kind == CGROUP_V2;
	return 0;
}

/* Who may not write there may not put a child there either. */
static int cgroup_open_files(struct cgroup *cgroup, struct text *error)
{
	cgroup->procs_fd =
		openat(cgroup->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (cgroup->procs_fd < 0) {
		int r = -errno;

		text_add(error, "cannot write to cgroup.procs: ");
		return cgroup_fail(error, cgroup->path, r);
	}
	cgroup->ooms_fd =
		openat(cgroup->fd,
		       cgroup->is_v2 ? "memory.events" : "memory.oom_control",
		       O_RDONLY | O_CLOEXEC); /* or nobody counts */
	return 0;
}

/* Without links and what else there may be in it: it is compared with what the
 * kernel says. */
static void cgroup_resolve(struct cgroup *cgroup)
{
	char *resolved = realpath(cgroup->path, NULL);

	if (!resolved) /* it will do as it is */
		return;
	free(cgroup->path);
	cgroup->path = resolved;
}

static char *cgroup_trim(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return strndup(path, length);
}

int cgroup_open(const char *path, struct cgroup *ret_cgroup, struct text *error)
{
	struct cgroup cgroup = CGROUP_NULL;
	int r;

	cgroup.path = cgroup_trim(path);
	if (!cgroup.path)
		return -ENOMEM;
	r = cgroup_find(&cgroup, error);
	if (r == 0)
		r = cgroup_open_files(&cgroup, error);
	if (r < 0) {
		(void)cgroup_remove(&cgroup); /* nobody was ever in it */
		cgroup_close(&cgroup);
		return r;
	}
	cgroup_resolve(&cgroup);
	*ret_cgroup = cgroup;
	return 0;
}

int cgroup_remove(struct cgroup *cgroup)
{
	if (cgroup->is_ours && rmdir(cgroup->path) < 0 && errno != ENOENT)
		return -errno;
	cgroup->is_ours = false;
	return 0;
}

void cgroup_close(struct cgroup *cgroup)
{
	(void)fd_close(cgroup->fd);
	(void)fd_close(cgroup->procs_fd);
	(void)fd_close(cgroup->ooms_fd);
	free(cgroup->path);
	*cgroup = CGROUP_NULL;
}

/* The number behind a word at the beginning of a line; both files have it. */
static uint64_t cgroup_read_ooms(int fd)
{
	static const char word[] = "oom_kill ";
	char events[CGROUP_EVENTS_SIZE];
	ssize_t length = pread(fd, events, sizeof(events) - 1, 0);
	const char *line = events;

	if (length <= 0)
		return 0;
	events[length] = '\0';
	while (line && strncmp(line, word, strlen(word)) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return line ? strtoull(line + strlen(word), NULL, 10) : 0;
}

uint64_t cgroup_ooms(const struct cgroup *cgroup)
{
	return cgroup->ooms_fd < 0 ? 0 : cgroup_read_ooms(cgroup->ooms_fd);
}

uint64_t cgroup_own_ooms(void)
{
	_cleanup_fd_ int fd = open(CGROUP_OWN_EVENTS, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? 0 : cgroup_read_ooms(fd);
}

static bool cgroup_has_oom_group(const char *path, size_t length)
{
	char file[PATH_MAX];
	char value = '0';
	int written = snprintf(file, sizeof(file), "%.*s/memory.oom.group",
			       (int)length, path);
	_cleanup_fd_ int fd = -1;

	if (written < 0 || (size_t)written >= sizeof(file))
		return false;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &value, 1) == 1 && value == '1';
}

size_t cgroup_find_oom_group(const char *path, size_t root_length,
			     const char *own)
{
	size_t length = strlen(path);

	for (;;) {
		if (cgroup_is_above(path + root_length, length - root_length,
				    own) &&
		    cgroup_has_oom_group(path, length))
			return length;
		if (length <= root_length)
			return 0;
		do
			length--;
		while (length > root_length && path[length] != '/');
	}
}

/* How much of the path is the mount: the topmost directory of that kind. */
static size_t cgroup_root_length(const struct cgroup *cgroup)
{
	_cleanup_free_ char *path = strdup(cgroup->path);
	size_t length = strlen(cgroup->path);
	struct statfs system;
	char *slash;

	while (path && (slash = strrchr(path, '/')) != NULL && slash > path) {
		*slash = '\0';
		if (statfs(path, &system) < 0 ||
		    cgroup_kind(&system) == CGROUP_NONE)
			break;
		length = (size_t)(slash - path);
	}
	return length;
}

/* Where this process is in version 2: what is behind "0::", "" for the root. */
static char *cgroup_own_path(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 16];
	char *own = NULL;

	while (file && !own && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			own = strdup(line[4] == '\0' ? "" : line + 3);
	}
	if (file)
		(void)fclose(file); /* it was only read */
	return own;
}

size_t cgroup_shared_fate(const struct cgroup *cgroup)
{
	_cleanup_free_ char *own = cgroup->is_v2 ? cgroup_own_path() : NULL;

	return own ? cgroup_find_oom_group(cgroup->path,
					   cgroup_root_length(cgroup), own)
		   : 0;
}

bool cgroup_has_us(const struct cgroup *cgroup)
{
	_cleanup_free_ char *own = cgroup->is_v2 ? cgroup_own_path() : NULL;
	size_t root_length;

	if (cgroup_has_member(cgroup, getpid()))
		return true;
	if (!own)
		return false;
	root_length = cgroup_root_length(cgroup);
	return cgroup_is_above(cgroup->path + root_length,
			       strlen(cgroup->path) - root_length, own);
}

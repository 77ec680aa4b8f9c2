/*
 * proc.c - reads /proc and cgroup2.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "proc.h"

#define PROC_TEXT_MAX 8192

/* The whole file, terminated; 0 or -errno. */
static int proc_read(const char *path, char *buffer, size_t size)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;

	if (fd < 0)
		return -errno;
	while (length < size - 1) {
		ssize_t count = read(fd, buffer + length, size - 1 - length);
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	buffer[length] = '\0';
	return 0;
}

static int proc_read_of(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return proc_read(path, buffer, size);
}

/* The number behind a word; -ENODATA without the word. */
static int proc_number(const char *content, const char *word,
		       uint64_t *ret_number)
{
	const char *found = strstr(content, word);

	if (!found)
		return -ENODATA;
	*ret_number = strtoull(found + strlen(word), NULL, 10);
	return 0;
}

static int proc_read_switches(const char *path,
			      struct proc_switches *ret_switches)
{
	char content[PROC_TEXT_MAX];
	int r = proc_read(path, content, sizeof(content));

	if (r == 0)
		r = proc_number(content, "\nvoluntary_ctxt_switches:",
				&ret_switches->voluntary);
	if (r == 0)
		r = proc_number(content, "\nnonvoluntary_ctxt_switches:",
				&ret_switches->involuntary);
	return r;
}

int proc_switches(pid_t pid, struct proc_switches *ret_switches)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	return proc_read_switches(path, ret_switches);
}

static int proc_add_thread(pid_t pid, const char *thread,
			   struct proc_switches *sum)
{
	struct proc_switches one = {0};
	char path[320];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)pid,
		       thread);
	r = proc_read_switches(path, &one);
	sum->voluntary += one.voluntary;
	sum->involuntary += one.involuntary;
	return r;
}

int proc_thread_switches(pid_t pid, struct proc_switches *ret_switches)
{
	_cleanup_directory_ DIR *dir = NULL;
	struct proc_switches sum = {0};
	const struct dirent *entry;
	char path[64];
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			r = proc_add_thread(pid, entry->d_name, &sum);
	if (r == 0)
		*ret_switches = sum;
	return r;
}

int proc_memory(pid_t pid, struct proc_memory *ret_memory)
{
	char content[PROC_TEXT_MAX];
	int r = proc_read_of(pid, "status", content, sizeof(content));

	if (r == 0)
		r = proc_number(content, "\nVmRSS:", &ret_memory->rss_kib);
	if (r == 0)
		r = proc_read_of(pid, "smaps_rollup", content, sizeof(content));
	if (r == 0)
		r = proc_number(content, "\nPss:", &ret_memory->pss_kib);
	return r;
}

int proc_shares(pid_t pid, struct proc_shares *ret_shares)
{
	char content[PROC_TEXT_MAX];
	uint64_t clean_kib = 0;
	uint64_t dirty_kib = 0;
	int r = proc_read_of(pid, "smaps_rollup", content, sizeof(content));

	if (r == 0)
		r = proc_number(content, "\nRss:", &ret_shares->rss_kib);
	if (r == 0)
		r = proc_number(content, "\nPrivate_Clean:", &clean_kib);
	if (r == 0)
		r = proc_number(content, "\nPrivate_Dirty:", &dirty_kib);
	if (r == 0)
		r = proc_number(content,
				"\nAnonymous:", &ret_shares->anonymous_kib);
	ret_shares->private_kib = clean_kib + dirty_kib;
	return r;
}

/* "PID (NAME) STATE PARENT ...", where NAME may have anything in it. One that
 * is gone by now is nobody's zombie. */
static bool proc_is_zombie_of(const char *name, pid_t parent)
{
	char content[PROC_TEXT_MAX];
	const char *name_end;

	if (proc_read_of((pid_t)strtol(name, NULL, 10), "stat", content,
			 sizeof(content)) < 0)
		return false;
	name_end = strrchr(content, ')');
	return name_end && strncmp(name_end, ") Z ", strlen(") Z ")) == 0 &&
	       strtol(name_end + strlen(") Z "), NULL, 10) == parent;
}

int proc_zombies(pid_t pid, uint32_t *ret_count)
{
	_cleanup_directory_ DIR *dir = opendir("/proc");
	const struct dirent *entry;

	if (!dir)
		return -errno;
	*ret_count = 0;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    proc_is_zombie_of(entry->d_name, pid))
			(*ret_count)++;
	return 0;
}

int proc_state(pid_t pid, char *ret_state)
{
	char content[PROC_TEXT_MAX];
	const char *name_end;
	int r = proc_read_of(pid, "stat", content, sizeof(content));

	if (r < 0)
		return r;
	name_end = strrchr(content, ')');
	if (!name_end || name_end[1] == '\0')
		return -ENODATA;
	*ret_state = name_end[2];
	return 0;
}

int proc_iowait(uint64_t *ret_ticks)
{
	char content[PROC_TEXT_MAX];
	char *rest = content + strlen("cpu ");
	int r = proc_read("/proc/stat", content, sizeof(content));

	if (r < 0)
		return r;
	/* user nice system idle iowait */
	for (int i = 0; i < 5; i++)
		*ret_ticks = strtoull(rest, &rest, 10);
	return 0;
}

static int proc_write(const char *path, const char *content)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, content, strlen(content)) < 0)
		return -errno;
	return 0;
}

static int proc_cgroup_enter(const struct proc_cgroup *cgroup, pid_t pid)
{
	char path[160];
	char digits[16];

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup->path);
	(void)snprintf(digits, sizeof(digits), "%d", (int)pid);
	return proc_write(path, digits);
}

int proc_cgroup_new(pid_t pid, struct proc_cgroup *ret_cgroup)
{
	static const char *const roots[] = {"/sys/fs/cgroup/unified",
					    "/sys/fs/cgroup"};
	uint64_t pressure_us;
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		(void)snprintf(ret_cgroup->path, sizeof(ret_cgroup->path),
			       "%s/muster-bench-%d", roots[i], (int)pid);
		if (mkdir(ret_cgroup->path, 0755) < 0) {
			r = -errno;
			continue;
		}
		r = proc_io_pressure(ret_cgroup, &pressure_us);
		if (r == 0)
			r = proc_cgroup_enter(ret_cgroup, pid);
		if (r == 0)
			return 0;
		proc_cgroup_free(ret_cgroup);
	}
	ret_cgroup->path[0] = '\0';
	return r;
}

void proc_cgroup_free(struct proc_cgroup *cgroup)
{
	if (cgroup->path[0] != '\0' && rmdir(cgroup->path) < 0)
		perror(cgroup->path);
	cgroup->path[0] = '\0';
}

int proc_io_pressure(const struct proc_cgroup *cgroup, uint64_t *ret_us)
{
	char path[160];
	char content[PROC_TEXT_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%s/io.pressure", cgroup->path);
	r = proc_read(path, content, sizeof(content));
	/* The first line is "some ... total=N". */
	return r < 0 ? r : proc_number(content, "total=", ret_us);
}

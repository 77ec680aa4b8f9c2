/*
 * connections.c - which TCP connections a process has: what /proc/PID/fd links
 * to, among what /proc/net/tcp lists.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "proc.h"
#include "session.h"

#define CONNECTIONS_INODES 256U
#define CONNECTIONS_LISTEN 0x0a /* a socket that listens is none */
#define CONNECTIONS_LINE 512
#define CONNECTIONS_DEADLINE_NS (5 * NSEC_PER_SEC)

struct inodes {
	unsigned long values[CONNECTIONS_INODES];
	uint32_t count;
};

static void connections_note(DIR *dir, const char *name, struct inodes *inodes)
{
	char target[64] = "";
	unsigned long inode;

	if (readlinkat(dirfd(dir), name, target, sizeof(target) - 1) < 0 ||
	    strncmp(target, "socket:[", strlen("socket:[")) != 0)
		return;
	inode = strtoul(target + strlen("socket:["), NULL, 10);
	if (inodes->count < CONNECTIONS_INODES)
		inodes->values[inodes->count++] = inode;
}

/* The sockets of a process. */
static int connections_list(pid_t pid, struct inodes *ret_inodes)
{
	_cleanup_directory_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	ret_inodes->count = 0;
	while ((entry = readdir(dir)) != NULL)
		connections_note(dir, entry->d_name, ret_inodes);
	return ret_inodes->count < CONNECTIONS_INODES ? 0 : -E2BIG;
}

static bool connections_have(const struct inodes *inodes, unsigned long inode)
{
	for (uint32_t i = 0; i < inodes->count; i++)
		if (inodes->values[i] == inode)
			return true;
	return false;
}

/* A line: "sl: ADDRESS:PORT ADDRESS:PORT STATE ... uid timeout inode". */
static bool connections_match(char *line, int port, const struct inodes *inodes)
{
	char *fields[10] = {NULL};
	char *rest = NULL;
	const char *colon;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		fields[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
		if (!fields[i])
			return false;
	}
	colon = strchr(fields[1], ':');
	return colon && strtol(colon + 1, NULL, 16) == port &&
	       strtol(fields[3], NULL, 16) != CONNECTIONS_LISTEN &&
	       connections_have(inodes, strtoul(fields[9], NULL, 10));
}

int proc_connections(pid_t pid, int port, uint32_t *ret_count)
{
	_cleanup_file_ FILE *file = fopen("/proc/net/tcp", "re");
	struct inodes inodes = {.count = 0};
	char line[CONNECTIONS_LINE];
	int r = file ? connections_list(pid, &inodes) : -errno;

	if (r < 0)
		return r;
	*ret_count = 0;
	while (fgets(line, sizeof(line), file))
		*ret_count += connections_match(line, port, &inodes);
	return 0;
}

/* Of a thread, too: by its id /proc has its own state. */
static int connections_await(pid_t pid, char wanted)
{
	uint64_t begin_ns = bench_now_ns();
	char state = 0;
	int r;

	while ((r = proc_state(pid, &state)) == 0 && state != wanted) {
		if (nsec_since(bench_now_ns(), begin_ns) >
		    CONNECTIONS_DEADLINE_NS)
			return -ETIMEDOUT;
		(void)sched_yield();
	}
	return r;
}

int proc_await_state(pid_t pid, char wanted)
{
	_cleanup_directory_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[64];
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			r = connections_await(
				(pid_t)strtol(entry->d_name, NULL, 10), wanted);
	return r;
}

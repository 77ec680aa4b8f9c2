/*
 * doctor_limits.c - what bounds the number of workers here. Each bound is what
 * is left now: others may take of it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "doctor.h"
#include "facts.h"
#include "muster/types.h"

/* Descriptors of muster's own, those of workers that end at the same time, and
 * what a program's own sockets may take. */
#define DOCTOR_OWN_FDS 80U
/* A kernel stack, the task, page tables of the least program: what no process
 * can do without. */
#define DOCTOR_PROCESS_BYTES ((uint64_t)65536)

struct doctor_bound {
	const char *name;
	uint64_t workers;
};

static void doctor_bind(struct doctor_bound *least, const char *name,
			uint64_t workers)
{
	if (workers >= least->workers)
		return;
	least->name = name;
	least->workers = workers;
}

static const char *doctor_limit_text(rlim_t limit, char *buffer, size_t size)
{
	if (limit == RLIM_INFINITY)
		(void)snprintf(buffer, size, "unlimited");
	else
		(void)snprintf(buffer, size, "%llu", (unsigned long long)limit);
	return buffer;
}

static void doctor_tell_rlimit(const struct page *page, const char *name,
			       const struct rlimit *limit, const char *note)
{
	char soft[32];
	char hard[32];
	char value[80];

	(void)snprintf(value, sizeof(value), "%s soft, %s hard",
		       doctor_limit_text(limit->rlim_cur, soft, sizeof(soft)),
		       doctor_limit_text(limit->rlim_max, hard, sizeof(hard)));
	page_row(page, name, value, note);
}

static void doctor_nofile(const struct page *page, struct doctor_bound *least)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	doctor_tell_rlimit(page, "RLIMIT_NOFILE", &limit,
			   "one for each worker, the soft one is raised; "
			   "beyond the hard one engine signal serves");
	if (limit.rlim_max != RLIM_INFINITY)
		doctor_bind(least, "RLIMIT_NOFILE (for engines ring and epoll)",
			    limit.rlim_max > DOCTOR_OWN_FDS
				    ? limit.rlim_max - DOCTOR_OWN_FDS
				    : 0);
}

/* The kernel does not count the processes of the machine's uid 0. In another
 * user name space, whose map is not that of all users, 0 is a user like any
 * other. */
static bool doctor_is_counted(void)
{
	static const char *const all[] = {"0", "0", "4294967295"};
	char map[64];
	char *rest = NULL;
	char *word;

	if (getuid() != 0)
		return true;
	if (!facts_line("/proc/self/uid_map", map, sizeof(map)))
		return false; /* not known: most likely it is the first */
	word = strtok_r(map, " ", &rest);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!word || strcmp(word, all[i]) != 0)
			return true;
		word = strtok_r(NULL, " ", &rest);
	}
	return false;
}

static void doctor_nproc(const struct page *page, struct doctor_bound *least)
{
	bool is_counted = doctor_is_counted();
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) < 0)
		return;
	doctor_tell_rlimit(page, "RLIMIT_NPROC", &limit,
			   is_counted ? "all processes of this user count"
				      : "does not bind uid 0");
	if (is_counted && limit.rlim_cur != RLIM_INFINITY)
		doctor_bind(least, "RLIMIT_NPROC", limit.rlim_cur);
}

/* All tasks of the machine: the fourth field of /proc/loadavg, after '/'. */
static uint64_t doctor_tasks(void)
{
	char line[128];
	uint64_t tasks;
	char *at;

	if (!facts_line("/proc/loadavg", line, sizeof(line)))
		return 0;
	at = strchr(line, '/');
	if (!at)
		return 0;
	at++;
	at[strcspn(at, " ")] = '\0';
	return parse_u64(at, &tasks) == 0 ? tasks : 0;
}

static void doctor_sysctl(const struct page *page, struct doctor_bound *least,
			  const char *name, const char *path)
{
	uint64_t tasks = doctor_tasks();
	uint64_t limit;
	char value[32];

	if (!facts_number(path, &limit)) {
		page_row(page, name, "unknown", "");
		return;
	}
	(void)snprintf(value, sizeof(value), "%llu", (unsigned long long)limit);
	page_note(page, name, value, "%llu tasks exist on this machine",
		  (unsigned long long)tasks);
	doctor_bind(least, name, limit > tasks ? limit - tasks : 0);
}

static void doctor_cgroup(const struct page *page, struct doctor_bound *least,
			  const char *name,
			  const struct facts_controller *controller,
			  uint64_t each)
{
	struct facts_limit limit;
	char value[32];

	if (!facts_cgroup(controller, &limit)) {
		page_row(page, name, "no limit", "or none that can be seen");
		return;
	}
	(void)snprintf(value, sizeof(value), "%llu",
		       (unsigned long long)limit.limit);
	page_note(page, name, value, "%llu in use, in %s",
		  (unsigned long long)limit.used, limit.directory);
	doctor_bind(least, name,
		    limit.limit > limit.used ? (limit.limit - limit.used) / each
					     : 0);
}

void doctor_limits(struct page *page)
{
	static const struct facts_controller pids = {
		"pids", "pids.max", "pids.current", "pids.max", "pids.current",
	};
	static const struct facts_controller memory = {
		"memory",
		"memory.max",
		"memory.current",
		"memory.limit_in_bytes",
		"memory.usage_in_bytes",
	};
	struct doctor_bound least = {"muster itself", MUSTER_WORKERS_MAX};
	char value[32];

	page_section(page, "What bounds the number of workers");
	doctor_nofile(page, &least);
	doctor_nproc(page, &least);
	doctor_sysctl(page, &least, "kernel.pid_max",
		      "/proc/sys/kernel/pid_max");
	doctor_sysctl(page, &least, "kernel.threads-max",
		      "/proc/sys/kernel/threads-max");
	doctor_cgroup(page, &least, "cgroup pids.max", &pids, 1);
	doctor_cgroup(page, &least, "cgroup memory.max", &memory,
		      DOCTOR_PROCESS_BYTES);
	(void)snprintf(value, sizeof(value), "%llu",
		       (unsigned long long)least.workers);
	page_note(page, "workers at most", value, "by %s%s", least.name,
		  strcmp(least.name, "cgroup memory.max") == 0
			  ? ", 64 KiB each, the least that a process takes"
			  : "");
}

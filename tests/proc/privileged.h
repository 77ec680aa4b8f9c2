/*
 * privileged.h - workers that tell with whose rights they run, for tests of
 * privileges. privileged_main() goes first in main(), before worker_main(): as
 * "rights" the program writes one fact a line and exits as a worker that shows.
 */
#pragma once

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>

#include "proc/worker.h"

#define NOBODY 65534U
#define BIT(capability) (UINT64_C(1) << (capability))

static inline void rights_of_status(void)
{
	static const char *const fields[] = {
		"Uid:",	   "Gid:",    "Groups:", "CapInh:",    "CapPrm:",
		"CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:"};
	FILE *file = fopen("/proc/self/status", "re");
	char line[4096];

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			if (strncmp(line, fields[i], strlen(fields[i])) == 0)
				printf("%s", line);
	if (file)
		(void)fclose(file);
}

static inline void rights_of_oom(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "re");
	char line[32] = "?\n";

	if (file && fgets(line, sizeof(line), file))
		printf("oom %s", line);
	if (file)
		(void)fclose(file);
}

static inline void rights_of_cpus(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	(void)sched_getaffinity(0, sizeof(set), &set); /* nothing tells */
	for (unsigned int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			printf("cpu %u\n", i);
}

static inline int worker_rights(void)
{
	struct rlimit limit = {0};
	int signo = 0;

	printf("\n");
	rights_of_status();
	rights_of_oom();
	rights_of_cpus();
	for (int i = 0; i < (int)PRIVS_LIMITS; i++) {
		(void)getrlimit((__rlimit_resource_t)i, &limit);
		printf("limit %d %llu %llu\n", i,
		       (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	}
	(void)prctl(PR_GET_PDEATHSIG, &signo);
	printf("deathsig %d\n", signo);
	printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	printf("securebits %d\n", prctl(PR_GET_SECUREBITS));
	return fflush(stdout) == 0 ? SHOW_STATUS : 1;
}

static inline void privileged_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "rights") == 0)
		_exit(worker_rights());
}

/* A field of our own status, in hexadecimal. */
static inline uint64_t own_set(const char *field)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long value = 0;
	char line[4096];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, field, strlen(field)) == 0)
			value = strtoull(line + strlen(field), NULL, 16);
	if (file)
		(void)fclose(file);
	return value;
}

/* Launches with these privileges, and reads what the worker shows. */
static inline int show_rights(const struct muster_privileges *privileges,
			      char *ret_shown)
{
	struct plan_options options = launch_options("rights");
	struct plan_fd output;
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.fds = &output;
	options.fd_count = 1;
	options.privileges = privileges;
	options.death_signal = SIGUSR1;
	return launch_show(&spawner, &options, &output, ret_shown, &launch);
}

/* Tells the story once for each mode; what a filter refuses is another's. */
static inline void every_mode(int (*story)(void))
{
	static const struct way modes[] = {
		{"FAST", MUSTER_SPAWN_FAST, 0, 0},
		{"VFORK", MUSTER_SPAWN_VFORK, 0, 0},
		{"FORK", MUSTER_SPAWN_FORK, 0, 0},
	};

	for (way = modes; way < modes + ARRAY_LEN(modes); way++) {
		print_message("  %s\n", way->name);
		in_child(story);
	}
	way = ways;
}

static inline void need_root(void)
{
	if (geteuid() != 0)
		SKIP("only root gives rights away");
}

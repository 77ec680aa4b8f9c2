/*
 * conform_where.c - where an init starts at all: with less around it than it
 * may have been tried with.
 */
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "oci/conform.h"

/* A descriptor in nobody's way. */
#define WHERE_FD 9

static void where_without(void *path)
{
	if (mount("tmpfs", path, "tmpfs", 0, NULL) < 0)
		_exit(TRIAL_BROKEN);
}

static void where_read_only(void *unused)
{
	(void)unused;
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
		_exit(TRIAL_BROKEN);
}

static void where_nobody(void *unused)
{
	(void)unused;
	if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
	    setresuid(65534, 65534, 65534) < 0)
		_exit(TRIAL_BROKEN);
}

static void where_no_environment(void *unused)
{
	(void)unused;
	if (clearenv() != 0)
		_exit(TRIAL_BROKEN);
}

static void where_no_new_privileges(void *unused)
{
	(void)unused;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(TRIAL_BROKEN);
}

static void where_few_descriptors(void *unused)
{
	const struct rlimit files = {.rlim_cur = 16, .rlim_max = 16};

	(void)unused;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		_exit(TRIAL_BROKEN);
}

/* E8. */
static void where_anywhere(const struct subject *subject, struct text *result)
{
	static char proc[] = "/proc";
	static char dev[] = "/dev";
	static const struct {
		const char *name;
		void (*prepare)(void *argument);
		char *argument;
	} places[] = {
		{" /proc", where_without, proc},
		{" /dev", where_without, dev},
		{" read-only", where_read_only, NULL},
		{" uid-65534", where_nobody, NULL},
		{" environment", where_no_environment, NULL},
		{" no_new_privs", where_no_new_privileges, NULL},
		{" 16-descriptors", where_few_descriptors, NULL},
	};
	char missing[256] = "";
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct trial trial;

		TRIAL(&trial, subject, STEPS(subject, "exit=7"),
		      .prepare = places[i].prepare,
		      .argument = places[i].argument, .is_first = true);
		if (trial_end(&trial) != 7)
			length += (size_t)snprintf(missing + length,
						   sizeof(missing) - length,
						   "%s", places[i].name);
		trial_fini(&trial);
	}
	conform_answer(result, length == 0, "fails:%s", missing);
}

/* What it has to say goes by another descriptor. */
static void where_closed(void *which)
{
	if (dup2(STDOUT_FILENO, WHERE_FD) < 0)
		_exit(TRIAL_BROKEN);
	for (int fd = 0; fd < 3; fd++)
		if (*(const unsigned int *)which & (1U << fd))
			(void)close(fd);
}

/* Whether a standard descriptor is something to wait by, which whoever prints
 * or reads there would disturb. */
static bool where_has_own(pid_t pid)
{
	for (int fd = 0; fd < 3; fd++) {
		char path[64];
		char target[64] = "";

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid,
			       fd);
		(void)!readlink(path, target, sizeof(target) - 1);
		if (strncmp(target, "anon_inode:", 11) == 0 ||
		    strncmp(target, "socket:", 7) == 0)
			return true;
	}
	return false;
}

/* E9: all ways to have some of them closed. */
static void where_standard(const struct subject *subject, struct text *result)
{
	unsigned int run = 0;
	unsigned int own = 0;

	for (unsigned int which = 1; which < 8; which++) {
		struct trial trial;
		pid_t pid;

		TRIAL(&trial, subject,
		      SHELL(subject, "exec \"$0\" say=ready >&9 9>&-"),
		      .prepare = where_closed, .argument = &which);
		pid = trial_hear_pid(&trial, "ready");
		run += pid > 0;
		own += pid > 0 &&
		       (where_has_own(trial.pid) || where_has_own(pid));
		trial_fini(&trial);
	}
	conform_answer(result, run == 7 && own == 0,
		       "%u of 7 run, its own is there in %u", run, own);
}

const struct row conform_where_rows[] = {
	{
		.number = "E8",
		.claim = "it starts where little is there",
		.how = "PID 1; no /proc, no /dev, read-only root, uid 65534, "
		       "empty environment, no_new_privs, 16 descriptors",
		.measure = where_anywhere,
		.needs_root = true,
	},
	{
		.number = "E9",
		.claim = "with 0 to 2 closed, nothing of its own gets there",
		.how = "each way to have some of them closed; /proc/PID/fd",
		.measure = where_standard,
	},
	{.number = NULL},
};

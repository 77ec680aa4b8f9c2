/*
 * conform_exec.c - commands that cannot be executed, and what is said of them.
 */
#include <limits.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "oci/conform.h"

/* What execve(2) fails with, and what a shell makes of it. */
static const struct failure {
	const char *name;
	int status;
} failures[] = {
	{"missing", 127},	/* ENOENT */
	{"plain", 126},		/* EACCES: may not be executed */
	{".", 126},		/* EACCES: a directory */
	{"circle", 127},	/* ELOOP */
	{"plain/command", 127}, /* ENOTDIR */
	{"text", 126},		/* ENOEXEC */
	{"busy", 126},		/* ETXTBSY */
};

static void exec_fail(const char *path)
{
	perror(path);
	exit(1);
}

static void exec_write(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		exec_fail(path);
	(void)close(fd);
}

static const char *exec_path(const struct subject *subject, const char *name,
			     char *path)
{
	(void)snprintf(path, PATH_MAX, "%s/%s", subject->directory, name);
	return path;
}

static int exec_try(const struct subject *subject, const char *name)
{
	struct trial trial;
	char path[PATH_MAX];
	int status;

	TRIAL(&trial, subject, COMMAND(exec_path(subject, name, path)));
	status = trial_end(&trial);
	trial_fini(&trial);
	return status;
}

/* E6. */
static void exec_failures(const struct subject *subject, struct text *result)
{
	char path[PATH_MAX];
	char statuses[64] = "";
	size_t length = 0;
	bool is_so = true;
	int busy;

	exec_write(exec_path(subject, "plain", path), "#!/bin/sh\n", 0644);
	exec_write(exec_path(subject, "text", path), "hello, world\n", 0755);
	if (symlink("circle", exec_path(subject, "circle", path)) < 0)
		exec_fail(path);
	exec_write(exec_path(subject, "busy", path), "#!/bin/sh\n", 0755);
	busy = open(path, O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		int status = exec_try(subject, failures[i].name);

		is_so = is_so && status == failures[i].status;
		length += (size_t)snprintf(statuses + length,
					   sizeof(statuses) - length, "%s%d",
					   i > 0 ? " " : "", status);
	}
	(void)close(busy);
	conform_answer(result, is_so, "%s", statuses);
}

static void exec_message(const struct subject *subject, struct text *result)
{
	struct trial trial;
	char path[PATH_MAX];
	bool has_path;
	bool has_error;

	TRIAL(&trial, subject, COMMAND(exec_path(subject, "missing", path)));
	(void)trial_end(&trial);
	has_path = lines_have(&trial.log, path);
	has_error = lines_have(&trial.log, "No such file");
	conform_answer(result, has_path && has_error, "%s",
		       has_path ? "no reason" : "no path");
	trial_fini(&trial);
}

/* Nobody reads it, and nobody ever will. */
static void exec_break_log(void *unused)
{
	int ends[2];

	(void)unused;
	if (pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		_exit(TRIAL_BROKEN);
	(void)close(ends[0]);
}

static void exec_fill_log(void *unused)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)unused;
	if (full < 0 || dup2(full, STDERR_FILENO) < 0)
		_exit(TRIAL_BROKEN);
}

/* E37: what it has to say of a command that is missing. */
static void exec_log(const struct subject *subject, struct text *result)
{
	void (*const ways[])(void *) = {exec_break_log, exec_fill_log};
	int wanted = exec_try(subject, "missing");
	int statuses[ARRAY_LEN(ways)];
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct trial trial;

		TRIAL(&trial, subject,
		      COMMAND(exec_path(subject, "missing", path)),
		      .prepare = ways[i]);
		statuses[i] = trial_end(&trial);
		trial_fini(&trial);
	}
	conform_answer(result, statuses[0] == wanted && statuses[1] == wanted,
		       "%d and %d, not %d", statuses[0], statuses[1], wanted);
}

const struct row conform_exec_rows[] = {
	{
		.number = "E6",
		.claim = "a command that cannot be executed is 127 or 126",
		.how = "ENOENT 127, EACCES 126, directory 126, ELOOP 127, "
		       "ENOTDIR 127, ENOEXEC 126, ETXTBSY 126",
		.measure = exec_failures,
	},
	{
		.number = "E6",
		.claim = "the message names the path and the reason",
		.how = "standard error, ENOENT",
		.measure = exec_message,
	},
	{
		.number = "E37",
		.claim = "standard error that fails changes no status",
		.how = "a pipe without a reader, /dev/full; ENOENT",
		.measure = exec_log,
	},
	{.number = NULL},
};

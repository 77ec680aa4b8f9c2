/*
 * resolve.c - which file execvp(3) would execute, and by whom. Looks, and
 * executes nothing; what it found may be gone by the time of the launch, which
 * execve says then.
 *
 * What is relative is so to the directory that the worker starts in, and not to
 * ours: the child changes to it first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "proc/plan.h"

/* execvp(3)'s, for an environment without PATH. */
#define RESOLVE_PATH_DEFAULT "/bin:/usr/bin"
/* Likewise, for a script. */
#define RESOLVE_SHELL "/bin/sh"

static const char *plan_get_variable(const char *const *environment,
				     const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; environment && environment[i]; i++)
		if (strncmp(environment[i], name, length) == 0 &&
		    environment[i][length] == '=')
			return environment[i] + length + 1;
	return NULL;
}

static bool plan_is_executable(int directory_fd, const char *path)
{
	struct stat status;

	return fstatat(directory_fd, path, &status, 0) == 0 &&
	       S_ISREG(status.st_mode) &&
	       faccessat(directory_fd, path, X_OK, 0) == 0;
}

/* An empty element of PATH is the directory that the worker starts in. */
static char *plan_join(const char *directory, size_t length, const char *name)
{
	char *path;

	if (asprintf(&path, "%.*s%s%s", (int)length, directory,
		     length > 0 ? "/" : "", name) < 0)
		return NULL;
	return path;
}

/* Not there at all, as far as we may see. */
static bool plan_is_missing(int directory_fd, const char *path)
{
	return faccessat(directory_fd, path, F_OK, 0) < 0 && errno != EACCES;
}

/* Better is a file that is there but may not be executed, or a directory that
 * may not be searched, for the error is then EACCES and not ENOENT (execvp(3));
 * worst is the first that is not there. */
static char *plan_better_failure(int directory_fd, char *known, char *path)
{
	if (!known)
		return path;
	if (plan_is_missing(directory_fd, known) &&
	    !plan_is_missing(directory_fd, path)) {
		free(known);
		return path;
	}
	free(path);
	return known;
}

static char *plan_search(const char *name, const char *element,
			 int directory_fd)
{
	_cleanup_free_ char *failure = NULL;

	for (;;) {
		size_t length = strcspn(element, ":");
		char *path = plan_join(element, length, name);

		if (!path)
			return NULL;
		if (plan_is_executable(directory_fd, path))
			return path;
		failure = plan_better_failure(directory_fd, TAKE_PTR(failure),
					      path);
		if (element[length] == '\0')
			return TAKE_PTR(failure);
		element += length + 1;
	}
}

char *plan_resolve(const char *name, const char *directory,
		   const char *const *environment)
{
	const char *path = plan_get_variable(environment, "PATH");
	_cleanup_fd_ int fd = -1;

	if (strchr(name, '/') || name[0] == '\0')
		return strdup(name);
	/* One that cannot be opened has nothing in it: the child will say so.
	 */
	if (directory)
		fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return plan_search(name, path ? path : RESOLVE_PATH_DEFAULT,
			   directory ? fd : AT_FDCWD);
}

/* The shell's own name is a word more, and there is an end. */
size_t plan_shell_size(const char *const *argv)
{
	size_t count = 0;

	while (argv[count])
		count++;
	return (count + 2) * sizeof(*argv);
}

const char *const *plan_shell(const char *path, const char *const *argv,
			      const char **ret_words)
{
	const char **word = ret_words;

	*word++ = RESOLVE_SHELL;
	*word++ = path;
	while (*++argv)
		*word++ = *argv;
	*word = NULL;
	return ret_words;
}

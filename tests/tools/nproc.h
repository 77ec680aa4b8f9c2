/*
 * nproc.h - a launcher that may have few processes only, RLIMIT_NPROC: as a
 * user of this test's own, so that nobody else's processes count. Only root can
 * become that user.
 */
#pragma once

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tools/support.h"

struct nproc {
	uid_t uid;
	rlim_t limit;
};

static inline struct nproc nproc_of_this_test(rlim_t limit)
{
	return (struct nproc){
		.uid = 60000 + (uid_t)getpid() % 5000,
		.limit = limit,
	};
}

/* For START's prepare. */
static inline void nproc_enter(void *argument)
{
	const struct nproc *nproc = argument;
	const struct rlimit limit = {.rlim_cur = nproc->limit, .rlim_max = 100};
	uid_t uid = nproc->uid;

	if (setrlimit(RLIMIT_NPROC, &limit) < 0 ||
	    setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		_exit(123);
}

/* Puts a program, one of the stage's, where that user may reach it. */
static inline void nproc_move_program(struct stage *stage, char *path,
				      const char *name)
{
	const char *copy = stage_copy(stage, path, name);

	assert_int_equal(chmod(stage->directory, 0711), 0);
	(void)snprintf(path, sizeof(stage->program), "%s", copy);
}

/* Done by that user itself: root may not, where it has no CAP_SYS_RESOURCE. */
static inline void nproc_allow(pid_t launcher, const struct nproc *nproc)
{
	const struct rlimit limit = {.rlim_cur = 100, .rlim_max = 100};
	uid_t uid = nproc->uid;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(setresgid(uid, uid, uid) < 0 ||
		      setresuid(uid, uid, uid) < 0 ||
		      prlimit(launcher, RLIMIT_NPROC, &limit, NULL) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

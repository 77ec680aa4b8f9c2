/*
 * in_child.h - a test's story told in a forked child.
 *
 * For what cannot be undone: closed descriptors, limits, filters, signals. The
 * story returns 0, or through CHILD_CHECK the line that failed; CHILD_SKIP when
 * this machine cannot tell it. It has a minute. cmocka's own assertions
 * jump, and may not be used in a story.
 */
#pragma once

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CHILD_SKIP (-1)
#define CHILD_SECONDS 60

#define CHILD_CHECK(claim)               \
	do {                             \
		if (!(claim))            \
			return __LINE__; \
	} while (0)

static inline int in_child_status(int (*story)(void), int *line)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(CHILD_SECONDS);
		*line = story();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Fails when the story does, skips when it does. */
static inline void in_child(int (*story)(void))
{
	/* Shared memory, as the story may close every descriptor. */
	int *line = mmap(NULL, sizeof(*line), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	int failed_line;

	assert_true(line != MAP_FAILED);
	status = in_child_status(story, line);
	failed_line = *line;
	assert_int_equal(munmap(line, sizeof(*line)), 0);
	if (failed_line == CHILD_SKIP) {
		printf("skip: this machine lets nobody do what the story needs "
		       "(a filter, a mount, /proc)\n");
		skip();
	}
	if (failed_line != 0)
		print_error("failed in the child: line %d\n", failed_line);
	assert_int_equal(failed_line, 0);
	assert_int_equal(status, 0);
}

/* Makes a system call fail with error from now on. Returns 0 or CHILD_SKIP. */
static inline int child_deny(unsigned int number, unsigned int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = ARRAY_LEN(filter),
		.filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return CHILD_SKIP;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return CHILD_SKIP;
	return 0;
}

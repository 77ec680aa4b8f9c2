/*
 * second.h - a second thread, and how the kernel counts threads.
 *
 * For stories in a forked child (base/in_child.h): functions return the line of
 * a broken promise, 0 for none.
 */
#pragma once

#include <pthread.h>
#include <sys/stat.h>

#include "kernel/children.h"

/* A thread that waits for its end, which comes by a descriptor. */
struct second {
	pthread_t thread;
	int ends[2];
};

static inline void *second_run(void *argument)
{
	struct second *second = argument;
	char byte;

	(void)!read(second->ends[0], &byte, 1); /* its end is what counts */
	return NULL;
}

static inline int second_start(struct second *second)
{
	CHILD_CHECK(pipe2(second->ends, O_CLOEXEC) == 0);
	CHILD_CHECK(pthread_create(&second->thread, NULL, second_run, second) ==
		    0);
	return 0;
}

static inline nlink_t count_task_links(void)
{
	struct stat status = {0};

	(void)stat("/proc/self/task", &status); /* zeros tell */
	return status.st_nlink;
}

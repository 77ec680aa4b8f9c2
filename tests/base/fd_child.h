/*
 * fd_child.h - what a child needs to make and look at descriptors.
 */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#define NUMBERS 1024 /* as far as these tests look */
#define STDIO 3

static inline bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static inline int count_open(void)
{
	int count = 0;
	int fd;

	for (fd = 0; fd < NUMBERS; fd++)
		count += is_open(fd);
	return count;
}

static inline void close_from(int fd)
{
	for (; fd < NUMBERS; fd++)
		(void)close(fd); /* most are not open */
}

static inline bool open_at(int number)
{
	return dup2(STDERR_FILENO, number) == number;
}

static inline int limit_numbers(rlim_t soft)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	limit.rlim_cur = soft;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

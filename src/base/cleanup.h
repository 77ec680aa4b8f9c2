/*
 * cleanup.h - scope-bound ownership.
 *
 * An owned local is declared with one of these attributes and released when
 * its scope ends; TAKE_FD and TAKE_PTR hand the value on and leave the safe
 * initial value behind. Every release function accepts that initial value.
 */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing useful can be done on failure */
}

/* Of what was only read: closing it has nothing to say. */
static inline void cleanup_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

static inline void cleanup_file(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_fd_ _cleanup_(cleanup_fd)
#define _cleanup_directory_ _cleanup_(cleanup_directory)
#define _cleanup_file_ _cleanup_(cleanup_file)

#define TAKE_GENERIC(variable, nothing)                   \
	({                                                \
		__typeof__(variable) taken_ = (variable); \
		(variable) = (nothing);                   \
		taken_;                                   \
	})
#define TAKE_FD(fd) TAKE_GENERIC(fd, -1)
#define TAKE_PTR(pointer) TAKE_GENERIC(pointer, NULL)

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

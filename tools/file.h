/*
 * file.h - a file as a whole.
 */
#pragma once

#include <stddef.h>

/* Reads a regular file of at most limit bytes; *ret_data is the caller's, with
 * a NUL behind its end. Regular, because the launcher reads while it works: a
 * FIFO or a terminal would make it wait. Returns 0 or -errno: -EISDIR, -ENXIO
 * for what is no regular file, -EFBIG. */
int file_read(const char *path, size_t limit, char **ret_data,
	      size_t *ret_length);

/* strerror(3), in the words of file_read. */
const char *file_error(int error);

/*
 * limitname.h - the resource limits by name and by number: "nofile" is
 * RLIMIT_NOFILE. One table for writing and reading.
 */
#pragma once

/* How many there are (RLIM_NLIMITS), numbered from 0. */
#define LIMITNAMES 16U

/* NULL for what is none. */
const char *limitname_get(unsigned int resource);

/* -EINVAL when no limit is called so. */
int limitname_find(const char *name, unsigned int *ret_resource);

/*
 * limits.h - the launcher's own resource limits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

/* Raises the soft limit on descriptors to the hard one; *ret_before is what to
 * give back to workers and to put back at the end. Returns the soft limit now
 * in force. */
uint64_t limits_raise_nofile(struct rlimit *ret_before);
/* The soft limit as it is. */
uint64_t limits_nofile(void);
void limits_restore_nofile(const struct rlimit *before);

/* The lowest free descriptor: about how many are taken. -errno. */
int limits_lowest_free_fd(void);

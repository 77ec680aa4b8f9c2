/*
 * reaper.h - whose orphans come to this process.
 */
#pragma once

#include <stdbool.h>

/* Descendants whose parent ends become children of this process, or of the one
 * that it was before: 1 when that was so already, 0, or -errno
 * (PR_SET_CHILD_SUBREAPER, prctl(2)). Not inherited by children. */
int reaper_set(bool adopts);

/*
 * cpus.h - how many workers `--workers auto` means.
 */
#pragma once

#include <stdint.h>

/* The CPUs that the affinity mask allows, and no more than the CPU quota of the
 * cgroups we are in (v2 or v1), rounded up; at least 1. */
uint32_t cpus_allowed(void);

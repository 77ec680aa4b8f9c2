/*
 * stats.h - what has been counted, put together.
 */
#pragma once

#include "core/supervisor.h"

/* Of one group that there is, or of all, removed ones included, with -1. */
struct muster_stats stats_sum(const struct supervisor *supervisor, int group);

/*
 * cgroup_members.h - who is in a cgroup at this moment.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "proc/cgroup.h"

bool cgroup_has_member(const struct cgroup *cgroup, pid_t pid);

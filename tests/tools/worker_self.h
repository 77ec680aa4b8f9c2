/*
 * worker_self.h - steps in which a worker tells of itself, and changes it.
 */
#pragma once

/* What it was executed as. */
void step_name(const char *unused);
/* How many descriptors it may have, soft and hard. */
void step_nofile(const char *unused);
/* Leaves the group that it leads for its launcher's. */
void step_join(const char *unused);

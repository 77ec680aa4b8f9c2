/*
 * worker_self.h - steps in which a worker tells of itself.
 */
#pragma once

/* What it was executed as. */
void step_name(const char *unused);
/* How many descriptors it may have, soft and hard. */
void step_nofile(const char *unused);

/*
 * pidfds.h - which descriptors are pidfds of workers, or tell of their launch,
 * a bit each.
 *
 * A forked child must close them and does not have the workers' memory: this it
 * has.
 */
#pragma once

#include <stdint.h>

struct pidfds {
	uint64_t *words;
	uint32_t count; /* of words */
};

/* fd of -1 is none and no failure. -ENOMEM. */
int pidfds_add(struct pidfds *pidfds, int fd);
void pidfds_remove(struct pidfds *pidfds, int fd);

/* In a forked child. */
void pidfds_close_all(const struct pidfds *pidfds);

void pidfds_fini(struct pidfds *pidfds);

/*
 * hold.h - for the floor above, which may have something of its own to stop.
 */
#pragma once

#include <stdbool.h>

#include "muster/muster.h"

/* While it is held, a stop goes on when all workers have ended: signals, the
 * parent's death and watched descriptors are heard as before. A kill ends it
 * all the same. -ECHILD in a forked child. */
int hold_set(struct muster *muster, bool is_held);

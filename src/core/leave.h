/*
 * leave.h - the last phase: all workers have ended, and what they left behind
 * is ended, too (E29, E30).
 */
#pragma once

#include "core/supervisor.h"

/* Everything else is over: is there still somebody to wait for? Signals whom it
 * finds, when it is called first, and again when their time is up. */
bool leave_goes_on(struct supervisor *supervisor);

/* No patience left. Before all have ended there is nobody to lose it with. */
void leave_kill(struct supervisor *supervisor);

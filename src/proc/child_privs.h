/*
 * child_privs.h - the child's rights and limits. For child.c alone.
 */
#pragma once

#include "proc/child.h"
#include "proc/privs.h"

/* Sets what was decided, in the order of proc/privs.h up to no_new_privs; what
 * cannot be set ends the child with a report. */
void child_take_privileges(const struct privs *privs,
			   struct child_report *report);

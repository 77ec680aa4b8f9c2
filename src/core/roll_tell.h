/*
 * roll_tell.h - the news of a roll.
 */
#pragma once

#include "core/group.h"

void roll_tell_start(struct context *context, const struct group *group);
void roll_tell_end(struct context *context, const struct group *group);
/* Because of the failure that the context remembers, if it is of this group. */
void roll_tell_abort(struct context *context, const struct group *group);

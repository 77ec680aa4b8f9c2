/*
 * spec_check.h - whether a caller's options can be a spec.
 */
#pragma once

#include "base/text.h"
#include "muster/types.h"

/* Of the launcher, but for what it says of signals. */
bool spec_options_are_valid(const struct muster_options *options);

/* -EINVAL, and the reason in error. */
int spec_check(const struct muster_group_options *options, struct text *error);

/* Says what, and is -EINVAL. */
int spec_refuse(struct text *error, const char *what);

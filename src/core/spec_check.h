/*
 * spec_check.h - whether a caller's options can be a spec.
 */
#pragma once

#include "base/text.h"
#include "muster/types.h"

/* -EINVAL, and the reason in error. */
int spec_check(const struct muster_group_options *options, struct text *error);

/* Says what, and is -EINVAL. */
int spec_refuse(struct text *error, const char *what);

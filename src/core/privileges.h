/*
 * privileges.h - a caller's privileges, checked and owned.
 */
#pragma once

#include "base/text.h"
#include "muster/types.h"

/* Everything but what only the kernel can know. A struct of another age is
 * understood as other options are (core/spec.h). -EINVAL with the reason in
 * error, -E2BIG. */
int privileges_check(const struct muster_privileges *privileges,
		     struct text *error);

/* A copy, its groups too, of what privileges_check has taken. -ENOMEM. */
int privileges_copy(const struct muster_privileges *privileges,
		    struct muster_privileges **ret_copy);
/* Accepts NULL; returns NULL. */
struct muster_privileges *privileges_free(struct muster_privileges *copy);

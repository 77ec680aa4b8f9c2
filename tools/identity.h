/*
 * identity.h - users and groups by name, as the system knows them.
 *
 * The one place that asks: a program that is linked statically knows
 * /etc/passwd and /etc/group at best, and a system may ask a server.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct identity {
	uint32_t uid;
	uint32_t gid;
	bool has_gid;
	uint32_t *groups; /* owned; its supplementary ones */
	uint32_t group_count;
};

/* "NAME" has the group and the supplementary groups of the user database,
 * "UID" neither, and with ":GROUP" behind it either has that one group. -EINVAL
 * and what is wrong in error, -ENOMEM. identity_fini frees it. */
int identity_parse_user(const char *value, struct identity *ret_identity,
			struct text *error);
void identity_fini(struct identity *identity);

/* A name or a number, likewise. */
int identity_parse_group(const char *value, uint32_t *ret_gid,
			 struct text *error);

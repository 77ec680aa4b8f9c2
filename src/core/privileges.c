/*
 * privileges.c - refuses privileges that make no sense, in words for people,
 * and keeps the others. Asks nobody what it is allowed.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/privileges.h"
#include "core/spec.h"
#include "core/spec_check.h"

/* What setresuid(2) and setresgid(2) take for "leave it". */
#define PRIVILEGES_NOBODY UINT32_MAX

_Static_assert(ARRAY_LEN(((struct muster_privileges *)0)->limits) == 16,
	       "a bit for each in sets_limits");

static int privileges_check_ids(const struct muster_privileges *known,
				struct text *error)
{
	if ((known->sets_uid && known->uid == PRIVILEGES_NOBODY) ||
	    (known->sets_gid && known->gid == PRIVILEGES_NOBODY))
		return spec_refuse(error, "4294967295 is no user and no group");
	if (!known->sets_groups && known->group_count > 0)
		return spec_refuse(error, "groups that are not to be set");
	if (known->group_count > NGROUPS_MAX)
		return spec_refuse(error, "more than 65536 groups");
	if (known->group_count > 0 && !known->groups)
		return spec_refuse(error, "a count without its array");
	return 0;
}

static int privileges_check_caps(const struct muster_privileges *known,
				 struct text *error)
{
	if (!known->sets_cap_ambient && known->cap_ambient != 0)
		return spec_refuse(error, "ambient capabilities that are not "
					  "to be set");
	if (known->cap_ambient & known->cap_drop)
		return spec_refuse(error, "a capability is both ambient and "
					  "dropped");
	return 0;
}

static int privileges_check_limits(const struct muster_privileges *known,
				   struct text *error)
{
	if (known->sets_limits >> ARRAY_LEN(known->limits) != 0)
		return spec_refuse(error, "unknown limit");
	for (size_t i = 0; i < ARRAY_LEN(known->limits); i++)
		if (known->sets_limits >> i & 1 &&
		    known->limits[i].soft > known->limits[i].hard)
			return spec_refuse(error, "a soft limit is above its "
						  "hard one");
	if (known->sets_nice && (known->nice < -20 || known->nice > 19))
		return spec_refuse(error, "niceness is from -20 to 19");
	if (known->sets_oom_score_adj &&
	    (known->oom_score_adj < -1000 || known->oom_score_adj > 1000))
		return spec_refuse(error, "OOM score is from -1000 to 1000");
	return 0;
}

int privileges_check(const struct muster_privileges *privileges,
		     struct text *error)
{
	struct muster_privileges known;
	int r = spec_copy_options(&known, sizeof(known), privileges,
				  privileges->size);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(known.reserved); i++)
		if (known.reserved[i] != 0)
			return spec_refuse(error, "reserved bytes are not 0");
	r = privileges_check_ids(&known, error);
	if (r == 0)
		r = privileges_check_caps(&known, error);
	return r < 0 ? r : privileges_check_limits(&known, error);
}

static int privileges_copy_groups(struct muster_privileges *copy)
{
	size_t size = copy->group_count * sizeof(*copy->groups);
	uint32_t *groups = malloc(size + 1); /* none is no error */

	if (!groups)
		return -ENOMEM;
	if (size > 0)
		memcpy(groups, copy->groups, size);
	copy->groups = groups;
	return 0;
}

int privileges_copy(const struct muster_privileges *privileges,
		    struct muster_privileges **ret_copy)
{
	_cleanup_free_ struct muster_privileges *copy = malloc(sizeof(*copy));
	int r;

	if (!copy)
		return -ENOMEM;
	r = spec_copy_options(copy, sizeof(*copy), privileges,
			      privileges->size);
	if (r == 0)
		r = privileges_copy_groups(copy);
	if (r < 0)
		return r;
	*ret_copy = TAKE_PTR(copy);
	return 0;
}

struct muster_privileges *privileges_free(struct muster_privileges *copy)
{
	if (!copy)
		return NULL;
	free((void *)(uintptr_t)copy->groups);
	free(copy);
	return NULL;
}

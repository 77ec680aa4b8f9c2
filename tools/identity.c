/*
 * identity.c - getpwnam(3), getgrnam(3), getgrouplist(3). Changes nothing.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "identity.h"

/* The last number means "none" to the kernel. */
#define IDENTITY_MAX (UINT32_MAX - 1)
#define IDENTITY_FIRST_GROUPS 64

/* A database that is not there has nobody in it (getpwnam(3)). */
static int identity_refuse(struct text *error, const char *what,
			   const char *name)
{
	if (errno == 0 || errno == ENOENT || errno == ESRCH)
		text_format(error, "there is no %s \"%.64s\"", what, name);
	else
		text_format(error, "the %s \"%.64s\" cannot be looked up: %s",
			    what, name, strerror(errno));
	return -EINVAL;
}

static bool identity_is_number(const char *value)
{
	return value[0] != '\0' && value[strspn(value, "0123456789")] == '\0';
}

static int identity_parse_number(const char *value, uint32_t *ret_id,
				 struct text *error)
{
	uint64_t id;

	if (parse_u64_range(value, 0, IDENTITY_MAX, &id) < 0) {
		text_add(error, "expected a number up to 4294967294");
		return -EINVAL;
	}
	*ret_id = (uint32_t)id;
	return 0;
}

int identity_parse_group(const char *value, uint32_t *ret_gid,
			 struct text *error)
{
	const struct group *group;

	if (identity_is_number(value))
		return identity_parse_number(value, ret_gid, error);
	errno = 0;
	group = value[0] != '\0' ? getgrnam(value) : NULL;
	if (!group)
		return identity_refuse(error, "group", value);
	*ret_gid = group->gr_gid;
	return 0;
}

/* Its own group is among them. */
static int identity_list_groups(const char *name, struct identity *identity)
{
	int count = IDENTITY_FIRST_GROUPS;

	for (;;) {
		int room = count;
		uint32_t *groups = realloc(identity->groups,
					   (size_t)room * sizeof(*groups));

		if (!groups)
			return -ENOMEM;
		identity->groups = groups;
		if (getgrouplist(name, identity->gid, groups, &count) >= 0)
			break;
		/* Some C libraries do not say how many there are. */
		if (count <= room)
			count = room * 2;
		if (count > NGROUPS_MAX)
			count = NGROUPS_MAX;
		if (room == NGROUPS_MAX)
			break;
	}
	identity->group_count = (uint32_t)count;
	return 0;
}

static int identity_find_user(const char *name, struct identity *identity,
			      struct text *error)
{
	const struct passwd *user;

	errno = 0;
	user = name[0] != '\0' ? getpwnam(name) : NULL;
	if (!user)
		return identity_refuse(error, "user", name);
	identity->uid = user->pw_uid;
	identity->gid = user->pw_gid;
	identity->has_gid = true;
	return 0;
}

static int identity_parse(const char *name, const char *group,
			  struct identity *identity, struct text *error)
{
	bool is_number = identity_is_number(name);
	int r = is_number ? identity_parse_number(name, &identity->uid, error)
			  : identity_find_user(name, identity, error);

	if (r < 0)
		return r;
	if (group) {
		identity->has_gid = true;
		return identity_parse_group(group, &identity->gid, error);
	}
	return is_number ? 0 : identity_list_groups(name, identity);
}

int identity_parse_user(const char *value, struct identity *ret_identity,
			struct text *error)
{
	_cleanup_free_ char *name = strdup(value);
	char *group = name ? strchr(name, ':') : NULL;
	struct identity identity = {0};
	int r;

	if (!name)
		return -ENOMEM;
	if (group)
		*group++ = '\0';
	r = identity_parse(name, group, &identity, error);
	if (r < 0)
		identity_fini(&identity);
	else
		*ret_identity = identity;
	return r;
}

void identity_fini(struct identity *identity)
{
	free(identity->groups);
	*identity = (struct identity){0};
}

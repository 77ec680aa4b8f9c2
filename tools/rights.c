/*
 * rights.c - what --user, --gid, --groups and the sets of capabilities come
 * to. Asks what we may hand on, changes nobody's.
 */
#include <stdlib.h>

#include "capabilities.h"
#include "rights.h"

struct rights *rights_of(struct service_options *service)
{
	struct rights *rights = service->rights;

	if (rights)
		return rights;
	rights = calloc(1, sizeof(*rights));
	if (!rights)
		return NULL;
	rights->asked.size = sizeof(rights->asked);
	service->rights = rights;
	service->group.privileges = &rights->asked;
	return rights;
}

struct rights *rights_free(struct rights *rights)
{
	if (!rights)
		return NULL;
	identity_fini(&rights->user);
	free(rights->groups);
	free(rights);
	return NULL;
}

/* Who becomes somebody else keeps no group that was not asked for. */
static void rights_settle_groups(struct rights *rights)
{
	struct muster_privileges *asked = &rights->asked;

	asked->sets_groups =
		rights->has_groups || rights->has_user || rights->has_gid;
	asked->groups = NULL;
	asked->group_count = 0;
	if (rights->has_groups) {
		asked->groups = rights->groups;
		asked->group_count = rights->group_count;
	} else if (!rights->has_gid) {
		asked->groups = rights->user.groups;
		asked->group_count = rights->user.group_count;
	}
}

void rights_settle(struct rights *rights)
{
	struct muster_privileges *asked = &rights->asked;

	asked->sets_uid = rights->has_user;
	asked->uid = rights->user.uid;
	asked->sets_gid = rights->has_gid || rights->user.has_gid;
	asked->gid = rights->has_gid ? rights->gid : rights->user.gid;
	rights_settle_groups(rights);
	asked->cap_drop = rights->unbound | rights->cap_drop;
	asked->cap_ambient = rights->cap_ambient;
	if (rights->cap_ambient == UINT64_MAX)
		asked->cap_ambient = capabilities_held() & ~asked->cap_drop;
}

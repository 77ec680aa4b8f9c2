/*
 * rights.h - the privileges that a service's options add up to.
 *
 * Options come in any order and may be given twice, so what each of them said
 * is kept until the last has spoken; what the library gets is settled after
 * every one.
 */
#pragma once

#include "identity.h"
#include "service.h"

struct rights {
	struct muster_privileges asked; /* settled */
	struct identity user;
	uint32_t *groups; /* owned; of --groups */
	uint32_t group_count;
	uint32_t gid;	      /* of --gid */
	uint64_t unbound;     /* what --cap-bound leaves out */
	uint64_t cap_drop;    /* of --cap-drop */
	uint64_t cap_ambient; /* of --cap-ambient; UINT64_MAX: what there is */
	bool has_user;
	bool has_gid;
	bool has_groups;
};

/* The service's, made on first use; NULL without memory. */
struct rights *rights_of(struct service_options *service);
/* Accepts NULL; returns NULL. */
struct rights *rights_free(struct rights *rights);

/* Makes asked what the options say together. */
void rights_settle(struct rights *rights);

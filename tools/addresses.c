/*
 * addresses.c - a search tree of addresses, as they were written.
 */
#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "base/parse.h"

struct claim {
	char *address;
	char *owner;
};

static int claim_compare(const void *a, const void *b)
{
	const struct claim *left = a;
	const struct claim *right = b;

	return strcmp(left->address, right->address);
}

static void claim_free(void *pointer)
{
	struct claim *claim = pointer;

	if (!claim)
		return;
	free(claim->address);
	free(claim->owner);
	free(claim);
}

static struct claim *claim_new(const char *address, const char *owner)
{
	struct claim *claim = calloc(1, sizeof(*claim));

	if (!claim)
		return NULL;
	claim->address = strdup(address);
	claim->owner = strdup(owner);
	if (claim->address && claim->owner)
		return claim;
	claim_free(claim);
	return NULL;
}

static bool addresses_is_any_port(const char *address)
{
	const char *colon = strrchr(address, ':');
	uint64_t port;

	return strncmp(address, "tcp:", strlen("tcp:")) == 0 && colon &&
	       parse_u64(colon + 1, &port) == 0 && port == 0;
}

int addresses_claim(struct addresses *addresses, const char *address,
		    const char *owner, const char **ret_other)
{
	struct claim *claim;
	struct claim **found;

	if (addresses_is_any_port(address))
		return 0;
	claim = claim_new(address, owner);
	if (!claim)
		return -ENOMEM;
	found = tsearch(claim, &addresses->tree, claim_compare);
	if (found && *found == claim)
		return 0;
	claim_free(claim);
	if (!found)
		return -ENOMEM;
	*ret_other = (*found)->owner;
	return -EEXIST;
}

void addresses_fini(struct addresses *addresses)
{
	tdestroy(addresses->tree, claim_free);
	addresses->tree = NULL;
}

/*
 * addresses.h - who listens where, to find two that want the same.
 */
#pragma once

/* Zero is empty. */
struct addresses {
	void *tree; /* struct claim, by address; tsearch(3) */
};

/* Notes that owner listens there: 0; -EEXIST, and *ret_other says who does
 * already, until the end of addresses; -ENOMEM. A port of 0 is another one for
 * each. Both strings are copied. */
int addresses_claim(struct addresses *addresses, const char *address,
		    const char *owner, const char **ret_other);

void addresses_fini(struct addresses *addresses);

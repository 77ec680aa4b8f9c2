/*
 * check.c - what the library can say without a launcher: checks, then asks the
 * room that knows.
 */
#include <errno.h>

#include "base/text.h"
#include "muster/muster.h"
#include "proc/address.h"

int muster_check_address(const char *address, char *ret_reason, size_t size)
{
	char unwanted[1];
	struct address parsed;
	struct text reason;

	if (!address || (!ret_reason && size > 0))
		return -EINVAL;
	text_init(&reason, size > 0 ? ret_reason : unwanted,
		  size > 0 ? size : sizeof(unwanted));
	return address_parse(address, &parsed, &reason);
}

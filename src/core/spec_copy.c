/*
 * spec_copy.c - structs of another age, in both directions. Knows no field but
 * the size in front.
 */
#include <errno.h>
#include <string.h>

#include "core/spec.h"

int spec_copy_options(void *ours, size_t our_size, const void *theirs,
		      size_t their_size)
{
	const unsigned char *bytes = theirs;

	if (their_size < sizeof(size_t))
		return -EINVAL;
	for (size_t i = our_size; i < their_size; i++)
		if (bytes[i] != 0)
			return -E2BIG;
	memset(ours, 0, our_size);
	memcpy(ours, theirs, their_size < our_size ? their_size : our_size);
	return 0;
}

void spec_return_struct(void *theirs, size_t their_size, const void *ours,
			size_t our_size)
{
	size_t common = their_size < our_size ? their_size : our_size;

	/* The size in front stays the caller's. */
	memset((char *)theirs + sizeof(size_t), 0, their_size - sizeof(size_t));
	memcpy((char *)theirs + sizeof(size_t),
	       (const char *)ours + sizeof(size_t), common - sizeof(size_t));
}

/*
 * pidfds.c - a set of small numbers. It grows with the highest of them.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "core/pidfds.h"

#define PIDFDS_BITS 64U

static int pidfds_grow(struct pidfds *pidfds, uint32_t count)
{
	uint64_t *words;

	/* Doubled: they come one after another. */
	if (count < 2 * pidfds->count)
		count = 2 * pidfds->count;
	words = reallocarray(pidfds->words, count, sizeof(uint64_t));
	if (!words)
		return -ENOMEM;
	memset(&words[pidfds->count], 0,
	       (count - pidfds->count) * sizeof(uint64_t));
	pidfds->words = words;
	pidfds->count = count;
	return 0;
}

int pidfds_add(struct pidfds *pidfds, int fd)
{
	uint32_t word = (uint32_t)fd / PIDFDS_BITS;

	if (fd < 0)
		return 0;
	if (word >= pidfds->count && pidfds_grow(pidfds, word + 1) < 0)
		return -ENOMEM;
	pidfds->words[word] |= UINT64_C(1) << ((uint32_t)fd % PIDFDS_BITS);
	return 0;
}

void pidfds_remove(struct pidfds *pidfds, int fd)
{
	uint32_t word = (uint32_t)fd / PIDFDS_BITS;

	if (fd >= 0 && word < pidfds->count)
		pidfds->words[word] &=
			~(UINT64_C(1) << ((uint32_t)fd % PIDFDS_BITS));
}

/* They are opened one after another: most lie in a row, and a row is closed by
 * one call. */
void pidfds_close_all(const struct pidfds *pidfds)
{
	int first = -1; /* of the row that is on */

	for (uint32_t i = 0; i < pidfds->count * PIDFDS_BITS; i++) {
		uint64_t word = pidfds->words[i / PIDFDS_BITS];
		bool is_one = word >> (i % PIDFDS_BITS) & 1;

		if (is_one && first < 0)
			first = (int)i;
		if (is_one || first < 0)
			continue;
		fd_close_row(first, (int)i - 1);
		first = -1;
	}
	fd_close_row(first, (int)(pidfds->count * PIDFDS_BITS) - 1);
}

void pidfds_fini(struct pidfds *pidfds)
{
	free(pidfds->words);
	*pidfds = (struct pidfds){0};
}

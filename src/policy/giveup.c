/*
 * giveup.c - the times of the last deaths, in a ring.
 *
 * It never allocates: the ring is as long as the rule needs and belongs to the
 * caller.
 */
#include <assert.h>
#include <stddef.h>

#include "base/nsec.h"
#include "giveup.h"

bool giveup_note(struct giveup *giveup, uint64_t now_ns)
{
	uint64_t oldest_ns;

	if (giveup->deaths == 0)
		return false;
	assert(giveup->deaths <= GIVEUP_DEATHS_MAX);
	assert(giveup->times_ns);
	assert(giveup->next < giveup->deaths);

	giveup->times_ns[giveup->next] = now_ns;
	giveup->next = (giveup->next + 1) % giveup->deaths;
	if (giveup->known < giveup->deaths)
		giveup->known++;
	if (giveup->known < giveup->deaths)
		return false;

	/* The ring is full: what the next death would overwrite is the oldest
	 * of the last `deaths` ones, this one included. */
	oldest_ns = giveup->times_ns[giveup->next];
	return nsec_since(now_ns, oldest_ns) <= giveup->window_ns;
}

/*
 * stringlist.h - a growing list of owned strings, always ended by NULL so that
 * it can be handed on as argv or environment.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct stringlist {
	char **items; /* NULL while empty */
	uint32_t count;
	uint32_t room; /* places, that of the NULL included */
};

/* Copies length bytes of string to the end and returns the copy, NULL without
 * memory. */
const char *stringlist_add(struct stringlist *list, const char *string,
			   size_t length);
/* Empties it; what stringlist_add returned is gone. */
void stringlist_fini(struct stringlist *list);

/*
 * stringlist.c - a growing list of owned strings.
 */
#include <stdlib.h>
#include <string.h>

#include "stringlist.h"

#define STRINGLIST_FIRST_ROOM 4U

static int stringlist_make_room(struct stringlist *list)
{
	uint32_t room = list->room ? list->room * 2 : STRINGLIST_FIRST_ROOM;
	char **items;

	if (list->count + 1 < list->room)
		return 0;
	items = realloc(list->items, room * sizeof(*items));
	if (!items)
		return -1;
	list->items = items;
	list->room = room;
	return 0;
}

const char *stringlist_add(struct stringlist *list, const char *string,
			   size_t length)
{
	char *copy;

	if (stringlist_make_room(list) < 0)
		return NULL;
	copy = strndup(string, length);
	if (!copy)
		return NULL;
	list->items[list->count++] = copy;
	list->items[list->count] = NULL;
	return copy;
}

void stringlist_fini(struct stringlist *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct stringlist){0};
}

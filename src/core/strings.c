/*
 * strings.c - a search tree of counted strings. The library's tree keeps the
 * order, and how often each is in use stands before the text.
 */
#include <search.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "core/strings.h"

struct string {
	const char *text; /* own, or what is sought */
	uint32_t refs;
	char own[];
};

static int strings_compare(const void *a, const void *b)
{
	const struct string *left = a;
	const struct string *right = b;

	return strcmp(left->text, right->text);
}

static struct string *string_new(const char *text)
{
	size_t size = strlen(text) + 1;
	struct string *string = malloc(sizeof(*string) + size);

	if (!string)
		return NULL;
	string->text = memcpy(string->own, text, size);
	string->refs = 0;
	return string;
}

static struct string *strings_add(struct strings *strings, const char *text)
{
	struct string *string = string_new(text);

	if (!string || !tsearch(string, &strings->tree, strings_compare)) {
		free(string);
		return NULL;
	}
	return string;
}

const char *strings_take(struct strings *strings, const char *text)
{
	const struct string sought = {.text = text};
	struct string **found = tfind(&sought, &strings->tree, strings_compare);
	struct string *string = found ? *found : strings_add(strings, text);

	if (!string)
		return NULL;
	string->refs++;
	return string->own;
}

void strings_give(struct strings *strings, const char *taken)
{
	struct string *string;

	if (!taken)
		return;
	string = CONTAINER_OF((uintptr_t)taken, struct string, own);
	if (--string->refs > 0)
		return;
	(void)tdelete(string, &strings->tree, strings_compare);
	free(string);
}

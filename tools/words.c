/*
 * words.c - a line of words as a shell would see it, without any expansion.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "words.h"

/* What is between quote and its like; text is behind the first. Returns what is
 * behind the second, NULL when there is none. */
static const char *words_take_quoted(const char *text, char quote, char **word)
{
	for (; *text != quote; text++) {
		if (*text == '\0')
			return NULL;
		if (quote == '"' && text[0] == '\\' &&
		    (text[1] == '"' || text[1] == '\\'))
			text++;
		*(*word)++ = *text;
	}
	return text + 1;
}

static const char *words_take_piece(const char *text, char **word)
{
	if (*text == '\'' || *text == '"')
		return words_take_quoted(text + 1, *text, word);
	if (*text == '\\' && *++text == '\0')
		return NULL;
	*(*word)++ = *text;
	return text + 1;
}

int words_next(const char **rest, char *word)
{
	const char *text = *rest;

	while (isspace((unsigned char)*text))
		text++;
	if (*text == '\0')
		return 0;
	while (*text != '\0' && !isspace((unsigned char)*text)) {
		text = words_take_piece(text, &word);
		if (!text)
			return -EINVAL;
	}
	if (*text != '\0') /* before it may be written over */
		text++;
	*word = '\0';
	*rest = text;
	return 1;
}

/*
 * strings.h - strings that many specs have in common, each kept once.
 *
 * A thousand services have the launcher's own environment, each with a word or
 * two more.
 */
#pragma once

/* Zero is empty. */
struct strings {
	void *tree; /* struct string, by text; tsearch(3) */
};

/* A copy of text that others may have, too; NULL without memory. It stays until
 * it has been given back as often as it was taken. */
const char *strings_take(struct strings *strings, const char *text);

/* Gives back what strings_take returned; accepts NULL. */
void strings_give(struct strings *strings, const char *taken);

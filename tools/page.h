/*
 * page.h - facts for people, in columns; one object a line for programs.
 */
#pragma once

#include <stdbool.h>

struct page {
	bool is_json;
	const char *section; /* the one that rows go to */
};

/* Begins a section; title is borrowed until the next one. */
void page_section(struct page *page, const char *title);

/* note may be "". What is not of our making may be in value and note: control
 * characters become "?". */
void page_row(const struct page *page, const char *name, const char *value,
	      const char *note);
/* As printf, into the note. */
void page_note(const struct page *page, const char *name, const char *value,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * page.c - writes rows to standard output; whether they got there is seen at
 * the end, by whoever flushes it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "page.h"

/* Two blanks, the names, two blanks, the values, two blanks, the notes. */
#define PAGE_NAME_WIDTH 26
#define PAGE_VALUE_WIDTH 22
#define PAGE_LINE 2048U

void page_section(struct page *page, const char *title)
{
	if (!page->is_json)
		(void)printf("%s%s\n", page->section ? "\n" : "", title);
	page->section = title;
}

static void page_disarm(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void page_print(const char *name, const char *value, const char *note)
{
	char line[PAGE_LINE];

	(void)snprintf(line, sizeof(line), "  %-*s  %-*s", PAGE_NAME_WIDTH,
		       name, note[0] ? PAGE_VALUE_WIDTH : 0, value);
	page_disarm(line);
	(void)printf("%s%s", line, note[0] ? "  " : "\n");
	if (!note[0])
		return;
	(void)snprintf(line, sizeof(line), "%s", note);
	page_disarm(line);
	(void)printf("%s\n", line);
}

static void page_print_object(const struct page *page, const char *name,
			      const char *value, const char *note)
{
	char line[PAGE_LINE];
	struct json json;

	json_init(&json, line, sizeof(line));
	json_add_string(&json, "section", page->section, sizeof(line));
	json_add_string(&json, "name", name, sizeof(line));
	json_add_string(&json, "value", value, sizeof(line));
	if (note[0])
		json_add_string(&json, "note", note, sizeof(line));
	json_end(&json);
	(void)printf("%s\n", line);
}

void page_row(const struct page *page, const char *name, const char *value,
	      const char *note)
{
	if (page->is_json)
		page_print_object(page, name, value, note);
	else
		page_print(name, value, note);
}

void page_note(const struct page *page, const char *name, const char *value,
	       const char *format, ...)
{
	char note[PAGE_LINE / 2];
	struct text text;
	va_list arguments;

	text_init(&text, note, sizeof(note));
	va_start(arguments, format);
	text_vformat(&text, format, arguments);
	va_end(arguments);
	page_row(page, name, value, note);
}

/*
 * complaint.c - what is wrong in a file, one line each.
 */
#include <errno.h>
#include <stdarg.h>

#include "base/text.h"
#include "complaint.h"

#define COMPLAINT_LINE 1024

void complain(struct complaints *complaints, uint32_t line, const char *format,
	      ...)
{
	char buffer[COMPLAINT_LINE];
	struct text text;
	bool is_full = complaints_are_full(complaints);
	va_list arguments;

	complaints->count++;
	if (is_full)
		return;
	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, complaints->file);
	if (line > 0) {
		text_add(&text, ":");
		text_add_u64(&text, line);
	}
	text_add(&text, ": ");
	va_start(arguments, format);
	text_vformat(&text, format, arguments);
	va_end(arguments);
	log_line(complaints->log, LOG_ERROR, text.data, text.length);
}

bool complaints_are_full(const struct complaints *complaints)
{
	return complaints->count >= COMPLAINTS_MAX;
}

int complaints_close(const struct complaints *complaints)
{
	if (complaints->count > COMPLAINTS_MAX)
		log_format(complaints->log, LOG_ERROR, "%s: and %u faults more",
			   complaints->file,
			   complaints->count - COMPLAINTS_MAX);
	return complaints->count > 0 ? -EINVAL : 0;
}

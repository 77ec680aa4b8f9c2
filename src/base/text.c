/*
 * text.c - bounded string builder.
 *
 * Fills the caller's buffer; never allocates and never writes past it. A text
 * that was cut is full, so nothing can follow the cut. Numbers, times and
 * signals are written without printf: they go into a line per worker restart,
 * and printf costs more than all the rest of that line.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/compat.h"
#include "base/nsec.h"
#include "base/signame.h"
#include "base/text.h"

/* From the largest; the last one fits any time. */
static const struct duration_unit {
	const char *suffix;
	uint64_t ns;
} duration_units[] = {
	{" s", NSEC_PER_SEC},
	{" ms", NSEC_PER_MSEC},
	{" us", NSEC_PER_USEC},
	{" ns", 1},
};

/* Rounds to three places, before the unit is chosen, so that 999.6 us becomes
 * 1.00 ms and not 1000 us. Whole seconds are kept however many there are. */
static uint64_t duration_round(uint64_t duration_ns)
{
	uint64_t step_ns = 1;
	uint64_t rest_ns;

	while (step_ns < NSEC_PER_SEC && duration_ns / step_ns >= 1000)
		step_ns *= 10;
	rest_ns = duration_ns % step_ns;
	return nsec_add(duration_ns - rest_ns,
			rest_ns * 2 >= step_ns ? step_ns : 0);
}

/* Fills up the three places: "1" gets two digits more, "12" one, "123" none;
 * there is nothing below a nanosecond. */
static void text_add_fraction(struct text *text, uint64_t duration_ns,
			      uint64_t unit_ns)
{
	uint64_t tenth_ns = unit_ns / 10;

	if (unit_ns == 1 || duration_ns >= 100 * unit_ns)
		return;
	text_add(text, ".");
	text_add_u64(text, duration_ns % unit_ns / tenth_ns);
	if (duration_ns < 10 * unit_ns)
		text_add_u64(text, duration_ns % tenth_ns / (tenth_ns / 10));
}

void text_init(struct text *text, char *buffer, size_t size)
{
	assert(size > 0);
	*text = (struct text){.data = buffer, .size = size};
	buffer[0] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
	size_t room = text->size - 1 - text->length;

	if (count > room) {
		count = room;
		text->is_cut = true;
	}
	memcpy(text->data + text->length, bytes, count);
	text->length += count;
	text->data[text->length] = '\0';
}

void text_add_u64(struct text *text, uint64_t value)
{
	char digits[20]; /* as many as UINT64_MAX has */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	text_add_bytes(text, digits + at, sizeof(digits) - at);
}

void text_add_i64(struct text *text, int64_t value)
{
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		text_add(text, "-");
		magnitude = 0 - magnitude; /* -INT64_MIN is no int64_t */
	}
	text_add_u64(text, magnitude);
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_vformat(text, format, arguments);
	va_end(arguments);
}

void text_vformat(struct text *text, const char *format, va_list arguments)
{
	char *end = text->data + text->length;
	size_t size = text->size - text->length;
	int n = vsnprintf(end, size, format, arguments);

	if (n < 0) { /* a character that the locale cannot write */
		*end = '\0';
		text->is_cut = true;
		return;
	}
	if ((size_t)n >= size) {
		text->is_cut = true;
		n = (int)(size - 1);
	}
	text->length += (size_t)n;
}

void text_add_duration(struct text *text, uint64_t duration_ns)
{
	const struct duration_unit *unit = duration_units;

	if (duration_ns == NSEC_NEVER) {
		text_add(text, "for ever");
		return;
	}
	duration_ns = duration_round(duration_ns);
	while (unit->ns > 1 && duration_ns < unit->ns)
		unit++;
	text_add_u64(text, duration_ns / unit->ns);
	text_add_fraction(text, duration_ns, unit->ns);
	text_add(text, unit->suffix);
}

void text_add_signal(struct text *text, int signo)
{
	const char *name = signame_get(signo);

	if (!signame_is_signal(signo)) {
		text_add_i64(text, signo);
		return;
	}
	text_add(text, "SIG");
	text_add(text, name ? name : "RTMIN");
	if (!name && signo > COMPAT_RTMIN) {
		text_add(text, "+");
		text_add_i64(text, signo - COMPAT_RTMIN);
	}
}

void text_disarm(struct text *text)
{
	for (size_t i = 0; i < text->length; i++) {
		unsigned char c = (unsigned char)text->data[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			text->data[i] = '?';
	}
}

/*
 * message.c - reads what a worker says of itself. Pure: no system call, no
 * memory, no clock; takes every sequence of bytes, for anybody may send one.
 *
 * What is malformed or not ours to obey is refused with a reason, and the rest
 * of the message is honoured: one wrong line must not cost a worker its
 * readiness.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "proc/notify.h"

#define NOTIFY_EXTEND_USEC_MAX ((NSEC_NEVER - 1) / NSEC_PER_USEC)
/* Digits of UINT64_MAX and the end. */
#define NOTIFY_DIGITS_SIZE 21U

/* What a worker may say. A name stands here once for each value that it takes;
 * without a value the rest of the line is one. */
static const struct notify_word {
	const char *name;
	const char *value;
	enum notify_field field; /* 0: never taken */
	const char *refusal;
} notify_words[] = {
	{"READY", "1", NOTIFY_READY, "READY is 1 or is not said"},
	{"STOPPING", "1", NOTIFY_STOPPING, "STOPPING is 1 or is not said"},
	{"WATCHDOG", "1", NOTIFY_WATCHDOG, NULL},
	{"WATCHDOG", "trigger", NOTIFY_TRIGGER, "WATCHDOG is 1 or trigger"},
	{"EXTEND_TIMEOUT_USEC", NULL, NOTIFY_EXTEND,
	 "EXTEND_TIMEOUT_USEC is a number of microseconds above 0"},
	{"STATUS", NULL, NOTIFY_STATUS, NULL},
	{"MAINPID", NULL, 0, "MAINPID cannot be another: a worker is itself"},
};

/* What must not reach a terminal or a log: controls, line and paragraph
 * separators, and what turns the direction of the text around it. */
static const struct {
	uint32_t first, last;
} notify_controls[] = {
	{0x00, 0x1f},
	{0x7f, 0x9f},
	{0x2028, 0x202e},
	{0x2066, 0x2069},
};

static bool notify_is_control(uint32_t character)
{
	for (size_t i = 0; i < ARRAY_LEN(notify_controls); i++)
		if (character >= notify_controls[i].first &&
		    character <= notify_controls[i].last)
			return true;
	return false;
}

/* How many bytes a character that begins so has; 0: none begins so. */
static size_t notify_sequence_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2) /* a continuation, or an overlong form */
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

/* Length of the UTF-8 character that text begins with (RFC 3629); 0 when it is
 * malformed or a control. */
static size_t notify_character(const char *text, size_t size)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = notify_sequence_length((uint8_t)text[0]);
	uint32_t character = (uint8_t)text[0];

	if (length == 0 || length > size)
		return 0;
	if (length > 1)
		character &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((uint8_t)text[i] & 0x3f);
	}
	if (character < smallest[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	return notify_is_control(character) ? 0 : length;
}

/* A question mark for each byte that cannot stay; cut before the character that
 * does not fit. */
static void notify_take_status(const char *text, size_t size,
			       struct notify_message *message)
{
	size_t length = 0;

	while (size > 0) {
		size_t count = notify_character(text, size);
		const char *kept = count > 0 ? text : "?";

		count = count > 0 ? count : 1;
		if (length + count >= NOTIFY_STATUS_SIZE)
			break;
		memcpy(message->status + length, kept, count);
		length += count;
		text += count;
		size -= count;
	}
	message->status[length] = '\0';
}

static bool notify_take_extension(const char *text, size_t size,
				  struct notify_message *message)
{
	char digits[NOTIFY_DIGITS_SIZE] = "";
	uint64_t extend_usec;

	if (size >= sizeof(digits))
		return false;
	memcpy(digits, text, size);
	if (strlen(digits) != size || /* a NUL */
	    parse_u64_range(digits, 1, NOTIFY_EXTEND_USEC_MAX, &extend_usec) <
		    0)
		return false;
	message->extend_ns = nsec_mul(extend_usec, NSEC_PER_USEC);
	return true;
}

static bool notify_equals(const char *text, size_t size, const char *string)
{
	return strlen(string) == size && memcmp(text, string, size) == 0;
}

/* True when the word takes this value, which is told then. */
static bool notify_take_value(const struct notify_word *word, const char *text,
			      size_t size, struct notify_message *message)
{
	if (word->field == 0)
		return false;
	if (word->value && !notify_equals(text, size, word->value))
		return false;
	if (word->field == NOTIFY_EXTEND &&
	    !notify_take_extension(text, size, message))
		return false;
	if (word->field == NOTIFY_STATUS)
		notify_take_status(text, size, message);
	message->fields |= word->field;
	return true;
}

/* The reason of the first refusal stays. A line without "=" says nothing. */
static void notify_take_line(const char *line, size_t size,
			     struct notify_message *message)
{
	const char *equals = memchr(line, '=', size);
	size_t length = equals ? (size_t)(equals - line) : 0;
	const char *refusal = NULL;

	for (size_t i = 0; equals && i < ARRAY_LEN(notify_words); i++) {
		const struct notify_word *word = &notify_words[i];

		if (!notify_equals(line, length, word->name))
			continue;
		if (notify_take_value(word, equals + 1, size - length - 1,
				      message))
			return;
		refusal = word->refusal;
	}
	if (!message->refusal)
		message->refusal = refusal;
}

void notify_parse(const char *data, size_t size,
		  struct notify_message *ret_message)
{
	pid_t pid = ret_message->pid;

	*ret_message = (struct notify_message){.pid = pid};
	/* Some senders count the end of their string. */
	if (size > 0 && data[size - 1] == '\0')
		size--;
	if (size > 0 && memchr(data, '\0', size)) {
		ret_message->refusal = "a NUL byte within";
		return;
	}
	while (size > 0) {
		const char *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) : size;

		notify_take_line(data, length, ret_message);
		length += end != NULL;
		data += length;
		size -= length;
	}
}

/*
 * json.c - one JSON object on one line.
 *
 * Room for the end is kept back from the beginning, and each member is written
 * whole or taken back, so there is no moment at which a full buffer could leave
 * half an object.
 */
#include <assert.h>
#include <string.h>

#include "base/json.h"

/* What says that something is missing, and what ends the object. */
#define JSON_CUT ",\"cut\":true"
#define JSON_RESERVE (sizeof(JSON_CUT) - 1 + sizeof("}") - 1)

_Static_assert(JSON_SIZE_MIN > JSON_RESERVE + 8, "an empty object must fit");

/* For what is no UTF-8. */
#define JSON_REPLACEMENT "\xef\xbf\xbd"

/* A value that is written, or taken back as a whole. */
struct json_mark {
	size_t length;
	bool needs_comma;
};

static struct json_mark json_begin_member(struct json *json, const char *key)
{
	struct json_mark mark = {
		.length = json->text.length,
		.needs_comma = json->needs_comma,
	};

	text_add(&json->text, json->needs_comma ? ",\"" : "\"");
	text_add(&json->text, key);
	text_add(&json->text, "\":");
	json->needs_comma = true;
	return mark;
}

/* True when it has fitted. */
static bool json_end_member(struct json *json, struct json_mark mark)
{
	if (!json->text.is_cut && !json->is_shut)
		return true;
	json->text.is_cut = false;
	json->text.length = mark.length;
	json->text.data[mark.length] = '\0';
	json->needs_comma = mark.needs_comma;
	json->was_cut = true;
	return false;
}

/* The bytes of a well-formed character at text: its length, or 0. What the
 * table of RFC 3629 refuses is refused: overlong forms, surrogates, and what is
 * above U+10FFFF. */
static size_t json_character(const unsigned char *text)
{
	static const struct {
		unsigned char first, last; /* of the leading byte */
		unsigned char least, most; /* of the second */
		unsigned char length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i = 0;

	if (text[0] < 0x80)
		return 1;
	while (i < sizeof(forms) / sizeof(forms[0]) && text[0] > forms[i].last)
		i++;
	if (i == sizeof(forms) / sizeof(forms[0]) || text[0] < forms[i].first ||
	    text[1] < forms[i].least || text[1] > forms[i].most)
		return 0;
	for (size_t at = 2; at < forms[i].length; at++)
		if (text[at] < 0x80 || text[at] > 0xbf)
			return 0; /* the terminator, too */
	return forms[i].length;
}

/* Control characters, those of ISO 6429 (U+0080 to U+009F) included: a
 * terminal obeys them as well. 0 for a character that may stand as it is. */
static unsigned int json_control(const unsigned char *text, size_t length)
{
	if (length == 1 && (text[0] < ' ' || text[0] == 0x7f))
		return text[0];
	if (length == 2 && text[0] == 0xc2 && text[1] < 0xa0)
		return text[1];
	return 0;
}

static void json_add_control(struct text *text, unsigned int character)
{
	static const char digits[] = "0123456789abcdef";
	static const char shorts[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',
		['\f'] = 'f', ['\r'] = 'r',
	};
	char escape[] = "\\u0000";

	if (character < sizeof(shorts) && shorts[character]) {
		escape[1] = shorts[character];
		text_add_bytes(text, escape, 2);
		return;
	}
	escape[4] = digits[character >> 4];
	escape[5] = digits[character & 15];
	text_add_bytes(text, escape, 6);
}

/* One character of value, escaped; returns how many bytes of value it was. */
static size_t json_add_character(struct text *text, const char *value)
{
	const unsigned char *bytes = (const unsigned char *)value;
	size_t length = json_character(bytes);
	unsigned int control = json_control(bytes, length);

	if (length == 0) {
		text_add(text, JSON_REPLACEMENT);
		return 1;
	}
	if (control != 0) {
		json_add_control(text, control);
		return length;
	}
	if (value[0] == '"' || value[0] == '\\')
		text_add_bytes(text, "\\", 1);
	text_add_bytes(text, value, length);
	return length;
}

/* As many as need no escape, for these are nearly all. */
static size_t json_plain(const char *value)
{
	size_t length = 0;

	while ((unsigned char)value[length] >= ' ' &&
	       (unsigned char)value[length] < 0x7f && value[length] != '"' &&
	       value[length] != '\\')
		length++;
	return length;
}

/* False when value did not fit to its end; what has fitted ends between two
 * characters. */
static bool json_add_escaped(struct text *text, const char *value)
{
	while (*value) {
		size_t plain = json_plain(value);
		size_t whole;

		text_add_bytes(text, value, plain);
		if (text->is_cut)
			return false;
		value += plain;
		whole = text->length;
		if (*value)
			value += json_add_character(text, value);
		if (text->is_cut) {
			text->length = whole;
			return false;
		}
	}
	return true;
}

void json_init(struct json *json, char *buffer, size_t size)
{
	assert(size >= JSON_SIZE_MIN);
	*json = (struct json){0};
	text_init(&json->text, buffer, size - JSON_RESERVE);
	text_add(&json->text, "{");
}

void json_add_u64(struct json *json, const char *key, uint64_t value)
{
	struct json_mark mark = json_begin_member(json, key);

	text_add_u64(&json->text, value);
	(void)json_end_member(json, mark); /* it is left out then */
}

void json_add_i64(struct json *json, const char *key, int64_t value)
{
	struct json_mark mark = json_begin_member(json, key);

	text_add_i64(&json->text, value);
	(void)json_end_member(json, mark);
}

void json_add_bool(struct json *json, const char *key, bool value)
{
	struct json_mark mark = json_begin_member(json, key);

	text_add(&json->text, value ? "true" : "false");
	(void)json_end_member(json, mark);
}

void json_add_string(struct json *json, const char *key, const char *value,
		     size_t limit)
{
	struct json_mark mark = json_begin_member(json, key);
	struct text *text = &json->text;
	struct text part;
	size_t room;

	text_add(text, "\"");
	room = text->size - 1 - text->length; /* the last one is the quote's */
	if (!text->is_cut && room > 0) {
		text_init(&part, text->data + text->length,
			  1 + (limit < room - 1 ? limit : room - 1));
		if (!json_add_escaped(&part, value))
			json->was_cut = true;
		text->length += part.length;
	}
	text_add(text, "\"");
	(void)json_end_member(json, mark);
}

void json_add_word(struct json *json, const char *key, const char *word)
{
	struct json_mark mark = json_begin_member(json, key);

	text_add(&json->text, "\"");
	text_add(&json->text, word);
	text_add(&json->text, "\"");
	(void)json_end_member(json, mark);
}

void json_add_signal(struct json *json, const char *key, int signo)
{
	struct json_mark mark = json_begin_member(json, key);

	text_add(&json->text, "\"");
	text_add_signal(&json->text, signo);
	text_add(&json->text, "\"");
	(void)json_end_member(json, mark);
}

void json_open(struct json *json, const char *key)
{
	struct json_mark mark = json_begin_member(json, key);

	assert(!json->is_nested);
	text_add(&json->text, "{}");
	json->is_nested = true;
	json->is_shut = !json_end_member(json, mark);
	if (json->is_shut)
		return;
	/* The room of its brace is kept until it is closed. */
	json->text.length--;
	json->text.size--;
	json->needs_comma = false;
}

void json_close(struct json *json)
{
	assert(json->is_nested);
	if (!json->is_shut) {
		json->text.size++;
		text_add(&json->text, "}");
		json->needs_comma = true;
	}
	json->is_nested = false;
	json->is_shut = false;
}

void json_end(struct json *json)
{
	assert(!json->is_nested);
	json->text.size += JSON_RESERVE;
	if (json->was_cut)
		text_add(&json->text,
			 json->needs_comma ? JSON_CUT : &JSON_CUT[1]);
	text_add(&json->text, "}");
	assert(!json->text.is_cut);
}

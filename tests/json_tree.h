/*
 * json_tree.h - a strict reader of JSON (RFC 8259) for tests: what muster
 * writes is checked by it, and what others publish is read.
 *
 * Refused: anything before or after the value, raw control characters, what is
 * no UTF-8, half surrogates, a key that comes twice, depth beyond a limit, and
 * strings with a NUL. Numbers are kept as text and, when whole, as an integer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define JSON_DEPTH_MAX 32

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_node {
	enum json_type type;
	char *key;	/* in an object */
	char *text;	/* of a string, decoded; of a number, as it stands */
	int64_t number; /* of a whole one; 1 for true */
	struct json_node *children; /* the first */
	struct json_node *next;
};

struct json_reader {
	const char *at;
	const char *end;
	int depth;
};

static inline void json_free(struct json_node *node)
{
	while (node) {
		struct json_node *next = node->next;

		json_free(node->children);
		free(node->key);
		free(node->text);
		free(node);
		node = next;
	}
}

static inline void json_freep(struct json_node **node)
{
	json_free(*node);
}

static inline void json_skip_blanks(struct json_reader *reader)
{
	while (reader->at < reader->end && *reader->at != '\0' &&
	       strchr(" \t\r\n", *reader->at))
		reader->at++;
}

static inline bool json_take(struct json_reader *reader, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->at) < length ||
	    memcmp(reader->at, word, length) != 0)
		return false;
	reader->at += length;
	return true;
}

/* Appends a code point as UTF-8; text has room for it. */
static inline void json_put(char **to, uint32_t point)
{
	char *out = *to;

	if (point < 0x80) {
		*out++ = (char)point;
	} else if (point < 0x800) {
		*out++ = (char)(0xc0 | point >> 6);
		*out++ = (char)(0x80 | (point & 63));
	} else if (point < 0x10000) {
		*out++ = (char)(0xe0 | point >> 12);
		*out++ = (char)(0x80 | (point >> 6 & 63));
		*out++ = (char)(0x80 | (point & 63));
	} else {
		*out++ = (char)(0xf0 | point >> 18);
		*out++ = (char)(0x80 | (point >> 12 & 63));
		*out++ = (char)(0x80 | (point >> 6 & 63));
		*out++ = (char)(0x80 | (point & 63));
	}
	*to = out;
}

static inline bool json_take_hex(struct json_reader *reader, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	if (reader->end - reader->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *digit = reader->at[i] != '\0'
					    ? strchr(digits, reader->at[i])
					    : NULL;

		if (!digit)
			return false;
		unit = unit << 4 | (uint32_t)((digit - digits) & 15);
	}
	reader->at += 4;
	*ret_unit = unit;
	return true;
}

/* What stands behind a backslash. */
static inline bool json_take_escape(struct json_reader *reader, char **to)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	uint32_t unit;
	uint32_t low;
	const char *letter;

	if (reader->at == reader->end || *reader->at == '\0')
		return false;
	letter = strchr(letters, *reader->at);
	if (letter) {
		reader->at++;
		*(*to)++ = meanings[letter - letters];
		return true;
	}
	if (!json_take(reader, "u") || !json_take_hex(reader, &unit) ||
	    unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return false;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		if (!json_take(reader, "\\u") || !json_take_hex(reader, &low) ||
		    low < 0xdc00 || low > 0xdfff)
			return false;
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	json_put(to, unit);
	return true;
}

/* One character as it stands; by decoding and encoding anew, so that every
 * form but the right one differs. */
static inline bool json_take_plain(struct json_reader *reader, char **to)
{
	const unsigned char *in = (const unsigned char *)reader->at;
	size_t length = in[0] < 0x80   ? 1
			: in[0] < 0xc0 ? 0
			: in[0] < 0xe0 ? 2
			: in[0] < 0xf0 ? 3
				       : 4;
	uint32_t point = length == 1   ? in[0]
			 : length == 2 ? in[0] & 31U
			 : length == 3 ? in[0] & 15U
				       : in[0] & 7U;
	char *start = *to;

	if (length == 0 || (size_t)(reader->end - reader->at) < length ||
	    in[0] < ' ' || in[0] > 0xf4)
		return false;
	for (size_t i = 1; i < length; i++)
		point = point << 6 | (in[i] & 63U);
	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return false;
	json_put(to, point);
	if ((size_t)(*to - start) != length ||
	    memcmp(start, reader->at, length) != 0)
		return false;
	reader->at += length;
	return true;
}

/* A string, decoded and allocated; NULL when it is none. */
static inline char *json_take_string(struct json_reader *reader)
{
	/* No form is longer decoded than written, but put may go 4 ahead. */
	char *text;
	char *to;

	if (!json_take(reader, "\""))
		return NULL;
	text = malloc((size_t)(reader->end - reader->at) + 5);
	for (to = text; text && reader->at < reader->end;) {
		if (json_take(reader, "\"")) {
			*to = '\0';
			return realloc(text, (size_t)(to - text) + 1);
		}
		if (json_take(reader, "\\") ? !json_take_escape(reader, &to)
					    : !json_take_plain(reader, &to))
			break;
	}
	free(text);
	return NULL;
}

static inline size_t json_count_digits(const struct json_reader *reader)
{
	const char *at = reader->at;

	while (at < reader->end && *at >= '0' && *at <= '9')
		at++;
	return (size_t)(at - reader->at);
}

static inline bool json_take_digits(struct json_reader *reader)
{
	size_t count = json_count_digits(reader);

	reader->at += count;
	return count > 0;
}

static inline bool json_take_number(struct json_reader *reader,
				    struct json_node *node)
{
	const char *start = reader->at;
	char *end;

	(void)json_take(reader, "-");
	if (json_take(reader, "0") ? json_count_digits(reader) > 0
				   : !json_take_digits(reader))
		return false;
	if (json_take(reader, ".") && !json_take_digits(reader))
		return false;
	if (json_take(reader, "e") || json_take(reader, "E")) {
		if (!json_take(reader, "+"))
			(void)json_take(reader, "-");
		if (!json_take_digits(reader))
			return false;
	}
	node->type = JSON_NUMBER;
	node->text = strndup(start, (size_t)(reader->at - start));
	if (!node->text)
		return false;
	node->number = strtoll(node->text, &end, 10);
	return true;
}

static inline struct json_node *json_child(const struct json_node *node,
					   const char *key)
{
	for (struct json_node *child = node->children; child;
	     child = child->next)
		if (strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

static inline struct json_node *json_take_value(struct json_reader *reader);

static inline bool json_take_member(struct json_reader *reader,
				    struct json_node *node,
				    struct json_node **place)
{
	char *key = NULL;

	if (node->type == JSON_OBJECT) {
		json_skip_blanks(reader);
		key = json_take_string(reader);
		if (!key || json_child(node, key)) {
			free(key);
			return false;
		}
		json_skip_blanks(reader);
		if (!json_take(reader, ":")) {
			free(key);
			return false;
		}
	}
	*place = json_take_value(reader);
	if (!*place) {
		free(key);
		return false;
	}
	(*place)->key = key;
	json_skip_blanks(reader);
	return true;
}

static inline bool json_take_members(struct json_reader *reader,
				     struct json_node *node, const char *end)
{
	struct json_node **place = &node->children;

	json_skip_blanks(reader);
	if (json_take(reader, end))
		return true;
	do {
		if (!json_take_member(reader, node, place))
			return false;
		place = &(*place)->next;
	} while (json_take(reader, ","));
	return json_take(reader, end);
}

static inline bool json_take_content(struct json_reader *reader,
				     struct json_node *node)
{
	if (json_take(reader, "null"))
		return true;
	if (json_take(reader, "true") || json_take(reader, "false")) {
		node->type = JSON_BOOL;
		node->number = reader->at[-2] == 'u';
		return true;
	}
	if (json_take(reader, "{")) {
		node->type = JSON_OBJECT;
		return json_take_members(reader, node, "}");
	}
	if (json_take(reader, "[")) {
		node->type = JSON_ARRAY;
		return json_take_members(reader, node, "]");
	}
	if (reader->at < reader->end && *reader->at == '"') {
		node->type = JSON_STRING;
		node->text = json_take_string(reader);
		return node->text != NULL;
	}
	return json_take_number(reader, node);
}

static inline struct json_node *json_take_value(struct json_reader *reader)
{
	struct json_node *node = calloc(1, sizeof(*node));
	bool is_good = false;

	json_skip_blanks(reader);
	if (node && reader->depth++ < JSON_DEPTH_MAX)
		is_good = json_take_content(reader, node);
	reader->depth--;
	if (is_good)
		return node;
	json_free(node);
	return NULL;
}

/* The value that text is, the caller's; NULL when it is none. */
static inline struct json_node *json_read(const char *text, size_t length)
{
	struct json_reader reader = {.at = text, .end = text + length};
	struct json_node *node = json_take_value(&reader);

	json_skip_blanks(&reader);
	if (node && reader.at == reader.end)
		return node;
	json_free(node);
	return NULL;
}

/* For comparing: what no member has when there is none of that kind. */
static inline const char *json_text_of(const struct json_node *node,
				       const char *key)
{
	const struct json_node *child = json_child(node, key);

	return child && child->type == JSON_STRING ? child->text : "(no text)";
}

static inline int64_t json_number_of(const struct json_node *node,
				     const char *key)
{
	const struct json_node *child = json_child(node, key);

	return child && child->type == JSON_NUMBER ? child->number : INT64_MIN;
}

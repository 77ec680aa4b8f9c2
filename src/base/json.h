/*
 * json.h - one JSON object on one line, into a buffer that the caller owns.
 *
 * Whatever is added, what comes out is a valid object (RFC 8259) of printable
 * characters: what is no UTF-8 becomes U+FFFD, control characters are escaped,
 * and a member that does not fit is left out whole. Written for every restart,
 * so without printf.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The least buffer: what ends an object, and a little. */
#define JSON_SIZE_MIN 32U

struct json {
	struct text text;
	bool needs_comma;
	bool is_nested; /* between json_open and json_close */
	bool is_shut;	/* that object did not fit: it takes nothing */
	bool was_cut;	/* something was left out */
};

/* size: JSON_SIZE_MIN at least. */
void json_init(struct json *json, char *buffer, size_t size);

/* Keys are literals of ours: they are not escaped. */
void json_add_u64(struct json *json, const char *key, uint64_t value);
void json_add_i64(struct json *json, const char *key, int64_t value);
void json_add_bool(struct json *json, const char *key, bool value);
/* At most limit bytes of value as they are written: a longer one is cut between
 * two characters. */
void json_add_string(struct json *json, const char *key, const char *value,
		     size_t limit);
/* A string of ours that needs no escape: a word, a number, a signal. */
void json_add_word(struct json *json, const char *key, const char *word);
/* "SIGTERM", as text_add_signal. */
void json_add_signal(struct json *json, const char *key, int signo);

/* An object as a member, one level deep. */
void json_open(struct json *json, const char *key);
void json_close(struct json *json);

/* Ends the object, with "cut":true when something was left out: json->text has
 * it then, without a newline. */
void json_end(struct json *json);

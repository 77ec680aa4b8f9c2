/*
 * test_json.c - what comes out is one valid object, whatever goes in and
 * however little room there is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "json_tree.h"
#include "random.h"

#define ROUNDS 30000
#define NO_LIMIT SIZE_MAX

static const char *one_string(const char *value, size_t limit)
{
	static char buffer[512];
	struct json json;

	json_init(&json, buffer, sizeof(buffer));
	json_add_string(&json, "k", value, limit);
	json_end(&json);
	assert_int_equal(json.text.length, strlen(buffer));
	return buffer;
}

static void every_kind_of_member_is_written(void **state)
{
	char buffer[256];
	struct json json;

	(void)state;
	json_init(&json, buffer, sizeof(buffer));
	json_add_u64(&json, "a", UINT64_MAX);
	json_add_i64(&json, "b", INT64_MIN);
	json_add_bool(&json, "c", true);
	json_open(&json, "d");
	json_add_bool(&json, "e", false);
	json_add_word(&json, "f", "word");
	json_close(&json);
	json_open(&json, "g");
	json_close(&json);
	json_add_signal(&json, "h", SIGRTMIN + 3);
	json_add_string(&json, "i", "", NO_LIMIT);
	json_end(&json);
	assert_string_equal(buffer,
			    "{\"a\":18446744073709551615,"
			    "\"b\":-9223372036854775808,\"c\":true,"
			    "\"d\":{\"e\":false,\"f\":\"word\"},\"g\":{},"
			    "\"h\":\"SIGRTMIN+3\",\"i\":\"\"}");
}

static void an_object_may_be_empty(void **state)
{
	char buffer[JSON_SIZE_MIN];
	struct json json;

	(void)state;
	json_init(&json, buffer, sizeof(buffer));
	json_end(&json);
	assert_string_equal(buffer, "{}");
}

static void what_must_be_escaped_is_escaped(void **state)
{
	static const struct {
		const char *value;
		const char *written;
	} cases[] = {
		{"a\"b\\c/d", "a\\\"b\\\\c/d"},
		{"\b\t\n\f\r", "\\b\\t\\n\\f\\r"},
		{"\x01\x0b\x1b\x1f\x7f", "\\u0001\\u000b\\u001b\\u001f\\u007f"},
		/* The other control characters, of which CSI is one. */
		{"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
		 "\\u0080\\u009b\\u009f\xc2\xa0"},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		 "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char wanted[128];

		(void)snprintf(wanted, sizeof(wanted), "{\"k\":\"%s\"}",
			       cases[i].written);
		assert_string_equal(one_string(cases[i].value, NO_LIMIT),
				    wanted);
	}
}

/* Each byte that cannot be part of a character is one U+FFFD. */
static void what_is_no_utf8_is_replaced(void **state)
{
	static const struct {
		const char *value;
		unsigned int bad;
	} cases[] = {
		{"\x80", 1},		 /* a second byte alone */
		{"\xff", 1},		 /* never */
		{"\xc3", 1},		 /* cut off by the end */
		{"\xe2\x82", 2},	 /* likewise */
		{"\xf0\x9f\x98", 3},	 /* likewise */
		{"\xc0\xaf", 2},	 /* '/' in two bytes */
		{"\xe0\x80\xaf", 3},	 /* in three */
		{"\xf0\x80\x80\xaf", 4}, /* in four */
		{"\xed\xa0\x80", 3},	 /* a surrogate */
		{"\xf4\x90\x80\x80", 4}, /* past U+10FFFF */
		{"\xf5\x80\x80\x80", 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char wanted[64] = "{\"k\":\"";
		char value[16];

		for (unsigned int bad = 0; bad < cases[i].bad; bad++)
			(void)strcat(wanted, "\xef\xbf\xbd");
		(void)strcat(wanted, "z\"}");
		(void)snprintf(value, sizeof(value), "%sz", cases[i].value);
		assert_string_equal(one_string(value, NO_LIMIT), wanted);
	}
}

static void a_string_is_cut_at_its_limit_between_characters(void **state)
{
	(void)state;
	assert_string_equal(one_string("abc", 3), "{\"k\":\"abc\"}");
	assert_string_equal(one_string("abc", 2),
			    "{\"k\":\"ab\",\"cut\":true}");
	assert_string_equal(one_string("a\n", 2), "{\"k\":\"a\",\"cut\":true}");
	assert_string_equal(one_string("a\"", 2), "{\"k\":\"a\",\"cut\":true}");
	assert_string_equal(one_string("a\xe2\x82\xac", 3),
			    "{\"k\":\"a\",\"cut\":true}");
	assert_string_equal(one_string("a\xff", 3),
			    "{\"k\":\"a\",\"cut\":true}");
	assert_string_equal(one_string("a\x01", 6),
			    "{\"k\":\"a\",\"cut\":true}");
	assert_string_equal(one_string("a", 0), "{\"k\":\"\",\"cut\":true}");
}

/* Some of each kind of member, what is random in them from random. */
static void add_random_member(struct json *json, struct random *random,
			      const char *key)
{
	char value[64];
	size_t length = random_below(random, sizeof(value));

	for (size_t i = 0; i < length; i++)
		value[i] = (char)(1 + random_below(random, 255));
	value[length] = '\0';
	switch (random_below(random, 6)) {
	case 0:
		json_add_u64(json, key, random_next(random));
		break;
	case 1:
		json_add_i64(json, key, (int64_t)random_next(random));
		break;
	case 2:
		json_add_bool(json, key, true);
		break;
	case 3:
		json_add_word(json, key, "word");
		break;
	case 4:
		json_add_signal(json, key, SIGKILL);
		break;
	default:
		json_add_string(json, key, value,
				random_below(random, sizeof(value)));
	}
}

static void add_random_members(struct json *json, struct random *random)
{
	static const char *const keys[] = {"one",  "two", "three", "four",
					   "five", "six", "seven", "eight"};
	size_t open = random_below(random, 10);
	size_t close = random_below(random, 10);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (i == open && !json->is_nested)
			json_open(json, "nested");
		add_random_member(json, random, keys[i]);
		if (i == close && json->is_nested)
			json_close(json);
	}
	if (json->is_nested)
		json_close(json);
}

static void whatever_is_added_it_is_one_object_in_its_room(void **state)
{
	struct random random = random_from_environment("test_json");
	unsigned int cut = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		char buffer[512 + 8];
		size_t size = JSON_SIZE_MIN + random_below(&random, 480);
		_cleanup_(json_freep) struct json_node *tree = NULL;
		struct json json;

		memset(buffer, '#', sizeof(buffer));
		json_init(&json, buffer, size);
		add_random_members(&json, &random);
		json_end(&json);
		assert_true(json.text.length < size);
		assert_memory_equal(buffer + size, "########", 8);
		tree = json_read(buffer, json.text.length);
		if (!tree)
			fail_msg("not valid: %s", buffer);
		assert_int_equal(tree->type, JSON_OBJECT);
		assert_int_equal(json_child(tree, "cut") != NULL, json.was_cut);
		cut += json.was_cut;
	}
	assert_in_range(cut, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

/* Each valid sequence comes back as it was. */
static void what_is_written_is_read_back(void **state)
{
	(void)state;
	for (unsigned int c = 1; c < 0x800; c++) {
		_cleanup_(json_freep) struct json_node *tree = NULL;
		char value[8] = {(char)c};
		const char *line;

		if (c >= 0x80) {
			value[0] = (char)(0xc0 | c >> 6);
			value[1] = (char)(0x80 | (c & 63));
		}
		line = one_string(value, NO_LIMIT);
		tree = json_read(line, strlen(line));
		assert_non_null(tree);
		assert_string_equal(json_child(tree, "k")->text, value);
	}
}

/* The reader must be able to say no. */
static void the_tests_own_reader_is_strict(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"{}x",
		"{\"a\":1,}",
		"{\"a\":01}",
		"{\"a\":+1}",
		"{\"a\":1.}",
		"{\"a\" 1}",
		"{a:1}",
		"{'a':1}",
		"\"\t\"",
		"\"\\x\"",
		"\"\\u12g4\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\xff\"",
		"\"\xc0\xaf\"",
		"\"\xed\xa0\x80\"",
		"\"",
		"[1 2]",
		"[,]",
		"nul",
		"True",
		"{\"a\":1,\"a\":2}",
		"\"\\u0000\"",
		"-",
		"1e",
	};
	static const char *const good[] = {
		"{}",	"[]",	" { \"a\" : [ 1 , -2.5e+3 , true ] } ",
		"null", "\"\"", "\"\\ud83d\\ude00\\/\"",
		"0",	"-0",	"{\"a\":{},\"b\":{\"a\":1}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (json_read(bad[i], strlen(bad[i])))
			fail_msg("taken: %s", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct json_node *tree = json_read(good[i], strlen(good[i]));

		if (!tree)
			fail_msg("refused: %s", good[i]);
		json_free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_member_is_written),
		cmocka_unit_test(an_object_may_be_empty),
		cmocka_unit_test(what_must_be_escaped_is_escaped),
		cmocka_unit_test(what_is_no_utf8_is_replaced),
		cmocka_unit_test(
			a_string_is_cut_at_its_limit_between_characters),
		cmocka_unit_test(
			whatever_is_added_it_is_one_object_in_its_room),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(the_tests_own_reader_is_strict),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}

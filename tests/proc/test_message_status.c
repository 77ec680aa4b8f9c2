/*
 * test_message_status.c - a status is text for people: valid, on one line, and
 * harmless to a terminal.
 */
#include "proc/notified.h"

static void assert_status(const char *text, const char *expected)
{
	struct notify_message message = parse(text);

	assert_int_equal(message.fields, NOTIFY_STATUS);
	assert_null(message.refusal);
	assert_string_equal(message.status, expected);
}

static void a_status_keeps_its_text(void **state)
{
	(void)state;
	assert_status("STATUS=", "");
	assert_status("STATUS=a=b", "a=b");
	assert_status("STATUS= 3 of 4 ", " 3 of 4 ");
	assert_status("STATUS=gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	assert_status("STATUS=\xf0\x9f\x90\x8e", "\xf0\x9f\x90\x8e");
	assert_status("STATUS=one\nSTATUS=two", "two");
	assert_status("STATUS=longer\nSTATUS=x", "x");
}

static void controls_and_what_is_no_utf8_become_question_marks(void **state)
{
	(void)state;
	assert_status("STATUS=a\tb\rc", "a?b?c");
	assert_status("STATUS=\x1b[31mred", "?[31mred");
	assert_status("STATUS=\x7f", "?");
	assert_status("STATUS=\xc2\x9b"
		      "31m",
		      "??31m"); /* CSI in one character */
	assert_status("STATUS=\xe2\x80\xae"
		      "txt",
		      "???txt"); /* turns what follows around */
	assert_status("STATUS=\xff\xfe", "??");
	assert_status("STATUS=\xc3", "?");
	assert_status("STATUS=\xe2\x82", "??");
	assert_status("STATUS=\xc3(", "?(");
	assert_status("STATUS=\xed\xa0\x80", "???");	  /* half a surrogate */
	assert_status("STATUS=\xc0\xaf", "??");		  /* an overlong "/" */
	assert_status("STATUS=\xe0\x80\xaf", "???");	  /* another */
	assert_status("STATUS=\xf4\x90\x80\x80", "????"); /* beyond Unicode */
}

/* As RFC 3629 writes it, for each number that has such a form. */
static size_t encode(uint32_t character, char *ret_bytes)
{
	static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = character < 0x80      ? 1
			: character < 0x800   ? 2
			: character < 0x10000 ? 3
					      : 4;

	for (size_t i = length - 1; i > 0; i--) {
		ret_bytes[i] = (char)(0x80 | (character & 0x3f));
		character >>= 6;
	}
	ret_bytes[0] = (char)(marks[length] | character);
	return length;
}

/* Between "[" and "]", so that nothing of it can reach over its end. */
static bool is_kept(const char *bytes, size_t length)
{
	struct notify_message message = {.pid = SENDER};
	char text[16] = "STATUS=[";

	memcpy(text + 8, bytes, length);
	text[8 + length] = ']';
	notify_parse(text, 9 + length, &message);
	return strcmp(message.status, text + 7) == 0;
}

static bool is_good(uint32_t character)
{
	return character >= 0x20 && !(character >= 0x7f && character < 0xa0) &&
	       !(character >= 0x2028 && character <= 0x202e) &&
	       !(character >= 0x2066 && character <= 0x2069) &&
	       !(character >= 0xd800 && character < 0xe000) &&
	       character <= 0x10ffff;
}

static void every_character_is_kept_but_controls(void **state)
{
	char bytes[4];

	(void)state;
	/* 0 ends the message, 10 the line. */
	for (uint32_t character = 11; character < 0x120000; character++)
		if (is_kept(bytes, encode(character, bytes)) !=
		    is_good(character))
			fail_msg("U+%04x", character);
}

/* Two bytes form one character only where encode would have written them. */
static void two_bytes_are_kept_only_when_they_are_a_character(void **state)
{
	char bytes[2];
	uint32_t kept = 0;

	(void)state;
	for (uint32_t pair = 0x8000; pair < 0x10000; pair++) {
		bytes[0] = (char)(pair >> 8);
		bytes[1] = (char)pair;
		kept += bytes[1] != '\0' && bytes[1] != '\n' &&
			is_kept(bytes, 2);
	}
	assert_int_equal(kept, 0x800 - 0xa0);
}

/* What lies behind the message is not looked at. */
static void a_character_that_the_message_cuts_is_none(void **state)
{
	static const char text[] = "STATUS=\xe2\x82\xac";
	struct notify_message message = {.pid = SENDER};

	(void)state;
	notify_parse(text, sizeof(text) - 2, &message);
	assert_string_equal(message.status, "??");
}

static void a_long_status_is_cut_between_characters(void **state)
{
	struct notify_message message;
	char text[1024] = "STATUS=";

	(void)state;
	memset(text + 7, 'x', NOTIFY_STATUS_SIZE - 1);
	message = parse(text);
	assert_int_equal(strlen(message.status), NOTIFY_STATUS_SIZE - 1);
	(void)strcat(text, "y");
	message = parse(text);
	assert_int_equal(strlen(message.status), NOTIFY_STATUS_SIZE - 1);
	assert_null(strchr(message.status, 'y'));
	/* Two bytes where there is room for one. */
	(void)strcpy(text + 7 + NOTIFY_STATUS_SIZE - 2, "\xc3\xbczz");
	message = parse(text);
	assert_int_equal(strlen(message.status), NOTIFY_STATUS_SIZE - 2);
	assert_null(strchr(message.status, 'z'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_keeps_its_text),
		cmocka_unit_test(
			controls_and_what_is_no_utf8_become_question_marks),
		cmocka_unit_test(every_character_is_kept_but_controls),
		cmocka_unit_test(
			two_bytes_are_kept_only_when_they_are_a_character),
		cmocka_unit_test(a_character_that_the_message_cuts_is_none),
		cmocka_unit_test(a_long_status_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

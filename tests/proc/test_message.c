/*
 * test_message.c - what a worker says is read as sd_notify(3) has it, and
 * whatever bytes somebody sends do no harm.
 */
#include "base/nsec.h"
#include "base/random.h"
#include "proc/notified.h"

#define HUGE_SIZE 65536U
#define ROUNDS 20000U
#define MAX_USEC ((UINT64_MAX - 1) / 1000)

static void assert_says(const char *text, uint32_t fields)
{
	struct notify_message message = parse(text);

	if (message.fields != fields || message.refusal)
		print_error("\"%s\": fields %x, refusal %s\n", text,
			    message.fields,
			    message.refusal ? message.refusal : "none");
	assert_int_equal(message.fields, fields);
	assert_null(message.refusal);
}

static void assert_refused(const char *text, uint32_t fields,
			   const char *reason)
{
	struct notify_message message = parse(text);

	if (message.fields != fields || !message.refusal)
		print_error("\"%s\": fields %x\n", text, message.fields);
	assert_int_equal(message.fields, fields);
	assert_non_null(message.refusal);
	assert_non_null(strstr(message.refusal, reason));
}

static void each_word_is_told(void **state)
{
	(void)state;
	assert_says("READY=1", NOTIFY_READY);
	assert_says("STOPPING=1", NOTIFY_STOPPING);
	assert_says("WATCHDOG=1", NOTIFY_WATCHDOG);
	assert_says("WATCHDOG=trigger", NOTIFY_TRIGGER);
	assert_says("EXTEND_TIMEOUT_USEC=1", NOTIFY_EXTEND);
	assert_says("STATUS=x", NOTIFY_STATUS);
	assert_says("READY=1\nSTATUS=up\nWATCHDOG=1\n",
		    NOTIFY_READY | NOTIFY_STATUS | NOTIFY_WATCHDOG);
	assert_says("READY=1\nSTOPPING=1", NOTIFY_READY | NOTIFY_STOPPING);
	assert_says("READY=1\nREADY=1", NOTIFY_READY);
}

static void newlines_part_the_lines_and_may_be_missing_or_too_many(void **state)
{
	(void)state;
	assert_says("", 0);
	assert_says("\n", 0);
	assert_says("\n\n\n", 0);
	assert_says("READY=1\n", NOTIFY_READY);
	assert_says("\n\nREADY=1\n\nSTOPPING=1",
		    NOTIFY_READY | NOTIFY_STOPPING);
}

static void what_is_unknown_is_ignored(void **state)
{
	(void)state;
	assert_says("FDSTORE=1", 0);
	assert_says("BARRIER=1", 0);
	assert_says("ERRNO=2\nREADY=1\nX_MINE=y", NOTIFY_READY);
	assert_says("READY", 0);
	assert_says("READ=1", 0);
	assert_says("READYX=1", 0);
	assert_says("ready=1", 0);
	assert_says(" READY=1", 0);
	assert_says("READY =1", 0);
	assert_says("=1", 0);
	assert_says("=", 0);
	assert_says("=READY=1", 0);
	assert_says("MAINPID", 0);
}

static void other_values_are_refused_and_the_rest_is_honoured(void **state)
{
	(void)state;
	assert_refused("READY=0", 0, "READY");
	assert_refused("READY=", 0, "READY");
	assert_refused("READY=11", 0, "READY");
	assert_refused("READY=1 ", 0, "READY");
	assert_refused("READY=1\r\n", 0, "READY");
	assert_refused("READY=1=1", 0, "READY");
	assert_refused("STOPPING=yes", 0, "STOPPING");
	assert_refused("WATCHDOG=0", 0, "WATCHDOG");
	assert_refused("WATCHDOG=triggers", 0, "WATCHDOG");
	assert_refused("WATCHDOG=TRIGGER", 0, "WATCHDOG");
	assert_refused("READY=0\nSTOPPING=1", NOTIFY_STOPPING, "READY");
	assert_refused("READY=1\nREADY=0", NOTIFY_READY, "READY");
	assert_refused("STOPPING=1\nREADY=0\nWATCHDOG=x", NOTIFY_STOPPING,
		       "READY"); /* the first reason */
}

static void
another_main_process_is_refused_and_the_rest_is_honoured(void **state)
{
	(void)state;
	assert_refused("MAINPID=1", 0, "MAINPID");
	assert_refused("MAINPID=", 0, "MAINPID");
	assert_refused("MAINPID=7\nREADY=1\nSTATUS=s",
		       NOTIFY_READY | NOTIFY_STATUS, "MAINPID");
	assert_refused("READY=1\nMAINPID=7", NOTIFY_READY, "MAINPID");
}

static void an_extension_is_microseconds_above_zero(void **state)
{
	static const char *const wrong[] = {
		"EXTEND_TIMEOUT_USEC=",
		"EXTEND_TIMEOUT_USEC=0",
		"EXTEND_TIMEOUT_USEC=-1",
		"EXTEND_TIMEOUT_USEC=+1",
		"EXTEND_TIMEOUT_USEC= 1",
		"EXTEND_TIMEOUT_USEC=1.5",
		"EXTEND_TIMEOUT_USEC=1s",
		"EXTEND_TIMEOUT_USEC=infinity",
		"EXTEND_TIMEOUT_USEC=18446744073709552", /* one too many */
		"EXTEND_TIMEOUT_USEC=18446744073709551615",
		"EXTEND_TIMEOUT_USEC=18446744073709551616",
		"EXTEND_TIMEOUT_USEC=000000000000000000001",
	};
	char text[64];

	(void)state;
	assert_true(parse("EXTEND_TIMEOUT_USEC=1").extend_ns == 1000);
	assert_true(parse("EXTEND_TIMEOUT_USEC=5000000").extend_ns ==
		    5 * NSEC_PER_SEC);
	(void)snprintf(text, sizeof(text), "EXTEND_TIMEOUT_USEC=%llu",
		       (unsigned long long)MAX_USEC);
	assert_true(parse(text).extend_ns == MAX_USEC * 1000);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_refused(wrong[i], 0, "EXTEND_TIMEOUT_USEC");
		assert_true(parse(wrong[i]).extend_ns == 0);
	}
}

static void one_nul_may_end_a_message_and_none_be_within(void **state)
{
	static const char within[] = "READY=1\0STOPPING=1";
	static const char first[] = "\0READY=1";
	struct notify_message message;

	(void)state;
	message = parse_bytes("READY=1", sizeof("READY=1"));
	assert_int_equal(message.fields, NOTIFY_READY);
	assert_null(message.refusal);
	message = parse_bytes("\0", 1);
	assert_null(message.refusal);
	message = parse_bytes("READY=1\0\0", 9);
	assert_int_equal(message.fields, 0);
	assert_non_null(message.refusal);
	message = parse_bytes(within, sizeof(within) - 1);
	assert_int_equal(message.fields, 0);
	assert_non_null(message.refusal);
	message = parse_bytes(first, sizeof(first) - 1);
	assert_int_equal(message.fields, 0);
	assert_non_null(message.refusal);
}

static void a_message_of_any_length_is_read(void **state)
{
	_cleanup_free_ char *text = malloc(HUGE_SIZE);
	struct notify_message message;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', HUGE_SIZE);
	memcpy(text + HUGE_SIZE - 7, "READY=1", 7);
	message = parse_bytes(text, HUGE_SIZE);
	assert_int_equal(message.fields, NOTIFY_READY);
	memset(text, '=', HUGE_SIZE);
	assert_int_equal(parse_bytes(text, HUGE_SIZE).fields, 0);
	memset(text, '\xff', HUGE_SIZE);
	memcpy(text, "STATUS=", 7);
	message = parse_bytes(text, HUGE_SIZE);
	assert_int_equal(strspn(message.status, "?"), NOTIFY_STATUS_SIZE - 1);
	assert_int_equal(message.status[NOTIFY_STATUS_SIZE - 1], '\0');
	message = (struct notify_message){.pid = SENDER};
	notify_parse(NULL, 0, &message);
	assert_int_equal(message.fields, 0);
}

/* Pieces of what is known, in any order, and bytes among them. */
static size_t make_noise(struct random *random, char *text, size_t size)
{
	static const char *const pieces[] = {
		"READY=",   "STOPPING=", "WATCHDOG=", "EXTEND_TIMEOUT_USEC=",
		"STATUS=",  "MAINPID=",	 "1",	      "trigger",
		"\n",	    "=",	 "\xc3\xbc",  "\xf0\x9f\x90\x8e",
		"99999999",
	};
	size_t length = 0;

	while (length + 32 < size && random_below(random, 40) != 0) {
		uint32_t i = (uint32_t)random_below(random, 20);

		if (i < ARRAY_LEN(pieces)) {
			memcpy(text + length, pieces[i], strlen(pieces[i]));
			length += strlen(pieces[i]);
		} else {
			text[length++] = (char)random_below(random, 256);
		}
	}
	return length;
}

/* What was told holds together, whatever was said. */
static void assert_sound(const struct notify_message *message)
{
	const uint32_t all = NOTIFY_READY | NOTIFY_STOPPING | NOTIFY_WATCHDOG |
			     NOTIFY_TRIGGER | NOTIFY_EXTEND | NOTIFY_STATUS;
	struct notify_message again = {.pid = SENDER};
	char text[NOTIFY_STATUS_SIZE + 8];

	assert_int_equal(message->fields & ~all, 0);
	assert_int_equal((message->fields & NOTIFY_EXTEND) != 0,
			 message->extend_ns != 0);
	assert_non_null(memchr(message->status, '\0', NOTIFY_STATUS_SIZE));
	if (!(message->fields & NOTIFY_STATUS))
		assert_string_equal(message->status, "");
	/* What is clean stays as it is. */
	(void)snprintf(text, sizeof(text), "STATUS=%s", message->status);
	notify_parse(text, strlen(text), &again);
	assert_string_equal(again.status, message->status);
}

static void noise_does_no_harm(void **state)
{
	struct random random = random_from_environment("noise");
	char text[8192];

	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		size_t size = make_noise(&random, text, sizeof(text));
		struct notify_message message = parse_bytes(text, size);

		assert_sound(&message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_told),
		cmocka_unit_test(
			newlines_part_the_lines_and_may_be_missing_or_too_many),
		cmocka_unit_test(what_is_unknown_is_ignored),
		cmocka_unit_test(
			other_values_are_refused_and_the_rest_is_honoured),
		cmocka_unit_test(
			another_main_process_is_refused_and_the_rest_is_honoured),
		cmocka_unit_test(an_extension_is_microseconds_above_zero),
		cmocka_unit_test(one_nul_may_end_a_message_and_none_be_within),
		cmocka_unit_test(a_message_of_any_length_is_read),
		cmocka_unit_test(noise_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

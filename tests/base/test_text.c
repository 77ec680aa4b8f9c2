/*
 * test_text.c - what fits is exact, what does not is cut and known to be.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/text.h"
#include "random.h"

#define ROUNDS 100000

static const uint64_t edges[] = {
	0,
	1,
	9,
	10,
	99,
	100,
	999,
	1000,
	UINT32_MAX,
	UINT64_C(9999999999999999999),
	UINT64_C(10000000000000000000),
	UINT64_MAX - 1,
	UINT64_MAX,
};

static const char *duration(uint64_t duration_ns)
{
	static char buffer[32];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add_duration(&text, duration_ns);
	assert_false(text.is_cut);
	assert_int_equal(text.length, strlen(buffer));
	return buffer;
}

static const char *signal_text(int signo)
{
	static char buffer[32];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add_signal(&text, signo);
	return buffer;
}

static void a_new_text_is_empty_and_terminated(void **state)
{
	char buffer[] = "junk";
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	assert_string_equal(buffer, "");
	assert_int_equal(text.length, 0);
	assert_false(text.is_cut);
}

static void pieces_follow_one_another(void **state)
{
	char buffer[64];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "worker ");
	text_add_u64(&text, 3);
	text_add_bytes(&text, " ended, or so", 6);
	text_add(&text, "");
	text_format(&text, " (%s %d)", "code", -7);
	text_add_i64(&text, -1);
	assert_string_equal(buffer, "worker 3 ended (code -7)-1");
	assert_int_equal(text.length, strlen(buffer));
	assert_false(text.is_cut);
}

/* One of each kind, so that every way of adding is cut everywhere. */
static void add_everything(struct text *text)
{
	text_add(text, "ab");
	text_add_u64(text, 12345);
	text_format(text, "<%d>", 678);
	text_add_bytes(text, "cd", 2);
	text_add_i64(text, -42);
	text_add_duration(text, 1234567);
	text_add_signal(text, SIGTERM);
	text_format(text, "%s", "");
}

static void a_cut_is_remembered_wherever_it_falls(void **state)
{
	static const char whole[] = "ab12345<678>cd-421.23 msSIGTERM";
	size_t size;

	(void)state;
	for (size = 1; size <= sizeof(whole); size++) {
		char buffer[sizeof(whole) + 1];
		struct text text;

		memset(buffer, '#', sizeof(buffer));
		text_init(&text, buffer, size);
		add_everything(&text);
		assert_int_equal(text.is_cut, size < sizeof(whole));
		assert_int_equal(text.length, size - 1);
		assert_memory_equal(buffer, whole, size - 1);
		assert_int_equal(buffer[size - 1], '\0');
		assert_int_equal(buffer[size], '#');
	}
}

static void a_cut_by_the_last_piece_is_remembered(void **state)
{
	char buffer[4];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_format(&text, "%d", 1234);
	assert_string_equal(buffer, "123");
	assert_true(text.is_cut);
	text_init(&text, buffer, sizeof(buffer));
	text_add_u64(&text, 1234);
	assert_string_equal(buffer, "123");
	assert_true(text.is_cut);
}

static void nothing_follows_a_cut(void **state)
{
	char buffer[4];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "abcdef");
	text_add(&text, "x");
	text_format(&text, "y");
	assert_string_equal(buffer, "abc");
	assert_true(text.is_cut);
}

static void a_full_text_that_lacks_nothing_is_not_cut(void **state)
{
	char buffer[4];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "abc");
	text_add(&text, "");
	text_format(&text, "%s", "");
	assert_string_equal(buffer, "abc");
	assert_false(text.is_cut);
}

static void bytes_need_no_terminator(void **state)
{
	const char bytes[] = {'a', '\0', 'b'};
	char buffer[8];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_add_bytes(&text, bytes, sizeof(bytes));
	assert_int_equal(text.length, 3);
	assert_memory_equal(buffer, "a\0b", 4);
}

static void a_format_that_fails_adds_nothing_and_counts_as_cut(void **state)
{
	char buffer[32];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_add(&text, "kept");
	text_format(&text, "lost %lc", (wint_t)0x7fffffff);
	assert_string_equal(buffer, "kept");
	assert_int_equal(text.length, 4);
	assert_true(text.is_cut);
}

static void assert_numbers_agree(uint64_t value)
{
	char expected[32];
	char buffer[32];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add_u64(&text, value);
	snprintf(expected, sizeof(expected), "%" PRIu64, value);
	assert_string_equal(buffer, expected);

	text_init(&text, buffer, sizeof(buffer));
	text_add_i64(&text, (int64_t)value);
	snprintf(expected, sizeof(expected), "%" PRId64, (int64_t)value);
	assert_string_equal(buffer, expected);
}

static void numbers_are_written_as_printf_writes_them(void **state)
{
	struct random random = random_from_environment("numbers");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(edges); i++)
		assert_numbers_agree(edges[i]);
	assert_numbers_agree((uint64_t)INT64_MIN);
	assert_numbers_agree((uint64_t)INT64_MAX);
	for (i = 0; i < ROUNDS; i++)
		assert_numbers_agree(random_next(&random) >>
				     random_below(&random, 64));
}

static void a_time_has_three_places(void **state)
{
	(void)state;
	assert_string_equal(duration(0), "0 ns");
	assert_string_equal(duration(1), "1 ns");
	assert_string_equal(duration(850), "850 ns");
	assert_string_equal(duration(1000), "1.00 us");
	assert_string_equal(duration(12345), "12.3 us");
	assert_string_equal(duration(123456), "123 us");
	assert_string_equal(duration(4560000), "4.56 ms");
	assert_string_equal(duration(4060000), "4.06 ms");
	assert_string_equal(duration(10050000), "10.1 ms");
	assert_string_equal(duration(1230000000), "1.23 s");
	assert_string_equal(duration(75 * NSEC_PER_SEC), "75.0 s");
	assert_string_equal(duration(100 * NSEC_PER_SEC), "100 s");
	assert_string_equal(duration(86400 * NSEC_PER_SEC), "86400 s");
}

static void rounding_carries_into_the_next_unit(void **state)
{
	(void)state;
	assert_string_equal(duration(999), "999 ns");
	assert_string_equal(duration(9994), "9.99 us");
	assert_string_equal(duration(9995), "10.0 us");
	assert_string_equal(duration(99949), "99.9 us");
	assert_string_equal(duration(99950), "100 us");
	assert_string_equal(duration(999499), "999 us");
	assert_string_equal(duration(999500), "1.00 ms");
	assert_string_equal(duration(999499999), "999 ms");
	assert_string_equal(duration(999500000), "1.00 s");
	assert_string_equal(duration(1000 * NSEC_PER_SEC - 1), "1000 s");
	assert_string_equal(duration(NSEC_PER_SEC * 3601 / 2), "1801 s");
}

static void never_is_for_ever_and_nothing_less_is(void **state)
{
	(void)state;
	assert_string_equal(duration(NSEC_NEVER), "for ever");
	assert_string_equal(duration(NSEC_NEVER - 1), "18446744073 s");
}

/* Reads it back: at most half a unit of the third place off. */
static void assert_is_near(uint64_t duration_ns)
{
	static const struct {
		const char *suffix;
		double ns;
	} units[] = {{" ns", 1}, {" us", 1e3}, {" ms", 1e6}, {" s", 1e9}};
	const char *written = duration(duration_ns);
	double slack = (double)duration_ns * 0.00501;
	char *end;
	double value = strtod(written, &end);
	double found = -1;
	size_t i;

	for (i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(end, units[i].suffix) == 0)
			found = value * units[i].ns;
	assert_true(found >= (double)duration_ns - slack);
	assert_true(found <= (double)duration_ns + slack);
	assert_true(strcspn(written, " ") <= 4 || duration_ns > 999 * 1e9);
}

static void any_time_is_read_back_within_half_a_percent(void **state)
{
	struct random random = random_from_environment("durations");
	size_t i;

	(void)state;
	for (i = 0; i < ROUNDS; i++)
		assert_is_near(random_next(&random) >>
			       (1 + random_below(&random, 63)));
}

static void a_signal_has_its_full_name(void **state)
{
	char last[32];

	(void)state;
	assert_string_equal(signal_text(SIGHUP), "SIGHUP");
	assert_string_equal(signal_text(SIGTERM), "SIGTERM");
	assert_string_equal(signal_text(SIGSYS), "SIGSYS");
	assert_string_equal(signal_text(SIGRTMIN), "SIGRTMIN");
	assert_string_equal(signal_text(SIGRTMIN + 3), "SIGRTMIN+3");
	snprintf(last, sizeof(last), "SIGRTMIN+%d", SIGRTMAX - SIGRTMIN);
	assert_string_equal(signal_text(SIGRTMAX), last);
}

static void what_is_no_signal_is_a_bare_number(void **state)
{
	char number[32];

	(void)state;
	assert_string_equal(signal_text(0), "0");
	assert_string_equal(signal_text(-1), "-1");
	assert_string_equal(signal_text(INT_MIN), "-2147483648");
	assert_string_equal(signal_text(INT_MAX), "2147483647");
	snprintf(number, sizeof(number), "%d", SIGRTMIN - 1);
	assert_string_equal(signal_text(SIGRTMIN - 1), number);
	snprintf(number, sizeof(number), "%d", SIGRTMAX + 1);
	assert_string_equal(signal_text(SIGRTMAX + 1), number);
}

static void a_disarmed_text_is_one_line_and_harmless(void **state)
{
	char buffer[32];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	text_disarm(&text);
	assert_string_equal(buffer, "");
	text_add_bytes(&text, "a\nb\r\033[1m\x7f\0\tc \xc3\xa4~", 16);
	text_disarm(&text);
	assert_int_equal(text.length, 16);
	assert_string_equal(buffer, "a?b??[1m??\tc \xc3\xa4~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_text_is_empty_and_terminated),
		cmocka_unit_test(pieces_follow_one_another),
		cmocka_unit_test(a_cut_is_remembered_wherever_it_falls),
		cmocka_unit_test(a_cut_by_the_last_piece_is_remembered),
		cmocka_unit_test(nothing_follows_a_cut),
		cmocka_unit_test(a_full_text_that_lacks_nothing_is_not_cut),
		cmocka_unit_test(bytes_need_no_terminator),
		cmocka_unit_test(
			a_format_that_fails_adds_nothing_and_counts_as_cut),
		cmocka_unit_test(numbers_are_written_as_printf_writes_them),
		cmocka_unit_test(a_time_has_three_places),
		cmocka_unit_test(rounding_carries_into_the_next_unit),
		cmocka_unit_test(never_is_for_ever_and_nothing_less_is),
		cmocka_unit_test(any_time_is_read_back_within_half_a_percent),
		cmocka_unit_test(a_signal_has_its_full_name),
		cmocka_unit_test(what_is_no_signal_is_a_bare_number),
		cmocka_unit_test(a_disarmed_text_is_one_line_and_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

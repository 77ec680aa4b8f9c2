/*
 * test_parse.c - numbers, durations, sizes: the whole string or nothing.
 *
 * Every refusal is also checked to leave the result alone.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "random.h"

#define UNTOUCHED UINT64_C(0x5eed5eed5eed5eed)
#define ROUNDS 100000

#define NS_PER_MINUTE (60 * NSEC_PER_SEC)
#define NS_PER_HOUR (3600 * NSEC_PER_SEC)
#define NS_PER_DAY (86400 * NSEC_PER_SEC)

struct sample {
	const char *string;
	int error;
	uint64_t value;
};

static void check(int (*parse)(const char *, uint64_t *),
		  const struct sample *samples, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		uint64_t expected =
			samples[i].error ? UNTOUCHED : samples[i].value;
		uint64_t value = UNTOUCHED;
		int r = parse(samples[i].string, &value);

		if (r != samples[i].error || value != expected)
			print_error("\"%s\": %d, %" PRIu64 "\n",
				    samples[i].string, r, value);
		assert_int_equal(r, samples[i].error);
		assert_true(value == expected);
	}
}

static void refuses(int (*parse)(const char *, uint64_t *),
		    const char *const *strings, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct sample sample = {strings[i], -EINVAL, 0};

		check(parse, &sample, 1);
	}
}

/* What no parser takes, in front of and behind what each would. */
static const char *const junk[] = {
	" ",  "\t", "\n", "\r", "\v", "+", "-",	   "x",	   "_",
	"\'", ",",  "e",  "/",	":",  "%", "\xc2", "\x80", "\xb2",
};

static void refuses_junk_around(int (*parse)(const char *, uint64_t *),
				const char *good)
{
	uint64_t value = UNTOUCHED;
	char buffer[64];
	size_t i;

	for (i = 0; i < ARRAY_LEN(junk); i++) {
		snprintf(buffer, sizeof(buffer), "%s%s", junk[i], good);
		assert_int_equal(parse(buffer, &value), -EINVAL);
		snprintf(buffer, sizeof(buffer), "%s%s", good, junk[i]);
		assert_int_equal(parse(buffer, &value), -EINVAL);
	}
	assert_true(value == UNTOUCHED);
}

static void a_number_is_digits_and_nothing_else(void **state)
{
	static const struct sample samples[] = {
		{"0", 0, 0},
		{"7", 0, 7},
		{"007", 0, 7},
		{"10", 0, 10},
		{"00000000000000000000000000000000000000001", 0, 1},
		{"", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1 2", -EINVAL, 0},
		{"1.0", -EINVAL, 0},
		{"-0", -EINVAL, 0},
	};

	(void)state;
	check(parse_u64, samples, ARRAY_LEN(samples));
	refuses_junk_around(parse_u64, "12");
	refuses_junk_around(parse_u64, "");
}

static void a_number_ends_where_64_bits_end(void **state)
{
	static const struct sample samples[] = {
		{"9223372036854775808", 0, UINT64_C(1) << 63},
		{"18446744073709551614", 0, UINT64_MAX - 1},
		{"18446744073709551615", 0, UINT64_MAX},
		{"000018446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"18446744073709551620", -ERANGE, 0},
		{"18446744073709551625", -ERANGE, 0},
		{"99999999999999999999", -ERANGE, 0},
		{"184467440737095516150", -ERANGE, 0},
		{"36893488147419103232", -ERANGE, 0},
		{"340282366920938463463374607431768211456", -ERANGE, 0},
	};

	(void)state;
	check(parse_u64, samples, ARRAY_LEN(samples));
}

static void malformed_comes_before_too_big(void **state)
{
	static const struct sample number = {"99999999999999999999x", -EINVAL,
					     0};
	static const struct sample durations[] = {
		{"99999999999999999999x", -EINVAL, 0},
		{"99999999999999999999.", -EINVAL, 0},
		{"99999999999999999999.5ns", -EINVAL, 0},
		{"99999999999999999999ns", -ERANGE, 0},
	};

	(void)state;
	check(parse_u64, &number, 1);
	check(parse_size, &number, 1);
	check(parse_duration, durations, ARRAY_LEN(durations));
}

static void any_number_that_is_printed_is_read_back(void **state)
{
	struct random random = random_from_environment("numbers");
	size_t i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		uint64_t number =
			random_next(&random) >> random_below(&random, 64);
		uint64_t value = UNTOUCHED;
		char buffer[32];

		snprintf(buffer, sizeof(buffer), "%" PRIu64, number);
		assert_int_equal(parse_u64(buffer, &value), 0);
		assert_true(value == number);
	}
}

static int parse_five_to_seven(const char *string, uint64_t *ret_value)
{
	return parse_u64_range(string, 5, 7, ret_value);
}

static int parse_any(const char *string, uint64_t *ret_value)
{
	return parse_u64_range(string, 0, UINT64_MAX, ret_value);
}

static void a_range_includes_its_ends_and_nothing_beyond(void **state)
{
	static const struct sample samples[] = {
		{"4", -ERANGE, 0}, {"5", 0, 5},
		{"6", 0, 6},	   {"7", 0, 7},
		{"8", -ERANGE, 0}, {"18446744073709551616", -ERANGE, 0},
		{"", -EINVAL, 0},  {"6x", -EINVAL, 0}};
	static const struct sample widest[] = {
		{"0", 0, 0}, {"18446744073709551615", 0, UINT64_MAX}};

	(void)state;
	check(parse_five_to_seven, samples, ARRAY_LEN(samples));
	check(parse_any, widest, ARRAY_LEN(widest));
}

static void a_duration_has_a_unit_or_means_seconds(void **state)
{
	static const struct sample samples[] = {
		{"0", 0, 0},
		{"60", 0, NS_PER_MINUTE},
		{"1ns", 0, 1},
		{"2us", 0, 2 * NSEC_PER_USEC},
		{"250ms", 0, 250 * NSEC_PER_MSEC},
		{"3s", 0, 3 * NSEC_PER_SEC},
		{"4m", 0, 4 * NS_PER_MINUTE},
		{"5h", 0, 5 * NS_PER_HOUR},
		{"6d", 0, 6 * NS_PER_DAY},
		{"0d", 0, 0},
		{"007s", 0, 7 * NSEC_PER_SEC},
	};

	(void)state;
	check(parse_duration, samples, ARRAY_LEN(samples));
}

static void a_fraction_is_exact(void **state)
{
	static const struct sample samples[] = {
		{"1.5", 0, 1500 * NSEC_PER_MSEC},
		{"1.5s", 0, 1500 * NSEC_PER_MSEC},
		{"0.1s", 0, 100 * NSEC_PER_MSEC},
		{"0.000000001", 0, 1},
		{"0.000000000", 0, 0},
		{"0.123456789s", 0, 123456789},
		{"1.25ms", 0, 1250 * NSEC_PER_USEC},
		{"0.000001ms", 0, 1},
		{"0.001us", 0, 1},
		{"1.0ns", 0, 1},
		{"1.500us", 0, 1500},
		{"0.5m", 0, 30 * NSEC_PER_SEC},
		{"0.000000001m", 0, 60},
		{"0.25h", 0, 15 * NS_PER_MINUTE},
		{"1.5d", 0, 36 * NS_PER_HOUR},
		{"0.999999999d", 0, NS_PER_DAY - 86400},
	};

	(void)state;
	check(parse_duration, samples, ARRAY_LEN(samples));
}

static void a_fraction_finer_than_a_nanosecond_is_refused(void **state)
{
	static const char *const strings[] = {
		"0.5ns",       "1.1ns",		"0.0005us",	"1.0005us",
		"0.0000001ms", "0.0000000001s", "0.0000000000",
	};

	(void)state;
	refuses(parse_duration, strings, ARRAY_LEN(strings));
}

static void a_duration_ends_before_never(void **state)
{
	static const struct sample samples[] = {
		{"18446744073709551614ns", 0, NSEC_NEVER - 1},
		{"18446744073709551615ns", -ERANGE, 0},
		{"18446744073709551616ns", -ERANGE, 0},
		{"18446744073709551615", -ERANGE, 0},
		{"18446744073709551615d", -ERANGE, 0},
		{"18446744073.709551614", 0, NSEC_NEVER - 1},
		{"18446744073.709551615", -ERANGE, 0},
		{"18446744073.709551616", -ERANGE, 0},
		{"18446744074s", -ERANGE, 0},
		{"213503d", 0, 213503 * NS_PER_DAY},
		{"213504d", -ERANGE, 0},
		{"213503.999999999d", -ERANGE, 0},
	};

	(void)state;
	check(parse_duration, samples, ARRAY_LEN(samples));
}

static void a_duration_is_one_number_and_one_unit(void **state)
{
	static const char *const strings[] = {
		"",	"s",	 ".",	  ".5s", "1.s", "1.",
		"1..5", "1.5.5", "1m30s", "1 s", "1S",	"1sec",
		"1min", "1w",	 "1msx",  "1M",	 "1e3", "inf",
	};

	(void)state;
	refuses(parse_duration, strings, ARRAY_LEN(strings));
	refuses_junk_around(parse_duration, "1.5");
	refuses_junk_around(parse_duration, "12ms");
}

static void a_size_counts_in_powers_of_1024(void **state)
{
	static const struct sample samples[] = {
		{"0", 0, 0},
		{"1", 0, 1},
		{"0G", 0, 0},
		{"1K", 0, 1024},
		{"64K", 0, 65536},
		{"3M", 0, 3145728},
		{"2G", 0, UINT64_C(2147483648)},
	};

	(void)state;
	check(parse_size, samples, ARRAY_LEN(samples));
}

static void a_size_ends_where_64_bits_end(void **state)
{
	static const struct sample samples[] = {
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"18014398509481983K", 0, UINT64_MAX - 1023},
		{"18014398509481984K", -ERANGE, 0},
		{"17592186044415M", 0, UINT64_MAX - 1048575},
		{"17592186044416M", -ERANGE, 0},
		{"17179869183G", 0, UINT64_MAX - 1073741823},
		{"17179869184G", -ERANGE, 0},
		{"99999999999999999999K", -ERANGE, 0},
	};

	(void)state;
	check(parse_size, samples, ARRAY_LEN(samples));
}

static void a_size_has_no_other_form(void **state)
{
	static const char *const strings[] = {
		"", "K", "1k", "1KB", "1KiB", "1KK", "1T", "1.5K", "1 K", "1K1",
	};

	(void)state;
	refuses(parse_size, strings, ARRAY_LEN(strings));
	refuses_junk_around(parse_size, "1K");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_digits_and_nothing_else),
		cmocka_unit_test(a_number_ends_where_64_bits_end),
		cmocka_unit_test(malformed_comes_before_too_big),
		cmocka_unit_test(any_number_that_is_printed_is_read_back),
		cmocka_unit_test(a_range_includes_its_ends_and_nothing_beyond),
		cmocka_unit_test(a_duration_has_a_unit_or_means_seconds),
		cmocka_unit_test(a_fraction_is_exact),
		cmocka_unit_test(a_fraction_finer_than_a_nanosecond_is_refused),
		cmocka_unit_test(a_duration_ends_before_never),
		cmocka_unit_test(a_duration_is_one_number_and_one_unit),
		cmocka_unit_test(a_size_counts_in_powers_of_1024),
		cmocka_unit_test(a_size_ends_where_64_bits_end),
		cmocka_unit_test(a_size_has_no_other_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

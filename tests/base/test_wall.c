/*
 * test_wall.c - dates are those of the C library, which is asked here only.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/wall.h"
#include "random.h"

#define ROUNDS 20000

static const char *date(uint64_t unix_ns)
{
	static char buffer[40];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	wall_add(&text, unix_ns);
	assert_false(text.is_cut);
	return buffer;
}

static void dates_that_are_known_are_right(void **state)
{
	(void)state;
	assert_string_equal(date(0), "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(date(UINT64_C(951782399999999999)),
			    "2000-02-28T23:59:59.999999999Z");
	assert_string_equal(date(UINT64_C(951782400000000001)),
			    "2000-02-29T00:00:00.000000001Z");
	assert_string_equal(date(UINT64_C(4107542400000000000)),
			    "2100-03-01T00:00:00.000000000Z");
	assert_string_equal(date(INT64_MAX), "2262-04-11T23:47:16.854775807Z");
}

static void check_against_library(uint64_t unix_ns)
{
	time_t seconds = (time_t)(unix_ns / NSEC_PER_SEC);
	char wanted[64];
	size_t length;
	struct tm tm;

	assert_non_null(gmtime_r(&seconds, &tm));
	length = strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(wanted + length, sizeof(wanted) - length, ".%09lluZ",
		       (unsigned long long)(unix_ns % NSEC_PER_SEC));
	assert_string_equal(date(unix_ns), wanted);
}

static void every_date_is_the_librarys(void **state)
{
	struct random random = random_from_environment("test_wall");

	(void)state;
	for (uint64_t day = 0; day < 400 * 365; day++)
		check_against_library(nsec_mul(day, 86400 * NSEC_PER_SEC) &
				      INT64_MAX);
	for (int i = 0; i < ROUNDS; i++)
		check_against_library(random_next(&random) & INT64_MAX);
}

static void a_reading_dates_what_was_just_now(void **state)
{
	struct wall wall = wall_read();
	struct timespec now;
	uint64_t now_ns;

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	now_ns = (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
	/* Generous: a busy machine, or a step of the clock in between. */
	assert_in_range(wall_at(&wall, wall.now_ns), now_ns - 60 * NSEC_PER_SEC,
			now_ns + 60 * NSEC_PER_SEC);
	assert_int_equal(wall_at(&wall, wall.now_ns - NSEC_PER_SEC),
			 wall_at(&wall, wall.now_ns) - NSEC_PER_SEC);
}

static void before_1970_is_1970(void **state)
{
	const struct wall wall = {.now_ns = 10, .offset_ns = -4};

	(void)state;
	assert_int_equal(wall_at(&wall, 10), 6);
	assert_int_equal(wall_at(&wall, 4), 0);
	assert_int_equal(wall_at(&wall, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_that_are_known_are_right),
		cmocka_unit_test(every_date_is_the_librarys),
		cmocka_unit_test(a_reading_dates_what_was_just_now),
		cmocka_unit_test(before_1970_is_1970),
	};

	return cmocka_run_group_tests_name("wall", tests, NULL, NULL);
}

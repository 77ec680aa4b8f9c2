/*
 * wall.c - the wall clock, for dates in the program's lines. The library dates
 * nothing: its one clock is loop/clock.c.
 */
#include <time.h>

#include "base/compat.h"
#include "base/nsec.h"
#include "base/wall.h"

#define WALL_SECONDS_PER_DAY 86400U
/* The Gregorian calendar repeats after so many days. */
#define WALL_DAYS_PER_ERA 146097U
/* From 0000-03-01 to 1970-01-01. */
#define WALL_DAYS_BEFORE_1970 719468U

static uint64_t wall_clock_ns(clockid_t clock)
{
	struct timespec now;

	compat_read_clock(clock, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

struct wall wall_read(void)
{
	uint64_t now_ns = wall_clock_ns(CLOCK_MONOTONIC);

	return (struct wall){
		.now_ns = now_ns,
		.offset_ns = (int64_t)(wall_clock_ns(CLOCK_REALTIME) - now_ns),
	};
}

uint64_t wall_at(const struct wall *wall, uint64_t monotonic_ns)
{
	uint64_t unix_ns = monotonic_ns + (uint64_t)wall->offset_ns;

	/* A clock that was set to 1970 after the machine had started. */
	return (int64_t)unix_ns < 0 ? 0 : unix_ns;
}

static void wall_add_digits(struct text *text, uint64_t value,
			    unsigned int count)
{
	char digits[9]; /* of a fraction */

	for (unsigned int i = count; i-- > 0; value /= 10)
		digits[i] = (char)('0' + value % 10);
	text_add_bytes(text, digits, count);
}

/* Years begin in March here, so that the leap day is the last of its year; the
 * months from then on have 153 days in five (Hinnant, chrono-compatible
 * low-level date algorithms). */
static void wall_add_date(struct text *text, uint64_t days)
{
	uint64_t since_march = days + WALL_DAYS_BEFORE_1970;
	uint64_t era = since_march / WALL_DAYS_PER_ERA;
	uint64_t day_of_era = since_march % WALL_DAYS_PER_ERA;
	uint64_t year_of_era = (day_of_era - day_of_era / 1460 +
				day_of_era / 36524 - day_of_era / 146096) /
			       365;
	uint64_t day_of_year =
		day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
	uint64_t day = day_of_year - (153 * month + 2) / 5 + 1;

	wall_add_digits(text, year_of_era + era * 400 + (month >= 10), 4);
	text_add(text, "-");
	wall_add_digits(text, month >= 10 ? month - 9 : month + 3, 2);
	text_add(text, "-");
	wall_add_digits(text, day, 2);
}

void wall_add(struct text *text, uint64_t unix_ns)
{
	uint64_t seconds = unix_ns / NSEC_PER_SEC;
	uint64_t of_day = seconds % WALL_SECONDS_PER_DAY;

	wall_add_date(text, seconds / WALL_SECONDS_PER_DAY);
	text_add(text, "T");
	wall_add_digits(text, of_day / 3600, 2);
	text_add(text, ":");
	wall_add_digits(text, of_day / 60 % 60, 2);
	text_add(text, ":");
	wall_add_digits(text, of_day % 60, 2);
	text_add(text, ".");
	wall_add_digits(text, unix_ns % NSEC_PER_SEC, 9);
	text_add(text, "Z");
}

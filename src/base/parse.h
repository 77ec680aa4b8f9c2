/*
 * parse.h - strict parsing of what people type.
 *
 * Each function takes the whole string or refuses it: no leading or trailing
 * blanks, no sign, no trailing junk, no overflow. Results are written only on
 * success. Errors: -EINVAL for malformed, -ERANGE for well formed but too big.
 */
#pragma once

#include <stdint.h>

/* Decimal digits, 0 … UINT64_MAX. "007" is 7. */
int parse_u64(const char *string, uint64_t *ret_value);

/* As parse_u64 within [min, max]; outside is -ERANGE. */
int parse_u64_range(const char *string, uint64_t min, uint64_t max,
		    uint64_t *ret_value);

/* Number, optionally with a decimal fraction of up to nine digits, and a unit:
 * ns us ms s m h d; without a unit seconds. "1.5s" "250ms" "60" "0". Fractions
 * finer than a nanosecond are refused (-EINVAL), and what would be NSEC_NEVER
 * or more (-ERANGE). "1m30s" is not a number and is refused. */
int parse_duration(const char *string, uint64_t *ret_ns);

/* Bytes with an optional K, M, G (powers of 1024). */
int parse_size(const char *string, uint64_t *ret_bytes);

/* "TERM", "SIGTERM", "term", "15", "RTMIN", "SIGRTMIN+3", "RTMAX-1". A number
 * or name that is no signal of this system is -EINVAL, and so are the two
 * real-time signals that the C library keeps for itself. */
int parse_signal(const char *string, int *ret_signo);

/* The name among count names that is nearest to string, for "did you mean";
 * NULL when none is near enough (edit distance at most a third of the longer
 * length, at least 1, but never all of it; two neighbours exchanged count as
 * one edit). The first of several equally near. */
const char *parse_nearest(const char *string, const char *const *names,
			  unsigned int count);

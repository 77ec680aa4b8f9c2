/*
 * parse.c - strict parsing of what people type.
 *
 * Each parser takes pieces off the front of the string and then demands its
 * end. Malformed comes before too big: "99999999999999999999x" is no number,
 * whatever its size, hence digits are taken to their end even past overflow.
 * Never reads the locale, never allocates, never guesses; parse_nearest
 * guesses, for messages only.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "base/signame.h"

#define FRACTION_DIGITS_MAX 9 /* of a second, a nanosecond */
#define SIGNAL_NAME_MAX 15    /* "SIGRTMIN+30" and some */
#define NEAREST_NAME_MAX 31   /* bounds the table below, on the stack */

struct digits {
	uint64_t value;
	size_t count; /* leading zeros included */
	bool is_too_big;
};

struct decimal {
	uint64_t whole;
	uint64_t billionths;
	bool is_too_big;
};

struct edits {
	size_t cell[NEAREST_NAME_MAX + 1][NEAREST_NAME_MAX + 1];
};

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit duration_units[] = {
	{"ns", 1},
	{"us", NSEC_PER_USEC},
	{"ms", NSEC_PER_MSEC},
	{"s", NSEC_PER_SEC},
	{"", NSEC_PER_SEC},
	{"m", 60 * NSEC_PER_SEC},
	{"h", 3600 * NSEC_PER_SEC},
	{"d", 86400 * NSEC_PER_SEC},
	{NULL, 0},
};

static const struct unit size_units[] = {
	{"", 1},
	{"K", UINT64_C(1) << 10},
	{"M", UINT64_C(1) << 20},
	{"G", UINT64_C(1) << 30},
	{NULL, 0},
};

static const struct unit *unit_find(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units;
	return NULL;
}

static struct digits take_digits(const char **string)
{
	struct digits digits = {0};

	for (; **string >= '0' && **string <= '9'; (*string)++) {
		uint64_t digit = (uint64_t)(**string - '0');

		digits.count++;
		if (__builtin_mul_overflow(digits.value, 10, &digits.value) ||
		    __builtin_add_overflow(digits.value, digit, &digits.value))
			digits.is_too_big = true;
	}
	return digits;
}

/* Digits, perhaps a point and one to nine digits more. */
static int take_decimal(const char **string, struct decimal *ret_decimal)
{
	struct digits whole = take_digits(string);
	struct digits fraction = {0};
	size_t i;

	if (whole.count == 0)
		return -EINVAL;
	if (**string == '.') {
		(*string)++;
		fraction = take_digits(string);
		if (fraction.count == 0)
			return -EINVAL;
	}
	if (fraction.count > FRACTION_DIGITS_MAX)
		return -EINVAL;
	for (i = fraction.count; i < FRACTION_DIGITS_MAX; i++)
		fraction.value *= 10;
	*ret_decimal = (struct decimal){
		.whole = whole.value,
		.billionths = fraction.value,
		.is_too_big = whole.is_too_big,
	};
	return 0;
}

/* "RTMIN", "RTMIN+3", "RTMAX", "RTMAX-1"; 0 for what is none of them. */
static int signal_find_realtime(const char *name)
{
	bool is_from_min = strncmp(name, "RTMIN", 5) == 0;
	const uint64_t span = COMPAT_RTMAX - COMPAT_RTMIN;
	uint64_t distance = 0;

	if (!is_from_min && strncmp(name, "RTMAX", 5) != 0)
		return 0;
	name += 5;
	if (*name != '\0') {
		if (*name++ != (is_from_min ? '+' : '-'))
			return 0;
		if (parse_u64_range(name, 0, span, &distance) < 0)
			return 0;
	}
	return is_from_min ? COMPAT_RTMIN + (int)distance
			   : COMPAT_RTMAX - (int)distance;
}

/* 0 for what is no name. Capitals are made by hand, because in a Turkish locale
 * toupper('i') is no 'I'. */
static int signal_find(const char *string)
{
	char capitals[SIGNAL_NAME_MAX + 1] = "";
	const char *name;
	size_t length = strlen(string);
	size_t i;
	int signo;

	if (length > SIGNAL_NAME_MAX)
		return 0;
	for (i = 0; i < length; i++) {
		capitals[i] = string[i];
		if (string[i] >= 'a' && string[i] <= 'z')
			capitals[i] = (char)(string[i] - 'a' + 'A');
	}
	name = capitals + (strncmp(capitals, "SIG", 3) == 0 ? 3 : 0);
	signo = signame_find(name);
	return signo > 0 ? signo : signal_find_realtime(name);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The cell for the first i bytes of a against the first j of b: the cheapest of
 * replacing, leaving out, putting in, and exchanging two neighbours. */
static size_t edits_cell(const struct edits *edits, const char *a,
			 const char *b, size_t i, size_t j)
{
	size_t best;

	if (i == 0 || j == 0)
		return i + j;
	best = edits->cell[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
	best = min_size(best, edits->cell[i - 1][j] + 1);
	best = min_size(best, edits->cell[i][j - 1] + 1);
	if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
		best = min_size(best, edits->cell[i - 2][j - 2] + 1);
	return best;
}

/* How many edits make b of a; neither is longer than NEAREST_NAME_MAX. */
static size_t edits_count(const char *a, const char *b)
{
	struct edits edits;
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t i;
	size_t j;

	for (i = 0; i <= a_length; i++)
		for (j = 0; j <= b_length; j++)
			edits.cell[i][j] = edits_cell(&edits, a, b, i, j);
	return edits.cell[a_length][b_length];
}

/* The edits when they are few enough for a guess, else SIZE_MAX. */
static size_t edits_if_near(const char *a, const char *b)
{
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t longer = a_length > b_length ? a_length : b_length;
	size_t limit = longer < 3 ? 1 : longer / 3;
	size_t count;

	if (longer > NEAREST_NAME_MAX)
		return SIZE_MAX;
	count = edits_count(a, b);
	return count <= limit && count < longer ? count : SIZE_MAX;
}

int parse_u64(const char *string, uint64_t *ret_value)
{
	struct digits digits = take_digits(&string);

	if (digits.count == 0 || *string != '\0')
		return -EINVAL;
	if (digits.is_too_big)
		return -ERANGE;
	*ret_value = digits.value;
	return 0;
}

int parse_u64_range(const char *string, uint64_t min, uint64_t max,
		    uint64_t *ret_value)
{
	uint64_t value;
	int r = parse_u64(string, &value);

	if (r < 0)
		return r;
	if (value < min || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int parse_duration(const char *string, uint64_t *ret_ns)
{
	/* Wide enough for any number times any unit: 111 bits. */
	unsigned __int128 fraction;
	unsigned __int128 sum;
	struct decimal number;
	const struct unit *unit;
	int r = take_decimal(&string, &number);

	if (r < 0)
		return r;
	unit = unit_find(duration_units, string);
	if (!unit)
		return -EINVAL;
	fraction = (unsigned __int128)number.billionths * unit->factor;
	if (fraction % NSEC_PER_SEC != 0)
		return -EINVAL;
	sum = (unsigned __int128)number.whole * unit->factor;
	sum += fraction / NSEC_PER_SEC;
	if (number.is_too_big || sum >= NSEC_NEVER)
		return -ERANGE;
	*ret_ns = (uint64_t)sum;
	return 0;
}

int parse_size(const char *string, uint64_t *ret_bytes)
{
	struct digits digits = take_digits(&string);
	const struct unit *unit = unit_find(size_units, string);
	uint64_t bytes;

	if (digits.count == 0 || !unit)
		return -EINVAL;
	if (digits.is_too_big ||
	    __builtin_mul_overflow(digits.value, unit->factor, &bytes))
		return -ERANGE;
	*ret_bytes = bytes;
	return 0;
}

int parse_signal(const char *string, int *ret_signo)
{
	uint64_t number;
	int signo;

	if (parse_u64_range(string, 1, INT_MAX, &number) == 0)
		signo = (int)number;
	else
		signo = signal_find(string);
	if (!signame_is_signal(signo))
		return -EINVAL;
	*ret_signo = signo;
	return 0;
}

const char *parse_nearest(const char *string, const char *const *names,
			  unsigned int count)
{
	size_t fewest = SIZE_MAX;
	const char *best = NULL;
	unsigned int i;

	for (i = 0; i < count; i++) {
		size_t edits = edits_if_near(string, names[i]);

		if (edits < fewest) {
			fewest = edits;
			best = names[i];
		}
	}
	return best;
}

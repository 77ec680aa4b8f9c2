/*
 * fuzz_number.c - numbers, durations and sizes: what is taken means the same
 * when it is written again, the units agree with one another, and what is
 * refused leaves the result alone.
 */
#include <errno.h>

#include "base/nsec.h"
#include "base/parse.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

#define DIGITS "0123456789"

typedef int parser(const char *string, uint64_t *ret_value);

/* One reading: r as parse.h has it, and the value that goes with it. */
struct reading {
	int r;
	uint64_t value;
};

/* A unit, and how many of the one before it are in it. */
struct step {
	const char *name;
	uint64_t factor;
};

static const struct step duration_steps[] = {
	{"us", 1000}, {"ms", 1000}, {"s", 1000},
	{"m", 60},    {"h", 60},    {"d", 24},
};
static const struct step size_steps[] = {
	{"K", 1024},
	{"M", 1024},
	{"G", 1024},
};

static struct reading number_read(parser *parse, const char *string)
{
	struct reading reading = {.value = FUZZ_UNTOUCHED};

	reading.r = parse(string, &reading.value);
	if (reading.r < 0) {
		assert(reading.r == -EINVAL || reading.r == -ERANGE);
		assert(reading.value == FUZZ_UNTOUCHED);
	} else {
		assert(reading.r == 0);
	}
	return reading;
}

static struct reading number_read_with(parser *parse, const char *string,
				       const char *unit)
{
	_cleanup_free_ char *whole = fuzz_join(string, unit);

	return number_read(parse, whole);
}

static bool number_is_of(const char *string, const char *characters)
{
	return *string && strspn(string, characters) == strlen(string);
}

/* Nothing may stand before it, nor behind it. */
static void check_strict(parser *parse, const char *string)
{
	for (size_t i = 0; i < ARRAY_LEN(fuzz_junk); i++) {
		_cleanup_free_ char *before = fuzz_join(fuzz_junk[i], string);

		assert(number_read(parse, before).r == -EINVAL);
		assert(number_read_with(parse, string, fuzz_junk[i]).r ==
		       -EINVAL);
	}
}

/* Decimal digits and nothing else, and the value is what they say. */
static void check_u64(const char *string)
{
	struct reading reading = number_read(parse_u64, string);
	const char *digits = string + strspn(string, "0");
	char buffer[32];
	struct text text;

	assert((reading.r != -EINVAL) == number_is_of(string, DIGITS));
	if (reading.r == -ERANGE) {
		size_t length = strlen(digits);

		assert(length > 20 ||
		       (length == 20 &&
			strcmp(digits, "18446744073709551615") > 0));
		return;
	}
	if (reading.r < 0)
		return;
	text_init(&text, buffer, sizeof(buffer));
	text_add_u64(&text, reading.value);
	assert(strcmp(buffer, *digits ? digits : "0") == 0);
	check_strict(parse_u64, string);
}

static void check_range(const char *string)
{
	static const struct {
		uint64_t min, max;
	} ranges[] = {
		{0, 0},
		{1, 65535},
		{3, 1048575},
		{1, UINT32_MAX},
		{7, 7},
		{0, UINT64_MAX},
		{UINT64_MAX, UINT64_MAX},
	};
	struct reading plain = number_read(parse_u64, string);

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		uint64_t value = FUZZ_UNTOUCHED;
		int r = parse_u64_range(string, ranges[i].min, ranges[i].max,
					&value);
		bool is_within = plain.r == 0 && plain.value >= ranges[i].min &&
				 plain.value <= ranges[i].max;

		assert((r == 0) == is_within);
		assert(value == (is_within ? plain.value : FUZZ_UNTOUCHED));
		assert(is_within || r == (plain.r == 0 ? -ERANGE : plain.r));
	}
}

/* A number with a larger unit is the factor times the same with a smaller one,
 * unless that is too fine to be told, or the larger is too big. */
static void check_step(parser *parse, const char *string, const char *small,
		       const struct step *large)
{
	struct reading few = number_read_with(parse, string, large->name);
	struct reading many = number_read_with(parse, string, small);

	if (many.r == 0 && few.r == 0)
		assert(few.value == many.value * large->factor);
	else if (many.r == 0)
		assert(few.r == -ERANGE);
	else if (few.r == 0)
		assert(many.r == -EINVAL && strchr(string, '.'));
}

static void check_steps(parser *parse, const char *string, const char *small,
			const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_step(parse, string, small, &steps[i]);
		small = steps[i].name;
	}
}

/* As a number of the smallest unit. */
static void check_written(parser *parse, uint64_t value, const char *unit)
{
	struct reading reading;
	char buffer[32];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	text_add_u64(&text, value);
	text_add(&text, unit);
	reading = number_read(parse, buffer);
	assert(reading.r == 0);
	assert(reading.value == value);
}

/* For people, to three places: half a percent away, at most. */
static void check_shown(uint64_t duration_ns)
{
	struct reading reading;
	uint64_t error_ns;
	char buffer[32];
	struct text text;
	char *blank;

	text_init(&text, buffer, sizeof(buffer));
	text_add_duration(&text, duration_ns);
	assert(!text.is_cut);
	blank = strchr(buffer, ' ');
	assert(blank);
	memmove(blank, blank + 1, strlen(blank));
	reading = number_read(parse_duration, buffer);
	assert(reading.r == 0);
	error_ns = nsec_since(reading.value, duration_ns) +
		   nsec_since(duration_ns, reading.value);
	assert(error_ns <= duration_ns / 200);
}

/* A number without a unit is one of seconds. */
static void check_plain_duration(const char *string)
{
	struct reading plain = number_read(parse_duration, string);
	struct reading seconds = number_read_with(parse_duration, string, "s");

	assert(seconds.r == plain.r);
	assert(seconds.value == plain.value);
	check_steps(parse_duration, string, "ns", duration_steps,
		    ARRAY_LEN(duration_steps));
}

static void check_duration(const char *string)
{
	struct reading reading = number_read(parse_duration, string);

	if (number_is_of(string, DIGITS "."))
		check_plain_duration(string);
	if (reading.r < 0)
		return;
	assert(reading.value != NSEC_NEVER);
	check_written(parse_duration, reading.value, "ns");
	check_shown(reading.value);
	check_strict(parse_duration, string);
}

static void check_size(const char *string)
{
	struct reading reading = number_read(parse_size, string);

	if (number_is_of(string, DIGITS))
		check_steps(parse_size, string, "", size_steps,
			    ARRAY_LEN(size_steps));
	if (reading.r < 0)
		return;
	check_written(parse_size, reading.value, "");
	check_strict(parse_size, string);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *string = fuzz_string(data, size);

	check_u64(string);
	check_range(string);
	check_duration(string);
	check_size(string);
	return 0;
}

/*
 * test_asked.c - what a launch failed to set, in words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/asked.h"

#define GROUPS 200U

static const char *words(enum muster_step step, int64_t value,
			 const struct muster_privileges *asked)
{
	static char buffer[ASKED_SIZE];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	asked_format(&text, step, value, asked);
	return buffer;
}

static void cpus_are_ranges(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	asked.cpus[0] = UINT64_C(0xf) | UINT64_C(1) << 8 | UINT64_C(1) << 63;
	asked.cpus[1] = 3;
	asked.cpus[127] = UINT64_C(3) << 62;
	assert_string_equal(words(MUSTER_STEP_CPUS, 0, &asked),
			    "0-3,8,63-65,8190-8191");
	memset(asked.cpus, 0xff, sizeof(asked.cpus));
	assert_string_equal(words(MUSTER_STEP_CPUS, 0, &asked), "0-8191");
}

static void groups_are_in_the_order_in_which_they_were_asked_for(void **state)
{
	static const uint32_t groups[] = {7, 4294967294, 0};
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	assert_string_equal(words(MUSTER_STEP_GROUPS, 0, &asked), "none");
	asked.groups = groups;
	asked.group_count = ARRAY_LEN(groups);
	assert_string_equal(words(MUSTER_STEP_GROUPS, 3, &asked),
			    "7,4294967294,0");
}

/* However long its numbers are: the last that is told is one of them. */
static void a_long_list_ends_behind_a_whole_number(void **state)
{
	static uint32_t groups[GROUPS];
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	asked.groups = groups;
	asked.group_count = GROUPS;
	for (uint32_t first = 1; first < 100000; first *= 10) {
		char whole[GROUPS * 8];
		const char *said;
		size_t length = 0;

		for (uint32_t i = 0; i < GROUPS; i++) {
			groups[i] = first + i;
			length += (size_t)sprintf(whole + length, "%u,",
						  groups[i]);
		}
		said = words(MUSTER_STEP_GROUPS, GROUPS, &asked);
		length = strlen(said) - 3;
		assert_in_range(length, ASKED_SIZE - 12, ASKED_SIZE - 4);
		assert_string_equal(said + length, "...");
		assert_int_equal(said[length - 1], ',');
		assert_memory_equal(said, whole, length);
	}
}

static void capabilities_have_names(void **state)
{
	(void)state;
	assert_string_equal(words(MUSTER_STEP_CAP_BOUND, CAP_NET_RAW, NULL),
			    "net_raw");
	assert_string_equal(words(MUSTER_STEP_CAP_AMBIENT, CAP_CHOWN, NULL),
			    "chown");
	assert_string_equal(words(MUSTER_STEP_CAP_AMBIENT, 63, NULL), "");
	assert_string_equal(words(MUSTER_STEP_CAP_AMBIENT, -1, NULL), "");
	assert_string_equal(words(MUSTER_STEP_CAP_AMBIENT, INT64_MAX, NULL),
			    "");
}

static void other_steps_have_no_words(void **state)
{
	struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	(void)state;
	asked.cpus[0] = 1;
	assert_string_equal(words(MUSTER_STEP_NICE, 5, &asked), "");
	assert_string_equal(words(MUSTER_STEP_CPUS, 0, NULL), "");
	assert_string_equal(words(MUSTER_STEP_GROUPS, 0, NULL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_are_ranges),
		cmocka_unit_test(
			groups_are_in_the_order_in_which_they_were_asked_for),
		cmocka_unit_test(a_long_list_ends_behind_a_whole_number),
		cmocka_unit_test(capabilities_have_names),
		cmocka_unit_test(other_steps_have_no_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

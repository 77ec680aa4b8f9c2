/*
 * test_strings.c - equal strings are one, for as long as anybody has them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "core/strings.h"

#define STEPS 20000
#define WORDS 40

static void equal_strings_are_one_and_others_are_not(void **state)
{
	struct strings strings = {0};
	char text[] = "A=1";
	const char *first = strings_take(&strings, text);
	const char *second = strings_take(&strings, "A=1");
	const char *other = strings_take(&strings, "A=12");
	const char *empty = strings_take(&strings, "");

	(void)state;
	text[0] = 'X'; /* it was copied */
	assert_ptr_equal(first, second);
	assert_string_equal(first, "A=1");
	assert_string_equal(other, "A=12");
	assert_string_equal(empty, "");
	strings_give(&strings, first);
	assert_string_equal(second, "A=1");
	strings_give(&strings, second);
	strings_give(&strings, other);
	strings_give(&strings, empty);
	strings_give(&strings, NULL);
	assert_null(strings.tree);
}

/* Against a model that counts; what is freed too early is the sanitizer's. */
static void a_random_life_leaves_nothing(void **state)
{
	struct strings strings = {0};
	struct random random = random_from_environment("strings");
	const char *taken[WORDS] = {NULL};
	unsigned int counts[WORDS] = {0};

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		size_t i = random_below(&random, WORDS);
		char word[16];

		(void)snprintf(word, sizeof(word), "W%zu", i * i);
		if (counts[i] == 0 || random_below(&random, 2) == 0) {
			const char *now = strings_take(&strings, word);

			assert_non_null(now);
			if (counts[i] > 0)
				assert_ptr_equal(now, taken[i]);
			taken[i] = now;
			counts[i]++;
		} else {
			assert_string_equal(taken[i], word);
			strings_give(&strings, taken[i]);
			counts[i]--;
		}
	}
	for (size_t i = 0; i < WORDS; i++)
		for (; counts[i] > 0; counts[i]--)
			strings_give(&strings, taken[i]);
	assert_null(strings.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_strings_are_one_and_others_are_not),
		cmocka_unit_test(a_random_life_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_api.c - links every public function from libmuster.so, as C11 and as
 * C++20, and takes the first steps that a program takes. A change of the face
 * does not compile, a symbol that is missing does not link.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/face.h"

#define CHECK_SIZE(type, bytes) \
	_Static_assert(sizeof(struct type) == (bytes), #type);
#define CHECK_FIELD(type, field, place)                         \
	_Static_assert(offsetof(struct type, field) == (place), \
		       #type "." #field);
#define CHECK_VALUE(name, value) _Static_assert((name) == (value), #name);
FACE_LAYOUT(CHECK_SIZE, CHECK_FIELD)
FACE_VALUES(CHECK_VALUE)

static void c_and_cpp_see_the_same_functions(void **state)
{
	struct face here;
	struct face cpp;

	(void)state;
#define TAKE_ADDRESS(name, type, arguments) here.name = name;
	FACE_FUNCTIONS(TAKE_ADDRESS)
	face_of_cpp(&cpp);
#define COMPARE(name, type, arguments)      \
	assert_true(here.name == cpp.name); \
	assert_true(here.name != NULL);
	FACE_FUNCTIONS(COMPARE)
}

static void an_initialiser_sets_the_size_and_nothing_else(void **state)
{
	const struct muster_options options = MUSTER_OPTIONS_INIT;
	const struct muster_group_options group = MUSTER_GROUP_OPTIONS_INIT;
	const struct muster_event event = MUSTER_EVENT_INIT;
	const struct muster_stats stats = MUSTER_STATS_INIT;
	const char zeros[sizeof(struct muster_group_options)] = {0};

	(void)state;
#define CHECK_INITIAL(variable)                                                \
	assert_int_equal((variable).size, sizeof(variable));                   \
	assert_memory_equal((const char *)&(variable) + sizeof(size_t), zeros, \
			    sizeof(variable) - sizeof(size_t));
	CHECK_INITIAL(options)
	CHECK_INITIAL(group)
	CHECK_INITIAL(event)
	CHECK_INITIAL(stats)
}

static void zero_is_the_default(void **state)
{
	(void)state;
	assert_int_equal(MUSTER_ENGINE_AUTO, 0);
	assert_int_equal(MUSTER_SPAWN_AUTO, 0);
	assert_int_equal(MUSTER_RESTART_ALWAYS, 0);
	assert_int_equal(MUSTER_KILL_GROUP, 0);
	assert_int_equal(MUSTER_PARENT_IGNORED, 0);
	assert_int_equal(MUSTER_WHY_NONE, 0);
	assert_int_equal(MUSTER_ROUTE_IGNORE, 0);
}

static void an_object_that_never_started_can_be_freed(void **state)
{
	static const char *const argv[] = {"/bin/true", NULL};
	struct muster_group_options group = MUSTER_GROUP_OPTIONS_INIT;
	struct muster *muster = NULL;

	(void)state;
	group.argv = argv;
	assert_int_equal(muster_new(NULL, &muster), 0);
	assert_int_equal(muster_add_group(muster, &group), 0);
	assert_string_equal(muster_error(muster), "");
	assert_null(muster_free(muster));
	assert_null(muster_free(NULL));
	assert_true(strlen(muster_version()) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_and_cpp_see_the_same_functions),
		cmocka_unit_test(an_initialiser_sets_the_size_and_nothing_else),
		cmocka_unit_test(zero_is_the_default),
		cmocka_unit_test(an_object_that_never_started_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_spec_copy.c - structs of another age in both directions, and that
 * nothing of the caller's is kept.
 */
#include "core/fixture.h"
#include "core/spec.h"

struct ours {
	size_t size;
	uint32_t a;
	uint32_t b;
};

struct theirs {
	size_t size;
	uint32_t a;
	uint32_t b;
	uint32_t c[4]; /* of a later version */
};

static struct strings strings;

static void a_shorter_struct_is_completed_with_zeros(void **state)
{
	const struct ours theirs = {.a = 1, .b = 2};
	struct ours ours = {.a = 7, .b = 8};

	(void)state;
	assert_int_equal(spec_copy_options(&ours, sizeof(ours), &theirs,
					   offsetof(struct ours, b)),
			 0);
	assert_int_equal(ours.a, 1);
	assert_int_equal(ours.b, 0);
}

static void a_longer_struct_is_taken_while_the_rest_is_zero(void **state)
{
	const struct theirs theirs = {.a = 1, .b = 2};
	struct ours ours = {.a = 7};

	(void)state;
	assert_int_equal(
		spec_copy_options(&ours, sizeof(ours), &theirs, sizeof(theirs)),
		0);
	assert_int_equal(ours.a, 1);
	assert_int_equal(ours.b, 2);
}

static void what_is_unknown_and_not_zero_is_refused(void **state)
{
	(void)state;
	for (size_t i = sizeof(struct ours); i < sizeof(struct theirs); i++) {
		struct theirs theirs = {.a = 1};
		struct ours ours = {.a = 7};

		((char *)&theirs)[i] = 1;
		assert_int_equal(spec_copy_options(&ours, sizeof(ours), &theirs,
						   sizeof(theirs)),
				 -E2BIG);
		assert_int_equal(ours.a, 7);
	}
}

static void a_struct_too_short_for_its_size_is_refused(void **state)
{
	const struct ours theirs = {.a = 1};
	struct ours ours = {.a = 7};

	(void)state;
	for (size_t size = 0; size < sizeof(size_t); size++)
		assert_int_equal(
			spec_copy_options(&ours, sizeof(ours), &theirs, size),
			-EINVAL);
	assert_int_equal(ours.a, 7);
	assert_int_equal(
		spec_copy_options(&ours, sizeof(ours), &theirs, sizeof(size_t)),
		0);
	assert_int_equal(ours.a, 0);
}

static void nothing_is_written_past_the_size_of_a_shorter_result(void **state)
{
	const struct ours ours = {.size = 99, .a = 1, .b = 2};
	struct ours theirs = {.size = 5, .a = 7, .b = 8};

	(void)state;
	spec_return_struct(&theirs, offsetof(struct ours, b), &ours,
			   sizeof(ours));
	assert_int_equal(theirs.size, 5);
	assert_int_equal(theirs.a, 1);
	assert_int_equal(theirs.b, 8);
}

static void a_longer_result_ends_with_zeros(void **state)
{
	const struct ours ours = {.size = 99, .a = 1, .b = 2};
	struct theirs theirs;

	(void)state;
	memset(&theirs, 0xff, sizeof(theirs));
	theirs.size = sizeof(theirs);
	spec_return_struct(&theirs, sizeof(theirs), &ours, sizeof(ours));
	assert_int_equal(theirs.size, sizeof(theirs));
	assert_int_equal(theirs.a, 1);
	assert_int_equal(theirs.b, 2);
	for (size_t i = 0; i < ARRAY_LEN(theirs.c); i++)
		assert_int_equal(theirs.c[i], 0);
}

static void options_of_an_older_program_are_understood(void **state)
{
	struct fixture *fixture = *state;
	struct muster *muster = NULL;

	/* It knew nothing of how many workers there are, nor of a seed. */
	fixture->group.size = offsetof(struct muster_group_options, workers);
	fixture->group.workers = 12;
	fixture->options.size = offsetof(struct muster_options, is_owner);
	begin(fixture);
	assert_int_equal(shared_of(fixture, 0)->edition->spec->workers, 0);
	assert_false(fixture->supervisor->options.is_owner);
	fixture->options.size = sizeof(size_t) - 1;
	assert_int_equal(muster_new(&fixture->options, &muster), -EINVAL);
	assert_null(muster);
}

static void options_of_a_newer_program_are_taken_or_refused(void **state)
{
	struct fixture *fixture = *state;
	struct {
		struct muster_group_options known;
		uint64_t unknown;
	} newer = {.known = fixture->group};

	make(fixture);
	newer.known.size = sizeof(newer);
	assert_int_equal(muster_add_group(fixture->muster, &newer.known), 0);
	newer.unknown = 1;
	assert_int_equal(muster_add_group(fixture->muster, &newer.known),
			 -E2BIG);
	assert_int_equal(fixture->supervisor->group_count, 1);
}

static void an_event_for_an_older_program_stops_at_its_size(void **state)
{
	struct fixture *fixture = *state;
	struct muster_event event;

	begin(fixture);
	memset(&event, 0x55, sizeof(event));
	event.size = offsetof(struct muster_event, time_ns);
	assert_int_equal(muster_next_event(fixture->muster, &event), 1);
	assert_int_equal(event.kind, MUSTER_EVENT_ENGINE);
	assert_int_equal(event.group, -1);
	assert_int_equal(event.time_ns, UINT64_C(0x5555555555555555));
	event.size = sizeof(size_t) - 1;
	assert_int_equal(muster_next_event(fixture->muster, &event), -EINVAL);
}

static void fill(struct muster_group_options *options, char *text, int *fds,
		 struct muster_listener *listeners)
{
	static char *argv[3];
	static char *environment[2];

	argv[0] = text;
	argv[1] = text;
	environment[0] = text;
	fds[0] = 10;
	listeners[0] = (struct muster_listener){.name = text, .address = text};
	listeners[1] = (struct muster_listener){.fd = 11};
	options->name = text;
	options->argv = (const char *const *)argv;
	options->environment = (const char *const *)environment;
	options->pass_fds = fds;
	options->pass_fd_count = 1;
	options->listeners = listeners;
	options->listener_count = 2;
}

static void everything_pointed_to_is_copied(void **state)
{
	struct muster_group_options options = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_listener listeners[2];
	char string[] = "text";
	char buffer[64];
	struct text error;
	struct spec *spec;
	int fds[1];

	(void)state;
	fill(&options, string, fds, listeners);
	text_init(&error, buffer, sizeof(buffer));
	assert_int_equal(spec_new(&strings, &options, &spec, &error), 0);
	memset(string, 'X', sizeof(string) - 1);
	memset(fds, 0x77, sizeof(fds));
	memset(listeners, 0x77, sizeof(listeners));
	assert_string_equal(spec->name, "text");
	assert_string_equal(spec->argv[0], "text");
	assert_string_equal(spec->argv[1], "text");
	assert_null(spec->argv[2]);
	assert_string_equal(spec->environment[0], "text");
	assert_null(spec->environment[1]);
	assert_int_equal(spec->pass_fds[0], 10);
	assert_string_equal(spec->listener_names[0], "text");
	assert_string_equal(spec->listener_addresses[0], "text");
	assert_int_equal(spec->listener_fds[0], -1);
	assert_string_equal(spec->listener_names[1], "unknown");
	assert_null(spec->listener_addresses[1]);
	assert_int_equal(spec->listener_fds[1], 11);
	spec_free(spec);
}

static void the_name_is_the_last_part_of_the_command(void **state)
{
	static const struct {
		const char *command;
		const char *name;
	} cases[] = {
		{"worker", "worker"},	{"/usr/bin/worker", "worker"},
		{"./worker", "worker"}, {"/", "/"},
		{"worker/", "worker/"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *argv[] = {cases[i].command, NULL};
		struct muster_group_options options = MUSTER_GROUP_OPTIONS_INIT;
		char buffer[64];
		struct text error;
		struct spec *spec;

		options.argv = argv;
		text_init(&error, buffer, sizeof(buffer));
		assert_int_equal(spec_new(&strings, &options, &spec, &error),
				 0);
		assert_string_equal(spec->name, cases[i].name);
		spec_free(spec);
	}
	assert_null(spec_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shorter_struct_is_completed_with_zeros),
		cmocka_unit_test(
			a_longer_struct_is_taken_while_the_rest_is_zero),
		cmocka_unit_test(what_is_unknown_and_not_zero_is_refused),
		cmocka_unit_test(a_struct_too_short_for_its_size_is_refused),
		cmocka_unit_test(
			nothing_is_written_past_the_size_of_a_shorter_result),
		cmocka_unit_test(a_longer_result_ends_with_zeros),
		fixture_test(options_of_an_older_program_are_understood),
		fixture_test(options_of_a_newer_program_are_taken_or_refused),
		fixture_test(an_event_for_an_older_program_stops_at_its_size),
		cmocka_unit_test(everything_pointed_to_is_copied),
		cmocka_unit_test(the_name_is_the_last_part_of_the_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

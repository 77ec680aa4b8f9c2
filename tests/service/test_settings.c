/*
 * test_settings.c - which options are refused, and in which words; what a
 * shorter or a longer struct of another version means.
 */
#include <errno.h>
#include <string.h>

#include "base/nsec.h"
#include "policy/support.h"
#include "service/settings.h"

#define NO_SIZE "a struct without its size: use its _INIT"
#define UNKNOWN "an option that this version does not know"

static struct text error;

static int begin(void **state)
{
	static char buffer[256];

	(void)state;
	text_init(&error, buffer, sizeof(buffer));
	return 0;
}

static void check_options(const struct muster_launcher_options *options, int r,
			  const char *why)
{
	struct settings settings;

	(void)begin(NULL);
	assert_int_equal(settings_read(&settings, options, &error), r);
	assert_string_equal(error.data, why);
	if (r == 0)
		settings_fini(&settings);
}

static void nothing_asked_for_is_the_defaults(void **state)
{
	struct settings settings;

	(void)state;
	assert_int_equal(settings_read(&settings, NULL, &error), 0);
	assert_true(settings.options.graceful_timeout_ns == 60 * NSEC_PER_SEC);
	assert_int_equal(settings.options.restart_method, MUSTER_METHOD_RELOAD);
	assert_null(settings.options.backdoor_port);
	assert_null(settings.hooks.on_reload);
	settings_fini(&settings);
}

/* Cases 41 and 42. */
static void a_graceful_timeout_is_kept(void **state)
{
	struct muster_launcher_options options = MUSTER_LAUNCHER_OPTIONS_INIT;
	struct settings settings;

	(void)state;
	options.graceful_timeout_ns = 20 * NSEC_PER_SEC;
	assert_int_equal(settings_read(&settings, &options, &error), 0);
	assert_true(settings.options.graceful_timeout_ns == 20 * NSEC_PER_SEC);
	settings_fini(&settings);
	options.graceful_timeout_ns = MUSTER_FOREVER;
	assert_int_equal(settings_read(&settings, &options, &error), 0);
	assert_true(settings.options.graceful_timeout_ns == MUSTER_FOREVER);
	settings_fini(&settings);
}

static void strings_are_copies(void **state)
{
	struct muster_launcher_options options = MUSTER_LAUNCHER_OPTIONS_INIT;
	struct settings settings;
	char port[] = "8080";
	char path[] = "/run/x.{pid}";

	(void)state;
	options.backdoor_port = port;
	options.backdoor_socket = path;
	assert_int_equal(settings_read(&settings, &options, &error), 0);
	memset(port, 'x', sizeof(port) - 1);
	memset(path, 'x', sizeof(path) - 1);
	assert_string_equal(settings.options.backdoor_port, "8080");
	assert_string_equal(settings.options.backdoor_socket, "/run/x.{pid}");
	settings_fini(&settings);
}

static void options_that_make_no_sense_are_refused(void **state)
{
	const struct muster_launcher_options good =
		MUSTER_LAUNCHER_OPTIONS_INIT;
	struct muster_launcher_options options = good;

	(void)state;
	options.restart_method = MUSTER_METHODS;
	check_options(&options, -EINVAL, "Invalid restart_method: 2");
	options = good;
	options.engine = MUSTER_ENGINES;
	check_options(&options, -EINVAL, "unknown engine");
	options = good;
	options.parent_death = MUSTER_PARENT_DEATHS;
	check_options(&options, -EINVAL, "unknown parent_death");
	options = good;
	options.log_level = MUSTER_LOG_LEVELS;
	check_options(&options, -EINVAL, "unknown log_level");
	options = good;
	options.is_guest = true;
	options.is_subreaper = true;
	check_options(&options, -EINVAL, "a guest is no subreaper");
	options = good;
	options.reserved[3] = 1;
	check_options(&options, -EINVAL, "reserved bytes are not 0");
}

/* Cases 73 and 74: before anything is opened. */
static void a_backdoor_that_makes_no_sense_is_refused(void **state)
{
	struct muster_launcher_options options = MUSTER_LAUNCHER_OPTIONS_INIT;
	struct settings settings;

	(void)state;
	options.backdoor_port = "8801:8800";
	assert_int_equal(settings_read(&settings, &options, &error), -EINVAL);
	assert_non_null(strstr(error.data, "Invalid backdoor_port "
					   "configuration 8801:8800"));
	(void)begin(NULL);
	options.backdoor_port = "abc";
	assert_int_equal(settings_read(&settings, &options, &error), -EINVAL);
	assert_non_null(strstr(error.data, "Invalid backdoor_port "
					   "configuration abc"));
}

/* Options of a longer version. */
struct later_options {
	struct muster_launcher_options known;
	uint64_t unknown;
};

static void options_have_the_size_that_they_say(void **state)
{
	struct later_options later = {.known = MUSTER_LAUNCHER_OPTIONS_INIT};
	struct muster_launcher_options options = MUSTER_LAUNCHER_OPTIONS_INIT;

	(void)state;
	later.known.size = sizeof(later);
	check_options(&later.known, 0, "");
	later.unknown = 1;
	check_options(&later.known, -E2BIG, UNKNOWN);
	options.size = 0;
	check_options(&options, -EINVAL, NO_SIZE);
	options.size = sizeof(size_t) - 1;
	check_options(&options, -EINVAL, NO_SIZE);
	/* Of an older version, which knew but the first option. */
	options.size = offsetof(struct muster_launcher_options, restart_method);
	options.restart_method = MUSTER_METHODS;
	check_options(&options, 0, "");
}

struct later_hooks {
	struct muster_hooks known;
	uint64_t unknown;
};

static void hooks_have_the_size_that_they_say(void **state)
{
	struct muster_launcher_options options = MUSTER_LAUNCHER_OPTIONS_INIT;
	struct later_hooks later = {.known = MUSTER_HOOKS_INIT};

	(void)state;
	options.hooks = &later.known;
	later.known.size = sizeof(later);
	check_options(&options, 0, "");
	later.unknown = 1;
	check_options(&options, -E2BIG, UNKNOWN);
	later.known.size = 4;
	check_options(&options, -EINVAL, NO_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_asked_for_is_the_defaults,
				       begin),
		cmocka_unit_test_setup(a_graceful_timeout_is_kept, begin),
		cmocka_unit_test_setup(strings_are_copies, begin),
		cmocka_unit_test_setup(options_that_make_no_sense_are_refused,
				       begin),
		cmocka_unit_test_setup(
			a_backdoor_that_makes_no_sense_is_refused, begin),
		cmocka_unit_test_setup(options_have_the_size_that_they_say,
				       begin),
		cmocka_unit_test_setup(hooks_have_the_size_that_they_say,
				       begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

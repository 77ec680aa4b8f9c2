/*
 * test_api.c - links every public function from libmuster.so, as C11 and as
 * C++20, and takes the first steps that a program takes. A change of the face
 * does not compile, a symbol that is missing does not link.
 */
#include <errno.h>
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
	const struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;
	const char zeros[sizeof(struct muster_privileges)] = {0};

	(void)state;
#define CHECK_INITIAL(variable)                                                \
	assert_int_equal((variable).size, sizeof(variable));                   \
	assert_memory_equal((const char *)&(variable) + sizeof(size_t), zeros, \
			    sizeof(variable) - sizeof(size_t));
	CHECK_INITIAL(options)
	CHECK_INITIAL(group)
	CHECK_INITIAL(event)
	CHECK_INITIAL(stats)
	CHECK_INITIAL(privileges)
}

static void an_initialiser_of_services_sets_the_size_alone(void **state)
{
	const struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
	const struct muster_service service = MUSTER_SERVICE_INIT;
	const struct muster_hooks hooks = MUSTER_HOOKS_INIT;
	const struct muster_launcher_options launcher =
		MUSTER_LAUNCHER_OPTIONS_INIT;
	const struct muster_interval_options interval =
		MUSTER_INTERVAL_OPTIONS_INIT;
	const struct muster_backoff backoff = MUSTER_BACKOFF_INIT;
	const char zeros[sizeof(struct muster_launcher_options)] = {0};

	(void)state;
	CHECK_INITIAL(ops)
	CHECK_INITIAL(service)
	CHECK_INITIAL(hooks)
	CHECK_INITIAL(launcher)
	CHECK_INITIAL(interval)
	CHECK_INITIAL(backoff)
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
	assert_int_equal(MUSTER_METHOD_RELOAD, 0);
	assert_int_equal(MUSTER_SERVICE_READY_START, 0);
	assert_int_equal(MUSTER_LOG_DEFAULT, 0);
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

/* The lines that launchers say, in the place of standard error. */
struct lines {
	int count;
	char last[256];
};

static void keep_line(void *data, enum muster_log_level level, const char *line)
{
	struct lines *lines = data;

	if (level != MUSTER_LOG_ERROR)
		return;
	lines->count++;
	strncpy(lines->last, line, sizeof(lines->last) - 1);
}

static int start_nothing(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	return 0;
}

static int fail_with_seven(struct muster_worker *worker, void *data)
{
	int *id = data;

	*id = muster_worker_id(worker);
	return MUSTER_EXIT(7);
}

/* A service with this start(), and a launcher's options with this log. */
struct
try {
	struct lines lines;
	struct muster_service_ops ops;
	struct muster_service service;
	struct muster_launcher_options options;
};

static void try_init(struct try *try,
		     int (*start)(struct muster_worker *, void *))
{
	const struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
	const struct muster_service service = MUSTER_SERVICE_INIT;
	const struct muster_launcher_options options =
		MUSTER_LAUNCHER_OPTIONS_INIT;

	memset(&try->lines, 0, sizeof(try->lines));
	try->ops = ops;
	try->ops.start = start;
	try->service = service;
	try->service.ops = &try->ops;
	try->options = options;
	try->options.log = keep_line;
	try->options.log_data = &try->lines;
}

/* The launcher is not made, and the log says why. */
static void expect_refusal(struct try *try, int workers,
			   enum muster_restart_method method, const char *why)
{
	struct muster_launcher *launcher = NULL;

	try->lines.count = 0;
	assert_int_equal(muster_launch(&try->options, &try->service, workers,
				       method, &launcher),
			 -EINVAL);
	assert_null(launcher);
	assert_int_equal(try->lines.count, 1);
	assert_string_equal(try->lines.last, why);
}

static void a_launch_that_makes_no_sense_is_refused_in_words(void **state)
{
	static const char *const argv[] = {"/bin/true", NULL};
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct try try;

	(void)state;
	try_init(&try, start_nothing);
	expect_refusal(&try, 0, MUSTER_METHOD_RELOAD,
		       "Number of workers should be positive!");
	expect_refusal(&try, -2, MUSTER_METHOD_RELOAD,
		       "Number of workers should be positive!");
	expect_refusal(&try, 2, MUSTER_METHODS, "Invalid restart_method: 2");
	rules.argv = argv;
	try.service.rules = &rules;
	expect_refusal(&try, 2, MUSTER_METHOD_RELOAD,
		       "the rules of a service name a program");
	try_init(&try, NULL);
	expect_refusal(&try, 2, MUSTER_METHOD_RELOAD,
		       "a service without start");
}

static void options_of_a_later_version_are_refused(void **state)
{
	struct {
		struct muster_launcher_options options;
		uint64_t later;
	} longer = {MUSTER_LAUNCHER_OPTIONS_INIT, 0};
	struct muster_launcher *launcher = NULL;

	(void)state;
	longer.options.size = sizeof(longer);
	assert_int_equal(
		muster_process_launcher_new(&longer.options, &launcher), 0);
	launcher = muster_launcher_free(launcher);
	longer.later = 1;
	assert_int_equal(
		muster_process_launcher_new(&longer.options, &launcher),
		-E2BIG);
	assert_null(launcher);
}

static void launchers_know_how_many_workers_they_can_have(void **state)
{
	struct muster_launcher *launcher = NULL;
	struct try try;

	(void)state;
	try_init(&try, start_nothing);
	assert_int_equal(muster_process_launcher_new(&try.options, &launcher),
			 0);
	assert_int_equal(muster_launcher_wait(launcher), -EINVAL);
	assert_string_equal(muster_launcher_error(launcher),
			    "no service was added");
	assert_int_equal(muster_launcher_add(launcher, &try.service, 0), 0);
	assert_int_equal(muster_launcher_add(launcher, &try.service, 3), 1);
	assert_int_equal(muster_launcher_add(launcher, &try.service, -2),
			 -EINVAL);
	assert_int_equal(muster_launcher_set_workers(launcher, 0, 2), 0);
	assert_int_equal(muster_launcher_set_workers(launcher, 2, 2), -EINVAL);
	assert_string_equal(muster_launcher_error(launcher),
			    "2 service id doesn't exist");
	assert_int_equal(muster_launcher_set_workers(launcher, 0, -1), -EINVAL);
	assert_non_null(muster_launcher_muster(launcher));
	assert_null(muster_launcher_free(launcher));
	assert_null(muster_launcher_free(NULL));
}

static void a_service_launcher_has_one_of_each_service(void **state)
{
	struct muster_launcher *launcher = NULL;
	struct try try;

	(void)state;
	try_init(&try, start_nothing);
	try.options.is_guest = true; /* signals stay ours */
	assert_int_equal(muster_service_launcher_new(&try.options, &launcher),
			 0);
	assert_int_equal(muster_launcher_add(launcher, &try.service, 2),
			 -EINVAL);
	assert_string_equal(muster_launcher_error(launcher),
			    "Launcher asked to start multiple workers");
	assert_int_equal(muster_launcher_add(launcher, &try.service,
					     MUSTER_WORKERS_UNSET),
			 0);
	assert_int_equal(muster_launcher_set_workers(launcher, 0, 1), -EINVAL);
	assert_null(muster_launcher_muster(launcher));
	assert_null(muster_launcher_free(launcher));
}

static void a_service_ends_the_process_with_the_status_it_asks_for(void **state)
{
	struct muster_launcher *launcher = NULL;
	struct try try;
	int id = -1;

	(void)state;
	try_init(&try, fail_with_seven);
	try.service.data = &id;
	try.options.is_guest = true;
	assert_int_equal(muster_launch(&try.options, &try.service, 1,
				       MUSTER_METHOD_RELOAD, &launcher),
			 0);
	assert_int_equal(muster_launcher_wait(launcher), 7);
	assert_int_equal(id, 0);
	assert_null(muster_launcher_free(launcher));
}

static void nothing_is_asked_of_a_worker_that_is_none(void **state)
{
	(void)state;
	assert_int_equal(muster_worker_id(NULL), -EINVAL);
	assert_int_equal(muster_worker_generation(NULL), 0);
	assert_string_equal(muster_worker_service(NULL), "");
	assert_null(muster_worker_backdoor(NULL));
	assert_int_equal(muster_worker_stop_reason(NULL), MUSTER_STOP_NONE);
	assert_int_equal(muster_worker_listener(NULL, 0), -EINVAL);
	assert_int_equal(muster_worker_ready(NULL), -EINVAL);
	assert_int_equal(muster_worker_ping(NULL), -EINVAL);
	assert_int_equal(muster_worker_status(NULL, ""), -EINVAL);
	assert_int_equal(muster_worker_extend(NULL, 1), -EINVAL);
	assert_int_equal(muster_worker_stop(NULL), -EINVAL);
	assert_int_equal(muster_worker_get_fd(NULL), -EINVAL);
	assert_int_equal(muster_worker_dispatch(NULL), -EINVAL);
	assert_string_equal(muster_stop_reason_name(MUSTER_STOP_RELOAD),
			    "reload");
	assert_string_equal(muster_stop_reason_name(MUSTER_STOP_REASONS), "?");
	muster_child_reset_signals(); /* there is nothing to be reset */
}

static void an_interval_is_due_until_it_is_stopped(void **state)
{
	struct muster_interval_options options = MUSTER_INTERVAL_OPTIONS_INIT;
	struct muster_interval *interval = NULL;
	uint64_t late_ns = 1;

	(void)state;
	assert_int_equal(muster_interval_new(NULL, &options, &interval),
			 -EINVAL);
	options.interval_ns = 1;
	assert_int_equal(muster_interval_new(NULL, &options, &interval), 0);
	assert_int_equal(muster_interval_wait(interval, &late_ns), 1);
	assert_int_equal(late_ns, 0);
	assert_int_equal(muster_interval_wait_for(interval, 0), 1);
	muster_interval_stop(interval);
	assert_int_equal(muster_interval_wait(interval, NULL), 0);
	assert_null(muster_interval_free(interval));
	assert_null(muster_interval_free(NULL));
}

static void a_backoff_gives_up_until_it_is_reset(void **state)
{
	struct muster_backoff backoff = MUSTER_BACKOFF_INIT;
	uint64_t delay_ns = 0;

	(void)state;
	assert_int_equal(muster_backoff_next(&backoff, NULL), -EINVAL);
	backoff.min_ns = backoff.max_ns = backoff.give_up_ns = 10;
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
	assert_int_equal(delay_ns, 10);
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), -ETIMEDOUT);
	muster_backoff_reset(&backoff);
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
	backoff.size = sizeof(size_t);
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_and_cpp_see_the_same_functions),
		cmocka_unit_test(an_initialiser_sets_the_size_and_nothing_else),
		cmocka_unit_test(zero_is_the_default),
		cmocka_unit_test(an_object_that_never_started_can_be_freed),
		cmocka_unit_test(
			an_initialiser_of_services_sets_the_size_alone),
		cmocka_unit_test(
			a_launch_that_makes_no_sense_is_refused_in_words),
		cmocka_unit_test(options_of_a_later_version_are_refused),
		cmocka_unit_test(launchers_know_how_many_workers_they_can_have),
		cmocka_unit_test(a_service_launcher_has_one_of_each_service),
		cmocka_unit_test(
			a_service_ends_the_process_with_the_status_it_asks_for),
		cmocka_unit_test(nothing_is_asked_of_a_worker_that_is_none),
		cmocka_unit_test(an_interval_is_due_until_it_is_stopped),
		cmocka_unit_test(a_backoff_gives_up_until_it_is_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_refusals.c - the process launcher's and a service's options: what makes
 * no sense is refused before anything is opened, with a line that says why
 * (cases 18-20, 23, 24, 101; B3-B9).
 */
#include "service/refusals.h"

static int start_nothing(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	return 0;
}

static struct muster_service_ops some_ops(void)
{
	struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;

	ops.start = start_nothing;
	return ops;
}

static struct muster_service service_of(const struct muster_service_ops *ops)
{
	struct muster_service service = MUSTER_SERVICE_INIT;

	service.ops = ops;
	return service;
}

/* What muster_launcher_add says to a process launcher that hears. */
static int add(const struct muster_service *service, int workers,
	       struct heard *heard)
{
	struct muster_launcher_options options = hearing(heard);
	struct muster_launcher *launcher;
	int r;

	assert_int_equal(muster_process_launcher_new(&options, &launcher), 0);
	r = muster_launcher_add(launcher, service, workers);
	if (r < 0)
		assert_string_equal(muster_launcher_error(launcher),
				    heard->line);
	assert_null(muster_launcher_free(launcher));
	return r;
}

/* Cases 23 and 24. */
static void a_service_with_a_start_is_taken_with_any_count(void **state)
{
	struct muster_service_ops ops = some_ops();
	struct muster_service service = service_of(&ops);
	struct heard heard;

	(void)state;
	assert_int_equal(add(&service, 0, &heard), 0);
	assert_int_equal(add(&service, 1, &heard), 0);
	assert_int_equal(add(&service, 1000, &heard), 0);
	assert_int_equal(add(&service, MUSTER_WORKERS_UNSET, &heard), 0);
	assert_int_equal(heard.count, 0);
}

/* Cases 20, 22, 24; B9. */
static void a_service_without_what_it_needs_is_refused(void **state)
{
	struct muster_service_ops no_start = MUSTER_SERVICE_OPS_INIT;
	struct muster_service service = MUSTER_SERVICE_INIT;
	struct muster_launcher *launcher;
	struct heard heard;

	(void)state;
	assert_int_equal(add(&service, 1, &heard), -EINVAL);
	assert_heard(&heard, "a service without ops");
	service.ops = &no_start;
	assert_int_equal(add(&service, 1, &heard), -EINVAL);
	assert_heard(&heard, "a service without start");
	assert_int_equal(muster_process_launcher_new(NULL, &launcher), 0);
	assert_int_equal(muster_launcher_add(launcher, NULL, 1), -EINVAL);
	assert_null(muster_launcher_free(launcher));
	assert_int_equal(muster_launcher_add(NULL, &service, 1), -EINVAL);
}

/* A program that was built with an older header: what it lacks is zero, so
 * NULL. */
static void shorter_ops_lack_what_comes_after(void **state)
{
	struct muster_service_ops ops = some_ops();
	struct muster_service service = service_of(&ops);
	struct heard heard;

	(void)state;
	ops.size = offsetof(struct muster_service_ops, stop);
	assert_int_equal(add(&service, 1, &heard), 0);
	ops.size = offsetof(struct muster_service_ops, start);
	assert_int_equal(add(&service, 1, &heard), -EINVAL);
	assert_heard(&heard, "a service without start");
	ops.size = sizeof(size_t) - 1;
	assert_int_equal(add(&service, 1, &heard), -EINVAL);
	assert_heard(&heard, "a struct without its size");
	ops.size = 0;
	assert_int_equal(add(&service, 1, &heard), -EINVAL);
	assert_heard(&heard, "a struct without its size");
}

/* One that was built with a newer one. */
static void longer_ops_may_not_ask_for_what_is_unknown(void **state)
{
	struct {
		struct muster_service_ops ops;
		uint64_t newer[4];
	} longer = {.ops = some_ops()};
	struct muster_service service = service_of(&longer.ops);
	struct heard heard;

	(void)state;
	longer.ops.size = sizeof(longer);
	assert_int_equal(add(&service, 1, &heard), 0);
	longer.newer[3] = UINT64_C(1) << 63;
	assert_int_equal(add(&service, 1, &heard), -E2BIG);
	assert_heard(&heard, "an option that this version does not know");
	longer.ops.size = SIZE_MAX;
	assert_int_equal(add(&service, 1, &heard), -E2BIG);
}

static void a_service_of_another_length_is_treated_likewise(void **state)
{
	struct muster_service_ops ops = some_ops();
	struct {
		struct muster_service service;
		uint64_t newer;
	} longer = {.service = service_of(&ops)};
	struct heard heard;

	(void)state;
	longer.service.size = sizeof(longer);
	assert_int_equal(add(&longer.service, 1, &heard), 0);
	longer.newer = 1;
	assert_int_equal(add(&longer.service, 1, &heard), -E2BIG);
	longer.service.size = 0;
	assert_int_equal(add(&longer.service, 1, &heard), -EINVAL);
	longer.service = service_of(&ops);
	longer.service.reserved[3] = 1;
	assert_int_equal(add(&longer.service, 1, &heard), -EINVAL);
	assert_heard(&heard, "reserved");
	longer.service = service_of(&ops);
	longer.service.ready = MUSTER_SERVICE_READIES;
	assert_int_equal(add(&longer.service, 1, &heard), -EINVAL);
	assert_heard(&heard, "readiness");
	longer.service = service_of(&ops);
	longer.service.name = "";
	assert_int_equal(add(&longer.service, 1, &heard), -EINVAL);
	assert_heard(&heard, "empty name");
}

/* Each alone, by its offset. */
static void rules_may_not_say_what_is_said_elsewhere(void **state)
{
	static const char *const argv[] = {"true", NULL};
	struct muster_group_options rules[] = {
		MUSTER_GROUP_OPTIONS_INIT, MUSTER_GROUP_OPTIONS_INIT,
		MUSTER_GROUP_OPTIONS_INIT, MUSTER_GROUP_OPTIONS_INIT,
		MUSTER_GROUP_OPTIONS_INIT, MUSTER_GROUP_OPTIONS_INIT,
		MUSTER_GROUP_OPTIONS_INIT, MUSTER_GROUP_OPTIONS_INIT,
	};
	struct muster_service_ops ops = some_ops();
	struct muster_service service = service_of(&ops);
	struct heard heard;

	(void)state;
	rules[0].argv = argv;
	rules[1].environment = argv;
	rules[2].name = "web";
	rules[3].workers = 1;
	rules[4].ready = MUSTER_READY_NOTIFY;
	rules[5].ready_fd = 3;
	rules[6].restart_method = MUSTER_METHOD_MUTATE;
	rules[7].stop_signal = 2;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		service.rules = &rules[i];
		assert_int_equal(add(&service, 1, &heard), -EINVAL);
		assert_int_equal(heard.count, 1);
	}
}

/* Cases 18, 101; B6, B7. */
static void counts_that_make_no_sense_are_refused_with_words(void **state)
{
	struct muster_service_ops ops = some_ops();
	struct muster_service service = service_of(&ops);
	const int counts[] = {0, -2, INT32_MIN};
	struct muster_launcher *launcher = NULL;
	struct heard heard;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct muster_launcher_options options = hearing(&heard);

		assert_int_equal(muster_launch(&options, &service, counts[i],
					       MUSTER_METHOD_RELOAD, &launcher),
				 -EINVAL);
		assert_heard(&heard, "Number of workers should be positive!");
	}
	assert_null(launcher);
	assert_int_equal(add(&service, -2, &heard), -EINVAL);
	assert_heard(&heard, "Number of workers should be positive!");
	assert_int_equal(add(&service, MUSTER_WORKERS_MAX + 1, &heard),
			 -EINVAL);
	assert_heard(&heard, "more than 1000000 workers");
}

/* B3: before any side effect. */
static void an_unknown_restart_method_is_refused(void **state)
{
	struct muster_service_ops ops = some_ops();
	struct muster_service service = service_of(&ops);
	struct muster_launcher *launcher = NULL;
	struct heard heard;
	struct muster_launcher_options options = hearing(&heard);

	(void)state;
	assert_int_equal(
		muster_launch(&options, &service, 2, MUSTER_METHODS, &launcher),
		-EINVAL);
	assert_heard(&heard, "Invalid restart_method: 2");
	options = hearing(&heard);
	options.restart_method = MUSTER_METHODS;
	assert_int_equal(muster_process_launcher_new(&options, &launcher),
			 -EINVAL);
	assert_heard(&heard, "Invalid restart_method: 2");
	assert_null(launcher);
}

static void check_options(const struct muster_launcher_options *options,
			  const struct heard *heard, const char *text)
{
	struct muster_launcher *launcher = NULL;

	assert_int_equal(muster_process_launcher_new(options, &launcher),
			 -EINVAL);
	assert_heard(heard, text);
	assert_null(launcher);
}

static void options_that_are_not_known_are_refused(void **state)
{
	struct heard heard;
	struct muster_launcher_options options = hearing(&heard);

	(void)state;
	options.engine = MUSTER_ENGINES;
	check_options(&options, &heard, "engine");
	options = hearing(&heard);
	options.parent_death = MUSTER_PARENT_DEATHS;
	check_options(&options, &heard, "parent_death");
	options = hearing(&heard);
	options.log_level = MUSTER_LOG_LEVELS;
	check_options(&options, &heard, "log_level");
	options = hearing(&heard);
	options.reserved[0] = 1;
	check_options(&options, &heard, "reserved");
	options = hearing(&heard);
	options.is_guest = true;
	options.is_subreaper = true;
	check_options(&options, &heard, "subreaper");
	assert_int_equal(muster_process_launcher_new(&options, NULL), -EINVAL);
}

/* Case 19. */
static void two_workers_and_more_are_a_process_launcher(void **state)
{
	struct muster_service_ops ops = some_ops();
	struct muster_service service = service_of(&ops);
	struct muster_launcher *launcher = NULL;

	(void)state;
	assert_int_equal(muster_launch(NULL, &service, 3, MUSTER_METHOD_RELOAD,
				       &launcher),
			 0);
	assert_non_null(muster_launcher_muster(launcher));
	assert_null(muster_launcher_free(launcher));
}

static void
check_nothing_to_do(int (*make)(const struct muster_launcher_options *options,
				struct muster_launcher **ret_launcher))
{
	struct muster_launcher *launcher = NULL;
	struct heard heard;
	struct muster_launcher_options options = hearing(&heard);

	assert_int_equal(make(&options, &launcher), 0);
	assert_int_equal(muster_launcher_wait(launcher), -EINVAL);
	assert_heard(&heard, "no service was added");
	assert_null(muster_launcher_free(launcher));
}

static void nothing_to_do_is_an_error_and_not_an_end(void **state)
{
	(void)state;
	check_nothing_to_do(muster_process_launcher_new);
	check_nothing_to_do(muster_service_launcher_new);
	assert_int_equal(muster_launcher_wait(NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_service_with_a_start_is_taken_with_any_count),
		cmocka_unit_test(a_service_without_what_it_needs_is_refused),
		cmocka_unit_test(shorter_ops_lack_what_comes_after),
		cmocka_unit_test(longer_ops_may_not_ask_for_what_is_unknown),
		cmocka_unit_test(
			a_service_of_another_length_is_treated_likewise),
		cmocka_unit_test(rules_may_not_say_what_is_said_elsewhere),
		cmocka_unit_test(
			counts_that_make_no_sense_are_refused_with_words),
		cmocka_unit_test(an_unknown_restart_method_is_refused),
		cmocka_unit_test(options_that_are_not_known_are_refused),
		cmocka_unit_test(two_workers_and_more_are_a_process_launcher),
		cmocka_unit_test(nothing_to_do_is_an_error_and_not_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

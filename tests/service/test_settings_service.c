/*
 * test_settings_service.c - which services and rules are refused, and in which
 * words; what a shorter or a longer struct of another version means.
 */
#include <errno.h>
#include <signal.h>
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

static int start(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	return 0;
}

static struct muster_service_ops good_ops = {
	.size = sizeof(good_ops),
	.start = start,
};

static struct muster_service good_service(void)
{
	struct muster_service service = MUSTER_SERVICE_INIT;

	service.ops = &good_ops;
	return service;
}

static int make(const struct muster_service *given, struct service **ret)
{
	struct settings settings;
	int r;

	(void)begin(NULL);
	assert_int_equal(settings_read(&settings, NULL, &error), 0);
	r = service_new(&settings, given, ret, &error);
	settings_fini(&settings);
	return r;
}

static void check_service(const struct muster_service *given, int r,
			  const char *why)
{
	struct service *service = NULL;

	assert_int_equal(make(given, &service), r);
	assert_string_equal(error.data, why);
	assert_true((r == 0) == (service != NULL));
	service_free(service);
}

/* Case 14: what a service brings with it stays its own. */
static void a_service_is_completed_and_keeps_its_own(void **state)
{
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_service given = good_service();
	struct service *service = NULL;
	char name[] = "web";
	int data;

	(void)state;
	assert_int_equal(make(&given, &service), 0);
	assert_string_equal(service->name, "service");
	assert_true(service->stop_timeout_ns == 60 * NSEC_PER_SEC);
	service_free(service);
	given.name = name;
	given.data = &data;
	given.rules = &rules;
	rules.stop_timeout_ns = MUSTER_FOREVER;
	rules.stop_signal = SIGTERM;
	assert_int_equal(make(&given, &service), 0);
	name[0] = 'x';
	assert_string_equal(service->name, "web");
	assert_ptr_equal(service->data, &data);
	assert_ptr_equal(service->ops.start, start);
	assert_true(service->stop_timeout_ns == MUSTER_FOREVER);
	service_free(service);
}

/* Cases 20, 21 and 22. */
static void a_service_that_makes_no_sense_is_refused(void **state)
{
	struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
	struct muster_service service = good_service();

	(void)state;
	check_service(NULL, -EINVAL, "");
	check_service(&service, 0, "");
	service.ops = NULL;
	check_service(&service, -EINVAL, "a service without ops");
	service.ops = &ops;
	check_service(&service, -EINVAL, "a service without start");
	service = good_service();
	service.ready = MUSTER_SERVICE_READIES;
	check_service(&service, -EINVAL, "unknown readiness of a service");
	service = good_service();
	service.reserved[0] = 1;
	check_service(&service, -EINVAL, "reserved bytes are not 0");
	service = good_service();
	service.name = "";
	check_service(&service, -EINVAL, "a service with an empty name");
}

static int run(void *data, const struct muster_birth *birth)
{
	(void)data;
	(void)birth;
	return 0;
}

static void check_rules(const struct muster_group_options *rules,
			const char *why)
{
	struct muster_service service = good_service();

	service.rules = rules;
	check_service(&service, -EINVAL, why);
}

static void rules_that_are_said_elsewhere_are_refused(void **state)
{
	static const char program[] = "the rules of a service name a program";
	static const char readiness[] =
		"the rules of a service have a readiness of programs";
	static const char *const words[] = {"true", NULL};
	const struct muster_group_options good = MUSTER_GROUP_OPTIONS_INIT;
	struct muster_group_options rules = good;

	(void)state;
	rules.argv = words;
	check_rules(&rules, program);
	rules = good;
	rules.environment = words;
	check_rules(&rules, program);
	rules = good;
	rules.run = run;
	check_rules(&rules, program);
	rules = good;
	rules.name = "web";
	check_rules(&rules, program);
	rules = good;
	rules.workers = 1;
	check_rules(&rules, "the rules of a service say how many workers");
	rules = good;
	rules.ready = MUSTER_READY_NOTIFY;
	check_rules(&rules, readiness);
	rules = good;
	rules.ready_fd = 3;
	check_rules(&rules, readiness);
	rules = good;
	rules.restart_method = MUSTER_METHOD_MUTATE;
	check_rules(&rules, "the restart method is the launcher's");
	rules = good;
	rules.stop_signal = SIGINT;
	check_rules(&rules, "a service is stopped by SIGTERM");
}

struct later_service {
	struct muster_service known;
	uint64_t unknown;
};

struct later_ops {
	struct muster_service_ops known;
	uint64_t unknown;
};

struct later_rules {
	struct muster_group_options known;
	uint64_t unknown;
};

static void services_have_the_sizes_that_they_say(void **state)
{
	struct later_service service = {.known = good_service()};
	struct later_rules rules = {.known = MUSTER_GROUP_OPTIONS_INIT};
	struct later_ops ops = {.known = good_ops};

	(void)state;
	service.known.size = sizeof(service);
	service.known.ops = &ops.known;
	service.known.rules = &rules.known;
	ops.known.size = sizeof(ops);
	rules.known.size = sizeof(rules);
	check_service(&service.known, 0, "");
	rules.unknown = 1;
	check_service(&service.known, -E2BIG, UNKNOWN);
	rules.known.size = 1;
	check_service(&service.known, -EINVAL, NO_SIZE);
	ops.unknown = 1;
	check_service(&service.known, -E2BIG, UNKNOWN);
	ops.known.size = 0;
	check_service(&service.known, -EINVAL, NO_SIZE);
	service.unknown = 1;
	check_service(&service.known, -E2BIG, UNKNOWN);
	service.known.size = 7;
	check_service(&service.known, -EINVAL, NO_SIZE);
}

/* Whose version had no reset yet: what lies behind is not looked at. */
static void a_shorter_struct_of_functions_lacks_the_rest(void **state)
{
	struct muster_service_ops ops = good_ops;
	struct muster_service given = good_service();
	struct service *service = NULL;

	(void)state;
	ops.size = offsetof(struct muster_service_ops, stop);
	memset((char *)&ops + ops.size, 0xff, sizeof(ops) - ops.size);
	given.ops = &ops;
	assert_int_equal(make(&given, &service), 0);
	assert_ptr_equal(service->ops.start, start);
	assert_null(service->ops.stop);
	assert_null(service->ops.reset);
	service_free(service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_service_is_completed_and_keeps_its_own,
				       begin),
		cmocka_unit_test_setup(a_service_that_makes_no_sense_is_refused,
				       begin),
		cmocka_unit_test_setup(
			rules_that_are_said_elsewhere_are_refused, begin),
		cmocka_unit_test_setup(services_have_the_sizes_that_they_say,
				       begin),
		cmocka_unit_test_setup(
			a_shorter_struct_of_functions_lacks_the_rest, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

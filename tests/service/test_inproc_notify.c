/*
 * test_inproc_notify.c - what a process with services says to whoever started
 * it: sd_notify(3) (B90-B93, cases 56-58).
 */
#include "service/manager.h"

static int start_saying_where(struct muster_worker *worker, void *data)
{
	const char *told = getenv("NOTIFY_SOCKET");

	say(told ? told : "no NOTIFY_SOCKET");
	return say_start(worker, data);
}

static int tell_with_method(enum muster_restart_method method)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.restart_method = method;
	cast.ops.start = start_saying_where;
	return cast_run(&cast);
}

static int tell_reloading(void)
{
	return tell_with_method(MUSTER_METHOD_RELOAD);
}

static int tell_mutating(void)
{
	return tell_with_method(MUSTER_METHOD_MUTATE);
}

static void check_life(int (*tell)(void))
{
	struct story *story = story_begin(tell);

	check_hears("READY=1");
	story_signal(story, SIGHUP);
	check_hears("RELOADING=1\nMONOTONIC_USEC=");
	check_hears("READY=1");
	story_signal(story, SIGTERM);
	check_hears("STOPPING=1");
	story_expect_end(story, 0);
	check_hears_nothing();
	/* Case 58: no child of a service speaks in its name. */
	assert_int_equal(story_count(story, "@muster"), 0);
	assert_int_equal(story_count(story, "no NOTIFY_SOCKET\n"),
			 story_count(story, "\nstart\n"));
}

/* Cases 56 to 58. */
static void it_says_each_change_once(void **state)
{
	(void)state;
	check_life(tell_reloading);
	(void)story_close(NULL);
	check_life(tell_mutating);
}

static void it_speaks_to_a_path_too(void **state)
{
	char directory[] = "/tmp/muster-notify.XXXXXX";
	struct story *story;
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	listen_at(path);
	story = story_begin(tell_reloading);
	check_hears("READY=1");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	story_signal(story, SIGTERM);
	check_hears("STOPPING=1");
	story_expect_end(story, 0);
}

static void nobody_who_listens_is_no_failure(void **state)
{
	struct story *story;

	(void)state;
	assert_int_equal(setenv("NOTIFY_SOCKET", "@muster-nobody", 1), 0);
	story = story_begin(tell_reloading);
	story_expect(story, "no NOTIFY_SOCKET");
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
}

/* For the second of two services. */
static int start_when_told(struct muster_worker *worker, void *data)
{
	say("waiting");
	wait_for_usr1();
	return say_start(worker, data);
}

static int tell_two(void)
{
	struct cast cast;

	block_usr1();
	cast_make(&cast);
	if (!cast_open(&cast))
		return STORY_REFUSED;
	cast.ops.start = start_when_told;
	if (muster_launcher_add(cast.launcher, &cast.service, 1) != 1)
		return STORY_REFUSED;
	return cast_end(&cast);
}

/* B93: the reference says it before anything serves. */
static void it_is_ready_when_all_services_are(void **state)
{
	struct story *story = story_begin(tell_two);

	(void)state;
	story_expect(story, "waiting");
	check_hears_nothing();
	story_signal(story, SIGUSR1);
	check_hears("READY=1");
	story_signal(story, SIGTERM);
	check_hears("STOPPING=1");
	story_expect_end(story, 0);
	check_hears_nothing();
}

static int start_telling(struct muster_worker *worker, void *data)
{
	int result = start_when_told(worker, data);

	(void)muster_worker_ready(worker);
	say("ready");
	(void)start_when_told(worker, data);
	return result;
}

static int tell_told(void)
{
	struct cast cast;

	block_usr1();
	cast_make(&cast);
	cast.ops.start = start_telling;
	cast.service.ready = MUSTER_SERVICE_READY_TOLD;
	return cast_run(&cast);
}

/* start() does not return while it serves. */
static void it_is_ready_when_its_service_says_so(void **state)
{
	struct story *story = story_begin(tell_told);

	(void)state;
	story_expect(story, "waiting");
	check_hears_nothing();
	story_signal(story, SIGUSR1);
	story_expect(story, "ready");
	check_hears("READY=1");
	story_signal(story, SIGTERM);
	check_hears("STOPPING=1");
	story_signal(story, SIGUSR1);
	story_expect_end(story, 0);
	check_hears_nothing();
}

static int tell_failing(void)
{
	int result = -EIO;
	struct cast cast;

	cast_make(&cast);
	cast.service.data = &result;
	return cast_run(&cast);
}

static void it_is_never_ready_when_a_start_fails(void **state)
{
	struct story *story = story_begin(tell_failing);

	(void)state;
	check_hears("STOPPING=1");
	story_expect_end(story, 1);
	check_hears_nothing();
}

static int tell_hanging(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.ops.stop = hang_stop;
	return cast_run(&cast);
}

static void an_instant_exit_says_nothing(void **state)
{
	struct story *story = story_begin(tell_hanging);

	(void)state;
	check_hears("READY=1");
	story_signal(story, SIGINT);
	story_expect_end(story, 1);
	check_hears_nothing();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		manager_test(it_says_each_change_once),
		cmocka_unit_test_teardown(it_speaks_to_a_path_too,
					  listen_no_more),
		story_test(nobody_who_listens_is_no_failure),
		manager_test(it_is_ready_when_all_services_are),
		manager_test(it_is_ready_when_its_service_says_so),
		manager_test(it_is_never_ready_when_a_start_fails),
		manager_test(an_instant_exit_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

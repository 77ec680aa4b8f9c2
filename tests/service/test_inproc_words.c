/*
 * test_inproc_words.c - what services of this process say reaches whoever
 * started it (B90).
 */
#include "service/manager.h"

static int listen_with_watchdog(void **state)
{
	assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
	(void)unsetenv("WATCHDOG_PID");
	return listen_abstractly(state);
}

static int listen_with_watchdog_no_more(void **state)
{
	(void)unsetenv("WATCHDOG_USEC");
	return listen_no_more(state);
}

static int start_talking(struct muster_worker *worker, void *data)
{
	(void)data;
	if (muster_worker_extend(worker, 1500 * NSEC_PER_MSEC) == 0 &&
	    muster_worker_status(worker, "at rest") == 0 &&
	    muster_worker_ping(worker) == 0 && muster_worker_ping(worker) == 0)
		say("said");
	return 0;
}

static void make_talker(struct cast *cast)
{
	cast_make(cast);
	cast->ops.start = start_talking;
	cast->service.ready = MUSTER_SERVICE_READY_TOLD;
}

static int tell_one(void)
{
	struct cast cast;

	make_talker(&cast);
	return cast_run(&cast);
}

static void what_a_service_says_is_passed_on(void **state)
{
	struct story *story = story_begin(tell_one);

	(void)state;
	check_hears("EXTEND_TIMEOUT_USEC=1500000");
	check_hears("STATUS=at rest");
	check_hears("WATCHDOG=1");
	check_hears("WATCHDOG=1");
	story_expect(story, "said");
	story_signal(story, SIGTERM);
	check_hears("STOPPING=1");
	story_expect_end(story, 0);
	check_hears_nothing();
}

static void who_waits_for_no_sign_of_life_hears_none(void **state)
{
	struct story *story = story_begin(tell_one);

	(void)state;
	check_hears("EXTEND_TIMEOUT_USEC=1500000");
	check_hears("STATUS=at rest");
	story_expect(story, "said");
	story_signal(story, SIGTERM);
	check_hears("STOPPING=1");
	story_expect_end(story, 0);
	check_hears_nothing();
}

static int start_talking_late(struct muster_worker *worker, void *data)
{
	wait_for_usr1();
	return start_talking(worker, data);
}

static int tell_two(void)
{
	struct cast cast;

	block_usr1();
	make_talker(&cast);
	if (!cast_open(&cast))
		return STORY_REFUSED;
	cast.ops.start = start_talking_late;
	cast.service.name = "late";
	if (muster_launcher_add(cast.launcher, &cast.service, 1) != 1)
		return STORY_REFUSED;
	return cast_end(&cast);
}

/* The manager of all would take the one for all of them. */
static void one_of_two_says_who_it_is_and_pings_for_itself(void **state)
{
	struct story *story = story_begin(tell_two);

	(void)state;
	check_hears("EXTEND_TIMEOUT_USEC=1500000");
	check_hears("STATUS=web: at rest");
	story_expect(story, "said");
	check_hears_nothing();
	story_signal(story, SIGUSR1);
	check_hears("EXTEND_TIMEOUT_USEC=1500000");
	check_hears("STATUS=late: at rest");
	check_hears("WATCHDOG=1");
	story_expect(story, "said");
	story_signal(story, SIGTERM);
	check_hears("STOPPING=1");
	story_expect_end(story, 0);
	check_hears_nothing();
}

static struct muster_launcher *_Atomic guest;

static int start_as_a_guest(struct muster_worker *worker, void *data)
{
	int result = start_talking(worker, data);

	(void)muster_launcher_stop(atomic_load(&guest));
	return result;
}

static int tell_guest(void)
{
	struct cast cast;

	make_talker(&cast);
	cast.ops.start = start_as_a_guest;
	cast.options.is_guest = true;
	if (!cast_open(&cast))
		return STORY_REFUSED;
	atomic_store(&guest, cast.launcher);
	return cast_end(&cast);
}

/* NOTIFY_SOCKET is the program's. */
static void a_guests_service_says_nothing(void **state)
{
	struct story *story = story_begin(tell_guest);

	(void)state;
	story_expect(story, "said");
	story_expect_end(story, 0);
	check_hears_nothing();
}

#define watchdog_test(function)                                         \
	cmocka_unit_test_setup_teardown(function, listen_with_watchdog, \
					listen_with_watchdog_no_more)

int main(void)
{
	const struct CMUnitTest tests[] = {
		watchdog_test(what_a_service_says_is_passed_on),
		manager_test(who_waits_for_no_sign_of_life_hears_none),
		watchdog_test(one_of_two_says_who_it_is_and_pings_for_itself),
		watchdog_test(a_guests_service_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

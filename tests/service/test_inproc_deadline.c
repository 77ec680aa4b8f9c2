/*
 * test_inproc_deadline.c - how long the stop of a process with services may
 * take (B1, B119, cases 13 and 41).
 */
#include "service/test_inproc.h"

#define OVERRUN_LINE "Graceful shutdown timeout exceeded, instantaneous exiting"
#define TINY_NS (1 * NSEC_PER_MSEC)
#define SHORT_NS (300 * NSEC_PER_MSEC)
/* In which a stop() is called for certain. */
#define SOME_NS (800 * NSEC_PER_MSEC)
#define LONG_NS (60 * NSEC_PER_SEC)

/* Two services of which the first does not stop. */
static int tell_hanging(uint64_t launcher_ns, uint64_t first_ns,
			uint64_t second_ns)
{
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = launcher_ns;
	cast.ops.stop = hang_stop;
	cast.service.rules = &rules;
	rules.stop_timeout_ns = first_ns;
	if (!cast_open(&cast))
		return STORY_REFUSED;
	rules.stop_timeout_ns = second_ns;
	if (muster_launcher_add(cast.launcher, &cast.service, 1) != 1)
		return STORY_REFUSED;
	return cast_end(&cast);
}

static int tell_own(void)
{
	return tell_hanging(MUSTER_FOREVER, TINY_NS, SHORT_NS);
}

static int tell_own_in_reverse(void)
{
	return tell_hanging(MUSTER_FOREVER, SHORT_NS, TINY_NS);
}

static int tell_one_without(void)
{
	return tell_hanging(SHORT_NS, TINY_NS, 0);
}

static void check_overrun(int (*tell)(void))
{
	struct story *story = story_begin(tell);
	uint64_t begun_ns;

	story_expect(story, "start");
	story_expect(story, "start");
	begun_ns = clock_now_ns();
	story_signal(story, SIGTERM);
	story_expect(story, "hanging");
	story_expect(story, OVERRUN_LINE);
	assert_true(clock_now_ns() - begun_ns >= SHORT_NS);
	story_expect_end(story, 1);
	(void)story_close(NULL);
}

static void services_have_the_longest_of_their_deadlines(void **state)
{
	(void)state;
	check_overrun(tell_own);
	check_overrun(tell_own_in_reverse);
}

static void a_service_without_one_has_the_launchers(void **state)
{
	(void)state;
	check_overrun(tell_one_without);
}

/* It outlasts the deadline that it had. */
static void stop_slowly(struct muster_worker *worker, void *data, bool graceful)
{
	uint64_t until_ns;

	(void)muster_worker_extend(worker, LONG_NS);
	until_ns = clock_now_ns() + SOME_NS;
	while (clock_now_ns() < until_ns)
		(void)poll(NULL, 0, 1);
	say_stop(worker, data, graceful);
}

static int tell_slow(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = SOME_NS;
	cast.ops.stop = stop_slowly;
	return cast_run(&cast);
}

static void a_service_that_asks_has_more_time(void **state)
{
	struct story *story = story_begin(tell_slow);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
}

static void it_has_it_in_a_restart_too(void **state)
{
	struct story *story = story_begin(tell_slow);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "stop");
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
}

static void stop_asking(struct muster_worker *worker, void *data, bool graceful)
{
	(void)muster_worker_extend(worker, 2 * SOME_NS);
	(void)muster_worker_extend(worker, SOME_NS);
	hang_stop(worker, data, graceful);
}

static int tell_asking(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = SOME_NS;
	cast.ops.stop = stop_asking;
	return cast_run(&cast);
}

static void it_has_no_more_than_it_asked_for(void **state)
{
	struct story *story = story_begin(tell_asking);
	uint64_t begun_ns;

	(void)state;
	story_expect(story, "start");
	begun_ns = clock_now_ns();
	story_signal(story, SIGTERM);
	story_expect(story, OVERRUN_LINE);
	assert_true(clock_now_ns() - begun_ns >= 2 * SOME_NS);
	story_expect_end(story, 1);
}

static void stop_asking_for_little(struct muster_worker *worker, void *data,
				   bool graceful)
{
	(void)muster_worker_extend(worker, NSEC_PER_USEC);
	(void)poll(NULL, 0, 50);
	say_stop(worker, data, graceful);
}

static int tell_asking_for_little(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.ops.stop = stop_asking_for_little;
	return cast_run(&cast);
}

static void who_asks_for_less_has_what_he_had(void **state)
{
	struct story *story = story_begin(tell_asking_for_little);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
}

static int start_asking(struct muster_worker *worker, void *data)
{
	(void)muster_worker_extend(worker, MUSTER_FOREVER);
	return say_start(worker, data);
}

static int tell_asking_in_start(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = SHORT_NS;
	cast.ops.start = start_asking;
	cast.ops.stop = hang_stop;
	return cast_run(&cast);
}

static void what_a_start_asked_for_is_not_the_stops(void **state)
{
	struct story *story = story_begin(tell_asking_in_start);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, "hanging");
	story_expect(story, OVERRUN_LINE);
	story_expect_end(story, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(services_have_the_longest_of_their_deadlines),
		story_test(a_service_without_one_has_the_launchers),
		story_test(a_service_that_asks_has_more_time),
		story_test(it_has_it_in_a_restart_too),
		story_test(it_has_no_more_than_it_asked_for),
		story_test(who_asks_for_less_has_what_he_had),
		story_test(what_a_start_asked_for_is_not_the_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

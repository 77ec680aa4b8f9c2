/*
 * test_inproc_signals.c - what TERM, INT and HUP do to a process with services
 * (B16-B19, table O).
 */
#include "service/test_inproc.h"

#define TERM_LINE "Caught SIGTERM signal, graceful exiting"
#define INT_LINE "Caught SIGINT signal, instantaneous exiting"
#define OVERRUN_LINE "Graceful shutdown timeout exceeded, instantaneous exiting"
#define SHORT_NS (300 * NSEC_PER_MSEC)

static int tell_plainly(void)
{
	struct cast cast;

	cast_make(&cast);
	return cast_run(&cast);
}

/* Cases 8, 16, 26, 45 and 49. */
static void term_stops_gracefully_with_0(void **state)
{
	struct story *story = story_begin(tell_plainly);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, TERM_LINE);
	story_expect(story, "stop");
	story_expect(story, "wait");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "stop\n"), 1);
	assert_int_equal(story_count(story, OVERRUN_LINE), 0);
}

/* B18, case 11: stop() is not called, clients are not waited for. */
static void int_ends_at_once_with_1(void **state)
{
	struct story *story = story_begin(tell_plainly);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGINT);
	story_expect(story, INT_LINE);
	story_expect_end(story, 1);
	assert_int_equal(story_count(story, "stop"), 0);
}

static int tell_signalled_before_wait(void)
{
	struct cast cast;

	cast_make(&cast);
	if (!cast_open(&cast))
		return STORY_REFUSED;
	(void)raise(SIGTERM);
	return cast_end(&cast);
}

/* B15; what has not begun need not begin. */
static void term_before_wait_ends_with_0(void **state)
{
	struct story *story = story_begin(tell_signalled_before_wait);

	(void)state;
	story_expect(story, TERM_LINE);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "start"), 0);
}

static int tell_hanging(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = SHORT_NS;
	cast.ops.stop = hang_stop;
	return cast_run(&cast);
}

/* Cases 13 and 48; the reference is killed by an alarm, 142, silently. */
static void who_does_not_stop_in_time_is_ended_with_1(void **state)
{
	struct story *story = story_begin(tell_hanging);
	uint64_t begun_ns;

	(void)state;
	story_expect(story, "start");
	begun_ns = clock_now_ns();
	story_signal(story, SIGTERM);
	story_expect(story, "hanging");
	story_expect(story, OVERRUN_LINE);
	assert_true(clock_now_ns() - begun_ns >= SHORT_NS);
	story_expect_end(story, 1);
}

static int tell_hanging_for_ever(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = MUSTER_FOREVER;
	cast.ops.stop = hang_stop;
	return cast_run(&cast);
}

/* B59; case 47 is the other backend's: it ignores the second. */
static void a_second_term_kills(void **state)
{
	struct story *story = story_begin(tell_hanging_for_ever);
	struct pollfd echo = {story->pidfd, POLLIN, 0};

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, TERM_LINE);
	/* Each is another signal; one of them comes late enough. */
	do
		story_signal(story, SIGTERM);
	while (poll(&echo, 1, 1) == 0);
	story_expect_end(story, 128 + SIGTERM);
}

static void int_ends_a_stop_that_hangs(void **state)
{
	struct story *story = story_begin(tell_hanging_for_ever);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, "hanging");
	story_signal(story, SIGINT);
	story_expect(story, INT_LINE);
	story_expect_end(story, 1);
}

/* Cases 7 and 31. */
static void hup_restarts_in_the_same_process(void **state)
{
	struct story *story = story_begin(tell_plainly);

	(void)state;
	story_expect(story, "start");
	for (int i = 0; i < 3; i++) {
		story_signal(story, SIGHUP);
		story_expect(story, "Caught SIGHUP, handling");
		story_expect(story, "stop");
		story_expect(story, "wait");
		story_expect(story, "reset");
		story_expect(story, "start");
	}
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "stop\n"), 4);
}

/* Case 31, as fast as can be. */
static void a_storm_of_hups_ends_with_the_term(void **state)
{
	struct story *story = story_begin(tell_plainly);

	(void)state;
	story_expect(story, "start");
	for (int i = 0; i < 100; i++)
		story_signal(story, SIGHUP);
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "start\n"),
			 story_count(story, "stop\n"));
}

static void stop_saying_why(struct muster_worker *worker, void *data,
			    bool graceful)
{
	say(muster_stop_reason_name(muster_worker_stop_reason(worker)));
	say_stop(worker, data, graceful);
}

/* Its task runs on after the first reset. */
static int reset_mutant(struct muster_worker *worker, void *data)
{
	struct muster_interval_options options = MUSTER_INTERVAL_OPTIONS_INIT;
	struct muster_interval *interval;

	say(muster_stop_reason_name(muster_worker_stop_reason(worker)));
	options.interval_ns = 1;
	if (muster_interval_new(worker, &options, &interval) == 0) {
		if (muster_interval_wait(interval, NULL) == 1)
			say("task");
		muster_interval_free(interval);
	}
	return say_reset(worker, data);
}

static int tell_mutating(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.restart_method = MUSTER_METHOD_MUTATE;
	cast.ops.stop = stop_saying_why;
	cast.ops.reset = reset_mutant;
	return cast_run(&cast);
}

/* Case 9; and nobody takes it for a stop. */
static void hup_mutates_by_reset_only(void **state)
{
	struct story *story = story_begin(tell_mutating);

	(void)state;
	story_expect(story, "start");
	assert_int_equal(story_count(story, "reset"), 0);
	for (int i = 0; i < 2; i++) {
		story_signal(story, SIGHUP);
		story_expect(story, "none");
		story_expect(story, "task");
		story_expect(story, "reset");
		story_expect(story, "Restarted");
	}
	story_signal(story, SIGTERM);
	story_expect(story, "operator");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "start\n"), 1);
	assert_int_equal(story_count(story, "stop\n"), 1);
}

static int tell_why(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.ops.stop = stop_saying_why;
	return cast_run(&cast);
}

static void a_service_learns_why_it_is_stopped(void **state)
{
	struct story *story = story_begin(tell_why);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "reload");
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, "operator");
	story_expect_end(story, 0);
}

static void term_ends_a_restart_that_hangs(void **state)
{
	struct story *story = story_begin(tell_hanging);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "hanging");
	story_signal(story, SIGTERM);
	story_expect(story, TERM_LINE);
	story_expect(story, OVERRUN_LINE);
	story_expect_end(story, 1);
}

/* It is no better for being a restart. */
static void a_restart_that_hangs_has_a_deadline(void **state)
{
	struct story *story = story_begin(tell_hanging);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "hanging");
	story_expect(story, OVERRUN_LINE);
	story_expect_end(story, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(term_stops_gracefully_with_0),
		story_test(int_ends_at_once_with_1),
		story_test(term_before_wait_ends_with_0),
		story_test(who_does_not_stop_in_time_is_ended_with_1),
		story_test(a_second_term_kills),
		story_test(int_ends_a_stop_that_hangs),
		story_test(hup_restarts_in_the_same_process),
		story_test(a_storm_of_hups_ends_with_the_term),
		story_test(hup_mutates_by_reset_only),
		story_test(a_service_learns_why_it_is_stopped),
		story_test(term_ends_a_restart_that_hangs),
		story_test(a_restart_that_hangs_has_a_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

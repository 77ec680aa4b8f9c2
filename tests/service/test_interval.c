/*
 * test_interval.c - when the next run is due, and what is refused.
 */
#include <sys/resource.h>

#include "service/periodic.h"

/* Too long to be waited for, but within the true clock's past. */
static uint64_t long_run_ns(void)
{
	return nsec_min(3600 * NSEC_PER_SEC, true_now_ns() / 2);
}

static void the_first_run_is_due_at_once(void **state)
{
	struct muster_interval *interval =
		interval_make(NULL, MUSTER_FOREVER, 0, 0);
	uint64_t late_ns = 7;

	(void)state;
	assert_int_equal(muster_interval_wait(interval, &late_ns), 1);
	assert_int_equal(late_ns, 0);
	assert_null(muster_interval_free(interval));
}

/* Cases 81 and 82, initial_delay. */
static void a_delay_comes_before_the_first_run(void **state)
{
	struct muster_interval *interval =
		interval_make(NULL, MUSTER_FOREVER, MSEC(20), 0);
	uint64_t begin_ns = true_now_ns();

	(void)state;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	assert_true(true_now_ns() >= begin_ns + MSEC(20));
	muster_interval_free(interval);
}

static void runs_begin_no_less_than_an_interval_apart(void **state)
{
	struct muster_interval *interval = interval_make(NULL, MSEC(5), 0, 0);
	uint64_t begin_ns = true_now_ns();

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(muster_interval_wait(interval, NULL), 1);
		assert_true(true_now_ns() >= begin_ns + i * MSEC(5));
	}
	muster_interval_free(interval);
}

/* Case 81, the corrected interval: waiting for all of it would hang. */
static void the_run_is_taken_off_the_interval(void **state)
{
	uint64_t run_ns = long_run_ns();
	uint64_t begin_ns = true_now_ns();
	struct muster_interval *interval =
		interval_make(NULL, run_ns + MSEC(20), 0, 0);
	uint64_t late_ns = 7;

	(void)state;
	clock_behind_ns = run_ns;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	clock_behind_ns = 0;
	assert_int_equal(muster_interval_wait(interval, &late_ns), 1);
	assert_true(true_now_ns() >= begin_ns + MSEC(20));
	muster_interval_free(interval);
}

/* Case 81: the warning of the reference is the caller's to write. */
static void a_run_that_outlasts_the_interval_is_followed_at_once(void **state)
{
	uint64_t run_ns = long_run_ns();
	struct muster_interval *interval =
		interval_make(NULL, run_ns / 2, 0, 0);
	uint64_t late_ns = 7;

	(void)state;
	clock_behind_ns = run_ns;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	clock_behind_ns = 0;
	assert_int_equal(muster_interval_wait(interval, &late_ns), 1);
	assert_true(late_ns >= run_ns - run_ns / 2);
	muster_interval_free(interval);
}

/* What one run was late is no debt of the next. */
static void lateness_is_that_of_the_last_run_only(void **state)
{
	uint64_t run_ns = long_run_ns();
	struct muster_interval *interval = interval_make(NULL, run_ns, 0, 0);
	uint64_t late_ns = 7;

	(void)state;
	clock_behind_ns = run_ns + MSEC(1);
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	clock_behind_ns = 0;
	assert_int_equal(muster_interval_wait(interval, &late_ns), 1);
	assert_true(late_ns >= MSEC(1));
	muster_interval_stop(interval);
	assert_int_equal(muster_interval_wait(interval, &late_ns), 0);
	assert_int_equal(late_ns, 0);
	muster_interval_free(interval);
}

/* Case 82: the task says when; its run is not taken off. */
static void a_given_delay_counts_from_the_call(void **state)
{
	struct muster_interval *interval =
		interval_make(NULL, MUSTER_FOREVER, 0, 0);
	uint64_t begin_ns;

	(void)state;
	clock_behind_ns = long_run_ns();
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	clock_behind_ns = 0;
	begin_ns = true_now_ns();
	assert_int_equal(muster_interval_wait_for(interval, MSEC(20)), 1);
	assert_true(true_now_ns() >= begin_ns + MSEC(20));
	assert_int_equal(muster_interval_wait_for(interval, 0), 1);
	muster_interval_free(interval);
}

static void a_given_delay_replaces_the_one_before_the_first_run(void **state)
{
	struct muster_interval *interval =
		interval_make(NULL, MUSTER_FOREVER, MUSTER_FOREVER, 0);

	(void)state;
	assert_int_equal(muster_interval_wait_for(interval, 1), 1);
	muster_interval_free(interval);
}

/* The run after a given delay is measured like any other. */
static void an_interval_follows_a_given_delay(void **state)
{
	struct muster_interval *interval =
		interval_make(NULL, MSEC(20), MUSTER_FOREVER, 0);
	uint64_t begin_ns = true_now_ns();

	(void)state;
	assert_int_equal(muster_interval_wait_for(interval, 0), 1);
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	assert_true(true_now_ns() >= begin_ns + MSEC(20));
	muster_interval_free(interval);
}

/* Cases 81 and B104; the wait is cut short, unlike the reference's. */
static void no_run_begins_past_the_timeout(void **state)
{
	struct muster_interval *interval =
		interval_make(NULL, MUSTER_FOREVER, 0, MSEC(20));
	uint64_t begin_ns = true_now_ns();
	uint64_t late_ns = 7;

	(void)state;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	assert_int_equal(muster_interval_wait(interval, &late_ns), -ETIMEDOUT);
	assert_true(true_now_ns() >= begin_ns + MSEC(20));
	assert_int_equal(late_ns, 7);
	assert_int_equal(muster_interval_wait(interval, NULL), -ETIMEDOUT);
	assert_int_equal(muster_interval_wait_for(interval, 0), -ETIMEDOUT);
	muster_interval_stop(interval);
	assert_int_equal(muster_interval_wait(interval, NULL), 0);
	muster_interval_free(interval);
}

static void the_timeout_counts_from_the_first_wait(void **state)
{
	uint64_t run_ns = long_run_ns();
	struct muster_interval *interval;

	(void)state;
	clock_behind_ns = run_ns;
	interval = interval_make(NULL, 1, 0, run_ns);
	clock_behind_ns = 0; /* the time before it does not count */
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	muster_interval_free(interval);

	interval = interval_make(NULL, 1, 0, run_ns - 1);
	clock_behind_ns = run_ns;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	clock_behind_ns = 0;
	assert_int_equal(muster_interval_wait(interval, NULL), -ETIMEDOUT);
	muster_interval_free(interval);
}

static void a_timeout_at_the_end_of_the_clock_is_none(void **state)
{
	struct muster_interval *interval =
		interval_make(NULL, 1, 0, MUSTER_FOREVER);

	(void)state;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	muster_interval_free(interval);
}

static void check_refusal(const struct muster_interval_options *options, int r)
{
	struct muster_interval *interval = NULL;

	assert_int_equal(muster_interval_new(NULL, options, &interval), r);
	assert_null(interval);
}

static void bad_options_are_refused(void **state)
{
	struct muster_interval_options options = MUSTER_INTERVAL_OPTIONS_INIT;
	struct {
		struct muster_interval_options options;
		uint64_t newer;
	} longer = {.options = {.size = sizeof(longer), .interval_ns = 1}};
	struct muster_interval *interval;

	(void)state;
	check_refusal(NULL, -EINVAL);
	check_refusal(&options, -EINVAL); /* case 82: without an interval */
	options.interval_ns = 1;
	assert_int_equal(muster_interval_new(NULL, &options, NULL), -EINVAL);
	options.size = 0;
	check_refusal(&options, -EINVAL);
	options.size = sizeof(size_t); /* ends before the interval */
	check_refusal(&options, -EINVAL);

	longer.newer = 1;
	check_refusal(&longer.options, -E2BIG);
	longer.newer = 0;
	assert_int_equal(muster_interval_new(NULL, &longer.options, &interval),
			 0);
	muster_interval_free(interval);
}

static void nothing_is_waited_for_stopped_or_freed(void **state)
{
	(void)state;
	assert_int_equal(muster_interval_wait(NULL, NULL), -EINVAL);
	assert_int_equal(muster_interval_wait_for(NULL, 0), -EINVAL);
	muster_interval_stop(NULL);
	assert_null(muster_interval_free(NULL));
}

static void without_descriptors_nothing_is_left_behind(void **state)
{
	struct muster_interval_options options = MUSTER_INTERVAL_OPTIONS_INIT;
	int first_fd = next_fd();
	struct rlimit saved;

	(void)state;
	options.interval_ns = 1;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	for (int spare = 0; spare < 2; spare++) {
		struct rlimit limit = {(rlim_t)(first_fd + spare),
				       saved.rlim_max};

		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		check_refusal(&options, -EMFILE);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
		assert_int_equal(next_fd(), first_fd);
	}
}

static void what_was_opened_is_closed_on_exec_and_by_free(void **state)
{
	int first_fd = next_fd();
	struct muster_interval *interval = interval_make(NULL, 1, 0, 0);
	int end_fd = next_fd();

	(void)state;
	assert_true(end_fd > first_fd);
	for (int fd = first_fd; fd < end_fd; fd++)
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	muster_interval_free(interval);
	for (int fd = first_fd; fd < end_fd; fd++)
		assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		interval_test(the_first_run_is_due_at_once),
		interval_test(a_delay_comes_before_the_first_run),
		interval_test(runs_begin_no_less_than_an_interval_apart),
		interval_test(the_run_is_taken_off_the_interval),
		interval_test(
			a_run_that_outlasts_the_interval_is_followed_at_once),
		interval_test(lateness_is_that_of_the_last_run_only),
		interval_test(a_given_delay_counts_from_the_call),
		interval_test(
			a_given_delay_replaces_the_one_before_the_first_run),
		interval_test(an_interval_follows_a_given_delay),
		interval_test(no_run_begins_past_the_timeout),
		interval_test(the_timeout_counts_from_the_first_wait),
		interval_test(a_timeout_at_the_end_of_the_clock_is_none),
		interval_test(bad_options_are_refused),
		interval_test(nothing_is_waited_for_stopped_or_freed),
		interval_test(without_descriptors_nothing_is_left_behind),
		interval_test(what_was_opened_is_closed_on_exec_and_by_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

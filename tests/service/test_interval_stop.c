/*
 * test_interval_stop.c - what ends the waiting: a stop from anywhere, the
 * worker's, and not just any signal.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>

#include "service/periodic.h"

#define STOPPED_FOR_GOOD 3

static void check_stopped(struct muster_interval *interval)
{
	for (int i = 0; i < STOPPED_FOR_GOOD; i++) {
		assert_int_equal(muster_interval_wait(interval, NULL), 0);
		assert_int_equal(muster_interval_wait_for(interval, 0), 0);
	}
}

static void a_stop_before_the_first_wait_holds(void **state)
{
	struct muster_interval *interval = interval_make(NULL, 1, 0, 0);

	(void)state;
	muster_interval_stop(interval);
	check_stopped(interval);
	muster_interval_free(interval);
}

/* Case 81, double stop; a task that is always late can be stopped, too. */
static void a_second_stop_changes_nothing(void **state)
{
	struct muster_interval *interval = interval_make(NULL, 1, 0, 0);

	(void)state;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	muster_interval_stop(interval);
	muster_interval_stop(interval);
	check_stopped(interval);
	muster_interval_stop(interval);
	check_stopped(interval);
	muster_interval_free(interval);
}

/* Even the one more that the kernel cannot count. */
static void no_number_of_stops_does_harm(void **state)
{
	int first_fd = next_fd();
	struct muster_interval *interval = interval_make(NULL, 1, 0, 0);
	int stop_fd = first_fd + 1;

	(void)state;
	assert_int_equal(eventfd_write(stop_fd, UINT64_MAX - 1), 0);
	errno = EXDEV;
	muster_interval_stop(interval);
	assert_int_equal(errno, EXDEV);
	check_stopped(interval);
	muster_interval_free(interval);
}

/* Another thread, that does something once the test's waits. */
struct helper {
	struct muster_interval *interval;
	pthread_t waiter;
	pid_t waiter_tid;
	int worker_fd;
};

static atomic_int handled;
static struct muster_interval *_Atomic stopped_by_signal;

static void handle_signal(int signo)
{
	struct muster_interval *interval = atomic_load(&stopped_by_signal);

	(void)signo;
	if (interval)
		muster_interval_stop(interval);
	atomic_fetch_add(&handled, 1);
}

static void signals_begin(struct muster_interval *interval)
{
	const struct sigaction action = {.sa_handler = handle_signal};

	atomic_store(&handled, 0);
	atomic_store(&stopped_by_signal, interval);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

/* Its state follows the name, which may hold anything but a later ")". */
static bool thread_sleeps(pid_t tid)
{
	char path[64];
	char stat[512] = "";
	const char *name_end;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "re");
	if (!file)
		abort();
	if (!fgets(stat, sizeof(stat), file))
		abort();
	(void)fclose(file);
	name_end = strrchr(stat, ')');
	return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}

/* SIGALRM ends what never comes. */
static void await_sleep(const struct helper *helper)
{
	while (!thread_sleeps(helper->waiter_tid))
		(void)sched_yield();
}

static void *stop_the_sleeper(void *argument)
{
	const struct helper *helper = argument;

	await_sleep(helper);
	muster_interval_stop(helper->interval);
	return NULL;
}

static void *signal_the_sleeper(void *argument)
{
	const struct helper *helper = argument;

	await_sleep(helper);
	(void)pthread_kill(helper->waiter, SIGUSR1);
	return NULL;
}

static void *signal_and_stop_the_sleeper(void *argument)
{
	const struct helper *helper = argument;

	for (int i = 0; i < 3; i++) {
		await_sleep(helper);
		(void)pthread_kill(helper->waiter, SIGUSR1);
		while (atomic_load(&handled) <= i)
			(void)sched_yield();
	}
	await_sleep(helper);
	muster_interval_stop(helper->interval);
	return NULL;
}

static void *stop_the_worker(void *argument)
{
	const struct helper *helper = argument;

	await_sleep(helper);
	(void)eventfd_write(helper->worker_fd, 1);
	return NULL;
}

/* Waits for ever while the helper does its work; what wait returned. */
static int wait_with_help(struct helper *helper, void *(*work)(void *))
{
	pthread_t thread;
	int r;

	helper->waiter = pthread_self();
	helper->waiter_tid = gettid();
	assert_int_equal(pthread_create(&thread, NULL, work, helper), 0);
	r = muster_interval_wait(helper->interval, NULL);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return r;
}

static struct helper helper_make(struct muster_worker *worker)
{
	return (struct helper){
		.interval = interval_make(worker, 1, MUSTER_FOREVER, 0),
		.worker_fd = worker ? worker->stop_fd : -1,
	};
}

static void another_thread_stops_a_wait_that_is_on(void **state)
{
	struct helper helper = helper_make(NULL);

	(void)state;
	assert_int_equal(wait_with_help(&helper, stop_the_sleeper), 0);
	check_stopped(helper.interval);
	muster_interval_free(helper.interval);
}

static void a_signal_handler_stops_a_wait_that_is_on(void **state)
{
	struct helper helper = helper_make(NULL);

	(void)state;
	signals_begin(helper.interval);
	assert_int_equal(wait_with_help(&helper, signal_the_sleeper), 0);
	assert_int_equal(atomic_load(&handled), 1);
	check_stopped(helper.interval);
	muster_interval_free(helper.interval);
}

static void other_signals_do_not_end_a_wait(void **state)
{
	struct helper helper = helper_make(NULL);

	(void)state;
	signals_begin(NULL);
	assert_int_equal(wait_with_help(&helper, signal_and_stop_the_sleeper),
			 0);
	assert_int_equal(atomic_load(&handled), 3);
	muster_interval_free(helper.interval);
}

static void the_stop_of_the_worker_ends_a_wait_that_is_on(void **state)
{
	struct muster_worker worker = {eventfd(0, EFD_CLOEXEC)};
	struct helper helper = helper_make(&worker);

	(void)state;
	assert_int_equal(wait_with_help(&helper, stop_the_worker), 0);
	check_stopped(helper.interval);
	muster_interval_free(helper.interval);
	assert_int_equal(close(worker.stop_fd), 0);
}

static void a_worker_that_goes_on_ends_nothing(void **state)
{
	struct muster_worker worker = {eventfd(0, EFD_CLOEXEC)};
	struct muster_interval *interval = interval_make(&worker, 1, 0, 0);

	(void)state;
	assert_int_equal(muster_interval_wait(interval, NULL), 1);
	assert_int_equal(muster_interval_wait_for(interval, 1), 1);
	muster_interval_free(interval);
	assert_int_equal(close(worker.stop_fd), 0); /* still the worker's */
}

static void a_worker_without_a_stop_is_an_error(void **state)
{
	struct muster_interval_options options = MUSTER_INTERVAL_OPTIONS_INIT;
	struct muster_worker worker = {-ENFILE};
	struct muster_interval *interval = NULL;
	int first_fd = next_fd();

	(void)state;
	options.interval_ns = 1;
	assert_int_equal(muster_interval_new(&worker, &options, &interval),
			 -ENFILE);
	assert_null(interval);
	assert_int_equal(next_fd(), first_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		interval_test(a_stop_before_the_first_wait_holds),
		interval_test(a_second_stop_changes_nothing),
		interval_test(no_number_of_stops_does_harm),
		interval_test(another_thread_stops_a_wait_that_is_on),
		interval_test(a_signal_handler_stops_a_wait_that_is_on),
		interval_test(other_signals_do_not_end_a_wait),
		interval_test(the_stop_of_the_worker_ends_a_wait_that_is_on),
		interval_test(a_worker_that_goes_on_ends_nothing),
		interval_test(a_worker_without_a_stop_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

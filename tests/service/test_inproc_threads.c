/*
 * test_inproc_threads.c - services that are to be stopped or restarted when no
 * thread can be made for it: it matters where every start() still runs.
 *
 * pthread_create is this file's own: once start() was called it can fail.
 */
#include <dlfcn.h>
#include <semaphore.h>

#include "service/manager.h"

#define STOP_LINE "No thread to stop the services: "
#define RESTART_LINE "No thread to restart the services: "

static atomic_int to_fail;
static int to_fail_then;
static sem_t stopped;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		   void *(*run)(void *), void *argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		      void *);

	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	if (atomic_load(&to_fail) > 0) {
		atomic_fetch_sub(&to_fail, 1);
		return EAGAIN;
	}
	return create(thread, attributes, run, argument);
}

static int start_without_threads(struct muster_worker *worker, void *data)
{
	atomic_store(&to_fail, to_fail_then);
	return say_start(worker, data);
}

static int start_until_stopped(struct muster_worker *worker, void *data)
{
	int r = start_without_threads(worker, data);

	(void)muster_worker_ready(worker);
	while (sem_wait(&stopped) < 0)
		;
	return r;
}

static void stop_start(struct muster_worker *worker, void *data, bool graceful)
{
	say_stop(worker, data, graceful);
	(void)sem_post(&stopped);
}

static int tell_failing(int failures, uint64_t graceful_ns)
{
	struct cast cast;

	to_fail_then = failures;
	(void)sem_init(&stopped, 0, 0);
	cast_make(&cast);
	cast.options.graceful_timeout_ns = graceful_ns;
	cast.ops.start = start_until_stopped;
	cast.ops.stop = stop_start;
	return cast_run(&cast);
}

static int tell_one_failure(void)
{
	return tell_failing(1, 0);
}

static int tell_failures(void)
{
	return tell_failing(3, 0);
}

static int tell_failures_for_ever(void)
{
	return tell_failing(INT32_MAX, 300 * NSEC_PER_MSEC);
}

static int tell_failures_when_idle(void)
{
	struct cast cast;

	to_fail_then = INT32_MAX;
	cast_make(&cast);
	cast.ops.start = start_without_threads;
	return cast_run(&cast);
}

static void a_stop_is_tried_until_it_has_a_thread(void **state)
{
	struct story *story = story_begin(tell_failures);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, STOP_LINE "Resource temporarily unavailable");
	story_expect(story, "stop");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, STOP_LINE), 1);
}

/* It would hang, for all we know, in the thread that knows the deadline. */
static void a_stop_without_a_thread_ends_at_the_deadline(void **state)
{
	struct story *story = story_begin(tell_failures_for_ever);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, STOP_LINE);
	story_expect(story, "Graceful shutdown timeout exceeded");
	story_expect_end(story, 1);
	assert_int_equal(story_count(story, STOP_LINE), 1);
	assert_int_equal(story_count(story, "\nstop\n"), 0);
}

/* Nobody has lost anything; it may be asked for again. */
static void a_restart_without_a_thread_is_none(void **state)
{
	struct story *story = story_begin(tell_one_failure);

	(void)state;
	check_hears("READY=1");
	story_signal(story, SIGHUP);
	story_expect(story, RESTART_LINE "Resource temporarily unavailable");
	check_hears("RELOADING=1");
	check_hears("READY=1");
	story_signal(story, SIGHUP);
	story_expect(story, "stop");
	story_expect(story, "start");
	/* Which has asked for one failure more. */
	story_signal(story, SIGTERM);
	story_expect(story, STOP_LINE);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "\nreset\n"), 1);
	assert_int_equal(story_count(story, RESTART_LINE), 1);
}

/* There is one, and it has nothing else to do. */
static void where_a_start_has_returned_a_stop_needs_no_thread(void **state)
{
	struct story *story = story_begin(tell_failures_when_idle);

	(void)state;
	check_hears("READY=1");
	story_signal(story, SIGTERM);
	story_expect(story, "stop");
	story_expect_end(story, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(a_stop_is_tried_until_it_has_a_thread),
		story_test(a_stop_without_a_thread_ends_at_the_deadline),
		cmocka_unit_test_setup_teardown(
			a_restart_without_a_thread_is_none, listen_abstractly,
			listen_no_more),
		cmocka_unit_test_setup_teardown(
			where_a_start_has_returned_a_stop_needs_no_thread,
			listen_abstractly, listen_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

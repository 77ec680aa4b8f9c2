/*
 * test_inproc_asks.c - stops and restarts that the program itself asks for, in
 * any thread, in signal handlers, before and after.
 */
#include "service/test_inproc.h"

static struct muster_launcher *_Atomic launched;
static pthread_t asker;

static void *ask_for_a_stop(void *data)
{
	(void)data;
	(void)muster_launcher_stop(atomic_load(&launched));
	(void)muster_launcher_stop(atomic_load(&launched));
	return NULL;
}

static void stop_and_join(struct muster_worker *worker, void *data,
			  bool graceful)
{
	(void)pthread_join(asker, NULL);
	say_stop(worker, data, graceful);
}

static int start_an_asker(struct muster_worker *worker, void *data)
{
	(void)pthread_create(&asker, NULL, ask_for_a_stop, NULL);
	return say_start(worker, data);
}

static int tell(struct cast *cast)
{
	if (!cast_open(cast))
		return STORY_REFUSED;
	atomic_store(&launched, cast->launcher);
	return cast_end(cast);
}

static int tell_a_thread(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.ops.start = start_an_asker;
	cast.ops.stop = stop_and_join;
	return tell(&cast);
}

/* Case 15: twice is as once. */
static void any_thread_may_stop_it(void **state)
{
	struct story *story = story_begin(tell_a_thread);

	(void)state;
	story_expect(story, "stop");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "stop\n"), 1);
	/* Nobody sent a signal. */
	assert_int_equal(story_count(story, "SIGTERM"), 0);
}

static void handle_stop(int signo)
{
	int saved = errno;

	(void)signo;
	errno = EXDEV;
	if (muster_launcher_stop(atomic_load(&launched)) < 0 || errno != EXDEV)
		say("wrong");
	errno = saved;
}

static void handle_restart(int signo)
{
	(void)signo;
	if (muster_launcher_restart(atomic_load(&launched)) < 0)
		say("wrong");
}

static int tell_handlers(void)
{
	struct sigaction stop = {.sa_handler = handle_stop};
	struct sigaction restart = {.sa_handler = handle_restart};
	struct cast cast;

	(void)sigaction(SIGUSR1, &stop, NULL);
	(void)sigaction(SIGUSR2, &restart, NULL);
	cast_make(&cast);
	return tell(&cast);
}

static void a_signal_handler_may_ask(void **state)
{
	struct story *story = story_begin(tell_handlers);

	(void)state;
	story_expect(story, "start");
	for (int i = 0; i < 3; i++) {
		story_signal(story, SIGUSR2);
		story_expect(story, "stop");
		story_expect(story, "reset");
		story_expect(story, "start");
	}
	story_signal(story, SIGUSR1);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "wrong"), 0);
}

static int tell_stop_before_wait(void)
{
	struct cast cast;

	cast_make(&cast);
	if (!cast_open(&cast) || muster_launcher_stop(cast.launcher) < 0)
		return STORY_REFUSED;
	return cast_end(&cast);
}

static void a_stop_before_wait_begins_nothing(void **state)
{
	struct story *story = story_begin(tell_stop_before_wait);

	(void)state;
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "start"), 0);
}

/* Asked for before there was a start to be done anew, and done right after it:
 * the start must not be lost to it. */
static int tell_mutate_before_wait(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.restart_method = MUSTER_METHOD_MUTATE;
	if (!cast_open(&cast) || muster_launcher_restart(cast.launcher) < 0)
		return STORY_REFUSED;
	return cast_end(&cast);
}

static void a_mutation_at_the_start_does_not_take_its_place(void **state)
{
	struct story *story = story_begin(tell_mutate_before_wait);

	(void)state;
	/* In either order; "Restarted" is no start. */
	story_expect(story, "start\n");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "start\n"), 1);
}

static int tell_free_before_wait(void)
{
	struct cast cast;

	cast_make(&cast);
	if (!cast_open(&cast))
		return STORY_REFUSED;
	muster_launcher_free(cast.launcher);
	return cast_run(&cast);
}

static void one_that_never_ran_can_be_freed(void **state)
{
	struct story *story = story_begin(tell_free_before_wait);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "start\n"), 1);
}

static int tell_wait_again(void)
{
	int result = MUSTER_EXIT(7);
	struct cast cast;

	cast_make(&cast);
	cast.service.data = &result;
	if (!cast_open(&cast) || muster_launcher_wait(cast.launcher) != 7)
		return STORY_REFUSED;
	say("again");
	return cast_end(&cast);
}

static void what_has_ended_has_ended(void **state)
{
	struct story *story = story_begin(tell_wait_again);

	(void)state;
	story_expect(story, "again");
	story_expect_end(story, 7);
	assert_int_equal(story_count(story, "start\n"), 1);
}

/* The first stop() lets the test do something meanwhile: until SIGUSR1. */
static void stop_at_leisure(struct muster_worker *worker, void *data,
			    bool graceful)
{
	static bool is_later;
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (!is_later) {
		say("waiting");
		(void)sigwait(&set, &signo);
	}
	is_later = true;
	say_stop(worker, data, graceful);
}

static int tell_leisurely(void)
{
	struct cast cast;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	cast_make(&cast);
	cast.ops.stop = stop_at_leisure;
	return tell(&cast);
}

/* Any number of them, while one is on, is one more. */
static void a_restart_while_one_is_on_comes_after_it(void **state)
{
	struct story *story = story_begin(tell_leisurely);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "waiting");
	for (int i = 0; i < 3; i++) {
		story_signal(story, SIGHUP);
		story_expect(story, "Caught SIGHUP, handling");
	}
	story_signal(story, SIGUSR1);
	story_expect(story, "Restarted");
	story_expect(story, "Restarted");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "reset\n"), 2);
	assert_int_equal(story_count(story, "start\n"),
			 story_count(story, "stop\n"));
}

/* TERM has the last word: nothing begins anew. */
static void a_term_while_a_restart_is_on_ends_it(void **state)
{
	struct story *story = story_begin(tell_leisurely);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "waiting");
	story_signal(story, SIGTERM);
	story_expect(story, "Caught SIGTERM");
	story_signal(story, SIGHUP);
	story_expect(story, "Caught SIGHUP");
	story_signal(story, SIGUSR1);
	story_expect(story, "reset");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "start\n"), 1);
	assert_int_equal(story_count(story, "stop\n"), 1);
	assert_int_equal(story_count(story, "Restarted"), 0);
}

static int start_stopping_itself(struct muster_worker *worker, void *data)
{
	if (muster_worker_stop(worker) < 0)
		return -EINVAL;
	return say_start(worker, data);
}

static int tell_stopping_itself(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.ops.start = start_stopping_itself;
	return cast_run(&cast);
}

static void a_service_may_stop_its_process(void **state)
{
	struct story *story = story_begin(tell_stopping_itself);

	(void)state;
	story_expect(story, "start");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "stop\n"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(any_thread_may_stop_it),
		story_test(a_signal_handler_may_ask),
		story_test(a_stop_before_wait_begins_nothing),
		story_test(a_mutation_at_the_start_does_not_take_its_place),
		story_test(one_that_never_ran_can_be_freed),
		story_test(what_has_ended_has_ended),
		story_test(a_restart_while_one_is_on_comes_after_it),
		story_test(a_term_while_a_restart_is_on_ends_it),
		story_test(a_service_may_stop_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

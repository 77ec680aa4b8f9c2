/*
 * test_inproc_echo.c - a second SIGTERM that is the echo of the first: from the
 * same process within 20 ms (timeout(1) sends one to its child and at once
 * another one to its group), by a clock that this test moves.
 */
#include <time.h>

#include "service/test_inproc.h"

#define TERM_LINE "Caught SIGTERM signal"

static _Atomic uint64_t now_ns;

/* Instead of the one in libloop.a. */
uint64_t clock_now_ns(void)
{
	return atomic_load(&now_ns);
}

static uint64_t later_ns; /* the second one comes by so much */
static pid_t second;	  /* and is sent by this process */

/* In the thread that waits, while it is taking the first. */
static void log_and_repeat(void *data, enum muster_log_level level,
			   const char *line)
{
	say_log(data, level, line);
	if (strncmp(line, TERM_LINE, strlen(TERM_LINE)) != 0)
		return;
	atomic_fetch_add(&now_ns, later_ns);
	if (second < 0)
		(void)kill(getpid(), SIGTERM);
	else
		say("now");
}

/* Ends when the test says so: SIGUSR1. */
static void stop_when_told(struct muster_worker *worker, void *data,
			   bool graceful)
{
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	say("waiting");
	(void)sigwait(&set, &signo);
	say_stop(worker, data, graceful);
}

static int start_by_term(struct muster_worker *worker, void *data)
{
	(void)kill(getpid(), SIGTERM);
	return say_start(worker, data);
}

static int tell_twice(void)
{
	struct cast cast;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	atomic_store(&now_ns, NSEC_PER_SEC);
	cast_make(&cast);
	cast.options.log = log_and_repeat;
	cast.options.graceful_timeout_ns = MUSTER_FOREVER;
	cast.ops.start = start_by_term;
	cast.ops.stop = stop_when_told;
	return cast_run(&cast);
}

static void an_echo_is_ignored(void **state)
{
	struct story *story;

	(void)state;
	second = -1;
	later_ns = 20 * NSEC_PER_MSEC - 1;
	story = story_begin(tell_twice);
	story_expect(story, "waiting");
	/* It is taken in order: what a HUP says comes after it. */
	story_signal(story, SIGHUP);
	story_expect(story, "Caught SIGHUP");
	story_signal(story, SIGUSR1);
	story_expect_end(story, 0);
}

static void the_same_is_none_after_20_ms(void **state)
{
	struct story *story;

	(void)state;
	second = -1;
	later_ns = 20 * NSEC_PER_MSEC;
	story = story_begin(tell_twice);
	story_expect_end(story, 128 + SIGTERM);
}

static void somebody_elses_is_none_at_any_time(void **state)
{
	struct story *story;

	(void)state;
	second = getpid();
	later_ns = 0;
	story = story_begin(tell_twice);
	story_expect(story, "now");
	story_signal(story, SIGTERM);
	story_expect_end(story, 128 + SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(an_echo_is_ignored),
		story_test(the_same_is_none_after_20_ms),
		story_test(somebody_elses_is_none_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

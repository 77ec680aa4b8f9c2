/*
 * test_inproc_faults.c - services that fail, leave, fork, close everything or
 * ask from the wrong place (B21-B27, table O).
 */
#include <semaphore.h>

#include "service/test_inproc.h"

#define CUT_LINE \
	"A service has closed descriptors that are not its own, exiting"
#define START_LINE "Error starting thread. [service web: "

static struct muster_launcher *_Atomic launched;

/* The story's service, whose start() this is. */
static int tell_start(int (*start)(struct muster_worker *, void *))
{
	struct cast cast;

	cast_make(&cast);
	cast.ops.start = start;
	if (!cast_open(&cast))
		return STORY_REFUSED;
	atomic_store(&launched, cast.launcher);
	return cast_end(&cast);
}

static int tell_stop(void (*stop)(struct muster_worker *, void *, bool))
{
	struct cast cast;

	cast_make(&cast);
	cast.ops.stop = stop;
	if (!cast_open(&cast))
		return STORY_REFUSED;
	atomic_store(&launched, cast.launcher);
	return cast_end(&cast);
}

static void check_ends(int (*tell)(void), const char *line, int status)
{
	struct story *story = story_begin(tell);

	if (line)
		story_expect(story, line);
	story_expect_end(story, status);
	(void)story_close(NULL);
}

static void check_term(int (*tell)(void), const char *line, int status)
{
	struct story *story = story_begin(tell);

	story_expect(story, "start");
	story_signal(story, SIGTERM);
	if (line)
		story_expect(story, line);
	story_expect_end(story, status);
	(void)story_close(NULL);
}

static int with_result(int result)
{
	struct cast cast;

	cast_make(&cast);
	cast.service.data = &result;
	return cast_run(&cast);
}

static int tell_errno(void)
{
	return with_result(-ENOENT);
}

static int tell_a_number(void)
{
	return with_result(5);
}

static int tell_exit_5(void)
{
	return with_result(MUSTER_EXIT(5));
}

static int tell_exit_0(void)
{
	return with_result(MUSTER_EXIT(0));
}

/* B22, case 4. */
static void a_start_that_fails_ends_it_with_1(void **state)
{
	(void)state;
	check_ends(tell_errno, START_LINE "No such file or directory]", 1);
	check_ends(tell_a_number, START_LINE "start() failed]", 1);
}

/* B23. */
static void a_start_may_ask_for_a_status(void **state)
{
	(void)state;
	check_ends(tell_exit_5, "Service web asks to exit with status 5", 5);
	check_ends(tell_exit_0, "Service web asks to exit with status 0", 0);
}

static int tell_two_of_which_one_fails(void)
{
	static int result = -EIO;
	struct cast cast;

	cast_make(&cast);
	if (!cast_open(&cast))
		return STORY_REFUSED;
	cast.service.data = &result;
	if (muster_launcher_add(cast.launcher, &cast.service, 1) != 1)
		return STORY_REFUSED;
	return cast_end(&cast);
}

static void one_that_fails_stops_the_other(void **state)
{
	struct story *story = story_begin(tell_two_of_which_one_fails);

	(void)state;
	story_expect(story, START_LINE "Input/output error]");
	story_expect_end(story, 1);
	/* Without patience; if the other had begun at all. */
	assert_int_equal(story_count(story, "stop at once\n") + 1,
			 story_count(story, "start\n"));
}

static sem_t stopped;

static int start_until_stopped(struct muster_worker *worker, void *data)
{
	(void)muster_worker_ready(worker);
	(void)say_start(worker, NULL);
	while (sem_wait(&stopped) < 0)
		;
	return *(int *)data;
}

static void stop_start(struct muster_worker *worker, void *data, bool graceful)
{
	say_stop(worker, data, graceful);
	(void)sem_post(&stopped);
}

static int tell_failing_in_a_reload(void)
{
	int result = MUSTER_EXIT(5);
	struct cast cast;

	cast_make(&cast);
	cast.service.data = &result;
	cast.ops.start = start_until_stopped;
	cast.ops.stop = stop_start;
	(void)sem_init(&stopped, 0, 0);
	return cast_run(&cast);
}

/* Also when all is over before anybody has looked. */
static void a_start_that_fails_in_a_reload_ends_it(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct story *story = story_begin(tell_failing_in_a_reload);

		story_expect(story, "start");
		story_signal(story, SIGHUP);
		story_expect(story, "Service web asks to exit with status 5");
		story_expect_end(story, 5);
		assert_int_equal(story_count(story, "stop\n"), 1);
		assert_int_equal(story_count(story, "Restarted"), 0);
		(void)story_close(NULL);
	}
}

static int start_by_exit(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	exit(7); /* NOLINT(concurrency-mt-unsafe): the story */
}

static int start_by_quick_exit(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	_exit(7);
}

static int start_by_abort(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	abort();
}

static int start_by_pthread_exit(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	pthread_exit(NULL);
}

static int tell_exiting(void)
{
	return tell_start(start_by_exit);
}

static int tell_exiting_quickly(void)
{
	return tell_start(start_by_quick_exit);
}

static int tell_aborting(void)
{
	return tell_start(start_by_abort);
}

static int tell_leaving_the_thread(void)
{
	return tell_start(start_by_pthread_exit);
}

static void a_service_may_end_the_process(void **state)
{
	(void)state;
	check_ends(tell_exiting, NULL, 7);
	check_ends(tell_exiting_quickly, NULL, 7);
	check_ends(tell_aborting, NULL, 128 + SIGABRT);
}

static void a_start_that_leaves_its_thread_ends_it_with_1(void **state)
{
	(void)state;
	check_ends(tell_leaving_the_thread, START_LINE, 1);
}

static int start_closing_everything(struct muster_worker *worker, void *data)
{
	for (int fd = 3; fd < 256; fd++)
		if (fd != story_fd)
			(void)close(fd);
	return say_start(worker, data);
}

/* What the main thread is at; 0 where that cannot be read. */
static long main_call(void)
{
	char path[64];
	char text[64] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/syscall",
		       getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = '\0';
	(void)close(fd);
	return strtol(text, NULL, 10);
}

/* Of what was replaced before that it would hear at once. No descriptor tells
 * of it: it is looked at again and again. */
static void wait_until_it_is_polled(void)
{
	for (int i = 0; i < 1000 && main_call() != SYS_ppoll; i++)
		(void)poll(NULL, 0, 1);
}

/* Instead of each stands another file, that says zeros or nothing at all. */
static int start_replacing_everything(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	wait_until_it_is_polled();
	for (int i = 3; i < 256; i++)
		if (i != story_fd && i != fd && fcntl(i, F_GETFD) >= 0)
			(void)dup2(fd, i);
	return say_start(NULL, NULL);
}

static int start_with_zeros(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	return start_replacing_everything("/dev/zero");
}

static int start_with_nothing(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	return start_replacing_everything("/dev/null");
}

static int tell_closing_everything(void)
{
	return tell_start(start_closing_everything);
}

static int tell_with_zeros(void)
{
	return tell_start(start_with_zeros);
}

static int tell_with_nothing(void)
{
	return tell_start(start_with_nothing);
}

/* Nobody could stop it in order any more. */
static void one_that_closes_all_descriptors_ends_with_70(void **state)
{
	(void)state;
	check_ends(tell_closing_everything, "start", 70);
}

/* Or sooner, where it looks after they were replaced: before it waits, say. */
static void check_replaced(int (*tell)(void))
{
	struct story *story = story_begin(tell);

	story_expect(story, "");
	story_signal(story, SIGTERM);
	story_expect_end(story, 70);
	assert_int_equal(story_count(story, CUT_LINE "\n"), 1);
	(void)story_close(NULL);
}

static void
one_that_replaces_descriptors_ends_with_70_when_stopped(void **state)
{
	(void)state;
	check_replaced(tell_with_zeros);
	check_replaced(tell_with_nothing);
}

static int start_blocking_signals(struct muster_worker *worker, void *data)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	return say_start(worker, data);
}

static int tell_blocking_signals(void)
{
	return tell_start(start_blocking_signals);
}

static void one_that_blocks_all_signals_is_stopped_too(void **state)
{
	(void)state;
	check_term(tell_blocking_signals, "stop", 0);
}

static void stop_by_its_launcher(struct muster_worker *worker, void *data,
				 bool graceful)
{
	if (muster_launcher_stop(atomic_load(&launched)) == 0 &&
	    muster_launcher_restart(atomic_load(&launched)) == 0 &&
	    muster_worker_stop(worker) == 0)
		say_stop(worker, data, graceful);
}

static int tell_stopping_in_stop(void)
{
	return tell_stop(stop_by_its_launcher);
}

/* Case 15: it is on already. */
static void a_stop_inside_stop_is_harmless(void **state)
{
	(void)state;
	check_term(tell_stopping_in_stop, "stop", 0);
}

static void stop_by_pthread_exit(struct muster_worker *worker, void *data,
				 bool graceful)
{
	say_stop(worker, data, graceful);
	pthread_exit(NULL);
}

static int tell_leaving_the_stewards_thread(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = 100 * NSEC_PER_MSEC;
	cast.ops.stop = stop_by_pthread_exit;
	return cast_run(&cast);
}

static void a_stop_that_leaves_its_thread_ends_at_the_deadline(void **state)
{
	(void)state;
	check_term(tell_leaving_the_stewards_thread,
		   "Graceful shutdown timeout exceeded", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(a_start_that_fails_ends_it_with_1),
		story_test(a_start_may_ask_for_a_status),
		story_test(one_that_fails_stops_the_other),
		story_test(a_start_that_fails_in_a_reload_ends_it),
		story_test(a_service_may_end_the_process),
		story_test(a_start_that_leaves_its_thread_ends_it_with_1),
		story_test(one_that_closes_all_descriptors_ends_with_70),
		story_test(
			one_that_replaces_descriptors_ends_with_70_when_stopped),
		story_test(one_that_blocks_all_signals_is_stopped_too),
		story_test(a_stop_inside_stop_is_harmless),
		story_test(a_stop_that_leaves_its_thread_ends_at_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

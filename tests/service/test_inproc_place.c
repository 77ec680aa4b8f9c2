/*
 * test_inproc_place.c - which launcher muster_launch makes, what it refuses,
 * and several of them, or a guest, in one process (cases 16-18, 21, 22, 25, 99;
 * B4-B9, B11-B13).
 */
#include "service/test_inproc.h"

#define BUSY_LINE "another launcher has this process's signals"

/* The last line of the log that refused something. */
static char refusal[512];

static void keep_log(void *data, enum muster_log_level level, const char *line)
{
	(void)data;
	if (level == MUSTER_LOG_ERROR)
		(void)snprintf(refusal, sizeof(refusal), "%s", line);
}

static void make_cast(struct cast *cast)
{
	cast_make(cast);
	cast->options.log = keep_log;
	refusal[0] = '\0';
}

static void check_launch(struct cast *cast, int workers, int r, const char *why)
{
	struct muster_launcher *launcher = NULL;

	refusal[0] = '\0';
	assert_int_equal(muster_launch(&cast->options, &cast->service, workers,
				       MUSTER_METHOD_RELOAD, &launcher),
			 r);
	assert_string_equal(refusal, why);
	assert_true((r < 0) == (launcher == NULL));
	/* Only what runs workers has a supervisor. */
	if (launcher)
		assert_null(muster_launcher_muster(launcher));
	assert_null(muster_launcher_free(launcher));
}

/* Cases 16, 17 and 25. */
static void one_worker_is_a_service_launcher(void **state)
{
	struct cast cast;

	(void)state;
	make_cast(&cast);
	check_launch(&cast, MUSTER_WORKERS_UNSET, 0, "");
	check_launch(&cast, 1, 0, "");
}

/* Case 18. */
static void less_than_one_worker_is_refused(void **state)
{
	static const char why[] = "Number of workers should be positive!";
	struct cast cast;

	(void)state;
	make_cast(&cast);
	check_launch(&cast, 0, -EINVAL, why);
	check_launch(&cast, -2, -EINVAL, why);
}

/* Cases 21 and 22. */
static void a_service_that_is_none_is_refused(void **state)
{
	struct muster_launcher *launcher = NULL;
	struct cast cast;

	(void)state;
	make_cast(&cast);
	assert_int_equal(
		muster_launch(NULL, NULL, 1, MUSTER_METHOD_RELOAD, &launcher),
		-EINVAL);
	assert_int_equal(muster_launch(&cast.options, &cast.service, 1,
				       MUSTER_METHOD_RELOAD, NULL),
			 -EINVAL);
	cast.ops.start = NULL;
	check_launch(&cast, 1, -EINVAL, "a service without start");
	cast.service.ops = NULL;
	check_launch(&cast, 1, -EINVAL, "a service without ops");
	assert_null(launcher);
}

/* B3: the argument counts, not the option. */
static void a_method_that_there_is_not_is_refused(void **state)
{
	struct muster_launcher *launcher = NULL;
	struct cast cast;

	(void)state;
	make_cast(&cast);
	assert_int_equal(muster_launch(&cast.options, &cast.service, 1,
				       MUSTER_METHODS, &launcher),
			 -EINVAL);
	assert_string_equal(refusal, "Invalid restart_method: 2");
	assert_null(launcher);
	cast.options.restart_method = MUSTER_METHODS;
	check_launch(&cast, 1, 0, "");
}

static struct muster_launcher *launcher_make(struct cast *cast)
{
	struct muster_launcher *launcher = NULL;

	assert_int_equal(muster_service_launcher_new(&cast->options, &launcher),
			 0);
	return launcher;
}

/* B7. */
static void a_service_launcher_has_one_worker_each(void **state)
{
	static const char why[] = "Launcher asked to start multiple workers";
	struct muster_launcher *launcher;
	struct cast cast;

	(void)state;
	make_cast(&cast);
	launcher = launcher_make(&cast);
	assert_int_equal(muster_launcher_add(launcher, &cast.service, 2),
			 -EINVAL);
	assert_string_equal(refusal, why);
	assert_string_equal(muster_launcher_error(launcher), why);
	assert_int_equal(muster_launcher_add(launcher, &cast.service, 0),
			 -EINVAL);
	assert_string_equal(refusal, "Number of workers should be positive!");
	assert_int_equal(muster_launcher_add(launcher, NULL, 1), -EINVAL);
	assert_string_equal(muster_launcher_error(launcher), "no service");
	assert_int_equal(muster_launcher_add(launcher, &cast.service, 1), 0);
	assert_int_equal(muster_launcher_add(launcher, &cast.service,
					     MUSTER_WORKERS_UNSET),
			 1);
	assert_string_equal(muster_launcher_error(launcher), "");
	assert_int_equal(muster_launcher_set_workers(launcher, 0, 2), -EINVAL);
	assert_string_equal(muster_launcher_error(launcher), why);
	muster_launcher_free(launcher);
}

static void a_launcher_without_services_does_not_run(void **state)
{
	struct muster_launcher *launcher;
	struct cast cast;

	(void)state;
	make_cast(&cast);
	launcher = launcher_make(&cast);
	assert_int_equal(muster_launcher_wait(launcher), -EINVAL);
	assert_string_equal(muster_launcher_error(launcher),
			    "no service was added");
	muster_launcher_free(launcher);
}

static void nothing_is_no_launcher(void **state)
{
	(void)state;
	assert_int_equal(muster_service_launcher_new(NULL, NULL), -EINVAL);
	assert_null(muster_launcher_free(NULL));
	assert_int_equal(muster_launcher_wait(NULL), -EINVAL);
	assert_int_equal(muster_launcher_stop(NULL), -EINVAL);
	assert_int_equal(muster_launcher_restart(NULL), -EINVAL);
	assert_int_equal(muster_launcher_set_workers(NULL, 0, 1), -EINVAL);
	assert_int_equal(muster_launcher_add(NULL, NULL, 1), -EINVAL);
	assert_null(muster_launcher_muster(NULL));
	assert_string_equal(muster_launcher_error(NULL), "");
}

/* B11: in the reference they steal each other's signals. */
static void a_second_launcher_is_refused_the_signals(void **state)
{
	struct muster_launcher *second = NULL;
	struct muster_launcher *launcher;
	struct cast cast;

	(void)state;
	make_cast(&cast);
	launcher = launcher_make(&cast);
	assert_int_equal(muster_service_launcher_new(&cast.options, &second),
			 -EBUSY);
	assert_string_equal(refusal, BUSY_LINE);
	assert_null(second);
	cast.options.is_guest = true;
	second = launcher_make(&cast);
	muster_launcher_free(second);
	muster_launcher_free(launcher);
	cast.options.is_guest = false;
	muster_launcher_free(launcher_make(&cast));
}

static uint64_t blocked_signals(void)
{
	uint64_t bits = 0;
	sigset_t mask;

	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &mask), 0);
	for (int signo = 1; signo <= 64; signo++)
		if (sigismember(&mask, signo) == 1)
			bits |= UINT64_C(1) << (signo - 1);
	return bits;
}

static void signals_are_given_back(void **state)
{
	uint64_t given = blocked_signals();
	struct muster_launcher *launcher;
	struct cast cast;

	(void)state;
	make_cast(&cast);
	launcher = launcher_make(&cast);
	assert_true(blocked_signals() != given);
	muster_launcher_free(launcher);
	assert_true(blocked_signals() == given);
	cast.options.is_guest = true;
	launcher = launcher_make(&cast);
	assert_true(blocked_signals() == given);
	muster_launcher_free(launcher);
}

static struct muster_launcher *_Atomic guest;

static void handle_term(int signo)
{
	(void)signo;
	say("the program's own handler");
	(void)muster_launcher_stop(atomic_load(&guest));
}

static int tell_guest(void)
{
	struct sigaction action = {.sa_handler = handle_term};
	struct cast cast;

	(void)setenv("NOTIFY_SOCKET", "@nobody", 1);
	(void)sigaction(SIGTERM, &action, NULL);
	cast_make(&cast);
	cast.options.is_guest = true;
	if (!cast_open(&cast))
		return STORY_REFUSED;
	if (getenv("NOTIFY_SOCKET"))
		say("its NOTIFY_SOCKET");
	atomic_store(&guest, cast.launcher);
	return cast_end(&cast);
}

static void a_guest_leaves_signals_to_the_program(void **state)
{
	struct story *story = story_begin(tell_guest);

	(void)state;
	story_expect(story, "its NOTIFY_SOCKET");
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, "the program's own handler");
	story_expect(story, "stop");
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "Caught"), 0);
}

static void a_copy_of_the_process_has_no_launcher(void **state)
{
	struct muster_launcher *launcher;
	struct cast cast;
	int status;
	pid_t pid;

	(void)state;
	make_cast(&cast);
	launcher = launcher_make(&cast);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(muster_launcher_stop(launcher) == -ECHILD &&
				      muster_launcher_wait(launcher) ==
					      -ECHILD &&
				      !muster_launcher_free(launcher)
			      ? 0
			      : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	muster_launcher_free(launcher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker_is_a_service_launcher),
		cmocka_unit_test(less_than_one_worker_is_refused),
		cmocka_unit_test(a_service_that_is_none_is_refused),
		cmocka_unit_test(a_method_that_there_is_not_is_refused),
		cmocka_unit_test(a_service_launcher_has_one_worker_each),
		cmocka_unit_test(a_launcher_without_services_does_not_run),
		cmocka_unit_test(nothing_is_no_launcher),
		cmocka_unit_test(a_second_launcher_is_refused_the_signals),
		cmocka_unit_test(signals_are_given_back),
		story_test(a_guest_leaves_signals_to_the_program),
		cmocka_unit_test(a_copy_of_the_process_has_no_launcher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

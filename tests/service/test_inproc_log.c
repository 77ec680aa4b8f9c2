/*
 * test_inproc_log.c - the log's lines: to a function, to standard error, and to
 * one that nobody reads any more (B13, case 99).
 */
#include "service/test_inproc.h"

#define TERM_LINE "Caught SIGTERM signal, graceful exiting"

static enum muster_log_level level;
static bool hides_options;
static int error_fd = -1;  /* standard error of the story */
static int reader_fd = -1; /* of what is written there */

static int tell_to_a_function(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.log_level = level;
	cast.options.hides_options = hides_options;
	cast.options.graceful_timeout_ns = 20 * NSEC_PER_SEC;
	return cast_run(&cast);
}

static void check_lines(enum muster_log_level asked, bool is_hiding,
			int lines_of_options, int lines_of_term)
{
	struct story *story;

	level = asked;
	hides_options = is_hiding;
	story = story_begin(tell_to_a_function);
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(story_count(story, "Full set of CONF:"),
			 lines_of_options);
	assert_int_equal(story_count(story, "graceful_shutdown_timeout = 20"),
			 lines_of_options);
	assert_int_equal(story_count(story, "restart_method = reload"),
			 lines_of_options);
	assert_int_equal(story_count(story, TERM_LINE), lines_of_term);
	(void)story_close(NULL);
}

/* Case 99. */
static void options_are_listed_at_debug_level(void **state)
{
	(void)state;
	check_lines(MUSTER_LOG_DEBUG, false, 1, 1);
	check_lines(MUSTER_LOG_DEBUG, true, 0, 1);
	check_lines(MUSTER_LOG_INFO, false, 0, 1);
	check_lines(MUSTER_LOG_DEFAULT, false, 0, 1);
	check_lines(MUSTER_LOG_ERROR, false, 0, 0);
}

static int tell_to_stderr(void)
{
	static int result;
	struct cast cast;

	if (error_fd >= 0)
		(void)dup2(error_fd, STDERR_FILENO);
	else
		(void)close(STDERR_FILENO);
	(void)close(error_fd);
	(void)close(reader_fd);
	cast_make(&cast);
	cast.options.log = NULL;
	cast.service.data = &result;
	return cast_run(&cast);
}

static void open_stderr(void)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	reader_fd = fds[0];
	error_fd = fds[1];
}

static int close_stderr(void **state)
{
	if (reader_fd >= 0)
		(void)close(reader_fd);
	if (error_fd >= 0)
		(void)close(error_fd);
	reader_fd = -1;
	error_fd = -1;
	return story_close(state);
}

static void lines_go_to_standard_error(void **state)
{
	char said[4096] = "";
	struct story *story;

	(void)state;
	open_stderr();
	story = story_begin(tell_to_stderr);
	story_expect(story, "start");
	story_signal(story, SIGINT);
	story_expect_end(story, 1);
	assert_true(read(reader_fd, said, sizeof(said) - 1) > 0);
	assert_string_equal(said,
			    "Caught SIGINT signal, instantaneous exiting\n");
}

static void fill_stderr(void)
{
	char page[4096];

	memset(page, '\n', sizeof(page));
	assert_int_equal(fcntl(error_fd, F_SETFL, O_NONBLOCK), 0);
	while (write(error_fd, page, sizeof(page)) > 0)
		;
	while (write(error_fd, page, 1) > 0)
		;
	assert_int_equal(fcntl(error_fd, F_SETFL, 0), 0);
}

static void check_ends_without_reader(int signo, int status)
{
	struct story *story = story_begin(tell_to_stderr);

	story_expect(story, "start");
	story_signal(story, signo);
	story_expect_end(story, status);
	(void)close_stderr(NULL);
}

static void a_reader_that_stalls_holds_nothing_up(void **state)
{
	(void)state;
	open_stderr();
	fill_stderr();
	check_ends_without_reader(SIGTERM, 0);
	open_stderr();
	fill_stderr();
	check_ends_without_reader(SIGINT, 1);
}

static void a_stalled_log_does_not_hold_up_restarts(void **state)
{
	struct story *story;

	(void)state;
	open_stderr();
	fill_stderr();
	story = story_begin(tell_to_stderr);
	story_expect(story, "start");
	for (int i = 0; i < 50; i++) {
		story_signal(story, SIGHUP);
		story_expect(story, "reset");
		story_expect(story, "start");
	}
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
}

static void a_reader_that_is_gone_kills_nobody(void **state)
{
	struct story *story;

	(void)state;
	open_stderr();
	assert_int_equal(close(reader_fd), 0);
	reader_fd = -1;
	story = story_begin(tell_to_stderr);
	story_expect(story, "start");
	for (int i = 0; i < 3; i++) {
		story_signal(story, SIGHUP);
		story_expect(story, "reset");
		story_expect(story, "start");
	}
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
}

static void without_standard_error_nothing_is_said(void **state)
{
	(void)state;
	check_ends_without_reader(SIGTERM, 0);
}

/* What waits while the reader stalls is written once he reads again. */
static void what_was_said_meanwhile_is_not_lost(void **state)
{
	char said[65536 + 4096];
	struct story *story;
	size_t length = 0;
	ssize_t size;

	(void)state;
	open_stderr();
	fill_stderr();
	story = story_begin(tell_to_stderr);
	story_expect(story, "start");
	story_signal(story, SIGHUP);
	story_expect(story, "start");
	assert_int_equal(close(error_fd), 0);
	error_fd = -1;
	story_signal(story, SIGTERM);
	while ((size = read(reader_fd, said + length,
			    sizeof(said) - 1 - length)) > 0)
		length += (size_t)size;
	said[length] = '\0';
	story_expect_end(story, 0);
	assert_non_null(strstr(said, "\nCaught SIGHUP, handling\n"));
	assert_non_null(strstr(said, "\n" TERM_LINE "\n"));
}

#define log_test(function) cmocka_unit_test_teardown(function, close_stderr)

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(options_are_listed_at_debug_level),
		log_test(lines_go_to_standard_error),
		log_test(a_reader_that_stalls_holds_nothing_up),
		log_test(a_stalled_log_does_not_hold_up_restarts),
		log_test(a_reader_that_is_gone_kills_nobody),
		log_test(without_standard_error_nothing_is_said),
		log_test(what_was_said_meanwhile_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

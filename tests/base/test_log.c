/*
 * test_log.c - what a line looks like and which lines are kept.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "log_sink.h"

static void a_line_says_its_level_where_it_matters(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	open_log(&log, sink.writer);
	log_line(&log, LOG_ERROR, "a...", 1);
	log_line(&log, LOG_WARNING, "b", 1);
	log_line(&log, LOG_NOTICE, "c", 1);
	log_line(&log, LOG_INFO, "d", 1);
	log_line(&log, LOG_DEBUG, "e", 1);
	log_line(&log, LOG_INFO, "", 0);
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader), "test: error: a\n"
					       "test: warning: b\n"
					       "test: c\n"
					       "test: d\n"
					       "test: debug: e\n"
					       "test: \n");
}

static void a_formatted_line_is_a_line(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	open_log(&log, sink.writer);
	log_format(&log, LOG_ERROR, "worker %d %s", 7, "ended");
	log_format(&log, LOG_INFO, "%s", "");
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader),
			    "test: error: worker 7 ended\ntest: \n");
}

static void no_prefix_is_no_prefix(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	assert_int_equal(log_init(&log, sink.writer, LOG_INFO, NULL), 0);
	say(&log, "bare");
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader), "bare\n");
}

static void lines_above_the_level_are_not_kept(void **state)
{
	int level;
	int line;

	(void)state;
	for (level = 0; level < (int)LOG_LEVELS; level++) {
		_cleanup_(sink_fini) struct sink sink = sink_pipe();
		_cleanup_(log_fini) struct log log = LOG_NULL;

		open_log(&log, sink.writer);
		log.level = (enum log_level)level;
		for (line = 0; line < (int)LOG_LEVELS; line++) {
			size_t before = log.length;

			log_format(&log, (enum log_level)line, "x");
			assert_int_equal(log.length > before, line <= level);
			before = log.length;
			log_line(&log, (enum log_level)line, "x", 1);
			assert_int_equal(log.length > before, line <= level);
		}
		assert_int_equal(log.dropped, 0);
	}
}

static void nobody_can_end_a_line_or_command_the_terminal(void **state)
{
	static const char words[] = "a\nb\rc\x1b[2Jd\0e\x7f"
				    "f\tg\xc3\xa9";
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	open_log(&log, sink.writer);
	log_line(&log, LOG_INFO, words, sizeof(words) - 1);
	log_format(&log, LOG_INFO, "%s", "x\ny");
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader),
			    "test: a?b?c?[2Jd?e?f\tg\xc3\xa9\ntest: x?y\n");
}

static void lines_gather_until_they_are_flushed(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	open_log(&log, sink.writer);
	say(&log, "one");
	say(&log, "two");
	assert_string_equal(take(sink.reader), "");
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader), "test: one\ntest: two\n");
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader), "");
}

static void what_the_buffer_cannot_hold_is_taken_meanwhile(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct log_reader *reader = calloc(1, sizeof(*reader));
	unsigned long number = 0;

	(void)state;
	assert_non_null(reader);
	assert_true(fcntl(sink.writer, F_SETPIPE_SZ, 1 << 20) >= 1 << 20);
	open_log(&log, sink.writer);
	while (number < 5 * LOG_BUFFER_SIZE / 100)
		log_numbered(&log, number++, 100);
	assert_int_equal(log.dropped, 0);
	catch_up(&log, reader, sink.reader);
	assert_adds_up(reader, sink.reader, number);
	assert_int_equal(reader->notices, 0);
	free(reader);
}

static void the_end_of_the_log_flushes_it(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	struct log log;

	(void)state;
	open_log(&log, sink.writer);
	say(&log, "last words");
	log_fini(&log);
	assert_string_equal(take(sink.reader), "test: last words\n");
	log_fini(&log); /* the unborn and the dead are the same */
	assert_int_equal(log_flush(&log), 0);
}

static void what_is_forgotten_is_not_written_and_the_rest_is(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	struct log log;

	(void)state;
	open_log(&log, sink.writer);
	say(&log, "the parent's");
	log_forget(&log);
	say(&log, "the child's");
	log_fini(&log);
	assert_string_equal(take(sink.reader), "test: the child's\n");
}

static void without_a_sink_everything_is_dropped_quietly(void **state)
{
	_cleanup_(log_fini) struct log none = LOG_NULL;
	_cleanup_(log_fini) struct log closed = LOG_NULL;
	struct log unborn = LOG_NULL;
	int fd = dup(STDERR_FILENO);

	(void)state;
	open_log(&none, -1);
	say(&none, "x");
	assert_int_equal(log_flush(&none), 0);
	assert_int_equal(none.dropped, 0);

	assert_int_equal(close(fd), 0);
	open_log(&closed, fd);
	assert_int_equal(log_fd(&closed), -1);
	say(&closed, "x");
	assert_int_equal(log_flush(&closed), 0);

	say(&unborn, "x");
	log_format(&unborn, LOG_ERROR, "x");
	assert_int_equal(log_flush(&unborn), 0);
}

static void a_full_buffer_goes_to_a_file_at_once(void **state)
{
	_cleanup_fd_ int file = memfd_create("log", MFD_CLOEXEC);
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct log_reader *reader = calloc(1, sizeof(*reader));
	unsigned long number = 0;

	(void)state;
	assert_non_null(reader);
	open_log(&log, file);
	while (log.length < LOG_BUFFER_SIZE - 3 * LOG_OBJECT_SIZE)
		log_numbered(&log, number++, 1000);
	assert_int_equal(lseek(file, 0, SEEK_END), 0);
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(log.length, 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	log_reader_read(reader, file, SIZE_MAX);
	assert_int_equal(reader->expected, number);
	assert_int_equal(reader->notices, 0);
	free(reader);
}

/* The buffer takes a line that fills it to the last byte but the terminator;
 * one byte more, and the line is dropped whole. */
static void the_longest_line_fits_and_no_longer_one(void **state)
{
	static char letters[LOG_BUFFER_SIZE];
	size_t longest = LOG_BUFFER_SIZE - 1 - strlen(READER_PREFIX "\n");
	_cleanup_fd_ int file = memfd_create("log", MFD_CLOEXEC);
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	memset(letters, 'x', sizeof(letters));
	open_log(&log, file);
	log_line(&log, LOG_INFO, letters, longest);
	assert_int_equal(log.length, LOG_BUFFER_SIZE - 1);
	assert_int_equal(log.dropped, 0);
	assert_int_equal(log_flush(&log), 0);
	log_line(&log, LOG_INFO, letters, longest + 1);
	assert_int_equal(log.length, 0);
	assert_int_equal(log.dropped, 1);
	log_format(&log, LOG_INFO, "%.*s", (int)longest + 1, letters);
	assert_int_equal(log.dropped, 1); /* a notice speaks of the first */
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(ftruncate(file, 0), 0);
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_string_equal(take(file),
			    READER_NOTICE "1\n" READER_NOTICE "1\n");
}

/* No line fits, and no notice either: nothing comes, nothing hangs. */
static void an_absurd_prefix_does_no_harm(void **state)
{
	static char prefix[LOG_BUFFER_SIZE + 1];
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	memset(prefix, 'x', sizeof(prefix) - 1);
	assert_int_equal(log_init(&log, sink.writer, LOG_INFO, prefix), 0);
	say(&log, "1");
	say(&log, "2");
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(log.dropped, 2);
	assert_string_equal(take(sink.reader), "");
}

static void every_level_has_a_name_that_leads_back(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < (int)LOG_LEVELS; i++) {
		enum log_level level = LOG_LEVELS;
		const char *name = log_level_name((enum log_level)i);

		assert_int_equal(log_level_parse(name, &level), 0);
		assert_int_equal(level, i);
	}
	assert_string_equal(log_level_name(LOG_ERROR), "error");
	assert_string_equal(log_level_name(LOG_DEBUG), "debug");
}

static void no_other_level_is_understood(void **state)
{
	static const char *const names[] = {
		"", "err", "Error", "errors", "error ", "warn", "3",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		enum log_level level = LOG_NOTICE;

		assert_int_equal(log_level_parse(names[i], &level), -EINVAL);
		assert_int_equal(level, LOG_NOTICE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_its_level_where_it_matters),
		cmocka_unit_test(a_formatted_line_is_a_line),
		cmocka_unit_test(no_prefix_is_no_prefix),
		cmocka_unit_test(
			what_is_forgotten_is_not_written_and_the_rest_is),
		cmocka_unit_test(lines_above_the_level_are_not_kept),
		cmocka_unit_test(nobody_can_end_a_line_or_command_the_terminal),
		cmocka_unit_test(lines_gather_until_they_are_flushed),
		cmocka_unit_test(
			what_the_buffer_cannot_hold_is_taken_meanwhile),
		cmocka_unit_test(the_end_of_the_log_flushes_it),
		cmocka_unit_test(without_a_sink_everything_is_dropped_quietly),
		cmocka_unit_test(a_full_buffer_goes_to_a_file_at_once),
		cmocka_unit_test(the_longest_line_fits_and_no_longer_one),
		cmocka_unit_test(an_absurd_prefix_does_no_harm),
		cmocka_unit_test(every_level_has_a_name_that_leads_back),
		cmocka_unit_test(no_other_level_is_understood),
	};

	if (sink_signals() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

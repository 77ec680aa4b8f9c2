/*
 * test_log_object.c - a log of objects: each line is one, numbered without
 * gaps but for what was dropped, which is said.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "json_tree.h"
#include "log_sink.h"

static void open_object_log(struct log *log, int fd)
{
	open_log(log, fd);
	log->is_json = true;
}

/* The lines of text, each read; returns how many. */
static unsigned int read_all(const char *text, struct json_node **ret_trees,
			     unsigned int room)
{
	unsigned int count = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		assert_true(count < room);
		ret_trees[count] = json_read(text, length);
		if (!ret_trees[count])
			fail_msg("not valid: %.*s", (int)length, text);
		count++;
		text += length;
		assert_int_equal(*text++, '\n');
	}
	return count;
}

static void free_all(struct json_node **trees, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		json_free(trees[i]);
}

static void a_message_is_an_object_with_its_level(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct json_node *trees[4];

	(void)state;
	open_object_log(&log, sink.writer);
	log_line(&log, LOG_ERROR, "a \"b\"\n\x1b...", 7);
	log_format(&log, LOG_NOTICE, "%s %d", "c", 4);
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(read_all(take(sink.reader), trees, 4), 2);
	assert_string_equal(json_text_of(trees[0], "event"), "log");
	assert_string_equal(json_text_of(trees[0], "level"), "error");
	assert_string_equal(json_text_of(trees[0], "message"), "a \"b\"\n\x1b");
	assert_string_equal(json_text_of(trees[1], "level"), "notice");
	assert_string_equal(json_text_of(trees[1], "message"), "c 4");
	assert_int_equal(json_number_of(trees[0], "seq"), 1);
	assert_int_equal(json_number_of(trees[1], "seq"), 2);
	assert_true(json_number_of(trees[0], "time_ns") <=
		    json_number_of(trees[1], "time_ns"));
	free_all(trees, 2);
}

static void members_follow_what_every_object_has(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct log_object object;
	const char *said;

	(void)state;
	open_object_log(&log, sink.writer);
	assert_true(log_open_object(&log, LOG_INFO, "born", 77, &object));
	json_add_u64(&object.json, "pid", 5);
	log_close_object(&log, &object);
	assert_int_equal(log_flush(&log), 0);
	said = take(sink.reader);
	assert_int_equal(strncmp(said, "{\"seq\":1,\"time\":\"20", 19), 0);
	assert_non_null(strstr(said, "Z\",\"time_ns\":77,\"level\":\"info\","
				     "\"event\":\"born\",\"pid\":5}\n"));
}

/* What is not kept takes no number, or it would look lost. */
static void lines_above_the_level_take_no_number(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct log_object object;

	(void)state;
	open_object_log(&log, sink.writer);
	log.level = LOG_WARNING;
	assert_false(log_open_object(&log, LOG_NOTICE, "x", 0, &object));
	log_format(&log, LOG_INFO, "x");
	log_format(&log, LOG_WARNING, "y");
	assert_int_equal(log_flush(&log), 0);
	assert_non_null(strstr(take(sink.reader), "{\"seq\":1,"));
}

static void a_message_too_long_is_a_valid_object(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	char message[2 * LOG_OBJECT_SIZE];
	struct json_node *trees[2];
	const char *said;

	(void)state;
	memset(message, '\x01', sizeof(message));
	open_object_log(&log, sink.writer);
	log_line(&log, LOG_INFO, message, sizeof(message));
	memset(message, 'a', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	assert_int_equal(log_flush(&log), 0);
	said = take(sink.reader);
	assert_true(strlen(said) <= PIPE_BUF);
	assert_true(strlen(said) > PIPE_BUF - 8);
	assert_int_equal(read_all(said, trees, 1), 1);
	assert_non_null(json_child(trees[0], "cut"));
	log_format(&log, LOG_INFO, "%s", message);
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(read_all(take(sink.reader), trees + 1, 1), 1);
	assert_non_null(json_child(trees[1], "cut"));
	free_all(trees, 2);
}

/* The numbers that are missing are as many as were told. */
static void what_was_dropped_is_told_by_an_object_and_the_gap(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	static struct json_node *trees[4096];
	static char text[4 * LOG_BUFFER_SIZE];
	unsigned int count;
	unsigned int gaps = 0;
	size_t length = 0;
	int r;

	(void)state;
	open_object_log(&log, sink.writer);
	for (int i = 0; i < 3000; i++) {
		log_format(&log, LOG_INFO, "%d", i);
		if (i % 8 == 0)
			(void)log_flush(&log);
	}
	do {
		ssize_t n;

		r = log_flush(&log);
		n = read(sink.reader, text + length, sizeof(text) - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	} while (r > 0);
	log_format(&log, LOG_INFO, "last");
	assert_int_equal(log_flush(&log), 0);
	(void)strcpy(text + length, take(sink.reader));
	count = read_all(text, trees, ARRAY_LEN(trees));
	for (unsigned int i = 1; i < count; i++) {
		int64_t missing = json_number_of(trees[i], "seq") -
				  json_number_of(trees[i - 1], "seq") - 1;

		if (missing == 0)
			continue;
		gaps++;
		assert_string_equal(json_text_of(trees[i], "event"), "dropped");
		assert_string_equal(json_text_of(trees[i], "level"), "warning");
		assert_int_equal(json_number_of(trees[i], "count"), missing);
	}
	assert_true(gaps > 0);
	assert_string_equal(json_text_of(trees[count - 1], "message"), "last");
	free_all(trees, count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_an_object_with_its_level),
		cmocka_unit_test(members_follow_what_every_object_has),
		cmocka_unit_test(lines_above_the_level_take_no_number),
		cmocka_unit_test(a_message_too_long_is_a_valid_object),
		cmocka_unit_test(
			what_was_dropped_is_told_by_an_object_and_the_gap),
	};

	if (sink_signals() < 0)
		return 1;
	return cmocka_run_group_tests_name("log_object", tests, NULL, NULL);
}

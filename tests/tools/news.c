/*
 * news.c - a log of objects, read line by line.
 */
#include <limits.h>

#include "tools/news.h"

void news_fini(struct news *news)
{
	for (unsigned int i = 0; i < news->count; i++)
		json_free(news->lines[i]);
	free(news->lines);
}

/* "2026-11-23T10:11:12.123456789Z" */
static bool is_date(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00.000000000Z";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9'
				   : text[i] != form[i])
			return false;
	return true;
}

static void check_line(const struct json_node *line)
{
	assert_int_equal(line->type, JSON_OBJECT);
	assert_true(is_date(json_text_of(line, "time")));
	assert_true(json_number_of(line, "time_ns") > 0);
	assert_string_not_equal(json_text_of(line, "event"), "(no text)");
	assert_string_not_equal(json_text_of(line, "level"), "(no text)");
}

/* However many: a launcher whose workers fail at once writes on while it is
 * listened to. */
static size_t count_lines(const char *text)
{
	size_t count = 0;

	while (text && (text = strchr(text, '\n'))) {
		text++;
		count++;
	}
	return count;
}

void news_read(struct news *news, const struct lines *log)
{
	const char *at = log->data;

	assert_null(news->lines);
	news->lines = calloc(count_lines(at) + 1, sizeof(struct json_node *));
	assert_non_null(news->lines);
	while (at && *at) {
		size_t length = strcspn(at, "\n");

		assert_in_range(length, 2, PIPE_BUF - 1);
		assert_int_equal(at[length], '\n');
		news->lines[news->count] = json_read(at, length);
		if (!news->lines[news->count])
			fail_msg("not valid: %.*s", (int)length, at);
		check_line(news->lines[news->count++]);
		at += length + 1;
	}
}

void news_check_sequence(const struct news *news)
{
	for (unsigned int i = 0; i < news->count; i++)
		assert_int_equal(json_number_of(news->lines[i], "seq"), i + 1);
}

const struct json_node *news_next(const struct news *news,
				  const struct json_node *after,
				  const char *event)
{
	unsigned int i = 0;

	while (after && news->lines[i++] != after)
		;
	for (; i < news->count; i++)
		if (strcmp(json_text_of(news->lines[i], "event"), event) == 0)
			return news->lines[i];
	fail_msg("no event %s", event);
	return NULL;
}

unsigned int news_count(const struct news *news, const char *event)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < news->count; i++)
		count += strcmp(json_text_of(news->lines[i], "event"), event) ==
			 0;
	return count;
}

void news_check_dropped(const struct news *news)
{
	int64_t before = 0;
	unsigned int gaps = 0;

	for (unsigned int i = 0; i < news->count; i++) {
		int64_t number = json_number_of(news->lines[i], "seq");

		if (number != before + 1) {
			gaps++;
			assert_string_equal(
				json_text_of(news->lines[i], "event"),
				"dropped");
			assert_int_equal(
				json_number_of(news->lines[i], "count"),
				number - before - 1);
		}
		before = number;
	}
	assert_true(gaps > 0);
}

/*
 * news.c - splits what was read into lines, and finds members in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "news.h"

#define NEWS_FIRST_SIZE 65536U
#define NEWS_NAME_MAX 64U

static void news_grow(struct news *news, size_t wanted)
{
	size_t size = news->size ? news->size : NEWS_FIRST_SIZE;
	char *data;

	while (size < wanted)
		size *= 2;
	if (size == news->size)
		return;
	data = realloc(news->data, size);
	if (!data) {
		(void)fprintf(stderr, "bench: no memory for the log\n");
		exit(1);
	}
	news->data = data;
	news->size = size;
}

void news_add(struct news *news, const char *data, size_t length)
{
	news_grow(news, news->length + length);
	memcpy(news->data + news->length, data, length);
	for (size_t i = news->length; i < news->length + length; i++)
		if (news->data[i] == '\n') {
			news->data[i] = '\0';
			news->whole = i + 1;
		}
	news->length += length;
}

const char *news_line(const struct news *news, size_t *offset)
{
	const char *line;

	if (*offset >= news->whole)
		return NULL;
	line = news->data + *offset;
	*offset += strlen(line) + 1;
	return line;
}

const char *news_next(struct news *news, const char *event)
{
	const char *line;

	while ((line = news_line(news, &news->mark)) != NULL)
		if (news_is(line, event))
			return line;
	return NULL;
}

/* What follows "NAME": in the line. */
static const char *news_member(const char *line, const char *name)
{
	char quoted[NEWS_NAME_MAX];
	const char *found;

	(void)snprintf(quoted, sizeof(quoted), "\"%s\":", name);
	found = strstr(line, quoted);
	return found ? found + strlen(quoted) : NULL;
}

bool news_has(const char *line, const char *name, const char *text)
{
	const char *value = news_member(line, name);

	return value && value[0] == '"' &&
	       strncmp(value + 1, text, strlen(text)) == 0;
}

bool news_is(const char *line, const char *event)
{
	const char *value = news_member(line, "event");
	size_t length = strlen(event);

	if (line[0] != '{')
		return strncmp(line, event, length) == 0;
	return value && strncmp(value + 1, event, length) == 0 &&
	       value[1 + length] == '"';
}

int64_t news_number(const char *line, const char *name)
{
	const char *value = news_member(line, name);

	return value ? strtoll(value, NULL, 10) : -1;
}

void news_fini(struct news *news)
{
	free(news->data);
	*news = (struct news){0};
}

/*
 * lines.c - what came out of a pipe so far, as lines.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lines.h"

#define LINES_CHUNK 65536U

static void lines_make_room(struct lines *lines)
{
	if (lines->size - lines->length > LINES_CHUNK)
		return;
	lines->size += 4 * (size_t)LINES_CHUNK;
	lines->data = realloc(lines->data, lines->size);
	if (!lines->data)
		abort();
	lines->data[lines->length] = '\0';
}

static void lines_close(struct lines *lines)
{
	if (lines->fd >= 0)
		(void)close(lines->fd);
	lines->fd = -1;
}

void lines_take(struct lines *lines)
{
	while (lines->fd >= 0) {
		ssize_t n;

		lines_make_room(lines);
		n = read(lines->fd, lines->data + lines->length, LINES_CHUNK);
		if (n > 0) {
			lines->length += (size_t)n;
			lines->data[lines->length] = '\0';
		} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
			/* The master of a terminal says EIO for its end. */
			lines_close(lines);
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

/* The whole line that begins at offset, copied; 0 when it is not whole. */
static size_t lines_copy(const struct lines *lines, size_t offset, char *line,
			 size_t size)
{
	const char *start = lines->data + offset;
	const char *end = memchr(start, '\n', lines->length - offset);

	if (!end)
		return 0;
	(void)snprintf(line, size, "%.*s", (int)(end - start), start);
	return (size_t)(end - start) + 1;
}

const char *lines_next(struct lines *lines, const char *text)
{
	for (;;) {
		size_t length = 0;

		if (lines->data && lines->mark < lines->length)
			length = lines_copy(lines, lines->mark, lines->line,
					    sizeof(lines->line));
		if (length == 0)
			return NULL;
		lines->mark += length;
		if (strstr(lines->line, text))
			return lines->line;
	}
}

unsigned int lines_count(const struct lines *lines, const char *text)
{
	unsigned int count = 0;
	char line[sizeof(lines->line)];
	size_t offset = 0;
	size_t length = 1;

	while (lines->data && length > 0 && offset < lines->length) {
		length = lines_copy(lines, offset, line, sizeof(line));
		if (length > 0 && strstr(line, text))
			count++;
		offset += length;
	}
	return count;
}

bool lines_have(const struct lines *lines, const char *text)
{
	return lines->data && strstr(lines->data, text) != NULL;
}

long line_number(const char *line, const char *before)
{
	const char *found = strstr(line, before);
	char *end;
	long number;

	if (!found)
		return -1;
	found += strlen(before);
	number = strtol(found, &end, 10);
	return end == found ? -1 : number;
}

void lines_fini(struct lines *lines)
{
	lines_close(lines);
	free(lines->data);
	lines->data = NULL;
}

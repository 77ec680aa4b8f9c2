/*
 * log_reader.h - reads what a log wrote and says whether it adds up.
 *
 * Numbered lines go in, in order. A line that comes out is either the next one,
 * whole; or a notice that says how many are missing, exactly there; or a line
 * of another writer on the same sink, whole too.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define READER_PREFIX "test: "
#define READER_NOTICE READER_PREFIX "warning: log lines dropped: "
#define READER_OTHER "a worker's own words\n"

struct log_reader {
	char line[2 * LOG_BUFFER_SIZE]; /* the one that is not ended yet */
	size_t length;
	unsigned long expected; /* number of the next line */
	unsigned long notices;
	unsigned long others;
};

/* The line called number: its number, its length, and so many letters. */
static inline void log_numbered(struct log *log, unsigned long number,
				size_t letters)
{
	char *line = malloc(letters + 64);
	int head;

	assert_non_null(line);
	head = sprintf(line, "%lu %zu ", number, letters);
	memset(line + head, 'a' + (int)(number % 26), letters);
	log_line(log, LOG_INFO, line, (size_t)head + letters);
	free(line);
}

static inline void log_reader_check_numbered(struct log_reader *reader,
					     const char *line)
{
	char letter = (char)('a' + (int)(reader->expected % 26));
	char *end;
	size_t letters;

	assert_int_equal(strtoul(line, &end, 10), reader->expected);
	assert_int_equal(*end++, ' ');
	letters = strtoul(end, &end, 10);
	assert_int_equal(*end++, ' ');
	assert_int_equal(strlen(end), letters + 1); /* and the newline */
	assert_int_equal(strspn(end, (char[]){letter, '\0'}), letters);
	reader->expected++;
}

static inline void log_reader_check(struct log_reader *reader)
{
	const char *line = reader->line;

	if (strcmp(line, READER_OTHER) == 0) {
		reader->others++;
	} else if (strncmp(line, READER_NOTICE, strlen(READER_NOTICE)) == 0) {
		reader->expected +=
			strtoul(line + strlen(READER_NOTICE), NULL, 10);
		reader->notices++;
	} else {
		assert_memory_equal(line, READER_PREFIX, strlen(READER_PREFIX));
		log_reader_check_numbered(reader, line + strlen(READER_PREFIX));
	}
}

static inline void log_reader_feed(struct log_reader *reader, const char *bytes,
				   size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		assert_true(reader->length + 1 < sizeof(reader->line));
		reader->line[reader->length++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		reader->line[reader->length] = '\0';
		log_reader_check(reader);
		reader->length = 0;
	}
}

/* Reads at most limit bytes of what is there; fd must not block. Returns how
 * many there were. */
static inline size_t log_reader_read(struct log_reader *reader, int fd,
				     size_t limit)
{
	char bytes[4096];
	size_t done = 0;

	while (done < limit) {
		size_t part = limit - done;
		ssize_t n;

		if (part > sizeof(bytes))
			part = sizeof(bytes);
		n = read(fd, bytes, part);
		if (n <= 0)
			break;
		log_reader_feed(reader, bytes, (size_t)n);
		done += (size_t)n;
	}
	return done;
}

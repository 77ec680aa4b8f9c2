/*
 * variables.c - NAME=VALUE, one or a file full of them. What an --env-file may
 * hold is what Docker and systemd both take.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "file.h"
#include "variables.h"

/* An environment beyond that cannot be executed (ARG_MAX is 2 MiB). */
#define VARIABLES_FILE_MAX ((size_t)1 << 20)

int variable_check(const char *text, size_t length)
{
	const char *equal = memchr(text, '=', length);

	if (!equal || equal == text || memchr(text, '\0', length))
		return -EINVAL;
	for (const char *c = text; c < equal; c++)
		if (!isgraph((unsigned char)*c))
			return -EINVAL;
	return 0;
}

static size_t variable_skip_blanks(const char *line, size_t length)
{
	size_t skipped = 0;

	while (skipped < length && isblank((unsigned char)line[skipped]))
		skipped++;
	return skipped;
}

static size_t variable_trim(const char *line, size_t length)
{
	while (length > 0 && isspace((unsigned char)line[length - 1]))
		length--;
	return length;
}

/* Takes the quotes off in place, by moving the value to the left. */
static size_t variable_unquote(char *line, size_t length)
{
	char *equal = memchr(line, '=', length);
	char *value = equal + 1;
	size_t rest = length - (size_t)(value - line);

	if (rest < 2 || value[0] != value[rest - 1] ||
	    (value[0] != '"' && value[0] != '\''))
		return length;
	memmove(value, value + 1, rest - 2);
	return length - 2;
}

static int variables_take_line(char *line, size_t length,
			       struct stringlist *variables)
{
	size_t skipped = variable_skip_blanks(line, length);

	line += skipped;
	length = variable_trim(line, length - skipped);
	if (length == 0 || line[0] == '#' || line[0] == ';')
		return 0;
	if (variable_check(line, length) < 0)
		return -EINVAL;
	length = variable_unquote(line, length);
	return stringlist_add(variables, line, length) ? 0 : -ENOMEM;
}

int variables_read(const char *path, struct stringlist *variables,
		   struct text *error)
{
	_cleanup_free_ char *data = NULL;
	unsigned int number = 1;
	size_t length;
	char *line;
	int r = file_read(path, VARIABLES_FILE_MAX, &data, &length);

	if (r < 0) {
		text_format(error, "cannot be read: %s", file_error(r));
		return r == -ENOMEM ? r : -EINVAL;
	}
	line = data;
	for (char *end = data + length; line < end; number++) {
		char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size = (size_t)((stop ? stop : end) - line);

		r = variables_take_line(line, size, variables);
		if (r < 0) {
			text_format(error, "line %u: expected NAME=VALUE",
				    number);
			return r;
		}
		line += size + 1;
	}
	return 0;
}

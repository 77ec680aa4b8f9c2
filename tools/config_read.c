/*
 * config_read.c - the form of a configuration file: lines, sections, keys.
 *
 * inih splits a line into key and value, knows comments and what goes on from
 * the line before. All else is seen by the reader that hands it the lines:
 * inih's sections are cut at 49 bytes and not told while they are empty, a
 * line that is neither one nor the other is only counted, a NUL byte ends a
 * line unseen. Debian's build lets what are compile-time choices elsewhere be
 * set at run time, and by default splits lines at 199 bytes and cuts values at
 * " ;": both are put right before it runs, and a line that is longer than what
 * it asks for is refused here, whatever that is.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config_reader.h"
#include "file.h"

#define CONFIG_FILE_MAX ((size_t)16 << 20)
#define CONFIG_LINE_MAX 65536

static const char config_service_prefix[] = "service:";

int config_grow(void **items, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 64;
	void *grown;

	if (count < *room)
		return 0;
	if (*room > UINT32_MAX / 2)
		return -ENOMEM;
	grown = realloc(*items, more * size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*room = more;
	return 0;
}

/* A line that means nothing: it may have been a section. */
static void config_lose_line(struct config_reader *reader, const char *why)
{
	reader->config->has_lost = true;
	complain(reader->complaints, reader->line, "%s", why);
}

/* For inih: 1 goes on. */
static int config_take_value(void *argument, const char *section,
			     const char *key, const char *value)
{
	struct config_reader *reader = argument;

	(void)section; /* the reader knows it in full */
	reader->is_pending = false;
	if (reader->is_continued)
		config_add_line(reader, value);
	else
		config_add_key(reader, key, value);
	return 1;
}

static struct config_section *config_add_service(struct config_reader *reader,
						 const char *name)
{
	struct config *config = reader->config;
	void *sections = config->sections;

	if (config_grow(&sections, config->section_count, &config->section_room,
			sizeof(*config->sections)) < 0) {
		reader->error = -ENOMEM;
		return NULL;
	}
	config->sections = sections;
	config->sections[config->section_count] = (struct config_section){
		.name = config_keep(reader, name),
	};
	return &config->sections[config->section_count++];
}

static struct config_section *config_add_defaults(struct config_reader *reader)
{
	struct config_section *defaults = &reader->config->defaults;

	if (defaults->line == 0)
		return defaults;
	complain(reader->complaints, reader->line,
		 "section [DEFAULT]: twice, first in line %u", defaults->line);
	return NULL;
}

static void config_begin_section(struct config_reader *reader, const char *name)
{
	size_t length = sizeof(config_service_prefix) - 1;
	struct config_section *section = NULL;

	if (strcmp(name, "DEFAULT") == 0)
		section = config_add_defaults(reader);
	else if (strncmp(name, config_service_prefix, length) == 0 &&
		 name[length] != '\0')
		section = config_add_service(reader, name + length);
	else
		complain(reader->complaints, reader->line,
			 "section [%.64s]: expected [DEFAULT] or "
			 "[service:NAME]",
			 name);
	if (section) {
		section->line = reader->line;
		section->first = reader->config->assignment_count;
	} else {
		reader->config->has_lost = true;
	}
	reader->section = section;
	memset(reader->lines, 0, sizeof(reader->lines));
}

static void config_take_section(struct config_reader *reader, char *line)
{
	char *end = strchr(line, ']');

	config_close_value(reader);
	reader->section = NULL;
	reader->has_section = true;
	reader->may_continue = false;
	if (!end || end[1] != '\0') {
		reader->config->has_lost = true;
		complain(reader->complaints, reader->line,
			 end ? "section %.64s: something follows its ]"
			     : "section %.64s: it has no ]",
			 line);
		return;
	}
	*end = '\0';
	config_begin_section(reader, line + 1);
}

/* What inih shall not see of a line is emptied; what it shall answer is
 * pending. */
static void config_take_line(struct config_reader *reader, char *line)
{
	char *start = line;

	while (isspace((unsigned char)*start))
		start++;
	reader->is_continued = start > line;
	if (*start == '\0') {
		config_close_value(reader);
		reader->may_continue = false; /* as oslo.config has it */
	} else if (*start == '#' || *start == ';') {
		*start = '\0';
	} else if (reader->is_continued && !reader->may_continue) {
		config_lose_line(reader, "it begins with a blank, and there is "
					 "no value that it could go on with");
		*start = '\0';
	} else if (*start == '[' && !reader->is_continued) {
		config_take_section(reader, start);
		*start = '\0';
	} else {
		reader->is_pending = true;
		reader->may_continue = true;
	}
}

/* The length without what ends it: LF or CRLF, and blanks. */
static size_t config_trim(const char *line, size_t length)
{
	while (length > 0 && isspace((unsigned char)line[length - 1]))
		length--;
	return length;
}

static void config_copy(char *buffer, const char *line, size_t length)
{
	memcpy(buffer, line, length);
	buffer[length] = '\0';
}

static void config_finish_line(struct config_reader *reader)
{
	if (reader->is_pending)
		config_lose_line(reader,
				 "neither a section nor \"key = value\"");
	reader->is_pending = false;
}

/* fgets(3) for inih: a line of the file, at most size - 1 bytes with its end.
 */
static char *config_next_line(char *buffer, int size, void *argument)
{
	struct config_reader *reader = argument;
	size_t room = (size_t)size - 2;
	const char *line = reader->next;
	size_t left = (size_t)(reader->end - line);
	const char *stop;
	size_t length;

	config_finish_line(reader);
	if (left == 0 || reader->error < 0)
		return NULL;
	stop = memchr(line, '\n', left);
	length = stop ? (size_t)(stop - line) : left;
	reader->next += stop ? length + 1 : length;
	reader->line++;
	length = config_trim(line, length);
	buffer[0] = '\0';
	if (length > room) {
		reader->config->has_lost = true;
		complain(reader->complaints, reader->line,
			 "a line of %zu bytes, more than %zu", length, room);
	} else if (memchr(line, '\0', length)) {
		config_lose_line(reader, "a NUL byte");
	} else {
		config_copy(buffer, line, length);
	}
	config_take_line(reader, buffer);
	config_copy(buffer + strlen(buffer), "\n", 1);
	return buffer;
}

/* inih keeps these per process, for whoever uses it. */
static void config_set_up_inih(void)
{
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_initial_alloc = CONFIG_LINE_MAX;
	ini_max_line = CONFIG_LINE_MAX;
	ini_allow_inline_comments = false;
	ini_allow_multiline = true;
	ini_allow_no_value = false;
	ini_stop_on_first_error = false;
}

static int config_read_lines(struct config_reader *reader)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t length = (size_t)(reader->end - reader->next);
	int r;

	if (length >= strlen(bom) &&
	    memcmp(reader->next, bom, strlen(bom)) == 0)
		reader->next += strlen(bom);
	config_set_up_inih();
	/* What it counts as errors has been complained about. */
	r = ini_parse_stream(config_next_line, reader, config_take_value,
			     reader);
	config_close_value(reader);
	if (r == -2)
		reader->error = -ENOMEM;
	return reader->error;
}

int config_parse(struct config *config, const char *data, size_t length,
		 struct complaints *complaints)
{
	struct config_reader reader = {
		.config = config,
		.complaints = complaints,
		.next = data,
		.end = data + length,
	};
	int r;

	config->text = malloc(length + 2);
	if (!config->text)
		return -ENOMEM;
	reader.free = config->text;
	r = config_read_lines(&reader);
	/* It may have been in a line that means nothing. */
	if (r == 0 && config->section_count == 0 && complaints->count == 0)
		complain(complaints, 0, "no [service:NAME] section");
	config->is_faulty = complaints->count > 0;
	return r == 0 && config->is_faulty ? -EINVAL : r;
}

int config_read(struct config *config, struct complaints *complaints)
{
	_cleanup_free_ char *data = NULL;
	size_t length;
	int r = file_read(complaints->file, CONFIG_FILE_MAX, &data, &length);

	if (r < 0) {
		complain(complaints, 0, "cannot be read: %s", file_error(r));
		return r;
	}
	return config_parse(config, data, length, complaints);
}

void config_fini(struct config *config)
{
	free(config->text);
	free(config->assignments);
	free(config->sections);
	free(config->order);
	free(config->by_name);
	*config = (struct config){0};
}

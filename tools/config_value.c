/*
 * config_value.c - keys of a configuration file and their values: which key it
 * is, whether it may stand where it does, and the value as words or unquoted.
 * Names and values lie one behind another in a block as long as the file: what
 * parts them there is longer than the NUL that parts them here.
 */
#include <errno.h>
#include <string.h>

#include "config_reader.h"
#include "words.h"

static struct assignment *config_last(struct config_reader *reader)
{
	struct config *config = reader->config;

	return &config->assignments[config->assignment_count - 1];
}

static void config_push(struct config_reader *reader,
			const struct assignment *assignment)
{
	struct config *config = reader->config;
	void *assignments = config->assignments;

	if (config_grow(&assignments, config->assignment_count,
			&config->assignment_room, sizeof(*assignment)) < 0) {
		reader->error = -ENOMEM;
		return;
	}
	config->assignments = assignments;
	config->assignments[config->assignment_count++] = *assignment;
	reader->section->count++;
}

/* A list becomes an assignment for each word. */
static void config_split(struct config_reader *reader)
{
	struct assignment word = *config_last(reader);
	char *free = reader->free - strlen(word.value) - 1;
	const char *rest = word.value;
	int r;

	reader->config->assignment_count--;
	reader->section->count--;
	while ((r = words_next(&rest, free)) > 0) {
		word.value = free;
		free += strlen(free) + 1;
		config_push(reader, &word);
	}
	if (r < 0)
		complain(reader->complaints, word.line,
			 "key \"%s\": a quote or a backslash is left open",
			 settings[word.index].key);
}

/* One pair of quotes around it is not part of a value. */
static void config_unquote(struct config_reader *reader)
{
	struct assignment *last = config_last(reader);
	size_t length = strlen(last->value);

	if (length < 2 || last->value[0] != last->value[length - 1] ||
	    (last->value[0] != '"' && last->value[0] != '\''))
		return;
	reader->free[-2] = '\0';
	last->value++;
}

/* No more lines of it come. */
void config_close_value(struct config_reader *reader)
{
	if (!reader->has_value)
		return;
	reader->has_value = false;
	if (settings[config_last(reader)->index].scope == SETTING_SCOPE_list)
		config_split(reader);
	else
		config_unquote(reader);
}

const char *config_keep(struct config_reader *reader, const char *text)
{
	size_t size = strlen(text) + 1;
	char *kept = reader->free;

	memcpy(kept, text, size);
	reader->free += size;
	return kept;
}

void config_add_line(struct config_reader *reader, const char *text)
{
	if (!reader->has_value) /* of a key that was refused */
		return;
	reader->free[-1] = '\n';
	(void)config_keep(reader, text);
}

static void config_refuse_unknown(struct config_reader *reader, const char *key)
{
	const char *nearest = NULL;

	if (!complaints_are_full(reader->complaints))
		nearest = setting_nearest(key);
	complain(reader->complaints, reader->line,
		 "key \"%.64s\": unknown%s%s%s", key,
		 nearest ? ", did you mean \"" : "", nearest ? nearest : "",
		 nearest ? "\"?" : "");
}

/* NULL, or why the key does not belong where it stands. */
static const char *config_misplaced(const struct config_reader *reader,
				    enum setting_index index)
{
	if (settings[index].scope == SETTING_SCOPE_line)
		return "belongs on the command line";
	if (index == SETTING_name)
		return "the section is what names a service";
	if (settings[index].scope == SETTING_SCOPE_launcher &&
	    reader->section->name)
		return "belongs into [DEFAULT]";
	return NULL;
}

/* The line in which the section has had this key, when once is all that it may
 * have it; 0 otherwise. */
static uint32_t config_earlier(const struct config_reader *reader,
			       enum setting_index index)
{
	bool is_single = settings[index].scope != SETTING_SCOPE_list ||
			 index == SETTING_command;

	return is_single ? reader->lines[index] : 0;
}

static bool config_is_allowed(struct config_reader *reader,
			      enum setting_index index)
{
	const char *why = config_misplaced(reader, index);
	uint32_t earlier = why ? 0 : config_earlier(reader, index);

	if (why)
		complain(reader->complaints, reader->line, "key \"%s\": %s",
			 settings[index].key, why);
	if (earlier > 0)
		complain(reader->complaints, reader->line,
			 "key \"%s\": twice, first in line %u",
			 settings[index].key, earlier);
	return !why && earlier == 0;
}

void config_add_key(struct config_reader *reader, const char *key,
		    const char *value)
{
	enum setting_index index = setting_find(key);
	const struct assignment assignment = {
		.value = value,
		.line = reader->line,
		.index = index,
	};

	config_close_value(reader);
	if (!reader->section) {
		if (!reader->has_section)
			complain(reader->complaints, reader->line,
				 "key \"%.64s\": no section stands before it",
				 key);
		return;
	}
	if (index == SETTINGS_OF_FILE) {
		config_refuse_unknown(reader, key);
		return;
	}
	if (!config_is_allowed(reader, index))
		return;
	reader->lines[index] = reader->line;
	config_push(reader, &assignment);
	if (reader->error < 0)
		return;
	config_last(reader)->value = config_keep(reader, value);
	reader->has_value = true;
}

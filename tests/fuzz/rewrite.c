/*
 * rewrite.c - a configuration file written from what was read. A list's words
 * have a backslash before whatever might mean something, other values a pair of
 * quotes around them.
 */
#include <ctype.h>

#include "fuzz/fuzz.h"
#include "fuzz/rewrite.h"

/* A line that goes on begins with a blank, and blanks at its end are none of
 * the word's, hence the quotes; they also make a word of an empty one. */
static void rewrite_word(FILE *file, const char *word)
{
	for (; *word; word++) {
		if (!isalnum((unsigned char)*word))
			(void)fputc('\\', file);
		(void)fputc(*word, file);
		if (*word == '\n')
			(void)fputc(' ', file);
	}
	(void)fputs("''", file);
}

static void rewrite_value(FILE *file, const char *value)
{
	(void)fputc('"', file);
	for (; *value; value++) {
		(void)fputc(*value, file);
		if (*value == '\n')
			(void)fputc(' ', file);
	}
	(void)fputc('"', file);
}

/* A command is one list, another list may be given piece by piece. */
static void rewrite_section(FILE *file, const struct config *config,
			    const struct config_section *section)
{
	bool has_command = false;

	for (uint32_t i = 0; i < section->count; i++) {
		const struct assignment *assignment =
			&config->assignments[section->first + i];
		const struct setting *setting = &settings[assignment->index];
		bool is_command = assignment->index == SETTING_command;

		if (!is_command || !has_command)
			(void)fprintf(file, "\n%s =", setting->key);
		has_command |= is_command;
		(void)fputc(' ', file);
		if (setting->scope == SETTING_SCOPE_list)
			rewrite_word(file, assignment->value);
		else
			rewrite_value(file, assignment->value);
	}
	(void)fputc('\n', file);
}

char *rewrite_config(const struct config *config, size_t *ret_length)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, ret_length);

	assert(file);
	if (config->defaults.line > 0) {
		(void)fputs("[DEFAULT]", file);
		rewrite_section(file, config, &config->defaults);
	}
	for (uint32_t i = 0; i < config->section_count; i++) {
		(void)fprintf(file, "[service:%s]", config->sections[i].name);
		rewrite_section(file, config, &config->sections[i]);
	}
	assert(fclose(file) == 0);
	return text;
}

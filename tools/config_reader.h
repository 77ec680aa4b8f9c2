/*
 * config_reader.h - what is known while a configuration file is read.
 */
#pragma once

#include <stdbool.h>

#include "config.h"

struct config_reader {
	struct config *config;
	struct complaints *complaints;
	const char *next; /* of the file */
	const char *end;
	char *free;			/* behind what config.text holds */
	struct config_section *section; /* NULL: none, or one that is refused */
	uint32_t line;
	uint32_t lines[SETTINGS_OF_FILE]; /* the section's last; 0: none yet */
	int error;			  /* -ENOMEM, once */
	bool is_pending;   /* inih has a line that it has not answered */
	bool is_continued; /* it goes on from one before */
	bool may_continue; /* there is one */
	bool has_value;	   /* the last assignment is not complete yet */
	bool has_section;  /* there was one, refused or not */
};

/* One place more, at least, behind count items of size bytes; -ENOMEM. */
int config_grow(void **items, uint32_t count, uint32_t *room, size_t size);

/* A copy in config.text. */
const char *config_keep(struct config_reader *reader, const char *text);

/* A key with the first line of its value; one line more of it; and no line more
 * comes. */
void config_add_key(struct config_reader *reader, const char *key,
		    const char *value);
void config_add_line(struct config_reader *reader, const char *text);
void config_close_value(struct config_reader *reader);

/*
 * backdoor_line.h - what a backdoor's client says: bytes to lines, lines to
 * commands. Opens and sends nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/log_level.h"
#include "base/text.h"

/* Of a line, its end not counted: many times the longest command. */
#define BACKDOOR_LINE_MAX 256U

/* What has arrived and was not obeyed yet. All zero at first. */
struct backdoor_input {
	size_t length;
	char data[BACKDOOR_LINE_MAX + 2]; /* and "\r\n" */
};

enum backdoor_arrival {
	BACKDOOR_ARRIVAL_NONE, /* no whole line */
	BACKDOOR_ARRIVAL_LINE,
	BACKDOOR_ARRIVAL_LONG, /* longer than it may be */
	BACKDOOR_ARRIVALS,
};

/* What is next. */
enum backdoor_arrival backdoor_input_look(const struct backdoor_input *input);

/* Takes out the line that backdoor_input_look has seen, terminated; returns its
 * length, since there may be NUL bytes in it. */
size_t backdoor_input_take(struct backdoor_input *input,
			   char ret_line[BACKDOOR_LINE_MAX + 1]);

enum backdoor_verb {
	BACKDOOR_VERB_STATUS,
	BACKDOOR_VERB_SERVICES,
	BACKDOOR_VERB_THREADS,
	BACKDOOR_VERB_FDS,
	BACKDOOR_VERB_LOG,
	BACKDOOR_VERB_HELP,
	BACKDOOR_VERB_QUIT,
	BACKDOOR_VERB_EXIT,    /* the same */
	BACKDOOR_VERB_NONE,    /* an empty line */
	BACKDOOR_VERB_WRONG,   /* see the complaint */
	BACKDOOR_VERB_FOREIGN, /* HTTP: hang up */
	BACKDOOR_VERBS,
};

struct backdoor_command {
	enum backdoor_verb verb;
	enum log_level level; /* of BACKDOOR_VERB_LOG */
};

/* Reads a line of length bytes, terminated. Adds to complaint what is wrong
 * with it, one printable line, for BACKDOOR_VERB_WRONG only. */
struct backdoor_command backdoor_line_parse(const char *line, size_t length,
					    struct text *complaint);

/* A line for each command. */
void backdoor_line_help(struct text *text);

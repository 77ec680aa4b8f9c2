/*
 * personalities.h - the other inits that muster is called by the names of, a
 * table for each: their options and variables, and how they are taken here.
 */
#pragma once

#include "base/text.h"
#include "demand.h"

/* Options of one program, at most. */
#define PERSONALITY_ROWS 8

struct personality;

/* An option: it is taken, or what it says is all that is done. */
struct personality_option {
	char letter;
	bool is_on_stderr;    /* what it says */
	const char *name;     /* the long one; NULL: none */
	const char *argument; /* as help shows it; NULL: it has none */
	const char *expected; /* in the place of one that is refused */
	int (*take)(struct demand *demand, const char *argument);
	void (*say)(const struct personality *personality, struct text *text);
	const char *help;
};

struct personality_variable {
	const char *name;
	const char *value; /* the only one that counts; NULL: any, and empty */
	const char *expected;
	int (*take)(struct demand *demand, const char *argument);
	const char *help;
};

struct personality {
	const char *program;
	const char *version;   /* how it begins what it says of its version */
	bool has_lone_version; /* --version is known where it stands alone */
	struct demand unasked; /* what holds before any option */
	const struct personality_option *rows;	      /* end with letter 0 */
	const struct personality_variable *variables; /* end with NULL */
	void (*settle)(struct demand *demand);	      /* NULL: nothing */
};

/* By the base name of path, which may be NULL; NULL: muster itself. */
const struct personality *personality_find(const char *path);

/* What a row says: personality_say.c. */
void personality_say_version(const struct personality *personality,
			     struct text *text);
void personality_say_licence(const struct personality *personality,
			     struct text *text);
void personality_say_help(const struct personality *personality,
			  struct text *text);

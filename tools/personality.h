/*
 * personality.h - muster in the place of another init: called by its name (a
 * symbolic link), muster takes its options and variables of the environment.
 *
 * It translates and does nothing: no process, no clock, no output.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "stringlist.h"

/* A help text is the longest thing that is said. */
#define PERSONALITY_TEXT 4096

enum personality_act {
	PERSONALITY_NONE,  /* that name is nobody else's */
	PERSONALITY_INIT,  /* to go on as if `muster WORDS` had been called */
	PERSONALITY_PAUSE, /* to run nothing: pause.h */
	PERSONALITY_SAY,   /* to print the text and end with status */
};

struct personality_outcome {
	enum personality_act act;
	struct stringlist words; /* for INIT: "init", options, "--", command */
	bool is_on_stderr;	 /* for SAY */
	int status;		 /* for SAY */
};

#define PERSONALITY_OUTCOME_NULL ((struct personality_outcome){0})

/* Reads argv, whose [0] names the program, and environment ("NAME=VALUE"); both
 * end with NULL and are borrowed, the words are copies. What is to be said, an
 * error's one line too, is in text; PERSONALITY_TEXT is room for all of it. */
void personality_translate(char **argv, char **environment,
			   struct personality_outcome *outcome,
			   struct text *text);
void personality_fini(struct personality_outcome *outcome);

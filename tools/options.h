/*
 * options.h - argv -> what `muster run` or `muster init` shall do. Checks form;
 * what it means is checked by the library.
 */
#pragma once

#include "base/text.h"
#include "listing.h"

enum options_result {
	OPTIONS_RUN,  /* go on */
	OPTIONS_HELP, /* --help was asked */
};

struct options {
	enum setting_verb verb; /* the caller's, run or init */
	struct launcher_options launcher;
	struct service_options service; /* without --config */
	struct assignment *given;	/* in this order */
	size_t given_count;
};

/* Parses argv, whose [0] is the name of the verb, and which is borrowed.
 * Returns an options_result, or -errno with one clear line in error;
 * options_fini frees the options in any case. */
int options_parse(int argc, char **argv, struct options *options,
		  struct text *error);
void options_fini(struct options *options);

/* The verb's help, from the table. */
void options_print_help(enum setting_verb verb);

/*
 * refuse.h - a command line that cannot be obeyed.
 */
#pragma once

#include "options.h"

/* Says so in one line, in the form that the options ask for that came before
 * the one that is refused. prefix is "muster run: ". Returns the exit status.
 */
int refuse(const struct options *options, const char *prefix,
	   const struct text *error);

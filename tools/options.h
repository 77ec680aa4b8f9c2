/*
 * options.h - argv -> what `muster run` shall do. Checks form; what it means is
 * checked by the library.
 */
#pragma once

#include <stdint.h>

#include "base/log.h"
#include "base/text.h"
#include "muster/muster.h"

#define OPTIONS_LISTENERS_MAX 256U
#define OPTIONS_PASS_FDS_MAX 256U

struct run_options {
	struct muster_options launcher;
	struct muster_group_options group;
	struct muster_listener listeners[OPTIONS_LISTENERS_MAX];
	int pass_fds[OPTIONS_PASS_FDS_MAX];
	enum log_level log_level;
};

enum options_result {
	OPTIONS_RUN,  /* go on */
	OPTIONS_HELP, /* --help was asked */
};

/* Parses argv, whose [0] is the verb. The strings are borrowed. Returns an
 * options_result, or -EINVAL with one clear line in error. */
int options_parse(int argc, char **argv, struct run_options *ret_options,
		  struct text *error);

/* Puts a listener in front of the others; -ENOSPC. */
int options_prepend_listener(struct run_options *options,
			     const struct muster_listener *listener);

/* The help of `muster run`, from the table. */
void options_print_help(void);

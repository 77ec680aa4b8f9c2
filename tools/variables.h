/*
 * variables.h - NAME=VALUE, one or a file full of them.
 */
#pragma once

#include "base/text.h"
#include "stringlist.h"

/* 0, or -EINVAL for what is none: a name is not empty and has neither control
 * characters nor blanks. */
int variable_check(const char *text, size_t length);

/* Adds those of a file: one a line, blank lines and lines that begin with # or
 * ; left out, one pair of quotes around the value taken off, nothing expanded.
 * -EINVAL and what is wrong in error, -ENOMEM. */
int variables_read(const char *path, struct stringlist *variables,
		   struct text *error);

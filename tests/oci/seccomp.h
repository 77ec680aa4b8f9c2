/*
 * seccomp.h - a filter as container engines publish it, in the form that a
 * runtime takes.
 */
#pragma once

#include "base/text.h"

/* What an engine leaves to a container; ends with NULL. */
extern const char *const seccomp_caps[];

/* Adds the object that "seccomp" of a config.json is: only the rules that count
 * with those capabilities. Fails the test when path cannot be read. */
void seccomp_add(struct text *text, const char *path);

/*
 * files.h - files.c stands in the place of what the tools read from the system
 * (tools/file.c, tools/cpus.c, tools/identity.c), so that no input opens
 * anything.
 *
 * There is the file called FILES_CONFIG, once. Of all others an absolute path
 * is one that is not there, and any other holds what it is called, so that an
 * input can say what is in a file of variables. A user or a group is as many as
 * its name has letters; one that begins with "x" is not there.
 */
#pragma once

#include <stddef.h>

#define FILES_CONFIG "fuzz.conf"

/* What FILES_CONFIG holds when it is read next; borrowed. */
void files_set(const char *data, size_t length);

/*
 * complaint.h - what is wrong in a file, one line each: FILE:LINE: what.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

/* A file that is none at all has a fault in every line. */
#define COMPLAINTS_MAX 20U

struct complaints {
	struct log *log;
	const char *file; /* borrowed */
	unsigned int count;
};

/* line 0: of the file as a whole. */
void complain(struct complaints *complaints, uint32_t line, const char *format,
	      ...) __attribute__((format(printf, 3, 4)));

/* The next one is only counted: what it would say need not be looked for. */
bool complaints_are_full(const struct complaints *complaints);

/* Says how many were not told. Returns 0, or -EINVAL when there was any. */
int complaints_close(const struct complaints *complaints);

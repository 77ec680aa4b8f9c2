/*
 * listing.h - the options in force, as lines at level debug (B13).
 */
#pragma once

#include "base/log.h"
#include "settings.h"

/* One "option = value", as it was written. */
struct assignment {
	const char *value; /* borrowed; NULL: a flag without a value */
	uint32_t line;	   /* of the file; 0: the command line */
	enum setting_index index;
};

/* Two lists of them, of which the second outweighs the first. */
struct assignments {
	const struct assignment *defaults;
	const struct assignment *own;
	size_t default_count;
	size_t own_count;
};

/* Says every option of the launcher, service being NULL, or of a service. What
 * was not given has its default. Values of variables may be secrets: only
 * their names are told. */
void listing_print(struct log *log, const char *service,
		   const struct assignments *assignments);

/*
 * roster.h - the services of a configuration file that run, and what of them
 * must be known to tell what has changed when the file is read again.
 */
#pragma once

#include "config.h"
#include "digest.h"

struct roster_entry {
	char *name;
	struct digest digest;
	uint64_t stop_timeout_ns;
	int group;
	uint32_t workers; /* as asked for last */
	uint32_t level;	  /* of those it started after, one above the other */
};

struct roster {
	struct roster_entry *entries; /* by name */
	uint32_t count;
	uint32_t room;
};

struct roster_request {
	struct muster *muster;
	const struct config *config;	   /* checked */
	const struct inherited *inherited; /* sockets that came with us */
	const char *file;
	struct log *log;
	bool is_start; /* the first service that fails ends it */
};

struct roster_result {
	uint32_t changed;
	uint32_t added;
	uint32_t removed;
	uint32_t unchanged;
	uint32_t failed; /* one line for each was said */
};

/* Makes what runs like what the file says: removes, adds, changes, scales, and
 * has SIGHUP sent where the file says so; what is as it was is left alone. A
 * service that fails stays as it was. -errno at the start, 0 otherwise. */
int roster_apply(struct roster *roster, const struct roster_request *request,
		 struct roster_result *result);

/* The change of a group did not last: when the file is read again it shall be
 * tried again, even if it is the same. */
void roster_doubt(struct roster *roster, int group);

/* The longest that a stop may take: who started after another ends before it.
 */
uint64_t roster_stop_timeout_ns(const struct roster *roster);

void roster_fini(struct roster *roster);

/*
 * reload.h - the life of a configuration file: read at the start, and again
 * whenever SIGHUP says so.
 */
#pragma once

#include "control.h"
#include "options.h"
#include "roster.h"

struct reload {
	struct log *log;       /* where everything is said; borrowed, and so: */
	struct muster *muster; /* from reload_start on */
	const struct options *options; /* the command line's */
	struct launcher_options line;  /* the same, without the file's */
	struct inherited inherited;
	struct roster roster;
	struct digest launcher[SETTINGS]; /* values of launcher options */
};

/* Reads the file, sets in options what it says of the launcher, takes over the
 * sockets and descriptors that came with us and closes all others. What is
 * wrong is said; -errno. config_fini frees config in any case. */
int reload_prepare(struct reload *reload, struct options *options,
		   struct config *config);

/* Adds the services. What is wrong is said; -errno. */
int reload_start(struct reload *reload, const struct config *config);

/* Reads the file again and makes what runs like it; a file with a fault changes
 * nothing. One line says what came of it. -errno when not all could be done. */
int reload_again(struct reload *reload);

/* One worker more or less, where it is clear of which service. */
void reload_scale(struct reload *reload, bool is_more);

/* The group's new options did not last. */
void reload_doubt(struct reload *reload, int group);

/* The longest that a stop may take. */
uint64_t reload_stop_timeout_ns(const struct reload *reload);

/* Tells who is asked which services there are: also those that wait for others,
 * of whom there is no news yet. */
void reload_declare(const struct reload *reload, struct control *control);

void reload_fini(struct reload *reload);

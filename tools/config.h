/*
 * config.h - a configuration file: the launcher's options and services.
 *
 * What is read is kept as short as the file and only as long as it is needed:
 * one block of text, an assignment for each value, a section for each service.
 * A service's options are built one after another, when they are wanted.
 */
#pragma once

#include <stdbool.h>

#include "complaint.h"
#include "inherit.h"
#include "listing.h"

struct config_section {
	const char *name; /* of the service; NULL for [DEFAULT] */
	uint32_t line;
	uint32_t first; /* of its assignments */
	uint32_t count;
};

struct config {
	char *text; /* names and values */
	struct assignment *assignments;
	struct config_section *sections; /* services, as they are written */
	struct config_section defaults;
	uint32_t *order;   /* of sections, as they are to start */
	uint32_t *by_name; /* the same, sorted */
	uint32_t assignment_count;
	uint32_t section_count;
	uint32_t assignment_room;
	uint32_t section_room;
	bool is_faulty; /* parts of it could not be read */
	bool has_lost;	/* one of them may have been a section */
};

/* Reads the form of the file that complaints are about, all of it: sections,
 * keys that are known where they stand, words. -EINVAL after complaints,
 * -ENOMEM, or -errno after one when it cannot be read. config_fini frees it in
 * any case. */
int config_read(struct config *config, struct complaints *complaints);
/* The same of what has been read. */
int config_parse(struct config *config, const char *data, size_t length,
		 struct complaints *complaints);
void config_fini(struct config *config);

/* Puts the services in order: as they are written, but each behind those that
 * it is to start after. Likewise, and of what is left when parts could not be
 * read. */
int config_arrange(struct config *config, struct complaints *complaints);

/* The section of a service, NULL when there is none; config_arrange has been
 * called. */
const struct config_section *config_find(const struct config *config,
					 const char *name);

/* [DEFAULT] and the section's own assignments; section may be NULL. */
struct assignments config_assignments(const struct config *config,
				      const struct config_section *section);

/* [DEFAULT] has all services start after this one, but for those that it names
 * likewise. */
bool config_is_awaited(const struct config *config, const char *name);

/* Sets what [DEFAULT] says of the launcher, but for what given holds: the
 * command line's word is the last. */
int config_set_launcher(const struct config *config,
			const struct assignments *given,
			struct launcher_options *launcher,
			struct complaints *complaints);

/* The options of one service, with the sockets that came with us for it. What
 * is wrong is complained about; -EINVAL, -ENOMEM. service_fini frees service in
 * any case. */
int config_build(const struct config *config,
		 const struct config_section *section,
		 const struct inherited *inherited,
		 struct service_options *service,
		 struct complaints *complaints);

/* All that can be known of the file without running it: config_read, then the
 * launcher's options and each service's, then config_arrange. When it
 * returns 0 building cannot fail but for memory, and files of variables. */
int config_check(struct config *config, const struct inherited *inherited,
		 struct complaints *complaints);

/*
 * refuse.c - a command line that cannot be obeyed.
 */
#include <unistd.h>

#include "refuse.h"
#include "verbs.h"

int refuse(const struct options *options, const char *prefix,
	   const struct text *error)
{
	struct log log = LOG_NULL;

	if (log_init(&log, STDERR_FILENO, LOG_ERROR, prefix) == 0) {
		log.is_json = options->launcher.logs_json;
		log_line(&log, LOG_ERROR, error->data, error->length);
	}
	log_fini(&log);
	return EXIT_USAGE;
}

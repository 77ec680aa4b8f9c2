/*
 * launcher.h - what the options say of the launcher as a whole.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/nsec.h"
#include "muster/muster.h"

struct launcher_options {
	struct muster_options muster;
	const char *config; /* the configuration file; NULL: none */
	enum log_level log_level;
	bool logs_json;
	bool is_check;
	bool logs_options;
	uint64_t idle; /* given, and without effect: a bit a setting_index */
};

#define LAUNCHER_LEFTOVER_NS (2 * NSEC_PER_SEC)

#define LAUNCHER_OPTIONS_INIT                                            \
	((struct launcher_options){                                      \
		.muster = {.size = sizeof(struct muster_options),        \
			   .leftover_timeout_ns = LAUNCHER_LEFTOVER_NS}, \
		.log_level = LOG_INFO,                                   \
		.logs_options = true,                                    \
	})

/*
 * launcher.h - what the options say of the launcher as a whole.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/nsec.h"
#include "muster/muster.h"

/* Room for all options that there are. */
#define LAUNCHER_SETTINGS 128U
/* Each signal but one that is no signal once. */
#define INIT_REWRITES_MAX 64U

/* Whether children of others shall come to `muster init`. */
enum init_adopt {
	INIT_ADOPT_AUTO, /* where the kernel lets us; to PID 1 they come */
	INIT_ADOPT_YES,
	INIT_ADOPT_NO,
	INIT_ADOPTS,
};

/* What only `muster init` has. */
struct init_options {
	struct muster_rewrite rewrites[INIT_REWRITES_MAX];
	uint32_t rewrite_count;
	enum init_adopt adopt;
	uint64_t stop_signals; /* bit signo - 1 */
	uint64_t ok_signals;   /* likewise */
	const char *termination_log;
	uint16_t remap[256];	/* another status plus 1; 0: as it is */
	uint16_t launch_status; /* likewise, for 126 and 127 */
	bool has_stop_signals;	/* none at all is an answer, too */
};

struct launcher_options {
	struct muster_options muster;
	struct init_options init;
	const char *config;  /* the configuration file; NULL: none */
	const char *control; /* the socket of probes; NULL: none */
	enum log_level log_level;
	bool logs_json;
	bool is_check;
	bool logs_options;
	bool is_idle[LAUNCHER_SETTINGS]; /* given, and without effect; by
					    setting_index */
};

#define LAUNCHER_LEFTOVER_NS (2 * NSEC_PER_SEC)

#define LAUNCHER_OPTIONS_INIT                                            \
	((struct launcher_options){                                      \
		.muster = {.size = sizeof(struct muster_options),        \
			   .leftover_timeout_ns = LAUNCHER_LEFTOVER_NS}, \
		.log_level = LOG_INFO,                                   \
		.logs_options = true,                                    \
	})

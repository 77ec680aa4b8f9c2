/*
 * launch.h - the command line, environment and descriptors of a launcher.
 */
#pragma once

#include "session.h"

struct launch_fds {
	int page;
	int log;
};

/* Moves the controller to the one CPU, or lets it go where it may. 0 or
 * -errno. */
int launch_pin(const struct bench *bench, bool is_pinned);

/* The launcher's pid, or -errno. It inherits the controller's CPUs, and the
 * page says when it was executed. */
int launch(const struct bench *bench, const struct session_options *options,
	   const struct launch_fds *fds, struct bench_page *page);

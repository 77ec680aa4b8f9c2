/*
 * take_signal.h - a signal came to the launcher.
 */
#pragma once

#include "core/supervisor.h"

/* What the options say of signals, for policy/route. -EINVAL. */
int take_signal_rules(const struct muster_options *options,
		      struct route_rules *ret_rules);

/* Asks what it means, says so and does it. */
void take_signal(struct supervisor *supervisor, const struct loop_event *news);

/*
 * report_level.h - how much each piece of news matters, whatever it is written
 * as.
 */
#pragma once

#include "base/log.h"
#include "muster/muster.h"

enum log_level report_level(const struct muster_event *event);

/*
 * rewrite.h - a configuration file written from what was read.
 */
#pragma once

#include <stdio.h>

#include "config.h"

/* The caller frees it. */
char *rewrite_config(const struct config *config, size_t *ret_length);

/*
 * capabilities.h - sets of capabilities as people write them.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* "all", "none", or names and numbers with commas between them: "chown",
 * "CAP_NET_RAW,12". Bit n is capability n. -EINVAL. */
int capabilities_parse(const char *value, uint64_t *ret_set);

/* Adds the names of a set, as they can be parsed. */
void capabilities_format(struct text *text, uint64_t set);

/* Those that we may hand on: permitted, and in the bounding set. None where the
 * kernel does not tell. */
uint64_t capabilities_held(void);

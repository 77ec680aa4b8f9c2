/*
 * capabilities.h - sets of capabilities as people write them.
 */
#pragma once

#include <stdint.h>

/* "all", "none", or names and numbers with commas between them: "chown",
 * "CAP_NET_RAW,12". Bit n is capability n. -EINVAL. */
int capabilities_parse(const char *value, uint64_t *ret_set);

/* Those that the running kernel has. */
uint64_t capabilities_known(void);

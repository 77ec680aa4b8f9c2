/*
 * digest.h - what a service's options come to, in 16 bytes: enough to know on a
 * reload whether a service has changed, without keeping what it was.
 *
 * FNV-1a with 128 bits: two different texts that come out alike would take
 * 2^64 services, and who writes the file has no reason to look for them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "service.h"

struct digest {
	uint64_t high;
	uint64_t low;
};

/* Of everything but the name, the number of workers, and `after`, which matters
 * at the start only. What was read from files of variables counts. */
struct digest digest_service(const struct service_options *service);

/* Of one string; NULL is none. */
struct digest digest_string(const char *string);

static inline bool digest_equal(struct digest a, struct digest b)
{
	return a.high == b.high && a.low == b.low;
}

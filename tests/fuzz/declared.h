/*
 * declared.h - what holds of a configuration file without a fault.
 */
#pragma once

#include <stddef.h>

#include "config.h"
#include "digest.h"

/* Asserts it, of a file of so many bytes and lines; what all its services come
 * to, in their order. */
struct digest declared_check(const struct config *config, size_t size,
			     uint32_t lines, struct complaints *complaints);

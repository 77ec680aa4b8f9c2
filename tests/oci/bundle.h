/*
 * bundle.h - the config.json of an OCI bundle (opencontainers/runtime-spec).
 */
#pragma once

#include "oci/container.h"

/* Writes it to the stage's directory, which is the bundle then. command ends
 * with NULL and begins with the init. */
void bundle_write(const struct container *container, const struct life *life,
		  const char *const *command);

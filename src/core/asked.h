/*
 * asked.h - what a launch failed to set, where a number does not tell it.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "muster/types.h"

/* Room for a list that is long enough to be told. */
#define ASKED_SIZE 256U

/* Adds the name of a capability, which value is, or the CPUs or groups that
 * were asked for, "..." behind those that there is no room for; nothing for
 * another step. asked may be NULL. */
void asked_format(struct text *text, enum muster_step step, int64_t value,
		  const struct muster_privileges *asked);

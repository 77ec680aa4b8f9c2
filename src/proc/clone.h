/*
 * clone.h - the one place where a process is made.
 */
#pragma once

#include <stdint.h>

#include "base/compat.h"
#include "proc/spawn.h"

/* CLONE_… for the mode and what works here. */
uint64_t clone_flags(const struct spawner *spawner);

/* Runs run(argument) in a child; args is completed. Returns the pid or -errno,
 * in the parent only. The child's frame pointer and stack are its own; with
 * neither CLONE_VM nor a stack it continues on a copy. */
long clone_child(const struct spawner *spawner, struct compat_clone_args *args,
		 void (*run)(void *), void *argument);

/*
 * unforked.h - memory that forked children do not have.
 *
 * fork(2) copies what the parent has, page by page, and takes from both the
 * right to write to it: the next write to each page is a fault and a copy. What
 * no child needs is spared both (madvise(2), MADV_DONTFORK).
 */
#pragma once

#include <stddef.h>

/* count times size zeros, as calloc(3) has them; NULL without memory. A child
 * must not touch them: as a rule it does not have them. */
void *unforked_new(size_t count, size_t size);

/* The same for what a child has use for, but not for what is in it: it finds
 * zeros (MADV_WIPEONFORK), or a copy where the kernel does not wipe (before
 * 4.14). */
void *unforked_new_wiped(size_t count, size_t size);

/* Accepts NULL and returns NULL; count and size as they were asked for. */
void *unforked_free(void *memory, size_t count, size_t size);

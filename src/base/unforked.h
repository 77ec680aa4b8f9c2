/*
 * unforked.h - memory that forked children do not have.
 *
 * fork(2) copies what the parent has, page by page, and takes from both the
 * right to write to it: the next write to each page is a fault and a copy. What
 * no child needs is spared both (madvise(2), MADV_DONTFORK), and a child that
 * scribbles where it should not cannot read it either.
 */
#pragma once

#include <stddef.h>

/* count times size zeros, as calloc(3) has them; NULL without memory. A child
 * that touches them gets SIGSEGV. */
void *unforked_new(size_t count, size_t size);

/* Accepts NULL and returns NULL; count and size as they were asked for. */
void *unforked_free(void *memory, size_t count, size_t size);

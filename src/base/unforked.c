/*
 * unforked.c - whole pages from the kernel. For what is large or written all
 * the time: each is a mapping, though neighbours become one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/compat.h"
#include "base/unforked.h"

static void *unforked_map(size_t count, size_t size, int advice)
{
	void *memory;

	if (compat_looks_for_leaks())
		return calloc(count, size);
	if (size > 0 && count > PTRDIFF_MAX / size)
		return NULL;
	memory = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	/* Where it fails children have a copy, as of all else. */
	(void)madvise(memory, count * size, advice);
	return memory;
}

void *unforked_new(size_t count, size_t size)
{
	return unforked_map(count, size, MADV_DONTFORK);
}

void *unforked_new_wiped(size_t count, size_t size)
{
	return unforked_map(count, size, MADV_WIPEONFORK);
}

void *unforked_free(void *memory, size_t count, size_t size)
{
	if (!memory)
		return NULL;
	if (compat_looks_for_leaks())
		free(memory);
	else
		(void)munmap(memory, count * size); /* ours, and whole */
	return NULL;
}

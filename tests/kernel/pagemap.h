/*
 * pagemap.h - which pages of ours are in the page table, without a touch that
 * would put them there (proc_pid_pagemap(5)).
 */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#define PAGEMAP_PAGE ((uintptr_t)4096)
#define PAGEMAP_PRESENT 63 /* the bit of a page's word */

/* Of so many pages from address on; -1 where nobody may know. */
static inline ssize_t pagemap_count(const volatile void *address, size_t pages)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	ssize_t count = 0;

	for (size_t i = 0; i < pages && count >= 0; i++) {
		off_t at = (off_t)(((uintptr_t)address / PAGEMAP_PAGE + i) *
				   sizeof(uint64_t));
		uint64_t word;

		if (pread(fd, &word, sizeof(word), at) != sizeof(word))
			count = -1;
		else
			count += (word >> PAGEMAP_PRESENT & 1) != 0;
	}
	(void)close(fd); /* or it is none */
	return count;
}

/* One byte, as it is, though it may only be read (proc_pid_mem(5)). False: the
 * kernel lets nobody do that (proc_mem.force_override, 6.12). */
static inline bool pagemap_write(const volatile void *address)
{
	int fd = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);
	ssize_t size = pwrite(fd, (const void *)(uintptr_t)address, 1,
			      (off_t)(uintptr_t)address);

	(void)close(fd);
	return size == 1;
}

/*
 * stamp.c - writes to the page; no more than its words, for every instruction
 * here is a part of what is measured.
 */
#include <linux/futex.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "stamp.h"

#define STAMP_NS_PER_SEC UINT64_C(1000000000)

uint64_t stamp_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (uint64_t)now.tv_sec * STAMP_NS_PER_SEC + (uint64_t)now.tv_nsec;
}

struct bench_page *stamp_map(void)
{
	void *page = mmap(NULL, sizeof(struct bench_page),
			  PROT_READ | PROT_WRITE, MAP_SHARED, BENCH_PAGE_FD, 0);

	if (page == MAP_FAILED) {
		perror("page");
		return NULL;
	}
	return page;
}

void stamp_begin(struct bench_page *page, uint32_t slot, uint64_t stamp_ns)
{
	uint32_t started;

	if (slot >= BENCH_WORKERS_MAX)
		return;
	page->slots[slot].stamp_ns = stamp_ns;
	page->slots[slot].pid = (int32_t)getpid();
	page->last_slot = slot;
	started = __atomic_add_fetch(&page->started, 1, __ATOMIC_SEQ_CST);
	if (started == __atomic_load_n(&page->wake_at, __ATOMIC_SEQ_CST))
		(void)syscall(SYS_futex, &page->started, FUTEX_WAKE, 1, NULL,
			      NULL, 0);
}

void stamp_stop(struct bench_page *page, uint32_t slot)
{
	if (slot < BENCH_WORKERS_MAX)
		page->slots[slot].stop_ns = stamp_now_ns();
}

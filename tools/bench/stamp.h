/*
 * stamp.h - how a forked worker tells the controller that it began: the same
 * words of the page that a worker without a C library writes (worker.c).
 */
#pragma once

#include "page.h"

uint64_t stamp_now_ns(void);

/* The page that the controller left under BENCH_PAGE_FD; NULL after saying what
 * is wrong. It stays mapped in every child. */
struct bench_page *stamp_map(void);

/* The worker's first act was at stamp_ns. Wakes the controller when that is the
 * last one it waits for. */
void stamp_begin(struct bench_page *page, uint32_t slot, uint64_t stamp_ns);

/* It was told to stop just now. */
void stamp_stop(struct bench_page *page, uint32_t slot);

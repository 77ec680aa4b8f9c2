/*
 * page.h - the memory that controller and workers share, and where its
 * descriptor is.
 *
 * Included by the worker, which has no C library: nothing but fixed-width
 * types. Each launcher that is measured gets a page of its own.
 */
#pragma once

#include <stdint.h>

/* The number under which the worker finds the page: above the listener's 3, so
 * that launchers have something to keep, and low, so that it costs little. */
#define BENCH_PAGE_FD 10
#define BENCH_PAGE_FD_TEXT "10"
#define BENCH_LISTEN_FD 3
/* The first descriptor that no worker gets. */
#define BENCH_KEEP 11
#define BENCH_WORKERS_MAX 10240U

struct bench_slot {
	uint64_t stamp_ns; /* the worker's first act, CLOCK_MONOTONIC */
	uint64_t stop_ns;  /* when a service was told to stop */
	int32_t pid;
	int32_t environment_count;
	int64_t environment_bytes; /* between the first and the last string */
};

struct bench_page {
	/* Workers that have stamped so far; a futex. */
	uint32_t started;
	/* The worker that makes started reach this wakes the controller. */
	uint32_t wake_at;
	int32_t launcher_pid;
	uint32_t last_slot;
	uint64_t exec_ns; /* just before the launcher's own execve */
	struct bench_slot slots[BENCH_WORKERS_MAX];
};

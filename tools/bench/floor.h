/*
 * floor.h - the parts of a floor: the tightest launcher there can be.
 *
 * floor.c sets up, floor_spawn.c makes one worker, floor_ring.c and
 * floor_epoll.c wait for deaths and replace.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* As many as muster's: the start of many must wait at the same number. */
#define FLOOR_BLOCKS 64U

struct floor_blocks;
struct bench_page;

/* One worker for ever: the process changes, the place does not. */
struct floor_slot {
	int pidfd;
	char id[32]; /* MUSTER_WORKER_ID= */
};

struct floor {
	bool takes_steps;
	bool has_environment; /* else workers get none, as in a probe */
	bool closes_first;    /* a dead worker's pidfd, before the next comes */
	const char *worker;
	uint32_t workers;
	struct floor_slot *slots;
	struct floor_blocks *blocks;
	struct bench_page *page; /* of the floor that forks */
	int ring_fd;		 /* likewise */
	struct rlimit nofile;	 /* as it was found */
};

/* Memory for the children; once. 0 or -errno. */
int floor_blocks_new(struct floor *floor, char *const *environment);

/* Starts a worker for slot and stores its pidfd there. 0 or -errno. */
int floor_spawn(struct floor *floor, uint32_t slot);

/* Start all workers and replace them for ever; return only on failure, -errno.
 */
int floor_ring_run(struct floor *floor);
int floor_epoll_run(struct floor *floor);

/*
 * worker_stop.h - how others of this floor learn that a worker is to stop.
 */
#pragma once

struct muster_worker;

/* A descriptor that polls readable once the worker's stop has begun; -errno.
 * Owned by the worker. */
int worker_stop_fd(struct muster_worker *worker);

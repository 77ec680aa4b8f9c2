/*
 * peers.h - launchers of forked workers by others, and ours, as peers.c has
 * them side by side.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "bench.h"
#include "page.h"

/* peers_launch.c: one launcher, from its start to the end of all its workers */

enum peer {
	PEER_BARE,
	PEER_STEPS, /* what no launcher of such services is spared */
	PEER_MUSTER,
	PEER_NGINX,
	PEER_OSLO,
	PEER_COTYLEDON,
	PEER_GUNICORN,
	PEERS,
};

extern const char *const peer_names[PEERS];

struct peer_run {
	pid_t pid;		 /* of the launcher; 0: none */
	struct bench_page *page; /* which workers stamp, but for nginx's */
	pid_t *workers;
	uint32_t count;
};

/* Why it cannot be measured here; NULL when it can. */
const char *peer_missing(const struct bench *bench, enum peer peer);

/* Starts it and waits for its workers. 0, or -errno after saying what happened;
 * to be ended either way. */
int peer_start(const struct bench *bench, enum peer peer, uint32_t workers,
	       struct peer_run *ret_run);
/* Kills launcher and workers, whoever they are by now. */
void peer_end(struct peer_run *run);

/* peers_watch.c: the kernel's word for each fork (cn_proc, connector.txt) */

/* A socket that hears of every fork of the machine. -EPERM and the like where
 * this is not for us. */
int peers_watch_open(int *ret_fd);
/* Forgets what has come. */
void peers_watch_drain(int fd);
/* The next process, no thread, that this one makes, and when it was made:
 * CLOCK_MONOTONIC, stamped in the kernel's fork. -ETIMEDOUT. */
int peers_watch_fork(int fd, pid_t parent, pid_t *ret_child,
		     uint64_t *ret_forked_ns);

/*
 * await.h - children that are launched and nobody stands still for.
 *
 * Each has a descriptor (spawn_child.launch_fd) that hangs up when it has
 * executed or ended; one descriptor stands for all of them in the loop.
 */
#pragma once

#include <stdint.h>

/* Close-on-exec; readable when some child has executed or ended. -errno. */
int await_open(int *ret_await_fd);

/* -ENOMEM, -ENOSPC. */
int await_add(int await_fd, int launch_fd, uint64_t tag);
/* Before it is closed: a child that has a copy of it would keep it watched. */
void await_remove(int await_fd, int launch_fd);

/* One of those that have executed or ended: -ENOENT when there is none. It is
 * to be removed by the caller. */
int await_next(int await_fd, uint64_t *ret_tag);

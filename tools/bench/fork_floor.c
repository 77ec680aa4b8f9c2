/*
 * fork_floor.c - fork_floor bare|steps WORKERS
 *
 * What a launcher of forked services is compared with: it waits for deaths as
 * the floor on io_uring does (floor_ring.c), forks, and the child makes a
 * thread, whose first act is the stamp. `bare`: no signal is blocked, nothing
 * closed, logged or decided; a child keeps a copy of all that the floor had
 * open. `steps`: each worker takes the steps of fork_steps.c.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "floor.h"
#include "fork_steps.h"
#include "stamp.h"

#define FORK_FLOOR_SPARE_FDS 256U

struct fork_birth {
	struct bench_page *page;
	uint32_t slot;
};

static void *fork_floor_begin(void *argument)
{
	uint64_t stamp_ns = stamp_now_ns();
	const struct fork_birth *birth = argument;

	stamp_begin(birth->page, birth->slot, stamp_ns);
	for (;;)
		(void)pause();
	return NULL;
}

/* It dies with the floor: said when the measuring is over. */
static _Noreturn void fork_floor_stay(const struct bench_page *page)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    getppid() != page->launcher_pid)
		_exit(1);
	for (;;)
		(void)pause();
}

static _Noreturn void fork_floor_child(const struct floor *floor, uint32_t slot)
{
	struct fork_birth birth = {floor->page, slot};
	pthread_t thread;

	if (floor->takes_steps)
		fork_steps_child(floor, slot);
	if (pthread_create(&thread, NULL, fork_floor_begin, &birth) != 0)
		_exit(1);
	if (floor->takes_steps)
		fork_steps_stay(floor, slot);
	fork_floor_stay(floor->page);
}

int floor_spawn(struct floor *floor, uint32_t slot)
{
	pid_t pid;

	if (floor->takes_steps)
		fork_steps_before(floor, slot);
	pid = fork();
	if (pid == 0)
		fork_floor_child(floor, slot);
	if (pid < 0)
		return -errno;
	floor->slots[slot].pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (floor->takes_steps)
		fork_steps_after();
	return floor->slots[slot].pidfd < 0 ? -errno : 0;
}

static int fork_floor_prepare(struct floor *floor)
{
	struct rlimit all;

	if (getrlimit(RLIMIT_NOFILE, &floor->nofile) < 0)
		return -errno;
	all = floor->nofile;
	all.rlim_cur = all.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &all) < 0)
		return -errno;
	fd_grow_table(BENCH_KEEP + floor->workers + FORK_FLOOR_SPARE_FDS);
	floor->slots = calloc(floor->workers, sizeof(*floor->slots));
	floor->page = stamp_map();
	if (!floor->slots || !floor->page)
		return -ENOMEM;
	return floor->takes_steps ? fork_steps_open() : 0;
}

int main(int argc, char **argv)
{
	struct floor floor = {0};
	int r;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: fork_floor bare|steps WORKERS\n");
		return 2;
	}
	floor.takes_steps = strcmp(argv[1], "steps") == 0;
	floor.closes_first = floor.takes_steps;
	floor.workers = (uint32_t)strtoul(argv[2], NULL, 10);
	r = fork_floor_prepare(&floor);
	if (r == 0)
		r = floor_ring_run(&floor);
	(void)fprintf(stderr, "fork_floor: %s\n", strerror(-r));
	return 1;
}

/*
 * floor.c - floor bare|steps ring|epoll WORKERS WORKER [empty]
 *
 * A launcher that does nothing but keep workers alive, as fast as this kernel
 * can: what muster is compared with. It never logs, decides or stops; SIGTERM
 * ends it by default, its workers with it.
 *
 * Its descriptors lie as muster's do: listener 3, page 10, the rest above; with
 * `empty` workers get no environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "floor.h"
#include "page.h"

#define FLOOR_SPARE_FDS 256U

/* The listener gets the lowest number; all between it and the page is filled,
 * so that no pidfd lands among what children copy. */
static int floor_place_descriptors(void)
{
	struct sockaddr_un any = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd != BENCH_LISTEN_FD)
		return fd < 0 ? -errno : -EBUSY;
	/* An address of the kernel's choice (unix(7), autobind). */
	if (bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)) < 0 ||
	    listen(fd, 1) < 0)
		return -errno;
	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	} while (fd < BENCH_PAGE_FD);
	(void)close(fd); /* the first above the page */
	return fd_set_cloexec(BENCH_PAGE_FD);
}

static int floor_prepare_limits(struct floor *floor)
{
	struct rlimit all;

	if (getrlimit(RLIMIT_NOFILE, &floor->nofile) < 0)
		return -errno;
	all = floor->nofile;
	all.rlim_cur = all.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &all) < 0)
		return -errno;
	fd_grow_table(BENCH_KEEP + floor->workers + FLOOR_SPARE_FDS);
	return 0;
}

static int floor_block_sigchld(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

/* What muster adds for all workers, so that execve copies as much. */
static int floor_add_environment(void)
{
	static const char *const variables[][2] = {
		{"MUSTER_SERVICE", "worker"},
		{"LISTEN_FDS", "1"},
		{"LISTEN_FDNAMES", "unknown"},
	};

	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		if (setenv(variables[i][0], variables[i][1], 1) < 0)
			return -errno;
	return 0;
}

static int floor_prepare(struct floor *floor)
{
	int r = floor_place_descriptors();

	if (r == 0)
		r = floor_prepare_limits(floor);
	if (r == 0)
		r = floor_block_sigchld();
	if (r == 0)
		r = floor_add_environment();
	if (r < 0)
		return r;
	floor->slots = calloc(floor->workers, sizeof(*floor->slots));
	if (!floor->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < floor->workers; i++)
		(void)snprintf(floor->slots[i].id, sizeof(floor->slots[i].id),
			       "MUSTER_WORKER_ID=%u", i);
	return floor_blocks_new(floor, environ);
}

int main(int argc, char **argv)
{
	struct floor floor = {0};
	int r;

	if (argc < 5) {
		(void)fprintf(stderr, "usage: floor bare|steps ring|epoll "
				      "WORKERS WORKER [empty]\n");
		return 2;
	}
	floor.takes_steps = strcmp(argv[1], "steps") == 0;
	floor.workers = (uint32_t)strtoul(argv[3], NULL, 10);
	floor.worker = argv[4];
	floor.has_environment = argc == 5;
	r = floor_prepare(&floor);
	if (r == 0)
		r = strcmp(argv[2], "ring") == 0 ? floor_ring_run(&floor)
						 : floor_epoll_run(&floor);
	(void)fprintf(stderr, "floor: %s\n", strerror(-r));
	return 1;
}

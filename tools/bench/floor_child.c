/*
 * floor_child.c - between clone and execve, at the least that is possible.
 *
 * Compiled like muster's child: no library, no canary. The bare child leaves
 * the shared descriptor table and restores the mask, nothing else; without the
 * first execve itself would copy the whole table. With steps it does what
 * muster's child must, in the same order, straight down and without a list to
 * walk: the difference to muster is then muster's own.
 */
#include <linux/prctl.h>
#include <signal.h>
#include <time.h>

#include "base/compat.h"
#include "call.h"
#include "floor_child.h"
#include "page.h"

#define FLOOR_EXIT_STATUS 127

static __attribute__((noreturn)) void leave(void)
{
	for (;;)
		(void)call4(SYS_exit_group, FLOOR_EXIT_STATUS, 0, 0, 0);
}

static void check(long result)
{
	if (result < 0)
		leave();
}

static void write_pid(char *digits)
{
	char reversed[20];
	long rest = call4(SYS_getpid, 0, 0, 0, 0);
	int count = 0;

	do {
		reversed[count++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	while (count > 0)
		*digits++ = reversed[--count];
	*digits = '\0';
}

static void take_steps(struct floor_launch *launch)
{
	struct timespec now = {0};

	check(call4(SYS_setpgid, 0, 0, 0, 0));
	check(call4(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0));
	if (call4(SYS_getppid, 0, 0, 0, 0) != launch->launcher_pid)
		leave();
	check(call4(SYS_fcntl, BENCH_LISTEN_FD, F_SETFD, 0, 0));
	check(call4(SYS_fcntl, BENCH_PAGE_FD, F_SETFD, 0, 0));
	check(call4(SYS_prlimit64, 0, RLIMIT_NOFILE, address(&launch->nofile),
		    0));
	write_pid(launch->listen_pid);
	(void)call4(SYS_clock_gettime, CLOCK_MONOTONIC, address(&now), 0, 0);
	launch->exec_ns =
		(uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void floor_child_run(void *argument)
{
	struct floor_launch *launch = argument;
	uint64_t no_signals = 0;

	check(call4(SYS_close_range, BENCH_KEEP, ~0U, CLOSE_RANGE_UNSHARE, 0));
	if (launch->takes_steps)
		take_steps(launch);
	else
		check(call4(SYS_fcntl, BENCH_PAGE_FD, F_SETFD, 0, 0));
	check(call4(SYS_rt_sigprocmask, SIG_SETMASK, address(&no_signals), 0,
		    sizeof(no_signals)));
	(void)call4(SYS_execve, address(launch->path), address(launch->argv),
		    address(launch->environment), 0);
	leave();
}

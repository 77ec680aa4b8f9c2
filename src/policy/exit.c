/*
 * exit.c - wait statuses and failed launches as one struct muster_exit.
 *
 * It reads the kernel's constants and never waits for anybody: the status comes
 * in as a pair of numbers.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>

#include "exit.h"

/* The numbers of a POSIX shell, and 125 as env(1) and timeout(1) use it: the
 * launcher's own failure, before the command was looked at. */
#define SHELL_SIGNAL_BASE 128
#define SHELL_NOT_FOUND 127
#define SHELL_NOT_EXECUTABLE 126
#define SHELL_LAUNCHER_FAILED 125
#define SHELL_UNKNOWN 255

static int exit_launch_code(const struct muster_exit *how)
{
	if (how->step != MUSTER_STEP_EXEC)
		return SHELL_LAUNCHER_FAILED;

	switch (how->code) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return SHELL_NOT_FOUND;
	default:
		return SHELL_NOT_EXECUTABLE;
	}
}

struct muster_exit exit_from_child(int code, int status)
{
	bool is_exit = code == CLD_EXITED;

	if (code == 0)
		return (struct muster_exit){.kind = MUSTER_EXIT_UNKNOWN};
	/* waitid with WEXITED alone reports no other; a stop or a trace event
	 * taken for a death would launch a second worker beside the first. */
	assert(is_exit || code == CLD_KILLED || code == CLD_DUMPED);

	return (struct muster_exit){
		.kind = is_exit ? MUSTER_EXIT_STATUS : MUSTER_EXIT_SIGNAL,
		.code = status,
		.dumped_core = code == CLD_DUMPED,
	};
}

struct muster_exit exit_from_launch(enum muster_step step, int error)
{
	assert(step > MUSTER_STEP_NONE);
	assert(step < MUSTER_STEPS);
	assert(error > 0);

	return (struct muster_exit){
		.kind = MUSTER_EXIT_LAUNCH,
		.step = step,
		.code = error,
	};
}

bool exit_is_success(const struct muster_exit *how)
{
	return how->kind == MUSTER_EXIT_STATUS && how->code == 0;
}

int exit_shell_code(const struct muster_exit *how)
{
	assert(how->kind < MUSTER_EXIT_KINDS);

	if (how->kind == MUSTER_EXIT_STATUS)
		return how->code;
	if (how->kind == MUSTER_EXIT_UNKNOWN)
		return SHELL_UNKNOWN;
	if (how->kind == MUSTER_EXIT_SIGNAL)
		return SHELL_SIGNAL_BASE + how->code;
	return exit_launch_code(how);
}

/*
 * init.h - what stories of `muster init` share.
 */
#pragma once

#include <sys/wait.h>

#include "tools/support.h"

/* What it says by itself at its usual level: nothing. */
static inline void assert_silent(const struct launcher *launcher)
{
	if (launcher->log.length > 0)
		fail_msg("not silent:\n%s", launcher->log.data);
}

/* KILL for its command, and it ends with that and without a survivor. */
static inline void end_by_kill(struct stage *stage, struct launcher *launcher,
			       pid_t command)
{
	process_kill(command, SIGKILL);
	assert_int_equal(launcher_end(launcher), 137);
	assert_nobody_left(stage);
}

/* From a process that has not signalled before: no echo of another one. */
static inline void signal_from_another(const struct launcher *launcher,
				       int signo)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(kill(launcher->pid, signo) < 0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

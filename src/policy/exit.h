/*
 * exit.h - what a wait status means.
 */
#pragma once

#include <stdbool.h>

#include "muster/types.h"

/* From waitid's si_code (CLD_EXITED, CLD_KILLED, CLD_DUMPED) and si_status;
 * code 0 says that the status was lost to another wait. */
struct muster_exit exit_from_child(int code, int status);

/* A launch that failed at step with a positive errno. */
struct muster_exit exit_from_launch(enum muster_step step, int error);

/* True for exit status 0 only. */
bool exit_is_success(const struct muster_exit *how);

/* As a shell says it: status; 128 + signal; 127 for a command that is not
 * there (ENOENT ENOTDIR ELOOP ENAMETOOLONG), 126 for one that cannot be
 * executed, 125 for a launch that failed before execve; 255 when the status was
 * lost. */
int exit_shell_code(const struct muster_exit *how);

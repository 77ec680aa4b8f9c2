/*
 * inherit.h - what muster itself was given by whoever started it.
 */
#pragma once

#include "base/text.h"
#include "options.h"

/* Takes over the sockets of LISTEN_FDS when LISTEN_PID is ours: they come first
 * among the listeners. Marks them and the descriptors of --pass-fd
 * close-on-exec, and closes everything else above 2. -EBADF and a clear line
 * when one of them is not open, -EINVAL when two want the same number in a
 * worker. */
int inherit_descriptors(struct run_options *options, struct text *error);

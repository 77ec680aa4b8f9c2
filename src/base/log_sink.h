/*
 * log_sink.h - log.c's way to its descriptor.
 */
#pragma once

#include <sys/types.h>

#include "base/log.h"

/* Chooses the method, and opens fd anew where that helps. One that is closed
 * already leaves the log at -1. */
void log_sink_attach(struct log *log, int fd);

/* As write(2), but never blocks; what cannot be written now is EAGAIN. */
ssize_t log_sink_write(const struct log *log, const char *data, size_t length);

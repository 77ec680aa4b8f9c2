/*
 * log_object.h - a line of a log that is a JSON object, numbered and dated.
 */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "base/log_level.h"
#include "base/wall.h"

/* With its newline it is what a pipe takes whole (PIPE_BUF). */
#define LOG_OBJECT_SIZE 4096U

struct log_object {
	struct json json; /* for members of the caller's */
	char line[LOG_OBJECT_SIZE];
};

/* What numbers and dates the objects of one log. */
struct log_register {
	uint64_t sequence; /* of the last one */
	uint64_t dated_ns; /* its time */
	struct wall wall;  /* by what it was dated */
};

/*
 * Begins {"seq":1,"time":"2026-11-23T10:11:12.123456789Z","time_ns":77,
 * "level":"info","event":"started" and takes the next number. time_ns is
 * monotonic, 0 for now; what happened at one time is dated by one look at the
 * clock.
 */
void log_object_begin(struct log_object *ret_object, struct log_register *by,
		      enum log_level level, const char *event,
		      uint64_t time_ns);

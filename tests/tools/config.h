/*
 * config.h - a test's configuration file, written and written again.
 */
#pragma once

#include "tools/support.h"

/* Puts length bytes in the place of the file, at once, as an editor or a
 * deployment does. Returns its path. */
static inline const char *config_put(struct stage *stage, const char *text,
				     size_t length)
{
	const char *path = stage_path(stage, "muster.conf");
	const char *new_path = stage_path(stage, "muster.conf.new");
	int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(close(fd), 0);
	assert_int_equal(rename(new_path, path), 0);
	return path;
}

static inline const char *config_write(struct stage *stage, const char *text)
{
	return config_put(stage, text, strlen(text));
}

/* As printf(3); the first argument of many is stage->worker. */
#define CONFIG(stage, ...) config_write(stage, stage_text(stage, __VA_ARGS__))

/* SIGHUP, and the line that says what came of it has these counts in it. */
static inline void config_reload(struct launcher *launcher, const char *counts)
{
	const char *line;

	launcher_signal(launcher, SIGHUP);
	line = launcher_log(launcher, "Reloaded /");
	if (!strstr(line, counts))
		fail_msg("%s", line);
}

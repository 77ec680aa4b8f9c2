/*
 * config_refuse.h - a configuration file that muster refuses, and what it says.
 */
#pragma once

#include "tools/config.h"

/* Refused with one line for each text, in this order, and no other. */
static inline void refuse(struct stage *stage, const char *file,
			  const char *const *texts)
{
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	unsigned int count = 0;

	if (launcher_end(launcher) != 125)
		fail_msg("it was not refused");
	for (; texts[count]; count++)
		(void)launcher_log(launcher, texts[count]);
	if (lines_count(&launcher->log, "") != count)
		fail_msg("%s", launcher->log.data);
	assert_int_equal(lines_count(&launcher->log, "muster run: error: "),
			 count);
	assert_int_equal(launcher->said.length, 0);
	assert_nobody_left(stage);
	launcher_forget(stage, launcher);
}

#define REFUSE(stage, text, ...) \
	refuse(stage, config_write(stage, text), LIST(__VA_ARGS__))

#define GOOD "[service:good]\ncommand = sleep 50\n"

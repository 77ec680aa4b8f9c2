/*
 * other.h - muster under the name of another program.
 */
#pragma once

#include <limits.h>

#include "tools/support.h"

/* What the stage starts from now on is muster still, by a symbolic link of that
 * name. */
static inline void stage_call_it(struct stage *stage, const char *name)
{
	const char *path = stage_path(stage, name);
	char program[PATH_MAX];

	assert_non_null(realpath(stage->program, program));
	assert_int_equal(symlink(program, path), 0);
	(void)snprintf(stage->program, sizeof(stage->program), "%s", path);
}

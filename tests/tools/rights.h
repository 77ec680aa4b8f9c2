/*
 * rights.h - what stories of workers with other rights than muster's share.
 */
#pragma once

#include "tools/config.h"
#include "tools/nproc.h"

static inline void need_root(void)
{
	if (geteuid() != 0)
		SKIP("only root gives rights away");
}

/* What the worker says of its own status. */
static inline void expect(struct launcher *launcher, const char *line)
{
	const char *said = launcher_hear(launcher, " status ");

	if (!strstr(said, line))
		fail_msg("not %s but %s", line, said);
}

/* The worker's program where any user may reach it. */
static inline void open_stage(struct stage *stage)
{
	need_root();
	nproc_move_program(stage, stage->worker, "worker");
}

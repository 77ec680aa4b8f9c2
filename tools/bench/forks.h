/*
 * forks.h - the launchers of forked workers that forks*.c measure.
 */
#pragma once

#include "session.h"

/* BENCH_BARE and _STEPS are the floor that forks, BENCH_MUSTER a program on
 * muster/service.h. */
#define FORKS_LAUNCHERS 3

extern const enum bench_launcher forks_launchers[FORKS_LAUNCHERS];

struct forks_case {
	bool is_pinned;
	uint32_t workers;
};

/* As session_start. */
int forks_start(const struct bench *bench, enum bench_launcher launcher,
		const struct forks_case *what, struct session *ret_session);

/* Each prints its lines. 0 or -errno. */
int forks_memory_run(struct bench *bench);
int forks_orphans_run(struct bench *bench);
int forks_idle_run(struct bench *bench);

/*
 * bench.h - what the parts of the benchmark share: what is measured against
 * what, and how large.
 */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

enum bench_launcher {
	BENCH_BARE,  /* block, notice, clone, execve */
	BENCH_STEPS, /* and its child does what muster's must */
	BENCH_MUSTER,
	BENCH_LAUNCHERS,
};

enum bench_engine {
	BENCH_RING,
	BENCH_EPOLL,
	BENCH_SIGNAL,
	BENCH_ENGINES,
};

#define BENCH_MANY 1000U
#define BENCH_ROUNDS_MAX 99U
/* Of what takes long. */
#define BENCH_SLOW_ROUNDS 7U

extern const char *const bench_launcher_names[BENCH_LAUNCHERS];
extern const char *const bench_engine_names[BENCH_ENGINES];

struct bench {
	const char *muster;
	const char *init; /* the static program, or NULL */
	const char *floor;
	const char *worker;
	char programs[224];    /* directory of the others that are measured */
	const char *reference; /* directory of the reference floor, or NULL */
	const char *peers;     /* directory of others' scripts, or NULL */
	const char *directory; /* for files */
	uint32_t rounds;
	uint32_t samples;   /* restarts a round */
	uint32_t idle_s;    /* how long launchers are watched doing nothing */
	int cpu;	    /* the one that is pinned to */
	cpu_set_t all_cpus; /* as the benchmark found them */
	bool kills_process; /* --kill process where times are taken */
	uint32_t limits;    /* compared with */
	uint32_t missed;
};

/* Each prints its table. 0, or -errno after saying what broke. */
int reference_run(struct bench *bench);
int restart_run(struct bench *bench);
int calls_run(struct bench *bench);
int reload_run(struct bench *bench);
int services_run(struct bench *bench);
int forks_run(struct bench *bench);
int peers_run(struct bench *bench);
int flood_run(struct bench *bench);
int http_run(struct bench *bench);
int idle_run(struct bench *bench);
int inits_run(struct bench *bench);

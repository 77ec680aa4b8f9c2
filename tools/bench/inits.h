/*
 * inits.h - inits side by side: who they are, and one life of a program under
 * one of them.
 */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench.h"
#include "inits_page.h"

enum inits_who {
	INITS_DIRECT,  /* none: the program itself */
	INITS_MINIMAL, /* inits_minimal.c */
	INITS_MUSTER,
	INITS_TINI,
	INITS_TINI_STATIC,
	INITS_DUMB_INIT,
	INITS_CATATONIT,
	INITS,
};

#define INITS_WORDS 24

struct inits {
	struct bench *bench;
	struct inits_page *page;
	int page_fd;
	int null_fd;
	char program[256];
	char paths[INITS][256]; /* "": not there */
};

extern const char *const inits_names[INITS];

/* inits.c */

/* Others' inits, which muster is compared with. */
bool inits_is_incumbent(enum inits_who who);
bool inits_is_there(const struct inits *inits, enum inits_who who);
bool inits_forwards(enum inits_who who);
/* The least value of an incumbent that is there; INITS_MUSTER without any. */
enum inits_who inits_best(const struct inits *inits, const double *values);

struct inits_command {
	const char *words[INITS_WORDS]; /* ends with NULL */
};

/* The init's path and options, then the program. Words are borrowed. */
struct inits_command inits_command(const struct inits *inits,
				   enum inits_who who);
/* The same, but signals go to the program's group. */
struct inits_command inits_command_group(const struct inits *inits,
					 enum inits_who who);
/* Of muster, with these options, ending with NULL. */
struct inits_command inits_command_muster(const struct inits *inits,
					  const char *const *options);
void inits_command_add(struct inits_command *command, const char *word);

/* inits_life.c */

struct inits_options {
	enum inits_part part;
	bool is_first;	       /* of a new pid namespace */
	bool keeps_page;       /* as another life has left it */
	bool is_traced;	       /* it stops in its execve */
	bool is_urgent;	       /* before all who share time; its child is not */
	const cpu_set_t *cpus; /* NULL: wherever */
	int log_fd;	       /* its standard error; 0: /dev/null */
};

struct inits_life {
	pid_t pid;
	int pidfd;
	const char *name;
	uint64_t start_ns; /* before the clone */
	uint64_t exec_ns;  /* in its execve: there is a new program */
};

#define INITS_LIFE_NONE ((struct inits_life){.pidfd = -1})

/* Returns when the init is in its execve. 0, or -errno after saying what is
 * wrong; to be ended either way. */
int inits_life_start(struct inits *inits, const struct inits_command *command,
		     const struct inits_options *options,
		     struct inits_life *ret_life);
/* Waits until a word of the page has at least this value. 0; 1 when the init
 * has ended before; -ETIMEDOUT after saying so. */
int inits_life_await(const struct inits_life *life, const uint32_t *word,
		     uint32_t value);
/* The same for one that may not have ended: -EIO after saying so. */
int inits_life_expect(const struct inits_life *life, const uint32_t *word,
		      uint32_t value);
/* Its processor time so far. */
uint64_t inits_life_spent_ns(const struct inits_life *life);
void inits_life_signal(const struct inits_life *life, int signo);
/* Waits for its end, and when that was seen. Its exit status, or -errno after
 * saying that it hangs or of which signal it died. */
int inits_life_end(struct inits_life *life, uint64_t *ret_end_ns);
/* Kills it and all that it leaves. */
void inits_life_kill(struct inits_life *life);

/* Changes a futex of the page and wakes who waits. */
void inits_raise(uint32_t *word);

/* Each prints a table; 0, or -errno after saying what broke. */
int inits_start_run(struct inits *inits);
int inits_signals_run(struct inits *inits);
int inits_memory_run(struct inits *inits);
int inits_idle_run(struct inits *inits);
int inits_storm_run(struct inits *inits);

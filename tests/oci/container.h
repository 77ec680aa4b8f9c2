/*
 * container.h - one container a test, by the runtime under test, with the init
 * under test as its first process.
 *
 * tests/oci/inside.sh made the place and named it in the environment. What runs
 * is on the stage of tests/tools: the runtime is its launcher, so what the
 * container says is heard and its status is the launcher's.
 */
#pragma once

#include "tools/support.h"

struct runtime;

struct container {
	struct stage *stage;
	const struct runtime *runtime;
	struct launcher *launcher;
	const char *work; /* all containers' */
	const char *root; /* file system */
	const char *name;
	int terminal; /* the other end of its own, or -1 */
};

/* What runs in it. Lists end with NULL. */
struct life {
	/* A shell's words before the init takes its place, which is the work of
	 * exec "$@" at their end; NULL for none. */
	const char *prelude;
	const char *const *steps;   /* of tests/tools/worker.c */
	const char *const *command; /* instead */
	/* Path of a filter as engines publish it; NULL for none. */
	const char *profile;
	unsigned int uid;  /* 0: root */
	bool is_read_only; /* its root */
	bool is_admin;	   /* may mount */
	bool has_terminal;
	bool is_bare; /* no init before it */
};

void container_start(struct container *container, const struct life *life);
#define CONTAINER(container, ...) \
	container_start(container, &(struct life){__VA_ARGS__})

/* A signal to its first process, by the runtime. */
void container_signal(struct container *container, const char *name);
/* Typed at its terminal. */
void container_type(struct container *container, const char *text);
/* Its first process, as it is called outside. */
pid_t container_pid(const struct container *container);
/* Waits for its end: the runtime's status; nothing of it is left. */
int container_end(struct container *container);

int container_set_up(void **state);
int container_tear_down(void **state);

#define CONTAINER_TEST(test)                                    \
	cmocka_unit_test_setup_teardown(test, container_set_up, \
					container_tear_down)

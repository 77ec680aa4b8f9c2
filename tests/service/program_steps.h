/*
 * program_steps.h - what the services and hooks of program.c do, told by its
 * arguments: "OPERATION[@WHO][#NUMBER]:VERB[=ARGUMENT]".
 *
 * WHO is a worker's id, "m" for the launcher's own copy, "w" for any worker.
 * NUMBER is a worker's generation; of a hook, which call of it. Without them
 * all are meant. Steps are done in the order in which they are given.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include <muster/service.h>

#define STEPS_MAX 48

enum operation {
	OPERATION_START,
	OPERATION_STOP,
	OPERATION_WAIT,
	OPERATION_RESET,
	/* Of the program, not of one service: */
	OPERATION_NEW_WORKER,
	OPERATION_READY,
	OPERATION_DEAD,
	OPERATION_THROTTLE,
	OPERATION_RELOAD,
	OPERATION_TERMINATE,
	OPERATION_BEFORE, /* muster_launcher_wait */
	OPERATIONS,
};

/* Who does a step, and with what. */
struct scene {
	struct muster_launcher *launcher;
	struct muster_worker *worker; /* NULL in most hooks */
	struct script *script;
	bool is_graceful;
	const char *argument;
};

struct step {
	enum operation operation;
	int who;
	unsigned int number; /* 0: any */
	int (*verb)(struct scene *scene);
	const char *argument; /* NULL: none */
};

/* A service's data, and the hooks'. */
struct script {
	struct muster_launcher *launcher;
	struct step steps[STEPS_MAX];
	unsigned int count;
	unsigned int calls[OPERATIONS]; /* of hooks */
	pthread_mutex_t lock;		/* of what follows */
	unsigned int starts;
	unsigned int stops;
	int stop_fd; /* eventfd; -1 */
};

/* "PID TEXT", one line on standard output. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* False when text is no step of a service, or of the program. */
bool script_add(struct script *script, const char *text, bool is_program);
/* What the steps of this operation return, the first that is not 0. */
int script_play(struct script *script, enum operation operation,
		struct scene *scene);

/* A service's ops over its script. */
extern const struct muster_service_ops script_ops;

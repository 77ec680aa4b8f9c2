/*
 * runner.h - a process that runs services: waits for signals, its services, the
 * launcher's death, one deadline and the backdoor, and does what follows.
 *
 * The same for the service launcher and for a forked worker; what differs are
 * values in struct runner_options.
 */
#pragma once

#include "service/services.h"
#include "service/speak.h"

struct runner_options {
	const struct settings *settings;
	struct speaker *speaker;
	const char *name;	  /* in lines: the service, or "" */
	uint64_t stop_timeout_ns; /* see runner_grant */
	bool is_worker;		  /* forked: the launcher has deadlines, too */
	bool is_guest;		  /* leaves signals alone */
	const struct muster_birth *birth; /* of a worker */
};

struct runner;

/* Opens what it waits on, and blocks the signals that it reads. -EBUSY when
 * they are somebody else's, -ENOMEM, -EMFILE. home is filled. */
int runner_open(const struct runner_options *options,
		struct runner **ret_runner, struct text *error);
/* Its services must be down. */
struct runner *runner_free(struct runner *runner);

/* A stop may take so long at least, before runner_run: MUSTER_FOREVER has no
 * deadline. All services are stopped together, so that the longest counts. */
void runner_grant(struct runner *runner, uint64_t stop_timeout_ns);

struct services *runner_services(struct runner *runner);
struct worker_home *runner_home(struct runner *runner);

/* Starts the services and returns the exit status when all have ended. What
 * cannot wait (SIGINT, the deadline, a second SIGTERM) ends the process. */
int runner_run(struct runner *runner);

/* What services without a runner get, before there is a signal to be read:
 * signals that a process with services reads, bit signo - 1. */
uint64_t runner_signals(void);

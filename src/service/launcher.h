/*
 * launcher.h - the two launchers behind muster/service.h.
 */
#pragma once

#include "base/text.h"
#include "proc/fork.h"
#include "proc/listen.h"
#include "service/forked.h"
#include "service/runner.h"

enum launcher_kind {
	LAUNCHER_SERVICE, /* services in this process */
	LAUNCHER_PROCESS, /* services in workers */
};

struct process;

/* A service that was added, and what stands for it in this process. */
struct launched {
	/* The same service, when it was added before: its copy stands for this
	 * one's, too. Otherwise itself. */
	struct launched *first;
	struct listen_socket
		*sockets; /* [socket_count], of a service launcher */
	int *listen_fds;  /* [listener_count], likewise */
	uint32_t socket_count;
	struct service *service;
	struct muster_worker worker; /* the launcher's own copy */
	struct forked forked;	     /* what its workers are born with */
	int workers;		     /* it shall have, of a process launcher */
	int reset_result;	     /* of the last reset() of its copy */
	bool is_rolling;	     /* a roll of its workers is on */
};

struct muster_launcher {
	enum launcher_kind kind;
	struct settings settings;
	struct speaker speaker;
	struct fork_mark *mark;
	struct launched **services; /* [count] */
	uint32_t count;
	struct runner *runner;	 /* of a service launcher */
	struct muster *muster;	 /* of a process launcher */
	struct process *process; /* while it is waited for; NULL */
	bool holds_signals;	 /* of a process launcher */
	int status;    /* of a process launcher that has ended; -EAGAIN */
	bool is_stuck; /* a thread of it never ended: keep it */
	char error[512];
};

/* A service as it was given, checked and copied: -EINVAL and why in error,
 * -E2BIG, -ENOMEM. */
int launched_new(struct muster_launcher *launcher,
		 const struct muster_service *service,
		 struct launched **ret_launched, struct text *error);
/* Closes its sockets; returns NULL, accepts NULL. */
struct launched *launched_free(struct launched *launched);

/* Opens what the service's rules listen on. -ENOMEM, or what the sockets said,
 * and why in error. */
int launched_listen(struct launched *launched, struct text *error);

/* The process launcher's part (process.c): each as muster_launcher_* has it. */
int process_open(struct muster_launcher *launcher, struct text *error);
void process_close(struct muster_launcher *launcher);
int process_add(struct muster_launcher *launcher, struct launched *launched,
		int workers, struct text *error);
/* Or is about to: its services are another thread's to walk then. */
bool process_has_stopped(const struct muster_launcher *launcher);
int process_wait(struct muster_launcher *launcher, struct text *error);
int process_restart(struct muster_launcher *launcher);
int process_set_workers(struct muster_launcher *launcher, uint32_t service,
			int workers);

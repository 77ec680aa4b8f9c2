/*
 * service.h - what the options say of one service, owned.
 *
 * There may be a thousand of them in a file, so it is small and its lists are
 * no longer than what was given. It lives until the library has copied it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "muster/muster.h"
#include "stringlist.h"

#define SERVICE_LISTENERS_MAX 256U
#define SERVICE_PASS_FDS_MAX 256U

struct rights;

struct service_options {
	struct muster_group_options group; /* complete after service_finish */
	struct muster_listener *listeners;
	int *pass_fds;
	struct stringlist command;
	struct stringlist variables;	  /* NAME=VALUE, as given */
	struct stringlist file_variables; /* the same, read from files */
	struct stringlist after;
	struct stringlist texts; /* what group and listeners point at */
	const char **environment;
	struct rights *rights; /* rights.h; NULL: none */
	bool may_be_parked;    /* 0 workers are a number, too */
	bool has_kill;	       /* it was said whom SIGKILL reaches */
};

_Static_assert(sizeof(struct service_options) <= 1024,
	       "a service's options take at most 1 KiB");

void service_init(struct service_options *service);
void service_fini(struct service_options *service);

/* A copy of string that lives as long as the service; NULL without memory. */
const char *service_keep(struct service_options *service, const char *string,
			 size_t length);

/* Adds a listener, behind the others or before them; name and address are
 * borrowed. -ENOSPC, -ENOMEM. */
int service_add_listener(struct service_options *service,
			 const struct muster_listener *listener);
int service_prepend_listener(struct service_options *service,
			     const struct muster_listener *listener);
/* -EEXIST, -ENOSPC, -ENOMEM. */
int service_add_pass_fd(struct service_options *service, int fd);

/* How long a stop may take, MUSTER_FOREVER: without limit. */
uint64_t service_stop_timeout_ns(const struct service_options *service);

/* What the options cannot mean together; -EINVAL and what. */
int service_check(const struct service_options *service, struct text *error);

/* Makes service->group complete: inherited, which is borrowed, overridden by
 * the variables of files and those by the service's own. -ENOMEM. */
int service_finish(struct service_options *service,
		   const char *const *inherited);

/*
 * inherit.h - what muster itself was given by whoever started it: sockets and
 * descriptors that its workers shall have.
 */
#pragma once

#include "base/text.h"
#include "service.h"

struct inherited {
	struct muster_listener *listeners; /* of LISTEN_FDS, from 3 on */
	uint32_t listener_count;
	int *fds; /* all that stay open, from the close on in order */
	uint32_t fd_count;
	char *names;	  /* that listeners point at */
	bool is_complete; /* others are closed, or were never ours */
};

/* Reads LISTEN_FDS and LISTEN_FDNAMES, when LISTEN_PID is ours. -EINVAL and a
 * clear line. */
int inherit_read(struct inherited *inherited, struct text *error);

/* Puts the sockets, or those called name, before the service's own listeners.
 * -EINVAL. */
int inherit_give(const struct inherited *inherited,
		 struct service_options *service, const char *name,
		 struct text *error);

/* Lets a descriptor that a service passes stay open. -ENOMEM. */
int inherit_keep(struct inherited *inherited, int fd);

/* Whether all that the service passes came with us. Once the others are closed
 * their numbers are those of muster's own descriptors, which nobody may have.
 * -EINVAL. */
int inherit_check(const struct inherited *inherited,
		  const struct service_options *service, struct text *error);

/* Marks what stays close-on-exec and closes everything else above 2. -EBADF and
 * a clear line when one of them is not open. */
int inherit_close_others(struct inherited *inherited, struct text *error);

void inherit_fini(struct inherited *inherited);

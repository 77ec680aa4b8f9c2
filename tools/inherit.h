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
	char *names; /* that listeners point at */
};

/* Reads LISTEN_FDS and LISTEN_FDNAMES, when LISTEN_PID is ours. -EINVAL and a
 * clear line. */
int inherit_read(struct inherited *inherited, struct text *error);

/* Puts the sockets before the service's own listeners. -EINVAL. */
int inherit_give(const struct inherited *inherited,
		 struct service_options *service, struct text *error);

/* Lets the descriptors that the service passes stay open. -ENOMEM. */
int inherit_keep(struct inherited *inherited,
		 const struct service_options *service);

/* Marks what stays close-on-exec and closes everything else above 2. -EBADF and
 * a clear line when one of them is not open. */
int inherit_close_others(struct inherited *inherited, struct text *error);

void inherit_fini(struct inherited *inherited);

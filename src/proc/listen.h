/*
 * listen.h - sockets opened once, kept by the launcher, handed to workers.
 *
 * Since the launcher holds them, a connection that arrives while a worker is
 * replaced waits in the backlog instead of being refused.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/text.h"

/* "tcp:[" + the longest textual IPv6 address with a zone + "]:65535", or
 * "unix:" and a path. */
#define LISTEN_ADDRESS_SIZE (sizeof(struct sockaddr_un) + 32)

struct listen_socket {
	int fd;
	char address[LISTEN_ADDRESS_SIZE]; /* as bound: the port is the real
					      one */
	dev_t dev; /* of a unix socket's file; ino 0: there is none */
	ino_t ino;
};

#define LISTEN_SOCKET_NULL ((struct listen_socket){.fd = -1})

/* Opens "tcp:HOST:PORT" (HOST empty or "*": every address, IPv6 and IPv4;
 * "[::1]" for IPv6; PORT 0 lets the kernel choose), "unix:/path" (a stale
 * socket file is replaced, a live one is in use) or "unix:@abstract". -errno,
 * and in error what was wrong and what would be right. */
int listen_open(const char *address, struct listen_socket *ret_socket,
		struct text *error);

/* Closes, and removes the unix socket's file if it is still the one that was
 * made. */
void listen_close(struct listen_socket *socket);

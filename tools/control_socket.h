/*
 * control_socket.h - the socket of --control: where it is, and that nobody but
 * its owner can connect to it.
 */
#pragma once

#include <sys/types.h>

#include "base/text.h"

struct control_socket {
	const char *address; /* "/PATH" or "@NAME"; borrowed */
	int fd;		     /* listens, does not block; -1: there is none */
	dev_t dev;	     /* of the socket's file; ino 0: there is none */
	ino_t ino;
};

#define CONTROL_SOCKET_NULL ((struct control_socket){.fd = -1})

/* Opens it; address is borrowed until it is closed. What a dead muster left
 * there is replaced; what somebody serves, or what is no socket, is left alone.
 * -errno, and in error one line that names the option. */
int control_socket_open(const char *address, struct control_socket *ret_socket,
			struct text *error);

/* Removes the socket's file if it is still ours, and closes. */
void control_socket_close(struct control_socket *socket);

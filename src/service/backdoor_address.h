/*
 * backdoor_address.h - where a backdoor listens: what the operator's words
 * mean, and the socket opened there.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/text.h"

struct backdoor_address {
	int fd;		 /* listens, does not block */
	bool is_unix;	 /* a path, not a port */
	bool is_literal; /* the path's braces meant nothing */
	dev_t dev;	 /* of the socket's file; ino 0: not known */
	ino_t ino;
	char where[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

#define BACKDOOR_ADDRESS_NULL ((struct backdoor_address){.fd = -1})

/* As backdoor_check and backdoor_open. */
int backdoor_address_check(const char *port, const char *socket,
			   struct text *error);
int backdoor_address_open(const char *port, const char *socket,
			  struct backdoor_address *ret_address,
			  struct text *error);

/* Removes the socket's file if it is still ours, and closes. */
void backdoor_address_close(struct backdoor_address *address);

/*
 * address.h - what the address of a listener says. Pure: nothing is opened,
 * looked up or asked of the system.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.h"

#define ADDRESS_HOST_SIZE 256U

enum address_kind {
	ADDRESS_TCP,
	ADDRESS_UNIX,
	ADDRESS_KINDS,
};

struct address {
	enum address_kind kind;
	/* Of TCP. */
	char host[ADDRESS_HOST_SIZE]; /* without brackets; "": every address */
	uint16_t port;		      /* 0: the kernel chooses */
	/* Of a unix socket; an abstract name begins with a NUL. */
	struct sockaddr_un name;
	socklen_t name_length;
};

/* Reads "tcp:HOST:PORT" (HOST empty or "*": every address), "tcp:[IPV6]:PORT",
 * "unix:/path" or "unix:@abstract". -EINVAL, or -ENAMETOOLONG for what is more
 * than a socket's name may be, and in error what was wrong and what would be
 * right. */
int address_parse(const char *string, struct address *ret_address,
		  struct text *error);

/* It is an address, and always the same: a port of 0 is another one for each
 * that asks. */
bool address_is_fixed(const char *string);

/*
 * notify_address.h - the address of a socket as NOTIFY_SOCKET has it.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

/* "/PATH", or "@NAME" for one in the abstract name space. -EINVAL for anything
 * else, -ENAMETOOLONG. */
int notify_address(const char *text, struct sockaddr_un *ret_address,
		   socklen_t *ret_length);

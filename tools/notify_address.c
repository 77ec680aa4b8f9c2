/*
 * notify_address.c - the address of a socket as NOTIFY_SOCKET has it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "notify_address.h"

int notify_address(const char *text, struct sockaddr_un *ret_address,
		   socklen_t *ret_length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || length < 2)
		return -EINVAL;
	/* The kernel takes a path without its NUL, other programs do not. */
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, text, length);
	if (text[0] == '@')
		address.sun_path[0] = '\0';
	*ret_address = address;
	*ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				  length + (text[0] == '/'));
	return 0;
}

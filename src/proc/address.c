/*
 * address.c - reads the address of a listener. Whether there is such a host is
 * for listen.c to find out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/parse.h"
#include "proc/address.h"

#define ADDRESS_FORMS "tcp:HOST:PORT, tcp:[IPV6]:PORT, unix:/PATH or unix:@NAME"

static int address_take_unix(const char *path, struct address *address,
			     struct text *error)
{
	struct sockaddr_un *name = &address->name;
	size_t length = strlen(path);
	bool is_path = path[0] == '/';

	if (length < 2 || (!is_path && path[0] != '@')) {
		text_add(error, "not an absolute path or @NAME");
		return -EINVAL;
	}
	/* An abstract name has no terminator, a path needs one. */
	length += is_path;
	if (length > sizeof(name->sun_path)) {
		text_format(error, "longer than the %zu bytes of a socket name",
			    sizeof(name->sun_path) - 1);
		return -ENAMETOOLONG;
	}
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, path, length);
	if (!is_path)
		name->sun_path[0] = '\0';
	address->name_length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

/* With or without the zone that it is of: "fe80::1%eth0" (RFC 4007). */
static bool address_is_ipv6(const char *host, size_t length)
{
	const char *zone = memchr(host, '%', length);
	size_t count = zone ? (size_t)(zone - host) : length;
	char digits[INET6_ADDRSTRLEN] = "";
	struct in6_addr unused;

	if (count >= sizeof(digits) || (zone && count + 1 == length))
		return false;
	memcpy(digits, host, count);
	return inet_pton(AF_INET6, digits, &unused) == 1;
}

/* "HOST", "*" or "[IPV6]". */
static int address_take_host(const char *host, size_t length,
			     struct address *address)
{
	if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
		host++;
		length -= 2;
		if (!address_is_ipv6(host, length))
			return -EINVAL;
	} else if (memchr(host, ':', length)) {
		return -EINVAL; /* an IPv6 address wants brackets */
	}
	if (length >= ADDRESS_HOST_SIZE)
		return -EINVAL;
	memcpy(address->host, host, length);
	if (strcmp(address->host, "*") == 0)
		address->host[0] = '\0';
	return 0;
}

static int address_split_tcp(const char *text, struct address *address)
{
	const char *colon = strrchr(text, ':');
	uint64_t port;

	if (!colon || parse_u64_range(colon + 1, 0, 65535, &port) < 0)
		return -EINVAL;
	address->port = (uint16_t)port;
	return address_take_host(text, (size_t)(colon - text), address);
}

static int address_take_tcp(const char *text, struct address *address,
			    struct text *error)
{
	if (address_split_tcp(text, address) == 0)
		return 0;
	text_add(error, "not HOST:PORT or [IPV6]:PORT with a port from 0 to "
			"65535");
	return -EINVAL;
}

int address_parse(const char *string, struct address *ret_address,
		  struct text *error)
{
	struct address address = {0};
	int r;

	if (strncmp(string, "tcp:", 4) == 0) {
		address.kind = ADDRESS_TCP;
		r = address_take_tcp(string + 4, &address, error);
	} else if (strncmp(string, "unix:", 5) == 0) {
		address.kind = ADDRESS_UNIX;
		r = address_take_unix(string + 5, &address, error);
	} else {
		text_add(error, "expected " ADDRESS_FORMS);
		r = -EINVAL;
	}
	if (r == 0)
		*ret_address = address;
	return r;
}

bool address_is_fixed(const char *string)
{
	char unwanted[1];
	struct text nothing;
	struct address address;

	text_init(&nothing, unwanted, sizeof(unwanted));
	return address_parse(string, &address, &nothing) == 0 &&
	       (address.kind != ADDRESS_TCP || address.port != 0);
}

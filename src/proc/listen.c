/*
 * listen.c - opens a listening socket on an address. Knows nothing of workers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "proc/address.h"
#include "proc/listen.h"

static int listen_refuse(struct text *error, int code, const char *what)
{
	text_format(error, "%s: %s", what, strerror(code));
	return -code;
}

/* Somebody accepts there: then it is not stale. */
static bool listen_is_alive(const struct sockaddr_un *name, socklen_t length)
{
	_cleanup_fd_ int fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return true; /* not known: leave it alone */
	if (connect(fd, (const struct sockaddr *)name, length) == 0)
		return true;
	return errno != ECONNREFUSED;
}

static int listen_bind_unix(int fd, const struct sockaddr_un *name,
			    socklen_t length)
{
	const struct sockaddr *generic = (const struct sockaddr *)name;
	struct stat status;

	if (bind(fd, generic, length) == 0)
		return 0;
	if (errno != EADDRINUSE || name->sun_path[0] == '\0')
		return -errno;
	/* Only a socket that nobody serves is removed, never a file. */
	if (lstat(name->sun_path, &status) < 0 || !S_ISSOCK(status.st_mode) ||
	    listen_is_alive(name, length) || unlink(name->sun_path) < 0)
		return -EADDRINUSE;
	return bind(fd, generic, length) == 0 ? 0 : -errno;
}

static int listen_open_unix(const struct address *address,
			    struct listen_socket *ret_socket,
			    struct text *error)
{
	const char *path = address->name.sun_path;
	_cleanup_fd_ int fd = -1;
	struct stat status;
	int r;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return listen_refuse(error, errno, "socket");
	r = listen_bind_unix(fd, &address->name, address->name_length);
	if (r < 0)
		return listen_refuse(error, -r, "bind");
	if (listen(fd, SOMAXCONN) < 0)
		return listen_refuse(error, errno, "listen");
	if (path[0] == '/' && lstat(path, &status) == 0) {
		ret_socket->dev = status.st_dev;
		ret_socket->ino = status.st_ino;
	}
	ret_socket->fd = TAKE_FD(fd);
	return 0;
}

static int listen_bind_tcp(const struct addrinfo *info, bool is_wildcard)
{
	_cleanup_fd_ int fd = socket(info->ai_family,
				     SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	int on = 1;
	int only = !is_wildcard;

	if (fd < 0)
		return -errno;
	/* A restarted launcher must not wait for old connections. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (info->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only,
				 sizeof(only));
	if (bind(fd, info->ai_addr, info->ai_addrlen) < 0)
		return -errno;
	if (listen(fd, SOMAXCONN) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* A scope is told by its number. */
static void listen_describe_ipv6(struct text *text,
				 const struct sockaddr_in6 *name)
{
	char host[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(AF_INET6, &name->sin6_addr, host, sizeof(host));
	text_add(text, "tcp:[");
	text_add(text, host);
	if (name->sin6_scope_id != 0) {
		text_add(text, "%");
		text_add_i64(text, name->sin6_scope_id);
	}
	text_add(text, "]:");
	text_add_i64(text, ntohs(name->sin6_port));
}

static void listen_describe_ipv4(struct text *text,
				 const struct sockaddr_in *name)
{
	char host[INET_ADDRSTRLEN] = "";

	(void)inet_ntop(AF_INET, &name->sin_addr, host, sizeof(host));
	text_add(text, "tcp:");
	text_add(text, host);
	text_add(text, ":");
	text_add_i64(text, ntohs(name->sin_port));
}

/* Not by getnameinfo(3), which brings all that looks names up. */
static void listen_describe_tcp(struct listen_socket *socket)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} name = {0};
	socklen_t length = sizeof(name);
	struct text text;

	if (getsockname(socket->fd, &name.any, &length) < 0)
		return;
	text_init(&text, socket->address, sizeof(socket->address));
	if (name.any.sa_family == AF_INET6)
		listen_describe_ipv6(&text, &name.ipv6);
	else
		listen_describe_ipv4(&text, &name.ipv4);
}

/* IPv6 first for a wildcard: such a socket serves IPv4 too. */
static int listen_bind_first(const struct addrinfo *infos, bool is_wildcard)
{
	int first = -EADDRNOTAVAIL;

	for (int pass = 0; pass < 2; pass++)
		for (const struct addrinfo *info = infos; info;
		     info = info->ai_next) {
			bool is_late =
				is_wildcard && info->ai_family != AF_INET6;
			int fd;

			if (is_late != (pass == 1))
				continue;
			fd = listen_bind_tcp(info, is_wildcard);
			if (fd >= 0)
				return fd;
			if (first == -EADDRNOTAVAIL)
				first = fd;
		}
	return first;
}

static int listen_open_tcp(const struct address *address,
			   struct listen_socket *ret_socket, struct text *error)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	bool is_wildcard = address->host[0] == '\0';
	struct addrinfo *infos;
	char port[8];
	int fd;
	int r;

	(void)snprintf(port, sizeof(port), "%u", address->port);
	r = getaddrinfo(is_wildcard ? NULL : address->host, port, &hints,
			&infos);
	if (r != 0) {
		text_add(error, gai_strerror(r));
		return r == EAI_MEMORY ? -ENOMEM : -EADDRNOTAVAIL;
	}
	fd = listen_bind_first(infos, is_wildcard);
	freeaddrinfo(infos);
	if (fd < 0)
		return listen_refuse(error, -fd, "bind");
	ret_socket->fd = fd;
	listen_describe_tcp(ret_socket);
	return 0;
}

int listen_open(const char *address, struct listen_socket *ret_socket,
		struct text *error)
{
	struct listen_socket opened = LISTEN_SOCKET_NULL;
	struct address parsed;
	int r = address_parse(address, &parsed, error);

	if (r < 0)
		return r;
	if (parsed.kind == ADDRESS_TCP) {
		r = listen_open_tcp(&parsed, &opened, error);
	} else {
		(void)snprintf(opened.address, sizeof(opened.address), "%s",
			       address);
		r = listen_open_unix(&parsed, &opened, error);
	}
	if (r == 0)
		*ret_socket = opened;
	return r;
}

void listen_close(struct listen_socket *socket)
{
	const char *path = socket->address + strlen("unix:");
	struct stat status;

	if (socket->fd < 0)
		return;
	(void)close(socket->fd); /* nothing to be done on failure */
	socket->fd = -1;
	if (socket->ino != 0 && lstat(path, &status) == 0 &&
	    status.st_dev == socket->dev && status.st_ino == socket->ino)
		(void)unlink(path); /* a read-only directory keeps it */
}

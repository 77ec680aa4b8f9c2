/*
 * listen.c - parses an address and opens a listening socket on it. Knows
 * nothing of workers.
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
#include "base/parse.h"
#include "proc/listen.h"

#define LISTEN_FORMS "tcp:HOST:PORT, tcp:[IPV6]:PORT, unix:/PATH or unix:@NAME"

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

static int listen_name_unix(const char *path, struct sockaddr_un *ret_name,
			    socklen_t *ret_length)
{
	size_t length = strlen(path);

	*ret_name = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (length < 2 || (path[0] != '/' && path[0] != '@'))
		return -EINVAL;
	/* An abstract name has no terminator, a path needs one. */
	if (length + (path[0] == '/') > sizeof(ret_name->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret_name->sun_path, path, length);
	if (path[0] == '@')
		ret_name->sun_path[0] = '\0';
	*ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				  length + (path[0] == '/'));
	return 0;
}

static int listen_open_unix(const char *path, struct listen_socket *ret_socket,
			    struct text *error)
{
	_cleanup_fd_ int fd = -1;
	struct sockaddr_un name;
	struct stat status;
	socklen_t length;
	int r;

	r = listen_name_unix(path, &name, &length);
	if (r == -EINVAL)
		text_add(error, "not an absolute path or @NAME");
	else if (r < 0)
		text_format(error, "longer than the %zu bytes of a socket name",
			    sizeof(name.sun_path) - 1);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return listen_refuse(error, errno, "socket");
	r = listen_bind_unix(fd, &name, length);
	if (r < 0)
		return listen_refuse(error, -r, "bind");
	if (listen(fd, SOMAXCONN) < 0)
		return listen_refuse(error, errno, "listen");
	if (path[0] == '/' && lstat(path, &status) == 0) {
		ret_socket->dev = status.st_dev;
		ret_socket->ino = status.st_ino;
	}
	(void)snprintf(ret_socket->address, sizeof(ret_socket->address),
		       "unix:%s", path);
	ret_socket->fd = TAKE_FD(fd);
	return 0;
}

/* Splits "HOST:PORT" and "[HOST]:PORT"; host gets sizeof 256. */
static int listen_split_tcp(const char *text, char *ret_host,
			    const char **ret_port)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t length;
	uint64_t port;

	if (!colon || parse_u64_range(colon + 1, 0, 65535, &port) < 0)
		return -EINVAL;
	length = (size_t)(colon - text);
	if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
		host++;
		length -= 2;
	} else if (memchr(host, ':', length)) {
		return -EINVAL; /* an IPv6 address wants brackets */
	}
	if (length >= 256)
		return -EINVAL;
	memcpy(ret_host, host, length);
	ret_host[length] = '\0';
	*ret_port = colon + 1;
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

static void listen_describe_tcp(struct listen_socket *socket)
{
	struct sockaddr_storage name = {0};
	socklen_t length = sizeof(name);
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	char port[8];

	if (getsockname(socket->fd, (struct sockaddr *)&name, &length) < 0 ||
	    getnameinfo((struct sockaddr *)&name, length, host, sizeof(host),
			port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	(void)snprintf(socket->address, sizeof(socket->address),
		       name.ss_family == AF_INET6 ? "tcp:[%s]:%s" : "tcp:%s:%s",
		       host, port);
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

static int listen_open_tcp(const char *text, struct listen_socket *ret_socket,
			   struct text *error)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *infos;
	bool is_wildcard;
	const char *port;
	char host[256];
	int fd;
	int r;

	if (listen_split_tcp(text, host, &port) < 0) {
		text_add(error, "not HOST:PORT or [IPV6]:PORT with a port from "
				"0 to 65535");
		return -EINVAL;
	}
	is_wildcard = host[0] == '\0' || strcmp(host, "*") == 0;
	r = getaddrinfo(is_wildcard ? NULL : host, port, &hints, &infos);
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
	int r;

	if (strncmp(address, "tcp:", 4) == 0) {
		r = listen_open_tcp(address + 4, &opened, error);
	} else if (strncmp(address, "unix:", 5) == 0) {
		r = listen_open_unix(address + 5, &opened, error);
	} else {
		text_add(error, "expected " LISTEN_FORMS);
		r = -EINVAL;
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

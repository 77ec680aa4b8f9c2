/*
 * backdoor_address.c - where a backdoor listens. Reads no configuration but the
 * two words, and knows nothing of clients.
 *
 * SO_REUSEADDR lets a port be taken again while connections of its last owner
 * linger in TIME_WAIT, or a worker's fixed port would be lost for a minute to
 * its replacement. Two listeners cannot share a port by it (the second listen
 * is refused), SO_REUSEPORT is never set. With it the kernel may choose a
 * random port that somebody has bound and is about to listen on, so it is not
 * set for port 0.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/parse.h"
#include "service/backdoor_address.h"

/* Who waits to be accepted; people do not come in crowds. */
#define ADDRESS_BACKLOG 16
#define ADDRESS_PORT_MAX 65535U
/* The kernel's limit (PID_MAX_LIMIT): the longest that {pid} can become. */
#define ADDRESS_PID_MAX 4194304

struct address_ports {
	uint16_t first;
	uint16_t last;
};

static const char address_help[] =
	"Acceptable values are 0, <port>, and <start>:<end>: 0 is a random "
	"port, <port> this one, which must be free, and <start>:<end> the "
	"first of the range that is free.  The log says which it is.";

static int address_refuse(struct text *error, const char *what, int code)
{
	text_format(error, "backdoor %s: %s", what, strerror(code));
	return -code;
}

static int address_refuse_port(struct text *error, const char *port,
			       const char *reason)
{
	text_format(error, "Invalid backdoor_port configuration %s: %s. %s",
		    port, reason, address_help);
	return -EINVAL;
}

/* The first length bytes of string as a port. */
static int address_parse_port(const char *string, size_t length,
			      uint16_t *ret_port)
{
	char digits[24]; /* more than any number needs */
	uint64_t port;
	int r;

	if (length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, string, length);
	digits[length] = '\0';
	r = parse_u64_range(digits, 0, ADDRESS_PORT_MAX, &port);
	if (r == 0)
		*ret_port = (uint16_t)port;
	return r;
}

static int address_parse_ports(const char *port,
			       struct address_ports *ret_ports,
			       struct text *error)
{
	const char *colon = strchr(port, ':');
	size_t length = colon ? (size_t)(colon - port) : strlen(port);
	const char *last = colon ? colon + 1 : port;
	struct address_ports ports = {0};

	if (address_parse_port(port, length, &ports.first) < 0 ||
	    address_parse_port(last, strlen(last), &ports.last) < 0)
		return address_refuse_port(
			error, port, "a port is a number from 0 to 65535");
	if (ports.last < ports.first)
		return address_refuse_port(error, port,
					   "the range ends before it begins");
	*ret_ports = ports;
	return 0;
}

/* False for braces that are no format: a lone one, or another name. */
static bool address_expand(const char *path, pid_t pid, struct text *result)
{
	static const char placeholder[] = "{pid}";
	size_t length = strlen(placeholder);

	while (*path) {
		bool is_brace = *path == '{' || *path == '}';

		if (strncmp(path, placeholder, length) == 0) {
			text_add_i64(result, pid);
			path += length;
			continue;
		}
		if (is_brace && path[1] != path[0])
			return false;
		text_add_bytes(result, path, 1);
		path += is_brace ? 2 : 1;
	}
	return true;
}

static int address_parse_path(const char *path, pid_t pid,
			      struct backdoor_address *address,
			      struct text *error)
{
	struct text where;

	text_init(&where, address->where, sizeof(address->where));
	address->is_literal = !address_expand(path, pid, &where);
	if (address->is_literal) {
		text_init(&where, address->where, sizeof(address->where));
		text_add(&where, path);
	}
	if (where.length > 0 && !where.is_cut)
		return 0;
	text_format(error, "Invalid backdoor_socket configuration %s: %s", path,
		    where.is_cut ? "longer than the 107 bytes of a socket's "
				   "path"
				 : "the path is empty");
	return -EINVAL;
}
_Static_assert(sizeof(((struct backdoor_address *)0)->where) == 108,
	       "says address_parse_path");

/* 1 and a listener, 0 when somebody else has the port. */
static int address_try_port(uint16_t port, int *ret_fd)
{
	_cleanup_fd_ int fd =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int is_on = 1;

	if (fd < 0)
		return -errno;
	if (port != 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_on, sizeof(is_on)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, ADDRESS_BACKLOG) < 0)
		return errno == EADDRINUSE ? 0 : -errno;
	*ret_fd = TAKE_FD(fd);
	return 1;
}

static int address_open_range(struct address_ports ports, int *ret_fd)
{
	for (unsigned int port = ports.first; port <= ports.last; port++) {
		int r = address_try_port((uint16_t)port, ret_fd);

		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -EADDRINUSE;
}

static int address_open_tcp(const char *port, struct backdoor_address *address,
			    struct text *error)
{
	struct address_ports ports = {0};
	struct sockaddr_in name = {0};
	socklen_t size = sizeof(name);
	int r = address_parse_ports(port, &ports, error);

	if (r < 0)
		return r;
	(void)snprintf(address->where, sizeof(address->where),
		       "127.0.0.1:%.16s", port);
	r = address_open_range(ports, &address->fd);
	if (r < 0)
		return address_refuse(error, address->where, -r);
	if (getsockname(address->fd, (struct sockaddr *)&name, &size) < 0)
		return address_refuse(error, address->where, errno);
	(void)snprintf(address->where, sizeof(address->where), "127.0.0.1:%u",
		       ntohs(name.sin_port));
	return 0;
}

/* A file with content was never left by a backdoor: a slip of the operator's
 * hand shall not cost it. */
static int address_remove(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size > 0)
		return -EADDRINUSE;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

static int address_bind_unix(int fd, const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const struct sockaddr *generic = (const struct sockaddr *)&name;
	int r;

	memcpy(name.sun_path, path, strlen(path));
	if (bind(fd, generic, sizeof(name)) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -errno;
	r = address_remove(path);
	if (r < 0)
		return r;
	return bind(fd, generic, sizeof(name)) == 0 ? 0 : -errno;
}

/* The file gets the mode of the socket, less the umask: so it is never open to
 * others, and the umask, which all threads share, stays. */
static int address_listen_unix(struct backdoor_address *address)
{
	struct stat status;
	int r;

	address->fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (address->fd < 0 || fchmod(address->fd, S_IRUSR | S_IWUSR) < 0)
		return -errno;
	r = address_bind_unix(address->fd, address->where);
	if (r < 0)
		return r;
	if (lstat(address->where, &status) == 0) {
		address->dev = status.st_dev;
		address->ino = status.st_ino;
	}
	return listen(address->fd, ADDRESS_BACKLOG) == 0 ? 0 : -errno;
}

static int address_open_unix(const char *path, struct backdoor_address *address,
			     struct text *error)
{
	int r = address_parse_path(path, getpid(), address, error);

	if (r < 0)
		return r;
	address->is_unix = true;
	r = address_listen_unix(address);
	return r < 0 ? address_refuse(error, address->where, -r) : 0;
}

int backdoor_address_check(const char *port, const char *socket,
			   struct text *error)
{
	struct backdoor_address address;
	struct address_ports ports = {0};

	if (socket)
		return address_parse_path(socket, ADDRESS_PID_MAX, &address,
					  error);
	return port ? address_parse_ports(port, &ports, error) : 0;
}

int backdoor_address_open(const char *port, const char *socket,
			  struct backdoor_address *ret_address,
			  struct text *error)
{
	_cleanup_(backdoor_address_close) struct backdoor_address address =
		BACKDOOR_ADDRESS_NULL;
	int r = socket ? address_open_unix(socket, &address, error)
		       : address_open_tcp(port, &address, error);

	if (r < 0)
		return r;
	*ret_address = address;
	address = BACKDOOR_ADDRESS_NULL;
	return 0;
}

/* The file first: as long as the socket is open nobody else can have got its
 * inode. */
void backdoor_address_close(struct backdoor_address *address)
{
	struct stat status;

	if (address->ino != 0 && lstat(address->where, &status) == 0 &&
	    status.st_dev == address->dev && status.st_ino == address->ino)
		(void)unlink(address->where); /* a directory may keep it */
	address->ino = 0;
	address->fd = fd_close(address->fd);
}

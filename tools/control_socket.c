/*
 * control_socket.c - opens and closes the socket of --control. Knows nothing of
 * what is asked there.
 *
 * Its file has mode 0600 from the first moment: bind(2) gives it what the umask
 * leaves, so the umask is another one for that call. muster has one thread, and
 * no worker yet.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/fd.h"
#include "control_lock.h"
#include "control_socket.h"
#include "notify_address.h"

/* Probes that wait while muster is busy or stopped. */
#define CONTROL_BACKLOG 64
/* All but what its owner needs to connect. */
#define CONTROL_UMASK 0177

struct control_name {
	struct sockaddr_un name;
	socklen_t length;
};

static int control_bind_once(int fd, const struct control_name *to)
{
	mode_t mask = umask(CONTROL_UMASK);
	int r = bind(fd, (const struct sockaddr *)&to->name, to->length);

	r = r < 0 ? -errno : 0;
	(void)umask(mask);
	return r;
}

/* A ring of a process that was killed holds its sockets for a moment longer:
 * they take connections that nobody accepts. A kernel with such rings gives the
 * pidfd of who listens, which is readable when he has ended; of some that are
 * reaped it has none any more. */
static bool control_is_of_the_dead(int fd)
{
	_cleanup_fd_ int pidfd = -1;
	socklen_t size = sizeof(pidfd);
	struct pollfd peer = {.events = POLLIN};

	if (getsockopt(fd, SOL_SOCKET, COMPAT_SO_PEERPIDFD, &pidfd, &size) < 0)
		return errno == ESRCH || errno == EINVAL;
	peer.fd = pidfd;
	return poll(&peer, 1, 0) == 1;
}

/* Otherwise only ECONNREFUSED means that nobody serves it; a queue that is
 * full, for example, is somebody's. 0 when it is stale. */
static int control_knock(const struct control_name *to)
{
	_cleanup_fd_ int fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&to->name, to->length) == 0)
		return control_is_of_the_dead(fd) ? 0 : -EADDRINUSE;
	if (errno == EACCES || errno == EPERM)
		return -errno;
	return errno == ECONNREFUSED ? 0 : -EADDRINUSE;
}

static int control_remove_stale(const struct control_name *to)
{
	const char *path = to->name.sun_path;
	struct stat status;
	int r;

	if (lstat(path, &status) < 0)
		return -errno;
	if (!S_ISSOCK(status.st_mode))
		return -ENOTSOCK;
	r = control_knock(to);
	if (r < 0)
		return r;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int control_bind(int fd, const struct control_name *to)
{
	int r = control_bind_once(fd, to);

	if (r != -EADDRINUSE || to->name.sun_path[0] == '\0')
		return r;
	r = control_remove_stale(to);
	return r < 0 ? r : control_bind_once(fd, to);
}

static const char *control_reason(int error)
{
	switch (error) {
	case EINVAL:
		return "neither an absolute path nor @NAME";
	case ENAMETOOLONG:
		return "longer than the 107 bytes of a socket's address";
	case EADDRINUSE:
		return "somebody serves this socket already";
	case ENOTSOCK:
		return "there is something else, which is no socket";
	default:
		return strerror(error);
	}
}

static int control_listen(struct control_socket *socket_,
			  const struct control_name *to)
{
	struct stat status;
	int r = control_bind(socket_->fd, to);

	if (r < 0)
		return r;
	if (to->name.sun_path[0] != '\0' &&
	    lstat(to->name.sun_path, &status) == 0) {
		socket_->dev = status.st_dev;
		socket_->ino = status.st_ino;
	}
	return listen(socket_->fd, CONTROL_BACKLOG) < 0 ? -errno : 0;
}

/* A name without a file is the kernel's to give, to one of two. */
static int control_listen_alone(struct control_socket *socket_,
				const struct control_name *to)
{
	_cleanup_(control_lock_release) struct control_lock lock =
		CONTROL_LOCK_NULL;
	int r = 0;

	if (to->name.sun_path[0] != '\0')
		r = control_lock_take(to->name.sun_path, &lock);
	return r < 0 ? r : control_listen(socket_, to);
}

int control_socket_open(const char *address, struct control_socket *ret_socket,
			struct text *error)
{
	_cleanup_(control_socket_close) struct control_socket opened =
		CONTROL_SOCKET_NULL;
	struct control_name to;
	int r = notify_address(address, &to.name, &to.length);

	opened.address = address;
	if (r == 0) {
		opened.fd = socket(
			AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		r = opened.fd < 0 ? -errno : control_listen_alone(&opened, &to);
	}
	if (r < 0) {
		text_format(error, "--control %s: %s", address,
			    control_reason(-r));
		return r;
	}
	*ret_socket = opened;
	opened = CONTROL_SOCKET_NULL;
	return 0;
}

/* The file first: as long as the socket is open nobody else can have got its
 * inode. */
void control_socket_close(struct control_socket *socket)
{
	struct stat status;

	if (socket->ino != 0 && lstat(socket->address, &status) == 0 &&
	    status.st_dev == socket->dev && status.st_ino == socket->ino)
		(void)unlink(socket->address); /* a directory may keep it */
	socket->ino = 0;
	socket->fd = fd_close(socket->fd);
}

/*
 * log_sink.c - how not to block: the methods that log.h names.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/log_sink.h"
#include "base/text.h"

/* A terminal, but not the master's side of one: that cannot be opened anew,
 * its name makes another terminal. */
static bool is_terminal(int fd)
{
	unsigned int number;

	return isatty(fd) && ioctl(fd, COMPAT_REQUEST(TIOCGPTN), &number) < 0;
}

/*
 * A description of our own for the same pipe or terminal. Fails without /proc,
 * for a sink that belongs to another user, and for a named pipe nobody reads.
 * A reading end is not turned into a writing one.
 */
static int log_reopen(int fd)
{
	char path[sizeof("/proc/self/fd/") + 20];
	int flags = fcntl(fd, F_GETFL);
	struct text text;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return -1;
	text_init(&text, path, sizeof(path));
	text_add(&text, "/proc/self/fd/");
	text_add_i64(&text, fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void log_sink_attach(struct log *log, int fd)
{
	struct stat status;
	int own = -1;

	if (fstat(fd, &status) < 0)
		return; /* closed: drop everything, as for -1 */
	log->fd = fd;
	log->method = LOG_METHOD_POLL;
	/* Major 1: /dev/null and its like, which make nobody wait. */
	if (S_ISREG(status.st_mode) ||
	    (S_ISCHR(status.st_mode) && major(status.st_rdev) == 1))
		log->method = LOG_METHOD_DIRECT;
	else if (S_ISSOCK(status.st_mode))
		log->method = LOG_METHOD_SOCKET;
	else if (S_ISFIFO(status.st_mode) || is_terminal(fd))
		own = log_reopen(fd);
	if (own >= 0) {
		log->fd = own;
		log->is_own = true;
		log->method = LOG_METHOD_NONBLOCK;
	}
}

static bool log_may_write(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	int ready = poll(&room, 1, 0);

	if (ready == 0)
		errno = EAGAIN;
	return ready > 0; /* or broken, which the write will say */
}

ssize_t log_sink_write(const struct log *log, const char *data, size_t length)
{
	if (log->method == LOG_METHOD_SOCKET)
		return send(log->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (log->method == LOG_METHOD_POLL && !log_may_write(log->fd))
		return -1;
	return write(log->fd, data, length);
}

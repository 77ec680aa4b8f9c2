/*
 * wait_ready.c - `muster wait-ready SOCK [TIMEOUT]`: waits until a program says
 * READY=1 to a socket (B92).
 *
 * The one message is taken literally, as the reference does: whoever says
 * something else first is not ready. The socket's file is ours and goes with
 * us, whatever ends us but SIGKILL; what that leaves behind the next one
 * replaces.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "control_lock.h"
#include "muster/types.h"
#include "notify_address.h"
#include "verbs.h"

#define WAIT_MESSAGE 512 /* the reference reads no more */

enum wait_result {
	WAIT_READY,
	WAIT_OTHER,
	WAIT_TIMEOUT,
};

/* Of a socket's file. */
struct wait_file {
	const char *path;
	dev_t dev;
	ino_t ino; /* 0: there is none */
};

static int wait_refuse(const char *what, const char *why)
{
	(void)fprintf(stderr, "muster wait-ready: error: %s%s%s\n", what,
		      why[0] != '\0' ? ": " : "", why);
	return EXIT_USAGE;
}

/* Those that ask us to end; main has blocked them. */
static int wait_open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGHUP);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int wait_read_message(int fd)
{
	static const char wanted[] = "READY=1";
	char message[WAIT_MESSAGE];
	ssize_t n = recv(fd, message, sizeof(message), 0);

	if (n == (ssize_t)strlen(wanted) &&
	    memcmp(message, wanted, strlen(wanted)) == 0)
		return WAIT_READY;
	return WAIT_OTHER;
}

static int wait_read_signal(int fd)
{
	struct signalfd_siginfo info = {0};

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return WAIT_OTHER;
	return 128 + (int)info.ssi_signo;
}

static int wait_for_message(int fd, uint64_t limit_ns)
{
	_cleanup_fd_ int signals = wait_open_signals();
	struct pollfd sets[] = {
		{.fd = fd, .events = POLLIN},
		{.fd = signals, .events = POLLIN},
	};
	const struct timespec limit = {
		.tv_sec = (time_t)(limit_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(limit_ns % NSEC_PER_SEC),
	};
	int r;

	if (signals < 0)
		return wait_refuse("signalfd", strerror(errno));
	r = ppoll(sets, ARRAY_LEN(sets),
		  limit_ns == MUSTER_FOREVER ? NULL : &limit, NULL);
	if (r < 0)
		return wait_refuse("poll", strerror(errno));
	if (r == 0)
		return WAIT_TIMEOUT;
	/* What has come has come, even if we are told to end. */
	return sets[0].revents ? wait_read_message(fd)
			       : wait_read_signal(signals);
}

/* A socket of datagrams cannot connect to one of another kind that somebody
 * has, nor to one that talks to another; to one that nobody has any more it is
 * refused. */
static bool wait_is_stale(const struct sockaddr_un *name, socklen_t length)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct stat status;

	return fd >= 0 && lstat(name->sun_path, &status) == 0 &&
	       S_ISSOCK(status.st_mode) &&
	       connect(fd, (const struct sockaddr *)name, length) < 0 &&
	       errno == ECONNREFUSED;
}

/* Under a lock, or two that find a dead one's file would remove each other's.
 */
static int wait_replace(int fd, const struct sockaddr_un *name,
			socklen_t length)
{
	_cleanup_(control_lock_release) struct control_lock lock =
		CONTROL_LOCK_NULL;
	int r;

	if (!wait_is_stale(name, length))
		return -EADDRINUSE; /* no lock is made beside who serves */
	r = control_lock_take(name->sun_path, &lock);
	if (r < 0)
		return r;
	if (!wait_is_stale(name, length) || unlink(name->sun_path) < 0)
		return -EADDRINUSE;
	r = bind(fd, (const struct sockaddr *)name, length);
	return r < 0 ? -errno : 0;
}

static int wait_bind(int fd, const struct sockaddr_un *name, socklen_t length,
		     struct wait_file *file)
{
	struct stat status;
	int r = bind(fd, (const struct sockaddr *)name, length);

	r = r < 0 ? -errno : 0;
	if (r == -EADDRINUSE && name->sun_path[0] != '\0')
		r = wait_replace(fd, name, length);
	if (r == 0 && name->sun_path[0] != '\0' &&
	    lstat(name->sun_path, &status) == 0 && S_ISSOCK(status.st_mode)) {
		file->dev = status.st_dev;
		file->ino = status.st_ino;
	}
	return r;
}

/* While the socket is open nobody else can have got its inode. */
static void wait_remove(const struct wait_file *file)
{
	struct stat status;

	if (file->ino != 0 && lstat(file->path, &status) == 0 &&
	    status.st_dev == file->dev && status.st_ino == file->ino)
		(void)unlink(file->path); /* a directory may keep it */
}

static int wait_on(const char *path, uint64_t limit_ns)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct wait_file file = {.path = path};
	struct sockaddr_un address;
	socklen_t length;
	int status;
	int r = notify_address(path, &address, &length);

	if (r == -EINVAL)
		return wait_refuse(path, "neither an absolute path nor @NAME");
	if (r < 0)
		return wait_refuse(path, strerror(-r));
	r = fd < 0 ? -errno : wait_bind(fd, &address, length, &file);
	if (r < 0)
		return wait_refuse(path, strerror(-r));
	status = wait_for_message(fd, limit_ns);
	wait_remove(&file);
	return status;
}

void wait_ready_print_help(void)
{
	(void)printf(
		"usage: muster wait-ready SOCKET [TIMEOUT]\n\n"
		"Waits for one message to SOCKET, a path or @NAME, as "
		"sd_notify(3) sends it.\n\n"
		"Ends with 0 when it is READY=1, with 1 when it is anything "
		"else, and with 2\nwhen none has come within TIMEOUT (a "
		"duration such as 30s; for ever).\n");
}

int verb_wait_ready(int argc, char **argv, const sigset_t *given_mask)
{
	uint64_t limit_ns = MUSTER_FOREVER;

	(void)given_mask; /* there are no workers */
	if (argc == 2 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		wait_ready_print_help();
		return 0;
	}
	if (argc < 2 || argc > 3)
		return wait_refuse("usage: muster wait-ready SOCKET [TIMEOUT]",
				   "");
	if (argc == 3 && parse_duration(argv[2], &limit_ns) < 0)
		return wait_refuse(argv[2], "no duration such as 30s");
	return wait_on(argv[1], limit_ns);
}

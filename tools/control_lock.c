/*
 * control_lock.c - takes and gives back the lock of a socket. Never waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "control_lock.h"

/* All but what another one with our rights needs to open it. */
#define CONTROL_LOCK_UMASK 0177
#define CONTROL_LOCK_SUFFIX ".muster-lock"
/* Each time another one has come, and gone with the file that we had opened. */
#define CONTROL_LOCK_TRIES 16

/* It is still the one that others would open. */
static bool control_lock_is_there(const char *path, int fd)
{
	struct stat ours;
	struct stat theirs;

	return fstat(fd, &ours) == 0 && lstat(path, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static int control_lock_open(const char *path)
{
	int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	mode_t mask = umask(CONTROL_LOCK_UMASK);
	int fd = open(path, flags | O_CLOEXEC, 0600);

	fd = fd < 0 ? -errno : fd;
	(void)umask(mask);
	return fd;
}

static int control_lock_try(const char *path, int *ret_fd)
{
	_cleanup_fd_ int fd = control_lock_open(path);

	if (fd < 0)
		return fd;
	/* Where the file system has no locks it is as if we were alone. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EADDRINUSE;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int control_lock_take(const char *socket_path, struct control_lock *ret_lock)
{
	struct control_lock lock = CONTROL_LOCK_NULL;
	int r = 0;

	(void)snprintf(lock.path, sizeof(lock.path), "%s" CONTROL_LOCK_SUFFIX,
		       socket_path);
	for (int i = 0; r == 0 && i < CONTROL_LOCK_TRIES; i++) {
		r = control_lock_try(lock.path, &lock.fd);
		if (r == 0 && control_lock_is_there(lock.path, lock.fd)) {
			*ret_lock = lock;
			return 0;
		}
		lock.fd = fd_close(lock.fd);
	}
	return r < 0 ? r : -EADDRINUSE;
}

/* Somebody may have a file of that name in which something stands. */
void control_lock_release(struct control_lock *lock)
{
	struct stat status;

	if (lock->fd >= 0 && fstat(lock->fd, &status) == 0 &&
	    S_ISREG(status.st_mode) && status.st_size == 0)
		(void)unlink(lock->path); /* while it is locked still */
	lock->fd = fd_close(lock->fd);
}

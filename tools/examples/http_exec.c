/*
 * http_exec.c - the server of http.c as a program that any launcher can run,
 * muster or systemd: without libmuster.
 *
 *	$ muster run --listen tcp:127.0.0.1:8080 --ready notify -w 4 -- \
 *		./http-exec
 *
 * It takes its socket as sd_listen_fds(3) describes, says that it is ready as
 * sd_notify(3) does, and drains on SIGTERM.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "http_handler.h"

#define LISTEN_FD 3 /* the first of sd_listen_fds(3) */

/* Whether the variables that pass a socket are meant for this process. */
static int is_passed_a_socket(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");

	return pid && count && strtol(pid, NULL, 10) == getpid() &&
	       strtol(count, NULL, 10) >= 1;
}

static int open_stop_fd(void)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &stops, NULL) < 0)
		return -errno;
	return signalfd(-1, &stops, SFD_CLOEXEC);
}

/* Nobody may be listening, and that is no error. */
static void say_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (length < 2 || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@') /* an abstract address */
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, "READY=1", strlen("READY=1"), MSG_NOSIGNAL,
		   (struct sockaddr *)&address,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			       length)) < 0)
		perror("http-exec: NOTIFY_SOCKET");
	(void)close(fd); /* nothing is lost by a failure */
}

static int fail(const char *what, int r, int status)
{
	(void)fprintf(stderr, "http-exec: %s: %s\n", what, strerror(-r));
	return status;
}

int main(void)
{
	struct signalfd_siginfo signal;
	int stop_fd = open_stop_fd();
	struct http http = {.listen_fd = LISTEN_FD, .asked_fd = stop_fd};
	int r;

	if (stop_fd < 0)
		return fail("signalfd", -errno, EXIT_FAILURE);
	if (!is_passed_a_socket())
		return fail("LISTEN_FDS", -ENOTSOCK, EXIT_FAILURE);
	r = io_uring_queue_init(3 * HTTP_PEERS, &http.ring, 0);
	if (r < 0)
		return fail("io_uring", r, EX_UNAVAILABLE);
	say_ready();
	while ((r = http_run(&http)) > 0) /* the signal is the only wish */
		http.is_draining = read(stop_fd, &signal, sizeof(signal)) > 0;
	io_uring_queue_exit(&http.ring);
	return r < 0 ? fail("io_uring", r, EXIT_FAILURE) : EXIT_SUCCESS;
}

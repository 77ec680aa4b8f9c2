/*
 * http_handler.h - a small HTTP/1.1 server on io_uring, for http.c and
 * http_exec.c: one thread, one ring, one text as the answer to every GET.
 *
 * It needs Linux 6.1, and io_uring: Docker's and Podman's filters forbid it.
 */
#pragma once

struct http;

/* Whether there is io_uring here: 0, -EPERM (forbidden), -ENOSYS (none),
 * -EINVAL (too old), -ENOMEM. */
int http_probe(void);

/* Listens on listen_fd, borrowed and maybe shared with others. asked_fd polls
 * as readable when somebody wants something of the caller. body is copied. One
 * thread opens, runs and closes it. As http_probe. */
int http_open(int listen_fd, int asked_fd, const char *body,
	      struct http **ret_http);

/* Serves until asked_fd is readable: 1; or until all is drained: 0. -errno. */
int http_run(struct http *http);

/* Accepts nothing new from now on, and http_run returns once the connections
 * have ended. */
void http_drain(struct http *http);

void http_close(struct http *http);

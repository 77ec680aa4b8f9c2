/* http_handler.h - a small HTTP/1.1 server on io_uring; it needs Linux 6.1 */
#pragma once

#include <liburing.h>
#include <stdbool.h>

struct http {
	struct io_uring ring; /* made by http_open, the caller's to exit */
	int listen_fd;	      /* may be shared with other workers */
	int asked_fd;	      /* http_run returns 1 when it is readable */
	bool is_draining;     /* set it, and http_run returns 0 in the end */
	bool is_accepting;
	unsigned int peers;
	char body[64]; /* the answer to everything */
};

int http_open(struct http *http); /* 0 or -errno, as http_run */
int http_run(struct http *http);

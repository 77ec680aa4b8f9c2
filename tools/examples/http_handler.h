/* http_handler.h - a small HTTP/1.1 server on io_uring */
#pragma once

#include <liburing.h>
#include <stdbool.h>

#define HTTP_PEERS 500U /* at most: fewer than descriptors */

struct http {
	struct io_uring ring; /* the caller's, with 3 * HTTP_PEERS entries */
	int listen_fd;	      /* may be shared with other workers */
	int asked_fd;	      /* http_run returns 1 when it is readable */
	bool is_draining;     /* set it, and http_run returns 0 in the end */
	struct peer *next;    /* who is awaited */
	unsigned int peers;   /* with this one */
};

int http_run(struct http *http); /* or -errno */

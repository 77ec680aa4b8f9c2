/*
 * http_handler.c - each peer has one operation in the ring, with a time limit.
 *
 * An end that no answer announced may cross the peer's next request. So we
 * drain by answering what still comes, with "Connection: close". Then our half
 * is closed and the rest read, or the peer is reset and may lose the answer.
 */
#define _GNU_SOURCE 1 /* strcasestr */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_handler.h"

struct peer {
	int fd;
	bool is_last; /* nothing is answered any more */
	size_t length;
	struct __kernel_timespec limit;
	char text[4096]; /* a request, then its answer */
};

static struct io_uring_sqe *entry(struct http *http, void *data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&http->ring);

	io_uring_sqe_set_data(sqe, data);
	return sqe;
}

/* Answers a request that is complete. One that is not plain is the last: what
 * follows may be a body. So is one of a peer who leaves no room for answers. */
static void peer_answer(struct peer *peer, bool is_last)
{
	char *text = peer->text;
	const char *end = strstr(text, "\r\n\r\n");
	const char *status = end ? "200 OK" : "431 Header Fields Too Large";
	int size;

	if (!end && peer->length < sizeof(peer->text) - 1)
		return;
	if (end && strncmp(text, "GET ", 4) != 0)
		status = "405 Method Not Allowed\r\nAllow: GET";
	is_last |= *status != '2' || end + 4 != text + peer->length ||
		   !strstr(text, " HTTP/1.1\r\n") ||
		   strcasestr(text, "\r\nConnection: close") ||
		   strcasestr(text, "\r\nContent-Length") ||
		   strcasestr(text, "\r\nTransfer-Encoding");
	size = snprintf(text, sizeof(peer->text),
			"HTTP/1.1 %s\r\nContent-Length: 6\r\n%s\r\nhello\n",
			status, is_last ? "Connection: close\r\n" : "");
	is_last |= send(peer->fd, text, (size_t)size,
			MSG_DONTWAIT | MSG_NOSIGNAL) != size;
	if (is_last)
		(void)shutdown(peer->fd, SHUT_WR);
	peer->is_last = is_last;
	peer->length = 0;
}

/* Takes what a peer's operation gave, and begins its next one. */
static int peer_take(struct http *http, struct peer *peer, int result)
{
	struct io_uring_sqe *sqe;
	bool is_new = peer == http->next;

	if (is_new) {
		http->next = NULL;
		peer->fd = result;
		peer->limit.tv_sec = 5;
	} else if (result > 0 && !peer->is_last) {
		peer->length += (size_t)result;
		peer->text[peer->length] = '\0';
		peer_answer(peer, http->is_draining);
	}
	if (result < 0 || (result == 0 && !is_new)) {
		(void)close(peer->fd); /* nothing is lost by a failure */
		free(peer);
		http->peers--;
		return is_new && result != -ECANCELED ? result : 0;
	}
	sqe = entry(http, peer);
	io_uring_prep_recv(sqe, peer->fd, peer->text + peer->length,
			   sizeof(peer->text) - 1 - peer->length, 0);
	io_uring_sqe_set_flags(sqe, IOSQE_IO_LINK);
	io_uring_prep_link_timeout(entry(http, NULL), &peer->limit, 0);
	return 0;
}

/* When we drain, the queue holds whom the kernel woke only us for: we accept
 * until it is empty, and cancel at once, for another may have been faster. */
int http_run(struct http *http)
{
	struct pollfd queue = {.fd = http->listen_fd, .events = POLLIN};
	struct io_uring_cqe *cqe;
	void *data;
	int r = 0;

	io_uring_prep_poll_add(entry(http, http), http->asked_fd, POLLIN);
	while (r == 0) {
		if (!http->next && http->peers < HTTP_PEERS &&
		    (!http->is_draining || poll(&queue, 1, 0) > 0)) {
			http->next = calloc(1, sizeof(*http->next));
			if (!http->next)
				return -ENOMEM;
			http->peers++;
			io_uring_prep_accept(entry(http, http->next),
					     http->listen_fd, NULL, NULL,
					     SOCK_CLOEXEC);
		}
		if (http->next && http->is_draining)
			io_uring_prep_cancel(entry(http, NULL), http->next, 0);
		if (http->peers == 0)
			return 0;
		r = io_uring_submit_and_wait(&http->ring, 1);
		r = r < 0 && r != -EINTR ? r : 0;
		while (r == 0 && io_uring_peek_cqe(&http->ring, &cqe) == 0) {
			data = io_uring_cqe_get_data(cqe);
			if (data == http)
				r = cqe->res;
			else if (data)
				r = peer_take(http, data, cqe->res);
			io_uring_cqe_seen(&http->ring, cqe);
		}
	}
	return r;
}

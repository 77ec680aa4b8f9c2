/*
 * http_handler.c - each peer has one operation in the ring, with a time limit.
 *
 * An end that no answer announced may cross the peer's next request. So we
 * drain by answering what still comes, with "Connection: close". Then our half
 * is closed and the rest read: close(2) with bytes unread resets the peer, who
 * may lose the answer.
 */
#define _GNU_SOURCE 1 /* strcasestr */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_handler.h"

#define SILENCE 5      /* seconds, until a peer is given up */
#define PEERS_MAX 500U /* fewer than descriptors; two entries for each */
#define ENTRIES 1024U

struct peer {
	int fd;
	bool is_sending;
	bool is_last; /* answer; or our half is closed after it */
	size_t length;
	struct __kernel_timespec limit;
	char text[4096]; /* a request, then its answer */
};

static struct io_uring_sqe *http_entry(struct http *http, void *data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&http->ring);

	io_uring_sqe_set_data(sqe, data);
	return sqe;
}

static void peer_go(struct http *http, struct peer *peer)
{
	struct io_uring_sqe *sqe = http_entry(http, peer);

	if (peer->is_sending)
		io_uring_prep_send(sqe, peer->fd, peer->text, peer->length,
				   MSG_WAITALL | MSG_NOSIGNAL);
	else
		io_uring_prep_recv(sqe, peer->fd, peer->text + peer->length,
				   sizeof(peer->text) - 1 - peer->length, 0);
	io_uring_sqe_set_flags(sqe, IOSQE_IO_LINK);
	io_uring_prep_link_timeout(http_entry(http, NULL), &peer->limit, 0);
}

/* Turns a request that is complete into its answer. Nothing is read after one
 * that is not plain: what follows may be a body. */
static bool peer_answer(struct http *http, struct peer *peer)
{
	char *text = peer->text;
	const char *end = strstr(text, "\r\n\r\n");
	const char *status = "200 OK";

	if (!end && peer->length < sizeof(peer->text) - 1)
		return false;
	if (!end)
		status = "431 Request Header Fields Too Large";
	else if (strncmp(text, "GET ", 4) != 0)
		status = "405 Method Not Allowed\r\nAllow: GET";
	peer->is_last = http->is_draining || *status != '2' ||
			end + 4 != text + peer->length ||
			!strstr(text, " HTTP/1.1\r\n") ||
			strcasestr(text, "\r\nConnection: close") ||
			strcasestr(text, "\r\nContent-Length") ||
			strcasestr(text, "\r\nTransfer-Encoding");
	peer->length = (size_t)snprintf(
		text, sizeof(peer->text),
		"HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
		peer->is_last ? "Connection: close\r\n" : "",
		strlen(http->body), http->body);
	return true;
}

static void peer_take(struct http *http, struct peer *peer, int result)
{
	bool is_sent = peer->is_sending && result == (int)peer->length;
	bool is_silent = !peer->is_sending && result == -ECANCELED;

	if (is_sent || (is_silent && !peer->is_last)) {
		peer->is_sending = false;
		peer->is_last |= is_silent;
		peer->length = 0;
		if (peer->is_last)
			(void)shutdown(peer->fd, SHUT_WR);
	} else if (peer->is_sending || result <= 0) {
		(void)close(peer->fd); /* nothing is lost by a failure */
		free(peer);
		http->peers--;
		return;
	} else if (!peer->is_last) {
		peer->length += (size_t)result;
		peer->text[peer->length] = '\0';
		peer->is_sending = peer_answer(http, peer);
	}
	peer_go(http, peer);
}

static int http_accepted(struct http *http, int result)
{
	struct peer *peer;

	http->is_accepting = false;
	if (result < 0)
		return result == -ECANCELED ? 0 : result;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return -ENOMEM;
	peer->fd = result;
	peer->limit.tv_sec = SILENCE;
	http->peers++;
	peer_go(http, peer);
	return 0;
}

/* Whether there is something to wait for. Whom the kernel woke only us for is
 * in the queue when we drain: until that is empty we accept, and cancel at
 * once, for another may have been faster. */
static bool http_arm(struct http *http)
{
	struct pollfd queue = {.fd = http->listen_fd, .events = POLLIN};

	if (!http->is_accepting && http->peers < PEERS_MAX &&
	    (!http->is_draining || poll(&queue, 1, 0) > 0)) {
		http->is_accepting = true;
		io_uring_prep_accept(http_entry(http, &http->listen_fd),
				     http->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	}
	if (http->is_accepting && http->is_draining)
		io_uring_prep_cancel(http_entry(http, NULL), &http->listen_fd,
				     0);
	return http->is_accepting || http->peers > 0;
}

int http_run(struct http *http)
{
	struct io_uring_cqe *cqe;
	int r = 0;

	if (!http->is_draining)
		io_uring_prep_poll_add(http_entry(http, &http->asked_fd),
				       http->asked_fd, POLLIN);
	while (r == 0 && http_arm(http)) {
		r = io_uring_submit_and_wait(&http->ring, 1);
		r = r < 0 && r != -EINTR ? r : 0;
		while (r == 0 && io_uring_peek_cqe(&http->ring, &cqe) == 0) {
			void *data = io_uring_cqe_get_data(cqe);

			if (data == &http->asked_fd)
				r = cqe->res;
			else if (data == &http->listen_fd)
				r = http_accepted(http, cqe->res);
			else if (data)
				peer_take(http, data, cqe->res);
			io_uring_cqe_seen(&http->ring, cqe);
		}
	}
	return r;
}

int http_open(struct http *http)
{
	return io_uring_queue_init(ENTRIES, &http->ring,
				   IORING_SETUP_SINGLE_ISSUER |
					   IORING_SETUP_DEFER_TASKRUN);
}

/*
 * http_handler.c - connections on a ring, each with one operation under way.
 *
 * How it drains without a failed request. A server may end a kept-alive
 * connection only by an answer that says "Connection: close": at any other
 * moment the close may cross the client's next request, which is lost then. So
 * what was begun and what still comes is answered, with that header. Then our
 * half is closed, and what comes is read until the client has closed, too:
 * close(2) with bytes unread sends a reset, which may overtake the answer. Who
 * asks for nothing within a grace is closed all the same.
 *
 * The listener is shared and stays open, so what waits in its queue is served
 * by others. But the kernel wakes one worker for one connection, and that may
 * have been us, who no longer accept: http_end_accept looks after that.
 */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_answer.h"
#include "http_handler.h"

#define HTTP_ENTRIES 512U /* of the ring */
#define HTTP_BATCH 64U	  /* completions taken at a time */
/* Seconds. */
#define HTTP_IDLE 60	/* between two requests */
#define HTTP_REQUEST 10 /* from its first byte to the answer's last */
#define HTTP_GRACE 3	/* for the next request, when we drain */
#define HTTP_LINGER 2	/* for the client to close after us */

/* Whose completion it is; what is not one of these is a connection. */
enum http_tag { HTTP_ACCEPT = 1, HTTP_ASKED, HTTP_TICK, HTTP_CANCEL };

struct connection {
	struct connection *next; /* in http.connections */
	struct connection **link;
	int fd;
	int seconds;	 /* until it is closed */
	bool is_closing; /* our half is closed */
	size_t sent;	 /* of the answer, which has no length while we receive
			  */
	struct http_exchange exchange;
};

struct http {
	struct io_uring ring;
	int listen_fd;
	int asked_fd;
	struct connection *connections;
	bool is_accepting;
	bool is_watching; /* asked_fd */
	bool is_asked;	  /* it was readable */
	bool is_ticking;
	bool is_draining;
	struct __kernel_timespec second;
	char body[256];
};

/* When the ring is full, what it holds is submitted first. Where the kernel
 * takes nothing, it has no memory for us: our successor may have more luck. */
static struct io_uring_sqe *http_entry(struct http *http)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&http->ring);

	if (!sqe && io_uring_submit(&http->ring) > 0)
		sqe = io_uring_get_sqe(&http->ring);
	if (!sqe)
		abort();
	return sqe;
}

static void http_accept(struct http *http)
{
	struct io_uring_sqe *sqe = http_entry(http);

	io_uring_prep_multishot_accept(sqe, http->listen_fd, NULL, NULL,
				       SOCK_CLOEXEC);
	io_uring_sqe_set_data64(sqe, HTTP_ACCEPT);
	http->is_accepting = true;
}

static void http_cancel_accept(struct http *http)
{
	struct io_uring_sqe *sqe = http_entry(http);

	io_uring_prep_cancel64(sqe, HTTP_ACCEPT, 0);
	io_uring_sqe_set_data64(sqe, HTTP_CANCEL);
}

static void connection_receive(struct http *http, struct connection *connection)
{
	struct http_exchange *exchange = &connection->exchange;
	struct io_uring_sqe *sqe = http_entry(http);

	io_uring_prep_recv(sqe, connection->fd,
			   exchange->request + exchange->length,
			   sizeof(exchange->request) - exchange->length, 0);
	io_uring_sqe_set_data(sqe, connection);
}

static void connection_send(struct http *http, struct connection *connection)
{
	const struct http_exchange *exchange = &connection->exchange;
	struct io_uring_sqe *sqe = http_entry(http);

	io_uring_prep_send(
		sqe, connection->fd, exchange->answer + connection->sent,
		exchange->answer_length - connection->sent, MSG_NOSIGNAL);
	io_uring_sqe_set_data(sqe, connection);
}

static void connection_new(struct http *http, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		(void)close(fd); /* nothing is lost by a failure */
		return;
	}
	connection->fd = fd;
	connection->seconds = http->is_draining ? HTTP_GRACE : HTTP_IDLE;
	connection->next = http->connections;
	connection->link = &http->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	http->connections = connection;
	connection_receive(http, connection);
}

static void connection_free(struct connection *connection)
{
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	(void)close(connection->fd); /* nothing is lost by a failure */
	free(connection);
}

static bool connection_is_idle(const struct connection *connection)
{
	return connection->exchange.length == 0 &&
	       connection->exchange.answer_length == 0;
}

/* Closes our half; the operation that is under way goes on. */
static void connection_end(struct connection *connection)
{
	(void)shutdown(connection->fd, SHUT_WR); /* or the client has closed */
	connection->is_closing = true;
	connection->seconds = HTTP_LINGER;
	connection->exchange.length = 0;
}

/* Answers what was asked, or waits for it. */
static void connection_serve(struct http *http, struct connection *connection)
{
	struct http_exchange *exchange = &connection->exchange;

	if (http->is_draining)
		exchange->is_last = true;
	connection->sent = 0;
	if (http_answer(exchange, http->body))
		connection_send(http, connection);
	else
		connection_receive(http, connection);
}

static void connection_received(struct http *http,
				struct connection *connection, int result)
{
	struct http_exchange *exchange = &connection->exchange;

	if (connection->is_closing) { /* read, and dropped */
		connection_receive(http, connection);
		return;
	}
	if (exchange->length == 0)
		connection->seconds = HTTP_REQUEST;
	exchange->length += (size_t)result;
	connection_serve(http, connection);
}

static void connection_sent(struct http *http, struct connection *connection,
			    int result)
{
	struct http_exchange *exchange = &connection->exchange;

	connection->sent += (size_t)result;
	if (connection->sent < exchange->answer_length) {
		connection_send(http, connection);
		return;
	}
	exchange->answer_length = 0;
	if (exchange->is_last) {
		connection_end(connection);
		connection_receive(http, connection);
		return;
	}
	connection->seconds = http->is_draining ? HTTP_GRACE : HTTP_IDLE;
	connection_serve(http, connection); /* it may have sent two */
}

static void connection_complete(struct http *http,
				struct connection *connection, int result)
{
	if (result <= 0)
		connection_free(connection);
	else if (connection->exchange.answer_length > 0)
		connection_sent(http, connection, result);
	else
		connection_received(http, connection, result);
}

/* The accept has ended: cancelled, or for want of descriptors or memory, for
 * which http_tick waits. */
static void http_end_accept(struct http *http, int result)
{
	struct pollfd queue = {.fd = http->listen_fd, .events = POLLIN};

	http->is_accepting = false;
	if (result < 0 && result != -ECANCELED && result != -ECONNABORTED)
		return;
	if (!http->is_draining) {
		http_accept(http);
	} else if (poll(&queue, 1, 0) > 0) {
		http_accept(http); /* whom nobody else was woken for */
		http_cancel_accept(http);
	}
}

static void http_accepted(struct http *http, const struct io_uring_cqe *cqe)
{
	if (cqe->res >= 0)
		connection_new(http, cqe->res);
	if (!(cqe->flags & IORING_CQE_F_MORE))
		http_end_accept(http, cqe->res);
}

/* Once a second, while there is something to count down. */
static void http_tick(struct http *http)
{
	http->is_ticking = false;
	for (struct connection *connection = http->connections; connection;
	     connection = connection->next) {
		if (--connection->seconds > 0)
			continue;
		if (connection->is_closing) /* ends the receive */
			(void)shutdown(connection->fd, SHUT_RDWR);
		else
			connection_end(connection);
	}
	if (!http->is_accepting && !http->is_draining)
		http_accept(http);
}

static void http_take(struct http *http, const struct io_uring_cqe *cqe)
{
	switch (cqe->user_data) {
	case HTTP_ACCEPT:
		http_accepted(http, cqe);
		break;
	case HTTP_ASKED:
		http->is_watching = false;
		http->is_asked = true;
		break;
	case HTTP_TICK:
		http_tick(http);
		break;
	case HTTP_CANCEL:
		break;
	default:
		connection_complete(http, io_uring_cqe_get_data(cqe), cqe->res);
	}
}

static void http_arm(struct http *http)
{
	if (!http->is_watching && !http->is_draining) {
		struct io_uring_sqe *sqe = http_entry(http);

		io_uring_prep_poll_add(sqe, http->asked_fd, POLLIN);
		io_uring_sqe_set_data64(sqe, HTTP_ASKED);
		http->is_watching = true;
	}
	if (!http->is_ticking && (http->connections || !http->is_accepting)) {
		struct io_uring_sqe *sqe = http_entry(http);

		io_uring_prep_timeout(sqe, &http->second, 0, 0);
		io_uring_sqe_set_data64(sqe, HTTP_TICK);
		http->is_ticking = true;
	}
}

static int http_turn(struct http *http)
{
	struct io_uring_cqe *cqes[HTTP_BATCH];
	unsigned int count;
	int r;

	http_arm(http);
	r = io_uring_submit_and_wait(&http->ring, 1);
	if (r < 0 && r != -EINTR && r != -EAGAIN && r != -EBUSY)
		return r;
	count = io_uring_peek_batch_cqe(&http->ring, cqes, HTTP_BATCH);
	for (unsigned int i = 0; i < count; i++)
		http_take(http, cqes[i]);
	io_uring_cq_advance(&http->ring, count);
	return 0;
}

static bool http_is_drained(const struct http *http)
{
	return http->is_draining && !http->is_accepting && !http->connections;
}

int http_run(struct http *http)
{
	int r = 0;

	http->is_asked = false;
	while (r == 0 && !http->is_asked && !http_is_drained(http))
		r = http_turn(http);
	return r < 0 ? r : http->is_asked;
}

void http_drain(struct http *http)
{
	if (http->is_draining)
		return;
	http->is_draining = true;
	if (http->is_accepting)
		http_cancel_accept(http);
	for (struct connection *connection = http->connections; connection;
	     connection = connection->next)
		if (connection_is_idle(connection) &&
		    connection->seconds > HTTP_GRACE)
			connection->seconds = HTTP_GRACE;
}

static int http_open_ring(struct io_uring *ring)
{
	return io_uring_queue_init(HTTP_ENTRIES, ring,
				   IORING_SETUP_SINGLE_ISSUER |
					   IORING_SETUP_DEFER_TASKRUN);
}

int http_probe(void)
{
	struct io_uring ring;
	int r = http_open_ring(&ring);

	if (r == 0)
		io_uring_queue_exit(&ring);
	return r;
}

int http_open(int listen_fd, int asked_fd, const char *body,
	      struct http **ret_http)
{
	struct http *http = calloc(1, sizeof(*http));
	int r;

	if (!http)
		return -ENOMEM;
	http->listen_fd = listen_fd;
	http->asked_fd = asked_fd;
	http->second.tv_sec = 1;
	(void)snprintf(http->body, sizeof(http->body), "%s", body); /* or cut */
	r = http_open_ring(&http->ring);
	if (r < 0) {
		free(http);
		return r;
	}
	http_accept(http);
	*ret_http = http;
	return 0;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	io_uring_queue_exit(&http->ring); /* before the buffers it reads into */
	while (http->connections)
		connection_free(http->connections);
	free(http);
}

/*
 * client.c - a keep-alive HTTP client that counts what fails: client PORT COUNT
 *
 * COUNT connections to 127.0.0.1:PORT, on each one request after the other.
 * Says "running" after the first answers. On SIGTERM it finishes what it has
 * begun and says what became of everything. An answer with "Connection: close"
 * ends its connection, and a new one takes its place; a connection that ends at
 * any other time has failed a request, and so has one that is not answered. Who
 * finds nobody listening, or was in the queue when the socket was closed, was
 * turned away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/parse.h"

#define CONNECTIONS_MAX 256U
#define RUNNING 100U /* answers */
#define SILENCE_MS 5000

static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct connection {
	int fd; /* -1: none */
	bool is_sent;
	bool was_answered; /* once, at least */
	size_t length;
	char answer[1024];
};

struct client {
	struct sockaddr_in server;
	uint32_t count;
	bool is_ending;
	bool is_running; /* it was said */
	uint64_t answered;
	uint64_t failed;
	uint64_t turned_away;
	uint64_t opened;
	struct connection connections[CONNECTIONS_MAX];
};

static void connection_close(struct connection *connection)
{
	(void)close(connection->fd); /* nothing is lost by a failure */
	connection->fd = -1;
}

static void connection_fail(struct client *client,
			    struct connection *connection, const char *why)
{
	bool is_turned_away =
		errno == ECONNREFUSED ||
		(errno == ECONNRESET && !connection->was_answered);

	client->turned_away += is_turned_away;
	client->failed += !is_turned_away;
	if (!is_turned_away)
		(void)fprintf(stderr, "client: %s: %s, %zu bytes\n", why,
			      strerror(errno), connection->length);
	connection_close(connection);
}

static void connection_open(struct client *client,
			    struct connection *connection)
{
	*connection = (struct connection){
		.fd = socket(AF_INET,
			     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
	};
	client->opened++;
	if (connect(connection->fd, (const struct sockaddr *)&client->server,
		    sizeof(client->server)) < 0 &&
	    errno != EINPROGRESS)
		connection_fail(client, connection, "connect");
}

static void connection_send(struct client *client,
			    struct connection *connection)
{
	size_t length = strlen(request);

	/* An empty send buffer takes it whole. */
	connection->is_sent = true;
	if (send(connection->fd, request, length, MSG_NOSIGNAL) !=
	    (ssize_t)length)
		connection_fail(client, connection, "send");
}

/* A head, and as much body as it promises. */
static bool answer_is_complete(const char *answer, size_t length)
{
	const char *body = strstr(answer, "\r\n\r\n");
	const char *promised = strstr(answer, "\r\nContent-Length: ");

	if (!body || !promised || promised > body)
		return false;
	promised += strlen("\r\nContent-Length: ");
	return length - (size_t)(body + 4 - answer) ==
	       strtoul(promised, NULL, 10);
}

static void connection_answered(struct client *client,
				struct connection *connection)
{
	const char *answer = connection->answer;

	errno = 0;
	if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0) {
		connection_fail(client, connection, "answer");
		return;
	}
	client->answered++;
	connection->was_answered = true;
	if (strstr(answer, "\r\nConnection: close\r\n")) {
		connection_close(connection);
		return;
	}
	connection->length = 0;
	if (client->is_ending)
		connection_close(connection);
	else
		connection_send(client, connection);
}

static void connection_receive(struct client *client,
			       struct connection *connection)
{
	ssize_t size =
		recv(connection->fd, connection->answer + connection->length,
		     sizeof(connection->answer) - 1 - connection->length, 0);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size == 0)
		errno = 0;
	if (size <= 0) {
		connection_fail(client, connection, "receive");
		return;
	}
	connection->length += (size_t)size;
	connection->answer[connection->length] = '\0';
	if (answer_is_complete(connection->answer, connection->length))
		connection_answered(client, connection);
}

static void client_open_all(struct client *client)
{
	for (uint32_t i = 0; i < client->count; i++)
		if (client->connections[i].fd < 0)
			connection_open(client, &client->connections[i]);
}

static bool client_is_done(const struct client *client)
{
	for (uint32_t i = 0; i < client->count; i++)
		if (client->connections[i].fd >= 0)
			return false;
	return client->is_ending;
}

/* Nobody is answered any more: those who wait have failed. */
static void client_give_up(struct client *client)
{
	errno = ETIMEDOUT;
	for (uint32_t i = 0; i < client->count; i++)
		if (client->connections[i].fd >= 0)
			connection_fail(client, &client->connections[i],
					"wait");
}

static void client_turn(struct client *client, int signal_fd)
{
	struct pollfd fds[CONNECTIONS_MAX + 1];

	if (!client->is_ending && client->turned_away == 0)
		client_open_all(client);
	for (uint32_t i = 0; i < client->count; i++) {
		fds[i].fd = client->connections[i].fd;
		fds[i].events =
			client->connections[i].is_sent ? POLLIN : POLLOUT;
	}
	fds[client->count] = (struct pollfd){signal_fd, POLLIN, 0};
	if (poll(fds, client->count + 1, SILENCE_MS) == 0)
		client_give_up(client);
	for (uint32_t i = 0; i < client->count; i++) {
		if (fds[i].fd < 0 || fds[i].revents == 0)
			continue;
		if (client->connections[i].is_sent)
			connection_receive(client, &client->connections[i]);
		else
			connection_send(client, &client->connections[i]);
	}
	if (fds[client->count].revents != 0)
		client->is_ending = true;
}

static void client_say_running(struct client *client)
{
	if (client->is_running || client->answered < RUNNING)
		return;
	client->is_running = true;
	(void)printf("running\n");
	(void)fflush(stdout); /* who waits for it would see */
}

int main(int argc, char **argv)
{
	static struct client client;
	sigset_t signals;
	uint64_t port;
	uint64_t count;
	int signal_fd;

	if (argc != 3 || parse_u64_range(argv[1], 1, 65535, &port) < 0 ||
	    parse_u64_range(argv[2], 1, CONNECTIONS_MAX, &count) < 0)
		return 2;
	client.server = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	client.count = (uint32_t)count;
	for (uint32_t i = 0; i < client.count; i++)
		client.connections[i].fd = -1;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return 1;
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (signal_fd < 0)
		return 1;
	while (!client_is_done(&client)) {
		client_turn(&client, signal_fd);
		client_say_running(&client);
	}
	(void)printf("answered %llu failed %llu away %llu opened %llu\n",
		     (unsigned long long)client.answered,
		     (unsigned long long)client.failed,
		     (unsigned long long)client.turned_away,
		     (unsigned long long)client.opened);
	return 0;
}

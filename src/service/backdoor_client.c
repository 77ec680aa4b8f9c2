/*
 * backdoor_client.c - one connection to a backdoor: its bytes in and out. Never
 * waits, and never knows what they mean.
 *
 * Nothing is read while an answer is owed or unsent: who asks and does not read
 * is stopped by its own socket, and we keep one line and one answer at most.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "service/backdoor_client.h"

static const char client_cut[] = "\n(cut)\n";

int backdoor_client_flush(struct backdoor_client *client)
{
	while (client->unsent_at < client->unsent_length) {
		ssize_t n = send(client->fd, client->unsent + client->unsent_at,
				 client->unsent_length - client->unsent_at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		client->unsent_at += (size_t)n;
	}
	free(TAKE_PTR(client->unsent));
	client->unsent_at = 0;
	client->unsent_length = 0;
	return 0;
}

int backdoor_client_say(struct backdoor_client *client, const char *text,
			size_t length)
{
	bool is_cut = length > BACKDOOR_ANSWER_MAX;
	size_t kept = is_cut ? BACKDOOR_ANSWER_MAX : length;
	bool is_open = kept == 0 || text[kept - 1] != '\n';

	assert(!client->unsent);
	client->unsent = malloc(kept + sizeof(client_cut));
	if (!client->unsent)
		return -ENOMEM;
	memcpy(client->unsent, text, kept);
	if (is_cut) {
		memcpy(client->unsent + kept, client_cut, sizeof(client_cut));
		kept += strlen(client_cut);
	} else if (is_open) {
		client->unsent[kept++] = '\n';
	}
	client->unsent_length = kept;
	return backdoor_client_flush(client);
}

int backdoor_client_read(struct backdoor_client *client)
{
	struct backdoor_input *input = &client->input;
	ssize_t n = recv(client->fd, input->data + input->length,
			 sizeof(input->data) - input->length, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	/* Half a line is not obeyed: its end may have said otherwise. */
	if (n == 0)
		client->is_leaving = true;
	input->length += (size_t)n;
	return 0;
}

bool backdoor_client_is_done(const struct backdoor_client *client)
{
	return client->is_leaving && !client->is_asking && !client->unsent;
}

/* A line that has been read already is no news to epoll; that there is room to
 * answer it is. */
uint32_t backdoor_client_events(const struct backdoor_client *client)
{
	if (client->unsent)
		return EPOLLOUT;
	if (client->is_asking)
		return 0;
	return backdoor_input_look(&client->input) == BACKDOOR_ARRIVAL_NONE
		       ? EPOLLIN
		       : EPOLLOUT;
}

/* What is left unread makes the kernel say that the connection broke, and some
 * clients throw away our last words then. A copy in a child that was forked may
 * still be open, so it is also shut down. */
void backdoor_client_fini(struct backdoor_client *client)
{
	char rest[4096];

	if (client->fd >= 0) {
		(void)recv(client->fd, rest, sizeof(rest), MSG_DONTWAIT);
		(void)shutdown(client->fd, SHUT_RDWR); /* gone already? */
	}
	backdoor_client_abandon(client);
}

void backdoor_client_abandon(struct backdoor_client *client)
{
	(void)fd_close(client->fd);
	free(client->unsent);
	*client = BACKDOOR_CLIENT_NULL;
}

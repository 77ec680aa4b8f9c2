/*
 * backdoor.c - the listener and its clients. Who they are is found out in
 * backdoor_peer.c, what they say is obeyed in backdoor_serve.c.
 *
 * Lines are obeyed one in a step, so that a client who sends thousands holds up
 * nobody; epoll goes round among those who are ready. The listener is
 * edge-triggered and armed again after each client: when a client cannot be
 * accepted for want of descriptors the owner's loop would spin otherwise. It is
 * tried again with the next one who comes or goes.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "service/backdoor.h"
#include "service/backdoor_address.h"
#include "service/backdoor_client.h"
#include "service/backdoor_peer.h"
#include "service/backdoor_serve.h"

/* In the place of a client's id. */
#define BACKDOOR_LISTENER 0U
/* Of the greeting. */
#define BACKDOOR_WORDS_SIZE 128U

struct backdoor {
	int epoll_fd;
	struct backdoor_address address;
	bool knows_peers; /* the kernel tells whose clients are */
	uint64_t last_id;
	struct backdoor_client clients[BACKDOOR_CLIENTS];
};

static const char backdoor_stranger[] =
	"refused: only the user of this process and root may ask\n";
static const char backdoor_busy[] = "refused: there are 8 clients already\n";
_Static_assert(BACKDOOR_CLIENTS == 8, "says backdoor_busy");

static void backdoor_arm_listener(struct backdoor *backdoor)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = BACKDOOR_LISTENER,
	};

	/* Only fails for what is not there. */
	(void)epoll_ctl(backdoor->epoll_fd, EPOLL_CTL_MOD, backdoor->address.fd,
			&event);
}

/* Taken out of epoll by hand: a copy in a forked child would keep it there. */
static void backdoor_drop(struct backdoor *backdoor,
			  struct backdoor_client *client)
{
	(void)epoll_ctl(backdoor->epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
	backdoor_client_fini(client);
	backdoor_arm_listener(backdoor);
}

/* After something was done with a client: r is what became of it. */
static void backdoor_settle(struct backdoor *backdoor,
			    struct backdoor_client *client, int r)
{
	struct epoll_event event = {.data.u64 = client->id};

	if (r < 0 || backdoor_client_is_done(client)) {
		backdoor_drop(backdoor, client);
		return;
	}
	event.events = backdoor_client_events(client);
	if (epoll_ctl(backdoor->epoll_fd, EPOLL_CTL_MOD, client->fd, &event) <
	    0)
		backdoor_drop(backdoor, client);
}

static struct backdoor_client *backdoor_find(struct backdoor *backdoor,
					     uint64_t id)
{
	for (size_t i = 0; i < BACKDOOR_CLIENTS; i++)
		if (backdoor->clients[i].id == id)
			return &backdoor->clients[i];
	return NULL;
}

/* A place for one more: a free one, or that of one who does not read. */
static struct backdoor_client *backdoor_make_place(struct backdoor *backdoor)
{
	for (size_t i = 0; i < BACKDOOR_CLIENTS; i++)
		if (backdoor->clients[i].id == 0)
			return &backdoor->clients[i];
	for (size_t i = 0; i < BACKDOOR_CLIENTS; i++)
		if (backdoor->clients[i].unsent) {
			backdoor_drop(backdoor, &backdoor->clients[i]);
			return &backdoor->clients[i];
		}
	return NULL;
}

static void backdoor_turn_away(int fd, const char *words)
{
	struct backdoor_client stranger = {.fd = fd};

	/* Who is not there to hear it is gone. */
	(void)send(fd, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL);
	backdoor_client_fini(&stranger);
}

static int backdoor_greet(struct backdoor_client *client)
{
	char words[BACKDOOR_WORDS_SIZE];
	struct text text;

	text_init(&text, words, sizeof(words));
	text_add(&text, "muster backdoor of process ");
	text_add_i64(&text, getpid());
	text_add(&text, ", help lists the commands");
	return backdoor_client_say(client, text.data, text.length);
}

/* fd becomes the client's. */
static void backdoor_welcome(struct backdoor *backdoor,
			     struct backdoor_client *client, int fd)
{
	struct epoll_event event = {.data.u64 = ++backdoor->last_id};

	client->id = backdoor->last_id;
	client->fd = fd;
	if (epoll_ctl(backdoor->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		backdoor_client_fini(client);
		return;
	}
	backdoor_settle(backdoor, client, backdoor_greet(client));
}

static void backdoor_accept(struct backdoor *backdoor)
{
	struct backdoor_client *client;
	int fd = accept4(backdoor->address.fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		bool is_short = errno == EMFILE || errno == ENFILE ||
				errno == ENOMEM || errno == ENOBUFS;

		if (!is_short)
			backdoor_arm_listener(backdoor);
		return;
	}
	backdoor_arm_listener(backdoor);
	/* First, or strangers could take the place of those who may. */
	if (backdoor->knows_peers && !backdoor_peer_is_allowed(fd)) {
		backdoor_turn_away(fd, backdoor_stranger);
		return;
	}
	client = backdoor_make_place(backdoor);
	if (client)
		backdoor_welcome(backdoor, client, fd);
	else
		backdoor_turn_away(fd, backdoor_busy);
}

static int backdoor_watch(struct backdoor *backdoor)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = BACKDOOR_LISTENER,
	};

	backdoor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (backdoor->epoll_fd < 0 ||
	    epoll_ctl(backdoor->epoll_fd, EPOLL_CTL_ADD, backdoor->address.fd,
		      &event) < 0)
		return -errno;
	return 0;
}

static int backdoor_new(struct backdoor **ret_backdoor)
{
	struct backdoor *backdoor = calloc(1, sizeof(*backdoor));

	if (!backdoor)
		return -ENOMEM;
	backdoor->epoll_fd = -1;
	backdoor->address = BACKDOOR_ADDRESS_NULL;
	for (size_t i = 0; i < BACKDOOR_CLIENTS; i++)
		backdoor->clients[i] = BACKDOOR_CLIENT_NULL;
	*ret_backdoor = backdoor;
	return 0;
}

static void backdoor_free_pointer(struct backdoor **backdoor)
{
	backdoor_free(*backdoor);
}

static int backdoor_refuse(struct text *error, int r)
{
	text_format(error, "backdoor: %s", strerror(-r));
	return r;
}

int backdoor_check(const char *port, const char *socket, struct text *error)
{
	return backdoor_address_check(port, socket, error);
}

int backdoor_open(const char *port, const char *socket,
		  struct backdoor **ret_backdoor, struct text *error)
{
	_cleanup_(backdoor_free_pointer) struct backdoor *backdoor = NULL;
	int r = backdoor_new(&backdoor);

	assert(port || socket);
	if (r < 0)
		return backdoor_refuse(error, r);
	r = backdoor_address_open(port, socket, &backdoor->address, error);
	if (r < 0)
		return r;
	r = backdoor_watch(backdoor);
	if (r < 0)
		return backdoor_refuse(error, r);
	backdoor->knows_peers = backdoor_peer_is_known(backdoor->address.fd);
	*ret_backdoor = TAKE_PTR(backdoor);
	return 0;
}

struct backdoor *backdoor_free(struct backdoor *backdoor)
{
	if (!backdoor)
		return NULL;
	for (size_t i = 0; i < BACKDOOR_CLIENTS; i++)
		backdoor_client_fini(&backdoor->clients[i]);
	backdoor_address_close(&backdoor->address);
	return backdoor_abandon(backdoor);
}

struct backdoor *backdoor_abandon(struct backdoor *backdoor)
{
	if (!backdoor)
		return NULL;
	for (size_t i = 0; i < BACKDOOR_CLIENTS; i++)
		backdoor_client_abandon(&backdoor->clients[i]);
	(void)fd_close(backdoor->address.fd);
	(void)fd_close(backdoor->epoll_fd);
	free(backdoor);
	return NULL;
}

const char *backdoor_where(const struct backdoor *backdoor)
{
	return backdoor->address.where;
}

const char *backdoor_warning(const struct backdoor *backdoor)
{
	if (backdoor->address.is_literal)
		return "backdoor_socket has braces that are no {pid}: the path "
		       "is taken as it is";
	if (!backdoor->knows_peers)
		return "the kernel does not tell whose connections are: every "
		       "local user may use the backdoor";
	return NULL;
}

int backdoor_fd(const struct backdoor *backdoor)
{
	return backdoor->epoll_fd;
}

int backdoor_next(struct backdoor *backdoor,
		  struct backdoor_request *ret_request)
{
	for (unsigned int i = 0; i < BACKDOOR_STEPS; i++) {
		struct backdoor_client *client;
		struct epoll_event event;
		int r;

		if (epoll_wait(backdoor->epoll_fd, &event, 1, 0) <= 0)
			return 0;
		if (event.data.u64 == BACKDOOR_LISTENER) {
			backdoor_accept(backdoor);
			continue;
		}
		client = backdoor_find(backdoor, event.data.u64);
		assert(client); /* or it would have been taken out */
		r = backdoor_serve(client, event.events, ret_request);
		backdoor_settle(backdoor, client, r);
		if (r > 0)
			return 1;
	}
	return 0;
}

void backdoor_answer(struct backdoor *backdoor, uint64_t connection,
		     const char *text, size_t length)
{
	struct backdoor_client *client = backdoor_find(backdoor, connection);

	if (!client || !client->is_asking)
		return;
	client->is_asking = false;
	backdoor_settle(backdoor, client,
			backdoor_client_say(client, text, length));
}

/*
 * control.c - the connections of the control socket. What is answered is
 * health.c's.
 *
 * What is ready is only noted when the news of it comes, and served when all
 * the news of the turn is known: an answer is as new as it can be. There is no
 * timer: the next turn is told how long it may wait.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "clock.h"
#include "control.h"

/* Connections a turn: a worker's death is not to wait for many. */
#define CONTROL_ACCEPTS 16
/* How long somebody may take to ask. */
#define CONTROL_PATIENCE_NS (2 * NSEC_PER_SEC)
/* Without descriptors or memory the socket stays readable, and watching it
 * would be a busy loop. */
#define CONTROL_RETRY_NS NSEC_PER_SEC

const char *const control_words[CONTROL_WORDS] = {
	[CONTROL_YES] = "yes ",
	[CONTROL_NO] = "no ",
	[CONTROL_ERROR] = "error ",
};

static const struct control_question {
	const char *line;
	bool (*ask)(const struct health *health, const struct muster *muster,
		    struct text *answer);
} control_questions[] = {
	{"ready\n", health_is_ready},
	{"health\n", health_is_well},
};

/* The socket. */

static bool control_is_open(const struct control *control)
{
	return control->socket.fd >= 0;
}

int control_open(struct control *control, const char *address, struct log *log,
		 struct text *error)
{
	*control = (struct control){
		.log = log,
		.socket = CONTROL_SOCKET_NULL,
		.last_tag = CONTROL_TAG,
	};
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		control->clients[i].fd = -1;
	return address ? control_socket_open(address, &control->socket, error)
		       : 0;
}

static void control_fail(struct control *control, int error)
{
	if (!control->is_broken)
		log_format(control->log, LOG_WARNING,
			   "--control %s: nobody can ask just now: %s",
			   control->socket.address, strerror(error));
	control->is_broken = true;
	control->retry_ns = nsec_add(clock_now_ns(), CONTROL_RETRY_NS);
}

static void control_watch(struct control *control)
{
	int r = muster_watch_fd(control->muster, control->socket.fd, POLLIN,
				CONTROL_TAG);

	control->retry_ns = 0;
	if (r < 0)
		control_fail(control, -r);
}

void control_start(struct control *control, struct muster *muster)
{
	control->muster = muster;
	if (control_is_open(control))
		control_watch(control);
}

void control_close(struct control *control)
{
	control_socket_close(&control->socket);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		control->clients[i].fd = fd_close(control->clients[i].fd);
	health_fini(&control->health);
}

/* Answers. */

static void control_send(int fd, enum control_word word, const char *words)
{
	char buffer[CONTROL_ANSWER];
	struct text line;

	/* One byte less, for the newline of a line that is cut. */
	text_init(&line, buffer, sizeof(buffer) - 1);
	text_add(&line, control_words[word]);
	text_add(&line, words);
	text_disarm(&line);
	buffer[line.length++] = '\n';
	/* There is room for a first line; who has left does not need it. */
	(void)send(fd, buffer, line.length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void control_answer(const struct control *control,
			   const struct control_client *client, size_t length)
{
	char buffer[CONTROL_ANSWER];
	struct text answer;
	bool is_yes;

	text_init(&answer, buffer, sizeof(buffer));
	for (size_t i = 0; i < ARRAY_LEN(control_questions); i++) {
		const struct control_question *one = &control_questions[i];

		if (strlen(one->line) != length ||
		    memcmp(one->line, client->question, length) != 0)
			continue;
		is_yes = one->ask(&control->health, control->muster, &answer);
		control_send(client->fd, is_yes ? CONTROL_YES : CONTROL_NO,
			     buffer);
		return;
	}
	control_send(client->fd, CONTROL_ERROR,
		     "unknown question, ask ready or health");
}

/* What has come of the question; true when the client has had its answer, or
 * gets none. */
static bool control_read(const struct control *control,
			 struct control_client *client)
{
	size_t room = sizeof(client->question) - client->length;
	char *end = &client->question[client->length];
	ssize_t n = recv(client->fd, end, room, MSG_DONTWAIT);
	const char *newline;

	client->has_news = false;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0)
		return true;
	newline = memchr(end, '\n', (size_t)n);
	client->length += (uint32_t)n;
	if (newline)
		control_answer(control, client,
			       (size_t)(newline - client->question) + 1);
	else if (client->length == sizeof(client->question))
		control_send(client->fd, CONTROL_ERROR,
			     "a question this long is none");
	return newline || client->length == sizeof(client->question);
}

/* Clients. */

static void control_drop(struct control *control, struct control_client *client)
{
	/* Who asked at once was never watched. */
	(void)muster_unwatch_fd(control->muster, client->fd);
	*client = (struct control_client){.fd = fd_close(client->fd)};
}

/* Reads, and waits for more. */
static void control_serve(struct control *control,
			  struct control_client *client)
{
	if (control_read(control, client) ||
	    muster_watch_fd(control->muster, client->fd, POLLIN, client->tag) <
		    0)
		control_drop(control, client);
}

/* A free place, or that of whoever has been silent for longest. */
static struct control_client *control_make_place(struct control *control)
{
	struct control_client *place = &control->clients[0];

	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->clients[i];

		if (client->fd < 0)
			return client;
		if (client->due_ns < place->due_ns)
			place = client;
	}
	control_drop(control, place);
	return place;
}

/* An abstract socket has no mode: the kernel's word on who it is counts. */
static bool control_is_friend(int fd)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);
	char buffer[64];
	struct text text;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	text_init(&text, buffer, sizeof(buffer));
	text_format(&text, "user %u may not ask", (unsigned int)peer.uid);
	control_send(fd, CONTROL_ERROR, buffer);
	return false;
}

static void control_admit(struct control *control, int take_fd)
{
	_cleanup_fd_ int fd = take_fd;
	struct control_client *client;

	if (!control_is_friend(fd))
		return;
	client = control_make_place(control);
	*client = (struct control_client){
		.fd = TAKE_FD(fd),
		.tag = ++control->last_tag,
		.due_ns = nsec_add(clock_now_ns(), CONTROL_PATIENCE_NS),
	};
	control_serve(control, client);
}

static void control_accept(struct control *control)
{
	control->has_news = false;
	for (int i = 0; i < CONTROL_ACCEPTS; i++) {
		int fd = accept4(control->socket.fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			control_admit(control, fd);
		} else if (errno == EAGAIN) {
			control->is_broken = false;
			break;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			control_fail(control, errno);
			return;
		}
	}
	control_watch(control);
}

/* News. */

void control_review(struct control *control)
{
	if (control_is_open(control))
		health_review(&control->health);
}

void control_declare(struct control *control, int group, const char *name,
		     uint32_t workers)
{
	if (control_is_open(control))
		health_declare(&control->health, group, name, workers);
}

/* A tag that nobody has is of a client that has left. */
static void control_note(struct control *control, uint64_t tag)
{
	if (tag == CONTROL_TAG)
		control->has_news = true;
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].fd >= 0 &&
		    control->clients[i].tag == tag)
			control->clients[i].has_news = true;
}

void control_take(struct control *control, const struct muster_event *event)
{
	if (!control_is_open(control))
		return;
	if (event->kind == MUSTER_EVENT_WATCH)
		control_note(control, event->tag);
	else
		health_take(&control->health, event);
}

/* When something is to be done that nobody tells of; NSEC_NEVER. */
static uint64_t control_due_ns(const struct control *control)
{
	uint64_t due_ns = control->retry_ns ? control->retry_ns : NSEC_NEVER;

	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			due_ns = nsec_min(due_ns, control->clients[i].due_ns);
	return due_ns;
}

static void control_take_time(struct control *control)
{
	uint64_t now_ns = clock_now_ns();

	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].fd >= 0 &&
		    control->clients[i].due_ns <= now_ns)
			control_drop(control, &control->clients[i]);
	if (control->retry_ns != 0 && control->retry_ns <= now_ns)
		control->has_news = true;
}

void control_end_turn(struct control *control)
{
	if (!control_is_open(control))
		return;
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].has_news)
			control_serve(control, &control->clients[i]);
	if (control_due_ns(control) != NSEC_NEVER)
		control_take_time(control);
	if (control->has_news)
		control_accept(control);
}

uint64_t control_timeout_ns(const struct control *control)
{
	uint64_t due_ns = control_due_ns(control);

	if (due_ns == NSEC_NEVER)
		return MUSTER_FOREVER;
	return nsec_since(due_ns, clock_now_ns());
}

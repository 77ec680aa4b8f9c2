/*
 * notify.c - stands behind proc/notify.h: what workers say is what the test
 * puts into their mouths.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fakes/fake.h"
#include "fakes/news.h"
#include "proc/notify.h"

#define SAID_MAX 4096U

struct said {
	struct notify_message messages[SAID_MAX];
	uint32_t count;
	int fd; /* a real one, for the core closes it itself; -1 */
};

static struct said datagrams = {.fd = -1};
static struct said newlines = {.fd = -1};

void said_begin(void)
{
	datagrams.count = 0;
	datagrams.fd = -1;
	newlines.count = 0;
	newlines.fd = -1;
}

static int said_open(struct said *said)
{
	if (fake.notify_error != 0)
		return -fake.notify_error;
	said->fd = eventfd(0, EFD_CLOEXEC);
	return said->fd < 0 ? -errno : 0;
}

int notify_open(int *ret_fd, char ret_address[NOTIFY_ADDRESS_SIZE],
		uint32_t *ret_room)
{
	int r = said_open(&datagrams);

	if (r < 0)
		return r;
	*ret_fd = datagrams.fd;
	fake.notify_fd = datagrams.fd;
	(void)strcpy(ret_address, "@fake");
	*ret_room = fake.notify_room;
	return 0;
}

int notify_connect(const char *address, int flags)
{
	assert(strcmp(address, "@fake") == 0);
	assert(flags == 0);
	if (fake.is_notify_deaf)
		return -EMFILE;
	assert(fake.notify_send_fd < 0);
	fake.notify_send_fd = eventfd(0, EFD_CLOEXEC);
	return fake.notify_send_fd;
}

int notify_open_pair(int *ret_receive_fd, int *ret_send_fd)
{
	int r = said_open(&newlines);

	if (r < 0)
		return r;
	*ret_receive_fd = newlines.fd;
	fake.newline_fd = newlines.fd;
	*ret_send_fd = eventfd(0, EFD_CLOEXEC);
	return *ret_send_fd < 0 ? -errno : 0;
}

static bool said_add(struct said *said, const struct notify_message *message)
{
	if (said->fd < 0 || said->count == SAID_MAX)
		return false; /* nobody listens */
	said->messages[said->count++] = *message;
	fake_ready(said->fd, POLLIN);
	return true;
}

bool fake_say(const struct notify_message *message)
{
	return said_add(&datagrams, message);
}

bool fake_say_newline(pid_t pid)
{
	const struct notify_message message = {
		.pid = pid,
		.fields = NOTIFY_READY,
	};

	return said_add(&newlines, &message);
}

static int said_take(struct said *said, int fd,
		     struct notify_message *ret_message)
{
	if (fd != said->fd) {
		fake_blame("descriptor %d is read, which is not open", fd);
		return -EBADF;
	}
	if (said->count == 0)
		return 0;
	*ret_message = said->messages[0];
	said->count--;
	memmove(said->messages, said->messages + 1,
		said->count * sizeof(said->messages[0]));
	if (said->count > 0)
		fake_ready(said->fd, POLLIN);
	return 1;
}

/* Level-triggered: what is left is ready as soon as it is watched again. */
bool said_is_ready(int fd)
{
	return (fd == datagrams.fd && datagrams.count > 0) ||
	       (fd == newlines.fd && newlines.count > 0);
}

int notify_receive(int fd, struct notify_message *ret_message)
{
	return said_take(&datagrams, fd, ret_message);
}

int notify_receive_newline(int fd, struct notify_message *ret_message)
{
	return said_take(&newlines, fd, ret_message);
}

/*
 * notify.c - the sockets on which workers speak, and one message at a time from
 * them. Believes nothing but the pid that the kernel wrote beside it: anybody
 * in the network namespace may send to an abstract address. What a message
 * says is message.c's business.
 *
 * SO_RCVBUF stays as it is: it has no effect on these sockets (unix(7)). What
 * bounds the queue is net.unix.max_dgram_qlen as it was when the socket was
 * made, and one message more; on the pair the sender's own SO_SNDBUF. A
 * blocking sender beyond waits until we have read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/parse.h"
#include "proc/notify.h"

/* Exactly the credentials: where there is no room for SCM_RIGHTS the kernel
 * drops the sender's descriptors instead of giving them to us. */
#define NOTIFY_CONTROL_SIZE CMSG_SPACE(sizeof(struct ucred))

static const char notify_too_long[] = "longer than 4096 bytes";
_Static_assert(NOTIFY_MESSAGE_MAX == 4096, "says notify_too_long");

/* 0 is nobody that we could see. */
static pid_t notify_sender(struct msghdr *header)
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(header);
	struct ucred sender;

	if (!control || control->cmsg_level != SOL_SOCKET ||
	    control->cmsg_type != SCM_CREDENTIALS ||
	    control->cmsg_len != CMSG_LEN(sizeof(sender)))
		return 0;
	memcpy(&sender, CMSG_DATA(control), sizeof(sender));
	return sender.pid;
}

/* As much of the next message as data has room for. 1, 0 or -errno. */
static int notify_take(int fd, char *data, size_t *ret_size,
		       struct notify_message *ret_message)
{
	_Alignas(struct cmsghdr) char control[NOTIFY_CONTROL_SIZE];
	struct iovec part = {.iov_base = data, .iov_len = NOTIFY_MESSAGE_MAX};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (size < 0)
		return errno == EAGAIN ? 0 : -errno;
	*ret_message = (struct notify_message){.pid = notify_sender(&header)};
	if (header.msg_flags & MSG_TRUNC)
		ret_message->refusal = notify_too_long;
	*ret_size = (size_t)size;
	return 1;
}

int notify_receive(int fd, struct notify_message *ret_message)
{
	char data[NOTIFY_MESSAGE_MAX];
	size_t size = 0;
	int r = notify_take(fd, data, &size, ret_message);

	if (r > 0 && !ret_message->refusal)
		notify_parse(data, size, ret_message);
	return r;
}

int notify_receive_newline(int fd, struct notify_message *ret_message)
{
	char data[NOTIFY_MESSAGE_MAX];
	size_t size = 0;
	int r = notify_take(fd, data, &size, ret_message);

	if (r > 0 && memchr(data, '\n', size)) {
		ret_message->fields = NOTIFY_READY;
		ret_message->refusal = NULL; /* it has said all there is */
	}
	return r;
}

/* Descriptors are refused at the door where that is known: the last close of
 * one may block as long as its sender likes (SO_LINGER), and it would be ours.
 */
static int notify_set_up(int fd)
{
	const int is_on = 1;
	const int is_off = 0;

	(void)setsockopt(fd, SOL_SOCKET, COMPAT_SO_PASSRIGHTS, &is_off,
			 sizeof(is_off)); /* else they are dropped */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &is_on, sizeof(is_on)) < 0)
		return -errno;
	return 0;
}

/* A bare family asks for an address of the kernel's choice. The credentials
 * come first: who sends before would be nobody. */
static int notify_bind(int fd, struct sockaddr_un *ret_address,
		       socklen_t *ret_size)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(*ret_address);
	int r = notify_set_up(fd);

	if (r < 0)
		return r;
	if (bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)) < 0 ||
	    getsockname(fd, (struct sockaddr *)ret_address, &size) < 0)
		return -errno;
	*ret_size = size;
	return 0;
}

/* Where it cannot be read, or is larger, the most that anybody looks at. */
static uint32_t notify_room(void)
{
	_cleanup_fd_ int fd = open("/proc/sys/net/unix/max_dgram_qlen",
				   O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char text[32] = "";
	uint64_t length;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return NOTIFY_ROOM_MAX;
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, &length) < 0 || length >= NOTIFY_ROOM_MAX)
		return NOTIFY_ROOM_MAX;
	return (uint32_t)length + 1;
}

int notify_open(int *ret_fd, char ret_address[NOTIFY_ADDRESS_SIZE],
		uint32_t *ret_room)
{
	_cleanup_fd_ int fd =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	socklen_t size = 0;
	size_t length;
	int r;

	if (fd < 0)
		return -errno;
	r = notify_bind(fd, &address, &size);
	if (r < 0)
		return r;
	length = size - offsetof(struct sockaddr_un, sun_path);
	if (length >= NOTIFY_ADDRESS_SIZE)
		return -ENAMETOOLONG;
	/* Abstract: its first byte is NUL, which people and $NOTIFY_SOCKET
	 * write as "@". */
	memcpy(ret_address, address.sun_path, length);
	ret_address[0] = '@';
	ret_address[length] = '\0';
	*ret_room = notify_room();
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Only ours does not block: a worker's newline waits for room rather than be
 * lost. */
int notify_open_pair(int *ret_receive_fd, int *ret_send_fd)
{
	int ends[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	r = notify_set_up(ends[0]);
	if (r == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r < 0) {
		(void)close(ends[0]); /* nothing was sent */
		(void)close(ends[1]);
		return r;
	}
	*ret_receive_fd = ends[0];
	*ret_send_fd = ends[1];
	return 0;
}

int notify_connect(const char *address, int flags)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t length = strlen(address);
	_cleanup_fd_ int fd = -1;

	if (length < 2 || length >= sizeof(name.sun_path))
		return -EINVAL;
	memcpy(name.sun_path, address, length);
	if (address[0] == '@')
		name.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				length)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

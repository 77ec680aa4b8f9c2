/*
 * notify.h - what workers say of themselves: the messages of sd_notify(3), and
 * s6's newline on a descriptor.
 *
 * One socket of the launcher takes the datagrams of all workers, an unnamed
 * pair the newlines of all; the kernel writes the sender's pid beside each
 * (SCM_CREDENTIALS, unix(7)), so nobody without CAP_SYS_ADMIN can speak for
 * another. Whose pid it is is the caller's to find out: any process of the
 * network namespace may send, and one that has ended may have sent before.
 * Descriptors that a sender attaches are never taken.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longer messages are refused (systemd's limit, too). */
#define NOTIFY_MESSAGE_MAX 4096U
/* A status text beyond this is cut. */
#define NOTIFY_STATUS_SIZE 256U
/* "@" and what the kernel chooses for an abstract address. */
#define NOTIFY_ADDRESS_SIZE 16U

enum notify_field {
	NOTIFY_READY = 1 << 0,
	NOTIFY_STOPPING = 1 << 1,
	NOTIFY_WATCHDOG = 1 << 2, /* a sign of life */
	NOTIFY_TRIGGER = 1 << 3,  /* WATCHDOG=trigger: kill me */
	NOTIFY_EXTEND = 1 << 4,	  /* extend_ns */
	NOTIFY_STATUS = 1 << 5,	  /* status */
};

struct notify_message {
	pid_t pid;	    /* of the sender, in our namespace; 0: outside */
	uint32_t fields;    /* enum notify_field; what is unknown is not told */
	uint64_t extend_ns; /* EXTEND_TIMEOUT_USEC; not 0, not NSEC_NEVER */
	/* Why all or a part of it was refused, the first reason; static; NULL.
	 * The fields that could be taken are set all the same. */
	const char *refusal;
	char status[NOTIFY_STATUS_SIZE]; /* valid UTF-8 without controls */
};

/* So many wait on either socket at most, as far as anybody looks: a larger
 * queue than that is not heard to its end at once. */
#define NOTIFY_ROOM_MAX 4096U

/* A datagram socket with an abstract address of the kernel's choice, close on
 * exec and not blocking; ret_address as $NOTIFY_SOCKET has it ("@…"), ret_room
 * how many messages can wait there at most. -errno. */
int notify_open(int *ret_fd, char ret_address[NOTIFY_ADDRESS_SIZE],
		uint32_t *ret_room);

/* A datagram socket connected to what $NOTIFY_SOCKET says, close on exec, with
 * flags of socket(2) besides: SOCK_NONBLOCK, or 0. -EINVAL when address is
 * none, -ECONNREFUSED or -ENOENT when nobody listens there, or another
 * -errno. */
int notify_connect(const char *address, int flags);

/* A pair for newlines: ours to receive from, not blocking, and what workers
 * write to, which waits for room. Both close on exec. -errno. Workers share the
 * flags of their end: whoever sets O_NONBLOCK on it sets it for all. */
int notify_open_pair(int *ret_receive_fd, int *ret_send_fd);

/* Takes the next message: 1, 0 when there is none, or -errno. An empty one and
 * one that is refused are messages, too. */
int notify_receive(int fd, struct notify_message *ret_message);
/* The same for a newline: any write with a newline in its first
 * NOTIFY_MESSAGE_MAX bytes is NOTIFY_READY. */
int notify_receive_newline(int fd, struct notify_message *ret_message);

/* What a datagram says: lines of KEY=VALUE, the last one with or without a
 * newline, and one NUL behind it if the sender likes. Pure. pid is left alone,
 * all else is written. */
void notify_parse(const char *data, size_t size,
		  struct notify_message *ret_message);

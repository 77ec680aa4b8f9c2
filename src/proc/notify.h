/*
 * notify.h - what workers say of themselves: the messages of sd_notify(3), and
 * s6's newline on a descriptor.
 *
 * One socket of the launcher takes the datagrams of all workers, an unnamed
 * pair the newlines of all; the kernel writes the sender's pid beside each
 * (SCM_CREDENTIALS, unix(7)), so nobody can speak for another. Whose pid it is
 * is the caller's to find out. Descriptors that a sender attaches are never
 * taken.
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
	uint64_t extend_ns; /* EXTEND_TIMEOUT_USEC */
	const char *
		refusal; /* why all or a part of it was refused; static; NULL */
	char status[NOTIFY_STATUS_SIZE]; /* valid UTF-8 without controls */
};

/* A datagram socket with an abstract address of the kernel's choice, close on
 * exec and not blocking; ret_address as $NOTIFY_SOCKET has it ("@…"). -errno.
 */
int notify_open(int *ret_fd, char ret_address[NOTIFY_ADDRESS_SIZE]);

/* A pair for newlines: ours to receive from, and what workers write to. */
int notify_open_pair(int *ret_receive_fd, int *ret_send_fd);

/* Takes the next message: 1, 0 when there is none, or -errno. */
int notify_receive(int fd, struct notify_message *ret_message);
/* The same for a newline: any write with a newline in it is NOTIFY_READY. */
int notify_receive_newline(int fd, struct notify_message *ret_message);

/* What a datagram says. pid is left alone. */
void notify_parse(const char *data, size_t size,
		  struct notify_message *ret_message);

/*
 * backdoor_client.h - one connection to a backdoor: its bytes in and out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/backdoor_line.h"

/* The longest answer: some thousand threads or descriptors. */
#define BACKDOOR_ANSWER_MAX ((size_t)256 * 1024)

struct backdoor_client {
	uint64_t id; /* 0: nobody */
	int fd;
	bool is_asking;	 /* the owner owes it an answer */
	bool is_leaving; /* nothing more is read; closed when all is sent */
	struct backdoor_input input;
	char *unsent; /* NULL: all was sent */
	size_t unsent_at;
	size_t unsent_length;
};

#define BACKDOOR_CLIENT_NULL ((struct backdoor_client){.fd = -1})

/* Sends an answer, with a newline at its end, and keeps what the socket does
 * not take. Everything before must have been sent. 0 or -errno: hang up. */
int backdoor_client_say(struct backdoor_client *client, const char *text,
			size_t length);

/* Goes on sending. 0, also when something is left, or -errno: hang up. */
int backdoor_client_flush(struct backdoor_client *client);

/* Reads once; at the end of what the client has to say it is leaving. 0 or
 * -errno: hang up. */
int backdoor_client_read(struct backdoor_client *client);

/* Whether it is to be closed: leaving, and all lines obeyed and all sent. */
bool backdoor_client_is_done(const struct backdoor_client *client);

/* What epoll(7) shall wait for. */
uint32_t backdoor_client_events(const struct backdoor_client *client);

/* Hangs up. */
void backdoor_client_fini(struct backdoor_client *client);

/* Forgets it in a forked child: our copy is closed, the connection stays. */
void backdoor_client_abandon(struct backdoor_client *client);

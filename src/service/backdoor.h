/*
 * backdoor.h - the debugging endpoint that a process which runs services opens
 * for its operator: one line in, a few lines of text out, made for nc.
 *
 * What it knows itself (threads, descriptors) it answers; what its owner knows
 * comes out as a value, and the owner answers when it likes. Nothing in here
 * waits: a client who does not read costs 256 KiB at most, and loses its place
 * to the next one who comes.
 *
 * Who may ask: this process's effective user and root. A unix socket's file is
 * made with mode 0600, and the kernel tells who is at the other end. Behind a
 * port it is asked for the owner of the client's socket (sock_diag(7)); any
 * local user can still connect and read the refusal, so the socket is to be
 * preferred. Where the kernel does not answer that question every local user
 * may ask: backdoor_warning says so.
 *
 * Belongs to one thread at a time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/log_level.h"
#include "base/text.h"

/* Clients at once: an operator or two, a script, and some who hang. */
#define BACKDOOR_CLIENTS 8U

/* Steps in one backdoor_next: a client accepted, or one read and one line of
 * it obeyed. */
#define BACKDOOR_STEPS 16U

/* What only the owner can answer. */
enum backdoor_question {
	BACKDOOR_STATUS,
	BACKDOOR_SERVICES,
	BACKDOOR_LOG, /* set the log's level, and say so */
	BACKDOOR_QUESTIONS,
};

struct backdoor_request {
	uint64_t connection; /* never used again for another one */
	enum backdoor_question question;
	enum log_level level; /* of BACKDOOR_LOG */
};

struct backdoor;

/* What backdoor_open would say of the words, without opening anything: 0, or
 * -EINVAL and in error what is wrong with them. Either may be NULL. */
int backdoor_check(const char *port, const char *socket, struct text *error);

/* Opens the socket at a path, or with socket NULL a port of 127.0.0.1: "0" for
 * a random one, "P", "FIRST:LAST" for the first that is free. One of the two
 * must be given. "{pid}" in the path is replaced ("{{" is a brace); with other
 * braces it is taken as it is, see backdoor_warning. What is at the path is
 * removed, but for a file that has content; whoever served it has lost it.
 * -EINVAL as backdoor_check, -EADDRINUSE when no port is free, -ENOMEM,
 * -EMFILE, what socket(2), bind(2), listen(2) and unlink(2) say; error tells.
 */
int backdoor_open(const char *port, const char *socket,
		  struct backdoor **ret_backdoor, struct text *error);

/* Closes all connections and removes the socket's file if it is still the one
 * that was made. Returns NULL, accepts NULL. */
struct backdoor *backdoor_free(struct backdoor *backdoor);

/* For a forked child: its copies are closed, and nothing is taken from the
 * parent: no file is removed, no client is hung up on. Returns NULL, accepts
 * NULL. */
struct backdoor *backdoor_abandon(struct backdoor *backdoor);

/* "127.0.0.1:4444", or the path. */
const char *backdoor_where(const struct backdoor *backdoor);

/* What the operator should know about how it was opened, one line for the log;
 * NULL for nothing. */
const char *backdoor_warning(const struct backdoor *backdoor);

/* An epoll descriptor that polls readable while backdoor_next has something to
 * do. */
int backdoor_fd(const struct backdoor *backdoor);

/* Does what there is to do, a bounded part of it. 1 and a request that
 * backdoor_answer must be called for, 0 when nothing more is to be done now. */
int backdoor_next(struct backdoor *backdoor,
		  struct backdoor_request *ret_request);

/* Sends the answer, at most 256 KiB of it, with a newline at its end. Nothing
 * happens when the client has gone or did not ask. */
void backdoor_answer(struct backdoor *backdoor, uint64_t connection,
		     const char *text, size_t length);

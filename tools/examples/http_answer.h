/*
 * http_answer.h - what is asked on a connection, and what is answered: bytes
 * in, bytes out, nothing of sockets. GET only, one text for every path.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct http_exchange {
	bool is_last;  /* the answer closes the connection */
	size_t length; /* of request, as far as it was received */
	size_t answer_length;
	char answer[512];
	char request[4096];
};

/* Answers the first request, and takes it out of the buffer: true. False while
 * its head is not complete. body has at most 256 bytes. */
bool http_answer(struct http_exchange *exchange, const char *body);

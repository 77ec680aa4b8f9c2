/*
 * http_answer.c - as much HTTP/1.1 as a text needs.
 *
 * What it does not understand it refuses, and then closes: a byte more or less
 * taken for a request's end would make another request of what follows.
 */
#define _GNU_SOURCE 1 /* memmem, strcasestr */
#include <stdio.h>
#include <string.h>

#include "http_answer.h"

/* Whether a head, without its empty line, is of the last request here: an old
 * client's, one that says so, or one with a body, which nobody reads. */
static bool head_is_last(const char *head)
{
	return !strstr(head, " HTTP/1.1\r\n") ||
	       strcasestr(head, "\r\nConnection: close") ||
	       strcasestr(head, "\r\nContent-Length:") ||
	       strcasestr(head, "\r\nTransfer-Encoding:");
}

static void exchange_answer(struct http_exchange *exchange, const char *status,
			    const char *body)
{
	exchange->answer_length = (size_t)snprintf(
		exchange->answer, sizeof(exchange->answer),
		"HTTP/1.1 %s\r\nContent-Type: text/plain\r\n"
		"Content-Length: %zu\r\n%s\r\n%s",
		status, strlen(body),
		exchange->is_last ? "Connection: close\r\n" : "", body);
}

static bool exchange_refuse(struct http_exchange *exchange, const char *status)
{
	exchange->is_last = true;
	exchange->length = 0;
	exchange_answer(exchange, status, "");
	return true;
}

bool http_answer(struct http_exchange *exchange, const char *body)
{
	char *request = exchange->request;
	char *end = memmem(request, exchange->length, "\r\n\r\n", 4);

	if (!end && exchange->length < sizeof(exchange->request))
		return false;
	if (!end)
		return exchange_refuse(exchange, "431 Request Header Fields "
						 "Too Large");
	if (strncmp(request, "GET ", 4) != 0)
		return exchange_refuse(exchange, "405 Method Not Allowed\r\n"
						 "Allow: GET");
	end[2] = '\0';
	if (head_is_last(request))
		exchange->is_last = true;
	exchange_answer(exchange, "200 OK", body);
	exchange->length -= (size_t)(end + 4 - request);
	memmove(request, end + 4, exchange->length);
	return true;
}

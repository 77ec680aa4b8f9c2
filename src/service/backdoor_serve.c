/*
 * backdoor_serve.c - what is done with a client's line: answered, or handed on
 * to who can. Knows nothing of the other clients.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "service/backdoor_facts.h"
#include "service/backdoor_serve.h"

/* The help, or a complaint with the longest line in it. */
#define SERVE_WORDS_SIZE 1024U

static int serve_say_facts(struct backdoor_client *client,
			   void (*add)(struct text *))
{
	/* One more than is sent, so that a cut is seen as one. */
	size_t size = BACKDOOR_ANSWER_MAX + 2;
	_cleanup_free_ char *buffer = malloc(size);
	struct text text;

	if (!buffer)
		return -ENOMEM;
	text_init(&text, buffer, size);
	add(&text);
	return backdoor_client_say(client, text.data, text.length);
}

static int serve_say_help(struct backdoor_client *client)
{
	char words[SERVE_WORDS_SIZE];
	struct text text;

	text_init(&text, words, sizeof(words));
	backdoor_line_help(&text);
	return backdoor_client_say(client, text.data, text.length);
}

/* The owner's to answer. Returns 1. */
static int serve_ask(struct backdoor_client *client,
		     struct backdoor_request request,
		     struct backdoor_request *ret_request)
{
	client->is_asking = true;
	request.connection = client->id;
	*ret_request = request;
	return 1;
}

/* 1 and a request, 0 when it is done, -errno: hang up. */
static int serve_obey(struct backdoor_client *client,
		      struct backdoor_command command,
		      struct backdoor_request *ret_request)
{
	struct backdoor_request request = {.level = command.level};

	switch (command.verb) {
	case BACKDOOR_VERB_STATUS:
		request.question = BACKDOOR_STATUS;
		return serve_ask(client, request, ret_request);
	case BACKDOOR_VERB_SERVICES:
		request.question = BACKDOOR_SERVICES;
		return serve_ask(client, request, ret_request);
	case BACKDOOR_VERB_LOG:
		request.question = BACKDOOR_LOG;
		return serve_ask(client, request, ret_request);
	case BACKDOOR_VERB_THREADS:
		return serve_say_facts(client, backdoor_facts_threads);
	case BACKDOOR_VERB_FDS:
		return serve_say_facts(client, backdoor_facts_fds);
	case BACKDOOR_VERB_HELP:
		return serve_say_help(client);
	case BACKDOOR_VERB_QUIT:
	case BACKDOOR_VERB_EXIT:
	case BACKDOOR_VERB_FOREIGN:
		client->is_leaving = true;
		return 0;
	case BACKDOOR_VERB_NONE:
	case BACKDOOR_VERB_WRONG: /* has been told */
	case BACKDOOR_VERBS:
		return 0;
	}
	return 0;
}

static int serve_line(struct backdoor_client *client,
		      struct backdoor_request *ret_request)
{
	static const char too_long[] = "a line is longer than 256 bytes";
	enum backdoor_arrival arrival = backdoor_input_look(&client->input);
	char line[BACKDOOR_LINE_MAX + 1];
	char words[SERVE_WORDS_SIZE];
	struct backdoor_command command;
	struct text complaint;

	_Static_assert(BACKDOOR_LINE_MAX == 256, "says too_long");
	if (arrival == BACKDOOR_ARRIVAL_NONE)
		return 0;
	if (arrival == BACKDOOR_ARRIVAL_LONG) {
		client->is_leaving = true;
		return backdoor_client_say(client, too_long, strlen(too_long));
	}
	text_init(&complaint, words, sizeof(words));
	command = backdoor_line_parse(
		line, backdoor_input_take(&client->input, line), &complaint);
	if (command.verb == BACKDOOR_VERB_WRONG)
		return backdoor_client_say(client, complaint.data,
					   complaint.length);
	return serve_obey(client, command, ret_request);
}

int backdoor_serve(struct backdoor_client *client, uint32_t events,
		   struct backdoor_request *ret_request)
{
	int r = 0;

	/* Nothing is waited for but the end: nobody is left to be answered. */
	if (client->is_asking)
		return events & (EPOLLHUP | EPOLLERR) ? -EPIPE : 0;
	if (client->unsent)
		r = backdoor_client_flush(client);
	else if (backdoor_input_look(&client->input) == BACKDOOR_ARRIVAL_NONE)
		r = backdoor_client_read(client);
	if (r < 0 || client->unsent || client->is_leaving)
		return r;
	return serve_line(client, ret_request);
}

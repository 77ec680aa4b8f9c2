/*
 * control.h - answers questions about the services on the socket of --control.
 *
 * A client sends a word and a newline, and gets one line: a word of
 * control_words and a text for people. Then the connection is closed. Only root
 * and the user of muster itself are answered.
 *
 * Nobody who connects can hold the launcher up: nothing waits, a turn serves a
 * bounded number of them, and who says nothing goes after a while, or as soon
 * as others need the place. While nobody asks there is nothing to do.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "control_socket.h"
#include "health.h"

/* Who has connected and not asked yet; probes ask at once. */
#define CONTROL_CLIENTS 16
/* The longest question, with its newline. */
#define CONTROL_QUESTION 64
/* The longest answer, likewise. */
#define CONTROL_ANSWER 512

/* The tags of descriptors that are watched for it: this one and all above. */
#define CONTROL_TAG UINT64_C(0x100)

/* How an answer begins. */
enum control_word {
	CONTROL_YES,
	CONTROL_NO,
	CONTROL_ERROR, /* it is no answer */
	CONTROL_WORDS,
};

/* "yes ", "no ", "error ". */
extern const char *const control_words[CONTROL_WORDS];

struct control_client {
	int fd; /* -1: nobody */
	bool has_news;
	uint32_t length; /* of what it has said */
	uint64_t tag;
	uint64_t due_ns; /* when it goes */
	char question[CONTROL_QUESTION];
};

struct control {
	struct log *log;       /* borrowed, and so: */
	struct muster *muster; /* from control_start on */
	struct control_socket socket;
	struct control_client clients[CONTROL_CLIENTS];
	struct health health;
	uint64_t last_tag;
	uint64_t retry_ns; /* when to accept again after it failed; 0: now */
	bool has_news;	   /* somebody may be accepted */
	bool is_broken;	   /* one line has said so */
};

/* Opens the socket, unless address is NULL: then all the rest does nothing.
 * address and log are borrowed. -errno, and what is wrong in error; all but
 * this and control_close needs a control that was opened. */
int control_open(struct control *control, const char *address, struct log *log,
		 struct text *error);
/* Watches it; muster has been started. */
void control_start(struct control *control, struct muster *muster);
/* Removes the socket; muster was freed, or does not run any more. */
void control_close(struct control *control);

/* As health_review and health_declare. */
void control_review(struct control *control);
void control_declare(struct control *control, int group, const char *name,
		     uint32_t workers);

/* Takes a piece of news. */
void control_take(struct control *control, const struct muster_event *event);
/* After the news of a turn: answers who has asked. */
void control_end_turn(struct control *control);
/* How long the next turn may wait. */
uint64_t control_timeout_ns(const struct control *control);

/*
 * trial.h - one life of a program under an init: started, heard, ended, and
 * nothing of it left.
 *
 * Nothing here fails a test: an init may do what it likes, and what it did is
 * the result. Everything that is waited for has a deadline.
 */
#pragma once

#include "tools/support.h"

/* Longer than any init that works needs. */
#define TRIAL_MS 5000
/* What no exit status is: it does not end. */
#define TRIAL_HANGS (-1)
/* Of a process that could not be prepared. */
#define TRIAL_BROKEN 124

struct subject {
	const char *const *init; /* and its options; ends with NULL */
	const char *worker;	 /* tests/tools/worker.c */
	char *directory;	 /* for files */
	bool is_privileged;	 /* may make namespaces, and other users */
};

struct setting {
	const char *const *command;	 /* ends with NULL */
	void (*prepare)(void *argument); /* in the new process */
	void *argument;
	bool is_first; /* the first process of a namespace */
};

struct trial {
	pid_t pid; /* the init's */
	int pidfd;
	uint64_t start_ns; /* it was executed */
	struct lines said; /* standard output */
	struct lines log;
};

/* Returns when the init has been executed; ends this program when it cannot
 * be. */
void trial_start(struct trial *trial, const struct subject *subject,
		 const struct setting *setting);
#define TRIAL(trial, subject, ...) \
	trial_start(trial, subject, &(struct setting){__VA_ARGS__})
/* The worker with these steps. */
#define STEPS(subject, ...) COMMAND((subject)->worker, __VA_ARGS__)
/* Shell words; "$0" is the worker. */
#define SHELL(subject, words) COMMAND("/bin/sh", "-c", words, (subject)->worker)

/* The next line of the program with text in it; NULL when none comes in time.
 */
const char *trial_hear(struct trial *trial, const char *text);
const char *trial_hear_within(struct trial *trial, const char *text,
			      int limit_ms);
/* The pid that begins it, as the program knows itself; -1 for none. */
pid_t trial_hear_pid(struct trial *trial, const char *text);

/* To the init. */
void trial_signal(const struct trial *trial, int signo);
bool trial_ends_within(struct trial *trial, int limit_ms);
/* Whether the process stops in time. */
bool trial_stops(pid_t pid);
/* Waits for the init's end: its status as a shell has it, or TRIAL_HANGS. */
int trial_end(struct trial *trial);
/* How many processes it has left behind, zombies too; after its end. */
unsigned int trial_left(void);
/* Ends whatever is there still. */
void trial_fini(struct trial *trial);

uint64_t trial_now_ns(void);

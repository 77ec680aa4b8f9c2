/*
 * story.h - stories of program.c, told as tests/tools tells those of muster:
 * the same stage, with another program on it.
 *
 *	START(stage, ARGUMENTS("service=web", "workers=2", "start:say=up"))
 *
 * Descriptor 9 of the program is the test's to hold it by: the reading end of a
 * pipe, by .prepare = hold_enter, .argument = &hold.
 */
#pragma once

#include "tools/support.h"

#define STORY(test) \
	cmocka_unit_test_setup_teardown(test, story_set_up, stage_tear_down)

struct hold {
	int ends[2];
};

int story_set_up(void **state);

/* A pipe; both ends are the test's. */
struct hold hold_open(void);
void hold_enter(void *hold);
/* Lets one go who holds. */
void hold_release_one(const struct hold *hold);
/* Lets all go, now and later. */
void hold_release(struct hold *hold);
void hold_close(struct hold *hold);

/* From a process that is neither the launcher nor the test. To one that has
 * ended meanwhile it is no failure. */
void send_from_elsewhere(pid_t pid, int signo);

/* Waits until it has turned: what came before has been heard of. */
void launcher_turn(struct launcher *launcher);

/* The end of a worker that the launcher lost, or of any child: 128 + signal, or
 * its status. It must be the test's by now. */
int end_of_orphan(pid_t pid);

/* Of process pid: how many descriptors are links to what begins with text. */
unsigned int count_fds(pid_t pid, const char *text);

/* Waits until pid has so many children: some that were told to end may still be
 * about to. */
void wait_for_children(pid_t pid, unsigned int count);

/* The port of the listener that is told next. */
int hear_port(struct launcher *launcher);
/* Connects to it, and hears who answers. */
int client_open(int port);
pid_t client_hear(int fd);

/*
 * support.h - starts muster as a user would, hears what it and its workers say,
 * and leaves nothing behind, whether the test passed or failed.
 *
 * A test program is a subreaper: what muster loses becomes the test's own child
 * and is seen. Everything that is waited for has a deadline that only a failure
 * reaches. MUSTER_TEST_ENGINE and MUSTER_TEST_SPAWN choose the paths under test
 * for every start.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tools/lines.h"

/* Reached by a failure only. */
#define DEADLINE_MS 30000
#define STAGE_LAUNCHERS 24
#define STAGE_TEXTS 256
#define CHILDREN_MAX 1024

#define SKIP(...)                    \
	do {                         \
		printf("skip: ");    \
		printf(__VA_ARGS__); \
		printf("\n");        \
		skip();              \
	} while (0)

/* One muster under test. */
struct launcher {
	pid_t pid;
	int pidfd;
	bool is_reaped;
	struct lines log;  /* standard error, the workers' too */
	struct lines said; /* standard output */
};

/* What belongs to one test. */
struct stage {
	char program[4096]; /* muster */
	char worker[4096];  /* worker.c */
	char directory[64]; /* of this test's own, removed at the end */
	struct launcher launchers[STAGE_LAUNCHERS];
	unsigned int launcher_count;
	char *texts[STAGE_TEXTS];
	unsigned int text_count;
};

/* How to start it: `muster VERB OPTIONS -- COMMAND`. Each list ends with NULL.
 * The worker is the command when there are steps. */
struct start {
	const char *verb; /* NULL: run */
	const char *const *options;
	const char *const *steps;
	const char *const *command;
	const char *const *arguments; /* instead of all that, after `muster` */
	void (*prepare)(void *argument); /* in the new process */
	void *argument;
	bool has_log; /* log_fd, the caller's, is its standard error */
	int log_fd;
};

#define LIST(...)                               \
	(const char *const[])                   \
	{                                       \
		__VA_ARGS__ __VA_OPT__(, ) NULL \
	}
#define OPTIONS(...) .options = LIST(__VA_ARGS__)
#define WORKER(...) .steps = LIST(__VA_ARGS__)
#define COMMAND(...) .command = LIST(__VA_ARGS__)
#define ARGUMENTS(...) .arguments = LIST(__VA_ARGS__)

/* Starts it in a session of its own, all signals standard, with nothing open
 * but 0 to 2. Fails the test when that does not work. */
struct launcher *launcher_start(struct stage *stage, const struct start *start);
#define START(stage, ...) launcher_start(stage, &(struct start){__VA_ARGS__})
#define INIT(stage, ...) START(stage, .verb = "init", __VA_ARGS__)

/* The next line with text in it, of the log and of what workers say. */
const char *launcher_log(struct launcher *launcher, const char *text);
const char *launcher_hear(struct launcher *launcher, const char *text);
/* As launcher_hear count times; the pids that begin the lines. */
void launcher_hear_all(struct launcher *launcher, const char *text,
		       pid_t *ret_pids, unsigned int count);
/* One worker that says text: its pid. */
pid_t launcher_hear_pid(struct launcher *launcher, const char *text);

void launcher_signal(const struct launcher *launcher, int signo);
/* Waits for its end: exit status, or 128 + signal; all was read then. */
int launcher_end(struct launcher *launcher);
/* Whether it ends within limit_ms. */
bool launcher_ends_within(struct launcher *launcher, int limit_ms);
/* For tests that start many, one after another: the last started has ended. */
void launcher_forget(struct stage *stage, struct launcher *launcher);
/* TERM, and it ends with this status and without a survivor. */
void launcher_stop(struct stage *stage, struct launcher *launcher, int status);

/* This process has no child, dead or alive: nothing outlived its launcher. */
void assert_nobody_left(struct stage *stage);
/* What outlives its launcher for a moment may do so until limit_ms. */
void assert_all_end_within(struct stage *stage, int limit_ms);

uint64_t now_ms(void);
/* Whether fd has become readable, or broken, within limit_ms. */
bool is_readable_within(int fd, int limit_ms);
/* The pid's pidfd, the caller's; fails the test when there is none. */
int process_open(pid_t pid);
void process_kill(pid_t pid, int signo);
bool process_ends_within(int pidfd, int limit_ms);
/* Whether a line of /proc/PID/status that starts with field has text in it;
 * false when there is no such process. */
bool process_status_has(pid_t pid, const char *field, const char *text);
/* Waits until that is so. */
void process_status_wait(pid_t pid, const char *field, const char *text);
/* How often it has gone to sleep. */
long process_sleeps(pid_t pid);
/* Of pid's main thread, zombies too; at most CHILDREN_MAX. */
unsigned int children_of(pid_t pid, pid_t *ret_pids);

/* As printf(3); what these return is valid until the end of the test. */
__attribute__((format(printf, 2, 3))) const char *
stage_text(struct stage *stage, const char *format, ...);
/* A path in the stage's directory. */
const char *stage_path(struct stage *stage, const char *name);
/* Writes a file there; mode as open(2). */
const char *stage_file(struct stage *stage, const char *name, const char *text,
		       unsigned int mode);
/* What a file says, wherever it is, as far as there is room; fails the test
 * when there is none. */
void file_read(const char *path, char *ret_text, size_t size);
/* A copy of a program there. */
const char *stage_copy(struct stage *stage, const char *program,
		       const char *name);

int stage_set_up(void **state);
int stage_tear_down(void **state);
/* Runs the tests; says why not and succeeds when the engine or spawn path that
 * the environment asks for is refused here. */
int stage_main(const struct CMUnitTest *tests, size_t count);

#define STAGE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, stage_set_up, stage_tear_down)

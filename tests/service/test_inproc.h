/*
 * test_inproc.h - stories of a whole process that runs services, told in a
 * child of the test.
 *
 * What happens there, the log's lines among it, comes through a pipe, in its
 * order; the test waits for the next thing with a deadline and does its part.
 * The pipe ends when nobody is left who could write. cmocka's assertions jump,
 * and may not be used in a story.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/nsec.h"
#include "loop/clock.h"
#include "muster/service.h"
#include "policy/support.h"

#define DEADLINE_MS 30000
#define STORY_REFUSED 99 /* muster_launch or _wait has failed */
#define STORY_SIZE 65536

/* With VARIANT=tsan: a race ends a story, with a status that none has; threads
 * that are left at the end of a process are what some stories tell of. */
const char *__tsan_default_options(void)
{
	return "halt_on_error=1:report_thread_leaks=0:atexit_sleep_ms=0";
}

/* The child's side. */
static int story_fd = -1;

/* One line, whole; also in signal handlers. */
static inline void say(const char *what)
{
	char line[512];
	size_t length = strlen(what);

	length = length < sizeof(line) ? length : sizeof(line) - 1;
	memcpy(line, what, length);
	line[length] = '\n';
	(void)!write(story_fd, line, length + 1);
}

static inline void say_log(void *data, enum muster_log_level level,
			   const char *line)
{
	(void)data;
	(void)level;
	say(line);
}

static inline int say_start(struct muster_worker *worker, void *data)
{
	(void)worker;
	say("start");
	return data ? *(int *)data : 0;
}

static inline void say_stop(struct muster_worker *worker, void *data,
			    bool graceful)
{
	(void)worker;
	(void)data;
	say(graceful ? "stop" : "stop at once");
}

static inline void say_wait(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	say("wait");
}

static inline int say_reset(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	say("reset");
	return 0;
}

/* Who waits here waits for a signal that ends the process. */
static inline void hang(void)
{
	while (true)
		(void)pause();
}

static inline void hang_stop(struct muster_worker *worker, void *data,
			     bool graceful)
{
	(void)worker;
	(void)data;
	(void)graceful;
	say("hanging");
	hang();
}

/* A story's launcher and the service in it: each function that a story leaves
 * alone is one that says its name. */
struct cast {
	struct muster_launcher_options options;
	struct muster_service_ops ops;
	struct muster_service service;
	struct muster_launcher *launcher;
};

static inline void cast_make(struct cast *cast)
{
	*cast = (struct cast){
		.options = MUSTER_LAUNCHER_OPTIONS_INIT,
		.ops = MUSTER_SERVICE_OPS_INIT,
		.service = MUSTER_SERVICE_INIT,
	};
	cast->options.log = say_log;
	cast->ops.start = say_start;
	cast->ops.stop = say_stop;
	cast->ops.wait = say_wait;
	cast->ops.reset = say_reset;
	cast->service.ops = &cast->ops;
	cast->service.name = "web";
}

/* False when it was refused, which was said then. */
static inline bool cast_open(struct cast *cast)
{
	int r = muster_launch(&cast->options, &cast->service,
			      MUSTER_WORKERS_UNSET,
			      cast->options.restart_method, &cast->launcher);

	return r == 0;
}

static inline int cast_end(struct cast *cast)
{
	int status = muster_launcher_wait(cast->launcher);

	muster_launcher_free(cast->launcher);
	return status < 0 ? STORY_REFUSED : status;
}

static inline int cast_run(struct cast *cast)
{
	return cast_open(cast) ? cast_end(cast) : STORY_REFUSED;
}

/* The test's side. */
struct story {
	pid_t pid;
	int pidfd;
	int fd;
	size_t length;
	size_t seen; /* of what was said */
	bool is_over;
	char said[STORY_SIZE];
};

static struct story *story_current;

/* Nothing of a test that failed is left behind. */
static inline int story_close(void **state)
{
	struct story *story = story_current;

	(void)state;
	if (!story)
		return 0;
	story_current = NULL;
	if (story->pid > 0) {
		(void)kill(story->pid, SIGKILL);
		(void)waitpid(story->pid, NULL, 0);
	}
	(void)close(story->pidfd);
	(void)close(story->fd);
	free(story);
	return 0;
}

static inline struct story *story_begin(int (*tell)(void))
{
	struct story *story = calloc(1, sizeof(*story));
	int fds[2];

	assert_non_null(story);
	story_current = story;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	(void)fflush(NULL);
	story->pid = fork();
	assert_true(story->pid >= 0);
	if (story->pid == 0) {
		(void)close(fds[0]);
		story_fd = fds[1];
		exit(tell());
	}
	(void)close(fds[1]);
	story->fd = fds[0];
	story->pidfd = (int)syscall(SYS_pidfd_open, story->pid, 0);
	assert_true(story->pidfd >= 0);
	return story;
}

static inline void story_fail(struct story *story, const char *wanted)
{
	print_error("wanted: %s\nsaid:\n%s\n", wanted, story->said);
	fail();
}

/* Reads more; false when nobody is left to say anything. */
static inline bool story_read(struct story *story, const char *wanted)
{
	struct pollfd set = {story->fd, POLLIN, 0};
	ssize_t size;

	if (story->is_over)
		return false;
	if (poll(&set, 1, DEADLINE_MS) != 1)
		story_fail(story, wanted);
	assert_true(story->length < STORY_SIZE - 1);
	size = read(story->fd, story->said + story->length,
		    STORY_SIZE - 1 - story->length);
	assert_true(size >= 0);
	story->is_over = size == 0;
	story->length += (size_t)size;
	return size > 0;
}

/* The next line of which this is the beginning. */
static inline void story_expect(struct story *story, const char *wanted)
{
	while (true) {
		const char *line = story->said + story->seen;
		const char *end = strchr(line, '\n');

		if (!end) {
			if (!story_read(story, wanted))
				story_fail(story, wanted);
			continue;
		}
		story->seen = (size_t)(end + 1 - story->said);
		if (strncmp(line, wanted, strlen(wanted)) == 0)
			return;
	}
}

static inline void story_signal(const struct story *story, int signo)
{
	assert_int_equal(kill(story->pid, signo), 0);
}

/* Its status, 128 + signo when a signal ended it, and nobody is left. */
static inline void story_expect_end(struct story *story, int wanted)
{
	struct pollfd set = {story->pidfd, POLLIN, 0};
	int status;

	if (poll(&set, 1, DEADLINE_MS) != 1)
		story_fail(story, "its end");
	assert_int_equal(waitpid(story->pid, &status, 0), story->pid);
	story->pid = 0;
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				     : WEXITSTATUS(status);
	while (story_read(story, "an end of all others"))
		;
	if (status != wanted) {
		print_error("status %d, said:\n%s\n", status, story->said);
		assert_int_equal(status, wanted);
	}
}

static inline bool story_is_alive(const struct story *story)
{
	struct pollfd set = {story->pidfd, POLLIN, 0};

	return poll(&set, 1, 0) == 0;
}

static inline int story_count(const struct story *story, const char *what)
{
	int count = 0;

	for (const char *at = strstr(story->said, what); at;
	     at = strstr(at + 1, what))
		count++;
	return count;
}

#define story_test(function) cmocka_unit_test_teardown(function, story_close)

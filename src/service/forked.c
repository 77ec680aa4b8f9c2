/*
 * forked.c - prepares a forked worker for the caller's code, and lets the
 * runner run it. Everything before start() is done here, in the order of B47.
 */
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "base/text.h"
#include "loop/clock.h"
#include "service/forked.h"
#include "service/runner.h"

/* It could not even begin. */
#define FORKED_FAILED 1
#define FORKED_SEED 32
/* Of the service's name in a thread's, which has fifteen. */
#define FORKED_NAME 8
/* Variables of our own, and their names and numbers together. */
#define FORKED_VARIABLES 6
#define FORKED_TEXT 256

/* What the launcher has in its buffers is the launcher's to write. */
static void forked_forget_output(void)
{
	if (__fpending(stdout) > 0)
		__fpurge(stdout);
	if (__fpending(stderr) > 0)
		__fpurge(stderr);
}

/* The environment to be: a table and, behind it, what is new in it. */
struct forked_environment {
	char **table;
	size_t count;
	struct text text;
};

static bool forked_is_own(const char *variable)
{
	static const char *const names[] = {
		"LISTEN_PID=",	   "LISTEN_FDS=",	"LISTEN_FDNAMES=",
		"NOTIFY_SOCKET=",  "WATCHDOG_USEC=",	"WATCHDOG_PID=",
		"MUSTER_SERVICE=", "MUSTER_WORKER_ID=", "MUSTER_GENERATION=",
	};

	/* Most are none at the first look. */
	if (!strchr("LNWM", variable[0]))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void forked_begin_variable(struct forked_environment *environment,
				  const char *name)
{
	struct text *text = &environment->text;

	environment->table[environment->count++] = text->data + text->length;
	text_add(text, name);
}

static void forked_end_variable(struct forked_environment *environment)
{
	text_add_bytes(&environment->text, "", 1);
}

static void forked_set_text(struct forked_environment *environment,
			    const char *name, const char *value)
{
	forked_begin_variable(environment, name);
	text_add(&environment->text, value);
	forked_end_variable(environment);
}

static void forked_set_number(struct forked_environment *environment,
			      const char *name, uint64_t value)
{
	forked_begin_variable(environment, name);
	text_add_u64(&environment->text, value);
	forked_end_variable(environment);
}

static void forked_set_own(struct forked_environment *environment,
			   const struct muster_birth *birth)
{
	forked_set_text(environment, "MUSTER_SERVICE=", birth->name);
	forked_set_number(environment, "MUSTER_WORKER_ID=", birth->slot);
	forked_set_number(environment, "MUSTER_GENERATION=", birth->generation);
	if (birth->notify_address)
		forked_set_text(environment,
				"NOTIFY_SOCKET=", birth->notify_address);
	if (birth->watchdog_ns == 0)
		return;
	forked_set_number(environment,
			  "WATCHDOG_USEC=", birth->watchdog_ns / NSEC_PER_USEC);
	forked_set_number(environment, "WATCHDOG_PID=", (uint64_t)getpid());
}

/* As a program's worker has it, so that libraries find what they know. One new
 * table: a setenv(3) for each would take, and touch, much more memory. */
static void forked_set_environment(const struct muster_birth *birth)
{
	struct forked_environment environment = {.table = NULL};
	size_t room = FORKED_VARIABLES + 1;
	size_t size = FORKED_TEXT + strlen(birth->name);
	char *text;

	if (birth->notify_address)
		size += strlen(birth->notify_address);
	for (char **variable = environ; variable && *variable; variable++)
		room++;
	environment.table = malloc(room * sizeof(char *) + size);
	if (!environment.table)
		return; /* without memory it is not there */
	text = (char *)(environment.table + room);
	text_init(&environment.text, text, size);
	for (char **variable = environ; variable && *variable; variable++)
		if (!forked_is_own(*variable))
			environment.table[environment.count++] = *variable;
	forked_set_own(&environment, birth);
	environment.table[environment.count] = NULL;
	environ = environment.table;
}

/* Sixteen bytes of it are seen by ps -L and top. */
static void forked_set_title(const struct muster_birth *birth)
{
	char title[64];
	struct text text;

	text_init(&text, title, sizeof(title));
	text_add_bytes(&text, birth->name, strnlen(birth->name, FORKED_NAME));
	text_add(&text, "/");
	text_add_u64(&text, birth->slot);
	(void)prctl(PR_SET_NAME, title); /* cannot fail */
}

/* Two workers that draw the same numbers are a hole in many a program. */
static void forked_reseed(struct muster_worker *worker)
{
	const struct service *service = worker->service;
	unsigned char seed[FORKED_SEED];
	unsigned short words[3];
	uint32_t number;

	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(seed)) {
		/* No entropy yet: different at least. */
		uint64_t now_ns = clock_now_ns() ^ (uint64_t)getpid() << 32;

		memset(seed, 0, sizeof(seed));
		memcpy(seed, &now_ns, sizeof(now_ns));
	}
	memcpy(&number, seed, sizeof(number));
	memcpy(words, seed, sizeof(words));
	compat_seed_random(number);
	(void)seed48(words);
	if (service->ops.reseed)
		service->ops.reseed(worker, service->data, seed, sizeof(seed));
}

static int forked_prepare(const struct forked *forked, struct runner *runner,
			  const struct muster_birth *birth)
{
	struct worker_home *home = runner_home(runner);
	struct muster_worker *worker;
	struct unit *unit;
	int r = services_add(runner_services(runner), forked->service, &unit);

	if (r < 0)
		return r;
	home->notify_fd = birth->notify_fd;
	home->has_watchdog = birth->watchdog_ns > 0;
	worker = &unit->worker;
	worker->id = (int)birth->slot;
	worker->generation = birth->generation;
	worker->listen_fds = birth->listen_fds;
	worker->listener_count = birth->listener_count;
	forked_reseed(worker);
	if (forked->settings->hooks.on_new_worker)
		forked->settings->hooks.on_new_worker(
			forked->settings->options.hook_data, worker);
	return 0;
}

static int forked_serve(const struct forked *forked, struct speaker *speaker,
			const struct muster_birth *birth)
{
	const struct runner_options options = {
		.settings = forked->settings,
		.speaker = speaker,
		.name = forked->service->name,
		.stop_timeout_ns = forked->service->stop_timeout_ns,
		.is_worker = true,
		.birth = birth,
	};
	char buffer[256];
	struct runner *runner;
	struct text error;
	int status;
	int r;

	text_init(&error, buffer, sizeof(buffer));
	r = runner_open(&options, &runner, &error);
	if (r < 0) {
		speak(speaker, MUSTER_LOG_ERROR,
		      "Cannot start a worker of %s: %s", forked->service->name,
		      error.length > 0 ? buffer : strerror(-r));
		return FORKED_FAILED;
	}
	r = forked_prepare(forked, runner, birth);
	status = r < 0 ? FORKED_FAILED : runner_run(runner);
	speak_close(speaker); /* while SIGPIPE is still blocked */
	runner_free(runner);
	return status;
}

int forked_run(void *argument, const struct muster_birth *birth)
{
	const struct forked *forked = argument;
	struct speaker speaker;
	int status;

	(void)fd_close(forked->upstream_fd); /* ours is another copy */
	forked_forget_output();
	speak_anew(forked->speaker, &speaker);
	forked_set_environment(birth);
	forked_set_title(birth);
	status = forked_serve(forked, &speaker, birth);
	speak_close(&speaker);
	/* Who prints may have his last words, too. */
	(void)fflush(stdout);
	(void)fflush(stderr);
	return status;
}

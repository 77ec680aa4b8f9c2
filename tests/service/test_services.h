/*
 * test_services.h - services that write down what is asked of them, and the
 * home that they have in a process.
 */
#pragma once

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/nsec.h"
#include "policy/support.h"
#include "service/services.h"

#define HANG_SECONDS 60
#define ACTORS_MAX 200

struct stage;

/* One service: what its functions do, and what was done to it. */
struct actor {
	struct stage *stage;
	struct service service;
	char name[8];
	int result;	  /* of start() */
	int reset_result; /* of reset() */
	int (*act)(struct actor *actor, struct muster_worker *worker);
	pthread_t thread; /* of the last start() */
	pthread_t asker;  /* of the last stop() or reset() */
	int starts;
	int stops;
	int resets;
	bool was_graceful;
};

struct stage {
	struct worker_home home;
	/* Whoever waits is woken for its sake once a service is ready. */
	struct upstream upstream;
	struct services services;
	struct actor actors[ACTORS_MAX];
	uint32_t count;
	pthread_mutex_t lock; /* of what follows, and of actors' numbers */
	char journal[4096];
	int gate; /* eventfd of whom start() waits for */
	int launcher_fd;
};

static void journal_add(struct actor *actor, const char *what)
{
	struct stage *stage = actor->stage;
	size_t length;

	(void)pthread_mutex_lock(&stage->lock);
	length = strlen(stage->journal);
	(void)snprintf(stage->journal + length, sizeof(stage->journal) - length,
		       "%s %s, ", what, actor->name);
	(void)pthread_mutex_unlock(&stage->lock);
}

static int actor_start(struct muster_worker *worker, void *data)
{
	struct actor *actor = data;

	actor->thread = pthread_self();
	actor->starts++;
	journal_add(actor, "start");
	return actor->act ? actor->act(actor, worker) : actor->result;
}

static void actor_stop(struct muster_worker *worker, void *data, bool graceful)
{
	struct actor *actor = data;

	(void)worker;
	actor->asker = pthread_self();
	actor->stops++;
	actor->was_graceful = graceful;
	(void)eventfd_write(actor->stage->gate, 1);
	journal_add(actor, "stop");
}

static void actor_wait(struct muster_worker *worker, void *data)
{
	(void)worker;
	journal_add(data, "wait");
}

static int actor_reset(struct muster_worker *worker, void *data)
{
	struct actor *actor = data;

	(void)worker;
	actor->asker = pthread_self();
	actor->resets++;
	journal_add(actor, "reset");
	return actor->reset_result;
}

/* For act: start() that returns when it is stopped, and says when it serves. */
static inline int act_until_stopped(struct actor *actor,
				    struct muster_worker *worker)
{
	struct pollfd set = {actor->stage->gate, POLLIN, 0};

	(void)muster_worker_ready(worker);
	while (poll(&set, 1, -1) != 1)
		;
	return actor->result;
}

/* A loop in start() that asks nobody else to call stop() and reset(). */
static inline int act_in_a_loop(struct actor *actor,
				struct muster_worker *worker)
{
	struct pollfd set = {muster_worker_get_fd(worker), POLLIN, 0};

	(void)muster_worker_ready(worker);
	while (poll(&set, 1, -1) >= 0)
		if (muster_worker_dispatch(worker) == 1)
			break;
	return actor->result;
}

static struct actor *stage_add(struct stage *stage)
{
	struct actor *actor = &stage->actors[stage->count];
	struct unit *unit;

	(void)snprintf(actor->name, sizeof(actor->name), "%u", stage->count);
	actor->stage = stage;
	actor->service = (struct service){
		.name = actor->name,
		.ops = {.start = actor_start,
			.stop = actor_stop,
			.wait = actor_wait,
			.reset = actor_reset},
		.data = actor,
	};
	assert_int_equal(services_add(&stage->services, &actor->service, &unit),
			 0);
	stage->count++;
	return actor;
}

static int begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	sigset_t mask;

	(void)alarm(HANG_SECONDS);
	assert_non_null(stage);
	stage->upstream = UPSTREAM_NULL;
	stage->home.upstream = &stage->upstream;
	stage->home.notify_fd = -1;
	stage->home.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	stage->gate = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)pthread_mutex_init(&stage->lock, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	assert_int_equal(services_init(&stage->services, &stage->home, &mask),
			 0);
	*state = stage;
	return 0;
}

static int end(void **state)
{
	struct stage *stage = *state;

	services_fini(&stage->services);
	assert_int_equal(close(stage->home.wake_fd), 0);
	assert_int_equal(close(stage->gate), 0);
	(void)pthread_mutex_destroy(&stage->lock);
	free(stage);
	return 0;
}

#define staged(function) cmocka_unit_test_setup_teardown(function, begin, end)

static void stage_doze(struct stage *stage)
{
	struct pollfd set = {stage->home.wake_fd, POLLIN, 0};
	eventfd_t count;

	while (poll(&set, 1, -1) != 1)
		;
	(void)eventfd_read(stage->home.wake_fd, &count);
}

/* As whoever waits does: sleeps until it is woken, then looks. */
static struct services_view stage_sleep(struct stage *stage)
{
	stage_doze(stage);
	return services_look(&stage->services);
}

static void stage_wait_ready(struct stage *stage)
{
	struct services_view view = services_look(&stage->services);

	while (view.phase != SERVICES_UP || view.ready != stage->count)
		view = stage_sleep(stage);
}

static void stage_stop(struct stage *stage, bool is_graceful)
{
	struct services_view view;

	assert_int_equal(services_stop(&stage->services, is_graceful), 0);
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_DOWN);
}

static inline void stage_restart(struct stage *stage,
				 enum muster_restart_method method)
{
	struct services_view view;

	assert_int_equal(services_restart(&stage->services, method), 0);
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_UP || view.ready != stage->count);
}

static inline enum unit_phase stage_phase(struct stage *stage, uint32_t i)
{
	enum unit_phase phase;

	(void)pthread_mutex_lock(&stage->services.lock);
	phase = stage->services.units[i]->phase;
	(void)pthread_mutex_unlock(&stage->services.lock);
	return phase;
}

/* start() has returned: it is ready a moment before. */
static inline void stage_wait_idle(struct stage *stage, uint32_t i)
{
	while (stage_phase(stage, i) != UNIT_SERVING)
		(void)stage_sleep(stage);
}

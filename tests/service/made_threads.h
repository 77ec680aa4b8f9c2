/*
 * made_threads.h - a pthread_create of the test's own: it can fail, hold what
 * it made, and return when that has gone on.
 */
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static int to_pass;	 /* threads that begin at once */
static int to_hold;	 /* then threads that are held */
static int to_fail;	 /* calls that are still to fail */
static int to_linger_ms; /* in each call, with the thread made */
static bool is_holding;

struct held {
	void *(*run)(void *);
	void *argument;
};

static void *held_run(void *argument)
{
	struct held held = *(struct held *)argument;

	free(argument);
	(void)pthread_mutex_lock(&held_lock);
	while (is_holding)
		(void)pthread_cond_wait(&released, &held_lock);
	(void)pthread_mutex_unlock(&held_lock);
	return held.run(held.argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		   void *(*run)(void *), void *argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		      void *);
	struct held *held;

	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	if (to_fail > 0) {
		to_fail--;
		return EAGAIN;
	}
	if (to_hold == 0 || to_pass-- > 0) {
		int r = create(thread, attributes, run, argument);

		(void)poll(NULL, 0, to_linger_ms);
		return r;
	}
	to_hold--;
	held = calloc(1, sizeof(*held));
	if (!held)
		abort();
	*held = (struct held){run, argument};
	return create(thread, attributes, held_run, held);
}

/* The next one, but for these. */
static inline void hold_thread(int after)
{
	to_pass = after;
	to_hold = 1;
	is_holding = true;
}

static inline void release_thread(void)
{
	(void)pthread_mutex_lock(&held_lock);
	is_holding = false;
	(void)pthread_cond_broadcast(&released);
	(void)pthread_mutex_unlock(&held_lock);
}

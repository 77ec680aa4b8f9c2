/*
 * engines.h - the same test on every engine: ENGINE_TESTS(name) makes one test
 * of each, which opens the one it was given and is skipped where that is
 * refused.
 */
#pragma once

#include "kernel/children.h"

#include "base/nsec.h"
#include "loop/clock.h"
#include "loop/loop.h"

/* A hang in the code under test ends the program, and so fails it. */
#define ENGINE_SECONDS 60
#define DEADLINE_NS (DEADLINE_MS * NSEC_PER_MSEC)

struct engine {
	const char *name;
	enum muster_engine engine;
	bool peeks;
};

static struct engine engine_ring = {"ring", MUSTER_ENGINE_RING, false};
static struct engine engine_epoll = {"epoll", MUSTER_ENGINE_EPOLL, false};
static struct engine engine_peeking = {"peeking", MUSTER_ENGINE_EPOLL, true};
/* It peeks unasked. */
static struct engine engine_signal = {"signal", MUSTER_ENGINE_SIGNAL, false};

static inline int engine_set_up(void **state)
{
	(void)state;
	(void)alarm(ENGINE_SECONDS);
	return 0;
}

#define ENGINE_TEST(test, on)                                              \
	{                                                                  \
		.name = #test " (" #on ")", .test_func = test,             \
		.setup_func = engine_set_up, .initial_state = &engine_##on \
	}
#define ENGINE_TESTS(test)                                 \
	ENGINE_TEST(test, ring), ENGINE_TEST(test, epoll), \
		ENGINE_TEST(test, peeking), ENGINE_TEST(test, signal)

/* Those that children's pidfds are told to. */
#define ENGINE_PIDFD_TESTS(test)                           \
	ENGINE_TEST(test, ring), ENGINE_TEST(test, epoll), \
		ENGINE_TEST(test, peeking)

/* Everything that people and programs send, and the real-time signals. */
static inline const int *engine_signals(uint32_t *ret_count)
{
	static int signals[64] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
	uint32_t count = 5;

	for (int signo = SIGRTMIN; signo <= SIGRTMAX; signo++)
		signals[count++] = signo;
	*ret_count = count;
	return signals;
}

static inline struct loop_options engine_options(const struct engine *engine)
{
	struct loop_options options = {
		.engine = engine->engine,
		.has_pidfds = engine->engine != MUSTER_ENGINE_SIGNAL,
		.peeks = engine->peeks,
	};

	options.signals = engine_signals(&options.signal_count);
	return options;
}

/* As loop_new. */
static inline int engine_new(const struct engine *engine,
			     struct loop **ret_loop)
{
	const struct loop_options options = engine_options(engine);

	return loop_new(&options, ret_loop);
}

static inline struct loop *engine_open_with(const struct loop_options *options)
{
	struct loop *loop = NULL;

	if (loop_new(options, &loop) < 0) {
		printf("skip: %s\n", loop_reason(loop));
		loop_free(loop);
		skip();
	}
	return loop;
}

static inline struct loop *engine_open(void **state)
{
	const struct loop_options options = engine_options(*state);

	return engine_open_with(&options);
}

/* A child under watch, and what was heard of it. */
struct watched {
	struct loop_watch watch;
	int pidfd;	/* the watch forgets it on some engines */
	uint32_t heard; /* how often */
	int code;
	int status;
};

static inline void watched_begin(struct loop *loop, struct watched *watched,
				 pid_t pid)
{
	*watched = (struct watched){
		.watch = {.pid = pid, .pidfd = -1, .tag = (uintptr_t)watched},
		.pidfd = -1,
	};
	if (loop_engine(loop) != MUSTER_ENGINE_SIGNAL)
		watched->pidfd = child_pidfd(pid);
	watched->watch.pidfd = watched->pidfd;
	assert_int_equal(loop_watch_exit(loop, &watched->watch), 0);
}

/* Counts the exit and lets the pidfd go, as a launcher does. */
static inline struct watched *watched_hear(struct loop *loop,
					   const struct loop_event *event)
{
	struct watched *watched = (void *)(uintptr_t)event->tag;

	assert_int_equal(event->kind, LOOP_EXIT);
	watched->heard++;
	watched->code = event->exit.code;
	watched->status = event->exit.status;
	loop_close(loop, watched->pidfd);
	watched->pidfd = -1;
	return watched;
}

/* loop_wait, which may be interrupted: a ring that was freed lately tells the
 * task so. Often it may not be: -EINTR. */
static inline int engine_retry(struct loop *loop, uint64_t until_ns,
			       struct loop_batch *batch)
{
	for (int i = 0; i < 32; i++) {
		int r = loop_wait(loop, until_ns, batch);

		if (r != 0 || clock_now_ns() >= until_ns)
			return r;
	}
	return -EINTR;
}

/* One batch, empty only at the deadline. */
static inline void engine_wait(struct loop *loop, struct loop_batch *batch)
{
	uint64_t limit_ns = clock_now_ns() + DEADLINE_NS;
	int r = 0;

	while (r == 0 && clock_now_ns() < limit_ns)
		r = loop_wait(loop, limit_ns, batch);
	assert_true(r >= 0);
	assert_int_equal(r, batch->count);
	assert_true(batch->count <= LOOP_BATCH);
}

/* Exactly so many exits, and nothing else. */
static inline void engine_hear(struct loop *loop, uint32_t count)
{
	struct loop_batch batch;
	uint32_t heard = 0;

	while (heard < count) {
		engine_wait(loop, &batch);
		assert_true(batch.count > 0);
		for (uint32_t i = 0; i < batch.count; i++)
			(void)watched_hear(loop, &batch.events[i]);
		heard += batch.count;
	}
	assert_int_equal(heard, count);
}

/* Nothing has happened that was not told. Twice and more, for on the ring a
 * chain's end is a step after its head's. */
static inline void engine_is_silent(struct loop *loop)
{
	struct loop_batch batch;

	for (int i = 0; i < 4; i++)
		assert_int_equal(loop_wait(loop, 0, &batch), 0);
}

static inline void assert_ended(const struct watched *watched, int code,
				int status)
{
	assert_int_equal(watched->heard, 1);
	assert_int_equal(watched->code, code);
	assert_int_equal(watched->status, status);
}

/*
 * test_fds.c - foreign descriptors: watched once, and never mistaken for one
 * another.
 */
#include <sys/eventfd.h>

#include "loop/engines.h"

#define TAG UINT64_C(0xfedcba9876543210)

static int open_event(unsigned int value)
{
	int fd = eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

static void make_ready(int fd)
{
	assert_int_equal(eventfd_write(fd, 1), 0);
}

static void assert_told(struct loop *loop, int fd, uint32_t revents,
			uint64_t tag)
{
	struct loop_batch batch;

	engine_wait(loop, &batch);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.events[0].kind, LOOP_FD);
	assert_int_equal(batch.events[0].fd.fd, fd);
	assert_int_equal(batch.events[0].fd.revents, revents);
	assert_true(batch.events[0].tag == tag);
}

static void a_ready_descriptor_is_told_once(void **state)
{
	struct loop *loop = engine_open(state);
	_cleanup_fd_ int fd = open_event(0);

	assert_int_equal(loop_watch_fd(loop, fd, POLLIN, TAG), 0);
	engine_is_silent(loop);
	make_ready(fd);
	assert_told(loop, fd, POLLIN, TAG);
	engine_is_silent(loop); /* it is still ready */
	assert_int_equal(loop_unwatch_fd(loop, fd), -ENOENT);
	assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 7), 0);
	assert_told(loop, fd, POLLIN, 7);
	loop_free(loop);
}

static void readiness_to_write_and_hang_ups_are_told(void **state)
{
	struct loop *loop = engine_open(state);
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(loop_watch_fd(loop, ends[1], POLLOUT, 1), 0);
	assert_told(loop, ends[1], POLLOUT, 1);
	assert_int_equal(loop_watch_fd(loop, ends[0], POLLIN, 2), 0);
	engine_is_silent(loop);
	assert_int_equal(close(ends[1]), 0);
	assert_told(loop, ends[0], POLLHUP, 2);
	/* Nobody asked for it; it is told all the same (poll(2)). */
	assert_int_equal(loop_watch_fd(loop, ends[0], 0, 3), 0);
	assert_told(loop, ends[0], POLLHUP, 3);
	loop_free(loop);
	assert_int_equal(close(ends[0]), 0);
}

static void an_unwatched_descriptor_is_not_told(void **state)
{
	struct loop *loop = engine_open(state);
	_cleanup_fd_ int early = open_event(0);
	_cleanup_fd_ int late = open_event(0);

	assert_int_equal(loop_watch_fd(loop, early, POLLIN, 1), 0);
	assert_int_equal(loop_unwatch_fd(loop, early), 0);
	assert_int_equal(loop_watch_fd(loop, late, POLLIN, 2), 0);
	engine_is_silent(loop); /* it is armed now */
	assert_int_equal(loop_unwatch_fd(loop, late), 0);
	make_ready(early);
	make_ready(late);
	engine_is_silent(loop);
	assert_int_equal(loop_unwatch_fd(loop, late), -ENOENT);
	assert_int_equal(loop_unwatch_fd(loop, -1), -ENOENT);
	loop_free(loop);
}

/* The place of the first is the second's by the time its event comes. */
static void the_event_of_a_former_owner_is_not_told_to_the_next(void **state)
{
	struct loop *loop = engine_open(state);
	_cleanup_fd_ int former = open_event(0);
	_cleanup_fd_ int next = open_event(0);

	for (uint64_t i = 0; i < 20; i++) {
		assert_int_equal(loop_watch_fd(loop, former, POLLIN, 1), 0);
		engine_is_silent(loop);
		make_ready(former);
		assert_int_equal(loop_unwatch_fd(loop, former), 0);
		assert_int_equal(loop_watch_fd(loop, next, POLLIN, 100 + i), 0);
		engine_is_silent(loop);
		make_ready(next);
		assert_told(loop, next, POLLIN, 100 + i);
		assert_int_equal(eventfd_read(former, &(eventfd_t){0}), 0);
		assert_int_equal(eventfd_read(next, &(eventfd_t){0}), 0);
	}
	loop_free(loop);
}

/* The same number, another description: closed and opened between two waits. */
static void a_number_used_again_is_watched_anew(void **state)
{
	struct loop *loop = engine_open(state);
	int fd = open_event(1);
	int again;

	assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 1), 0);
	assert_int_equal(loop_unwatch_fd(loop, fd), 0);
	assert_int_equal(close(fd), 0);
	again = open_event(0);
	assert_int_equal(again, fd);
	assert_int_equal(loop_watch_fd(loop, again, POLLIN, 2), 0);
	engine_is_silent(loop);
	make_ready(again);
	assert_told(loop, again, POLLIN, 2);
	loop_free(loop);
	assert_int_equal(close(again), 0);
}

/* Closed before it was unwatched, with a copy elsewhere: epoll knows it still.
 * Whoever has its place now hears nothing of it, and no wait is cut short but
 * once. */
static void who_closes_before_unwatching_disturbs_nobody(void **state)
{
	struct loop *loop = engine_open(state);
	_cleanup_fd_ int next = open_event(0);
	_cleanup_fd_ int copy = -1;
	int fd = open_event(0);
	struct loop_batch batch;

	assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 1), 0);
	engine_is_silent(loop);
	copy = dup(fd);
	assert_int_equal(close(fd), 0);
	assert_int_equal(loop_unwatch_fd(loop, fd), 0);
	assert_int_equal(loop_watch_fd(loop, next, POLLIN, 2), 0);
	make_ready(copy);
	assert_int_equal(
		engine_retry(loop, clock_now_ns() + NSEC_PER_MSEC, &batch), 0);
	make_ready(next);
	assert_told(loop, next, POLLIN, 2);
	loop_free(loop);
}

static void a_descriptor_is_watched_by_one_only(void **state)
{
	struct loop *loop = engine_open(state);
	_cleanup_fd_ int fd = open_event(0);

	assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 1), 0);
	assert_int_equal(loop_watch_fd(loop, fd, POLLOUT, 2), -EEXIST);
	make_ready(fd);
	assert_told(loop, fd, POLLIN, 1);
	loop_free(loop);
}

static void only_so_many_descriptors_are_watched(void **state)
{
	struct loop *loop = engine_open(state);
	int fds[LOOP_FDS + 1];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = open_event(0);
	for (size_t i = 0; i < LOOP_FDS; i++)
		assert_int_equal(loop_watch_fd(loop, fds[i], POLLIN, i), 0);
	assert_int_equal(loop_watch_fd(loop, fds[LOOP_FDS], POLLIN, 9),
			 -ENOSPC);
	make_ready(fds[LOOP_FDS]);
	engine_is_silent(loop);
	make_ready(fds[40]);
	assert_told(loop, fds[40], POLLIN, 40);
	assert_int_equal(loop_watch_fd(loop, fds[LOOP_FDS], POLLIN, 9), 0);
	assert_told(loop, fds[LOOP_FDS], POLLIN, 9);
	loop_free(loop);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		assert_int_equal(close(fds[i]), 0);
}

static void a_descriptor_given_away_is_closed_by_the_next_wait(void **state)
{
	struct loop *loop = engine_open(state);
	struct loop_batch batch;
	int ends[2];
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	loop_close(loop, ends[1]);
	loop_close(loop, -1); /* of a worker without a pidfd */
	assert_int_equal(loop_wait(loop, 0, &batch), 0);
	assert_true(fcntl(ends[1], F_GETFD) < 0);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	assert_int_equal(close(ends[0]), 0);
	loop_free(loop);
}

static const struct engine *story_engine;

/* An embedder would be woken for nothing. */
static int close_quietly(void)
{
	struct loop *loop = NULL;
	struct loop_batch batch;
	int early = 0;

	CHILD_CHECK(engine_new(story_engine, &loop) == 0);
	for (int i = 0; i < 8; i++) {
		uint64_t until_ns = clock_now_ns() + NSEC_PER_MSEC;

		loop_close(loop, eventfd(0, EFD_CLOEXEC));
		CHILD_CHECK(loop_wait(loop, until_ns, &batch) == 0);
		early += clock_now_ns() < until_ns;
	}
	CHILD_CHECK(early <= 1); /* an interruption */
	loop_free(loop);
	return 0;
}

/* In a child, which the end of no other ring interrupts. */
static void closing_a_descriptor_does_not_wake_the_loop(void **state)
{
	loop_free(engine_open(state)); /* or skips */
	story_engine = *state;
	in_child(close_quietly);
}

static void a_descriptor_given_away_is_closed_by_loop_free(void **state)
{
	struct loop *loop = engine_open(state);
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	loop_close(loop, ends[1]);
	loop_free(loop);
	assert_true(fcntl(ends[1], F_GETFD) < 0);
	assert_int_equal(close(ends[0]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(a_ready_descriptor_is_told_once),
		ENGINE_TESTS(readiness_to_write_and_hang_ups_are_told),
		ENGINE_TESTS(an_unwatched_descriptor_is_not_told),
		ENGINE_TESTS(
			the_event_of_a_former_owner_is_not_told_to_the_next),
		ENGINE_TESTS(a_number_used_again_is_watched_anew),
		ENGINE_TESTS(who_closes_before_unwatching_disturbs_nobody),
		ENGINE_TESTS(a_descriptor_is_watched_by_one_only),
		ENGINE_TESTS(only_so_many_descriptors_are_watched),
		ENGINE_TESTS(
			a_descriptor_given_away_is_closed_by_the_next_wait),
		ENGINE_TESTS(a_descriptor_given_away_is_closed_by_loop_free),
		ENGINE_TESTS(closing_a_descriptor_does_not_wake_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_worker_loop.c - a service with a loop of its own hears of every stop,
 * however early.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>

#include "service/worker.h"

static int calls; /* of stop() */

static void note_stop(struct muster_worker *worker, void *data, bool graceful)
{
	(void)worker;
	(void)data;
	(void)graceful;
	calls++;
}

static char name[] = "loop";
static struct service service = {.name = name};
static struct worker_home home = {.notify_fd = -1, .wake_fd = -1};

static bool is_readable(int fd)
{
	struct pollfd set = {.fd = fd, .events = POLLIN};

	return poll(&set, 1, 0) == 1;
}

static void worker_make(struct muster_worker *worker)
{
	calls = 0;
	service.ops.stop = note_stop;
	worker_init(worker, &home, &service);
}

/* The thread that asks may be faster than start(). */
static void a_stop_before_there_is_a_loop_is_told_to_it(void **state)
{
	struct muster_worker worker;

	(void)state;
	worker_make(&worker);
	assert_int_equal(worker_ask(&worker, WORKER_WISH_STOP), 0);
	assert_int_equal(calls, 1);
	assert_true(is_readable(muster_worker_get_fd(&worker)));
	assert_int_equal(muster_worker_dispatch(&worker), 1);
	assert_int_equal(muster_worker_dispatch(&worker), 1);
	assert_int_equal(calls, 1);
	worker_fini(&worker);
}

static void a_reset_before_there_is_a_loop_is_over(void **state)
{
	struct muster_worker worker;

	(void)state;
	worker_make(&worker);
	assert_int_equal(worker_ask(&worker, WORKER_WISH_RESET), 0);
	assert_false(is_readable(muster_worker_get_fd(&worker)));
	assert_int_equal(muster_worker_dispatch(&worker), 0);
	worker_fini(&worker);
}

static void a_stop_is_forgotten_by_the_next_start(void **state)
{
	struct muster_worker worker;

	(void)state;
	worker_make(&worker);
	assert_int_equal(worker_ask(&worker, WORKER_WISH_STOP), 0);
	worker_note_stop(&worker, false);
	assert_false(is_readable(muster_worker_get_fd(&worker)));
	assert_int_equal(muster_worker_dispatch(&worker), 0);
	worker_fini(&worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_before_there_is_a_loop_is_told_to_it),
		cmocka_unit_test(a_reset_before_there_is_a_loop_is_over),
		cmocka_unit_test(a_stop_is_forgotten_by_the_next_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_worker_wishes.c - stop() and reset() as they are asked for: here, or in
 * a loop of the service's own.
 */
#include "service/test_worker.h"

#define MANY_STOPS 20000

static void without_a_loop_it_is_called_here(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(worker_ask(&stage->worker, WORKER_WISH_STOP), 0);
	assert_int_equal(stage->stops, 1);
	assert_true(stage->was_graceful);
	assert_int_equal(worker_ask(&stage->worker, WORKER_WISH_STOP_NOW), 0);
	assert_int_equal(stage->stops, 2);
	assert_false(stage->was_graceful);
	stage->reset_result = -ENOSPC;
	assert_int_equal(worker_ask(&stage->worker, WORKER_WISH_RESET),
			 -ENOSPC);
	assert_int_equal(stage->resets, 1);
	assert_true(pthread_equal(stage->caller, pthread_self()));
}

static void functions_that_are_not_there_are_not_called(void **state)
{
	struct stage *stage = *state;

	stage->service.ops = (struct muster_service_ops){.size = 0};
	assert_int_equal(worker_ask(&stage->worker, WORKER_WISH_STOP), 0);
	assert_int_equal(worker_ask(&stage->worker, WORKER_WISH_RESET), 0);
}

static void the_stop_fd_is_readable_while_a_stop_is_on(void **state)
{
	struct stage *stage = *state;
	int fd = worker_stop_fd(&stage->worker);

	assert_true(fd >= 0);
	assert_int_equal(worker_stop_fd(&stage->worker), fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_false(is_readable(fd));
	worker_note_stop(&stage->worker, true);
	assert_true(is_readable(fd));
	worker_note_stop(&stage->worker, true);
	worker_note_stop(&stage->worker, false);
	assert_false(is_readable(fd));
}

static void a_stop_fd_that_is_asked_for_too_late_is_readable(void **state)
{
	struct stage *stage = *state;

	atomic_store(&stage->home.stop_reason, MUSTER_STOP_OPERATOR);
	worker_note_stop(&stage->worker, true);
	assert_true(is_readable(worker_stop_fd(&stage->worker)));
}

static void *ask_stop(void *data)
{
	struct stage *stage = data;

	(void)worker_ask(&stage->worker, WORKER_WISH_STOP);
	return NULL;
}

static void *ask_reset(void *data)
{
	struct stage *stage = data;

	return worker_ask(&stage->worker, WORKER_WISH_RESET) == -ENOSPC ? data
									: NULL;
}

static void a_loop_of_its_own_calls_it_in_its_thread(void **state)
{
	struct stage *stage = *state;
	int fd = muster_worker_get_fd(&stage->worker);
	struct pollfd set = {fd, POLLIN, 0};
	pthread_t asker;
	void *result;

	assert_true(fd >= 0);
	assert_int_equal(muster_worker_get_fd(&stage->worker), fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(muster_worker_dispatch(&stage->worker), 0);
	stage->reset_result = -ENOSPC;
	assert_int_equal(pthread_create(&asker, NULL, ask_reset, stage), 0);
	assert_int_equal(poll(&set, 1, -1), 1);
	assert_int_equal(muster_worker_dispatch(&stage->worker), 0);
	assert_int_equal(pthread_join(asker, &result), 0);
	assert_ptr_equal(result, stage);
	assert_int_equal(pthread_create(&asker, NULL, ask_stop, stage), 0);
	assert_int_equal(poll(&set, 1, -1), 1);
	assert_int_equal(stage->stops, 0);
	assert_int_equal(muster_worker_dispatch(&stage->worker), 1);
	assert_int_equal(pthread_join(asker, NULL), 0);
	assert_int_equal(stage->stops, 1);
	assert_true(pthread_equal(stage->caller, pthread_self()));
	assert_false(is_readable(fd));
}

static void *ask_many_stops(void *data)
{
	for (int i = 0; i < MANY_STOPS; i++)
		(void)ask_stop(data);
	return NULL;
}

/* A loop may dispatch without looking at the descriptor. */
static void no_stop_is_lost_to_a_dispatch_too_many(void **state)
{
	struct stage *stage = *state;
	pthread_t asker;
	int stops = 0;

	assert_true(muster_worker_get_fd(&stage->worker) >= 0);
	assert_int_equal(pthread_create(&asker, NULL, ask_many_stops, stage),
			 0);
	while (stops < MANY_STOPS)
		stops += muster_worker_dispatch(&stage->worker);
	assert_int_equal(pthread_join(asker, NULL), 0);
	assert_int_equal(stage->stops, MANY_STOPS);
}

static void *dispatch_meanwhile(void *data)
{
	struct stage *stage = data;

	stage->meanwhile = muster_worker_dispatch(&stage->worker);
	return stage;
}

static void stop_while_another_dispatches(struct muster_worker *worker,
					  void *data, bool graceful)
{
	pthread_t other;

	stage_stop(worker, data, graceful);
	if (pthread_create(&other, NULL, dispatch_meanwhile, data) == 0)
		(void)pthread_join(other, NULL);
}

/* Nor would it hear of what the other has taken. */
static void two_threads_do_not_dispatch_at_once(void **state)
{
	struct stage *stage = *state;
	struct pollfd set = {muster_worker_get_fd(&stage->worker), POLLIN, 0};
	pthread_t asker;

	stage->service.ops.stop = stop_while_another_dispatches;
	assert_int_equal(pthread_create(&asker, NULL, ask_stop, stage), 0);
	assert_int_equal(poll(&set, 1, -1), 1);
	assert_int_equal(muster_worker_dispatch(&stage->worker), 1);
	assert_int_equal(pthread_join(asker, NULL), 0);
	assert_int_equal(stage->meanwhile, -EBUSY);
	assert_int_equal(stage->stops, 1);
	assert_int_equal(muster_worker_dispatch(&stage->worker), 0);
}

static void stop_and_leave(struct muster_worker *worker, void *data,
			   bool graceful)
{
	stage_stop(worker, data, graceful);
	pthread_exit(NULL);
}

static int reset_and_leave(struct muster_worker *worker, void *data)
{
	(void)stage_reset(worker, data);
	pthread_exit(NULL);
}

static void check_leaves(struct stage *stage, void *(*ask)(void *data))
{
	struct pollfd set = {muster_worker_get_fd(&stage->worker), POLLIN, 0};
	pthread_t dispatcher;
	pthread_t asker;
	void *result;

	assert_int_equal(pthread_create(&asker, NULL, ask, stage), 0);
	assert_int_equal(poll(&set, 1, -1), 1);
	assert_int_equal(
		pthread_create(&dispatcher, NULL, dispatch_meanwhile, stage),
		0);
	assert_int_equal(pthread_join(dispatcher, &result), 0);
	assert_null(result);
	assert_int_equal(pthread_join(asker, &result), 0);
	assert_null(result);
	assert_int_equal(muster_worker_dispatch(&stage->worker), 0);
}

static void who_leaves_his_thread_in_a_stop_has_stopped(void **state)
{
	struct stage *stage = *state;

	stage->service.ops.stop = stop_and_leave;
	check_leaves(stage, ask_stop);
	assert_int_equal(stage->stops, 1);
}

static void *ask_cancelled_reset(void *data)
{
	struct stage *stage = data;

	return worker_ask(&stage->worker, WORKER_WISH_RESET) == -ECANCELED
		       ? NULL
		       : data;
}

static void who_leaves_his_thread_in_a_reset_has_failed(void **state)
{
	struct stage *stage = *state;

	stage->service.ops.reset = reset_and_leave;
	check_leaves(stage, ask_cancelled_reset);
	assert_int_equal(stage->resets, 1);
}

static void *dispatch_cancelled(void *data)
{
	(void)pthread_cancel(pthread_self());
	return dispatch_meanwhile(data);
}

/* In the midst of it nobody would hear of the wish. */
static void a_dispatch_is_cancelled_in_the_services_code_only(void **state)
{
	struct stage *stage = *state;
	struct pollfd set = {muster_worker_get_fd(&stage->worker), POLLIN, 0};
	pthread_t dispatcher;
	pthread_t asker;

	assert_int_equal(pthread_create(&asker, NULL, ask_stop, stage), 0);
	assert_int_equal(poll(&set, 1, -1), 1);
	assert_int_equal(
		pthread_create(&dispatcher, NULL, dispatch_cancelled, stage),
		0);
	assert_int_equal(pthread_join(dispatcher, NULL), 0);
	assert_int_equal(pthread_join(asker, NULL), 0);
	assert_int_equal(stage->stops, 1);
	assert_int_equal(stage->meanwhile, 1);
}

/* What is asked after a reload's stop is asked of nobody's loop. */
static void a_loop_that_has_ended_is_not_asked(void **state)
{
	struct stage *stage = *state;
	int fd = muster_worker_get_fd(&stage->worker);

	assert_true(fd >= 0);
	worker_end_loop(&stage->worker);
	assert_int_equal(worker_ask(&stage->worker, WORKER_WISH_RESET), 0);
	assert_int_equal(stage->resets, 1);
	assert_int_equal(muster_worker_dispatch(&stage->worker), -EINVAL);
	fd = muster_worker_get_fd(&stage->worker);
	assert_true(fd >= 0);
	assert_false(is_readable(fd));
	assert_int_equal(muster_worker_dispatch(&stage->worker), 0);
}

/* stop() is called all the same, by whoever asks. */
static void whoever_asks_a_loop_that_ends_goes_on(void **state)
{
	struct stage *stage = *state;
	struct pollfd set = {muster_worker_get_fd(&stage->worker), POLLIN, 0};
	pthread_t asker;

	assert_int_equal(pthread_create(&asker, NULL, ask_stop, stage), 0);
	assert_int_equal(poll(&set, 1, -1), 1);
	worker_end_loop(&stage->worker);
	assert_int_equal(pthread_join(asker, NULL), 0);
	assert_int_equal(stage->stops, 1);
	assert_true(pthread_equal(stage->caller, asker));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		staged(without_a_loop_it_is_called_here),
		staged(functions_that_are_not_there_are_not_called),
		staged(the_stop_fd_is_readable_while_a_stop_is_on),
		staged(a_stop_fd_that_is_asked_for_too_late_is_readable),
		staged(a_loop_of_its_own_calls_it_in_its_thread),
		staged(no_stop_is_lost_to_a_dispatch_too_many),
		staged(two_threads_do_not_dispatch_at_once),
		staged(who_leaves_his_thread_in_a_stop_has_stopped),
		staged(who_leaves_his_thread_in_a_reset_has_failed),
		staged(a_dispatch_is_cancelled_in_the_services_code_only),
		staged(a_loop_that_has_ended_is_not_asked),
		staged(whoever_asks_a_loop_that_ends_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_services.c - threads, order and number of calls, what a failure does.
 */
#include "service/test_services.h"

static void each_service_has_a_thread_of_its_own(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 3; i++)
		stage_add(stage);
	services_start(&stage->services);
	stage_wait_ready(stage);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < i; j++)
			assert_false(pthread_equal(stage->actors[i].thread,
						   stage->actors[j].thread));
	assert_false(pthread_equal(stage->actors[0].thread, pthread_self()));
	stage_stop(stage, true);
}

/* B24. */
static void all_are_stopped_in_the_order_of_addition(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 3; i++)
		stage_add(stage);
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage->journal[0] = '\0';
	stage_stop(stage, true);
	assert_string_equal(stage->journal, "stop 0, stop 1, stop 2, "
					    "wait 0, wait 1, wait 2, ");
	assert_true(stage->actors[2].was_graceful);
}

/* Case 33; without grace. */
static void an_ungraceful_stop_says_so(void **state)
{
	struct stage *stage = *state;
	struct actor *actor = stage_add(stage);

	actor->was_graceful = true;
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_stop(stage, false);
	assert_int_equal(actor->stops, 1);
	assert_false(actor->was_graceful);
}

/* B25: the reference blocks for ever with the eleventh. */
static void two_hundred_services_run(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < ACTORS_MAX; i++)
		stage_add(stage)->act = i % 2 ? act_until_stopped : NULL;
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_stop(stage, true);
	for (int i = 0; i < ACTORS_MAX; i++) {
		assert_int_equal(stage->actors[i].starts, 1);
		assert_int_equal(stage->actors[i].stops, 1);
	}
}

static pthread_key_t ending;
static atomic_int ended;

static void note_end(void *value)
{
	(void)value;
	atomic_fetch_add(&ended, 1);
}

static int act_noting_its_end(struct actor *actor, struct muster_worker *worker)
{
	(void)worker;
	(void)pthread_setspecific(ending, actor);
	return 0;
}

/* B21: a thread is there until its service has been stopped and waited for. */
static void a_start_that_has_returned_keeps_its_thread(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(pthread_key_create(&ending, note_end), 0);
	stage_add(stage)->act = act_noting_its_end;
	services_start(&stage->services);
	stage_wait_ready(stage);
	assert_int_equal(atomic_load(&ended), 0);
	stage_stop(stage, true);
	assert_int_equal(atomic_load(&ended), 1);
	assert_int_equal(pthread_key_delete(ending), 0);
}

static void a_start_that_blocks_returns_when_it_is_stopped(void **state)
{
	struct stage *stage = *state;
	struct actor *actor = stage_add(stage);

	actor->act = act_until_stopped;
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_stop(stage, true);
	assert_int_equal(actor->stops, 1);
}

/* B19, case 7. */
static void a_reload_is_stop_reset_start(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_restart(stage, MUSTER_METHOD_RELOAD);
	assert_string_equal(stage->journal, "start 0, stop 0, wait 0, reset 0, "
					    "start 0, ");
	assert_int_equal(atomic_load(&stage->home.stop_reason),
			 MUSTER_STOP_NONE);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 2);
}

/* Case 9. */
static void a_mutation_is_a_reset_and_nothing_else(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_add(stage);
	services_start(&stage->services);
	stage_wait_ready(stage);
	assert_int_equal(stage->actors[0].resets, 0);
	stage->journal[0] = '\0';
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	assert_string_equal(stage->journal, "reset 0, reset 1, ");
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].starts, 1);
}

static void every_start_is_stopped_once(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 5; i++)
		stage_add(stage);
	services_start(&stage->services);
	stage_wait_ready(stage);
	for (int i = 0; i < 50; i++)
		stage_restart(stage, MUSTER_METHOD_RELOAD);
	stage_stop(stage, true);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(stage->actors[i].starts, 51);
		assert_int_equal(stage->actors[i].stops, 51);
		assert_int_equal(stage->actors[i].resets, 50);
	}
}

static void a_reset_that_fails_is_told(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage);
	stage_add(stage)->reset_result = -ENOENT;
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	view = services_look(&stage->services);
	assert_ptr_equal(view.unreset, stage->services.units[1]);
	assert_int_equal(view.reset_result, -ENOENT);
	assert_null(view.failed);
	stage_stop(stage, true);
}

static struct services_view stage_wait_failed(struct stage *stage)
{
	struct services_view view = services_look(&stage->services);

	while (!view.failed)
		view = stage_sleep(stage);
	return view;
}

/* B22: the others are stopped; it has nothing to stop. */
static void a_start_that_fails_is_told_and_not_stopped(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage);
	stage_add(stage)->result = MUSTER_EXIT(5);
	services_start(&stage->services);
	view = stage_wait_failed(stage);
	assert_ptr_equal(view.failed, stage->services.units[1]);
	assert_int_equal(services_status(view.result), 5);
	while (view.ready != 1)
		view = stage_sleep(stage);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_int_equal(stage->actors[1].stops, 0);
}

static int act_by_pthread_exit(struct actor *actor,
			       struct muster_worker *worker)
{
	(void)actor;
	(void)worker;
	pthread_exit(NULL);
}

static void a_start_that_leaves_its_thread_has_failed(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage)->act = act_by_pthread_exit;
	services_start(&stage->services);
	view = stage_wait_failed(stage);
	assert_int_equal(view.result, -ECANCELED);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 0);
}

static int act_cancelling_itself(struct actor *actor,
				 struct muster_worker *worker)
{
	(void)worker;
	(void)pthread_cancel(actor->thread);
	return 0;
}

/* Its thread is ours from then on, and shares our locks. */
static void who_is_cancelled_when_start_has_returned_serves(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_cancelling_itself;
	services_start(&stage->services);
	stage_wait_idle(stage, 0);
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].resets, 1);
	assert_int_equal(stage->actors[0].stops, 1);
}

static void what_start_returns_is_a_status(void **state)
{
	(void)state;
	assert_int_equal(services_status(MUSTER_EXIT(0)), 0);
	assert_int_equal(services_status(MUSTER_EXIT(5)), 5);
	assert_int_equal(services_status(MUSTER_EXIT(255)), 255);
	assert_int_equal(services_status(-ENOENT), 1);
	assert_int_equal(services_status(5), 1);
	assert_int_equal(services_status(0x200), 1);
}

static int act_reading_its_mask(struct actor *actor,
				struct muster_worker *worker)
{
	sigset_t mask;

	(void)worker;
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (int signo = 1; signo < 32; signo++)
		if (sigismember(&mask, signo))
			actor->resets += 1 << signo;
	return 0;
}

static void threads_have_the_mask_that_is_theirs(void **state)
{
	struct stage *stage = *state;
	sigset_t usual;
	sigset_t full;

	sigfillset(&full);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &full, &usual), 0);
	stage_add(stage)->act = act_reading_its_mask;
	services_start(&stage->services);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &usual, NULL), 0);
	stage_wait_ready(stage);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].resets, 1 << SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		staged(each_service_has_a_thread_of_its_own),
		staged(all_are_stopped_in_the_order_of_addition),
		staged(an_ungraceful_stop_says_so),
		staged(two_hundred_services_run),
		staged(a_start_that_has_returned_keeps_its_thread),
		staged(a_start_that_blocks_returns_when_it_is_stopped),
		staged(a_reload_is_stop_reset_start),
		staged(a_mutation_is_a_reset_and_nothing_else),
		staged(every_start_is_stopped_once),
		staged(a_reset_that_fails_is_told),
		staged(a_start_that_fails_is_told_and_not_stopped),
		staged(a_start_that_leaves_its_thread_has_failed),
		staged(who_is_cancelled_when_start_has_returned_serves),
		staged(what_start_returns_is_a_status),
		staged(threads_have_the_mask_that_is_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

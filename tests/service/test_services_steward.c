/*
 * test_services_steward.c - which thread stops, resets and reloads the
 * services: one whose start() has returned, and else one made for it.
 */
#include <sys/resource.h>

#include "service/made_threads.h"
#include "service/test_services.h"

#define TIMES 50
#define RELOADS 3
#define SLOW_MS 20

/* Nobody makes a thread from now on. */
static void refuse_threads(void)
{
	to_fail = INT32_MAX;
}

static void allow_threads(void)
{
	to_fail = 0;
}

static int begin_with_threads(void **state)
{
	allow_threads();
	return begin(state);
}

#define stewarded(function) \
	cmocka_unit_test_setup_teardown(function, begin_with_threads, end)

static bool is_own(const struct actor *actor)
{
	return pthread_equal(actor->asker, actor->thread);
}

static void stage_begin(struct stage *stage)
{
	services_start(&stage->services);
	stage_wait_ready(stage);
	for (uint32_t i = 0; i < stage->count; i++)
		if (stage->actors[i].act != act_until_stopped &&
		    stage->actors[i].act != act_in_a_loop)
			stage_wait_idle(stage, i);
}

static void where_a_start_has_returned_its_thread_stops(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_begin(stage);
	refuse_threads();
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_true(is_own(&stage->actors[0]));
}

static void where_every_start_runs_another_thread_stops(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_until_stopped;
	stage_begin(stage);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_false(is_own(&stage->actors[0]));
}

static void one_idle_thread_among_several_stops_all(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 5; i++)
		stage_add(stage)->act = i == 3 ? NULL : act_until_stopped;
	stage_begin(stage);
	refuse_threads();
	stage->journal[0] = '\0';
	stage_stop(stage, true);
	for (int i = 0; i < 5; i++)
		assert_true(pthread_equal(stage->actors[i].asker,
					  stage->actors[3].thread));
	assert_string_equal(stage->journal,
			    "stop 0, stop 1, stop 2, stop 3, stop 4, "
			    "wait 0, wait 1, wait 2, wait 3, wait 4, ");
}

/* The others are only woken by the end. */
static void one_of_several_idle_threads_stops_all(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 5; i++)
		stage_add(stage);
	stage_begin(stage);
	refuse_threads();
	stage_stop(stage, true);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(stage->actors[i].stops, 1);
		assert_true(pthread_equal(stage->actors[i].asker,
					  stage->actors[0].asker));
	}
}

static void one_that_failed_is_no_idle_thread(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage)->act = act_until_stopped;
	stage_add(stage)->result = -EIO;
	services_start(&stage->services);
	do
		view = stage_sleep(stage);
	while (!view.failed || view.ready != 1);
	to_fail = 1;
	assert_int_equal(services_stop(&stage->services, true), -EAGAIN);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_false(is_own(&stage->actors[0]));
}

static pthread_key_t ending;
static atomic_int ended;

/* Slowly: who does not wait for it would miss it. */
static void note_end(void *value)
{
	(void)value;
	(void)poll(NULL, 0, SLOW_MS);
	atomic_fetch_add(&ended, 1);
}

static int act_noting_its_end(struct actor *actor, struct muster_worker *worker)
{
	(void)worker;
	(void)pthread_setspecific(ending, actor);
	return 0;
}

/* It cannot join itself, nor begin anew: whoever looks does, and no thread is
 * left when he has seen the end. */
static void the_thread_that_reloads_ends_with_the_others(void **state)
{
	struct stage *stage = *state;

	atomic_store(&ended, 0);
	assert_int_equal(pthread_key_create(&ending, note_end), 0);
	stage_add(stage)->act = act_noting_its_end;
	stage_add(stage)->act = act_noting_its_end;
	stage_begin(stage);
	for (int i = 1; i <= RELOADS; i++) {
		pthread_t former[] = {stage->actors[0].thread,
				      stage->actors[1].thread};

		stage_wait_idle(stage, 0);
		stage_restart(stage, MUSTER_METHOD_RELOAD);
		assert_int_equal(atomic_load(&ended), 2 * i);
		assert_true(pthread_equal(stage->actors[0].asker, former[0]) ||
			    pthread_equal(stage->actors[0].asker, former[1]));
	}
	stage_stop(stage, true);
	assert_int_equal(atomic_load(&ended), 2 * (RELOADS + 1));
	assert_int_equal(stage->actors[0].starts, RELOADS + 1);
	assert_int_equal(stage->actors[0].stops, RELOADS + 1);
	assert_int_equal(pthread_key_delete(ending), 0);
}

static bool stage_is_cleared(struct stage *stage)
{
	bool is_cleared;

	(void)pthread_mutex_lock(&stage->services.lock);
	is_cleared = stage->services.phase == SERVICES_CLEARED;
	(void)pthread_mutex_unlock(&stage->services.lock);
	return is_cleared;
}

/* All that there is to be stopped has been. */
static void a_stop_between_reset_and_start_is_the_end(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_begin(stage);
	assert_int_equal(
		services_restart(&stage->services, MUSTER_METHOD_RELOAD), 0);
	while (!stage_is_cleared(stage))
		stage_doze(stage);
	services_announce_stop(&stage->services, MUSTER_STOP_OPERATOR);
	assert_int_equal(services_look(&stage->services).phase, SERVICES_DOWN);
	assert_int_equal(atomic_load(&stage->home.stop_reason),
			 MUSTER_STOP_OPERATOR);
	assert_string_equal(stage->journal,
			    "start 0, stop 0, wait 0, reset 0, ");
}

static void the_thread_that_mutates_is_idle_again(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_begin(stage);
	refuse_threads();
	for (int i = 1; i <= TIMES; i++) {
		stage_restart(stage, MUSTER_METHOD_MUTATE);
		assert_int_equal(stage->actors[0].resets, i);
		assert_true(is_own(&stage->actors[0]));
	}
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_true(is_own(&stage->actors[0]));
}

/* The one that was made is late, but the one that has become idle meanwhile
 * does not do it, too. */
static void a_duty_with_a_thread_made_for_it_is_that_threads(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage)->act = act_until_stopped;
	stage_begin(stage);
	hold_thread(0);
	assert_int_equal(services_stop(&stage->services, true), 0);
	assert_int_equal(eventfd_write(stage->gate, 1), 0);
	stage_wait_idle(stage, 0);
	release_thread();
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_DOWN);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_false(is_own(&stage->actors[0]));
}

/* Of a stop for which no thread was to be had. */
static void a_start_that_returns_in_the_end_stops_after_all(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_until_stopped;
	stage_begin(stage);
	refuse_threads();
	assert_int_equal(services_stop(&stage->services, true), -EAGAIN);
	assert_int_equal(eventfd_write(stage->gate, 1), 0);
	stage_wait_idle(stage, 0);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_true(is_own(&stage->actors[0]));
}

static int act_getting_nicer(struct actor *actor, struct muster_worker *worker)
{
	(void)worker;
	actor->result = getpriority(PRIO_PROCESS, 0); /* of the thread */
	return setpriority(PRIO_PROCESS, 0, actor->result + 1);
}

/* Whose thread did it is not what the next ones are made from. */
static void a_start_in_a_reload_has_what_the_first_had(void **state)
{
	struct stage *stage = *state;
	int usual = getpriority(PRIO_PROCESS, 0);

	if (usual >= 19)
		skip();
	stage_add(stage)->act = act_getting_nicer;
	stage_begin(stage);
	stage_restart(stage, MUSTER_METHOD_RELOAD);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].starts, 2);
	assert_int_equal(stage->actors[0].result, usual);
}

static int act_blocking_signals(struct actor *actor,
				struct muster_worker *worker)
{
	sigset_t full;

	(void)actor;
	(void)worker;
	sigfillset(&full);
	return pthread_sigmask(SIG_SETMASK, &full, NULL);
}

static void note_mask(struct muster_worker *worker, void *data, bool graceful)
{
	struct actor *actor = data;
	sigset_t mask;

	(void)worker;
	(void)graceful;
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (int signo = 1; signo < 32; signo++)
		if (sigismember(&mask, signo))
			actor->stops += 1 << signo;
}

static void what_start_did_to_its_mask_is_not_for_stop(void **state)
{
	struct stage *stage = *state;
	struct actor *actor = stage_add(stage);

	actor->act = act_blocking_signals;
	actor->service.ops.stop = note_mask;
	stage_begin(stage);
	refuse_threads();
	stage_stop(stage, true);
	assert_int_equal(actor->stops, 1 << SIGTERM);
}

static void a_loop_of_ones_own_is_asked_by_an_idle_thread(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_in_a_loop;
	stage_add(stage);
	stage_begin(stage);
	refuse_threads();
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	stage_stop(stage, true);
	assert_true(is_own(&stage->actors[0]));
	assert_true(is_own(&stage->actors[1]));
	assert_string_equal(strstr(stage->journal, "reset"),
			    "reset 0, reset 1, stop 0, stop 1, "
			    "wait 0, wait 1, ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		stewarded(where_a_start_has_returned_its_thread_stops),
		stewarded(where_every_start_runs_another_thread_stops),
		stewarded(one_idle_thread_among_several_stops_all),
		stewarded(one_of_several_idle_threads_stops_all),
		stewarded(one_that_failed_is_no_idle_thread),
		stewarded(the_thread_that_reloads_ends_with_the_others),
		stewarded(a_stop_between_reset_and_start_is_the_end),
		stewarded(the_thread_that_mutates_is_idle_again),
		stewarded(a_duty_with_a_thread_made_for_it_is_that_threads),
		stewarded(a_start_that_returns_in_the_end_stops_after_all),
		stewarded(a_start_in_a_reload_has_what_the_first_had),
		stewarded(what_start_did_to_its_mask_is_not_for_stop),
		stewarded(a_loop_of_ones_own_is_asked_by_an_idle_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

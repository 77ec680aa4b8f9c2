/*
 * test_services_threads.c - when threads begin late or not at all, when a
 * service counts as ready, and loops of services' own.
 */
#include "service/made_threads.h"
#include "service/test_services.h"

/* A stop() before start() would be in vain: start() would serve for ever. */
static void one_that_is_stopped_before_it_began_never_begins(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage)->act = act_until_stopped;
	hold_thread(0);
	services_start(&stage->services);
	assert_int_equal(services_stop(&stage->services, true), 0);
	release_thread();
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_DOWN);
	assert_string_equal(stage->journal, "");
}

/* In a reload it begins as what it is then. */
static void one_that_is_reloaded_before_it_began_begins_once(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	hold_thread(0);
	services_start(&stage->services);
	assert_int_equal(
		services_restart(&stage->services, MUSTER_METHOD_RELOAD), 0);
	release_thread();
	stage_wait_ready(stage);
	assert_string_equal(stage->journal, "reset 0, start 0, ");
	stage_stop(stage, true);
}

static void a_thread_that_cannot_be_made_is_a_start_that_failed(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage);
	stage_add(stage);
	to_fail = 1;
	services_start(&stage->services);
	view = services_look(&stage->services);
	assert_ptr_equal(view.failed, stage->services.units[0]);
	assert_int_equal(view.result, -EAGAIN);
	while (view.ready != 1)
		view = stage_sleep(stage);
	stage_stop(stage, true);
	assert_string_equal(stage->journal, "start 1, stop 1, wait 1, ");
}

static void without_a_thread_for_it_a_stop_is_not_begun(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_until_stopped;
	services_start(&stage->services);
	stage_wait_ready(stage);
	to_fail = 1;
	assert_int_equal(services_stop(&stage->services, true), -EAGAIN);
	assert_int_equal(services_look(&stage->services).phase, SERVICES_UP);
	assert_int_equal(stage->actors[0].stops, 0);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
}

static void what_has_failed_needs_no_thread_to_be_stopped(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage);
	stage_add(stage)->result = -EIO;
	to_fail = 1;
	services_start(&stage->services);
	do
		view = stage_sleep(stage);
	while (view.failed != stage->services.units[0] ||
	       stage_phase(stage, 1) != UNIT_FAILED);
	to_fail = 1;
	assert_int_equal(services_stop(&stage->services, true), 0);
	assert_int_equal(services_look(&stage->services).phase, SERVICES_DOWN);
	assert_string_equal(stage->journal, "start 1, ");
}

/* Nor does anybody take it for begun who begins himself. */
static void without_a_thread_for_it_a_restart_is_not_begun(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	hold_thread(0);
	services_start(&stage->services);
	to_fail = 1;
	assert_int_equal(
		services_restart(&stage->services, MUSTER_METHOD_RELOAD),
		-EAGAIN);
	release_thread();
	stage_wait_ready(stage);
	stage_stop(stage, true);
	assert_string_equal(stage->journal, "start 0, stop 0, wait 0, ");
}

static void check_reload_that_is_stopped(struct stage *stage,
					 enum muster_stop_reason reason)
{
	struct services_view view;
	eventfd_t former; /* stops */

	(void)eventfd_read(stage->gate, &former);
	stage->journal[0] = '\0';
	services_start(&stage->services);
	stage_wait_ready(stage);
	hold_thread(0);
	services_restart(&stage->services, MUSTER_METHOD_RELOAD);
	services_announce_stop(&stage->services, reason);
	release_thread();
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_DOWN);
	assert_int_equal(atomic_load(&stage->home.stop_reason), (int)reason);
	assert_string_equal(stage->journal,
			    "start 0, stop 0, wait 0, reset 0, ");
}

/* A SIGTERM that came while the restart was on, the second one for a roll. */
static void a_reload_that_is_stopped_does_not_start(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_until_stopped;
	check_reload_that_is_stopped(stage, MUSTER_STOP_OPERATOR);
	check_reload_that_is_stopped(stage, MUSTER_STOP_RELOAD);
}

/* Nothing of it is stopped by then. */
static void a_mutation_before_a_stop_ends_as_one(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage)->act = act_until_stopped;
	services_start(&stage->services);
	stage_wait_ready(stage);
	hold_thread(0);
	services_restart(&stage->services, MUSTER_METHOD_MUTATE);
	services_announce_stop(&stage->services, MUSTER_STOP_RELOAD);
	release_thread();
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_UP);
	assert_int_equal(atomic_load(&stage->home.stop_reason),
			 MUSTER_STOP_RELOAD);
	assert_string_equal(stage->journal, "start 0, reset 0, ");
	stage_stop(stage, true);
}

/* Whoever looks, looks too late to see it happen. */
static void a_start_that_fails_in_a_reload_is_not_forgotten(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage);
	stage_add(stage)->act = act_until_stopped;
	stage->actors[1].result = MUSTER_EXIT(5);
	services_start(&stage->services);
	stage_wait_ready(stage);
	services_restart(&stage->services, MUSTER_METHOD_RELOAD);
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_DOWN);
	assert_ptr_equal(view.failed, stage->services.units[1]);
	assert_int_equal(view.result, MUSTER_EXIT(5));
	assert_int_equal(stage->actors[0].starts, 1);
	assert_int_equal(stage->actors[0].stops, 1);
}

static int act_without_a_word(struct actor *actor, struct muster_worker *worker)
{
	struct pollfd set = {actor->stage->gate, POLLIN, 0};

	(void)worker;
	while (poll(&set, 1, -1) != 1)
		;
	return 0;
}

static void ready_is_what_the_service_says_it_is(void **state)
{
	struct stage *stage = *state;
	struct services_view view;
	eventfd_t former; /* stops */

	stage_add(stage);
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_stop(stage, true);
	/* start() has returned, and that is not enough. */
	stage->actors[0].service.ready = MUSTER_SERVICE_READY_TOLD;
	services_start(&stage->services);
	do
		view = stage_sleep(stage);
	while (stage_phase(stage, 0) != UNIT_SERVING);
	assert_int_equal(view.ready, 0);
	assert_int_equal(muster_worker_ready(&stage->services.units[0]->worker),
			 0);
	assert_int_equal(stage_sleep(stage).ready, 1);
	stage_stop(stage, true);
	/* It has begun, and that is enough. */
	stage->actors[0].service.ready = MUSTER_SERVICE_READY_FORK;
	stage->actors[0].act = act_without_a_word;
	(void)eventfd_read(stage->gate, &former);
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_stop(stage, true);
}

static void a_reload_is_ready_when_the_new_start_is(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage);
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_wait_idle(stage, 0); /* and reloads */
	hold_thread(0);
	services_restart(&stage->services, MUSTER_METHOD_RELOAD);
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_UP);
	assert_int_equal(view.ready, 0);
	release_thread();
	stage_wait_ready(stage);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 2);
}

/* Nobody is in the loop when reset() is due. */
static void a_loop_of_its_own_can_be_reloaded(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_in_a_loop;
	services_start(&stage->services);
	stage_wait_ready(stage);
	services_restart(&stage->services, MUSTER_METHOD_RELOAD);
	stage_wait_ready(stage);
	stage_stop(stage, true);
	assert_string_equal(stage->journal, "start 0, stop 0, wait 0, reset 0, "
					    "start 0, stop 0, wait 0, ");
}

static int act_leaving_its_loop(struct actor *actor,
				struct muster_worker *worker)
{
	struct pollfd set = {muster_worker_get_fd(worker), POLLIN, 0};

	(void)muster_worker_ready(worker);
	while (poll(&set, 1, -1) != 1)
		;
	return actor->result;
}

static void a_loop_that_fails_when_asked_holds_nobody_up(void **state)
{
	struct stage *stage = *state;
	struct actor *actor = stage_add(stage);

	actor->act = act_leaving_its_loop;
	actor->result = -EIO;
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_stop(stage, true);
	assert_int_equal(actor->starts, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		staged(one_that_is_stopped_before_it_began_never_begins),
		staged(one_that_is_reloaded_before_it_began_begins_once),
		staged(a_thread_that_cannot_be_made_is_a_start_that_failed),
		staged(without_a_thread_for_it_a_stop_is_not_begun),
		staged(what_has_failed_needs_no_thread_to_be_stopped),
		staged(without_a_thread_for_it_a_restart_is_not_begun),
		staged(a_reload_that_is_stopped_does_not_start),
		staged(a_mutation_before_a_stop_ends_as_one),
		staged(a_start_that_fails_in_a_reload_is_not_forgotten),
		staged(ready_is_what_the_service_says_it_is),
		staged(a_reload_is_ready_when_the_new_start_is),
		staged(a_loop_of_its_own_can_be_reloaded),
		staged(a_loop_that_fails_when_asked_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

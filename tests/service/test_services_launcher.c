/*
 * test_services_launcher.c - the launcher's end, as an idle thread notices it:
 * who calls stop(), and what becomes of what is on already. The launcher is an
 * eventfd: it polls readable in the end, as a pidfd does.
 */
#include <sched.h>
#include <sys/resource.h>

#include "service/made_threads.h"
#include "service/test_services.h"

#define LINGER_MS 100

static int begin_with_launcher(void **state)
{
	struct stage *stage;
	int r;

	to_fail = 0;
	r = begin(state);
	stage = *state;
	services_watch_launcher(&stage->services,
				eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	assert_true(stage->services.launcher_fd >= 0);
	assert_true(stage->services.idle_fd >= 0);
	stage->launcher_fd = stage->services.launcher_fd;
	return r;
}

static int end_with_launcher(void **state)
{
	struct stage *stage = *state;

	(void)close(stage->launcher_fd); /* unless a service has */
	return end(state);
}

#define watched(function)                                              \
	cmocka_unit_test_setup_teardown(function, begin_with_launcher, \
					end_with_launcher)

static void stage_end_launcher(struct stage *stage)
{
	assert_int_equal(eventfd_write(stage->launcher_fd, 1), 0);
}

static void stage_begin(struct stage *stage)
{
	services_start(&stage->services);
	stage_wait_ready(stage);
	for (uint32_t i = 0; i < stage->count; i++)
		if (!stage->actors[i].act)
			stage_wait_idle(stage, i);
}

static void stage_wait_down(struct stage *stage)
{
	while (services_look(&stage->services).phase != SERVICES_DOWN)
		stage_doze(stage);
}

static bool is_own(const struct actor *actor)
{
	return pthread_equal(actor->asker, actor->thread);
}

static void an_idle_thread_stops_when_the_launcher_ends(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_begin(stage);
	assert_true(services_watches_launcher(&stage->services));
	to_fail = INT32_MAX;
	stage_end_launcher(stage);
	stage_wait_down(stage);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_true(stage->actors[0].was_graceful);
	assert_true(is_own(&stage->actors[0]));
	assert_int_equal(atomic_load(&stage->home.stop_reason),
			 MUSTER_STOP_PARENT);
	assert_true(atomic_load(&stage->home.is_launcher_lost));
}

static void the_first_of_several_idle_threads_stops_all(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 5; i++)
		stage_add(stage)->act = i == 2 ? act_until_stopped : NULL;
	stage_begin(stage);
	stage_end_launcher(stage);
	stage_wait_down(stage);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(stage->actors[i].stops, 1);
		assert_true(pthread_equal(stage->actors[i].asker,
					  stage->actors[0].asker));
	}
}

static void hang_until_told(struct muster_worker *worker, void *data,
			    bool graceful)
{
	struct actor *actor = data;
	struct pollfd set = {actor->stage->gate, POLLIN, 0};

	(void)worker;
	(void)graceful;
	while (poll(&set, 1, -1) != 1)
		;
	actor->stops++;
}

/* It wakes nobody when it begins. */
static void stage_wait_stopping(struct stage *stage)
{
	while (services_look(&stage->services).phase != SERVICES_STOPPING)
		(void)sched_yield();
}

/* Who waits for the deadline must know before it hangs. */
static void whoever_waits_is_woken_before_a_stop_that_hangs(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->service.ops.stop = hang_until_told;
	stage_begin(stage);
	stage_end_launcher(stage);
	while (!atomic_load(&stage->home.is_launcher_lost))
		stage_doze(stage);
	stage_wait_stopping(stage);
	assert_int_equal(eventfd_write(stage->gate, 1), 0);
	stage_wait_down(stage);
	assert_int_equal(stage->actors[0].stops, 1);
}

/* It may hang, and the launcher die then. */
static void a_thread_with_a_duty_does_not_watch(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->service.ops.stop = hang_until_told;
	stage_begin(stage);
	assert_int_equal(services_stop(&stage->services, true), 0);
	assert_false(services_watches_launcher(&stage->services));
	assert_int_equal(eventfd_write(stage->gate, 1), 0);
	stage_wait_down(stage);
	assert_int_equal(stage->actors[0].stops, 1);
}

static void while_a_start_runs_whoever_waits_is_to_watch(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_until_stopped;
	stage_begin(stage);
	assert_false(services_watches_launcher(&stage->services));
	assert_int_equal(eventfd_write(stage->gate, 1), 0);
	stage_wait_idle(stage, 0);
	assert_true(services_watches_launcher(&stage->services));
	stage_stop(stage, true);
	assert_false(services_watches_launcher(&stage->services));
}

/* Of both, in one turn. */
static void a_stop_that_comes_second_is_in_vain(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_begin(stage);
	stage_end_launcher(stage);
	while (services_look(&stage->services).phase == SERVICES_UP)
		(void)sched_yield();
	assert_int_equal(services_stop(&stage->services, false), 0);
	assert_int_equal(
		services_restart(&stage->services, MUSTER_METHOD_RELOAD), 0);
	stage_wait_down(stage);
	assert_string_equal(stage->journal, "start 0, stop 0, wait 0, ");
}

static void the_first_reason_for_a_stop_counts(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_begin(stage);
	services_announce_stop(&stage->services, MUSTER_STOP_OPERATOR);
	stage_end_launcher(stage);
	stage_wait_down(stage);
	assert_int_equal(atomic_load(&stage->home.stop_reason),
			 MUSTER_STOP_OPERATOR);
	assert_int_equal(stage->actors[0].stops, 1);
}

/* It is told, and whoever waits makes a stop of it. */
static void a_mutation_that_is_on_goes_on(void **state)
{
	struct stage *stage = *state;
	struct services_view view;

	stage_add(stage)->act = act_until_stopped;
	stage_begin(stage);
	hold_thread(0);
	assert_int_equal(
		services_restart(&stage->services, MUSTER_METHOD_MUTATE), 0);
	stage_end_launcher(stage);
	assert_int_equal(eventfd_write(stage->gate, 1), 0);
	stage_wait_idle(stage, 0);
	while (!atomic_load(&stage->home.is_launcher_lost))
		stage_doze(stage);
	assert_int_equal(services_look(&stage->services).phase,
			 SERVICES_RESTARTING);
	release_thread();
	do
		view = stage_sleep(stage);
	while (view.phase != SERVICES_UP);
	assert_string_equal(stage->journal, "start 0, reset 0, ");
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
}

static void duties_are_done_and_then_it_is_watched_again(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	stage_begin(stage);
	to_fail = INT32_MAX;
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	assert_true(services_watches_launcher(&stage->services));
	to_fail = 0;
	stage_restart(stage, MUSTER_METHOD_RELOAD);
	stage_wait_idle(stage, 0);
	stage_end_launcher(stage);
	stage_wait_down(stage);
	assert_string_equal(stage->journal,
			    "start 0, reset 0, stop 0, wait 0, reset 0, "
			    "start 0, stop 0, wait 0, ");
}

/* Where whoever waits has noticed it himself. */
static void what_is_forgotten_is_not_watched(void **state)
{
	struct stage *stage = *state;

	stage_add(stage);
	services_forget_launcher(&stage->services);
	stage_begin(stage);
	stage_end_launcher(stage);
	assert_false(services_watches_launcher(&stage->services));
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	assert_false(atomic_load(&stage->home.is_launcher_lost));
	assert_int_equal(stage->actors[0].stops, 0);
	stage_stop(stage, true);
}

static void stage_wait_unwatched(struct stage *stage)
{
	while (services_watches_launcher(&stage->services))
		stage_doze(stage);
}

static int act_closing_the_launcher(struct actor *actor,
				    struct muster_worker *worker)
{
	(void)worker;
	return close(actor->stage->launcher_fd);
}

static void what_a_service_has_closed_is_not_watched(void **state)
{
	struct stage *stage = *state;

	stage_add(stage)->act = act_closing_the_launcher;
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_wait_idle(stage, 0);
	stage_wait_unwatched(stage);
	assert_false(atomic_load(&stage->home.is_launcher_lost));
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	stage_stop(stage, true);
	assert_int_equal(stage->actors[0].stops, 1);
}

/* poll(2) takes no more than may be open. */
static int act_opening_no_more(struct actor *actor,
			       struct muster_worker *worker)
{
	struct rlimit limit;

	(void)actor;
	(void)worker;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 1;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

static void who_cannot_poll_does_not_watch_but_serves(void **state)
{
	struct stage *stage = *state;
	struct rlimit usual;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	stage_add(stage)->act = act_opening_no_more;
	services_start(&stage->services);
	stage_wait_ready(stage);
	stage_wait_idle(stage, 0);
	stage_wait_unwatched(stage);
	stage_restart(stage, MUSTER_METHOD_MUTATE);
	stage_stop(stage, true);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_true(is_own(&stage->actors[0]));
	assert_int_equal(stage->actors[0].stops, 1);
}

static pthread_key_t ending;
static atomic_int ended;

/* Slowly: who does not wait for it would miss it. */
static void note_end(void *value)
{
	(void)value;
	(void)poll(NULL, 0, LINGER_MS);
	atomic_fetch_add(&ended, 1);
}

static int act_noting_its_end(struct actor *actor, struct muster_worker *worker)
{
	(void)worker;
	return pthread_setspecific(ending, actor);
}

/* Who makes it may not run for a while, and it is the steward by then. */
static void a_thread_that_stops_before_it_is_known_is_joined(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(pthread_key_create(&ending, note_end), 0);
	stage_add(stage)->act = act_noting_its_end;
	stage_end_launcher(stage);
	to_linger_ms = LINGER_MS;
	services_start(&stage->services);
	to_linger_ms = 0;
	stage_wait_down(stage);
	assert_int_equal(atomic_load(&ended), 1);
	assert_int_equal(stage->actors[0].stops, 1);
	assert_true(is_own(&stage->actors[0]));
	assert_int_equal(pthread_key_delete(ending), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		watched(an_idle_thread_stops_when_the_launcher_ends),
		watched(the_first_of_several_idle_threads_stops_all),
		watched(whoever_waits_is_woken_before_a_stop_that_hangs),
		watched(a_thread_with_a_duty_does_not_watch),
		watched(while_a_start_runs_whoever_waits_is_to_watch),
		watched(a_stop_that_comes_second_is_in_vain),
		watched(the_first_reason_for_a_stop_counts),
		watched(a_mutation_that_is_on_goes_on),
		watched(duties_are_done_and_then_it_is_watched_again),
		watched(what_is_forgotten_is_not_watched),
		watched(what_a_service_has_closed_is_not_watched),
		watched(who_cannot_poll_does_not_watch_but_serves),
		watched(a_thread_that_stops_before_it_is_known_is_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

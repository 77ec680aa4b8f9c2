/*
 * unit.c - the thread around one service's code. Ends the process only where
 * it is a copy that a service has forked and let return into us.
 */
#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "service/unit.h"

/* The caller's code may have forked and returned in both: the copy has no
 * thread that would ever stop it, and what it writes to is ours. */
static void unit_leave_if_forked(const struct unit *unit, int result)
{
	if (getpid() != unit->services->pid)
		_exit(result == 0 ? 0 : services_status(result));
}

static void unit_settle(struct unit *unit, enum unit_phase phase, int result)
{
	struct services *services = unit->services;

	services_lock(services);
	unit->phase = phase;
	unit->result = result;
	services_unlock(services);
	services_wake(services);
}

/* start() has called pthread_exit. */
static void unit_quit(void *argument)
{
	struct unit *unit = argument;

	unit_leave_if_forked(unit, 1);
	worker_end_loop(&unit->worker);
	unit_settle(unit, UNIT_FAILED, -ECANCELED);
}

static int unit_start(struct unit *unit)
{
	const struct service *service = unit->worker.service;
	int result;

	pthread_cleanup_push(unit_quit, unit);
	result = service->ops.start(&unit->worker, service->data);
	pthread_cleanup_pop(0);
	/* The service may have kept the thread's number, to cancel it: the
	 * locks are all of ours from here on. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	unit_leave_if_forked(unit, result);
	worker_end_loop(&unit->worker);
	return result;
}

/* True with a duty, which is nobody else's then; false with the done event. */
static bool unit_wait_done(struct unit *unit)
{
	struct services *services = unit->services;
	bool is_done;

	services_lock(services);
	while (!services->is_done && !services->is_vacant)
		services_doze(services);
	is_done = services->is_done;
	if (is_done)
		unit->phase = UNIT_ENDED;
	services->is_vacant = false;
	services_unlock(services);
	return !is_done;
}

/* After a duty that has ended the threads the unit is another thread's. */
static void unit_idle(struct unit *unit)
{
	while (unit_wait_done(unit) && services_serve(unit->services))
		;
}

/* False when it was stopped before it began. */
static bool unit_begin(struct unit *unit)
{
	struct services *services = unit->services;
	bool is_wanted;

	services_lock(services);
	/* A mutation starts nothing itself: who was about to begin still
	 * does. */
	is_wanted = services->phase == SERVICES_UP ||
		    (services->phase == SERVICES_RESTARTING &&
		     services->method == MUSTER_METHOD_MUTATE);
	unit->phase = is_wanted ? UNIT_STARTING : UNIT_ENDED;
	services_unlock(services);
	return is_wanted;
}

static void *unit_run(void *argument)
{
	struct unit *unit = argument;
	int result;

	services_enter(unit->services);
	if (!unit_begin(unit))
		return NULL;
	if (unit->worker.service->ready == MUSTER_SERVICE_READY_FORK)
		(void)muster_worker_ready(&unit->worker);
	result = unit_start(unit);
	if (result != 0) {
		unit_settle(unit, UNIT_FAILED, result);
		return NULL;
	}
	if (unit->worker.service->ready == MUSTER_SERVICE_READY_START)
		(void)muster_worker_ready(&unit->worker);
	unit_settle(unit, UNIT_SERVING, 0);
	unit_idle(unit);
	return NULL;
}

void unit_prepare(struct unit *unit)
{
	worker_note_stop(&unit->worker, false);
	atomic_store(&unit->worker.is_ready, false);
	services_lock(unit->services);
	unit->phase = UNIT_IDLE;
	services_unlock(unit->services);
}

/* It may be the steward before we run again, and must know by then that it is
 * to be joined: it begins with the lock. */
void unit_make_thread(struct unit *unit)
{
	int r;

	services_lock(unit->services);
	r = pthread_create(&unit->thread, NULL, unit_run, unit);
	unit->has_thread = r == 0;
	services_unlock(unit->services);
	if (r != 0)
		unit_settle(unit, UNIT_FAILED, -r);
}

static bool unit_is_up(struct unit *unit)
{
	enum unit_phase phase;

	services_lock(unit->services);
	phase = unit->phase;
	services_unlock(unit->services);
	return phase == UNIT_STARTING || phase == UNIT_SERVING;
}

void unit_stop(struct unit *unit, enum worker_wish wish)
{
	if (!unit_is_up(unit))
		return;
	(void)worker_ask(&unit->worker, wish);
	unit_leave_if_forked(unit, 0);
}

void unit_wait(struct unit *unit)
{
	const struct service *service = unit->worker.service;

	if (!unit_is_up(unit) || !service->ops.wait)
		return;
	service->ops.wait(&unit->worker, service->data);
	unit_leave_if_forked(unit, 0);
}

void unit_reset(struct unit *unit)
{
	int result = worker_ask(&unit->worker, WORKER_WISH_RESET);

	unit_leave_if_forked(unit, 0);
	services_lock(unit->services);
	unit->reset_result = result;
	services_unlock(unit->services);
}

/* Nobody joins himself. */
static void unit_leave_to_look(struct unit *unit)
{
	struct services *services = unit->services;

	services_lock(services);
	assert(!services->has_steward);
	unit->phase = UNIT_ENDED;
	services->steward = unit->thread;
	services->has_steward = true;
	services_unlock(services);
}

static bool unit_take_thread(struct unit *unit)
{
	bool has_thread;

	services_lock(unit->services);
	has_thread = unit->has_thread;
	unit->has_thread = false;
	services_unlock(unit->services);
	return has_thread;
}

void unit_join(struct unit *unit)
{
	if (!unit_take_thread(unit))
		return;
	if (pthread_equal(unit->thread, pthread_self()))
		unit_leave_to_look(unit);
	else
		(void)pthread_join(unit->thread, NULL);
}

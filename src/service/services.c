/*
 * services.c - all of this process's services, and the steward. Waits for no
 * deadline, writes no line.
 */
#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "service/unit.h"

int services_init(struct services *services, struct worker_home *home,
		  const sigset_t *mask)
{
	*services = (struct services){
		.home = home,
		.mask = *mask,
		.pid = getpid(),
		.launcher_fd = -1,
		.idle_fd = -1,
	};
	/* Default attributes: these cannot fail here. */
	(void)pthread_mutex_init(&services->lock, NULL);
	(void)pthread_cond_init(&services->changed, NULL);
	return 0;
}

void services_fini(struct services *services)
{
	if (services->pid == 0)
		return;
	for (uint32_t i = 0; i < services->count; i++) {
		worker_fini(&services->units[i]->worker);
		free(services->units[i]);
	}
	free(services->units);
	services->units = NULL;
	services->count = 0;
	services->pid = 0;
	services->idle_fd = fd_close(services->idle_fd);
	(void)pthread_cond_destroy(&services->changed);
	(void)pthread_mutex_destroy(&services->lock);
}

int services_add(struct services *services, const struct service *service,
		 struct unit **ret_unit)
{
	struct unit **units = reallocarray(services->units, services->count + 1,
					   sizeof(struct unit *));
	struct unit *unit;

	if (!units)
		return -ENOMEM;
	services->units = units;
	unit = calloc(1, sizeof(*unit));
	if (!unit)
		return -ENOMEM;
	worker_init(&unit->worker, services->home, service);
	unit->services = services;
	units[services->count++] = unit;
	*ret_unit = unit;
	return 0;
}

int services_status(int result)
{
	return (result & ~0xff) == 0x100 ? result & 0xff : 1;
}

/* Where a service has closed our descriptors, too, nobody could be woken, and
 * nobody could stop this process in order any more. */
void services_wake(const struct services *services)
{
	if (worker_wake(services->home) == -EBADF)
		_exit(SERVICES_CUT_OFF);
}

/* Signals are read elsewhere: none shall interrupt a service. In each thread of
 * ours, not around its making: what is pending there is not to be let in. */
void services_enter(const struct services *services)
{
	(void)pthread_sigmask(SIG_SETMASK, &services->mask, NULL);
}

/* None is taken for what it was before. */
void services_start(struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++)
		unit_prepare(services->units[i]);
	services_lock(services);
	services->phase = SERVICES_UP;
	services->is_done = false;
	services_unlock(services);
	for (uint32_t i = 0; i < services->count; i++)
		unit_make_thread(services->units[i]);
}

static void services_end_threads(struct services *services)
{
	services_lock(services);
	services->is_done = true;
	services_call_all(services);
	services_unlock(services);
	for (uint32_t i = 0; i < services->count; i++)
		unit_join(services->units[i]);
}

/* When a launcher dies many processes do this at the same moment, and one that
 * ends keeps the processor while its memory is given back, which takes much
 * longer than to call stop(). So all of them call it before any goes on. */
static void steward_stop(struct services *services)
{
	enum worker_wish wish;

	services_lock(services); /* whoever waits may want a stop, too */
	wish = services->is_graceful ? WORKER_WISH_STOP : WORKER_WISH_STOP_NOW;
	services_unlock(services);
	for (uint32_t i = 0; i < services->count; i++)
		worker_note_stop(&services->units[i]->worker, true);
	for (uint32_t i = 0; i < services->count; i++)
		unit_stop(services->units[i], wish);
	(void)sched_yield();
	for (uint32_t i = 0; i < services->count; i++)
		unit_wait(services->units[i]);
	services_end_threads(services);
}

static void steward_reset(struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++)
		unit_reset(services->units[i]);
}

static void steward_finish(struct services *services, enum services_phase phase)
{
	services_lock(services);
	services->phase = phase;
	services_unlock(services);
	services_wake(services);
}

static bool steward_do_stop(struct services *services)
{
	steward_stop(services);
	steward_finish(services, SERVICES_DOWN);
	return false;
}

/* The first of them that has failed; NULL. Under the lock. */
static const struct unit *services_failed(const struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++)
		if (services->units[i]->phase == UNIT_FAILED)
			return services->units[i];
	return NULL;
}

/* Where the phase is another one, a stop was announced, whose reason stays,
 * though it be the same. */
static void steward_begin_reload(struct services *services)
{
	services_lock(services);
	if (services->phase == SERVICES_RESTARTING)
		atomic_store(&services->home->stop_reason,
			     (int)MUSTER_STOP_RELOAD);
	services_unlock(services);
}

/* What is to stop for good does not begin anew. A start() may have failed when
 * nobody looks any more before the next one, and what it said would be lost
 * with it: there is no next one. */
static void steward_end_reload(struct services *services)
{
	services_lock(services);
	if (services->phase == SERVICES_RESTARTING &&
	    !services_failed(services)) {
		services->phase = SERVICES_CLEARED;
		atomic_store(&services->home->stop_reason,
			     (int)MUSTER_STOP_NONE);
	} else {
		services->phase = SERVICES_DOWN;
	}
	services_unlock(services);
	services_wake(services);
}

static void steward_reload(struct services *services)
{
	steward_begin_reload(services);
	steward_stop(services);
	steward_reset(services);
	steward_end_reload(services);
}

static bool steward_do_restart(struct services *services)
{
	if (services->method == MUSTER_METHOD_RELOAD) {
		steward_reload(services);
		return false;
	}
	steward_reset(services);
	steward_finish(services, SERVICES_UP);
	return true;
}

/* What a start() has made of its thread's mask is not for the others. */
bool services_serve(struct services *services)
{
	bool (*duty)(struct services * services);

	services_enter(services);
	services_lock(services);
	duty = services->duty; /* and the phase is known */
	services_unlock(services);
	return duty(services);
}

static void *steward_run(void *argument)
{
	(void)services_serve(argument);
	return NULL;
}

/* Under the lock. Vacant: for the idle thread that is first. */
static void services_begin(struct services *services, enum services_phase phase,
			   bool (*duty)(struct services *services),
			   bool is_vacant)
{
	services->phase = phase;
	services->duty = duty;
	services->is_vacant = is_vacant;
}

/* What is on already is not ended by it, and has a steward. The first reason
 * for a stop counts. */
void services_lose_launcher(struct services *services)
{
	int none = MUSTER_STOP_NONE;

	services->launcher_fd = -1;
	/* Who is to be joined first is joined by the runner, which knows. */
	if (services->phase != SERVICES_UP || services->has_steward)
		return;
	(void)atomic_compare_exchange_strong(&services->home->stop_reason,
					     &none, (int)MUSTER_STOP_PARENT);
	services->is_graceful = true;
	services_begin(services, SERVICES_STOPPING, steward_do_stop, true);
}

/* One after another: in SERVICES_UP, once looked at, no duty is on and nobody
 * is to be joined. Nobody sees a phase for which there is no thread. Under the
 * lock. */
static int services_hand_over(struct services *services,
			      enum services_phase phase,
			      bool (*duty)(struct services *services))
{
	bool has_idle = services_has_idle(services);
	int r = 0;

	assert(!services->has_steward);
	if (!has_idle) {
		r = pthread_create(&services->steward, NULL, steward_run,
				   services);
		services->has_steward = r == 0;
	}
	if (r == 0)
		services_begin(services, phase, duty, has_idle);
	return -r;
}

static int services_employ(struct services *services, enum services_phase phase,
			   bool (*duty)(struct services *services))
{
	bool is_vacant;
	int r = 0;

	services_lock(services);
	/* Or the launcher's end has begun a stop. */
	if (services->phase == SERVICES_UP)
		r = services_hand_over(services, phase, duty);
	is_vacant = services->is_vacant;
	services_unlock(services);
	/* Now it finds the lock free. */
	if (is_vacant)
		services_call_one(services);
	return r;
}

void services_announce_stop(struct services *services,
			    enum muster_stop_reason reason)
{
	services_lock(services);
	atomic_store(&services->home->stop_reason, (int)reason);
	if (services->phase == SERVICES_CLEARED)
		services->phase = SERVICES_DOWN;
	else if (services->phase == SERVICES_RESTARTING &&
		 services->method == MUSTER_METHOD_RELOAD)
		services->phase = SERVICES_STOPPING;
	services_unlock(services);
}

/* What has not begun by now does not begin any more. False when some has, and
 * has not failed. */
static bool services_seal(struct services *services)
{
	bool has_begun = false;

	services_lock(services);
	for (uint32_t i = 0; i < services->count; i++) {
		enum unit_phase phase = services->units[i]->phase;

		has_begun |= phase == UNIT_STARTING || phase == UNIT_SERVING;
	}
	if (!has_begun)
		services->phase = SERVICES_STOPPING;
	services_unlock(services);
	return !has_begun;
}

int services_stop(struct services *services, bool is_graceful)
{
	int r;

	services_lock(services);
	services->is_graceful = is_graceful;
	services_unlock(services);
	r = services_employ(services, SERVICES_STOPPING, steward_do_stop);
	/* None of their code is called then, and nothing can hang. */
	if (r < 0 && services_seal(services)) {
		(void)steward_do_stop(services); /* there is no other */
		return 0;
	}
	return r;
}

int services_restart(struct services *services,
		     enum muster_restart_method method)
{
	services_lock(services);
	services->method = method;
	services->is_graceful = true;
	services_unlock(services);
	return services_employ(services, SERVICES_RESTARTING,
			       steward_do_restart);
}

/* Under the lock. */
static struct services_view services_see(const struct services *services)
{
	struct services_view view = {
		.phase = services->phase,
		.failed = services_failed(services),
	};

	view.result = view.failed ? view.failed->result : 0;
	for (uint32_t i = 0; i < services->count; i++) {
		const struct unit *unit = services->units[i];

		view.ready += atomic_load(&unit->worker.is_ready);
		if (!view.unreset && unit->reset_result < 0) {
			view.unreset = unit;
			view.reset_result = unit->reset_result;
		}
	}
	return view;
}

/* The start of a reload is made here: threads begin with what their maker has,
 * and a start() may have made its own nicer, or pinned it. */
struct services_view services_look(struct services *services)
{
	struct services_view view;
	pthread_t steward;
	bool is_cleared;
	bool is_over;

	services_lock(services);
	view = services_see(services);
	is_cleared = view.phase == SERVICES_CLEARED;
	is_over = services->has_steward &&
		  (is_cleared || view.phase == SERVICES_UP ||
		   view.phase == SERVICES_DOWN);
	steward = services->steward;
	services->has_steward &= !is_over;
	services_unlock(services);
	if (is_over)
		(void)pthread_join(steward, NULL);
	if (is_cleared) {
		services_start(services);
		view.phase = SERVICES_UP;
		view.ready = 0; /* who is by now has woken us for it */
	}
	return view;
}

/*
 * doors.c - answers from the services to the backdoor's requests.
 */
#include <unistd.h>

#include "base/nsec.h"
#include "loop/clock.h"
#include "service/doors.h"

#define DOORS_ANSWER 4096

int doors_open(struct doors *doors, const struct settings *settings,
	       struct speaker *speaker, struct text *error)
{
	int r;

	*doors = DOORS_NULL;
	if (!settings->backdoor_port && !settings->backdoor_socket)
		return 0;
	r = backdoor_open(settings->backdoor_port, settings->backdoor_socket,
			  &doors->backdoor, error);
	if (r < 0)
		return r;
	doors->opened_ns = clock_now_ns();
	if (backdoor_warning(doors->backdoor))
		speak_line(speaker, MUSTER_LOG_WARNING,
			   backdoor_warning(doors->backdoor));
	speak(speaker, MUSTER_LOG_INFO,
	      "Backdoor listening on %s for process %d",
	      backdoor_where(doors->backdoor), (int)getpid());
	return 0;
}

void doors_close(struct doors *doors)
{
	doors->backdoor = backdoor_free(doors->backdoor);
}

const char *doors_where(const struct doors *doors)
{
	return doors->backdoor ? backdoor_where(doors->backdoor) : NULL;
}

int doors_fd(const struct doors *doors)
{
	return doors->backdoor ? backdoor_fd(doors->backdoor) : -1;
}

static const char *doors_phase(enum unit_phase phase)
{
	switch (phase) {
	case UNIT_IDLE:
		return "idle";
	case UNIT_STARTING:
		return "starting";
	case UNIT_SERVING:
		return "serving";
	case UNIT_FAILED:
		return "failed";
	case UNIT_ENDED:
		break;
	}
	return "ended";
}

static void doors_tell_services(struct services *services, struct text *text)
{
	(void)pthread_mutex_lock(&services->lock);
	for (uint32_t i = 0; i < services->count; i++) {
		const struct unit *unit = services->units[i];

		text_format(text, "%s id %d generation %u %s\n",
			    unit->worker.service->name, unit->worker.id,
			    unit->worker.generation, doors_phase(unit->phase));
	}
	(void)pthread_mutex_unlock(&services->lock);
}

static void doors_tell_status(const struct doors *doors,
			      struct services *services,
			      const struct speaker *speaker, struct text *text)
{
	static const char *const phases[] = {
		[SERVICES_NEW] = "new",
		[SERVICES_UP] = "up",
		[SERVICES_STOPPING] = "stopping",
		[SERVICES_RESTARTING] = "restarting",
		[SERVICES_CLEARED] = "restarting",
		[SERVICES_DOWN] = "down",
	};
	static const char *const levels[MUSTER_LOG_LEVELS] = {
		"info", "error", "warning", "info", "debug"};
	enum services_phase phase;

	(void)pthread_mutex_lock(&services->lock);
	phase = services->phase;
	(void)pthread_mutex_unlock(&services->lock);
	text_format(text, "pid %d parent %d uptime ", (int)getpid(),
		    (int)getppid());
	text_add_duration(text, nsec_since(clock_now_ns(), doors->opened_ns));
	text_format(
		text, "\nservices %u %s\nstop reason %s\nlog %s\n",
		services->count, phases[phase],
		muster_stop_reason_name((enum muster_stop_reason)atomic_load(
			&services->home->stop_reason)),
		levels[speaker->level]);
}

static void doors_set_level(struct speaker *speaker, enum log_level level,
			    struct text *text)
{
	static const enum muster_log_level levels[LOG_LEVELS] = {
		[LOG_ERROR] = MUSTER_LOG_ERROR,
		[LOG_WARNING] = MUSTER_LOG_WARNING,
		[LOG_NOTICE] = MUSTER_LOG_INFO,
		[LOG_INFO] = MUSTER_LOG_INFO,
		[LOG_DEBUG] = MUSTER_LOG_DEBUG,
	};

	speak_set_level(speaker, levels[level]);
	text_format(text, "log %s\n", log_level_name(level));
}

void doors_answer(struct doors *doors, struct services *services,
		  struct speaker *speaker)
{
	struct backdoor_request request;

	while (backdoor_next(doors->backdoor, &request) > 0) {
		char answer[DOORS_ANSWER];
		struct text text;

		text_init(&text, answer, sizeof(answer));
		if (request.question == BACKDOOR_STATUS)
			doors_tell_status(doors, services, speaker, &text);
		else if (request.question == BACKDOOR_SERVICES)
			doors_tell_services(services, &text);
		else
			doors_set_level(speaker, request.level, &text);
		backdoor_answer(doors->backdoor, request.connection, answer,
				text.length);
	}
}

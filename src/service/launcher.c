/*
 * launcher.c - the face of muster/service.h: check, then call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loop/sigfd.h"
#include "service/launcher.h"
#include "service/listing.h"

static struct text launcher_begin(struct muster_launcher *launcher)
{
	struct text error;

	text_init(&error, launcher->error, sizeof(launcher->error));
	return error;
}

static int launcher_refuse(struct text *error, const char *what)
{
	text_add(error, what);
	return -EINVAL;
}

/* See muster_check in core/muster.c. */
static int launcher_check(const struct muster_launcher *launcher)
{
	if (!launcher)
		return -EINVAL;
	return fork_mark_is_ours(launcher->mark) ? 0 : -ECHILD;
}

struct muster_launcher *muster_launcher_free(struct muster_launcher *launcher)
{
	if (!launcher)
		return NULL;
	if (launcher->mark && !fork_mark_is_ours(launcher->mark))
		return NULL; /* a copy: its workers are another's */
	/* While SIGPIPE is still blocked. */
	speak_close(&launcher->speaker);
	launcher->runner = runner_free(launcher->runner);
	process_close(launcher);
	if (launcher->is_stuck)
		return NULL;
	for (uint32_t i = 0; i < launcher->count; i++)
		launched_free(launcher->services[i]);
	free(launcher->services);
	settings_fini(&launcher->settings);
	fork_mark_free(launcher->mark);
	free(launcher);
	return NULL;
}

static int launcher_open_runner(struct muster_launcher *launcher,
				struct text *error)
{
	const struct runner_options options = {
		.settings = &launcher->settings,
		.speaker = &launcher->speaker,
		.name = "",
		.is_guest = launcher->settings.options.is_guest,
	};

	return runner_open(&options, &launcher->runner, error);
}

/* error is written also where there is no launcher to ask afterwards. */
static int launcher_new(enum launcher_kind kind,
			const struct muster_launcher_options *options,
			struct muster_launcher **ret_launcher,
			struct text *error)
{
	struct muster_launcher *launcher = calloc(1, sizeof(*launcher));
	int r;

	if (!launcher)
		return -ENOMEM;
	launcher->kind = kind;
	launcher->status = -EAGAIN;
	launcher->speaker = SPEAKER_NULL;
	r = settings_read(&launcher->settings, options, error);
	if (r == 0)
		r = speak_open(&launcher->speaker, &launcher->settings.options);
	if (r == 0) {
		launcher->mark = fork_mark_new();
		r = launcher->mark ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = kind == LAUNCHER_SERVICE
			    ? launcher_open_runner(launcher, error)
			    : process_open(launcher, error);
	if (r < 0) {
		muster_launcher_free(launcher);
		return r;
	}
	*ret_launcher = launcher;
	return 0;
}

static void launcher_say_error(struct speaker *speaker,
			       const struct text *error, int r)
{
	speak_line(speaker, MUSTER_LOG_ERROR,
		   error->length > 0 ? error->data : strerror(-r));
}

/* Nobody can ask a launcher that there is not. */
static void launcher_say_refusal(const struct muster_launcher_options *options,
				 const struct text *error, int r)
{
	struct muster_launcher_options known = MUSTER_LAUNCHER_OPTIONS_INIT;
	struct speaker speaker;

	/* Of options that are refused only the log is trusted. */
	if (options && options->size == sizeof(known)) {
		known.log = options->log;
		known.log_data = options->log_data;
	}
	if (speak_open(&speaker, &known) < 0)
		return;
	launcher_say_error(&speaker, error, r);
	speak_close(&speaker);
}

static int launcher_make(enum launcher_kind kind,
			 const struct muster_launcher_options *options,
			 struct muster_launcher **ret_launcher)
{
	char buffer[512];
	struct text error;
	int r;

	if (!ret_launcher)
		return -EINVAL;
	text_init(&error, buffer, sizeof(buffer));
	r = launcher_new(kind, options, ret_launcher, &error);
	if (r < 0)
		launcher_say_refusal(options, &error, r);
	return r;
}

int muster_service_launcher_new(const struct muster_launcher_options *options,
				struct muster_launcher **ret_launcher)
{
	return launcher_make(LAUNCHER_SERVICE, options, ret_launcher);
}

int muster_process_launcher_new(const struct muster_launcher_options *options,
				struct muster_launcher **ret_launcher)
{
	return launcher_make(LAUNCHER_PROCESS, options, ret_launcher);
}

static int launcher_add_unit(struct muster_launcher *launcher,
			     struct launched *launched, struct text *error)
{
	struct upstream *upstream = runner_home(launcher->runner)->upstream;
	struct unit *unit;
	int r = launched_listen(launched, error);

	if (r < 0)
		return r;
	r = services_add(runner_services(launcher->runner), launched->service,
			 &unit);
	if (r < 0)
		return r;
	unit->worker.listen_fds = launched->listen_fds;
	unit->worker.listener_count = launched->service->rules.listener_count;
	runner_grant(launcher->runner, launched->service->stop_timeout_ns);
	if (upstream)
		upstream->services++;
	return 0;
}

static int launcher_check_workers(const struct muster_launcher *launcher,
				  int workers, struct text *error)
{
	bool is_one = workers == MUSTER_WORKERS_UNSET || workers == 1;

	if (launcher->kind == LAUNCHER_SERVICE && !is_one)
		return launcher_refuse(error, workers > 1
						      ? "Launcher asked to "
							"start multiple workers"
						      : "Number of workers "
							"should be positive!");
	if (launcher->kind == LAUNCHER_PROCESS && workers < 0 && !is_one)
		return launcher_refuse(error, "Number of workers should be "
					      "positive!");
	if (workers > (int)MUSTER_WORKERS_MAX)
		return launcher_refuse(error, "more than 1000000 workers");
	return 0;
}

static int launcher_add(struct muster_launcher *launcher,
			const struct muster_service *service, int workers,
			struct text *error)
{
	struct launched **services;
	struct launched *launched;
	int r = launcher_check_workers(launcher, workers, error);

	if (r < 0)
		return r;
	if (launcher->kind == LAUNCHER_SERVICE &&
	    runner_services(launcher->runner)->phase != SERVICES_NEW) {
		text_add(error, "its services run already");
		return -EBUSY;
	}
	if (launcher->kind == LAUNCHER_PROCESS && process_has_stopped(launcher))
		return launcher_refuse(error, "no service is added to a "
					      "launcher that stops");
	services = reallocarray(launcher->services, launcher->count + 1,
				sizeof(struct launched *));
	if (!services)
		return -ENOMEM;
	launcher->services = services;
	r = launched_new(launcher, service, &launched, error);
	if (r < 0)
		return r;
	r = launcher->kind == LAUNCHER_SERVICE
		    ? launcher_add_unit(launcher, launched, error)
		    : process_add(launcher, launched, workers < 0 ? 1 : workers,
				  error);
	if (r < 0) {
		launched_free(launched);
		return r;
	}
	services[launcher->count] = launched;
	return (int)launcher->count++;
}

int muster_launcher_add(struct muster_launcher *launcher,
			const struct muster_service *service, int workers)
{
	struct text error;
	int r = launcher_check(launcher);

	if (r < 0)
		return r;
	error = launcher_begin(launcher);
	if (!service)
		return launcher_refuse(&error, "no service");
	r = launcher_add(launcher, service, workers, &error);
	if (r < 0)
		launcher_say_error(&launcher->speaker, &error, r);
	(void)speak_flush(&launcher->speaker); /* or with the next lines */
	return r;
}

int muster_launch(const struct muster_launcher_options *options,
		  const struct muster_service *service, int workers,
		  enum muster_restart_method method,
		  struct muster_launcher **ret_launcher)
{
	struct muster_launcher_options known = MUSTER_LAUNCHER_OPTIONS_INIT;
	struct muster_launcher *launcher;
	enum launcher_kind kind = LAUNCHER_PROCESS;
	char buffer[128];
	struct text error;
	int r;

	text_init(&error, buffer, sizeof(buffer));
	if (!ret_launcher || !service)
		return -EINVAL;
	if (options)
		r = settings_copy(&known, sizeof(known), options, &error);
	else
		r = 0;
	if (r == 0 && workers != MUSTER_WORKERS_UNSET && workers <= 0)
		r = launcher_refuse(&error,
				    "Number of workers should be positive!");
	if (r < 0) {
		launcher_say_refusal(options, &error, r);
		return r;
	}
	known.restart_method = method;
	if (workers <= 1 && !known.always_fork)
		kind = LAUNCHER_SERVICE;
	r = launcher_make(kind, &known, &launcher);
	if (r < 0)
		return r;
	r = muster_launcher_add(launcher, service, workers);
	if (r < 0) {
		muster_launcher_free(launcher);
		return r;
	}
	*ret_launcher = launcher;
	return 0;
}

static void launcher_list(struct muster_launcher *launcher)
{
	listing_say(&launcher->speaker, &launcher->settings);
	for (uint32_t i = 0; i < launcher->count; i++)
		listing_say_service(&launcher->speaker,
				    launcher->services[i]->service,
				    launcher->kind == LAUNCHER_SERVICE
					    ? MUSTER_WORKERS_UNSET
					    : launcher->services[i]->workers);
}

int muster_launcher_wait(struct muster_launcher *launcher)
{
	struct text error;
	int r = launcher_check(launcher);

	if (r < 0)
		return r;
	error = launcher_begin(launcher);
	if (!launcher->settings.options.hides_options)
		launcher_list(launcher);
	if (launcher->kind == LAUNCHER_PROCESS)
		r = process_wait(launcher, &error);
	else if (launcher->count == 0)
		r = launcher_refuse(&error, "no service was added");
	else
		r = runner_run(launcher->runner);
	if (r < 0)
		launcher_say_error(&launcher->speaker, &error, r);
	(void)speak_flush(&launcher->speaker); /* muster_launcher_free waits */
	return r;
}

int muster_launcher_stop(struct muster_launcher *launcher)
{
	int r = launcher_check(launcher);

	if (r < 0)
		return r;
	if (launcher->kind == LAUNCHER_PROCESS)
		return muster_stop(launcher->muster);
	atomic_store(&runner_home(launcher->runner)->is_stop_wanted, true);
	return worker_wake(runner_home(launcher->runner));
}

int muster_launcher_restart(struct muster_launcher *launcher)
{
	int r = launcher_check(launcher);

	if (r < 0)
		return r;
	if (launcher->kind == LAUNCHER_PROCESS)
		return process_restart(launcher);
	atomic_store(&runner_home(launcher->runner)->is_restart_wanted, true);
	return worker_wake(runner_home(launcher->runner));
}

int muster_launcher_set_workers(struct muster_launcher *launcher, int service,
				int workers)
{
	struct text error;
	int r = launcher_check(launcher);

	if (r < 0)
		return r;
	error = launcher_begin(launcher);
	if (launcher->kind != LAUNCHER_PROCESS)
		return launcher_refuse(&error, "Launcher asked to start "
					       "multiple workers");
	if (service < 0 || (uint32_t)service >= launcher->count) {
		text_format(&error, "%d service id doesn't exist", service);
		return -EINVAL;
	}
	if (workers < 0)
		return launcher_refuse(&error, "Number of workers should be "
					       "positive!");
	return process_set_workers(launcher, (uint32_t)service, workers);
}

struct muster *muster_launcher_muster(struct muster_launcher *launcher)
{
	return launcher ? launcher->muster : NULL;
}

const char *muster_launcher_error(const struct muster_launcher *launcher)
{
	return launcher ? launcher->error : "";
}

void muster_child_reset_signals(void)
{
	sigfd_reset_child();
}

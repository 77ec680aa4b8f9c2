/*
 * run.c - `muster run`: keeps workers of a program alive.
 *
 * A customer of the public library like any other: it turns, takes the news,
 * says it. Lines of a turn are written together, once, and never wait for their
 * reader.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/nsec.h"
#include "base/text.h"
#include "control.h"
#include "muster/muster.h"
#include "options.h"
#include "refuse.h"
#include "reload.h"
#include "report.h"
#include "shed.h"
#include "upstream.h"
#include "verbs.h"

/* Before it has a log of its own. */
#define RUN_PREFIX "muster run: "
/* The tag of the log's descriptor, watched while its reader stalls. */
#define RUN_TAG_LOG 1
/* When all is over a slow reader may have the last lines; one that stalls does
 * not keep us. */
#define RUN_LAST_WORDS_MS 200

struct run {
	struct muster *muster;
	struct log log;
	struct report report;
	struct upstream upstream;
	struct control control;
	struct reload *reload; /* of a configuration file, or NULL */
	bool is_log_watched;
	uint64_t stop_timeout_ns; /* of the command line's service */
	bool is_stopping;
	bool wants_reload; /* however often it was asked for */
};

static void run_watch_log(struct run *run)
{
	if (!run->is_log_watched &&
	    muster_watch_fd(run->muster, log_fd(&run->log), POLLOUT,
			    RUN_TAG_LOG) == 0)
		run->is_log_watched = true;
}

static void run_begin_stop(struct run *run, uint32_t workers)
{
	uint64_t limit_ns = run->reload ? reload_stop_timeout_ns(run->reload)
					: run->stop_timeout_ns;

	run->is_stopping = true;
	upstream_stop(&run->upstream, workers, limit_ns);
}

/* What the library leaves to whoever has a configuration file. */
static void run_take_wish(struct run *run, const struct muster_event *event)
{
	if (event->kind == MUSTER_EVENT_STOP)
		run_begin_stop(run, event->count);
	if (event->kind == MUSTER_EVENT_ABORTED && run->reload)
		reload_doubt(run->reload, event->group);
	if (event->kind != MUSTER_EVENT_SIGNAL || !run->reload ||
	    run->is_stopping)
		return;
	if (event->route == MUSTER_ROUTE_RELOAD)
		run->wants_reload = true;
	else if (event->route == MUSTER_ROUTE_MORE ||
		 event->route == MUSTER_ROUTE_FEWER)
		reload_scale(run->reload, event->route == MUSTER_ROUTE_MORE);
}

static void run_drain(struct run *run)
{
	struct muster_event event = MUSTER_EVENT_INIT;

	while (muster_next_event(run->muster, &event) > 0) {
		if (event.kind != MUSTER_EVENT_WATCH)
			report_event(&run->report, &event);
		else if (event.tag == RUN_TAG_LOG)
			run->is_log_watched = false;
		run_take_wish(run, &event);
		upstream_take(&run->upstream, &event);
		control_take(&run->control, &event);
	}
}

/* TERM wins, and a burst of SIGHUP is one wish. What a reload brings about is
 * news of this turn: the names in it are gone with the next. */
static void run_reload(struct run *run)
{
	bool is_wanted = run->wants_reload && !run->is_stopping;

	run->wants_reload = false;
	if (!is_wanted)
		return;
	if (reload_again(run->reload) < 0)
		upstream_fail_reload(&run->upstream);
	reload_declare(run->reload, &run->control);
	run_drain(run);
}

static void run_take_events(struct run *run)
{
	run_drain(run);
	run_reload(run);
	upstream_end_turn(&run->upstream);
	control_end_turn(&run->control);
	if (log_flush(&run->log) > 0)
		run_watch_log(run);
}

static int run_fail(struct run *run, int error)
{
	const char *why = muster_error(run->muster);

	log_format(&run->log, LOG_ERROR, "%s",
		   why[0] != '\0' ? why : strerror(-error));
	return EXIT_USAGE;
}

static uint64_t run_timeout_ns(const struct run *run)
{
	return nsec_min(upstream_timeout_ns(&run->upstream),
			control_timeout_ns(&run->control));
}

static int run_supervise(struct run *run)
{
	struct muster_stats stats = MUSTER_STATS_INIT;
	int status;
	int r;

	do {
		r = muster_turn(run->muster, run_timeout_ns(run));
		run_take_events(run);
	} while (r > 0);
	if (r < 0)
		return run_fail(run, r);
	status = muster_status(run->muster);
	(void)muster_get_stats(run->muster, -1, &stats); /* it exists */
	report_summary(&run->report, &stats, status);
	return status;
}

/* A line for each that was given and does nothing (B2). */
static void run_tell_idle(struct run *run,
			  const struct launcher_options *options)
{
	for (int i = 0; i < SETTINGS_OF_FILE; i++)
		if (options->is_idle[i])
			log_format(&run->log, LOG_WARNING,
				   "%s is deprecated: it has no effect here",
				   settings[i].flag);
}

static void run_tell_services(struct run *run, const struct config *config)
{
	for (uint32_t i = 0; i < config->section_count; i++) {
		const struct config_section *section =
			&config->sections[config->order[i]];
		const struct assignments all =
			config_assignments(config, section);

		listing_print(&run->log, section->name, &all);
		(void)log_flush(&run->log); /* or its buffer fills */
	}
}

/* config is NULL without a file. */
static void run_tell_options(struct run *run, const struct options *options,
			     const struct config *config)
{
	const struct config none = {0};
	struct assignments all =
		config_assignments(config ? config : &none, NULL);

	run_tell_idle(run, &options->launcher);
	if (!options->launcher.logs_options || run->log.level < LOG_DEBUG)
		return;
	all.own = options->given;
	all.own_count = options->given_count;
	listing_print(&run->log, NULL, &all);
	if (config)
		run_tell_services(run, config);
	else
		listing_print(&run->log, "", &all);
}

static int run_open_control(struct run *run, const char *address)
{
	char buffer[256];
	struct text error;
	int r;

	text_init(&error, buffer, sizeof(buffer));
	r = control_open(&run->control, address, &run->log, &error);
	if (r < 0)
		log_line(&run->log, LOG_ERROR, error.data, error.length);
	return r;
}

static int run_prepare(struct run *run, struct options *options,
		       const struct config *config)
{
	int r;

	if (run_open_control(run, options->launcher.control) < 0)
		return EXIT_USAGE; /* it has said why */
	options->launcher.muster.is_owner = true;
	options->launcher.muster.leaves_reload = config != NULL;
	r = muster_new(&options->launcher.muster, &run->muster);
	if (r < 0)
		return run_fail(run, r);
	if (config) {
		run->reload->log = &run->log;
		run->reload->muster = run->muster;
		if (reload_start(run->reload, config) < 0)
			return EXIT_USAGE; /* likewise */
		reload_declare(run->reload, &run->control);
	} else {
		r = muster_add_group(run->muster, &options->service.group);
	}
	if (r >= 0)
		r = muster_start(run->muster);
	if (r < 0)
		return run_fail(run, r);
	control_start(&run->control, run->muster);
	/* Before the first launch, which needs what the others will: what is
	 * missing is missing at once. */
	shed(shed_needed(options, upstream_is_file(&run->upstream)), &run->log);
	return 0;
}

/* config is freed when it has served; it and reload are NULL without a file. */
static int run_with_log(struct options *options, struct reload *reload,
			struct config *config)
{
	struct run run = {
		.log = LOG_NULL,
		.report = {.log = &run.log},
		.upstream = UPSTREAM_NULL,
		.reload = reload,
	};
	int status;

	if (!config) {
		run.report.command = options->service.command.items[0];
		run.stop_timeout_ns =
			service_stop_timeout_ns(&options->service);
	}
	if (log_init(&run.log, STDERR_FILENO, options->launcher.log_level,
		     "muster: ") < 0)
		return EXIT_USAGE;
	run.log.is_json = options->launcher.logs_json;
	upstream_open(&run.upstream, &run.log);
	run_tell_options(&run, options, config);
	status = run_prepare(&run, options, config);
	if (config)
		config_fini(config);
	if (status == 0)
		status = run_supervise(&run);
	run.muster = muster_free(run.muster);
	control_close(&run.control);
	upstream_close(&run.upstream);
	(void)log_flush_slowly(&run.log,
			       RUN_LAST_WORDS_MS); /* or they are lost */
	log_fini(&run.log);
	return status;
}

static int run_keep_passed(struct inherited *inherited,
			   const struct service_options *service)
{
	int r = 0;

	for (uint32_t i = 0; i < service->group.pass_fd_count && r == 0; i++)
		r = inherit_keep(inherited, service->pass_fds[i]);
	return r;
}

/* The service of the command line, with what came with us. */
static int run_complete(struct options *options, struct inherited *inherited,
			struct text *error)
{
	int r = inherit_read(inherited, error);

	if (r == 0)
		r = inherit_give(inherited, &options->service, NULL, error);
	if (r == 0)
		r = run_keep_passed(inherited, &options->service);
	if (r == 0) {
		text_add(error, "--"); /* it begins with an option's name */
		r = service_check(&options->service, error);
	}
	if (r == 0) {
		text_init(error, error->data, error->size);
		r = inherit_close_others(inherited, error);
	}
	if (r == 0)
		r = service_finish(&options->service,
				   (const char *const *)environ);
	if (r == -ENOMEM)
		text_add(error, strerror(ENOMEM));
	return r;
}

static int run_line(struct options *options, struct text *error)
{
	struct inherited inherited = {0};
	int status;

	if (run_complete(options, &inherited, error) < 0)
		status = refuse(options, RUN_PREFIX, error);
	else
		status = run_with_log(options, NULL, NULL);
	inherit_fini(&inherited);
	return status;
}

static int run_tell_check(const struct config *config, const char *file)
{
	(void)printf("%s: %u service%s, no fault\n", file,
		     config->section_count,
		     config->section_count == 1 ? "" : "s");
	return 0;
}

static int run_file(struct options *options)
{
	struct log log = LOG_NULL;
	struct reload reload = {.log = &log};
	struct config config = {0};
	int status = EXIT_USAGE;
	int r = log_init(&log, STDERR_FILENO, LOG_ERROR, RUN_PREFIX);

	log.is_json = options->launcher.logs_json;
	if (r == 0)
		r = reload_prepare(&reload, options, &config);
	(void)log_flush_slowly(&log, RUN_LAST_WORDS_MS);
	log_fini(&log);
	if (r == 0 && options->launcher.is_check)
		status = run_tell_check(&config, options->launcher.config);
	else if (r == 0)
		status = run_with_log(options, &reload, &config);
	config_fini(&config);
	reload_fini(&reload);
	return status;
}

void run_print_help(void)
{
	options_print_help(SETTING_VERB_run);
}

int verb_run(int argc, char **argv, const sigset_t *given_mask)
{
	struct options options = {.verb = SETTING_VERB_run};
	uint64_t mask;
	char buffer[512];
	struct text error;
	int status = 0;
	int r;

	memcpy(&mask, given_mask, sizeof(mask)); /* the kernel's part of it */
	text_init(&error, buffer, sizeof(buffer));
	r = options_parse(argc, argv, &options, &error);
	options.launcher.muster.worker_mask = &mask;
	/* Nobody has to be stopped before a check ends; it cannot fail. */
	if (r >= 0 && options.launcher.is_check)
		(void)sigprocmask(SIG_SETMASK, given_mask, NULL);
	if (r == OPTIONS_HELP)
		run_print_help();
	else if (r < 0)
		status = refuse(&options, RUN_PREFIX, &error);
	else if (options.launcher.config)
		status = run_file(&options);
	else
		status = run_line(&options, &error);
	options_fini(&options);
	return status;
}

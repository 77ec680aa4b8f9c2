/*
 * run.c - `muster run`: keeps workers of a program alive.
 *
 * A customer of the public library like any other: it turns, takes the news,
 * says it. Lines of a turn are written together, once, and never wait for their
 * reader.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "inherit.h"
#include "muster/muster.h"
#include "options.h"
#include "report.h"
#include "verbs.h"

/* The tag of the log's descriptor, watched while its reader stalls. */
#define RUN_TAG_LOG 1
/* When all is over a slow reader may have the last lines; one that stalls does
 * not keep us. */
#define RUN_LAST_WORDS_MS 200

struct run {
	struct muster *muster;
	struct log log;
	struct report report;
	bool is_log_watched;
};

static void run_watch_log(struct run *run)
{
	if (!run->is_log_watched &&
	    muster_watch_fd(run->muster, log_fd(&run->log), POLLOUT,
			    RUN_TAG_LOG) == 0)
		run->is_log_watched = true;
}

static void run_take_events(struct run *run)
{
	struct muster_event event = MUSTER_EVENT_INIT;

	while (muster_next_event(run->muster, &event) > 0) {
		if (event.kind == MUSTER_EVENT_WATCH)
			run->is_log_watched = false;
		else
			report_event(&run->report, &event);
	}
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

static int run_supervise(struct run *run)
{
	struct muster_stats stats = MUSTER_STATS_INIT;
	int status;
	int r;

	do {
		r = muster_turn(run->muster, MUSTER_FOREVER);
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
		if (options->idle >> i & 1)
			log_format(&run->log, LOG_WARNING,
				   "%s is deprecated: it has no effect here",
				   settings[i].flag);
}

static void run_tell_options(struct run *run, const struct options *options)
{
	const struct assignments given = {
		.own = options->given,
		.own_count = options->given_count,
	};

	run_tell_idle(run, &options->launcher);
	if (!options->launcher.logs_options)
		return;
	listing_print(&run->log, NULL, &given);
	listing_print(&run->log, "", &given);
}

static int run_prepare(struct run *run, struct options *options)
{
	int r;

	options->launcher.muster.is_owner = true;
	r = muster_new(&options->launcher.muster, &run->muster);
	if (r == 0)
		r = muster_add_group(run->muster, &options->service.group);
	if (r >= 0)
		r = muster_start(run->muster);
	return r;
}

static int run_with_log(struct options *options)
{
	struct run run = {
		.log = LOG_NULL,
		.report =
			{
				.log = &run.log,
				.command = options->service.command.items[0],
			},
	};
	int status;
	int r;

	r = log_init(&run.log, STDERR_FILENO, options->launcher.log_level,
		     "muster: ");
	if (r < 0)
		return EXIT_USAGE;
	run_tell_options(&run, options);
	r = run_prepare(&run, options);
	status = r < 0 ? run_fail(&run, r) : run_supervise(&run);
	run.muster = muster_free(run.muster);
	(void)log_flush_slowly(&run.log,
			       RUN_LAST_WORDS_MS); /* or they are lost */
	log_fini(&run.log);
	return status;
}

static int run_refuse(const struct text *error)
{
	struct log log = LOG_NULL;

	if (log_init(&log, STDERR_FILENO, LOG_ERROR, "muster run: ") == 0)
		log_line(&log, LOG_ERROR, error->data, error->length);
	log_fini(&log);
	return EXIT_USAGE;
}

/* The service of the command line, with what came with us. */
static int run_complete(struct options *options, struct inherited *inherited,
			struct text *error)
{
	int r = inherit_read(inherited, error);

	if (r == 0)
		r = inherit_give(inherited, &options->service, error);
	if (r == 0)
		r = inherit_keep(inherited, &options->service);
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
		status = run_refuse(error);
	else
		status = run_with_log(options);
	inherit_fini(&inherited);
	return status;
}

int verb_run(int argc, char **argv, const sigset_t *given_mask)
{
	struct options options = {0};
	uint64_t mask;
	char buffer[512];
	struct text error;
	int status = 0;
	int r;

	memcpy(&mask, given_mask, sizeof(mask)); /* the kernel's part of it */
	text_init(&error, buffer, sizeof(buffer));
	r = options_parse(argc, argv, &options, &error);
	if (r == OPTIONS_HELP)
		options_print_help();
	options.launcher.muster.worker_mask = &mask;
	if (r < 0)
		status = run_refuse(&error);
	else if (r == OPTIONS_RUN)
		status = run_line(&options, &error);
	options_fini(&options);
	return status;
}

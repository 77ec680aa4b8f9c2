/*
 * init.c - `muster init`: the entrypoint of a container, around one command.
 *
 * Transparent: what muster was given its command is given, descriptors, mask
 * and environment, signals are the command's, and its status is muster's. What
 * muster needs none of once the command executes it lets go of: no file system
 * is kept busy (E5), and soon after that a reader sees the end of a pipe when
 * the command closes it (E4), and there is nothing to be had by taking muster
 * over.
 *
 * A customer of the public library like any other. It sets up no io_uring: one
 * process is watched, and most containers forbid it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/nsec.h"
#include "base/text.h"
#include "clock.h"
#include "control.h"
#include "muster/muster.h"
#include "options.h"
#include "outcome.h"
#include "refuse.h"
#include "report.h"
#include "shed.h"
#include "signals.h"
#include "verbs.h"

/* The tag of the log's descriptor, watched while its reader stalls. */
#define INIT_TAG_LOG 1
/* After the command's execve. A command that ends sooner is over before it were
 * worth it; and one that starts is not held up by it. */
#define INIT_LET_GO_NS (2 * NSEC_PER_MSEC)
/* As for `muster run`: for the last lines. */
#define INIT_LAST_WORDS_MS 200

/* On what muster needs none of once the first command executes. */
enum init_grip {
	INIT_HOLDS, /* it has not executed */
	INIT_FAILS, /* likewise: its launch has failed, and is tried again */
	INIT_LETS_GO,
	INIT_HAS_LET_GO,
};

struct init {
	const struct options *options;
	struct muster *muster;
	struct log log;
	struct report report;
	struct outcome outcome;
	struct control control;
	bool is_log_watched;
	bool is_told_to_end; /* before there was anybody to be told */
	enum init_grip grip;
	uint64_t let_go_ns; /* when to, in INIT_LETS_GO only */
};

static bool init_restarts(const struct options *options)
{
	return options->service.group.restart != MUSTER_RESTART_NEVER;
}

/* 0 and 1 are nobody's but the command's; a terminal stays, for it is to be
 * taken back when the command ends, and 2 is where the log goes. */
static void init_let_go_of_fds(void)
{
	(void)fd_close_inherited(); /* or they stay: a pipe ends later */
	for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++)
		if (!isatty(fd))
			(void)fd_replace_stdio(fd); /* likewise */
}

/* The command executes. Who is launched again starts where muster is, unless
 * told otherwise. */
static void init_executed(struct init *init)
{
	const char *directory = init->options->service.group.directory;

	if (init->grip > INIT_FAILS)
		return;
	init->grip = INIT_LETS_GO;
	init->let_go_ns = nsec_add(clock_now_ns(), INIT_LET_GO_NS);
	if (!init_restarts(init->options) || (directory && directory[0] == '/'))
		(void)!chdir("/"); /* or we are where we may not be: stay */
}

/* Who is launched again needs all descriptors again. */
static void init_let_go(struct init *init)
{
	if (init->grip != INIT_LETS_GO || clock_now_ns() < init->let_go_ns)
		return;
	init->grip = INIT_HAS_LET_GO;
	shed(shed_needed(init->options, false), &init->log);
	if (!init_restarts(init->options))
		init_let_go_of_fds();
}

/* Kept for a command that is not there: as what it would get it. */
static bool init_is_end(const struct muster_event *event)
{
	return event->kind == MUSTER_EVENT_SIGNAL &&
	       event->route == MUSTER_ROUTE_FORWARD && event->count == 0 &&
	       event->code == 0 &&
	       (event->sent == SIGTERM || event->sent == SIGINT ||
		event->sent == SIGQUIT);
}

/* One that cannot even be launched shall not keep us here for ever. */
static void init_weigh(struct init *init, const struct muster_event *event)
{
	if (init->grip > INIT_FAILS)
		return;
	if (event->kind == MUSTER_EVENT_EXITED &&
	    event->next == MUSTER_NEXT_LATER)
		init->grip = INIT_FAILS;
	init->is_told_to_end |= init_is_end(event);
	if (init->grip == INIT_FAILS && init->is_told_to_end)
		(void)muster_stop(init->muster); /* it was started */
}

static void init_drain(struct init *init)
{
	struct muster_event event = MUSTER_EVENT_INIT;

	while (muster_next_event(init->muster, &event) > 0) {
		if (event.kind != MUSTER_EVENT_WATCH)
			report_event(&init->report, &event);
		else if (event.tag == INIT_TAG_LOG)
			init->is_log_watched = false;
		outcome_take(&init->outcome, &init->options->launcher.init,
			     &event);
		control_take(&init->control, &event);
		if (event.kind == MUSTER_EVENT_READY)
			init_executed(init);
		init_weigh(init, &event);
	}
}

static void init_take_events(struct init *init)
{
	init_drain(init);
	control_end_turn(&init->control);
	init_let_go(init);
	if (log_flush(&init->log) > 0 && !init->is_log_watched &&
	    muster_watch_fd(init->muster, log_fd(&init->log), POLLOUT,
			    INIT_TAG_LOG) == 0)
		init->is_log_watched = true;
}

static void init_fail_for(struct init *init, const char *why)
{
	log_format(&init->log, LOG_ERROR, "%s", why);
	outcome_fail(&init->outcome, why);
}

static void init_fail(struct init *init, int error)
{
	const char *why = muster_error(init->muster);

	init_fail_for(init, why[0] != '\0' ? why : strerror(-error));
}

static int init_open_control(struct init *init)
{
	char buffer[256];
	struct text error;
	int r;

	text_init(&error, buffer, sizeof(buffer));
	r = control_open(&init->control, init->options->launcher.control,
			 &init->log, &error);
	if (r < 0)
		init_fail_for(init, buffer);
	return r;
}

static int init_try(struct init *init, enum muster_engine engine)
{
	struct muster_options options = init->options->launcher.muster;
	int r;

	options.engine = engine;
	init->muster = muster_free(init->muster);
	r = muster_new(&options, &init->muster);
	if (r == 0)
		r = muster_add_group(init->muster,
				     &init->options->service.group);
	if (r >= 0)
		r = muster_start(init->muster);
	return r < 0 ? r : 0;
}

static int init_open(struct init *init)
{
	enum muster_engine engine = init->options->launcher.muster.engine;
	int r;

	if (engine != MUSTER_ENGINE_AUTO)
		return init_try(init, engine);
	r = init_try(init, MUSTER_ENGINE_EPOLL);
	return r < 0 ? init_try(init, MUSTER_ENGINE_SIGNAL) : 0;
}

static uint64_t init_timeout_ns(const struct init *init)
{
	uint64_t timeout_ns = control_timeout_ns(&init->control);

	if (init->grip != INIT_LETS_GO)
		return timeout_ns;
	return nsec_min(timeout_ns,
			nsec_since(init->let_go_ns, clock_now_ns()));
}

/* True when all is over: nobody is left, nothing to be put back. */
static bool init_supervise(struct init *init)
{
	struct muster_stats stats = MUSTER_STATS_INIT;
	int r = init_open_control(init);

	if (r < 0)
		return false; /* it has said why */
	r = init_open(init);
	if (r >= 0)
		control_start(&init->control, init->muster);
	while (r >= 0) {
		r = muster_turn(init->muster, init_timeout_ns(init));
		init_take_events(init);
		if (r == 0)
			break;
	}
	if (r < 0) {
		init_fail(init, r);
		return false;
	}
	(void)muster_get_stats(init->muster, -1, &stats); /* it exists */
	report_summary(&init->report, &stats, init->outcome.status);
	/* One that was made is removed. */
	return !init->options->service.group.cgroup;
}

static int init_with_log(const struct options *options)
{
	struct init init = {
		.options = options,
		.log = LOG_NULL,
		.report =
			{
				.log = &init.log,
				.command = options->service.command.items[0],
				.passes_status = true,
			},
	};
	int launcher_status = EXIT_USAGE;
	bool is_over;

	if (log_init(&init.log, STDERR_FILENO, options->launcher.log_level,
		     "muster: ") < 0)
		return EXIT_USAGE;
	init.log.is_json = options->launcher.logs_json;
	is_over = init_supervise(&init);
	if (!init.outcome.is_known)
		launcher_status = muster_status(init.muster);
	/* Memory goes with the process: given back map by map it would take
	 * longer than the launch did. */
	if (!is_over || compat_looks_for_leaks())
		init.muster = muster_free(init.muster);
	control_close(&init.control);
	(void)log_flush_slowly(&init.log,
			       INIT_LAST_WORDS_MS); /* or they are lost */
	if (compat_looks_for_leaks())
		log_fini(&init.log);
	return outcome_finish(&init.outcome, &options->launcher.init,
			      launcher_status);
}

/* 0 stands for no other word, and 0 s for ever. */
static bool init_has_stop_timeout(const struct options *options)
{
	uint64_t timeout_ns = options->service.group.stop_timeout_ns;

	return timeout_ns != 0 && timeout_ns != MUSTER_FOREVER;
}

/* A stop that has steps begins with what an orchestrator sends. */
static uint64_t init_stop_signals(const struct options *options)
{
	if (options->launcher.init.has_stop_signals)
		return options->launcher.init.stop_signals;
	if (init_restarts(options) || options->launcher.muster.drain_ns > 0 ||
	    init_has_stop_timeout(options))
		return UINT64_C(1) << (SIGTERM - 1);
	return 0;
}

/* By itself it is tried only, for it is no reason not to run. */
static bool init_adopts(enum init_adopt adopt)
{
	if (adopt != INIT_ADOPT_AUTO)
		return adopt == INIT_ADOPT_YES;
	return getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

static void init_complete(struct options *options)
{
	struct muster_group_options *group = &options->service.group;
	struct muster_options *muster = &options->launcher.muster;
	const struct init_options *init = &options->launcher.init;

	muster->is_owner = true;
	muster->is_hasty = true;
	muster->leaves_reload = true;
	muster->is_subreaper = init_adopts(init->adopt);
	muster->forwards = signals_forwarded();
	muster->stop_signals = init_stop_signals(options);
	muster->rewrites = init->rewrites;
	muster->rewrite_count = init->rewrite_count;
	group->inherits_fds = true;
	group->is_transparent = true;
	group->takes_terminal = true;
	/* Nor is one hastened that executes from a slow disk. */
	group->ready_timeout_ns = MUSTER_FOREVER;
	/* What the last one leaves in its group has its time to end, but is not
	 * in a successor's way. */
	if (!options->service.has_kill)
		group->kill = init_restarts(options) ? MUSTER_KILL_GROUP
						     : MUSTER_KILL_PROCESS;
}

static int init_refuse(const struct options *options, const struct text *error)
{
	struct outcome outcome = {0};

	(void)refuse(options, "muster init: ", error);
	outcome_fail(&outcome, error->data);
	return outcome_finish(&outcome, &options->launcher.init, EXIT_USAGE);
}

static int init_run(struct options *options, struct text *error)
{
	init_complete(options);
	if (service_finish(&options->service, (const char *const *)environ) ==
	    0)
		return init_with_log(options);
	text_add(error, strerror(ENOMEM));
	return init_refuse(options, error);
}

void init_print_help(void)
{
	options_print_help(SETTING_VERB_init);
}

int verb_init(int argc, char **argv, const sigset_t *given_mask)
{
	struct options options = {.verb = SETTING_VERB_init};
	uint64_t mask;
	char buffer[512];
	struct text error;
	int status = 0;
	int r;

	memcpy(&mask, given_mask, sizeof(mask)); /* the kernel's part of it */
	text_init(&error, buffer, sizeof(buffer));
	r = options_parse(argc, argv, &options, &error);
	options.launcher.muster.worker_mask = &mask;
	if (r == OPTIONS_HELP)
		init_print_help();
	else if (r < 0)
		status = init_refuse(&options, &error);
	else
		status = init_run(&options, &error);
	options_fini(&options);
	return status;
}

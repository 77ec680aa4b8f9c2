/*
 * outcome.c - one end -> a status, and a line in the termination log.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "outcome.h"
#include "signals.h"
#include "verbs.h"

/* There is no such file, or its interpreter, or it cannot be executed. */
static bool outcome_is_unexecutable(const struct muster_exit *how, int code)
{
	return how->kind == MUSTER_EXIT_LAUNCH && (code == 126 || code == 127);
}

/* What muster says of the command by itself is no status of the command's: it
 * is not looked up. */
static int outcome_status(const struct init_options *options,
			  const struct muster_exit *how)
{
	int code = muster_exit_code(how);

	if (outcome_is_unexecutable(how, code) && options->launch_status > 0)
		return options->launch_status - 1;
	if (how->kind == MUSTER_EXIT_LAUNCH || code < 0 || code > 255)
		return code;
	if (how->kind == MUSTER_EXIT_SIGNAL &&
	    signals_have(options->ok_signals, how->code))
		code = 0;
	return options->remap[code] > 0 ? options->remap[code] - 1 : code;
}

static void outcome_describe(struct outcome *outcome,
			     const struct muster_event *event)
{
	/* An event of these kinds is worth a line. */
	(void)muster_describe_event(event, outcome->cause,
				    sizeof(outcome->cause));
}

/* Who did not even obey SIGKILL has no status. */
static void outcome_take_done(struct outcome *outcome,
			      const struct muster_event *event)
{
	if (event->count == 0)
		return;
	outcome->status = event->code;
	outcome->is_known = true;
	outcome_describe(outcome, event);
}

void outcome_take(struct outcome *outcome, const struct init_options *options,
		  const struct muster_event *event)
{
	switch ((int)event->kind) {
	case MUSTER_EVENT_EXITED:
		outcome->status = outcome_status(options, &event->exit);
		outcome->is_known = true;
		outcome_describe(outcome, event);
		break;
	case MUSTER_EVENT_GIVE_UP:
		/* It names the file; an end by itself says more than that there
		 * were too many. */
		if (event->why == MUSTER_WHY_UNEXECUTABLE)
			outcome_describe(outcome, event);
		break;
	case MUSTER_EVENT_DONE:
		outcome_take_done(outcome, event);
		break;
	default:
		break;
	}
}

void outcome_fail(struct outcome *outcome, const char *why)
{
	struct text text;

	outcome->status = EXIT_USAGE;
	outcome->is_known = true;
	text_init(&text, outcome->cause, sizeof(outcome->cause));
	text_add(&text, why);
	text_disarm(&text); /* it may be what somebody typed */
}

/* Whoever reads it has made the file, and reads its end: what the command has
 * written there is not written over. Nothing of it is worth a failure, or a
 * wait. */
static void outcome_write(const struct outcome *outcome, const char *path)
{
	/* The command may have put something else there. */
	_cleanup_fd_ int fd =
		open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW |
				   O_NOCTTY | O_CLOEXEC);
	struct stat file;
	char line[OUTCOME_CAUSE + 32];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_add(&text, "muster: ");
	text_add(&text, outcome->cause);
	text_add(&text, "\n");
	if (fd >= 0 && fstat(fd, &file) == 0 && S_ISREG(file.st_mode))
		(void)!write(fd, text.data, text.length);
}

int outcome_finish(const struct outcome *outcome,
		   const struct init_options *options, int launcher_status)
{
	int status = outcome->is_known ? outcome->status : launcher_status;

	if (status != 0 && options->termination_log)
		outcome_write(outcome, options->termination_log);
	return status;
}

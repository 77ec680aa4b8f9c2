/*
 * report.c - hands the library's words for what happened to the log, and adds
 * what only this program knows: which of its options a line is about, what it
 * was asked to run, and how often the same may be said.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nsec.h"
#include "base/text.h"
#include "report.h"
#include "report_json.h"

/* What is said of each worker: names may be long, and workers many. */
#define REPORT_LINE 512
/* What is said once. */
#define REPORT_LONG_LINE 4096

/* A thousand workers that die at once are throttled one by one: one line a
 * second says so for all. */
#define REPORT_THROTTLE_NS NSEC_PER_SEC

_Static_assert((int)LOG_ERROR == MUSTER_LEVEL_ERROR, "levels are cast");
_Static_assert((int)LOG_WARNING == MUSTER_LEVEL_WARNING, "levels are cast");
_Static_assert((int)LOG_NOTICE == MUSTER_LEVEL_NOTICE, "levels are cast");
_Static_assert((int)LOG_INFO == MUSTER_LEVEL_INFO, "levels are cast");
_Static_assert((int)LOG_DEBUG == MUSTER_LEVEL_DEBUG, "levels are cast");
_Static_assert((int)LOG_LEVELS == MUSTER_LEVELS, "levels are cast");

/* The last end is the program's own, and its status tells, but for one that
 * decides that it was the last. */
static enum log_level report_level(const struct report *report,
				   const struct muster_event *event)
{
	if (report->passes_status && event->kind == MUSTER_EVENT_EXITED &&
	    event->next == MUSTER_NEXT_NEVER &&
	    event->why != MUSTER_WHY_GIVE_UP && !event->exit.is_oom)
		return LOG_INFO;
	/* There is only that one. */
	if (report->passes_status && event->kind == MUSTER_EVENT_EXITED &&
	    event->why == MUSTER_WHY_LAUNCH)
		return LOG_ERROR;
	return (enum log_level)muster_event_level(event);
}

static void report_text(struct report *report, const struct muster_event *event,
			const struct text *text)
{
	if (text->length > 0)
		log_line(report->log, report_level(report, event), text->data,
			 text->length);
}

/* The library's words, to which more may be added. */
static void report_describe(struct text *ret_text, char *line, size_t size,
			    const struct muster_event *event)
{
	int length;

	text_init(ret_text, line, size);
	length = muster_describe_event(event, line, size);
	if (length > 0)
		ret_text->length = (size_t)length;
}

/* Cut to size, which is at most REPORT_LONG_LINE. */
static void report_words(struct report *report,
			 const struct muster_event *event, size_t size)
{
	char line[REPORT_LONG_LINE];
	struct text text;

	report_describe(&text, line, size, event);
	report_text(report, event, &text);
}

static void report_throttle(struct report *report,
			    const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	if (report->throttle_told_ns != 0 &&
	    nsec_since(event->time_ns, report->throttle_told_ns) <
		    REPORT_THROTTLE_NS) {
		report->throttle_untold++;
		return;
	}
	text_init(&text, line, sizeof(line));
	text_format(&text,
		    "Forking too fast, sleeping [service %s, slot %u, "
		    "generation %u, launched again in ",
		    event->name, event->slot, event->generation);
	text_add_duration(&text, event->delay_ns);
	if (report->throttle_untold > 0) {
		text_add(&text, ", and ");
		text_add_u64(&text, report->throttle_untold);
		text_add(&text, " more since the last line like this");
	}
	text_add(&text, "]");
	log_line(report->log, LOG_NOTICE, text.data, text.length);
	report->throttle_told_ns = event->time_ns;
	report->throttle_untold = 0;
}

static void report_exited(struct report *report,
			  const struct muster_event *event)
{
	report_words(report, event, REPORT_LINE);
	if (event->why == MUSTER_WHY_THROTTLE)
		report_throttle(report, event);
}

/* That a worker is overdue is one fact, that SIGKILL did not reach it
 * another. */
static void report_overdue(struct report *report,
			   const struct muster_event *event)
{
	struct muster_event overdue = *event;

	overdue.code = 0;
	report_words(report, &overdue, REPORT_LINE);
	if (event->signo == SIGKILL && event->code != 0)
		report_words(report, event, REPORT_LINE);
}

/* A parent that cannot be watched is news to whoever gave the option. */
static void report_parent(struct report *report,
			  const struct muster_event *event)
{
	char line[REPORT_LINE];
	char words[REPORT_LINE];
	struct text text;

	report_describe(&text, words, sizeof(words), event);
	if (event->code != 0) {
		text_init(&text, line, sizeof(line));
		text_format(&text, "--die-with-parent: %c%s",
			    tolower((unsigned char)words[0]), words + 1);
	}
	report_text(report, event, &text);
}

/* EACCES has many reasons, and two that can be seen from here. */
static void report_add_denied(struct text *text, const char *path)
{
	struct stat stat_buffer;

	/* Another would be sought where we are, and not the worker. */
	if (path[0] != '/' || stat(path, &stat_buffer) < 0)
		return;
	if (S_ISDIR(stat_buffer.st_mode))
		text_add(text, " (it is a directory)");
	else if ((stat_buffer.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		text_format(text, " (it is not executable, mode %04o)",
			    (unsigned int)stat_buffer.st_mode & 07777);
}

/* execve says ENOENT for a file that is there when its interpreter is not, and
 * for a command that was sought in vain: then for the first place of many. */
static void report_add_command(struct text *text, const struct report *report,
			       const struct muster_event *event)
{
	const char *path = getenv("PATH");
	bool is_exec = event->exit.step == MUSTER_STEP_EXEC;
	bool is_missing = is_exec && event->exit.code == ENOENT;
	bool is_there = is_missing && access(event->text, F_OK) == 0;

	if (is_missing && !is_there && report->command &&
	    !strchr(report->command, '/')) {
		text_format(text, "\"%s\" is nowhere in PATH=%s",
			    report->command, path ? path : "/bin:/usr/bin");
		return;
	}
	text_add(text, event->text);
	if (is_there)
		text_add(text, " (the file is there, its interpreter is not)");
	else if (is_exec && event->exit.code == EACCES)
		report_add_denied(text, event->text);
}

/* The hint belongs to the name that was sought, within the library's line. */
static void report_unexecutable(struct report *report,
				const struct muster_event *event)
{
	struct muster_event hinted = *event;
	char name[REPORT_LINE];
	struct text text;

	text_init(&text, name, sizeof(name));
	report_add_command(&text, report, event);
	hinted.text = name;
	report_words(report, &hinted, REPORT_LINE);
}

static void report_give_up(struct report *report,
			   const struct muster_event *event)
{
	char line[REPORT_LONG_LINE];
	struct text text;

	if (event->why != MUSTER_WHY_GIVE_UP) {
		report_unexecutable(report, event);
		return;
	}
	report_describe(&text, line, sizeof(line), event);
	text_add(&text, " (--give-up)");
	report_text(report, event, &text);
}

static void report_event_line(struct report *report,
			      const struct muster_event *event)
{
	switch ((int)event->kind) {
	case MUSTER_EVENT_EXITED:
		report_exited(report, event);
		break;
	case MUSTER_EVENT_OVERDUE:
		report_overdue(report, event);
		break;
	case MUSTER_EVENT_PARENT:
		report_parent(report, event);
		break;
	case MUSTER_EVENT_GIVE_UP:
		report_give_up(report, event);
		break;
	case MUSTER_EVENT_STARTED:
	case MUSTER_EVENT_STOPPING:
	case MUSTER_EVENT_READY:
	case MUSTER_EVENT_RELOAD:
	case MUSTER_EVENT_ROLLED:
	case MUSTER_EVENT_ABORTED:
		report_words(report, event, REPORT_LINE);
		break;
	default:
		report_words(report, event, REPORT_LONG_LINE);
	}
}

void report_event(struct report *report, const struct muster_event *event)
{
	if (report->log->is_json)
		report_event_json(report, report_level(report, event), event);
	else
		report_event_line(report, event);
}

static void report_summary_line(struct report *report,
				const struct muster_stats *stats, int status)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_format(&text,
		    "Shutdown finish, exit status %d [%llu started, %llu "
		    "restarts",
		    status, (unsigned long long)stats->started,
		    (unsigned long long)stats->restarts);
	if (stats->restart_count > 0) {
		text_add(&text, ", restart latency min ");
		text_add_duration(&text, stats->restart_min_ns);
		text_add(&text, " p50 ");
		text_add_duration(&text, stats->restart_p50_ns);
		text_add(&text, " p99 ");
		text_add_duration(&text, stats->restart_p99_ns);
		text_add(&text, " max ");
		text_add_duration(&text, stats->restart_max_ns);
	}
	text_add(&text, ", longest turn ");
	text_add_duration(&text, stats->turn_max_ns);
	text_add(&text, "]");
	log_line(report->log, LOG_NOTICE, text.data, text.length);
}

void report_summary(struct report *report, const struct muster_stats *stats,
		    int status)
{
	if (report->log->is_json)
		report_summary_json(report, stats, status);
	else
		report_summary_line(report, stats, status);
}

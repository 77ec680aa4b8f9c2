/*
 * report_json.c - events -> objects. One table says what applies to each kind
 * of event, one how each number is called; what does not apply is left out.
 * Written for every restart, so without printf.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "report_json.h"

/* A name that fills the line would leave no room for what happened. */
#define REPORT_NAME_MAX 1024U

enum report_field {
	FIELD_SLOT = 1 << 0, /* and generation */
	FIELD_PID = 1 << 1,
	FIELD_OLD_PID = 1 << 2, /* and latency_ns */
	FIELD_SIGNAL = 1 << 3,
	FIELD_SENDER = 1 << 4, /* uid and what the signal is taken for */
	FIELD_EXIT = 1 << 5,
	FIELD_NEXT = 1 << 6, /* and delay_ns */
	FIELD_WHY = 1 << 7,
	FIELD_UPTIME = 1 << 8,
	FIELD_COUNT = 1 << 9,
	FIELD_READY = 1 << 10,
	FIELD_ROLL = 1 << 11,
	FIELD_STATUS = 1 << 12,
	FIELD_ERROR = 1 << 13, /* code is an errno, if any */
	FIELD_TEXT = 1 << 14,
	FIELD_VERSION = 1 << 15,
	FIELD_DELAY = 1 << 16, /* delay_ns alone */
};

#define REPORT_WORKER (FIELD_SLOT | FIELD_PID | FIELD_READY | FIELD_ROLL)
#define REPORT_GROUP (FIELD_COUNT | FIELD_READY | FIELD_ROLL)

/* Without a name: not for people, but for this program. */
static const struct {
	const char *name;
	unsigned int fields;
} report_kinds[] = {
	[MUSTER_EVENT_ENGINE] = {"engine", FIELD_VERSION | FIELD_TEXT},
	[MUSTER_EVENT_LISTENING] = {"listening", FIELD_TEXT},
	[MUSTER_EVENT_STARTING] = {"starting", FIELD_COUNT},
	[MUSTER_EVENT_STARTED] = {"started", REPORT_WORKER | FIELD_OLD_PID},
	[MUSTER_EVENT_EXITED] = {"exited", REPORT_WORKER | FIELD_EXIT |
						   FIELD_NEXT | FIELD_WHY |
						   FIELD_UPTIME},
	[MUSTER_EVENT_STOPPING] = {"stopping", REPORT_WORKER | FIELD_SIGNAL |
						       FIELD_WHY | FIELD_ERROR},
	[MUSTER_EVENT_OVERDUE] = {"overdue", REPORT_WORKER | FIELD_SIGNAL |
						     FIELD_WHY | FIELD_ERROR},
	[MUSTER_EVENT_SIGNAL] = {"signal",
				 FIELD_PID | FIELD_SIGNAL | FIELD_SENDER},
	[MUSTER_EVENT_PARENT] = {"parent", FIELD_ERROR},
	[MUSTER_EVENT_STOP] = {"stop", FIELD_COUNT | FIELD_STATUS},
	[MUSTER_EVENT_GIVE_UP] = {"give-up", FIELD_SLOT | FIELD_EXIT |
						     FIELD_WHY | FIELD_TEXT},
	[MUSTER_EVENT_READY] = {"ready", REPORT_WORKER | FIELD_UPTIME},
	[MUSTER_EVENT_SERVING] = {"serving", FIELD_COUNT},
	[MUSTER_EVENT_STATUS] = {"status", REPORT_WORKER | FIELD_TEXT},
	[MUSTER_EVENT_REFUSED] = {"refused",
				  FIELD_PID | FIELD_COUNT | FIELD_TEXT},
	[MUSTER_EVENT_SCALED] = {"scaled", REPORT_GROUP},
	[MUSTER_EVENT_RELOAD] = {"reload", REPORT_GROUP | FIELD_SIGNAL},
	[MUSTER_EVENT_ROLLED] = {"rolled", REPORT_GROUP | FIELD_UPTIME},
	[MUSTER_EVENT_ABORTED] = {"aborted", REPORT_WORKER | FIELD_COUNT |
						     FIELD_EXIT | FIELD_WHY |
						     FIELD_UPTIME},
	[MUSTER_EVENT_REMOVED] = {"removed", 0},
	[MUSTER_EVENT_ORPHANS] = {"orphans", FIELD_COUNT},
	[MUSTER_EVENT_DRAIN] = {"drain", FIELD_COUNT | FIELD_DELAY},
	[MUSTER_EVENT_LEFTOVERS] = {"leftovers", FIELD_COUNT | FIELD_SIGNAL |
							 FIELD_TEXT |
							 FIELD_DELAY},
	[MUSTER_EVENT_SHARED_FATE] = {"shared-fate", FIELD_TEXT},
	[MUSTER_EVENT_LOST] = {"lost", FIELD_COUNT},
	[MUSTER_EVENT_DONE] = {"done", FIELD_COUNT | FIELD_STATUS},
};

_Static_assert(ARRAY_LEN(report_kinds) == MUSTER_EVENTS,
	       "a kind of event is not written");

enum number_type {
	NUMBER_U32,
	NUMBER_I32,
	NUMBER_U64,
};

/* A zero that means "none" is left out; a slot or a count may be 0. */
static const struct report_number {
	const char *key;
	unsigned int field;
	enum number_type type;
	bool skips_zero;
	size_t offset;
} report_numbers[] = {
#define NUMBER(member, field, type, skips_zero)                \
	{                                                      \
#member, (field), NUMBER_##type, (skips_zero), \
			offsetof(struct muster_event, member)  \
	}
	NUMBER(slot, FIELD_SLOT, U32, false),
	NUMBER(generation, FIELD_SLOT, U32, true),
	NUMBER(pid, FIELD_PID, I32, true),
	NUMBER(old_pid, FIELD_OLD_PID, I32, true),
	NUMBER(uptime_ns, FIELD_UPTIME, U64, true),
	NUMBER(latency_ns, FIELD_OLD_PID | FIELD_EXIT, U64, true),
	NUMBER(delay_ns, FIELD_NEXT | FIELD_DELAY, U64, true),
	NUMBER(count, FIELD_COUNT, U32, false),
	NUMBER(ready, FIELD_READY, U32, false),
	NUMBER(roll, FIELD_ROLL, U32, false),
#undef NUMBER
};

_Static_assert(sizeof(pid_t) == sizeof(int32_t), "a pid is read as int32_t");

static void report_add_number(struct json *json,
			      const struct report_number *number,
			      const struct muster_event *event)
{
	const char *at = (const char *)event + number->offset;
	uint64_t wide;
	uint32_t value;

	if (number->type == NUMBER_U64) {
		memcpy(&wide, at, sizeof(wide));
		if (wide != 0 || !number->skips_zero)
			json_add_u64(json, number->key, wide);
		return;
	}
	memcpy(&value, at, sizeof(value));
	if (value == 0 && number->skips_zero)
		return;
	if (number->type == NUMBER_I32)
		json_add_i64(json, number->key, (int32_t)value);
	else
		json_add_u64(json, number->key, value);
}

static void report_add_choice(struct json *json, const char *key,
			      const char *const *words, size_t count,
			      unsigned int index)
{
	if (index < count && words[index])
		json_add_word(json, key, words[index]);
}

static void report_add_sender(struct json *json,
			      const struct muster_event *event)
{
	static const char *const routes[MUSTER_ROUTES] = {
		[MUSTER_ROUTE_IGNORE] = "ignore",
		[MUSTER_ROUTE_STOP] = "stop",
		[MUSTER_ROUTE_KILL] = "kill",
		[MUSTER_ROUTE_RELOAD] = "reload",
		[MUSTER_ROUTE_MORE] = "more",
		[MUSTER_ROUTE_FEWER] = "fewer",
		[MUSTER_ROUTE_FORWARD] = "forward",
		[MUSTER_ROUTE_DRAIN] = "drain",
	};

	if (event->pid != 0) /* or it was the kernel, or nobody knows */
		json_add_u64(json, "uid", event->uid);
	report_add_choice(json, "route", routes, MUSTER_ROUTES,
			  (unsigned int)event->route);
	if (event->route != MUSTER_ROUTE_FORWARD)
		return;
	json_add_signal(json, "sent", event->sent);
	json_add_u64(json, "count", event->count);
	if (event->code != 0) /* it did not reach all of them */
		json_add_word(json, "error", compat_error_name(event->code));
}

static void report_add_sequel(struct json *json,
			      const struct muster_event *event)
{
	static const char *const nexts[MUSTER_NEXTS] = {
		[MUSTER_NEXT_NOW] = "now",
		[MUSTER_NEXT_LATER] = "later",
		[MUSTER_NEXT_NEVER] = "never",
	};

	report_add_choice(json, "next", nexts, MUSTER_NEXTS,
			  (unsigned int)event->next);
}

static void report_add_why(struct json *json, const struct muster_event *event)
{
	static const char *const whys[MUSTER_WHYS] = {
		[MUSTER_WHY_RULE] = "rule",
		[MUSTER_WHY_THROTTLE] = "throttle",
		[MUSTER_WHY_BACKOFF] = "backoff",
		[MUSTER_WHY_LAUNCH] = "launch",
		[MUSTER_WHY_UNEXECUTABLE] = "unexecutable",
		[MUSTER_WHY_GIVE_UP] = "give-up",
		[MUSTER_WHY_ASKED] = "asked",
		[MUSTER_WHY_NOT_READY] = "not-ready",
		[MUSTER_WHY_WATCHDOG] = "watchdog",
		[MUSTER_WHY_LEFT] = "left",
		[MUSTER_WHY_ROLLED] = "rolled",
	};

	report_add_choice(json, "why", whys, MUSTER_WHYS,
			  (unsigned int)event->why);
}

/* Unlimited is no number, and left out. */
static void report_add_limit(struct json *json,
			     const struct muster_event *event)
{
	if (event->limit_soft != UINT64_MAX)
		json_add_u64(json, "limit_soft", event->limit_soft);
	if (event->limit_hard != UINT64_MAX)
		json_add_u64(json, "limit_hard", event->limit_hard);
}

static void report_add_exit(struct json *json, const struct muster_event *event)
{
	static const char *const kinds[MUSTER_EXIT_KINDS] = {
		[MUSTER_EXIT_STATUS] = "status",
		[MUSTER_EXIT_SIGNAL] = "signal",
		[MUSTER_EXIT_LAUNCH] = "launch",
		[MUSTER_EXIT_UNKNOWN] = "unknown",
	};
	const struct muster_exit *how = &event->exit;

	/* Who did not become ready in time has not ended yet. */
	if (event->kind == MUSTER_EVENT_ABORTED &&
	    event->why == MUSTER_WHY_NOT_READY)
		return;
	json_open(json, "exit");
	report_add_choice(json, "kind", kinds, MUSTER_EXIT_KINDS,
			  (unsigned int)how->kind);
	if (how->kind != MUSTER_EXIT_UNKNOWN)
		json_add_i64(json, "code", how->code);
	if (how->kind == MUSTER_EXIT_SIGNAL) {
		json_add_signal(json, "signal", how->code);
		json_add_bool(json, "core", how->dumped_core);
		if (how->is_oom)
			json_add_bool(json, "oom", true);
	}
	if (how->kind == MUSTER_EXIT_LAUNCH) {
		json_add_word(json, "step", muster_step_name(how->step));
		if (how->step >= MUSTER_STEP_RLIMIT &&
		    how->step != MUSTER_STEP_CGROUP)
			json_add_i64(json, "value", event->value);
		if (event->asked)
			json_add_word(json, "asked", event->asked);
		if (how->step == MUSTER_STEP_RLIMIT)
			report_add_limit(json, event);
		json_add_word(json, "error", compat_error_name(how->code));
	}
	json_close(json);
}

/* What is no number, but for the strings of others, which come last. */
static void report_add_words(struct json *json, unsigned int fields,
			     const struct muster_event *event)
{
	if (fields & FIELD_VERSION)
		json_add_word(json, "version", muster_version());
	if (fields & FIELD_SIGNAL && event->signo != 0)
		json_add_signal(json, "signal", event->signo);
	if (fields & FIELD_SENDER)
		report_add_sender(json, event);
	if (fields & FIELD_EXIT)
		report_add_exit(json, event);
	if (fields & FIELD_NEXT)
		report_add_sequel(json, event);
	if (fields & FIELD_WHY)
		report_add_why(json, event);
	if (fields & FIELD_STATUS)
		json_add_i64(json, "status", event->code);
	if (fields & FIELD_ERROR && event->code != 0)
		json_add_word(json, "error", compat_error_name(event->code));
}

static void report_add_members(struct json *json, unsigned int fields,
			       const struct muster_event *event)
{
	if (event->number != 0)
		json_add_u64(json, "number", event->number);
	if (event->name)
		json_add_string(json,
				event->kind == MUSTER_EVENT_LISTENING
					? "listener"
					: "service",
				event->name, REPORT_NAME_MAX);
	for (size_t i = 0; i < ARRAY_LEN(report_numbers); i++)
		if (fields & report_numbers[i].field)
			report_add_number(json, &report_numbers[i], event);
	report_add_words(json, fields, event);
	if (fields & FIELD_TEXT && event->text)
		json_add_string(json, "text", event->text, SIZE_MAX);
}

void report_event_json(struct report *report, enum log_level level,
		       const struct muster_event *event)
{
	struct log_object object;

	if ((unsigned int)event->kind >= MUSTER_EVENTS ||
	    !report_kinds[event->kind].name)
		return;
	if (!log_open_object(report->log, level, report_kinds[event->kind].name,
			     event->time_ns, &object))
		return;
	report_add_members(&object.json, report_kinds[event->kind].fields,
			   event);
	log_close_object(report->log, &object);
}

static void report_add_latency(struct json *json,
			       const struct muster_stats *stats)
{
	json_open(json, "restart_latency");
	json_add_u64(json, "count", stats->restart_count);
	if (stats->restart_count > 0) {
		json_add_u64(json, "min_ns", stats->restart_min_ns);
		json_add_u64(json, "p50_ns", stats->restart_p50_ns);
		json_add_u64(json, "p99_ns", stats->restart_p99_ns);
		json_add_u64(json, "max_ns", stats->restart_max_ns);
	}
	json_close(json);
}

void report_summary_json(struct report *report,
			 const struct muster_stats *stats, int status)
{
	struct log_object object;
	struct json *json = &object.json;

	if (!log_open_object(report->log, LOG_NOTICE, "summary", 0, &object))
		return;
	json_add_i64(json, "status", status);
	json_add_u64(json, "started", stats->started);
	json_add_u64(json, "restarts", stats->restarts);
	json_add_u64(json, "exited", stats->exited);
	json_add_u64(json, "signaled", stats->signaled);
	json_add_u64(json, "launch_failures", stats->launch_failures);
	json_add_u64(json, "throttled", stats->throttled);
	json_add_u64(json, "overdue", stats->overdue);
	json_add_u64(json, "orphans", stats->orphans);
	json_add_u64(json, "turns", stats->turns);
	json_add_u64(json, "turn_max_ns", stats->turn_max_ns);
	report_add_latency(json, stats);
	log_close_object(report->log, &object);
}

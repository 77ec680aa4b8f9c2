/*
 * listing.c - options as lines; changes nothing.
 */
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/text.h"
#include "service/listing.h"

#define LISTING_DURATION 64

static const char *listing_flag(bool is_set)
{
	return is_set ? "true" : "false";
}

static const char *listing_text(const char *text)
{
	return text ? text : "unset";
}

/* As the reference has it, 0 is for ever (B1). */
static const char *listing_format(char buffer[LISTING_DURATION],
				  uint64_t duration_ns)
{
	struct text text;

	text_init(&text, buffer, LISTING_DURATION);
	if (duration_ns == MUSTER_FOREVER)
		text_add(&text, "0");
	else
		text_add_duration(&text, duration_ns);
	return buffer;
}

void listing_say(struct speaker *speaker, const struct settings *settings)
{
	static const char *const parent_deaths[MUSTER_PARENT_DEATHS] = {
		[MUSTER_PARENT_IGNORED] = "ignored",
		[MUSTER_PARENT_STOP] = "stop",
		[MUSTER_PARENT_KILL] = "kill",
	};
	const struct muster_launcher_options *options = &settings->options;
	char buffer[LISTING_DURATION];

	if (speaker->level < MUSTER_LOG_DEBUG)
		return;
	speak(speaker, MUSTER_LOG_DEBUG, "Full set of CONF:");
	speak(speaker, MUSTER_LOG_DEBUG, "graceful_shutdown_timeout = %s",
	      listing_format(buffer, options->graceful_timeout_ns));
	speak(speaker, MUSTER_LOG_DEBUG, "restart_method = %s",
	      options->restart_method == MUSTER_METHOD_RELOAD ? "reload"
							      : "mutate");
	speak(speaker, MUSTER_LOG_DEBUG, "parent_death = %s",
	      parent_deaths[options->parent_death]);
	speak(speaker, MUSTER_LOG_DEBUG, "engine = %s",
	      muster_engine_name(options->engine));
	speak(speaker, MUSTER_LOG_DEBUG, "always_fork = %s",
	      listing_flag(options->always_fork));
	speak(speaker, MUSTER_LOG_DEBUG, "is_guest = %s",
	      listing_flag(options->is_guest));
	speak(speaker, MUSTER_LOG_DEBUG, "is_subreaper = %s",
	      listing_flag(options->is_subreaper));
	speak(speaker, MUSTER_LOG_DEBUG, "backdoor_port = %s",
	      listing_text(settings->backdoor_port));
	speak(speaker, MUSTER_LOG_DEBUG, "backdoor_socket = %s",
	      listing_text(settings->backdoor_socket));
	/* Or this would not be said. */
	speak(speaker, MUSTER_LOG_DEBUG, "log_level = debug");
	speak(speaker, MUSTER_LOG_DEBUG, "log_options = true");
}

enum listing_kind {
	LISTING_COUNT,
	LISTING_NS,
	LISTING_SHARE, /* of the workers, or how many of them */
};

static const struct listing_rule {
	const char *name;
	enum listing_kind kind;
	size_t offset; /* in the rules; 0 there is what was not given */
} listing_rules[] = {
#define RULE(name, kind, field)                                          \
	{                                                                \
		name, kind, offsetof(struct muster_group_options, field) \
	}
	RULE("throttle_burst", LISTING_COUNT, throttle_burst),
	RULE("throttle_interval", LISTING_NS, throttle_interval_ns),
	RULE("healthy_after", LISTING_NS, healthy_after_ns),
	RULE("backoff_min", LISTING_NS, backoff_min_ns),
	RULE("backoff_max", LISTING_NS, backoff_max_ns),
	RULE("give_up_deaths", LISTING_COUNT, give_up_deaths),
	RULE("give_up_window", LISTING_NS, give_up_window_ns),
	RULE("max_surge", LISTING_SHARE, max_surge),
	RULE("max_unavailable", LISTING_SHARE, max_unavailable),
	RULE("ready_timeout", LISTING_NS, ready_timeout_ns),
	RULE("watchdog", LISTING_NS, watchdog_ns),
	RULE("listeners", LISTING_COUNT, listener_count),
#undef RULE
};

/* False when it was not given. */
static bool listing_add_rule(struct text *text, const struct listing_rule *rule,
			     const struct muster_group_options *rules)
{
	const char *field = (const char *)rules + rule->offset;
	char buffer[LISTING_DURATION];
	uint64_t duration_ns;
	int32_t number;

	if (rule->kind == LISTING_NS) {
		memcpy(&duration_ns, field, sizeof(duration_ns));
		text_add(text, listing_format(buffer, duration_ns));
		return duration_ns != 0;
	}
	memcpy(&number, field, sizeof(number)); /* all are far below 2^31 */
	if (rule->kind == LISTING_SHARE && number == MUSTER_ROLL_NONE)
		text_add(text, "none");
	else if (rule->kind == LISTING_SHARE && number < 0)
		text_format(text, "%d%%", -number);
	else
		text_format(text, "%u", (uint32_t)number);
	return number != 0;
}

/* What the rules point to is the caller's, and may be gone by now. */
static void listing_say_rules(struct speaker *speaker,
			      const struct service *service)
{
	const struct muster_group_options *rules = &service->rules;

	for (size_t i = 0; i < ARRAY_LEN(listing_rules); i++) {
		const struct listing_rule *rule = &listing_rules[i];
		char buffer[LISTING_DURATION];
		struct text text;

		text_init(&text, buffer, sizeof(buffer));
		if (listing_add_rule(&text, rule, rules))
			speak(speaker, MUSTER_LOG_DEBUG, "%s: %s = %s",
			      service->name, rule->name, buffer);
	}
	if (rules->directory)
		speak(speaker, MUSTER_LOG_DEBUG, "%s: directory = given",
		      service->name);
	if (rules->sets_umask)
		speak(speaker, MUSTER_LOG_DEBUG, "%s: umask = %03o",
		      service->name, rules->umask);
}

void listing_say_service(struct speaker *speaker, const struct service *service,
			 int workers)
{
	static const char *const readies[MUSTER_SERVICE_READIES] = {
		[MUSTER_SERVICE_READY_START] = "start",
		[MUSTER_SERVICE_READY_FORK] = "fork",
		[MUSTER_SERVICE_READY_TOLD] = "told",
	};
	char buffer[LISTING_DURATION];

	if (speaker->level < MUSTER_LOG_DEBUG)
		return;
	if (workers == MUSTER_WORKERS_UNSET)
		speak(speaker, MUSTER_LOG_DEBUG,
		      "%s: workers = in this process", service->name);
	else
		speak(speaker, MUSTER_LOG_DEBUG, "%s: workers = %d",
		      service->name, workers);
	speak(speaker, MUSTER_LOG_DEBUG, "%s: ready = %s", service->name,
	      readies[service->ready]);
	speak(speaker, MUSTER_LOG_DEBUG, "%s: stop_timeout = %s", service->name,
	      listing_format(buffer, service->stop_timeout_ns));
	listing_say_rules(speaker, service);
}

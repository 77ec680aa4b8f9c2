/*
 * listing.c - options as lines; changes nothing.
 */
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
	speak(speaker, MUSTER_LOG_DEBUG, "log_options = true");
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
}

/*
 * settings.c - refuses what makes no sense, in words for people; opens nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/nsec.h"
#include "core/spec.h"
#include "service/backdoor.h"
#include "service/settings.h"

#define SETTINGS_GRACEFUL_NS (60 * NSEC_PER_SEC) /* B1 */

static int settings_refuse(struct text *error, const char *what)
{
	text_add(error, what);
	return -EINVAL;
}

int settings_copy(void *ours, size_t size, const void *theirs,
		  struct text *error)
{
	size_t their_size;
	int r;

	if (!theirs)
		return 0;
	memcpy(&their_size, theirs, sizeof(their_size));
	r = spec_copy_options(ours, size, theirs, their_size);
	if (r == -EINVAL)
		text_add(error, "a struct without its size: use its _INIT");
	else if (r == -E2BIG)
		text_add(error, "an option that this version does not know");
	return r;
}

static bool settings_are_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static int settings_check(const struct muster_launcher_options *options,
			  struct text *error)
{
	/* B3: before anything else has happened. */
	if ((unsigned int)options->restart_method >= MUSTER_METHODS) {
		text_format(error, "Invalid restart_method: %d",
			    (int)options->restart_method);
		return -EINVAL;
	}
	if ((unsigned int)options->engine >= MUSTER_ENGINES)
		return settings_refuse(error, "unknown engine");
	if ((unsigned int)options->parent_death >= MUSTER_PARENT_DEATHS)
		return settings_refuse(error, "unknown parent_death");
	if ((unsigned int)options->log_level >= MUSTER_LOG_LEVELS)
		return settings_refuse(error, "unknown log_level");
	if (options->is_guest && options->is_subreaper)
		return settings_refuse(error, "a guest is no subreaper");
	if (!settings_are_zero(options->reserved, sizeof(options->reserved)))
		return settings_refuse(error, "reserved bytes are not 0");
	return backdoor_check(options->backdoor_port, options->backdoor_socket,
			      error);
}

static int settings_copy_string(const char *given, char **ret_copy)
{
	if (!given)
		return 0;
	*ret_copy = strdup(given);
	return *ret_copy ? 0 : -ENOMEM;
}

int settings_read(struct settings *settings,
		  const struct muster_launcher_options *options,
		  struct text *error)
{
	struct muster_launcher_options *ours = &settings->options;
	int r;

	*settings = (struct settings){
		.options = MUSTER_LAUNCHER_OPTIONS_INIT,
		.hooks = MUSTER_HOOKS_INIT,
	};
	r = settings_copy(ours, sizeof(*ours), options, error);
	if (r == 0)
		r = settings_check(ours, error);
	if (r == 0)
		r = settings_copy(&settings->hooks, sizeof(settings->hooks),
				  ours->hooks, error);
	if (r == 0)
		r = settings_copy_string(ours->backdoor_port,
					 &settings->backdoor_port);
	if (r == 0)
		r = settings_copy_string(ours->backdoor_socket,
					 &settings->backdoor_socket);
	if (r < 0) {
		settings_fini(settings);
		return r;
	}
	ours->backdoor_port = settings->backdoor_port;
	ours->backdoor_socket = settings->backdoor_socket;
	ours->hooks = NULL;
	if (ours->graceful_timeout_ns == 0)
		ours->graceful_timeout_ns = SETTINGS_GRACEFUL_NS;
	return 0;
}

void settings_fini(struct settings *settings)
{
	free(settings->backdoor_port);
	free(settings->backdoor_socket);
	settings->backdoor_port = NULL;
	settings->backdoor_socket = NULL;
}

static int service_check(const struct muster_service *given, struct text *error)
{
	if (!given->ops)
		return settings_refuse(error, "a service without ops");
	if ((unsigned int)given->ready >= MUSTER_SERVICE_READIES)
		return settings_refuse(error, "unknown readiness of a service");
	if (!settings_are_zero(given->reserved, sizeof(given->reserved)))
		return settings_refuse(error, "reserved bytes are not 0");
	if (given->name && given->name[0] == '\0')
		return settings_refuse(error, "a service with an empty name");
	return 0;
}

/* What a service says elsewhere, or does not have. */
static int service_check_rules(const struct muster_group_options *rules,
			       struct text *error)
{
	if (rules->argv || rules->environment || rules->run || rules->name)
		return settings_refuse(error, "the rules of a service name a "
					      "program");
	if (rules->workers != 0)
		return settings_refuse(error, "the rules of a service say how "
					      "many workers");
	if (rules->ready != MUSTER_READY_EXEC || rules->ready_fd != 0)
		return settings_refuse(error, "the rules of a service have a "
					      "readiness of programs");
	if (rules->restart_method != MUSTER_METHOD_RELOAD)
		return settings_refuse(error, "the restart method is the "
					      "launcher's");
	if (rules->pass_fd_count != 0)
		return settings_refuse(error, "a service has all descriptors, "
					      "none is to be passed");
	if (rules->stop_signal != 0 && rules->stop_signal != SIGTERM)
		return settings_refuse(error, "a service is stopped by "
					      "SIGTERM");
	return 0;
}

static int service_fill(struct service *service,
			const struct settings *settings,
			const struct muster_service *given, struct text *error)
{
	int r = settings_copy(&service->ops, sizeof(service->ops), given->ops,
			      error);

	if (r == 0 && !service->ops.start)
		r = settings_refuse(error, "a service without start");
	if (r == 0)
		r = settings_copy(&service->rules, sizeof(service->rules),
				  given->rules, error);
	if (r == 0)
		r = service_check_rules(&service->rules, error);
	if (r == 0)
		r = settings_copy_string(given->name ? given->name : "service",
					 &service->name);
	service->data = given->data;
	service->ready = given->ready;
	if (service->rules.stop_timeout_ns == 0)
		service->rules.stop_timeout_ns =
			settings->options.graceful_timeout_ns;
	service->stop_timeout_ns = service->rules.stop_timeout_ns;
	return r;
}

int service_new(const struct settings *settings,
		const struct muster_service *given,
		struct service **ret_service, struct text *error)
{
	struct muster_service known = MUSTER_SERVICE_INIT;
	struct service *service;
	int r;

	if (!given)
		return -EINVAL;
	r = settings_copy(&known, sizeof(known), given, error);
	if (r == 0)
		r = service_check(&known, error);
	if (r < 0)
		return r;
	service = calloc(1, sizeof(*service));
	if (!service)
		return -ENOMEM;
	service->rules = (struct muster_group_options)MUSTER_GROUP_OPTIONS_INIT;
	r = service_fill(service, settings, &known, error);
	if (r < 0) {
		service_free(service);
		return r;
	}
	*ret_service = service;
	return 0;
}

struct service *service_free(struct service *service)
{
	if (!service)
		return NULL;
	free(service->name);
	free(service);
	return NULL;
}

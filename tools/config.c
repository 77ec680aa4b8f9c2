/*
 * config.c - what a configuration file says of the launcher and of a service.
 */
#include <errno.h>
#include <string.h>

#include "addresses.h"
#include "base/cleanup.h"
#include "config.h"

/* Values of [DEFAULT] times services, for each service is built on all of
 * them. */
#define CONFIG_DEFAULTS_MAX 4000000U

struct assignments config_assignments(const struct config *config,
				      const struct config_section *section)
{
	const struct config_section *defaults = &config->defaults;
	struct assignments assignments = {0};

	if (defaults->count > 0) {
		assignments.defaults = &config->assignments[defaults->first];
		assignments.default_count = defaults->count;
	}
	if (section && section->count > 0) {
		assignments.own = &config->assignments[section->first];
		assignments.own_count = section->count;
	}
	return assignments;
}

static int config_set(const struct assignment *assignment,
		      struct launcher_options *launcher,
		      struct service_options *service,
		      struct complaints *complaints)
{
	char buffer[512];
	struct text reason;
	int r;

	text_init(&reason, buffer, sizeof(buffer));
	r = setting_apply(assignment->index, assignment->value, launcher,
			  service, &reason);
	if (r < 0 && r != -ENOMEM)
		complain(complaints, assignment->line,
			 "key \"%s\" \"%.128s\": %s",
			 settings[assignment->index].key, assignment->value,
			 buffer);
	return r;
}

/* All are tried, so that all that is wrong is said. */
static int config_set_service(const struct assignment *assignments,
			      size_t count, struct service_options *service,
			      struct complaints *complaints)
{
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		int q = 0;

		if (settings[assignments[i].index].set_service)
			q = config_set(&assignments[i], NULL, service,
				       complaints);
		r = q < 0 ? q : r;
	}
	return r;
}

static bool config_has(const struct assignment *assignments, size_t count,
		       enum setting_index index)
{
	for (size_t i = 0; i < count; i++)
		if (assignments[i].index == index)
			return true;
	return false;
}

bool config_is_awaited(const struct config *config, const char *name)
{
	struct assignments all = config_assignments(config, NULL);

	for (size_t i = 0; i < all.default_count; i++)
		if (all.defaults[i].index == SETTING_after &&
		    strcmp(all.defaults[i].value, name) == 0)
			return true;
	return false;
}

int config_set_launcher(const struct config *config,
			const struct assignments *given,
			struct launcher_options *launcher,
			struct complaints *complaints)
{
	struct assignments all = config_assignments(config, NULL);
	int r = 0;

	for (size_t i = 0; i < all.default_count; i++) {
		const struct assignment *one = &all.defaults[i];
		struct launcher_options unused = LAUNCHER_OPTIONS_INIT;
		bool is_given =
			config_has(given->own, given->own_count, one->index);
		int q = 0;

		if (settings[one->index].set_launcher)
			q = config_set(one, is_given ? &unused : launcher, NULL,
				       complaints);
		r = q < 0 ? q : r;
	}
	return r;
}

/* Lists grow by what a service says itself, all else is replaced, a command
 * too. */
static int config_set_both(const struct config *config,
			   const struct config_section *section,
			   struct service_options *service,
			   struct complaints *complaints)
{
	struct assignments all = config_assignments(config, section);
	int r = config_set_service(all.defaults, all.default_count, service,
				   complaints);

	if (r < 0)
		return r;
	if (config_is_awaited(config, section->name))
		stringlist_fini(&service->after);
	if (config_has(all.own, all.own_count, SETTING_command))
		stringlist_fini(&service->command);
	return config_set_service(all.own, all.own_count, service, complaints);
}

static bool config_is_only(const struct config *config)
{
	return config->section_count == 1;
}

int config_build(const struct config *config,
		 const struct config_section *section,
		 const struct inherited *inherited,
		 struct service_options *service, struct complaints *complaints)
{
	char buffer[256];
	struct text reason;
	int r;

	service_init(service);
	service->may_be_parked = true;
	service->group.name = section->name;
	r = config_set_both(config, section, service, complaints);
	if (r < 0)
		return r;
	text_init(&reason, buffer, sizeof(buffer));
	r = inherit_give(inherited, service,
			 config_is_only(config) ? NULL : section->name,
			 &reason);
	if (r == 0)
		r = inherit_check(inherited, service, &reason);
	if (r == 0)
		r = service_check(service, &reason);
	/* It may have been in a line that could not be read. */
	if (r == 0 && service->command.count == 0 && !config->is_faulty) {
		text_add(&reason, "no command");
		r = -EINVAL;
	}
	if (r < 0)
		complain(complaints, section->line, "service \"%.64s\": %s",
			 section->name, buffer);
	return r;
}

/* Values by themselves, whoever's they are. */
static int config_try(const struct assignment *assignments, size_t count,
		      struct complaints *complaints)
{
	struct service_options service;
	int r;

	service_init(&service);
	service.may_be_parked = true;
	r = config_set_service(assignments, count, &service, complaints);
	service_fini(&service);
	return r;
}

/* While they are built muster hears nothing else. */
static int config_check_product(const struct config *config,
				struct complaints *complaints)
{
	uint64_t values = config->defaults.count;

	if (values * config->section_count <= CONFIG_DEFAULTS_MAX)
		return 0;
	complain(complaints, config->defaults.line,
		 "section [DEFAULT]: %u values for each of %u services, "
		 "together more than %u",
		 config->defaults.count, config->section_count,
		 CONFIG_DEFAULTS_MAX);
	return -EINVAL;
}

/* What is wrong there is said once, and not for each service. */
static int config_check_defaults(const struct config *config,
				 struct complaints *complaints)
{
	struct launcher_options launcher = LAUNCHER_OPTIONS_INIT;
	struct assignments all = config_assignments(config, NULL);
	int r = config_set_launcher(config, &(struct assignments){0}, &launcher,
				    complaints);
	int q = config_try(all.defaults, all.default_count, complaints);

	return q < 0 ? q : r;
}

/* One address, one service. */
static int config_check_listeners(const struct config_section *section,
				  const struct service_options *service,
				  struct addresses *addresses,
				  struct complaints *complaints)
{
	int r = 0;

	for (uint32_t i = 0; i < service->group.listener_count; i++) {
		const char *address = service->listeners[i].address;
		const char *other = NULL;
		int q = address ? addresses_claim(addresses, address,
						  section->name, &other)
				: 0;

		if (q == -ENOMEM)
			return q;
		if (q == 0)
			continue;
		complain(complaints, section->line,
			 "service \"%.64s\": listens on %.128s, as service "
			 "\"%.64s\" does",
			 section->name, address, other);
		r = -EINVAL;
	}
	return r;
}

static int config_check_services(const struct config *config,
				 const struct inherited *inherited,
				 struct complaints *complaints)
{
	_cleanup_(addresses_fini) struct addresses addresses = {0};
	int r = 0;

	for (uint32_t i = 0; i < config->section_count; i++) {
		struct service_options service;
		int q = config_build(config, &config->sections[i], inherited,
				     &service, complaints);

		if (q == 0)
			q = config_check_listeners(&config->sections[i],
						   &service, &addresses,
						   complaints);
		service_fini(&service);
		r = q < 0 ? q : r;
	}
	return r;
}

/* On a [DEFAULT] that is wrong none can be built. */
static int config_try_services(const struct config *config,
			       struct complaints *complaints)
{
	int r = 0;

	for (uint32_t i = 0; i < config->section_count; i++) {
		struct assignments all =
			config_assignments(config, &config->sections[i]);
		int q = config_try(all.own, all.own_count, complaints);

		r = q < 0 ? q : r;
	}
	return r;
}

/* And, where that can be, their order. */
static int config_check_values(struct config *config,
			       const struct inherited *inherited,
			       struct complaints *complaints)
{
	int r = config_check_defaults(config, complaints);
	int product = config_check_product(config, complaints);
	int q;

	if (product < 0) {
		(void)config_try_services(config, complaints);
		return product;
	}
	q = r < 0 ? config_try_services(config, complaints)
		  : config_check_services(config, inherited, complaints);
	r = q < 0 ? q : r;
	if (config->section_count > 0)
		q = config_arrange(config, complaints);
	return q < 0 ? q : r;
}

int config_check(struct config *config, const struct inherited *inherited,
		 struct complaints *complaints)
{
	int r = config_read(config, complaints);

	if (r == 0 || r == -EINVAL) {
		int q = config_check_values(config, inherited, complaints);

		r = q < 0 ? q : r;
	}
	if (r == -ENOMEM)
		complain(complaints, 0, "%s", strerror(ENOMEM));
	(void)complaints_close(complaints); /* r says the same */
	return r;
}

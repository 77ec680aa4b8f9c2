/*
 * declared.c - what holds of a configuration file without a fault: sections and
 * values lie where they should, each service can be built and is one that the
 * library takes, and none starts before those that it is to start after.
 */
#include "core/spec_check.h"
#include "fuzz/declared.h"
#include "fuzz/fuzz.h"

/* NUL included, within the block that the values share. */
static void check_string(const struct config *config, size_t size,
			 const char *string)
{
	const char *end = config->text + size + 2;

	assert(string >= config->text);
	assert(string < end);
	assert(strnlen(string, (size_t)(end - string)) <
	       (size_t)(end - string));
}

static void check_assignment(const struct config *config,
			     const struct config_section *section,
			     const struct assignment *assignment)
{
	const struct setting *setting = &settings[assignment->index];

	assert(assignment->index < SETTINGS_OF_FILE);
	assert(assignment->index != SETTING_name);
	assert(setting->scope != SETTING_SCOPE_line);
	assert(setting->scope != SETTING_SCOPE_launcher || !section->name);
	assert(assignment->line > section->line);
	for (uint32_t i = 0; i < section->count; i++) {
		const struct assignment *other =
			&config->assignments[section->first + i];

		if (other == assignment)
			return;
		assert(other->line <= assignment->line);
		if (setting->scope != SETTING_SCOPE_list)
			assert(other->index != assignment->index);
	}
}

static void check_section(const struct config *config, size_t size,
			  uint32_t lines, const struct config_section *section)
{
	assert(section->line > 0);
	assert(section->line <= lines);
	assert(section->first + section->count <= config->assignment_count);
	for (uint32_t i = 0; i < section->count; i++) {
		const struct assignment *assignment =
			&config->assignments[section->first + i];

		assert(assignment->line <= lines);
		check_string(config, size, assignment->value);
		check_assignment(config, section, assignment);
	}
}

/* By name they are sorted and can be found; to start there is each one once. */
static void check_orders(const struct config *config)
{
	_cleanup_free_ bool *is_placed =
		calloc(config->section_count, sizeof(*is_placed));

	assert(is_placed);
	for (uint32_t i = 0; i < config->section_count; i++) {
		const struct config_section *section =
			&config->sections[config->by_name[i]];

		assert(config_find(config, section->name) == section);
		if (i > 0)
			assert(strcmp(config->sections[config->by_name[i - 1]]
					      .name,
				      section->name) < 0);
		assert(config->order[i] < config->section_count);
		assert(!is_placed[config->order[i]]);
		is_placed[config->order[i]] = true;
	}
}

static uint32_t place_of(const struct config *config, const char *name)
{
	const struct config_section *section = config_find(config, name);
	uint32_t place = 0;

	assert(section);
	while (&config->sections[config->order[place]] != section)
		place++;
	return place;
}

/* What [DEFAULT] says of the service itself is not meant for it. */
static void check_after(const struct config *config,
			const struct config_section *section,
			const struct service_options *service)
{
	uint32_t place = place_of(config, section->name);

	for (uint32_t i = 0; i < service->after.count; i++) {
		const char *before = service->after.items[i];

		if (strcmp(before, section->name) != 0)
			assert(place_of(config, before) < place);
	}
}

static void build(const struct config *config,
		  const struct config_section *section,
		  struct service_options *service,
		  struct complaints *complaints)
{
	const struct inherited inherited = {0};
	unsigned int before = complaints->count;

	assert(config_build(config, section, &inherited, service, complaints) ==
	       0);
	assert(complaints->count == before);
}

static void check_accepted(struct service_options *service)
{
	const struct muster_group_options *group = &service->group;
	char buffer[256];
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	assert(service_finish(service, NULL) == 0);
	assert(spec_check(group, &error) == 0);
	assert(buffer[0] == '\0');
	assert(group->max_surge >= -100 ||
	       group->max_surge == MUSTER_ROLL_NONE);
	assert(group->max_unavailable >= -100 ||
	       group->max_unavailable == MUSTER_ROLL_NONE);
	for (uint32_t i = 0; i < service->file_variables.count; i++)
		assert(strchr(service->file_variables.items[i], '='));
}

/* Built twice it is the same. */
static struct digest check_service(const struct config *config,
				   const struct config_section *section,
				   struct complaints *complaints)
{
	struct service_options service;
	struct digest digest;

	build(config, section, &service, complaints);
	digest = digest_service(&service);
	service_fini(&service);
	build(config, section, &service, complaints);
	assert(digest_equal(digest, digest_service(&service)));
	assert(service.group.name == section->name);
	check_after(config, section, &service);
	check_accepted(&service);
	digest.low += service.group.workers; /* which are no part of it */
	service_fini(&service);
	return digest;
}

static void check_launcher(const struct config *config,
			   struct complaints *complaints)
{
	struct launcher_options launcher = LAUNCHER_OPTIONS_INIT;
	unsigned int before = complaints->count;

	assert(config_set_launcher(config, &(struct assignments){0}, &launcher,
				   complaints) == 0);
	assert(complaints->count == before);
}

static void mix(struct digest *all, struct digest one)
{
	all->high = all->high * 31 + one.high;
	all->low = all->low * 31 + one.low;
}

struct digest declared_check(const struct config *config, size_t size,
			     uint32_t lines, struct complaints *complaints)
{
	struct digest all = {0};

	assert(!config->is_faulty);
	assert(config->section_count > 0);
	if (config->defaults.line > 0)
		check_section(config, size, lines, &config->defaults);
	for (uint32_t i = 0; i < config->section_count; i++) {
		const struct config_section *section = &config->sections[i];

		check_string(config, size, section->name);
		assert(section->name[0] != '\0');
		check_section(config, size, lines, section);
	}
	check_orders(config);
	check_launcher(config, complaints);
	for (uint32_t i = 0; i < config->section_count; i++) {
		const struct config_section *section =
			&config->sections[config->order[i]];

		mix(&all, digest_string(section->name));
		mix(&all, check_service(config, section, complaints));
	}
	return all;
}

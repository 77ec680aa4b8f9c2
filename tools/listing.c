/*
 * listing.c - the options in force, as lines at level debug.
 */
#include <string.h>

#include "listing.h"

static void listing_print_value(struct log *log, const char *service,
				enum setting_index index, const char *value)
{
	size_t length = strlen(value);
	bool is_secret = index == SETTING_environment;

	if (is_secret)
		length = strcspn(value, "=");
	log_format(log, LOG_DEBUG, "%s%s%s%s = %.*s%s",
		   service ? "service:" : "", service ? service : "",
		   service ? ": " : "", settings[index].flag, (int)length,
		   value, is_secret ? "=..." : "");
}

static const struct assignment *listing_get(const struct assignments *of,
					    size_t place)
{
	return place < of->default_count ? &of->defaults[place]
					 : &of->own[place - of->default_count];
}

/* All values of a list, the last one of anything else. */
static void listing_print_setting(struct log *log, const char *service,
				  enum setting_index index,
				  const struct assignments *assignments)
{
	const struct setting *setting = &settings[index];
	const char *value = setting->fallback ? setting->fallback : "";
	size_t count = assignments->default_count + assignments->own_count;

	for (size_t i = 0; i < count; i++) {
		const struct assignment *one = listing_get(assignments, i);

		if (one->index != index)
			continue;
		if (setting->scope == SETTING_SCOPE_list)
			listing_print_value(log, service, index, one->value);
		value = one->value ? one->value : "true";
	}
	if (setting->scope != SETTING_SCOPE_list)
		listing_print_value(log, service, index, value);
}

void listing_print(struct log *log, const char *service,
		   const struct assignments *assignments)
{
	int count = service ? SETTINGS_OF_FILE : SETTINGS;

	for (int i = 0; i < count; i++)
		if (setting_is_of((enum setting_index)i, SETTING_VERB_run) &&
		    (settings[i].set_service != NULL) == (service != NULL))
			listing_print_setting(log, service,
					      (enum setting_index)i,
					      assignments);
}

/*
 * settings_privileges.c - the options that say with whose rights a worker runs.
 * One small setter each. Names are looked up, nothing is set.
 */
#include <errno.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "capabilities.h"
#include "rights.h"
#include "settings.h"

#define SETTING_SET "all, none, or capabilities such as net_raw,chown"

int option_set_user(struct service_options *options, const char *value,
		    struct text *error)
{
	struct rights *rights = rights_of(options);
	struct identity user;
	int r;

	if (!rights)
		return -ENOMEM;
	if (value[0] == '\0' || value[0] == ':')
		return setting_refuse(error, "NAME|UID[:GROUP]");
	r = identity_parse_user(value, &user, error);
	if (r < 0)
		return r;
	identity_fini(&rights->user);
	rights->user = user;
	rights->has_user = true;
	rights_settle(rights);
	return 0;
}

int option_set_gid(struct service_options *options, const char *value,
		   struct text *error)
{
	struct rights *rights = rights_of(options);
	int r;

	if (!rights)
		return -ENOMEM;
	if (value[0] == '\0')
		return setting_refuse(error, "a group");
	r = identity_parse_group(value, &rights->gid, error);
	if (r < 0)
		return r;
	rights->has_gid = true;
	rights_settle(rights);
	return 0;
}

/* Splits text in place. */
static int setting_parse_groups(char *text, uint32_t *groups,
				uint32_t *ret_count, struct text *error)
{
	uint32_t count = 0;
	char *name;

	while ((name = strsep(&text, ",")) != NULL) {
		int r = name[0] == '\0'
				? setting_refuse(error, "groups with commas "
							"between them, or none")
				: identity_parse_group(name, &groups[count++],
						       error);

		if (r < 0)
			return r;
	}
	*ret_count = count;
	return 0;
}

int option_set_groups(struct service_options *options, const char *value,
		      struct text *error)
{
	struct rights *rights = rights_of(options);
	bool is_none = strcmp(value, "none") == 0;
	_cleanup_free_ char *names = strdup(value);
	/* One for each comma, and one more. */
	_cleanup_free_ uint32_t *groups =
		calloc(strlen(value) + 1, sizeof(*groups));
	uint32_t count = 0;
	int r = 0;

	if (!rights || !names || !groups)
		return -ENOMEM;
	if (!is_none)
		r = setting_parse_groups(names, groups, &count, error);
	if (r < 0)
		return r;
	free(rights->groups);
	rights->groups = TAKE_PTR(groups);
	rights->group_count = count;
	rights->has_groups = true;
	rights_settle(rights);
	return 0;
}

int option_set_cap_bound(struct service_options *options, const char *value,
			 struct text *error)
{
	struct rights *rights = rights_of(options);
	uint64_t set;

	if (!rights)
		return -ENOMEM;
	if (capabilities_parse(value, &set) < 0)
		return setting_refuse(error, SETTING_SET);
	rights->unbound = ~set;
	rights_settle(rights);
	return 0;
}

int option_set_cap_drop(struct service_options *options, const char *value,
			struct text *error)
{
	struct rights *rights = rights_of(options);
	uint64_t set;

	if (!rights)
		return -ENOMEM;
	if (capabilities_parse(value, &set) < 0)
		return setting_refuse(error, SETTING_SET);
	rights->cap_drop |= set;
	rights_settle(rights);
	return 0;
}

int option_set_cap_ambient(struct service_options *options, const char *value,
			   struct text *error)
{
	struct rights *rights = rights_of(options);
	uint64_t set;

	if (!rights)
		return -ENOMEM;
	if (capabilities_parse(value, &set) < 0)
		return setting_refuse(error, SETTING_SET);
	rights->cap_ambient = set;
	rights->asked.sets_cap_ambient = true;
	rights_settle(rights);
	return 0;
}

int option_set_no_new_privs(struct service_options *options, const char *value,
			    struct text *error)
{
	struct rights *rights = rights_of(options);

	if (!rights)
		return -ENOMEM;
	return setting_parse_bool(value, &rights->asked.no_new_privileges,
				  error);
}

/* Not keep-caps, which every execve clears. */
static const struct {
	const char *name;
	uint32_t bit;
} setting_securebits[] = {
	{"noroot", SECBIT_NOROOT},
	{"noroot-locked", SECBIT_NOROOT_LOCKED},
	{"no-setuid-fixup", SECBIT_NO_SETUID_FIXUP},
	{"no-setuid-fixup-locked", SECBIT_NO_SETUID_FIXUP_LOCKED},
	{"keep-caps-locked", SECBIT_KEEP_CAPS_LOCKED},
	{"no-cap-ambient-raise", SECBIT_NO_CAP_AMBIENT_RAISE},
	{"no-cap-ambient-raise-locked", SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED},
};

static uint32_t setting_find_securebit(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(setting_securebits); i++)
		if (strlen(setting_securebits[i].name) == length &&
		    memcmp(setting_securebits[i].name, word, length) == 0)
			return setting_securebits[i].bit;
	return 0;
}

int option_set_securebits(struct service_options *options, const char *value,
			  struct text *error)
{
	struct rights *rights = rights_of(options);
	bool is_none = strcmp(value, "none") == 0;
	uint32_t bits = 0;

	if (!rights)
		return -ENOMEM;
	for (const char *rest = value; rest && !is_none;) {
		size_t length = strcspn(rest, ",");
		uint32_t bit = setting_find_securebit(rest, length);

		if (bit == 0)
			return setting_refuse(
				error, "none, or of noroot, no-setuid-fixup, "
				       "no-cap-ambient-raise, each also with "
				       "-locked, and keep-caps-locked");
		bits |= bit;
		rest = rest[length] ? rest + length + 1 : NULL;
	}
	rights->asked.sets_securebits = true;
	rights->asked.securebits = bits;
	return 0;
}

/*
 * settings_limits.c - the options that say how much of the machine a worker may
 * have: limits, niceness, OOM score, CPUs, cgroup. One small setter each.
 * Checks form, sets nothing.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limitname.h"
#include "base/parse.h"
#include "rights.h"
#include "settings.h"

static int setting_parse_limit(const char *value, uint64_t *ret_limit)
{
	if (strcmp(value, "unlimited") == 0) {
		*ret_limit = UINT64_MAX;
		return 0;
	}
	return parse_size(value, ret_limit);
}

/* Splits text in place. */
static int setting_parse_rlimit(char *text, unsigned int *ret_resource,
				struct muster_limit *ret_limit)
{
	char *soft = strchr(text, '=');
	char *hard = soft ? strchr(soft, ':') : NULL;

	if (!soft)
		return -EINVAL;
	*soft++ = '\0';
	if (hard)
		*hard++ = '\0';
	if (limitname_find(text, ret_resource) < 0 ||
	    setting_parse_limit(soft, &ret_limit->soft) < 0 ||
	    setting_parse_limit(hard ? hard : soft, &ret_limit->hard) < 0)
		return -EINVAL;
	return ret_limit->soft <= ret_limit->hard ? 0 : -EINVAL;
}

int option_set_rlimit(struct service_options *options, const char *value,
		      struct text *error)
{
	struct rights *rights = rights_of(options);
	_cleanup_free_ char *text = strdup(value);
	struct muster_limit limit;
	unsigned int resource;

	if (!rights || !text)
		return -ENOMEM;
	if (setting_parse_rlimit(text, &resource, &limit) < 0)
		return setting_refuse(error, "NAME=SOFT[:HARD] such as "
					     "nofile=1024:4096, core=0 or "
					     "as=2G, SOFT not above HARD, or "
					     "unlimited");
	rights->asked.sets_limits |= 1U << resource;
	rights->asked.limits[resource] = limit;
	return 0;
}

static int setting_parse_signed(const char *value, uint64_t least,
				uint64_t most, int32_t *ret_value)
{
	bool is_negative = value[0] == '-';
	uint64_t number;

	if (parse_u64_range(value + is_negative, 0, is_negative ? least : most,
			    &number) < 0)
		return -EINVAL;
	*ret_value = is_negative ? -(int32_t)number : (int32_t)number;
	return 0;
}

int option_set_nice(struct service_options *options, const char *value,
		    struct text *error)
{
	struct rights *rights = rights_of(options);

	if (!rights)
		return -ENOMEM;
	if (setting_parse_signed(value, 20, 19, &rights->asked.nice) < 0)
		return setting_refuse(error, "a number from -20 to 19");
	rights->asked.sets_nice = true;
	return 0;
}

int option_set_oom_score_adj(struct service_options *options, const char *value,
			     struct text *error)
{
	struct rights *rights = rights_of(options);

	if (!rights)
		return -ENOMEM;
	if (setting_parse_signed(value, 1000, 1000,
				 &rights->asked.oom_score_adj) < 0)
		return setting_refuse(error, "a number from -1000 to 1000");
	rights->asked.sets_oom_score_adj = true;
	return 0;
}

/* "3" or "0-3". Splits text in place. */
static int setting_add_cpus(char *text, uint64_t *cpus, size_t words)
{
	char *dash = strchr(text, '-');
	uint64_t first;
	uint64_t last;

	if (dash)
		*dash++ = '\0';
	if (parse_u64_range(text, 0, words * 64 - 1, &first) < 0 ||
	    parse_u64_range(dash ? dash : text, first, words * 64 - 1, &last) <
		    0)
		return -EINVAL;
	for (; first <= last; first++)
		cpus[first / 64] |= UINT64_C(1) << first % 64;
	return 0;
}

int option_set_cpus(struct service_options *options, const char *value,
		    struct text *error)
{
	struct rights *rights = rights_of(options);
	uint64_t cpus[ARRAY_LEN(rights->asked.cpus)] = {0};
	_cleanup_free_ char *text = strdup(value);
	char *rest = text;
	char *range;

	if (!rights || !text)
		return -ENOMEM;
	while ((range = strsep(&rest, ",")) != NULL)
		if (setting_add_cpus(range, cpus, ARRAY_LEN(cpus)) < 0)
			return setting_refuse(error, "CPUs such as 0-3,8, up "
						     "to 8191");
	memcpy(rights->asked.cpus, cpus, sizeof(cpus));
	return 0;
}

int option_set_cgroup(struct service_options *options, const char *value,
		      struct text *error)
{
	if (value[0] != '/')
		return setting_refuse(error, "an absolute path such as "
					     "/sys/fs/cgroup/NAME");
	options->group.cgroup = service_keep(options, value, strlen(value));
	return options->group.cgroup ? 0 : -ENOMEM;
}

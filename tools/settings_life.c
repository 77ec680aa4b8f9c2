/*
 * settings_life.c - the options that say how a worker lives and ends: ready,
 * replaced, stopped, killed. One small setter each. Checks form, opens and
 * starts nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "settings.h"

int option_set_restart(struct service_options *options, const char *value,
		       struct text *error)
{
	static const char *const words[MUSTER_RESTARTS] = {
		[MUSTER_RESTART_ALWAYS] = "always",
		[MUSTER_RESTART_ON_FAILURE] = "on-failure",
		[MUSTER_RESTART_NEVER] = "never",
	};
	unsigned int index;

	if (setting_choose(value, words, MUSTER_RESTARTS, &index) < 0)
		return setting_refuse(error, "always, on-failure or never");
	options->group.restart = (enum muster_restart)index;
	return 0;
}

/* For a number, a slash and a duration: each start reads defaults, and memory
 * that is asked for and given back costs it two page faults. */
#define SETTING_RATE_ROOM 64

/* "N" (a second) or "N/DUR" -> the time between two. */
static int setting_parse_rate(const char *value, size_t length,
			      uint64_t *ret_count, uint64_t *ret_window_ns)
{
	char count[SETTING_RATE_ROOM] = "";
	char *slash;
	uint64_t window_ns = NSEC_PER_SEC;

	if (length >= sizeof(count))
		return -EINVAL;
	memcpy(count, value, length);
	slash = strchr(count, '/');
	if (slash) {
		*slash = '\0';
		if (parse_duration(slash + 1, &window_ns) < 0)
			return -EINVAL;
	}
	if (parse_u64_range(count, 1, UINT32_MAX, ret_count) < 0 ||
	    window_ns == 0)
		return -EINVAL;
	*ret_window_ns = window_ns;
	return 0;
}

int option_set_throttle(struct service_options *options, const char *value,
			struct text *error)
{
	size_t length = strcspn(value, ":");
	uint64_t burst = 0;
	uint64_t window_ns;
	uint64_t count;

	if (strcmp(value, "off") == 0) {
		options->group.throttle_interval_ns = MUSTER_FOREVER;
		return 0;
	}
	if (setting_parse_rate(value, length, &count, &window_ns) < 0 ||
	    (value[length] == ':' &&
	     parse_u64_range(value + length + 1, 1, UINT32_MAX, &burst) < 0))
		return setting_refuse(error, "RATE[:BURST] such as 1, 10:50 or "
					     "1/5s:3, or off");
	options->group.throttle_interval_ns = nsec_max(window_ns / count, 1);
	options->group.throttle_burst = (uint32_t)burst;
	return 0;
}

int option_set_healthy_after(struct service_options *options, const char *value,
			     struct text *error)
{
	uint64_t duration_ns;
	int r = setting_parse_duration(value, &duration_ns, error);

	if (r == 0) /* 0 is the default's sign; a nanosecond is as short */
		options->group.healthy_after_ns = nsec_max(duration_ns, 1);
	return r;
}

int option_set_backoff(struct service_options *options, const char *value,
		       struct text *error)
{
	_cleanup_free_ char *first = strdup(value);
	char *colon = first ? strchr(first, ':') : NULL;
	uint64_t min_ns = 0;
	uint64_t max_ns = 0;

	if (colon)
		*colon = '\0';
	if (strcmp(value, "off") != 0 &&
	    (!colon || parse_duration(first, &min_ns) < 0 ||
	     parse_duration(colon + 1, &max_ns) < 0 || min_ns == 0 ||
	     max_ns < min_ns))
		return setting_refuse(error, "MIN:MAX, two durations such as "
					     "100ms:30s, MIN above 0 and not "
					     "above MAX, or off");
	options->group.backoff_min_ns = min_ns;
	options->group.backoff_max_ns = max_ns;
	return 0;
}

int option_set_give_up(struct service_options *options, const char *value,
		       struct text *error)
{
	uint64_t window_ns = 0;
	uint64_t count = 0;

	if (strcmp(value, "never") != 0 &&
	    (!strchr(value, '/') ||
	     setting_parse_rate(value, strlen(value), &count, &window_ns) < 0 ||
	     count > 4096))
		return setting_refuse(error, "N/DUR such as 5/10s, N from 1 to "
					     "4096, or never");
	options->group.give_up_deaths = (uint32_t)count;
	options->group.give_up_window_ns = window_ns;
	return 0;
}

int option_set_stop_signal(struct service_options *options, const char *value,
			   struct text *error)
{
	int signo;

	if (parse_signal(value, &signo) < 0)
		return setting_refuse(error, "a signal such as TERM, SIGQUIT "
					     "or 15");
	options->group.stop_signal = signo;
	return 0;
}

int option_set_stop_timeout(struct service_options *options, const char *value,
			    struct text *error)
{
	uint64_t duration_ns;
	int r = setting_parse_duration(value, &duration_ns, error);

	if (r == 0)
		options->group.stop_timeout_ns =
			duration_ns ? duration_ns : MUSTER_FOREVER;
	return r;
}

int option_set_kill(struct service_options *options, const char *value,
		    struct text *error)
{
	static const char *const words[MUSTER_KILLS] = {
		[MUSTER_KILL_GROUP] = "group",
		[MUSTER_KILL_PROCESS] = "process",
		[MUSTER_KILL_CGROUP] = "cgroup",
	};
	unsigned int index;

	if (setting_choose(value, words, MUSTER_KILLS, &index) < 0)
		return setting_refuse(error, "group, process or cgroup");
	options->group.kill = (enum muster_kill)index;
	return 0;
}

/* The same of `muster init`, whose default depends on what else is asked. */
int option_set_reach(struct service_options *options, const char *value,
		     struct text *error)
{
	options->has_kill = true;
	return option_set_kill(options, value, error);
}

int option_set_pdeathsig(struct service_options *options, const char *value,
			 struct text *error)
{
	int signo = -1;

	if (strcmp(value, "none") != 0 && parse_signal(value, &signo) < 0)
		return setting_refuse(error, "a signal such as KILL, or none");
	options->group.death_signal = signo;
	return 0;
}

/* exec, notify or fd:N. */
int option_set_ready(struct service_options *options, const char *value,
		     struct text *error)
{
	static const char *const words[MUSTER_READIES] = {
		[MUSTER_READY_EXEC] = "exec",
		[MUSTER_READY_NOTIFY] = "notify",
	};
	unsigned int index;
	uint64_t fd = 0;

	if (strncmp(value, "fd:", 3) == 0 &&
	    parse_u64_range(value + 3, 3, 1048575, &fd) == 0)
		index = MUSTER_READY_FD;
	else if (setting_choose(value, words, MUSTER_READIES, &index) < 0)
		return setting_refuse(error, "exec, notify or fd:N, N from 3 "
					     "on");
	options->group.ready = (enum muster_ready)index;
	options->group.ready_fd = (int32_t)fd;
	return 0;
}

int option_set_ready_timeout(struct service_options *options, const char *value,
			     struct text *error)
{
	uint64_t duration_ns;
	int r = setting_parse_duration(value, &duration_ns, error);

	if (r == 0)
		options->group.ready_timeout_ns =
			duration_ns ? duration_ns : MUSTER_FOREVER;
	return r;
}

int option_set_watchdog(struct service_options *options, const char *value,
			struct text *error)
{
	if (strcmp(value, "off") == 0) {
		options->group.watchdog_ns = 0;
		return 0;
	}
	return setting_parse_duration(value, &options->group.watchdog_ns,
				      error);
}

int option_set_restart_method(struct service_options *options,
			      const char *value, struct text *error)
{
	static const char *const words[MUSTER_METHODS] = {
		[MUSTER_METHOD_RELOAD] = "reload",
		[MUSTER_METHOD_MUTATE] = "mutate",
	};
	unsigned int index;

	if (setting_choose(value, words, MUSTER_METHODS, &index) < 0)
		return setting_refuse(error, "reload or mutate");
	options->group.restart_method = (enum muster_restart_method)index;
	return 0;
}

/* "3" or "25%" as muster_group_options has it: 3, -25. */
static int setting_parse_share(const char *value, int32_t *ret_share,
			       struct text *error)
{
	_cleanup_free_ char *digits = strdup(value);
	size_t length = strlen(value);
	bool is_percent = length > 0 && value[length - 1] == '%';
	uint64_t number;

	if (digits && is_percent)
		digits[length - 1] = '\0';
	if (!digits ||
	    parse_u64_range(digits, 0, is_percent ? 100 : MUSTER_WORKERS_MAX,
			    &number) < 0)
		return setting_refuse(error, "a number of workers such as 2, "
					     "or a percentage up to 100%");
	if (number == 0) /* which is the default's sign */
		*ret_share = MUSTER_ROLL_NONE;
	else
		*ret_share = is_percent ? -(int32_t)number : (int32_t)number;
	return 0;
}

int option_set_max_surge(struct service_options *options, const char *value,
			 struct text *error)
{
	return setting_parse_share(value, &options->group.max_surge, error);
}

int option_set_max_unavailable(struct service_options *options,
			       const char *value, struct text *error)
{
	return setting_parse_share(value, &options->group.max_unavailable,
				   error);
}

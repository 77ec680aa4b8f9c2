/*
 * settings.c - what each option does: one small setter each, tied to its flag
 * by keys.h. Checks form, opens and starts nothing.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "cpus.h"
#include "settings.h"

static int setting_refuse(struct text *error, const char *expected)
{
	text_add(error, "expected ");
	text_add(error, expected);
	return -EINVAL;
}

/* value among the count words, whose index is the enum's value. */
static int setting_choose(const char *value, const char *const *words,
			  unsigned int count, unsigned int *ret_index)
{
	for (unsigned int i = 0; i < count; i++)
		if (words[i] && strcmp(words[i], value) == 0) {
			*ret_index = i;
			return 0;
		}
	return -EINVAL;
}

static int option_set_workers(struct run_options *options, const char *value,
			      struct text *error)
{
	uint64_t count;

	if (strcmp(value, "auto") == 0) {
		options->group.workers = cpus_allowed();
		return 0;
	}
	if (parse_u64_range(value, 1, MUSTER_WORKERS_MAX, &count) < 0)
		return setting_refuse(error, "a number from 1 to 1000000, or "
					     "auto");
	options->group.workers = (uint32_t)count;
	return 0;
}

static int option_set_name(struct run_options *options, const char *value,
			   struct text *error)
{
	if (value[0] == '\0')
		return setting_refuse(error, "a name");
	options->group.name = value;
	return 0;
}

/* NAME=ADDR: the name ends at the first '=' unless a ':' comes before, since
 * addresses have one and names none. */
static int option_set_listen(struct run_options *options, const char *value,
			     struct text *error)
{
	struct muster_listener *listener;
	size_t length = strcspn(value, "=:");

	if (options->group.listener_count == OPTIONS_LISTENERS_MAX)
		return setting_refuse(error, "at most 256 listeners");
	listener = &options->listeners[options->group.listener_count];
	*listener = (struct muster_listener){.address = value, .fd = -1};
	if (value[length] == '=') {
		char *name = strndup(value, length);

		if (!name || length == 0)
			return setting_refuse(error, "[NAME=]ADDR");
		listener->name = name; /* lives as long as the program */
		listener->address = value + length + 1;
	}
	options->group.listener_count++;
	return 0;
}

static int option_set_pass_fd(struct run_options *options, const char *value,
			      struct text *error)
{
	uint64_t fd;

	if (parse_u64_range(value, 3, 1048575, &fd) < 0)
		return setting_refuse(error, "a descriptor number from 3 on");
	if (options->group.pass_fd_count == OPTIONS_PASS_FDS_MAX)
		return setting_refuse(error, "at most 256 descriptors");
	for (uint32_t i = 0; i < options->group.pass_fd_count; i++)
		if (options->pass_fds[i] == (int)fd)
			return setting_refuse(error, "each descriptor once");
	options->pass_fds[options->group.pass_fd_count++] = (int)fd;
	return 0;
}

static int option_set_restart(struct run_options *options, const char *value,
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

/* "N" (a second) or "N/DUR" -> the time between two. */
static int setting_parse_rate(const char *value, size_t length,
			      uint64_t *ret_count, uint64_t *ret_window_ns)
{
	_cleanup_free_ char *count = strndup(value, length);
	char *slash = count ? strchr(count, '/') : NULL;
	uint64_t window_ns = NSEC_PER_SEC;

	if (slash) {
		*slash = '\0';
		if (parse_duration(slash + 1, &window_ns) < 0)
			return -EINVAL;
	}
	if (!count || parse_u64_range(count, 1, UINT32_MAX, ret_count) < 0 ||
	    window_ns == 0)
		return -EINVAL;
	*ret_window_ns = window_ns;
	return 0;
}

static int option_set_throttle(struct run_options *options, const char *value,
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

static int setting_parse_duration(const char *value, uint64_t *ret_ns,
				  struct text *error)
{
	if (parse_duration(value, ret_ns) < 0)
		return setting_refuse(error, "a duration such as 250ms, 1.5s, "
					     "2m or 60 (seconds)");
	return 0;
}

static int option_set_healthy_after(struct run_options *options,
				    const char *value, struct text *error)
{
	uint64_t duration_ns;
	int r = setting_parse_duration(value, &duration_ns, error);

	if (r == 0) /* 0 is the default's sign; a nanosecond is as short */
		options->group.healthy_after_ns = nsec_max(duration_ns, 1);
	return r;
}

static int option_set_backoff(struct run_options *options, const char *value,
			      struct text *error)
{
	_cleanup_free_ char *first = strdup(value);
	char *colon = first ? strchr(first, ':') : NULL;
	uint64_t min_ns;
	uint64_t max_ns;

	if (colon)
		*colon = '\0';
	if (!colon || parse_duration(first, &min_ns) < 0 ||
	    parse_duration(colon + 1, &max_ns) < 0 || min_ns == 0 ||
	    max_ns < min_ns)
		return setting_refuse(error, "MIN:MAX, two durations such as "
					     "100ms:30s, MIN above 0 and not "
					     "above MAX");
	options->group.backoff_min_ns = min_ns;
	options->group.backoff_max_ns = max_ns;
	return 0;
}

static int option_set_give_up(struct run_options *options, const char *value,
			      struct text *error)
{
	uint64_t window_ns;
	uint64_t count;

	if (!strchr(value, '/') ||
	    setting_parse_rate(value, strlen(value), &count, &window_ns) < 0 ||
	    count > 4096)
		return setting_refuse(error, "N/DUR such as 5/10s, N from 1 to "
					     "4096");
	options->group.give_up_deaths = (uint32_t)count;
	options->group.give_up_window_ns = window_ns;
	return 0;
}

static int option_set_stop_signal(struct run_options *options,
				  const char *value, struct text *error)
{
	int signo;

	if (parse_signal(value, &signo) < 0)
		return setting_refuse(error, "a signal such as TERM, SIGQUIT "
					     "or 15");
	options->group.stop_signal = signo;
	return 0;
}

static int option_set_stop_timeout(struct run_options *options,
				   const char *value, struct text *error)
{
	uint64_t duration_ns;
	int r = setting_parse_duration(value, &duration_ns, error);

	if (r == 0)
		options->group.stop_timeout_ns =
			duration_ns ? duration_ns : MUSTER_FOREVER;
	return r;
}

static int option_set_kill(struct run_options *options, const char *value,
			   struct text *error)
{
	static const char *const words[MUSTER_KILLS] = {
		[MUSTER_KILL_GROUP] = "group",
		[MUSTER_KILL_PROCESS] = "process",
	};
	unsigned int index;

	if (setting_choose(value, words, MUSTER_KILLS, &index) < 0)
		return setting_refuse(error, "group or process");
	options->group.kill = (enum muster_kill)index;
	return 0;
}

static int option_set_pdeathsig(struct run_options *options, const char *value,
				struct text *error)
{
	int signo = -1;

	if (strcmp(value, "none") != 0 && parse_signal(value, &signo) < 0)
		return setting_refuse(error, "a signal such as KILL, or none");
	options->group.death_signal = signo;
	return 0;
}

static int option_set_launcher_fd(struct run_options *options,
				  const char *value, struct text *error)
{
	(void)value;
	(void)error;
	options->group.wants_launcher_fd = true;
	return 0;
}

static int option_set_die_with_parent(struct run_options *options,
				      const char *value, struct text *error)
{
	static const char *const words[MUSTER_PARENT_DEATHS] = {
		[MUSTER_PARENT_STOP] = "stop",
		[MUSTER_PARENT_KILL] = "kill",
	};
	unsigned int index = MUSTER_PARENT_STOP;

	if (value &&
	    setting_choose(value, words, MUSTER_PARENT_DEATHS, &index) < 0)
		return setting_refuse(error, "stop or kill");
	options->launcher.parent_death = (enum muster_parent_death)index;
	return 0;
}

static int option_set_engine(struct run_options *options, const char *value,
			     struct text *error)
{
	for (unsigned int i = 0; i < MUSTER_ENGINES; i++)
		if (strcmp(muster_engine_name((enum muster_engine)i), value) ==
		    0) {
			options->launcher.engine = (enum muster_engine)i;
			return 0;
		}
	return setting_refuse(error, "auto, ring, epoll or signal");
}

static int option_set_spawn(struct run_options *options, const char *value,
			    struct text *error)
{
	for (unsigned int i = 0; i < MUSTER_SPAWNS; i++)
		if (strcmp(muster_spawn_name((enum muster_spawn)i), value) ==
		    0) {
			options->launcher.spawn = (enum muster_spawn)i;
			return 0;
		}
	return setting_refuse(error, "auto, fast, vfork or fork");
}

static int option_set_log_level(struct run_options *options, const char *value,
				struct text *error)
{
	if (log_level_parse(value, &options->log_level) < 0)
		return setting_refuse(error, "error, warning, notice, info or "
					     "debug");
	return 0;
}

const struct setting settings[SETTINGS] = {
#define KEY(name, flag_, letter_, argument_, fallback_, help_) \
	[SETTING_##name] = {                                   \
		.flag = (flag_),                               \
		.argument = (argument_),                       \
		.fallback = (fallback_),                       \
		.help = (help_),                               \
		.set = option_set_##name,                      \
		.letter = (letter_),                           \
	},
	RUN_KEYS(KEY)
#undef KEY
};

int setting_argument_kind(const struct setting *setting)
{
	if (!setting->argument)
		return no_argument;
	return setting->argument[0] == '[' && setting->argument[1] == '='
		       ? optional_argument
		       : required_argument;
}

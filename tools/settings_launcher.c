/*
 * settings_launcher.c - the options of the launcher as a whole: one small
 * setter each.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "notify_address.h"
#include "settings.h"

int option_set_config(struct launcher_options *options, const char *value,
		      struct text *error)
{
	if (value[0] == '\0')
		return setting_refuse(error, "a file");
	options->config = value;
	return 0;
}

int option_set_check(struct launcher_options *options, const char *value,
		     struct text *error)
{
	return setting_parse_bool(value, &options->is_check, error);
}

int option_set_control(struct launcher_options *options, const char *value,
		       struct text *error)
{
	struct sockaddr_un unused;
	socklen_t unused_length;

	if (notify_address(value, &unused, &unused_length) < 0)
		return setting_refuse(error, "an absolute path or @NAME, of "
					     "107 bytes at most");
	options->control = value;
	return 0;
}

int option_set_die_with_parent(struct launcher_options *options,
			       const char *value, struct text *error)
{
	static const char *const words[MUSTER_PARENT_DEATHS] = {
		[MUSTER_PARENT_IGNORED] = "off",
		[MUSTER_PARENT_STOP] = "stop",
		[MUSTER_PARENT_KILL] = "kill",
	};
	unsigned int index = MUSTER_PARENT_STOP;

	if (value &&
	    setting_choose(value, words, MUSTER_PARENT_DEATHS, &index) < 0)
		return setting_refuse(error, "stop, kill or off");
	options->muster.parent_death = (enum muster_parent_death)index;
	return 0;
}

int option_set_subreaper(struct launcher_options *options, const char *value,
			 struct text *error)
{
	return setting_parse_bool(value, &options->muster.is_subreaper, error);
}

int option_set_leftover_timeout(struct launcher_options *options,
				const char *value, struct text *error)
{
	return setting_parse_duration(
		value, &options->muster.leftover_timeout_ns, error);
}

int option_set_engine(struct launcher_options *options, const char *value,
		      struct text *error)
{
	const char *words[MUSTER_ENGINES];
	unsigned int index;

	for (unsigned int i = 0; i < MUSTER_ENGINES; i++)
		words[i] = muster_engine_name((enum muster_engine)i);
	if (setting_choose(value, words, MUSTER_ENGINES, &index) < 0)
		return setting_refuse(error, "auto, ring, epoll or signal");
	options->muster.engine = (enum muster_engine)index;
	return 0;
}

int option_set_spawn(struct launcher_options *options, const char *value,
		     struct text *error)
{
	const char *words[MUSTER_SPAWNS];
	unsigned int index;

	for (unsigned int i = 0; i < MUSTER_SPAWNS; i++)
		words[i] = muster_spawn_name((enum muster_spawn)i);
	if (setting_choose(value, words, MUSTER_SPAWNS, &index) < 0)
		return setting_refuse(error, "auto, fast, vfork or fork");
	options->muster.spawn = (enum muster_spawn)index;
	return 0;
}

int option_set_log_level(struct launcher_options *options, const char *value,
			 struct text *error)
{
	if (log_level_parse(value, &options->log_level) < 0)
		return setting_refuse(error, "error, warning, notice, info or "
					     "debug");
	return 0;
}

int option_set_log_format(struct launcher_options *options, const char *value,
			  struct text *error)
{
	static const char *const words[] = {"text", "json"};
	unsigned int index;

	if (setting_choose(value, words, ARRAY_LEN(words), &index) < 0)
		return setting_refuse(error, "text or json");
	options->logs_json = index == 1;
	return 0;
}

int option_set_log_options(struct launcher_options *options, const char *value,
			   struct text *error)
{
	return setting_parse_bool(value, &options->logs_options, error);
}

/* The reference takes any number (B2). */
int option_set_wait_interval(struct launcher_options *options,
			     const char *value, struct text *error)
{
	uint64_t unused_ns;

	options->is_idle[SETTING_wait_interval] = true;
	return setting_parse_duration(value, &unused_ns, error);
}

int option_set_run_external_periodic_tasks(struct launcher_options *options,
					   const char *value,
					   struct text *error)
{
	bool unused;

	options->is_idle[SETTING_run_external_periodic_tasks] = true;
	return setting_parse_bool(value, &unused, error);
}

/* A port, or a range of them, of a debugger inside the reference. */
int option_set_backdoor_port(struct launcher_options *options,
			     const char *value, struct text *error)
{
	(void)value; /* whatever it is, nothing comes of it */
	(void)error;
	options->is_idle[SETTING_backdoor_port] = true;
	return 0;
}

int option_set_backdoor_socket(struct launcher_options *options,
			       const char *value, struct text *error)
{
	(void)value; /* likewise */
	(void)error;
	options->is_idle[SETTING_backdoor_socket] = true;
	return 0;
}

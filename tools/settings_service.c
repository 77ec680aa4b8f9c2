/*
 * settings_service.c - the options that say what a service is: its command,
 * number, sockets and surroundings. One small setter each. Nothing is opened
 * but files of variables, nothing started.
 */
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "cpus.h"
#include "settings.h"
#include "variables.h"

/* For what stringlist_add and service_keep return. */
static int setting_kept(const char *copy)
{
	return copy ? 0 : -ENOMEM;
}

int option_set_workers(struct service_options *options, const char *value,
		       struct text *error)
{
	uint64_t least = options->may_be_parked ? 0 : 1;
	uint64_t count;

	if (strcmp(value, "auto") == 0) {
		options->group.workers = cpus_allowed();
		return 0;
	}
	if (parse_u64_range(value, least, MUSTER_WORKERS_MAX, &count) < 0)
		return setting_refuse(error, options->may_be_parked
						     ? "a number from 0 to "
						       "1000000, or auto"
						     : "a number from 1 to "
						       "1000000, or auto");
	options->group.workers = (uint32_t)count;
	return 0;
}

int option_set_name(struct service_options *options, const char *value,
		    struct text *error)
{
	if (value[0] == '\0')
		return setting_refuse(error, "a name");
	options->group.name = service_keep(options, value, strlen(value));
	return setting_kept(options->group.name);
}

/* NAME=ADDR: the name ends at the first '=' unless a ':' comes before, since
 * addresses have one and names none. */
int option_set_listen(struct service_options *options, const char *value,
		      struct text *error)
{
	struct muster_listener listener = {.fd = -1};
	size_t length = strcspn(value, "=:");
	char reason[128];
	int r;

	if (value[length] == '=') {
		if (length == 0)
			return setting_refuse(error, "[NAME=]ADDR");
		listener.name = service_keep(options, value, length);
		if (!listener.name)
			return -ENOMEM;
		value += length + 1;
	}
	if (muster_check_address(value, reason, sizeof(reason)) < 0) {
		text_add(error, reason);
		return -EINVAL;
	}
	listener.address = service_keep(options, value, strlen(value));
	if (!listener.address)
		return -ENOMEM;
	r = service_add_listener(options, &listener);
	if (r == -ENOSPC)
		return setting_refuse(error, "at most 256 listeners");
	return r;
}

int option_set_pass_fd(struct service_options *options, const char *value,
		       struct text *error)
{
	uint64_t fd;
	int r;

	if (parse_u64_range(value, 3, 1048575, &fd) < 0)
		return setting_refuse(error, "a descriptor number from 3 on");
	r = service_add_pass_fd(options, (int)fd);
	if (r == -ENOSPC)
		return setting_refuse(error, "at most 256 descriptors");
	if (r == -EEXIST)
		return setting_refuse(error, "each descriptor once");
	return r;
}

int option_set_environment(struct service_options *options, const char *value,
			   struct text *error)
{
	size_t length = strlen(value);

	if (variable_check(value, length) < 0)
		return setting_refuse(error, "NAME=VALUE");
	return setting_kept(stringlist_add(&options->variables, value, length));
}

int option_set_env_file(struct service_options *options, const char *value,
			struct text *error)
{
	return variables_read(value, &options->file_variables, error);
}

int option_set_directory(struct service_options *options, const char *value,
			 struct text *error)
{
	if (value[0] == '\0')
		return setting_refuse(error, "a directory");
	options->group.directory = service_keep(options, value, strlen(value));
	return setting_kept(options->group.directory);
}

int option_set_umask(struct service_options *options, const char *value,
		     struct text *error)
{
	uint32_t mask = 0;

	for (const char *digit = value; *digit; digit++) {
		if (*digit < '0' || *digit > '7' || mask > 077)
			return setting_refuse(error, "an octal number from 0 "
						     "to 777");
		mask = mask * 8 + (uint32_t)(*digit - '0');
	}
	if (value[0] == '\0')
		return setting_refuse(error, "an octal number from 0 to 777");
	options->group.sets_umask = true;
	options->group.umask = mask;
	return 0;
}

int option_set_launcher_fd(struct service_options *options, const char *value,
			   struct text *error)
{
	return setting_parse_bool(value, &options->group.wants_launcher_fd,
				  error);
}

/* A word of it at a time. */
int option_set_command(struct service_options *options, const char *value,
		       struct text *error)
{
	if (value[0] == '\0' && options->command.count == 0)
		return setting_refuse(error, "a program");
	return setting_kept(
		stringlist_add(&options->command, value, strlen(value)));
}

int option_set_after(struct service_options *options, const char *value,
		     struct text *error)
{
	if (value[0] == '\0')
		return setting_refuse(error, "names of services");
	return setting_kept(
		stringlist_add(&options->after, value, strlen(value)));
}

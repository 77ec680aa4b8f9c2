/*
 * spec_check.c - refuses what makes no sense, in words for people.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "core/privileges.h"
#include "core/spec_check.h"
#include "policy/giveup.h"
#include "proc/address.h"
#include "proc/plan.h"

int spec_refuse(struct text *error, const char *what)
{
	text_add(error, what);
	return -EINVAL;
}

/* Listeners have the numbers from 3 on in a worker, what is passed keeps its
 * own. */
static int spec_check_pass_fds(const struct muster_group_options *options,
			       struct text *error)
{
	for (uint32_t i = 0; i < options->pass_fd_count; i++) {
		int fd = options->pass_fds[i];

		if (fd < 3)
			return spec_refuse(error, "a descriptor to pass is "
						  "below 3");
		if (fd < 3 + (int)options->listener_count)
			return spec_refuse(error, "a descriptor to pass has a "
						  "listener's number");
		for (uint32_t j = 0; j < i; j++)
			if (options->pass_fds[j] == fd)
				return spec_refuse(error, "a descriptor is "
							  "passed twice");
	}
	return 0;
}

/* The descriptor that workers say on that they are ready. */
static int spec_check_ready_fd(const struct muster_group_options *options,
			       struct text *error)
{
	int fd = options->ready_fd;

	if (options->ready != MUSTER_READY_FD)
		return 0;
	if (fd < 3 || fd > 1048575)
		return spec_refuse(error, "the ready descriptor is below 3");
	if (fd < 3 + (int)options->listener_count)
		return spec_refuse(error, "the ready descriptor has a "
					  "listener's number");
	for (uint32_t i = 0; i < options->pass_fd_count; i++)
		if (options->pass_fds[i] == fd)
			return spec_refuse(error, "the ready descriptor is "
						  "passed, too");
	return 0;
}

static int spec_check_enums(const struct muster_group_options *options,
			    struct text *error)
{
	if ((unsigned int)options->restart >= MUSTER_RESTARTS)
		return spec_refuse(error, "unknown restart rule");
	if ((unsigned int)options->ready >= MUSTER_READIES)
		return spec_refuse(error, "unknown kind of readiness");
	if ((unsigned int)options->restart_method >= MUSTER_METHODS)
		return spec_refuse(error, "unknown restart method");
	if ((unsigned int)options->kill >= MUSTER_KILLS)
		return spec_refuse(error, "unknown kill rule");
	if (options->stop_signal < 0 || options->stop_signal > SIGRTMAX)
		return spec_refuse(error, "stop signal is no signal");
	if (options->death_signal < -1 || options->death_signal > SIGRTMAX)
		return spec_refuse(error, "parent-death signal is no signal");
	return 0;
}

static int spec_check_cgroup(const struct muster_group_options *options,
			     struct text *error)
{
	if (options->cgroup && options->cgroup[0] != '/')
		return spec_refuse(error, "the path of a cgroup is not "
					  "absolute");
	if (options->kill == MUSTER_KILL_CGROUP && !options->cgroup)
		return spec_refuse(error, "a cgroup is to be killed, and none "
					  "is named");
	return 0;
}

static int spec_check_listeners(const struct muster_group_options *options,
				struct text *error)
{
	for (uint32_t i = 0; i < options->listener_count; i++) {
		const char *address = options->listeners[i].address;

		for (uint32_t j = 0; address && j < i; j++) {
			const char *other = options->listeners[j].address;

			if (other && strcmp(other, address) == 0 &&
			    address_is_fixed(address))
				return spec_refuse(error, "an address is "
							  "listened on twice");
		}
	}
	return 0;
}

/* A command, or a function. */
static int spec_check_program(const struct muster_group_options *options,
			      struct text *error)
{
	if (options->run && (options->argv || options->environment))
		return spec_refuse(error, "a function has no command and no "
					  "environment");
	if (options->run && options->pass_fd_count > 0)
		return spec_refuse(error, "a function has all descriptors, "
					  "none is to be passed");
	if (options->run && (options->inherits_fds || options->takes_terminal ||
			     options->is_transparent || options->leads_group ||
			     options->runs_scripts || options->leads_session))
		return spec_refuse(error, "what is for commands only is asked "
					  "of a function");
	if (options->run && options->ready == MUSTER_READY_FD)
		return spec_refuse(error, "a function has no ready descriptor");
	if (options->run && options->privileges)
		return spec_refuse(error, "a function has the launcher's "
					  "privileges");
	if (options->run && options->cgroup)
		return spec_refuse(error, "a function has the launcher's "
					  "cgroup");
	if (options->run)
		return 0;
	if (options->blocked_signals != 0)
		return spec_refuse(error, "blocked signals are for a function");
	if (!options->argv || !options->argv[0])
		return spec_refuse(error, "no command");
	if (options->argv[0][0] == '\0')
		return spec_refuse(error, "empty command");
	return 0;
}

int spec_check(const struct muster_group_options *options, struct text *error)
{
	if (spec_check_program(options, error) < 0)
		return -EINVAL;
	if (options->workers > MUSTER_WORKERS_MAX)
		return spec_refuse(error, "more than 1000000 workers");
	if (options->give_up_deaths > GIVEUP_DEATHS_MAX)
		return spec_refuse(error, "give-up after more than 4096");
	if (options->give_up_deaths > 0 && options->give_up_window_ns == 0)
		return spec_refuse(error, "give-up without a window");
	if (options->backoff_max_ns > 0 && options->backoff_min_ns == 0)
		return spec_refuse(error, "backoff without a minimum");
	if ((uint64_t)options->listener_count + options->pass_fd_count >
	    PLAN_FDS_MAX - 1)
		return spec_refuse(error, "more than 1000 descriptors");
	if ((options->listener_count > 0 && !options->listeners) ||
	    (options->pass_fd_count > 0 && !options->pass_fds) ||
	    (options->after_count > 0 && !options->after))
		return spec_refuse(error, "a count without its array");
	for (size_t i = 0; i < sizeof(options->reserved); i++)
		if (options->reserved[i] != 0)
			return spec_refuse(error, "reserved bytes are not 0");
	if (options->umask > 0777)
		return spec_refuse(error, "umask has more than nine bits");
	if (spec_check_listeners(options, error) < 0 ||
	    spec_check_pass_fds(options, error) < 0 ||
	    spec_check_ready_fd(options, error) < 0 ||
	    spec_check_enums(options, error) < 0 ||
	    spec_check_cgroup(options, error) < 0)
		return -EINVAL;
	return options->privileges
		       ? privileges_check(options->privileges, error)
		       : 0;
}

bool spec_options_are_valid(const struct muster_options *options)
{
	if ((options->is_subreaper || options->is_hasty) && !options->is_owner)
		return false;
	for (size_t i = 0; i < sizeof(options->reserved); i++)
		if (options->reserved[i] != 0)
			return false;
	return (unsigned int)options->engine < MUSTER_ENGINES &&
	       (unsigned int)options->spawn < MUSTER_SPAWNS &&
	       (unsigned int)options->parent_death < MUSTER_PARENT_DEATHS;
}

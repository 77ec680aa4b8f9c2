/*
 * plan.c - builds the child's to-do list. Runs in the parent, may allocate,
 * decides everything; never forks.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "proc/plan.h"

/* Variables that tell a process something about itself: what the launcher was
 * told is not true for a worker. */
static const char *const plan_own_variables[] = {
	"LISTEN_PID",	      "LISTEN_FDS",	  "LISTEN_FDNAMES",
	"NOTIFY_SOCKET",      "WATCHDOG_PID",	  "WATCHDOG_USEC",
	"MUSTER_SERVICE",     "MUSTER_WORKER_ID", "MUSTER_GENERATION",
	"MUSTER_LAUNCHER_FD",
};

static bool plan_is_own(const char *variable)
{
	size_t length = strcspn(variable, "=");

	for (size_t i = 0; i < ARRAY_LEN(plan_own_variables); i++)
		if (strlen(plan_own_variables[i]) == length &&
		    memcmp(variable, plan_own_variables[i], length) == 0)
			return true;
	return false;
}

static size_t plan_count(const char *const *strings)
{
	size_t count = 0;

	while (strings && strings[count])
		count++;
	return count;
}

static void plan_free_strings(char **strings)
{
	for (size_t i = 0; strings && strings[i]; i++)
		free(strings[i]);
	free(strings);
}

static int plan_copy_argv(struct plan *plan, const char *const *argv)
{
	size_t count = plan_count(argv);

	if (count == 0)
		return -EINVAL;
	plan->argv = calloc(count + 1, sizeof(*plan->argv));
	if (!plan->argv)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		plan->argv[i] = strdup(argv[i]);
		if (!plan->argv[i])
			return -ENOMEM;
	}
	return 0;
}

/* Appends NAME=VALUE; there must be room. */
static int plan_add_variable(struct plan *plan, const char *name,
			     const char *value)
{
	char *variable;

	if (asprintf(&variable, "%s=%s", name, value) < 0)
		return -ENOMEM;
	plan->environment[plan->environment_count++] = variable;
	return 0;
}

static int plan_add_number(struct plan *plan, const char *name, uint64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu",
		       (unsigned long long)value);
	return plan_add_variable(plan, name, digits);
}

static int plan_copy_environment(struct plan *plan,
				 const char *const *environment)
{
	for (size_t i = 0; environment && environment[i]; i++) {
		char *copy;

		if (plan_is_own(environment[i]))
			continue;
		copy = strdup(environment[i]);
		if (!copy)
			return -ENOMEM;
		plan->environment[plan->environment_count++] = copy;
	}
	return 0;
}

/* In whole microseconds, and not 0, which would be none. */
static int plan_add_watchdog(struct plan *plan, uint64_t watchdog_ns)
{
	uint64_t watchdog_usec = watchdog_ns / NSEC_PER_USEC;

	return plan_add_number(plan, "WATCHDOG_USEC",
			       watchdog_usec > 0 ? watchdog_usec : 1);
}

static int plan_add_own(struct plan *plan, const struct plan_options *options)
{
	int r = plan_add_variable(plan, "MUSTER_SERVICE", options->name);

	if (r == 0 && options->listen_count > 0)
		r = plan_add_number(plan, "LISTEN_FDS", options->listen_count);
	if (r == 0 && options->listen_count > 0)
		r = plan_add_variable(plan, "LISTEN_FDNAMES",
				      options->listen_names);
	if (r == 0 && options->launcher_fd >= 0)
		r = plan_add_number(plan, "MUSTER_LAUNCHER_FD",
				    (uint64_t)options->launcher_fd);
	if (r == 0 && options->notify_address)
		r = plan_add_variable(plan, "NOTIFY_SOCKET",
				      options->notify_address);
	if (r == 0 && options->watchdog_ns > 0)
		r = plan_add_watchdog(plan, options->watchdog_ns);
	return r;
}

static int plan_build_environment(struct plan *plan,
				  const struct plan_options *options)
{
	size_t count = plan_count(options->environment) +
		       ARRAY_LEN(plan_own_variables);
	int r;

	plan->environment = calloc(count + 1, sizeof(*plan->environment));
	if (!plan->environment)
		return -ENOMEM;
	r = plan_copy_environment(plan, options->environment);
	return r < 0 ? r : plan_add_own(plan, options);
}

static int plan_check_targets(const struct plan_fd *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (fds[i].target == fds[j].target)
				return -EINVAL;
	return count > PLAN_FDS_MAX ? -E2BIG : 0;
}

static int plan_build_moves(struct plan *plan, const struct plan_fd *fds,
			    uint32_t count, bool closes_gaps)
{
	int floor = STDERR_FILENO + 1;
	int r = plan_check_targets(fds, count);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < count; i++) {
		if (fds[i].source >= floor)
			floor = fds[i].source + 1;
		if (fds[i].target >= floor)
			floor = fds[i].target + 1;
	}
	plan->moves = calloc(2 * (size_t)count + 1, sizeof(*plan->moves));
	if (!plan->moves)
		return -ENOMEM;
	plan->move_count = plan_moves(fds, count, floor, plan->moves);
	plan->keep = plan_keep(plan->moves, plan->move_count);
	/* At most one before each target, and one behind the last. */
	plan->gaps = calloc((size_t)count + 1, sizeof(*plan->gaps));
	if (!plan->gaps)
		return -ENOMEM;
	if (closes_gaps)
		plan->gap_count =
			plan_gaps(plan->moves, plan->move_count, plan->gaps);
	return 0;
}

/* The kernel's set of 64 signals is the first word of the library's. */
static uint64_t plan_mask(const sigset_t *mask)
{
	uint64_t word;

	memcpy(&word, mask, sizeof(word));
	return word;
}

static int plan_build(struct plan *plan, const struct plan_options *options)
{
	int r = plan_copy_argv(plan, options->argv);

	if (r == 0)
		r = plan_build_environment(plan, options);
	if (r == 0)
		r = plan_build_moves(plan, options->fds, options->fd_count,
				     options->closes_gaps);
	if (r < 0)
		return r;
	plan->path = plan_resolve(plan->argv[0], options->directory,
				  options->environment);
	if (!plan->path)
		return -ENOMEM;
	if (options->directory) {
		plan->directory = strdup(options->directory);
		if (!plan->directory)
			return -ENOMEM;
	}
	plan->has_listeners = options->listen_count > 0;
	plan->has_watchdog = options->watchdog_ns > 0;
	plan->sets_umask = options->sets_umask;
	plan->umask = options->umask;
	plan->leads_group = options->leads_group;
	plan->death_signal = options->death_signal;
	plan->launcher_pid = options->launcher_pid;
	plan->mask = plan_mask(options->mask);
	plan->restores_nofile = options->nofile != NULL;
	if (options->nofile)
		plan->nofile = *options->nofile;
	return 0;
}

int plan_new(const struct plan_options *options, struct plan **ret_plan)
{
	struct plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan)
		return -ENOMEM;
	r = plan_build(plan, options);
	if (r < 0) {
		plan_free(plan);
		return r;
	}
	*ret_plan = plan;
	return 0;
}

struct plan *plan_free(struct plan *plan)
{
	if (!plan)
		return NULL;
	plan_free_strings(plan->argv);
	plan_free_strings(plan->environment);
	free(plan->moves);
	free(plan->gaps);
	free(plan->path);
	free(plan->directory);
	free(plan);
	return NULL;
}

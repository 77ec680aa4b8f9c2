/*
 * spec.c - validation and deep copy. Opens nothing, starts nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "core/privileges.h"
#include "core/spec.h"
#include "core/spec_check.h"
#include "proc/plan.h"

#define SPEC_STOP_TIMEOUT_NS (60 * NSEC_PER_SEC) /* B1 */
#define SPEC_HEALTHY_AFTER_NS (1 * NSEC_PER_SEC)
#define SPEC_READY_TIMEOUT_NS (60 * NSEC_PER_SEC)
#define SPEC_THROTTLE_NS (1 * NSEC_PER_SEC) /* B40 */

static void spec_free_strings(char **strings, size_t count)
{
	for (size_t i = 0; strings && i < count; i++)
		free(strings[i]);
	free(strings);
}

static size_t spec_count(const char *const *strings)
{
	size_t count = 0;

	while (strings && strings[count])
		count++;
	return count;
}

static void spec_give_shared(struct strings *strings, const char **shared)
{
	for (size_t i = 0; shared && shared[i]; i++)
		strings_give(strings, shared[i]);
	free(shared);
}

/* A NULL-terminated copy, whose strings others may have, too. */
static int spec_share(struct strings *strings, const char *const *theirs,
		      const char ***ret_copy)
{
	size_t count = spec_count(theirs);
	const char **copy = calloc(count + 1, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		copy[i] = strings_take(strings, theirs[i]);
		if (!copy[i]) {
			spec_give_shared(strings, copy);
			return -ENOMEM;
		}
	}
	*ret_copy = copy;
	return 0;
}

static void spec_fill_rules(struct spec *spec,
			    const struct muster_group_options *options)
{
	struct restart_rules *restart = &spec->rules.restart;
	uint64_t interval_ns = options->throttle_interval_ns;
	uint64_t timeout_ns = options->stop_timeout_ns;

	restart->mode = options->restart;
	restart->healthy_after_ns = options->healthy_after_ns
					    ? options->healthy_after_ns
					    : SPEC_HEALTHY_AFTER_NS;
	restart->backoff.base_ns = options->backoff_min_ns;
	restart->backoff.cap_ns = options->backoff_max_ns;
	restart->throttle.interval_ns =
		interval_ns == MUSTER_FOREVER
			? 0
			: (interval_ns ? interval_ns : SPEC_THROTTLE_NS);
	restart->throttle.burst = options->throttle_burst
					  ? options->throttle_burst
					  : options->workers + 1;
	spec->rules.watchdog_ns =
		options->watchdog_ns ? options->watchdog_ns : NSEC_NEVER;
	/* A core dump may take as long as silence may last. */
	ladder_init(&spec->rules.ladder,
		    options->stop_signal ? options->stop_signal : SIGTERM,
		    timeout_ns ? timeout_ns : SPEC_STOP_TIMEOUT_NS,
		    spec->rules.watchdog_ns);
	spec->ready_timeout_ns = options->ready_timeout_ns
					 ? options->ready_timeout_ns
					 : SPEC_READY_TIMEOUT_NS;
	/* The clone's return says it, unless the worker is awaited. */
	if (options->ready == MUSTER_READY_EXEC && !options->privileges)
		spec->ready_timeout_ns = NSEC_NEVER;
}

static int spec_copy_one_listener(struct spec *spec, uint32_t i,
				  const struct muster_listener *listener,
				  struct text *error)
{
	const char *name = listener->name ? listener->name : "unknown";

	if (name[0] == '\0' || strpbrk(name, ":="))
		return spec_refuse(error, "listener name with : or =, or none");
	spec->listener_names[i] = strdup(name);
	if (!spec->listener_names[i])
		return -ENOMEM;
	spec->listener_fds[i] = listener->address ? -1 : listener->fd;
	if (!listener->address)
		return 0;
	spec->listener_addresses[i] = strdup(listener->address);
	return spec->listener_addresses[i] ? 0 : -ENOMEM;
}

static int spec_copy_listeners(struct spec *spec,
			       const struct muster_group_options *options,
			       struct text *error)
{
	size_t count = options->listener_count;
	int r = 0;

	spec->listener_names = calloc(count + 1, sizeof(char *));
	spec->listener_addresses = calloc(count + 1, sizeof(char *));
	spec->listener_fds = calloc(count + 1, sizeof(int));
	if (!spec->listener_names || !spec->listener_addresses ||
	    !spec->listener_fds)
		return -ENOMEM;
	spec->listener_count = options->listener_count;
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = spec_copy_one_listener(spec, i, &options->listeners[i],
					   error);
	return r;
}

static int spec_copy_pass_fds(struct spec *spec,
			      const struct muster_group_options *options)
{
	size_t count = options->pass_fd_count;

	spec->pass_fds = calloc(count + 1, sizeof(int));
	if (!spec->pass_fds)
		return -ENOMEM;
	if (count > 0)
		memcpy(spec->pass_fds, options->pass_fds, count * sizeof(int));
	spec->pass_fd_count = options->pass_fd_count;
	return 0;
}

static int spec_copy_after(struct spec *spec,
			   const struct muster_group_options *options)
{
	spec->after = calloc((size_t)options->after_count + 1, sizeof(int));
	if (!spec->after)
		return -ENOMEM;
	if (options->after_count > 0)
		memcpy(spec->after, options->after,
		       options->after_count * sizeof(int));
	spec->after_count = options->after_count;
	return 0;
}

static int spec_copy_directory(struct spec *spec,
			       const struct muster_group_options *options)
{
	if (!options->directory)
		return 0;
	spec->directory = strdup(options->directory);
	return spec->directory ? 0 : -ENOMEM;
}

static int spec_copy_cgroup(struct spec *spec,
			    const struct muster_group_options *options)
{
	if (!options->cgroup)
		return 0;
	spec->cgroup = strdup(options->cgroup);
	return spec->cgroup ? 0 : -ENOMEM;
}

static int spec_copy_name(struct spec *spec,
			  const struct muster_group_options *options)
{
	const char *command = options->run ? "worker" : options->argv[0];
	const char *slash = strrchr(command, '/');
	const char *name = options->name;

	if (!name)
		name = slash && slash[1] ? slash + 1 : command;
	spec->name = strdup(name);
	return spec->name ? 0 : -ENOMEM;
}

static int spec_build(struct spec *spec,
		      const struct muster_group_options *options,
		      struct text *error)
{
	int r = spec_copy_name(spec, options);

	if (r == 0)
		r = spec_share(spec->strings, options->argv, &spec->argv);
	if (r == 0)
		r = spec_share(spec->strings, options->environment,
			       &spec->environment);
	if (r == 0)
		r = spec_copy_listeners(spec, options, error);
	if (r == 0)
		r = spec_copy_pass_fds(spec, options);
	if (r == 0)
		r = spec_copy_after(spec, options);
	if (r == 0)
		r = spec_copy_directory(spec, options);
	if (r == 0)
		r = spec_copy_cgroup(spec, options);
	if (r == 0 && options->privileges)
		r = privileges_copy(options->privileges, &spec->privileges);
	if (r < 0)
		return r;
	spec->workers = options->workers;
	spec->kill = options->kill;
	spec->death_signal =
		options->death_signal ? options->death_signal : SIGKILL;
	if (spec->death_signal < 0)
		spec->death_signal = 0;
	spec->leads_session = options->leads_session;
	spec->takes_terminal =
		options->takes_terminal && !options->leads_session;
	spec->leads_group = options->kill != MUSTER_KILL_PROCESS ||
			    options->leads_group || options->takes_terminal ||
			    options->leads_session;
	spec->inherits_fds = options->inherits_fds;
	spec->is_transparent = options->is_transparent;
	spec->runs_scripts = options->runs_scripts;
	spec->wants_launcher_fd = options->wants_launcher_fd;
	spec->ready = options->ready;
	spec->ready_fd = options->ready_fd;
	spec->restart_method = options->restart_method;
	spec->max_surge = options->max_surge;
	spec->max_unavailable = options->max_unavailable;
	spec->sets_umask = options->sets_umask;
	spec->umask = (mode_t)options->umask;
	spec->give_up_deaths = options->give_up_deaths;
	spec->give_up_window_ns = options->give_up_window_ns;
	spec->run = options->run;
	spec->run_data = options->run_data;
	spec->blocked_signals = options->blocked_signals;
	spec_fill_rules(spec, options);
	return 0;
}

int spec_new(struct strings *strings,
	     const struct muster_group_options *options, struct spec **ret_spec,
	     struct text *error)
{
	struct muster_group_options known;
	struct spec *spec;
	int r;

	r = spec_copy_options(&known, sizeof(known), options, options->size);
	if (r == 0)
		r = spec_check(&known, error);
	if (r < 0)
		return r;
	spec = calloc(1, sizeof(*spec));
	if (!spec)
		return -ENOMEM;
	spec->refs = 1;
	spec->strings = strings;
	r = spec_build(spec, &known, error);
	if (r < 0) {
		spec_free(spec);
		return r;
	}
	*ret_spec = spec;
	return 0;
}

struct spec *spec_ref(struct spec *spec)
{
	spec->refs++;
	return spec;
}

bool spec_wants_messages(const struct spec *spec)
{
	return spec->ready == MUSTER_READY_NOTIFY ||
	       spec->rules.watchdog_ns != NSEC_NEVER;
}

struct spec *spec_free(struct spec *spec)
{
	if (!spec || --spec->refs > 0)
		return NULL;
	spec_give_shared(spec->strings, spec->argv);
	spec_give_shared(spec->strings, spec->environment);
	spec_free_strings(spec->listener_names, spec->listener_count);
	spec_free_strings(spec->listener_addresses, spec->listener_count);
	free(spec->listener_fds);
	free(spec->pass_fds);
	free(spec->after);
	free(spec->directory);
	free(spec->cgroup);
	privileges_free(spec->privileges);
	free(spec->name);
	free(spec);
	return NULL;
}

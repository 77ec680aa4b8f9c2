/*
 * edition.c - makes and shares what a group's workers are launched from. Knows
 * nothing of slots, launches nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "core/cgroups.h"
#include "core/edition.h"
#include "proc/address.h"
#include "proc/fork.h"

static void listener_unref(struct listener *listener)
{
	if (!listener || --listener->refs > 0)
		return;
	list_remove(&listener->link);
	listen_close(&listener->socket);
	free(listener->asked);
	free(listener);
}

static int listener_new(struct context *context, const char *asked,
			struct listener **ret_listener, struct text *error)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int r;

	if (!listener)
		return -ENOMEM;
	list_init(&listener->link);
	listener->refs = 1;
	listener->socket = LISTEN_SOCKET_NULL;
	listener->asked = strdup(asked);
	text_add(error, "cannot listen on ");
	text_add(error, asked);
	text_add(error, ": ");
	r = listener->asked ? listen_open(asked, &listener->socket, error)
			    : -ENOMEM;
	if (r < 0) {
		listener_unref(listener);
		return r;
	}
	text_init(error, error->data, error->size);
	list_append(&context->listeners, &listener->link);
	*ret_listener = listener;
	return 0;
}

static struct listener *edition_find_listener(const struct edition *edition,
					      const char *asked)
{
	for (uint32_t i = 0; edition && i < edition->spec->listener_count; i++)
		if (edition->listeners[i] &&
		    strcmp(edition->listeners[i]->asked, asked) == 0)
			return edition->listeners[i];
	return NULL;
}

static struct listener *edition_seek_listener(const struct context *context,
					      const struct edition *former,
					      const char *asked)
{
	struct listener *known = edition_find_listener(former, asked);
	struct list *node = context->listeners.next;

	/* Two that begin with the same address are a mistake. */
	if (known || !context->loop || !address_is_fixed(asked))
		return known;
	for (; node != &context->listeners; node = node->next) {
		known = CONTAINER_OF(node, struct listener, link);
		if (strcmp(known->asked, asked) == 0)
			return known;
	}
	return NULL;
}

static int edition_open_listener(struct context *context,
				 struct edition *edition, uint32_t i,
				 const struct edition *former,
				 struct text *error)
{
	const char *asked = edition->spec->listener_addresses[i];
	struct listener *known;

	if (!asked)
		return 0;
	known = edition_seek_listener(context, former, asked);
	if (!known)
		return listener_new(context, asked, &edition->listeners[i],
				    error);
	known->refs++;
	edition->listeners[i] = known;
	return 0;
}

int edition_new(struct context *context, struct spec *take_spec,
		const struct edition *former, struct edition **ret_edition,
		struct text *error)
{
	struct edition *edition = calloc(1, sizeof(*edition));
	int r = 0;

	if (!edition)
		return -ENOMEM;
	list_init(&edition->grave);
	edition->refs = 1;
	edition->spec = take_spec;
	edition->listeners = calloc((size_t)take_spec->listener_count + 1,
				    sizeof(struct listener *));
	if (!edition->listeners)
		r = -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < take_spec->listener_count; i++)
		r = edition_open_listener(context, edition, i, former, error);
	if (r == 0)
		r = cgroups_take(context, take_spec, &edition->cgroup, error);
	if (r < 0) {
		(void)spec_ref(take_spec); /* it stays the caller's */
		edition_free(edition);
		return r;
	}
	*ret_edition = edition;
	return 0;
}

/* Room for all that edition_place_fds and edition_place_launcher place. */
static struct plan_fd *edition_new_fds(const struct spec *spec)
{
	return calloc((size_t)spec->listener_count + spec->pass_fd_count + 2,
		      sizeof(struct plan_fd));
}

/* Where each descriptor goes: listeners from 3 on, passed ones stay where they
 * are, and so does the one for newlines. */
static uint32_t edition_place_fds(const struct context *context,
				  const struct edition *edition,
				  struct plan_fd *fds)
{
	const struct spec *spec = edition->spec;
	uint32_t count = 0;

	for (uint32_t i = 0; i < spec->listener_count; i++)
		fds[count++] = (struct plan_fd){
			.source = edition->listeners[i]
					  ? edition->listeners[i]->socket.fd
					  : spec->listener_fds[i],
			.target = STDERR_FILENO + 1 + (int)i,
		};
	for (uint32_t i = 0; i < spec->pass_fd_count; i++)
		fds[count++] = (struct plan_fd){
			.source = spec->pass_fds[i],
			.target = spec->pass_fds[i],
		};
	if (spec->ready == MUSTER_READY_FD)
		fds[count++] = (struct plan_fd){
			.source = context->newline_send_fd,
			.target = spec->ready_fd,
		};
	return count;
}

/* The launcher's pidfd has the lowest number that is left. */
static int edition_place_launcher(const struct edition *edition,
				  const struct plan_fd *fds, uint32_t count)
{
	int target = STDERR_FILENO + 1 + (int)edition->spec->listener_count;

	for (uint32_t i = 0; i < count; i++)
		if (fds[i].target == target) {
			target++;
			i = UINT32_MAX; /* from the beginning */
		}
	return target;
}

static char *edition_join_names(const struct spec *spec)
{
	size_t size = 1;
	struct text text;
	char *names;

	for (uint32_t i = 0; i < spec->listener_count; i++)
		size += strlen(spec->listener_names[i]) + 1;
	names = calloc(1, size);
	if (!names)
		return NULL;
	text_init(&text, names, size);
	for (uint32_t i = 0; i < spec->listener_count; i++) {
		text_add(&text, i > 0 ? ":" : "");
		text_add(&text, spec->listener_names[i]);
	}
	return names;
}

static struct plan_options edition_plan_options(const struct context *context,
						const struct edition *edition)
{
	const struct spec *spec = edition->spec;

	return (struct plan_options){
		.name = spec->name,
		.argv = spec->argv,
		.environment = spec->environment,
		.listen_count = spec->listener_count,
		.launcher_fd = -1,
		.notify_address = spec_wants_messages(spec)
					  ? context->notify_address
					  : NULL,
		.watchdog_ns = spec->rules.watchdog_ns == NSEC_NEVER
				       ? 0
				       : spec->rules.watchdog_ns,
		.directory = spec->directory,
		.sets_umask = spec->sets_umask,
		.umask = spec->umask,
		.leads_group = spec->leads_group,
		.leads_session = spec->leads_session,
		.takes_terminal =
			spec->takes_terminal && context->terminal_fd >= 0,
		.terminal_fd = context->terminal_fd,
		.inherits = spec->inherits_fds,
		.is_transparent = spec->is_transparent,
		.runs_scripts = spec->runs_scripts,
		/* An owner's descriptors are all close-on-exec. */
		.closes_gaps = context->spawner.drops_handlers &&
			       !spec->inherits_fds &&
			       context->spawner.has_close_range,
		.death_signal = spec->death_signal,
		.launcher_pid = context->pid,
		.mask = context->has_mask ? &context->mask
					  : loop_saved_mask(context->loop),
		.ignores_child = spec->is_transparent &&
				 loop_ignored_child(context->loop),
		.nofile = context->raised_nofile ? &context->nofile : NULL,
		.privileges = spec->privileges,
		.cgroup = edition->cgroup ? &edition->cgroup->cgroup : NULL,
	};
}

static int edition_make_plan(struct context *context, struct edition *edition)
{
	struct plan_options options = edition_plan_options(context, edition);
	_cleanup_free_ char *names = edition_join_names(edition->spec);
	_cleanup_free_ struct plan_fd *fds = edition_new_fds(edition->spec);
	uint32_t count;
	int r;

	if (!names || !fds)
		return -ENOMEM;
	count = edition_place_fds(context, edition, fds);
	if (edition->spec->wants_launcher_fd) {
		options.launcher_fd =
			edition_place_launcher(edition, fds, count);
		fds[count++] = (struct plan_fd){
			.source = context->launcher_fd,
			.target = options.launcher_fd,
		};
	}
	options.listen_names = names;
	options.fds = fds;
	options.fd_count = count;
	r = context->pool ? 0 : spawn_pool_new(&context->pool);
	if (r == 0)
		r = plan_new(&options, &edition->plan);
	return r < 0 ? r : spawn_pool_fit(context->pool, edition->plan);
}

/* A function needs no plan: its child has a copy of all that we know. */
int edition_start(struct context *context, struct edition *edition)
{
	if (!edition->spec->run)
		return edition_make_plan(context, edition);
	context->forks = true;
	fork_prepare(context->is_owner);
	return 0;
}

void edition_unstart(struct edition *edition)
{
	edition->plan = plan_free(edition->plan);
}

struct edition *edition_ref(struct edition *edition)
{
	edition->refs++;
	return edition;
}

struct edition *edition_unref(struct context *context, struct edition *edition)
{
	if (edition && --edition->refs == 0)
		list_append(&context->graves, &edition->grave);
	return NULL;
}

void edition_bury(struct context *context)
{
	struct list *node;

	while ((node = list_first(&context->graves)) != NULL) {
		list_remove(node);
		edition_free(CONTAINER_OF(node, struct edition, grave));
	}
}

struct edition *edition_free(struct edition *edition)
{
	if (!edition)
		return NULL;
	for (uint32_t i = 0;
	     edition->listeners && i < edition->spec->listener_count; i++)
		listener_unref(edition->listeners[i]);
	edition_unstart(edition);
	(void)cgroups_give(edition->cgroup);
	free(edition->listeners);
	spec_free(edition->spec);
	free(edition);
	return NULL;
}

/*
 * born.c - what lies between fork and the caller's code.
 *
 * The child has a copy of the launcher: its ring, its descriptors, its pidfds
 * of all other workers. None of it may be used here, for the kernel would take
 * it as the launcher's doing, and none may be held open, or a sibling's end and
 * the launcher's own would look different to whoever polls them. What the
 * program itself had open stays.
 *
 * Nothing of it is freed or noted as closed either: each page that the child
 * writes to is a page that the kernel must copy first, which costs more than
 * the system calls do. And what the launcher alone needs is not even there:
 * what of that the child must know is put on the stack before the fork. Who
 * calls into the launcher's object here is turned away by its mark
 * (muster_check).
 *
 * The order: own process group and death signal first, since from then on the
 * child cannot be left behind; descriptors before the function; the mask last.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "core/born.h"
#include "core/cgroups.h"
#include "core/edition.h"
#include "core/slot.h"
#include "policy/route.h"
#include "proc/limits.h"

#define BORN_FAILED 127

static uint64_t born_mask(const struct context *context)
{
	const sigset_t *set = context->has_mask
				      ? &context->mask
				      : loop_saved_mask(context->loop);
	uint64_t mask;

	memcpy(&mask, set, sizeof(mask)); /* the kernel's part of it */
	return mask;
}

static struct fork_setting born_setting(const struct context *context,
					const struct spec *spec)
{
	return (struct fork_setting){
		.directory = spec->directory,
		.leads_group = spec->leads_group,
		.sets_umask = spec->sets_umask,
		.umask = spec->umask,
		.restores_nofile = context->raised_nofile,
		.nofile = context->nofile,
		.death_signal = spec->death_signal,
		.launcher_pid = context->pid,
	};
}

static bool born_has_listener(const struct edition *edition,
			      const struct listener *listener)
{
	for (uint32_t i = 0; i < edition->spec->listener_count; i++)
		if (edition->listeners[i] == listener)
			return true;
	return false;
}

/* Of other groups: who listens there is not to be kept alive by us. */
static void born_close_listeners(const struct born *born)
{
	struct list *node = born->listeners;

	for (; node != born->listeners_end; node = node->next) {
		const struct listener *listener =
			CONTAINER_OF(node, struct listener, link);

		if (!born_has_listener(born->edition, listener))
			(void)fd_close(listener->socket.fd);
	}
}

static const int *born_listen_fds(const struct edition *edition)
{
	const struct spec *spec = edition->spec;
	int *fds = calloc((size_t)spec->listener_count + 1, sizeof(int));

	for (uint32_t i = 0; fds && i < spec->listener_count; i++)
		fds[i] = edition->listeners[i]
				 ? edition->listeners[i]->socket.fd
				 : spec->listener_fds[i];
	return fds;
}

static struct muster_birth born_birth(const struct context *context,
				      const struct worker *worker)
{
	const struct spec *spec = worker->edition->spec;

	return (struct muster_birth){
		.size = sizeof(struct muster_birth),
		.name = spec->name,
		.watchdog_ns = spec->rules.watchdog_ns == NSEC_NEVER
				       ? 0
				       : spec->rules.watchdog_ns,
		.mask = born_mask(context),
		.listener_count = spec->listener_count,
		.slot = worker->slot->id,
		.generation = worker->generation,
		.launcher_pid = context->pid,
		.launcher_fd =
			spec->wants_launcher_fd ? context->launcher_fd : -1,
		.notify_fd = spec_wants_messages(spec) ? context->notify_send_fd
						       : -1,
	};
}

struct born born_prepare(const struct context *context,
			 const struct worker *worker)
{
	const struct spec *spec = worker->edition->spec;
	struct born born = {
		.edition = worker->edition,
		.report = worker->report,
		.setting = born_setting(context, spec),
		.birth = born_birth(context, worker),
		.listeners = context->listeners.next,
		.listeners_end = &context->listeners,
		.cgroups = context->cgroups.next,
		.cgroups_end = &context->cgroups,
		.pidfds = context->pidfds,
		.reports = context->workers.reports,
		.engine_fd = loop_fd(context->loop),
		.fds =
			{
				context->parent_fd,
				context->await_fd,
				context->notify_fd,
				context->newline_fd,
				context->newline_send_fd,
				spec_wants_messages(spec)
					? -1
					: context->notify_send_fd,
				spec->wants_launcher_fd ? -1
							: context->launcher_fd,
			},
	};

	memcpy(born.notify_address, context->notify_address,
	       sizeof(born.notify_address));
	return born;
}

static void born_give_up_ours(const struct born *born)
{
	loop_abandon(born->engine_fd);
	for (size_t i = 0; i < ARRAY_LEN(born->fds); i++)
		(void)fd_close(born->fds[i]);
	born_close_listeners(born);
	/* Who has none does not touch the page that the function is in. */
	if (born->cgroups != born->cgroups_end)
		cgroups_abandon(born->cgroups, born->cgroups_end);
	pidfds_close_all(&born->pidfds);
	worker_reports_unmap(&born->reports);
}

void born_run(struct born *born)
{
	const struct spec *spec = born->edition->spec;
	struct muster_birth *birth = &born->birth;
	uint32_t count;
	const int *signals = route_signals(&count);

	fork_settle(&born->setting, born->report);
	born_give_up_ours(born);
	birth->listen_fds = born_listen_fds(born->edition);
	if (!birth->listen_fds)
		_exit(BORN_FAILED); /* no memory */
	if (birth->notify_fd >= 0)
		birth->notify_address = born->notify_address;
	fork_reset_signals(signals, count, birth->mask | spec->blocked_signals);
	_exit(spec->run(spec->run_data, birth) & 0xff);
}

/*
 * digest.c - what a service's options come to, in 16 bytes.
 */
#include <signal.h>
#include <string.h>

#include "base/nsec.h"
#include "digest.h"

__extension__ typedef unsigned __int128 digest_state;

#define DIGEST_PRIME (((digest_state)1 << 88) + 0x13b)
#define DIGEST_START                                        \
	((digest_state)UINT64_C(0x6c62272e07bb0142) << 64 | \
	 UINT64_C(0x62b821756295c58d))

static void digest_add(digest_state *state, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		*state = (*state ^ bytes[i]) * DIGEST_PRIME;
}

/* With the NUL, so that "ab", "c" is not "a", "bc"; none is not "". */
static void digest_add_string(digest_state *state, const char *string)
{
	digest_add(state, string ? "s" : "n", 1);
	if (string)
		digest_add(state, string, strlen(string) + 1);
}

static void digest_add_list(digest_state *state, const struct stringlist *list)
{
	digest_add(state, &list->count, sizeof(list->count));
	for (uint32_t i = 0; i < list->count; i++)
		digest_add_string(state, list->items[i]);
}

static uint64_t digest_or(uint64_t value, uint64_t fallback)
{
	return value != 0 ? value : fallback;
}

static int32_t digest_or_number(int32_t value, int32_t fallback)
{
	return value != 0 ? value : fallback;
}

/* A default that is written down is no change (muster/types.h has them). */
static void digest_resolve(struct muster_group_options *group)
{
	group->throttle_interval_ns =
		digest_or(group->throttle_interval_ns, NSEC_PER_SEC);
	group->stop_timeout_ns =
		digest_or(group->stop_timeout_ns, 60 * NSEC_PER_SEC);
	group->ready_timeout_ns =
		digest_or(group->ready_timeout_ns, 60 * NSEC_PER_SEC);
	group->healthy_after_ns =
		digest_or(group->healthy_after_ns, NSEC_PER_SEC);
	group->stop_signal = digest_or_number(group->stop_signal, SIGTERM);
	group->death_signal = digest_or_number(group->death_signal, SIGKILL);
	group->max_surge = digest_or_number(group->max_surge, -10);
	group->max_unavailable = digest_or_number(group->max_unavailable, -10);
}

/* The numbers as they lie there; service_init has zeroed what is between. */
static void digest_add_group(digest_state *state,
			     const struct muster_group_options *options)
{
	struct muster_group_options group;

	memcpy(&group, options, sizeof(group));
	group.name = NULL;
	group.argv = NULL;
	group.environment = NULL;
	group.listeners = NULL;
	group.pass_fds = NULL;
	group.directory = NULL;
	group.cgroup = NULL;
	group.after = NULL;
	group.privileges = NULL;
	group.after_count = 0;
	group.workers = 0;
	digest_resolve(&group);
	digest_add(state, &group, sizeof(group));
	digest_add_string(state, options->directory);
	digest_add_string(state, options->cgroup);
}

/* The numbers that names were looked up as: a user that has become another is a
 * change. */
static void digest_add_privileges(digest_state *state,
				  const struct muster_privileges *asked)
{
	struct muster_privileges plain;

	if (!asked)
		return;
	memcpy(&plain, asked, sizeof(plain));
	plain.groups = NULL;
	digest_add(state, &plain, sizeof(plain));
	digest_add(state, asked->groups,
		   asked->group_count * sizeof(*asked->groups));
}

static struct digest digest_finish(digest_state state)
{
	return (struct digest){
		.high = (uint64_t)(state >> 64),
		.low = (uint64_t)state,
	};
}

struct digest digest_service(const struct service_options *service)
{
	digest_state state = DIGEST_START;

	digest_add_group(&state, &service->group);
	digest_add_list(&state, &service->command);
	digest_add_list(&state, &service->file_variables);
	digest_add_list(&state, &service->variables);
	for (uint32_t i = 0; i < service->group.listener_count; i++) {
		const struct muster_listener *listener = &service->listeners[i];

		digest_add_string(&state, listener->name);
		digest_add_string(&state, listener->address);
		digest_add(&state, &listener->fd, sizeof(listener->fd));
	}
	digest_add(&state, service->pass_fds,
		   service->group.pass_fd_count * sizeof(int));
	digest_add_privileges(&state, service->group.privileges);
	return digest_finish(state);
}

struct digest digest_string(const char *string)
{
	digest_state state = DIGEST_START;

	digest_add_string(&state, string);
	return digest_finish(state);
}

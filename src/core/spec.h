/*
 * spec.h - what the caller asked for, checked, completed and owned.
 *
 * The only place that knows the size field of option structs. Immutable once
 * made.
 */
#pragma once

#include "base/text.h"
#include "muster/types.h"
#include "policy/worker.h"

struct spec {
	char *name;
	char **argv;
	char **environment;
	char **listener_names;
	char **listener_addresses; /* an element is NULL when its fd is given */
	int *listener_fds;
	int *pass_fds;
	uint32_t listener_count;
	uint32_t pass_fd_count;
	uint32_t workers;
	enum muster_kill kill;
	int death_signal; /* 0: none */
	bool wants_launcher_fd;
	uint32_t give_up_deaths;
	uint64_t give_up_window_ns;
	struct worker_rules rules;
};

/* Copies a caller's struct of theirs bytes into ours: the shorter is completed
 * with zeros, what is longer must be zero (-E2BIG). -EINVAL when it is too
 * short to hold its size. */
int spec_copy_options(void *ours, size_t our_size, const void *theirs,
		      size_t their_size);

/* The same towards the caller: never writes past the size it set. */
void spec_return_struct(void *theirs, size_t their_size, const void *ours,
			size_t our_size);

/* -EINVAL with the reason in error, -E2BIG, -ENOMEM. */
int spec_new(const struct muster_group_options *options, struct spec **ret_spec,
	     struct text *error);
struct spec *spec_free(struct spec *spec);

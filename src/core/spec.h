/*
 * spec.h - what the caller asked for, checked, completed and owned.
 *
 * The only place that knows the size field of option structs. Immutable once
 * made.
 */
#pragma once

#include "base/text.h"
#include "core/strings.h"
#include "muster/types.h"
#include "policy/worker.h"

struct spec {
	uint32_t refs;		 /* editions that use it */
	struct strings *strings; /* whose argv and environment are */
	char *name;
	const char **argv;
	const char **environment;
	char **listener_names;
	char **listener_addresses; /* an element is NULL when its fd is given */
	int *listener_fds;
	int *pass_fds;
	uint32_t listener_count;
	uint32_t pass_fd_count;
	uint32_t workers;
	enum muster_kill kill;
	int death_signal; /* 0: none */
	bool leads_group;
	bool leads_session;
	bool takes_terminal; /* not who leads a session */
	bool inherits_fds;
	bool is_transparent;
	bool runs_scripts;
	bool wants_launcher_fd;
	uint32_t give_up_deaths;
	uint64_t give_up_window_ns;
	enum muster_ready ready;
	int ready_fd;
	enum muster_restart_method restart_method;
	int32_t max_surge; /* as muster_group_options has them */
	int32_t max_unavailable;
	int *after; /* [after_count], group numbers */
	uint32_t after_count;
	uint64_t ready_timeout_ns;
	char *directory;
	char *cgroup; /* NULL: the launcher's */
	bool sets_umask;
	mode_t umask;
	struct worker_rules rules;
	int (*run)(void *run_data, const struct muster_birth *birth);
	void *run_data;
	uint64_t blocked_signals;	      /* of run */
	struct muster_privileges *privileges; /* NULL: the launcher's */
};

/* Copies a caller's struct of theirs bytes into ours: the shorter is completed
 * with zeros, what is longer must be zero (-E2BIG). -EINVAL when it is too
 * short to hold its size. */
int spec_copy_options(void *ours, size_t our_size, const void *theirs,
		      size_t their_size);

/* The same towards the caller: never writes past the size it set. */
void spec_return_struct(void *theirs, size_t their_size, const void *ours,
			size_t our_size);

/* A spec with one reference; strings must outlive it. -EINVAL with the reason
 * in error, -E2BIG, -ENOMEM. */
int spec_new(struct strings *strings,
	     const struct muster_group_options *options, struct spec **ret_spec,
	     struct text *error);
struct spec *spec_ref(struct spec *spec);
/* Frees it with the last reference; returns NULL. */
struct spec *spec_free(struct spec *spec);

/* Messages of its workers are expected. */
bool spec_wants_messages(const struct spec *spec);

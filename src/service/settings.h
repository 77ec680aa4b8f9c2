/*
 * settings.h - what a launcher and its services were asked for: checked, copied
 * and owned. The only place of this floor that knows the size of an option
 * struct.
 */
#pragma once

#include "base/text.h"
#include "muster/service.h"

struct settings {
	struct muster_launcher_options options; /* strings are ours */
	struct muster_hooks hooks;
	char *backdoor_port;   /* NULL: none */
	char *backdoor_socket; /* NULL: none */
};

/* A caller's struct, size first, into ours of this size; theirs may be NULL:
 * ours stays. -EINVAL, -E2BIG, and why in error. */
int settings_copy(void *ours, size_t size, const void *theirs,
		  struct text *error);

/* -EINVAL and why in error, -E2BIG, -ENOMEM. options may be NULL. */
int settings_read(struct settings *settings,
		  const struct muster_launcher_options *options,
		  struct text *error);
void settings_fini(struct settings *settings);

/* A service; the launcher that it was added to owns it. */
struct service {
	char *name;
	struct muster_service_ops ops;
	void *data;
	enum muster_service_ready ready;
	uint64_t stop_timeout_ns; /* MUSTER_FOREVER: none */
	/* As given, completed; what it points to is borrowed and only there
	 * while the service is added. */
	struct muster_group_options rules;
};

/* -EINVAL and why in error, -E2BIG, -ENOMEM. */
int service_new(const struct settings *settings,
		const struct muster_service *given,
		struct service **ret_service, struct text *error);
struct service *service_free(struct service *service);

/*
 * edition.h - one version of a group: its spec, the sockets it listens on and
 * the plan that its workers are launched by.
 *
 * A roll moves a group from one edition to the next. An edition lives as long
 * as the group or one of its workers refers to it, and to the end of that
 * turn's news, which points into it. Sockets are shared by all editions of all
 * groups that listen on the same address: those that stay are never closed, and
 * while the launcher runs one group may take over what another one still has.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "core/context.h"
#include "core/spec.h"
#include "proc/listen.h"

/* A socket, and what it was asked for: a port of 0 is another when bound. */
struct listener {
	struct list link; /* in context.listeners */
	uint32_t refs;
	char *asked;
	struct listen_socket socket;
};

struct edition {
	struct list grave; /* in context.graves, when nobody refers to it */
	uint32_t refs;
	uint32_t number; /* rolls of the group before it */
	uint32_t ready;	 /* workers of it that are */
	struct spec *spec;
	struct listener **listeners;  /* [spec->listener_count]; an element is
					 NULL when its fd is given */
	struct shared_cgroup *cgroup; /* NULL: workers are in ours */
	struct plan *plan;	      /* NULL before the start */
};

/* An edition with one reference; takes the spec on success. former (NULL: there
 * is none) is the one before: a socket whose port the kernel chose is nobody
 * else's. */
int edition_new(struct context *context, struct spec *take_spec,
		const struct edition *former, struct edition **ret_edition,
		struct text *error);

/* Makes the plan, to which it fits the pool; loop and spawner are there now.
 */
int edition_start(struct context *context, struct edition *edition);
void edition_unstart(struct edition *edition);

struct edition *edition_ref(struct edition *edition);
/* Returns NULL. Without references it is freed by edition_bury. */
struct edition *edition_unref(struct context *context, struct edition *edition);

/* Frees what nobody refers to any more; no news points to it. */
void edition_bury(struct context *context);
/* Frees it now, whatever refers to it; accepts NULL. */
struct edition *edition_free(struct edition *edition);

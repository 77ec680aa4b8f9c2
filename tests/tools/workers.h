/*
 * workers.h - who there is when the dust has settled.
 */
#pragma once

#include "tools/support.h"

static inline bool workers_know(const pid_t *pids, unsigned int count,
				pid_t pid)
{
	for (unsigned int i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* How many of one are in the other. */
static inline unsigned int workers_same(const pid_t *pids, const pid_t *others,
					unsigned int count)
{
	unsigned int same = 0;

	for (unsigned int i = 0; i < count; i++)
		same += workers_know(others, count, pids[i]);
	return same;
}

static inline bool workers_said(const struct launcher *launcher,
				const pid_t *pids, unsigned int count,
				const char *text)
{
	char line[256];

	for (unsigned int i = 0; i < count; i++) {
		(void)snprintf(line, sizeof(line), "\n%d %s\n", (int)pids[i],
			       text);
		/* The first line has none before it. */
		if (!lines_have(&launcher->said, line) &&
		    (!launcher->said.data ||
		     strncmp(launcher->said.data, line + 1, strlen(line + 1)) !=
			     0))
			return false;
	}
	return true;
}

/* Waits until muster has so many children and no more, each of which has said
 * text: their pids. */
static inline void workers_wait(struct launcher *launcher, const char *text,
				pid_t *ret_pids, unsigned int count)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	pid_t pids[CHILDREN_MAX];

	while (children_of(launcher->pid, pids) != count ||
	       !workers_said(launcher, pids, count, text)) {
		if (now_ms() >= until_ms)
			fail_msg("not %u workers, each of which says \"%s\":\n"
				 "%s",
				 count, text, launcher->log.data);
		assert_false(launcher_ends_within(launcher, 1));
	}
	memcpy(ret_pids, pids, count * sizeof(pid_t));
}

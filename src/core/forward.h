/*
 * forward.h - signals to the launcher that are its workers'.
 *
 * Kept when they come, and handed on once at the end of the turn, to all
 * workers that there are then: after those that died in it, and those that were
 * launched for them. While there is none they stay, for who comes next (E2).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proc/pidfd.h"

/* Of a standard signal one is kept, as by the kernel, and so many of all
 * real-time signals: what comes beyond is lost, and said to be. */
#define FORWARD_REALTIME_MAX 64U
#define FORWARD_MAX (FORWARD_REALTIME_MAX + 31U)

struct forward_record {
	int signo;		/* as it came */
	bool is_told;		/* that it is kept */
	struct pidfd_news news; /* as it is handed on */
};

struct forward {
	struct forward_record records[FORWARD_MAX];
	uint32_t count;
	uint32_t realtime_count;
};

struct supervisor;

void forward_keep(struct supervisor *supervisor,
		  const struct forward_record *record);

/* Hands on what was kept, if anybody is there, and says what came of it. */
void forward_all(struct supervisor *supervisor);

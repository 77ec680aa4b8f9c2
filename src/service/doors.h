/*
 * doors.h - the backdoor of a process that runs services, and what it answers.
 */
#pragma once

#include "base/text.h"
#include "service/backdoor.h"
#include "service/services.h"
#include "service/speak.h"

struct doors {
	struct backdoor *backdoor; /* NULL: none */
	uint64_t opened_ns;
};

#define DOORS_NULL ((struct doors){.backdoor = NULL})

/* As the settings say, and says where it listens (B99). */
int doors_open(struct doors *doors, const struct settings *settings,
	       struct speaker *speaker, struct text *error);
void doors_close(struct doors *doors);

/* NULL without one; -1 without one. */
const char *doors_where(const struct doors *doors);
int doors_fd(const struct doors *doors);

/* Does what there is to do. */
void doors_answer(struct doors *doors, struct services *services,
		  struct speaker *speaker);

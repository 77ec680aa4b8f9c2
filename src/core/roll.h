/*
 * roll.h - replaces a generation, slot by slot.
 *
 * A slot whose worker is ready gets a newcomer; when that is ready it takes the
 * place and the old one retires. Or the old one is stopped first, where
 * max_surge is none. How many at a time is policy/pool's answer. A roll that
 * fails goes back to the edition before: newcomers leave, whoever is relieved
 * serves on.
 */
#pragma once

#include <stdint.h>

#include "core/group.h"

/* Begins to replace the group's edition; takes the reference. During a roll the
 * slots that are begun go on to the newest edition, too. */
void roll_start(struct context *context, struct group *group,
		struct edition *take_edition);

/* There is a slot that may be begun with now. */
bool roll_may_begin(const struct group *group);

/* Begins with as many slots as there may be now; returns what is left of
 * budget, 0 when more could be begun. */
uint32_t roll_advance(struct context *context, struct group *group,
		      uint32_t budget);

/* What follows for the roll from what has happened to this slot's workers. */
void roll_follow(struct context *context, struct group *group,
		 struct slot *slot);

/* A slot that is not wanted any more may go: not while a roll goes on and those
 * who stay are not enough without it. */
bool roll_may_drop(const struct group *group, const struct slot *slot);

/* The slot is not wanted any more: its workers stop. What follows for the group
 * is the caller's to see to. */
void roll_drop(struct context *context, struct group *group, struct slot *slot);

/* Forgets the roll; slots stay as they are. */
void roll_end(struct context *context, struct group *group);

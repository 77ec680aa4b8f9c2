/*
 * order.h - which groups wait for which.
 *
 * A group is launched for the first time when those that it is after serve, and
 * is told to stop before they are. Nobody waits for a group that shall have no
 * worker or that leaves, and whoever has begun waits for nobody any more. No
 * group is after itself, by however many others.
 */
#pragma once

#include "core/supervisor.h"

/* 0, -ENOMEM, or -EINVAL and why a group of that number, which need not be
 * there yet, cannot be after these. */
int order_check(const struct supervisor *supervisor, int32_t id,
		const struct group_order *order, struct text *error);

/* Whether the group waits, which is to be asked when it joins and when its
 * order has changed. */
void order_judge(struct supervisor *supervisor, struct group *group);

/* This group serves now, or does not any more, or goes: who is after it and has
 * not begun is judged anew. */
void order_review(struct supervisor *supervisor, int32_t id);

/* In a stop: notes who is needed, for others that live are after it. */
void order_find_needed(struct supervisor *supervisor);

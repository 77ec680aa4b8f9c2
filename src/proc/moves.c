/*
 * moves.c - which descriptor goes where, in which order, and what lies between.
 * Arithmetic on numbers; no descriptor is touched.
 */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "proc/plan.h"

static bool plan_is_source(const struct plan_fd *fds, const bool *is_done,
			   uint32_t count, int fd)
{
	for (uint32_t i = 0; i < count; i++)
		if (!is_done[i] && fds[i].source == fd)
			return true;
	return false;
}

/* The first whose target nobody needs any more; count when all are blocked. */
static uint32_t plan_next_move(const struct plan_fd *fds, bool *is_done,
			       uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		bool is_blocked;

		if (is_done[i])
			continue;
		is_done[i] = true; /* its own source does not block it */
		is_blocked = plan_is_source(fds, is_done, count, fds[i].target);
		if (!is_blocked)
			return i;
		is_done[i] = false;
	}
	return count;
}

static uint32_t plan_first_left(const bool *is_done, uint32_t count)
{
	uint32_t i = 0;

	while (i < count && is_done[i])
		i++;
	return i;
}

/* All that are left wait for each other: the target of the first is saved, and
 * whoever wanted it takes the copy. */
static void plan_cut_cycle(struct plan_fd *fds, const bool *is_done,
			   uint32_t count, int spare)
{
	int target = fds[plan_first_left(is_done, count)].target;

	for (uint32_t i = 0; i < count; i++)
		if (!is_done[i] && fds[i].source == target)
			fds[i].source = spare;
}

static __attribute__((noinline)) uint32_t
plan_order(const struct plan_fd *fds, uint32_t count, int floor,
	   struct plan_move *ret_moves)
{
	struct plan_fd left[PLAN_FDS_MAX];
	bool is_done[PLAN_FDS_MAX] = {false};
	uint32_t moves = 0;
	uint32_t i;

	memcpy(left, fds, count * sizeof(*fds));
	while (plan_first_left(is_done, count) < count) {
		i = plan_next_move(left, is_done, count);
		if (i < count) {
			ret_moves[moves++] = (struct plan_move){
				.source = left[i].source,
				.target = left[i].target,
			};
			continue;
		}
		i = plan_first_left(is_done, count);
		ret_moves[moves++] = (struct plan_move){
			.source = left[i].target,
			.target = floor,
			.is_temporary = true,
		};
		plan_cut_cycle(left, is_done, count, floor++);
	}
	return moves;
}

/* Most often there is nothing to move, and the stack that the order takes is
 * more than all else that a launcher does. */
uint32_t plan_moves(const struct plan_fd *fds, uint32_t count, int floor,
		    struct plan_move *ret_moves)
{
	return count == 0 ? 0 : plan_order(fds, count, floor, ret_moves);
}

/* One past the highest number that the moves touch. */
unsigned int plan_keep(const struct plan_move *moves, uint32_t count)
{
	int highest = STDERR_FILENO;

	for (uint32_t i = 0; i < count; i++) {
		if (moves[i].source > highest)
			highest = moves[i].source;
		if (moves[i].target > highest)
			highest = moves[i].target;
	}
	return (unsigned int)highest + 1;
}

static bool plan_is_target(const struct plan_move *moves, uint32_t count,
			   int fd)
{
	for (uint32_t i = 0; i < count; i++)
		if (moves[i].target == fd && !moves[i].is_temporary)
			return true;
	return false;
}

uint32_t plan_gaps(const struct plan_move *moves, uint32_t count,
		   struct plan_gap *ret_gaps)
{
	int keep = (int)plan_keep(moves, count);
	uint32_t gaps = 0;
	bool is_open = false;

	for (int fd = STDERR_FILENO + 1; fd < keep; fd++) {
		if (plan_is_target(moves, count, fd)) {
			is_open = false;
			continue;
		}
		if (!is_open)
			ret_gaps[gaps++].first = (unsigned int)fd;
		ret_gaps[gaps - 1].last = (unsigned int)fd;
		is_open = true;
	}
	return gaps;
}

/*
 * orphans.c - the sweep over dead children.
 *
 * SIGCHLD coalesces: an orphan's death can hide behind a worker's record, so
 * every record counts, whoever it names. A plain waitid(P_ALL) would take the
 * workers' statuses; each child is peeked at first, and looked up. One of ours
 * ends the sweep: it would be found again and again until its own event has
 * come, whether its pidfd has polled or is tried again now and then. The rest
 * follows in a later turn.
 *
 * A peek costs O(children), most of them alive. Hence the gap between two
 * sweeps: a storm of dying workers brings a record a turn.
 */
#include <sys/wait.h>

#include "base/nsec.h"
#include "loop/backend.h"
#include "loop/clock.h"
#include "loop/orphans.h"

/* Ten thousand children take a peek of 0.8 ms: less than two percent of this.
 * And a zombie of that age is nobody's trouble. */
#define ORPHANS_GAP_NS (50 * NSEC_PER_MSEC)

/* Times as long as the sweep took; and so many in a row, which is enough for
 * ten thousand. */
#define ORPHANS_PAUSE 3U
#define ORPHANS_PAUSES 160U
/* Who is launched because of what a batch has executes meanwhile, on the same
 * processor when there is no other. */
#define ORPHANS_YIELD_NS NSEC_PER_MSEC
/* When there is nobody else to be heard. */
#define ORPHANS_AT_ONCE 4096U

enum orphans_found {
	ORPHANS_NONE,
	ORPHANS_WATCHED, /* its event comes first, or it is buried first */
	ORPHANS_TAKEN,
};

/* grace_ns: for so long others come first. */
static void orphans_be_due(struct orphans *orphans, uint64_t due_ns,
			   uint64_t grace_ns)
{
	orphans->due_ns = due_ns;
	orphans->late_ns =
		nsec_add(due_ns, nsec_min(grace_ns, orphans->gap_ns));
}

void orphans_begin(struct orphans *orphans, bool are_ours)
{
	orphans->are_ours = are_ours;
	orphans->free_ns = 0;
	orphans->gap_ns = ORPHANS_GAP_NS;
	orphans_be_due(orphans, are_ours ? 0 : NSEC_NEVER, 0);
}

void orphans_hurry(struct orphans *orphans)
{
	orphans->free_ns = 0;
	orphans->gap_ns = 0;
	if (orphans->are_ours)
		orphans_be_due(orphans, 0, 0);
}

void orphans_note(struct orphans *orphans)
{
	if (orphans->are_ours && orphans->due_ns == NSEC_NEVER)
		orphans_be_due(orphans,
			       nsec_max(orphans->free_ns, clock_now_ns()),
			       ORPHANS_GAP_NS);
}

bool orphans_peek(siginfo_t *ret_info)
{
	*ret_info = (siginfo_t){0};
	return waitid(P_ALL, 0, ret_info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       ret_info->si_pid != 0;
}

void orphans_take(const siginfo_t *info, struct loop_batch *batch)
{
	bool is_end = backend_is_end(info);
	siginfo_t taken;

	/* Of a stop nothing else: it may have died since, and be watched. */
	if (waitid(P_PID, (id_t)info->si_pid, &taken,
		   (is_end ? WEXITED : WSTOPPED) | WNOHANG) == 0)
		batch->orphans += is_end;
}

/* Told, and kept for its group's sake until the next wait begins. */
static bool orphans_is_peeked(const struct loop *loop, pid_t pid)
{
	for (uint32_t i = 0; i < loop->peeked_count; i++)
		if (loop->peeked[i] == pid)
			return true;
	return false;
}

static enum orphans_found orphans_step(struct loop *loop,
				       struct loop_batch *batch)
{
	siginfo_t info;

	if (!orphans_peek(&info))
		return ORPHANS_NONE;
	if (backend_is_end(&info) && (pids_find(&loop->pids, info.si_pid) ||
				      orphans_is_peeked(loop, info.si_pid)))
		return ORPHANS_WATCHED;
	orphans_take(&info, batch);
	return ORPHANS_TAKEN;
}

/* When the next sweep is due, or the rest of one that was cut short: after a
 * pause, for who has used up its slice of the processor waits behind the whole
 * storm, and so would the next restart. But where there is no end of them all
 * that is left of the processor is theirs, or they would become ever more. */
static uint64_t orphans_next(struct orphans *orphans, enum orphans_found last,
			     uint64_t begun_ns, uint64_t now_ns)
{
	if (last == ORPHANS_TAKEN)
		orphans->cut_short++;
	else
		orphans->cut_short = 0;
	if (last == ORPHANS_NONE)
		return NSEC_NEVER;
	if (last == ORPHANS_WATCHED)
		return orphans->free_ns;
	if (orphans->gap_ns == 0 || orphans->cut_short > ORPHANS_PAUSES)
		return 0;
	return nsec_add(now_ns, ORPHANS_PAUSE * (now_ns - begun_ns));
}

/* None before that, but for one that would be late. */
static void orphans_yield(struct orphans *orphans, uint64_t until_ns)
{
	if (orphans->gap_ns == 0)
		return;
	orphans->free_ns = nsec_max(orphans->free_ns, until_ns);
	if (orphans->due_ns != NSEC_NEVER)
		orphans->due_ns = nsec_max(
			orphans->due_ns, nsec_min(until_ns, orphans->late_ns));
}

uint32_t orphans_limit(const struct orphans *orphans)
{
	return orphans->gap_ns == 0 ? ORPHANS_AT_ONCE : ORPHANS_A_TURN;
}

void orphans_sweep(struct loop *loop, struct loop_batch *batch)
{
	struct orphans *orphans = &loop->orphans;
	enum orphans_found found = ORPHANS_TAKEN;
	uint64_t begun_ns;
	uint64_t now_ns;

	if (!orphans->are_ours ||
	    (orphans->due_ns == NSEC_NEVER && batch->count == 0))
		return;
	begun_ns = clock_now_ns();
	if (batch->count > 0)
		orphans_yield(orphans, nsec_add(begun_ns, ORPHANS_YIELD_NS));
	if (orphans->due_ns > begun_ns)
		return;
	for (uint32_t i = 0;
	     i < orphans_limit(orphans) && found == ORPHANS_TAKEN; i++)
		found = orphans_step(loop, batch);
	now_ns = clock_now_ns();
	orphans->free_ns = nsec_add(now_ns, orphans->gap_ns);
	/* The rest of many is not put off again and again. */
	orphans_be_due(orphans, orphans_next(orphans, found, begun_ns, now_ns),
		       found == ORPHANS_TAKEN ? ORPHANS_YIELD_NS
					      : ORPHANS_GAP_NS);
}

/*
 * trace.c - a counter of system calls on ptrace(2).
 *
 * Each call is two stops, which makes the launcher slow: nothing is timed while
 * this runs. An interrupted call is entered anew, so a hold may add one.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/nsec.h"
#include "trace.h"

#define TRACE_STOP_SYSCALL (SIGTRAP | 0x80)
#define TRACE_POLL_NS (20 * NSEC_PER_USEC)
/* A launcher that has not moved for so long sleeps. */
#define TRACE_QUIET_NS (5 * NSEC_PER_MSEC)
#define TRACE_DEADLINE_NS (30 * NSEC_PER_SEC)

static bool trace_is_hold(int status)
{
	return status >> 16 == PTRACE_EVENT_STOP;
}

/* Any stop: onwards, to the next call; signals are passed on. */
static int trace_go_on(pid_t pid, int status)
{
	long signo = 0;

	if (!trace_is_hold(status) && WSTOPSIG(status) != TRACE_STOP_SYSCALL)
		signo = WSTOPSIG(status);
	return ptrace(PTRACE_SYSCALL, pid, 0, signo) < 0 ? -errno : 0;
}

static int trace_count(pid_t pid, struct trace_counts *counts)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return -errno;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	counts->total++;
	if (info.entry.nr < TRACE_CALLS)
		counts->calls[info.entry.nr]++;
	return 0;
}

int trace_hold(const struct session *session)
{
	int status;

	/* In a call it is the call's exit that stops it (ptrace(2)). */
	if (ptrace(PTRACE_INTERRUPT, session->pid, 0, 0) < 0 ||
	    waitpid(session->pid, &status, __WALL) < 0)
		return -errno;
	return WIFSTOPPED(status) ? 0 : -ESRCH;
}

int trace_release(const struct session *session)
{
	return ptrace(PTRACE_SYSCALL, session->pid, 0, 0) < 0 ? -errno : 0;
}

int trace_attach(const struct session *session)
{
	int r;

	if (ptrace(PTRACE_SEIZE, session->pid, 0, PTRACE_O_TRACESYSGOOD) < 0)
		return -errno;
	r = trace_hold(session);
	return r < 0 ? r : trace_release(session);
}

int trace_detach(const struct session *session)
{
	int r = trace_hold(session);

	if (r == 0 && ptrace(PTRACE_DETACH, session->pid, 0, 0) < 0)
		r = -errno;
	return r;
}

/* Takes one stop if there is one; 1 when there was. */
static int trace_step(pid_t pid, struct trace_counts *counts)
{
	int status;
	pid_t stopped = waitpid(pid, &status, __WALL | WNOHANG);
	int r = 0;

	if (stopped <= 0)
		return stopped < 0 ? -errno : 0;
	if (!WIFSTOPPED(status))
		return -ESRCH;
	if (WSTOPSIG(status) == TRACE_STOP_SYSCALL)
		r = trace_count(pid, counts);
	if (r == 0)
		r = trace_go_on(pid, status);
	return r < 0 ? r : 1;
}

int trace_run(struct session *session, uint32_t started,
	      struct trace_counts *counts)
{
	uint64_t begin_ns = bench_now_ns();
	uint64_t moved_ns = begin_ns;

	for (;;) {
		uint64_t now_ns = bench_now_ns();
		uint32_t seen = __atomic_load_n(&session->page->started,
						__ATOMIC_SEQ_CST);
		int r = trace_step(session->pid, counts);

		if (r < 0)
			return r;
		if (r > 0) {
			moved_ns = now_ns;
			continue;
		}
		if ((int32_t)(seen - started) >= 0 &&
		    nsec_since(now_ns, moved_ns) > TRACE_QUIET_NS)
			return 0;
		if (nsec_since(now_ns, begin_ns) > TRACE_DEADLINE_NS)
			return -ETIMEDOUT;
		session_drain(session);
		bench_sleep_ns(TRACE_POLL_NS);
	}
}

/*
 * trace.c - a small debugger.
 */
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "tools/trace.h"

#define TRACE_EVENTS \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

/* A stop by one of the events above, see ptrace(2). */
static bool is_birth(int status)
{
	int event = status >> 16;

	return WIFSTOPPED(status) &&
	       (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		event == PTRACE_EVENT_CLONE);
}

/* The new one is traced too and does not run before the tracer says so. */
static int tracer_meet_child(pid_t muster)
{
	unsigned long child = 0;
	int status = 0;

	do {
		if (waitpid(muster, &status, __WALL) != muster)
			return 2;
		if (is_birth(status))
			break;
		if (!WIFSTOPPED(status))
			return 3;
		(void)ptrace(PTRACE_CONT, muster, 0,
			     status >> 16 ? 0 : WSTOPSIG(status));
	} while (true);
	if (ptrace(PTRACE_GETEVENTMSG, muster, 0, &child) < 0 ||
	    kill((pid_t)child, SIGKILL) < 0 ||
	    ptrace(PTRACE_DETACH, muster, 0, 0) < 0)
		return 4;
	return waitpid((pid_t)child, &status, __WALL) == (pid_t)child &&
			       WIFSIGNALED(status)
		       ? 0
		       : 5;
}

static void tracer_run(pid_t tracee, int told, int hold, bool meets_child)
{
	long options = meets_child ? TRACE_EVENTS : 0;
	char byte = 0;

	if (ptrace(PTRACE_SEIZE, tracee, 0, options) < 0 ||
	    write(told, &byte, 1) != 1)
		_exit(1);
	if (meets_child)
		_exit(tracer_meet_child(tracee));
	(void)!read(hold, &byte, 1); /* until the other end is closed */
	_exit(0);
}

static bool tracer_start(struct tracer *ret_tracer, pid_t tracee,
			 bool meets_child)
{
	pid_t parent = getpid();
	int told[2];
	int hold[2];
	char byte;
	bool is_there;

	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	ret_tracer->pid = fork();
	assert_true(ret_tracer->pid >= 0);
	if (ret_tracer->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(hold[1]); /* or it would hold itself */
		if (getppid() == parent)
			tracer_run(tracee, told[1], hold[0], meets_child);
		_exit(1);
	}
	ret_tracer->hold_fd = hold[1];
	(void)close(told[1]); /* so that its death is an end */
	(void)close(hold[0]);
	is_there = read(told[0], &byte, 1) == 1;
	(void)close(told[0]);
	if (!is_there)
		(void)tracer_end(ret_tracer);
	return is_there;
}

bool tracer_seize(struct tracer *ret_tracer, pid_t pid)
{
	return tracer_start(ret_tracer, pid, false);
}

bool tracer_kill_next_child(struct tracer *ret_tracer, pid_t muster)
{
	return tracer_start(ret_tracer, muster, true);
}

int tracer_end(struct tracer *tracer)
{
	int pidfd = process_open(tracer->pid);
	int status;

	(void)close(tracer->hold_fd); /* this tells it */
	assert_true(process_ends_within(pidfd, DEADLINE_MS));
	(void)close(pidfd);
	assert_int_equal(waitpid(tracer->pid, &status, 0), tracer->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * child.c - walks the plan between clone and execve.
 *
 * Compiled by itself: no sanitizer, no stack protector, no library call, and
 * `nm -u` of its object and child_privs.o together is empty
 * (scripts/check-pure). On a stack of its own inside the launcher's memory it
 * must stay small and shallow. Every step that fails is reported with its
 * errno, and ends the child with 127; nobody reads that status when the report
 * is there.
 *
 * The order matters: handlers go while every signal is still blocked; then the
 * cgroup, while the launcher's descriptor of it is there; then the descriptor
 * table, for until then every change to it would be the launcher's;
 * the terminal before a descriptor moves, and while SIGTTOU is blocked;
 * the parent-death signal before the look at the parent, which closes the
 * window in which it may have died; the directory after that, since a dead file
 * server may hold the child there, and then it dies with its launcher at least;
 * the stamp behind everything that may take long; the mask last, so that a
 * signal sent meanwhile kills the child before its program could have seen it.
 * Rights and limits (child_privs.c) come between descriptors and directory, in
 * an order of their own, which proc/privs.h gives reasons for.
 */
#include <errno.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "proc/child.h"
#include "proc/child_check.h"
#include "proc/child_privs.h"

/* Copies only the descriptors below keep. A child that went on without this
 * would edit the launcher's own table. */
static void unshare_descriptors(const struct child_launch *launch)
{
	unsigned int first = launch->keep;

	if (first == 0)
		return;
	if (launch->launch_fd > first)
		check(launch->report, MUSTER_STEP_UNSHARE,
		      compat_syscall(SYS_close_range, first,
				     launch->launch_fd - 1, 0, 0));
	if (launch->launch_fd != 0)
		first = launch->launch_fd + 1;
	check(launch->report, MUSTER_STEP_UNSHARE,
	      compat_syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_UNSHARE,
			     0));
}

/* Which cannot fail for these. */
static void set_disposition(int signo, void (*disposition)(int))
{
	struct {
		uint64_t handler, flags, restorer, mask;
	} action = {(uint64_t)(uintptr_t)disposition, 0, 0, 0};

	(void)compat_syscall(SYS_rt_sigaction, signo, address(&action), 0,
			     sizeof(action.mask));
}

/* Where clone could not do it (CLONE_CLEAR_SIGHAND): a handler of the
 * launcher's program must not run in memory that is the launcher's. */
static void drop_handlers(const struct child_launch *launch)
{
	for (int signo = 1; signo <= 64; signo++)
		if (launch->handled & UINT64_C(1) << (signo - 1))
			set_disposition(signo, SIG_DFL);
}

/* Whatever threads there may be: 0 is who writes. */
static void enter_cgroup(const struct child_launch *launch)
{
	static const char itself[] = "0";

	if (launch->cgroup_fd >= 0)
		check(launch->report, MUSTER_STEP_CGROUP,
		      compat_syscall(SYS_write, launch->cgroup_fd,
				     address(itself), 1, 0));
}

static void join_group(const struct plan *plan, struct child_report *report)
{
	long call = plan->leads_session ? SYS_setsid : SYS_setpgid;

	if (plan->leads_group)
		check(report, MUSTER_STEP_GROUP,
		      compat_syscall(call, 0, 0, 0, 0));
	/* There may be no terminal, or it is another session's. */
	if (plan->leads_session)
		(void)compat_syscall(SYS_ioctl, STDIN_FILENO, TIOCSCTTY, 0, 0);
}

/* Every signal that the terminal could send for it is blocked still. */
static void take_terminal(const struct child_launch *launch)
{
	int group;

	if (!launch->takes_terminal)
		return;
	group = (int)compat_syscall(SYS_getpid, 0, 0, 0, 0);
	/* A terminal that was hung up is no reason not to run. */
	(void)compat_syscall(SYS_ioctl, launch->plan->terminal_fd, TIOCSPGRP,
			     address(&group), 0);
}

static void tie_to_launcher(const struct plan *plan,
			    struct child_report *report)
{
	if (plan->death_signal == 0)
		return;
	check(report, MUSTER_STEP_PARENT,
	      compat_syscall(SYS_prctl, PR_SET_PDEATHSIG, plan->death_signal, 0,
			     0));
	/* It is not sent for a parent that is dead already (prctl(2)). */
	if (compat_syscall(SYS_getppid, 0, 0, 0, 0) != plan->launcher_pid)
		check(report, MUSTER_STEP_PARENT, -ESRCH);
}

static long move(const struct plan_move *step)
{
	if (step->source == step->target)
		return compat_syscall(SYS_fcntl, step->target, F_SETFD, 0, 0);
	return compat_syscall(SYS_dup3, step->source, step->target,
			      step->is_temporary ? O_CLOEXEC : 0, 0);
}

static void place_descriptors(const struct plan *plan,
			      struct child_report *report)
{
	for (uint32_t i = 0; i < plan->move_count; i++)
		check(report, MUSTER_STEP_DESCRIPTORS, move(&plan->moves[i]));
	for (uint32_t i = 0; i < plan->gap_count; i++)
		check(report, MUSTER_STEP_DESCRIPTORS,
		      compat_syscall(SYS_close_range, plan->gaps[i].first,
				     plan->gaps[i].last, 0, 0));
}

static void write_digits(char *digits, long rest)
{
	char reversed[20];
	int count = 0;

	do {
		reversed[count++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	while (count > 0)
		*digits++ = reversed[--count];
	*digits = '\0';
}

/* Variables that name the worker's own pid, which nobody knows before. */
static void write_pids(const struct child_launch *launch)
{
	for (uint32_t i = 0; i < CHILD_PIDS; i++)
		if (launch->pids[i])
			write_digits(launch->pids[i],
				     compat_syscall(SYS_getpid, 0, 0, 0, 0));
}

/* Both are the child's own, for clone is without CLONE_FS. */
static void set_umask(const struct plan *plan)
{
	if (plan->sets_umask) /* which cannot fail */
		(void)compat_syscall(SYS_umask, (long)plan->umask, 0, 0, 0);
}

static void change_directory(const struct plan *plan,
			     struct child_report *report)
{
	if (plan->directory)
		check(report, MUSTER_STEP_DIRECTORY,
		      compat_syscall(SYS_chdir, address(plan->directory), 0, 0,
				     0));
}

static void restore_limits(const struct plan *plan, struct child_report *report)
{
	if (plan->restores_nofile)
		check(report, MUSTER_STEP_LIMITS,
		      compat_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE,
				     address(&plan->nofile), 0));
}

static void take_privileges(const struct plan *plan,
			    struct child_report *report)
{
	const struct privs *privs = plan->privs;

	if (!privs)
		return;
	child_take_privileges(privs, report);
	if (privs->sets_uid || privs->sets_gid)
		tie_to_launcher(plan, report);
}

static void stamp(struct child_report *report)
{
	struct timespec now = {0, 0};

	(void)compat_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, address(&now),
			     0, 0);
	report->exec_ns =
		(uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Of a script that nothing stands before says who runs it (execvp(3)). Where
 * there is no shell either the first answer tells more. */
static long execute(const struct child_launch *launch)
{
	const struct plan *plan = launch->plan;
	long environment = address(launch->environment);
	long r = compat_syscall(SYS_execve, address(plan->path),
				address(plan->argv), environment, 0);

	if (r == -ENOEXEC && plan->shell)
		(void)compat_syscall(SYS_execve, address(plan->shell[0]),
				     address(plan->shell), environment, 0);
	return r;
}

void child_run(void *argument)
{
	const struct child_launch *launch = argument;
	const struct plan *plan = launch->plan;
	struct child_report *report = launch->report;

	drop_handlers(launch);
	enter_cgroup(launch);
	unshare_descriptors(launch);
	join_group(plan, report);
	take_terminal(launch);
	tie_to_launcher(plan, report);
	place_descriptors(plan, report);
	restore_limits(plan, report);
	take_privileges(plan, report);
	set_umask(plan);
	change_directory(plan, report);
	write_pids(launch);
	if (plan->ignores_child)
		set_disposition(SIGCHLD, SIG_IGN);
	stamp(report);
	check(report, MUSTER_STEP_SIGNALS,
	      compat_syscall(SYS_rt_sigprocmask, SIG_SETMASK,
			     address(&plan->mask), 0, sizeof(plan->mask)));
	check(report, MUSTER_STEP_EXEC, execute(launch));
	leave(CHILD_EXIT_STATUS);
}

void child_probe(void *argument)
{
	long r = 0;

	if (argument)
		r = compat_syscall(SYS_close_range, ~0U, ~0U,
				   CLOSE_RANGE_UNSHARE, 0);
	leave(r < 0 ? -r : 0);
}

/*
 * fork.c - fork(2) and what a child does first. No retry, no decision; what it
 * changes in the parent is the mask, for the length of the call.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "proc/fork.h"
#include "proc/fork_code.h"
#include "proc/parent.h"
#include "proc/pidfd.h"

/* Nobody reads it: there is a report. */
#define FORK_EXIT_STATUS 127

void fork_prepare(bool is_ours)
{
	compat_trim_heap();
	if (is_ours)
		fork_code_share();
}

/* /proc/self/task has a link for each thread, besides its own two
 * (fs/proc/base.c, proc_task_getattr). */
static bool fork_counts_one_thread(void)
{
	struct stat status;

	return stat("/proc/self/task", &status) == 0 && status.st_nlink <= 3;
}

bool fork_is_alone(void)
{
	if (compat_is_single_threaded())
		return true;
	/* Leaves a thread group, which changes nothing for the only member and
	 * is refused to others (unshare(2)). */
	if (unshare(CLONE_THREAD) == 0)
		return true;
	return errno != EINVAL && fork_counts_one_thread();
}

/* By number, and waited for: nobody else can have it, nor know of it. It may
 * have come far enough to have a group, and children there. */
static void fork_take_back(pid_t pid)
{
	(void)pidfd_signal(-1, pid, SIGKILL); /* it is there, or a zombie */
	(void)pidfd_signal_group_by_pid(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Which nobody has reaped: the number cannot be another's. A worker that has no
 * descriptor is no worker, as with clone(2). */
static int fork_open(const struct spawner *spawner, pid_t pid,
		     struct spawn_child *ret_child)
{
	int pidfd = spawner->has_pidfds ? pidfd_open_process(pid) : -1;

	if (spawner->has_pidfds && pidfd < 0) {
		fork_take_back(pid);
		return pidfd;
	}
	*ret_child = (struct spawn_child){
		.pid = pid,
		.pidfd = pidfd,
		.launch_fd = -1,
	};
	return FORK_PARENT;
}

int fork_worker(const struct spawner *spawner,
		const struct spawn_request *request,
		struct spawn_child *ret_child)
{
	sigset_t all;
	sigset_t given;
	pid_t pid;
	int r;

	if (!fork_is_alone())
		return -EBUSY;
	*request->report = (struct child_report){0};
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &given); /* cannot fail */
	pid = fork();
	if (pid == 0)
		return FORK_CHILD;
	r = pid < 0 ? -errno : fork_open(spawner, pid, ret_child);
	(void)sigprocmask(SIG_SETMASK, &given, NULL);
	return r;
}

void fork_reset_signals(const int *signals, uint32_t count, uint64_t mask)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t set;

	for (uint32_t i = 0; i < count; i++)
		(void)sigaction(signals[i], &standard, NULL);
	(void)sigaction(SIGCHLD, &standard, NULL);
	/* The kernel's set is the first word of the library's. */
	sigemptyset(&set);
	memcpy(&set, &mask, sizeof(mask));
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
}

static void fork_check(struct child_report *report, enum muster_step step,
		       int result)
{
	if (result >= 0)
		return;
	report->error = (uint32_t)errno;
	report->step = step;
	_exit(FORK_EXIT_STATUS);
}

static void fork_stamp(struct child_report *report)
{
	struct timespec now = {0, 0};

	compat_read_clock(CLOCK_MONOTONIC, &now);
	report->exec_ns =
		(uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void fork_tie(const struct fork_setting *setting,
		     struct child_report *report)
{
	int r;

	if (setting->death_signal == 0)
		return;
	r = parent_tie(setting->death_signal);
	errno = -r;
	fork_check(report, MUSTER_STEP_PARENT, r);
	errno = ESRCH;
	fork_check(report, MUSTER_STEP_PARENT,
		   getppid() == setting->launcher_pid ? 0 : -1);
}

void fork_settle(const struct fork_setting *setting,
		 struct child_report *report)
{
	if (setting->leads_group)
		fork_check(report, MUSTER_STEP_GROUP, setpgid(0, 0));
	fork_tie(setting, report);
	if (setting->restores_nofile)
		fork_check(report, MUSTER_STEP_LIMITS,
			   setrlimit(RLIMIT_NOFILE, &setting->nofile));
	if (setting->sets_umask)
		(void)umask(setting->umask); /* which cannot fail */
	if (setting->directory)
		fork_check(report, MUSTER_STEP_DIRECTORY,
			   chdir(setting->directory));
	fork_stamp(report);
}

struct fork_mark {
	volatile unsigned char is_set;
	pid_t pid; /* for a kernel that does not wipe (before 4.14) */
	bool is_wiped;
};

struct fork_mark *fork_mark_new(void)
{
	struct fork_mark *mark =
		mmap(NULL, sizeof(*mark), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return NULL;
	mark->is_wiped = madvise(mark, sizeof(*mark), MADV_WIPEONFORK) == 0;
	mark->pid = getpid();
	mark->is_set = 1;
	return mark;
}

struct fork_mark *fork_mark_free(struct fork_mark *mark)
{
	if (mark)
		(void)munmap(mark, sizeof(*mark));
	return NULL;
}

bool fork_mark_is_ours(const struct fork_mark *mark)
{
	if (!mark->is_set)
		return false;
	return mark->is_wiped || mark->pid == getpid();
}

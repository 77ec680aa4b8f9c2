/*
 * pidfd.c - stands behind proc/pidfd.h: says who was signalled and lets them
 * die of it.
 */
#include <errno.h>
#include <sys/eventfd.h>

#include "fakes/fake.h"
#include "proc/pidfd.h"

int pidfd_open_process(pid_t pid)
{
	(void)pid; /* the launcher's own */
	/* Real, for the core closes it without the loop. */
	fake.launcher_fd = eventfd(0, EFD_CLOEXEC);
	return fake.launcher_fd < 0 ? -errno : fake.launcher_fd;
}

static void pidfd_count(uint8_t *count)
{
	if (*count < UINT8_MAX)
		(*count)++;
}

static void pidfd_take(struct fake_process *process, int signo)
{
	if (signo == SIGKILL)
		fake_end_at(process, nsec_add(fake.now_ns, fake.kill_takes_ns),
			    CLD_KILLED, SIGKILL);
	else if (signo != SIGCONT && process->manners == FAKE_OBEYS)
		fake_end_at(process, nsec_add(fake.now_ns, fake.stop_takes_ns),
			    CLD_EXITED, 0);
}

/* Signals are taken before the ends that came with them: in that turn somebody
 * may still be signalled whose end waits to be taken. Not by a number that is
 * free, though, unless a thief has freed it. */
static void pidfd_blame(const struct fake_process *process, int pidfd)
{
	if (process->told_wait > 0 && process->told_wait < fake.waits)
		fake_blame("%d was signalled after its end", process->pid);
	if (pidfd < 0 && process->state == FAKE_REAPED && process->code != 0)
		fake_blame("number %d was signalled after its reap",
			   process->pid);
}

static struct fake_process *pidfd_find(int pidfd, pid_t pid)
{
	struct fake_process *process =
		pidfd >= 0 ? fake_by_fd(pidfd) : fake_by_pid(pid);

	if (!process) {
		fake_blame("signal to pidfd %d, pid %d: nobody's", pidfd, pid);
		return NULL;
	}
	pidfd_blame(process, pidfd);
	if (pid > 0 && process->pid != pid)
		fake_blame("pidfd of %d and pid %d", process->pid, pid);
	return process;
}

int pidfd_signal(int pidfd, pid_t pid, int signo)
{
	struct fake_process *process = pidfd_find(pidfd, pid);

	if (!process)
		return -ESRCH;
	fake_note(FAKE_SIGNAL, process->pid, signo);
	pidfd_count(&process->sent[signo]);
	pidfd_take(process, signo);
	return process->state == FAKE_REAPED ? -ESRCH : 0;
}

int pidfd_signal_value(int pidfd, pid_t pid, int signo, int value)
{
	struct fake_process *process = pidfd_find(pidfd, pid);

	if (!process)
		return -ESRCH;
	if (!process->is_fork)
		fake_blame("a program, %d, is sent a value", process->pid);
	process->value = value;
	process->values++;
	return pidfd_signal(pidfd, pid, signo);
}

static int pidfd_group(struct fake_process *process, int pidfd, int signo)
{
	if (!process)
		return -ESRCH;
	pidfd_blame(process, pidfd);
	fake_note(FAKE_GROUP_SIGNAL, process->pid, signo);
	pidfd_count(&process->group_kills);
	pidfd_take(process, signo);
	return 0;
}

int pidfd_signal_group(int pidfd, int signo)
{
	struct fake_process *process = fake_by_fd(pidfd);

	if (!process)
		fake_blame("group signal to pidfd %d, which is not open",
			   pidfd);
	if (!fake.signals_groups) {
		fake_blame("group signal by pidfd, which is not possible here");
		return -EINVAL;
	}
	return pidfd_group(process, pidfd, signo);
}

int pidfd_signal_group_by_pid(pid_t leader, int signo)
{
	struct fake_process *process = fake_by_pid(leader);

	if (!process)
		fake_blame("group signal to number %d: nobody's", leader);
	return pidfd_group(process, -1, signo);
}

int pidfd_hand_on(int pidfd, pid_t pid, const struct pidfd_news *news,
		  bool to_group)
{
	struct fake_process *process = pidfd_find(pidfd, pid);

	if (!process)
		return -ESRCH;
	if (fake.hand_on_error != 0)
		return -fake.hand_on_error;
	process->handed = *news;
	process->hand_ons++;
	process->was_handed_group = to_group;
	return 0;
}

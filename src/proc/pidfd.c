/*
 * pidfd.c - the calls; no state, no retry.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "proc/pidfd.h"

int pidfd_open_process(pid_t pid)
{
	long r = syscall(SYS_pidfd_open, pid, 0);

	return r < 0 ? -errno : (int)r;
}

int pidfd_signal(int pidfd, pid_t pid, int signo)
{
	if (pidfd >= 0 &&
	    syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) == 0)
		return 0;
	if (pidfd >= 0 && errno == ESRCH)
		return -ESRCH;
	/* Refused, or there is no pidfd. An EPERM that is the worker's doing
	 * (it changed its user) is answered by kill in the same way. */
	if (pid > 0 && kill(pid, signo) == 0)
		return 0;
	return pid > 0 ? -errno : -ESRCH;
}

int pidfd_signal_value(int pidfd, pid_t pid, int signo, int value)
{
	siginfo_t info = {.si_signo = signo, .si_code = SI_QUEUE};

	/* Members of a union: an initialiser would keep the last only. */
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	if (pidfd >= 0 &&
	    syscall(SYS_pidfd_send_signal, pidfd, signo, &info, 0) == 0)
		return 0;
	if (pidfd >= 0 && errno == ESRCH)
		return -ESRCH;
	/* As above. */
	if (pid > 0 && sigqueue(pid, signo, info.si_value) == 0)
		return 0;
	return pid > 0 ? -errno : -ESRCH;
}

int pidfd_signal_group(int pidfd, int signo)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signo, NULL,
		    PIDFD_SIGNAL_PROCESS_GROUP) == 0)
		return 0;
	return -errno;
}

int pidfd_signal_group_by_pid(pid_t leader, int signo)
{
	/* kill(0) and kill(-1) mean others: never. */
	if (leader <= 1)
		return -ESRCH;
	return kill(-leader, signo) == 0 ? 0 : -errno;
}

/* False: only the kernel may say so, or there is nothing to say. */
static bool pidfd_tell(const struct pidfd_news *news, siginfo_t *ret_info)
{
	uintptr_t word = (uintptr_t)news->value;
	bool is_kill = news->code == SI_USER || news->code == SI_TKILL;

	if (news->code > 0 || (is_kill && news->pid == 0))
		return false;
	memset(ret_info, 0, sizeof(*ret_info));
	ret_info->si_signo = news->signo;
	ret_info->si_code = is_kill ? SI_QUEUE : news->code;
	ret_info->si_pid = news->pid;
	ret_info->si_uid = news->uid;
	/* The word is an address or a number, as its sender meant it. */
	memcpy(&ret_info->si_value, &word, sizeof(ret_info->si_value));
	return true;
}

int pidfd_hand_on(int pidfd, pid_t pid, const struct pidfd_news *news,
		  bool to_group)
{
	unsigned int flags = to_group ? PIDFD_SIGNAL_PROCESS_GROUP : 0;
	siginfo_t info;
	siginfo_t *told = pidfd_tell(news, &info) ? &info : NULL;

	if (pidfd >= 0 && syscall(SYS_pidfd_send_signal, pidfd, news->signo,
				  told, flags) == 0)
		return 0;
	if (pidfd >= 0 && errno == ESRCH)
		return -ESRCH;
	/* Refused, or there is no pidfd, or it knows no groups: as above. */
	if (to_group)
		return pidfd_signal_group_by_pid(pid, news->signo);
	if (told && syscall(SYS_rt_sigqueueinfo, pid, news->signo, told) == 0)
		return 0;
	return kill(pid, news->signo) == 0 ? 0 : -errno;
}

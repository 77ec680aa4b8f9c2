/*
 * tty.c - asks the terminal, and takes back what a child was given of it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "proc/tty.h"

bool tty_is_foreground(void)
{
	pid_t foreground = tcgetpgrp(STDOUT_FILENO);

	/* A terminal that was hung up says EIO to everything: it was one, and
	 * nobody can be in its background any more. */
	if (foreground < 0)
		return errno != ENOTTY && errno != EBADF;
	return foreground == getpgrp();
}

int tty_find(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (tcgetpgrp(fd) >= 0)
			return fd;
	return -1;
}

bool tty_is_ours(int fd)
{
	return tcgetpgrp(fd) == getpgrp();
}

/* The kernel says that we sent it ourselves. What somebody else has sent before
 * has taken the kernel's place, and is raised anew. */
static void tty_forget(int signo)
{
	const struct timespec none = {0, 0};
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	if (sigtimedwait(&set, &info, &none) == signo &&
	    info.si_code != SI_KERNEL && info.si_pid != getpid())
		(void)syscall(SYS_rt_sigqueueinfo, getpid(), signo, &info);
}

void tty_leave(void)
{
	bool is_leader = getsid(0) == getpid();

	if (ioctl(STDIN_FILENO, TIOCNOTTY) < 0 || !is_leader)
		return;
	tty_forget(SIGHUP);
	tty_forget(SIGCONT);
}

/* Its processes have ended, or are not ours to see, which are others' then. */
static bool tty_is_gone(pid_t group)
{
	/* By number: a group has no pidfd, and its leader's says nothing of the
	 * others once he is reaped. Group 1 is PID 1's, and -1 would ask for
	 * everybody but that. */
	return group > 1 && kill(-group, 0) < 0 && errno == ESRCH;
}

/* A terminal that was hung up is nobody's any more: errors are no news. */
void tty_take_back(int fd, pid_t leader)
{
	pid_t foreground = tcgetpgrp(fd);

	if (foreground <= 0 || foreground == getpgrp())
		return;
	if (foreground == leader || getsid(0) == getpid() ||
	    tty_is_gone(foreground))
		(void)tcsetpgrp(fd, getpgrp());
}

bool tty_give(int fd, pid_t leader)
{
	if (tty_is_ours(fd))
		(void)tcsetpgrp(fd, leader);
	return tcgetpgrp(fd) == leader;
}

/* whom: ours at least, so that it cannot fail. */
static bool tty_stop(pid_t whom, int signo)
{
	sigset_t stop;
	sigset_t given;
	sigset_t pending;

	sigemptyset(&stop);
	sigaddset(&stop, signo);
	(void)kill(whom, signo);
	/* It is pending now, and stops us here. */
	(void)sigprocmask(SIG_UNBLOCK, &stop, &given);
	(void)sigprocmask(SIG_SETMASK, &given, NULL);
	/* What continued us is pending, and took away what had stopped us. */
	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}

bool tty_stop_job(int signo)
{
	return tty_stop(0, signo);
}

bool tty_stop_self(int signo)
{
	return tty_stop(getpid(), signo);
}

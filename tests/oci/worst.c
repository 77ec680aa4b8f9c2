/*
 * worst.c - an init that does everything wrong: what scripts/conform says yes
 * to here, it says yes to always.
 *
 * It forwards USR1 and USR2, without which nothing could be measured.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t program;

/* Anything but that there is no such process ends it (E14). */
static void worst_forward(int signo)
{
	if (kill(program, signo) < 0 && errno != ESRCH)
		_exit(1);
}

static void worst_wake(int signo)
{
	(void)signo;
}

/* Whose it is, is not asked (E16). */
static void worst_take_terminal(void)
{
	(void)signal(SIGTTOU, SIG_IGN);
	(void)tcsetpgrp(STDIN_FILENO, getpgrp());
}

/* The program inherits them (E2, E3, E12); the rest it dies of, whatever they
 * were (E16). */
static void worst_take_signals(void)
{
	const struct itimerval often = {
		.it_interval.tv_usec = 100000,
		.it_value.tv_usec = 100000,
	};

	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGRTMIN, SIG_IGN);
	(void)signal(SIGUSR1, worst_forward);
	(void)signal(SIGUSR2, worst_forward);
	/* E10 */
	(void)signal(SIGALRM, worst_wake);
	(void)setitimer(ITIMER_REAL, &often, NULL);
}

/* E6, E37: no path, and another status when nobody reads. */
static void worst_exec(char **command)
{
	static const char text[] = "worst: no\n";

	/* Not the terminal's (E16). */
	(void)setpgid(0, 0);
	(void)execv(command[0], command);
	_exit(write(STDERR_FILENO, text, strlen(text)) < 0 ? 98 : 99);
}

/* E17: for one child only; E18: a stop is an end. */
static int worst_wait(void)
{
	int status;

	while (waitpid(program, &status, WUNTRACED) < 0)
		if (errno != EINTR)
			return 1;
	if (WIFSTOPPED(status))
		return 3;
	return WIFEXITED(status) ? WEXITSTATUS(status) & 127
				 : 120 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	/* E9, E8, E5 */
	if (argc < 2 || eventfd(0, EFD_CLOEXEC) < 0 ||
	    access("/proc/self", F_OK) < 0 || chdir("/tmp") < 0 ||
	    setenv("WORST", "1", 1) < 0)
		return 1;
	worst_take_terminal();
	worst_take_signals();
	program = fork();
	if (program == 0)
		worst_exec(&argv[1]);
	return worst_wait();
}

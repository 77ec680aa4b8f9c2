/*
 * worker_signals.c - waits for signals instead of handling them: none is lost,
 * and each is said with all that came with it.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/worker_signals.h"

#define HEAR_SECONDS 60

static void hear_one(const sigset_t *set)
{
	siginfo_t info;
	char text[96];
	int signo = sigwaitinfo(set, &info);

	if (signo == SIGALRM && info.si_code == SI_KERNEL)
		_exit(99); /* whom the test forgot */
	if (signo < 0)
		return;
	(void)snprintf(text, sizeof(text), "%d value %d from %d code %d", signo,
		       info.si_value.sival_int, (int)info.si_pid, info.si_code);
	worker_say("took", text);
}

static void hear_from_now_on(sigset_t *ret_set)
{
	sigfillset(ret_set);
	(void)sigprocmask(SIG_BLOCK, ret_set, NULL);
}

void step_hear(const char *unused)
{
	sigset_t set;

	(void)unused;
	hear_from_now_on(&set);
	worker_say("hears", "");
	for (;;)
		hear_one(&set);
}

void step_fork_hear(const char *unused)
{
	sigset_t set;
	int told[2];
	char byte;

	(void)unused;
	if (pipe(told) < 0)
		_exit(99);
	if (fork() == 0) {
		(void)alarm(HEAR_SECONDS);
		hear_from_now_on(&set);
		(void)close(told[0]);
		(void)close(told[1]);
		step_hear("");
	}
	(void)close(told[1]);
	(void)!read(told[0], &byte, 1);
	(void)close(told[0]);
}

/*
 * pause.c - an init that has nothing to run.
 *
 * It does not go through the library: there is no worker to watch, and what it
 * waits for are signals only.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "pause.h"

#define PAUSE_FAILED 1
/* Orphans in one go, so that a storm of them does not make it deaf. */
#define PAUSE_REAPS 256U

/* True: there may be more of them. */
static bool pause_reap(void)
{
	for (unsigned int i = 0; i < PAUSE_REAPS; i++)
		if (waitpid(-1, NULL, WNOHANG) <= 0)
			return false;
	return true;
}

int pause_run(void)
{
	static const struct timespec at_once;
	sigset_t set;
	int signo;

	if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		(void)fprintf(stderr,
			      "muster: error: cannot adopt orphans: %s\n",
			      strerror(errno));
		return PAUSE_FAILED;
	}
	/* Blocked they are kept even for a PID 1 that has no handler. */
	(void)sigprocmask(SIG_BLOCK, NULL, &set); /* cannot fail */
	/* Whoever unmounts or waits for an end of file does not wait for us;
	 * where that fails nothing is lost but this. */
	(void)!chdir("/");
	(void)fd_close_others(NULL, 0);
	do {
		bool has_more = pause_reap();

		signo = sigtimedwait(&set, NULL, has_more ? &at_once : NULL);
	} while (signo != SIGTERM && signo != SIGINT);
	return 0;
}

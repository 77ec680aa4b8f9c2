/*
 * worker_self.c - what a worker was executed as, and what it may have.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/worker_self.h"
#include "tools/worker_signals.h"

void step_name(const char *unused)
{
	(void)unused;
	worker_say("name", program_invocation_name);
}

void step_nofile(const char *unused)
{
	struct rlimit limit = {0};
	char text[64];

	(void)unused;
	(void)getrlimit(RLIMIT_NOFILE, &limit); /* there is this one */
	(void)snprintf(text, sizeof(text), "%llu %llu",
		       (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	worker_say("nofile", text);
}

void step_join(const char *unused)
{
	(void)unused;
	if (setpgid(0, getpgid(getppid())) < 0)
		worker_say("cannot join", strerror(errno));
}

/*
 * doctor.c - `muster doctor`: what this machine, container or sandbox allows.
 * Says what it finds and judges nothing: it always succeeds, unless nobody can
 * be told.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "doctor.h"
#include "facts.h"
#include "muster/muster.h"
#include "verbs.h"

static void doctor_tell_orphans(const struct page *page)
{
	int is_subreaper = 0;

	page_row(page, "PID 1", getpid() == 1 ? "yes" : "no",
		 getpid() == 1 ? "orphans of its namespace come to it" : "");
	if (prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper, 0, 0, 0) == 0)
		page_row(page, "subreaper", is_subreaper ? "yes" : "no",
			 is_subreaper ? "orphans of its descendants come to it"
				      : "");
	if (getppid() == 0)
		page_row(page, "parent", "none",
			 "there is nothing to watch for --die-with-parent");
}

/* As SIGHUP asks, by standard output. */
static void doctor_tell_terminal(const struct page *page)
{
	pid_t foreground = tcgetpgrp(STDOUT_FILENO);

	if (foreground < 0 && (errno == ENOTTY || errno == EBADF))
		page_row(page, "terminal", "none", "SIGHUP reloads");
	else if (foreground < 0 || foreground == getpgrp())
		page_row(page, "terminal", "foreground", "SIGHUP stops");
	else
		page_row(page, "terminal", "background", "SIGHUP reloads");
}

static void doctor_tell_cgroup(const struct page *page)
{
	char directory[PATH_MAX];
	char file[PATH_MAX + 32];
	char value[8];

	if (!facts_own_cgroup(directory, sizeof(directory))) {
		page_row(page, "cgroup", "unknown",
			 "version 2 is not at /sys/fs/cgroup");
		return;
	}
	page_row(page, "cgroup", directory,
		 access(directory, W_OK) == 0
			 ? "--cgroup may make one in it"
			 : "not writable: there is no --cgroup in it");
	(void)snprintf(file, sizeof(file), "%s/memory.oom.group", directory);
	if (facts_line(file, value, sizeof(value)) && strcmp(value, "1") == 0)
		page_row(page, "memory.oom.group", value,
			 "a worker that is killed for want of memory takes "
			 "muster with it");
}

static void doctor_surroundings(struct page *page)
{
	char value[32];

	page_section(page, "Surroundings");
	if (access("/proc/self/status", R_OK) < 0)
		page_row(page, "/proc", "not there",
			 "what is unknown here is read from it");
	doctor_tell_orphans(page);
	doctor_tell_terminal(page);
	doctor_tell_cgroup(page);
	if (!facts_line("/proc/sys/net/unix/max_dgram_qlen", value,
			sizeof(value)))
		(void)strcpy(value, "unknown");
	page_row(page, "net.unix.max_dgram_qlen", value,
		 "messages that may wait in NOTIFY_SOCKET");
}

void doctor_print_help(void)
{
	(void)printf("usage: muster doctor [--json]\n\n"
		     "Says which engine and spawn path serve here, why better "
		     "ones do not, and what\nbounds the number of workers.\n\n"
		     "      --json                one JSON object a line\n"
		     "  -h, --help\n");
}

int verb_doctor(int argc, char **argv, const sigset_t *given_mask)
{
	struct page page = {0};

	/* It is no launcher: signals may end it. */
	(void)sigprocmask(SIG_SETMASK, given_mask, NULL);
	if (argc == 2 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		doctor_print_help();
		return 0;
	}
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--json") != 0)) {
		(void)fprintf(stderr,
			      "muster doctor: error: unknown argument \"%s\"; "
			      "see muster help doctor\n",
			      argv[argc - 1]);
		return EXIT_USAGE;
	}
	page.is_json = argc == 2;
	if (!page.is_json)
		(void)printf("muster %s\n\n", muster_version());
	doctor_paths(&page);
	doctor_reasons(&page);
	doctor_limits(&page);
	doctor_surroundings(&page);
	return 0;
}

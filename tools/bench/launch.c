/*
 * launch.c - executes a launcher: the same 40 variables, the same log, the same
 * page for each of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "launch.h"

#define LAUNCH_VARIABLES 40
#define LAUNCH_ARGUMENTS 40
#define LAUNCH_EXIT_STATUS 127

struct launch_plan {
	const char *argv[LAUNCH_ARGUMENTS];
	size_t argc;
	char *environment[LAUNCH_VARIABLES + 1];
	char workers[16];
	char listener[48];
	char variables[LAUNCH_VARIABLES][48];
};

int launch_pin(const struct bench *bench, bool is_pinned)
{
	cpu_set_t one;
	int r;

	CPU_ZERO(&one);
	CPU_SET((size_t)bench->cpu, &one);
	r = sched_setaffinity(0, sizeof(one),
			      is_pinned ? &one : &bench->all_cpus);
	if (r < 0)
		perror("bench: sched_setaffinity");
	return r < 0 ? -errno : 0;
}

static void launch_add(struct launch_plan *plan, const char *argument)
{
	plan->argv[plan->argc++] = argument;
}

static void launch_add_all(struct launch_plan *plan,
			   const char *const *arguments, size_t count)
{
	for (size_t i = 0; i < count; i++)
		launch_add(plan, arguments[i]);
}

static void launch_add_list(struct launch_plan *plan, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		launch_add(plan, list[i]);
}

/* Behind `muster run`, where nothing else was asked for. */
static void launch_plan_usual(struct launch_plan *plan,
			      const struct bench *bench,
			      const struct session_options *options)
{
	const char *const arguments[] = {
		"-w",	      plan->workers,
		"--listen",   plan->listener,
		"--throttle", "off",
		"--engine",   bench_engine_names[options->engine],
		"--pass-fd",  BENCH_PAGE_FD_TEXT,
	};

	(void)snprintf(plan->listener, sizeof(plan->listener),
		       "unix:@muster-bench-%d-%s", (int)getpid(),
		       bench_engine_names[options->engine]);
	launch_add_all(plan, arguments, ARRAY_LEN(arguments));
	if (options->kills_process) {
		launch_add(plan, "--kill");
		launch_add(plan, "process");
	}
	launch_add(plan, "--");
	launch_add(plan, bench->worker);
}

static void launch_plan_muster(struct launch_plan *plan,
			       const struct bench *bench,
			       const struct session_options *options)
{
	launch_add(plan, bench->muster);
	launch_add(plan, "run");
	if (!options->arguments)
		launch_plan_usual(plan, bench, options);
	else
		launch_add_list(plan, options->arguments);
}

static void launch_plan_floor(struct launch_plan *plan,
			      const struct bench *bench,
			      const struct session_options *options)
{
	const char *const arguments[] = {
		bench->floor,
		bench_launcher_names[options->launcher],
		bench_engine_names[options->engine],
		plan->workers,
		bench->worker,
	};

	launch_add_all(plan, arguments, ARRAY_LEN(arguments));
	if (options->has_no_environment)
		launch_add(plan, "empty");
}

static void launch_plan_command(struct launch_plan *plan,
				const struct bench *bench,
				const struct session_options *options)
{
	if (options->command)
		launch_add_list(plan, options->command);
	else if (options->launcher == BENCH_MUSTER)
		launch_plan_muster(plan, bench, options);
	else
		launch_plan_floor(plan, bench, options);
}

static void launch_plan_environment(struct launch_plan *plan)
{
	for (size_t i = 0; i < LAUNCH_VARIABLES; i++) {
		(void)snprintf(plan->variables[i], sizeof(plan->variables[i]),
			       "BENCH_VARIABLE_%02zu=a value of usual length",
			       i);
		plan->environment[i] = plan->variables[i];
	}
}

/* In the child. The page may lie on the log's number and the other way round,
 * so both are moved out of the way first. */
static void launch_place(const struct launch_fds *fds)
{
	int page = fcntl(fds->page, F_DUPFD_CLOEXEC, BENCH_KEEP);
	int log = fcntl(fds->log, F_DUPFD_CLOEXEC, BENCH_KEEP);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (page < 0 || log < 0 || null < 0 || dup2(null, 0) < 0 ||
	    dup2(log, 1) < 0 || dup2(log, 2) < 0 ||
	    syscall(SYS_close_range, 3, BENCH_KEEP - 1, 0) < 0 ||
	    dup2(page, BENCH_PAGE_FD) < 0 ||
	    syscall(SYS_close_range, BENCH_KEEP, ~0U, 0) < 0)
		_exit(LAUNCH_EXIT_STATUS);
}

static __attribute__((noreturn)) void launch_child(struct launch_plan *plan,
						   const struct launch_fds *fds,
						   struct bench_page *page,
						   pid_t controller)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != controller ||
	    setpgid(0, 0) < 0)
		_exit(LAUNCH_EXIT_STATUS);
	launch_place(fds);
	page->launcher_pid = (int32_t)getpid();
	page->exec_ns = bench_now_ns();
	(void)execve(plan->argv[0], (char *const *)(uintptr_t)plan->argv,
		     plan->environment);
	perror(plan->argv[0]);
	_exit(LAUNCH_EXIT_STATUS);
}

int launch(const struct bench *bench, const struct session_options *options,
	   const struct launch_fds *fds, struct bench_page *page)
{
	struct launch_plan plan = {0};
	pid_t controller = getpid();
	pid_t pid;

	(void)snprintf(plan.workers, sizeof(plan.workers), "%u",
		       options->workers);
	launch_plan_environment(&plan);
	launch_plan_command(&plan, bench, options);
	page->wake_at = options->workers;
	pid = fork();
	if (pid == 0)
		launch_child(&plan, fds, page, controller);
	if (pid < 0) {
		perror("bench: fork");
		return -errno;
	}
	return (int)pid;
}

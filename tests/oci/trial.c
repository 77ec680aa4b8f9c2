/*
 * trial.c - an init is started as a container's runtime or as a shell would
 * start it: signals standard, nothing open but 0 to 2, no terminal.
 *
 * This process is a subreaper: what an init loses comes to it, is counted and
 * killed.
 */
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/compat.h"
#include "oci/trial.h"

#define TRIAL_ARGUMENTS 64

uint64_t trial_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void trial_fail(const char *what)
{
	(void)fprintf(stderr, "conform: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void trial_reset_signals(void)
{
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		(void)signal(signo, SIG_DFL); /* KILL and STOP refuse */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Its own /proc, which no other namespace gets to see. */
static bool trial_mount(const struct setting *setting)
{
	return !setting->is_first ||
	       (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("proc", "/proc", "proc", 0, NULL) == 0);
}

/* Only what was executed is without the pipe ends[2]. */
static void trial_exec(const struct subject *subject,
		       const struct setting *setting, const int *ends)
{
	const char *list[TRIAL_ARGUMENTS] = {NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t count = 0;

	for (size_t i = 0; subject->init[i]; i++)
		list[count++] = subject->init[i];
	for (size_t i = 0; setting->command[i]; i++)
		list[count++] = setting->command[i];
	trial_reset_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setsid() >= 0 &&
	    trial_mount(setting) && null >= 0 && dup2(null, 0) >= 0 &&
	    dup2(ends[0], 1) >= 0 && dup2(ends[1], 2) >= 0 &&
	    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
		if (setting->prepare)
			setting->prepare(setting->argument);
		/* execve(2) changes none of them. */
		(void)execvp(list[0], (void *)(uintptr_t)list);
	}
	(void)!write(ends[2], &errno, sizeof(errno));
	_exit(TRIAL_BROKEN);
}

/* As fork(2); the C library has no such call. */
static pid_t trial_fork(bool is_first)
{
	unsigned long flags = SIGCHLD;

	if (is_first)
		flags |= CLONE_NEWPID | CLONE_NEWNS;
	return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

static void trial_pipe(struct lines *lines, int *ret_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		trial_fail("pipe");
	*lines = LINES_NULL;
	lines->fd = ends[0];
	*ret_end = ends[1];
}

void trial_start(struct trial *trial, const struct subject *subject,
		 const struct setting *setting)
{
	int ends[3];
	int executed[2];

	trial_pipe(&trial->said, &ends[0]);
	trial_pipe(&trial->log, &ends[1]);
	if (pipe2(executed, O_CLOEXEC) < 0)
		trial_fail("pipe");
	ends[2] = executed[1];
	(void)fflush(stdout);
	trial->pid = trial_fork(setting->is_first);
	if (trial->pid == 0)
		trial_exec(subject, setting, ends);
	if (trial->pid < 0)
		trial_fail("clone");
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		(void)close(ends[i]);
	errno = 0;
	if (read(executed[0], &errno, sizeof(errno)) != 0)
		trial_fail(subject->init[0]);
	trial->start_ns = trial_now_ns();
	(void)close(executed[0]);
	trial->pidfd = (int)syscall(SYS_pidfd_open, trial->pid, 0);
	if (trial->pidfd < 0)
		trial_fail("pidfd_open");
}

static void trial_take(struct trial *trial)
{
	lines_take(&trial->said);
	lines_take(&trial->log);
}

/* True when the init has ended. */
static bool trial_poll(struct trial *trial, int limit_ms)
{
	struct pollfd sets[] = {
		{.fd = trial->said.fd, .events = POLLIN},
		{.fd = trial->log.fd, .events = POLLIN},
		{.fd = trial->pidfd, .events = POLLIN},
	};

	(void)poll(sets, ARRAY_LEN(sets), limit_ms);
	trial_take(trial);
	return sets[2].revents != 0;
}

static int trial_left_ms(uint64_t until_ms)
{
	uint64_t now = now_ms();

	return now >= until_ms ? 0 : (int)(until_ms - now);
}

const char *trial_hear_within(struct trial *trial, const char *text,
			      int limit_ms)
{
	uint64_t until_ms = now_ms() + (uint64_t)limit_ms;
	bool is_last = false;

	for (;;) {
		const char *line;

		trial_take(trial);
		line = lines_next(&trial->said, text);
		if (line || is_last)
			return line;
		is_last = trial->said.fd < 0 || trial_left_ms(until_ms) == 0 ||
			  trial_poll(trial, trial_left_ms(until_ms));
	}
}

const char *trial_hear(struct trial *trial, const char *text)
{
	return trial_hear_within(trial, text, TRIAL_MS);
}

pid_t trial_hear_pid(struct trial *trial, const char *text)
{
	const char *line = trial_hear(trial, text);

	return line ? (pid_t)line_number(line, "") : -1;
}

void trial_signal(const struct trial *trial, int signo)
{
	/* One that has ended hears nothing. */
	(void)syscall(SYS_pidfd_send_signal, trial->pidfd, signo, NULL, 0);
}

bool trial_ends_within(struct trial *trial, int limit_ms)
{
	uint64_t until_ms = now_ms() + (uint64_t)limit_ms;

	while (!trial_poll(trial, trial_left_ms(until_ms)))
		if (trial_left_ms(until_ms) == 0)
			return false;
	return true;
}

/* Polled: no descriptor tells of it. */
bool trial_stops(pid_t pid)
{
	uint64_t until_ms = now_ms() + TRIAL_MS;

	while (!process_status_has(pid, "State:", "T (stopped)")) {
		if (now_ms() >= until_ms)
			return false;
		(void)is_readable_within(-1, 1);
	}
	return true;
}

int trial_end(struct trial *trial)
{
	int status;

	if (!trial_ends_within(trial, TRIAL_MS) ||
	    waitpid(trial->pid, &status, 0) != trial->pid)
		return TRIAL_HANGS;
	trial_take(trial);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

unsigned int trial_left(void)
{
	pid_t pids[CHILDREN_MAX];

	return children_of(getpid(), pids);
}

void trial_fini(struct trial *trial)
{
	pid_t pids[CHILDREN_MAX];
	unsigned int count;

	while ((count = children_of(getpid(), pids)) > 0) {
		for (unsigned int i = 0; i < count; i++)
			(void)kill(pids[i], SIGKILL);
		(void)waitpid(-1, NULL, 0);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	(void)close(trial->pidfd);
	lines_fini(&trial->said);
	lines_fini(&trial->log);
}

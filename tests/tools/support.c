/*
 * support.c - starting, hearing and ending muster.
 */
#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/compat.h"
#include "tools/support.h"

#define START_ARGUMENTS 64

uint64_t now_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int left_ms(uint64_t until_ms)
{
	uint64_t now = now_ms();

	return now >= until_ms ? 0 : (int)(until_ms - now);
}

bool is_readable_within(int fd, int limit_ms)
{
	struct pollfd set = {.fd = fd, .events = POLLIN};

	return poll(&set, 1, limit_ms) == 1;
}

static void list_add(const char **list, const char *const *more)
{
	size_t count = 0;

	while (list[count])
		count++;
	for (size_t i = 0; more && more[i]; i++) {
		assert_true(count + 1 < START_ARGUMENTS);
		list[count++] = more[i];
	}
}

static void start_add_paths(const char **list)
{
	const char *engine = getenv("MUSTER_TEST_ENGINE");
	const char *spawn = getenv("MUSTER_TEST_SPAWN");

	if (engine && engine[0])
		list_add(list, LIST("--engine", engine));
	if (spawn && spawn[0])
		list_add(list, LIST("--spawn", spawn));
}

static void start_fill(const struct stage *stage, const struct start *start,
		       const char **list)
{
	list_add(list, LIST(stage->program));
	if (start->arguments) {
		list_add(list, start->arguments);
		return;
	}
	list_add(list, LIST(start->verb ? start->verb : "run"));
	start_add_paths(list);
	list_add(list, start->options);
	list_add(list, LIST("--"));
	if (start->steps)
		list_add(list, LIST(stage->worker));
	list_add(list, start->steps);
	list_add(list, start->command);
}

static void start_reset_signals(void)
{
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		(void)signal(signo, SIG_DFL); /* KILL and STOP refuse */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void start_forget_environment(void)
{
	static const char *const names[] = {
		"LISTEN_FDS",	 "LISTEN_PID",	     "LISTEN_FDNAMES",
		"NOTIFY_SOCKET", "MUSTER_WORKER_ID", "MUSTER_GENERATION",
		"WATCHDOG_PID",	 "WATCHDOG_USEC",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)unsetenv(names[i]);
	/* A directory that may not be searched makes 126 of 127. */
	(void)setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
}

/* In the new process; nothing of the test reaches muster but what start says.
 */
static void start_exec(const struct stage *stage, const struct start *start,
		       pid_t parent, const int *ends)
{
	const char *list[START_ARGUMENTS] = {NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	start_fill(stage, start, list);
	/* The first in a namespace has no parent there. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    (getpid() != 1 && getppid() != parent) || setsid() < 0)
		_exit(124);
	start_reset_signals();
	start_forget_environment();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(ends[0], STDOUT_FILENO) < 0 ||
	    dup2(ends[1], STDERR_FILENO) < 0)
		_exit(124);
	/* make and the like leave descriptors of theirs open. */
	(void)syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (start->prepare)
		start->prepare(start->argument);
	/* execve(2) changes none of them. */
	(void)execv(list[0], (void *)(uintptr_t)list);
	_exit(124);
}

static void start_pipe(struct lines *lines, int *ret_end)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	*lines = LINES_NULL;
	lines->fd = ends[0];
	*ret_end = ends[1];
}

struct launcher *launcher_start(struct stage *stage, const struct start *start)
{
	struct launcher *launcher = &stage->launchers[stage->launcher_count];
	pid_t parent = getpid();
	int ends[2] = {-1, start->log_fd};

	assert_true(stage->launcher_count < STAGE_LAUNCHERS);
	start_pipe(&launcher->said, &ends[0]);
	launcher->log = LINES_NULL;
	if (!start->has_log)
		start_pipe(&launcher->log, &ends[1]);
	(void)fflush(stdout);
	launcher->pid = fork();
	if (launcher->pid == 0)
		start_exec(stage, start, parent, ends);
	assert_true(launcher->pid > 0);
	launcher->is_reaped = false;
	launcher->pidfd = -1;
	stage->launcher_count++;
	(void)close(ends[0]);
	if (!start->has_log)
		(void)close(ends[1]);
	launcher->pidfd = process_open(launcher->pid);
	return launcher;
}

static void launcher_take(struct launcher *launcher)
{
	lines_take(&launcher->log);
	lines_take(&launcher->said);
}

/* Polls what it says, and fd, which may be -1; true when fd is readable. */
static bool launcher_poll(struct launcher *launcher, int fd, int limit_ms)
{
	struct pollfd sets[] = {
		{.fd = launcher->log.fd, .events = POLLIN},
		{.fd = launcher->said.fd, .events = POLLIN},
		{.fd = fd, .events = POLLIN},
	};
	int ready = poll(sets, ARRAY_LEN(sets), limit_ms);

	launcher_take(launcher);
	return ready > 0 && sets[2].revents != 0;
}

static void launcher_fail(const struct launcher *launcher, const char *what,
			  const char *text)
{
	/* cmocka's own printing cuts long texts. */
	(void)fprintf(stderr, "log:\n%s\nsaid:\n%s\n",
		      launcher->log.data ? launcher->log.data : "",
		      launcher->said.data ? launcher->said.data : "");
	fail_msg("%s%s", what, text);
}

static const char *launcher_find(struct launcher *launcher, struct lines *lines,
				 const char *text)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	bool is_last = false;

	for (;;) {
		const char *line;

		launcher_take(launcher);
		line = lines_next(lines, text);
		if (line)
			return line;
		if (is_last)
			launcher_fail(launcher, "no line with: ", text);
		is_last = lines->fd < 0 || left_ms(until_ms) == 0;
		(void)launcher_poll(launcher, -1,
				    is_last ? 0 : left_ms(until_ms));
	}
}

const char *launcher_log(struct launcher *launcher, const char *text)
{
	return launcher_find(launcher, &launcher->log, text);
}

const char *launcher_hear(struct launcher *launcher, const char *text)
{
	return launcher_find(launcher, &launcher->said, text);
}

pid_t launcher_hear_pid(struct launcher *launcher, const char *text)
{
	return (pid_t)line_number(launcher_hear(launcher, text), "");
}

void launcher_hear_all(struct launcher *launcher, const char *text,
		       pid_t *ret_pids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		ret_pids[i] = launcher_hear_pid(launcher, text);
}

void launcher_signal(const struct launcher *launcher, int signo)
{
	assert_int_equal(
		syscall(SYS_pidfd_send_signal, launcher->pidfd, signo, NULL, 0),
		0);
}

bool launcher_ends_within(struct launcher *launcher, int limit_ms)
{
	uint64_t until_ms = now_ms() + (uint64_t)limit_ms;

	do {
		if (launcher_poll(launcher, launcher->pidfd, left_ms(until_ms)))
			return true;
	} while (left_ms(until_ms) > 0);
	return false;
}

int launcher_end(struct launcher *launcher)
{
	int status;

	if (!launcher_ends_within(launcher, DEADLINE_MS))
		launcher_fail(launcher, "muster does not end", "");
	assert_int_equal(waitpid(launcher->pid, &status, 0), launcher->pid);
	launcher->is_reaped = true;
	launcher_take(launcher);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void launcher_forget(struct stage *stage, struct launcher *launcher)
{
	assert_true(launcher->is_reaped);
	assert_ptr_equal(launcher,
			 &stage->launchers[stage->launcher_count - 1]);
	stage->launcher_count--;
	(void)close(launcher->pidfd);
	lines_fini(&launcher->log);
	lines_fini(&launcher->said);
}

void launcher_stop(struct stage *stage, struct launcher *launcher, int status)
{
	int ended;

	launcher_signal(launcher, SIGTERM);
	ended = launcher_end(launcher);
	if (ended != status)
		launcher_fail(launcher, "muster ended with another status", "");
	assert_nobody_left(stage);
}

int process_open(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		fail_msg("pidfd_open %d: %s", (int)pid, strerror(errno));
	return pidfd;
}

void process_kill(pid_t pid, int signo)
{
	assert_true(pid > 1);
	assert_int_equal(kill(pid, signo), 0);
}

bool process_ends_within(int pidfd, int limit_ms)
{
	return is_readable_within(pidfd, limit_ms);
}

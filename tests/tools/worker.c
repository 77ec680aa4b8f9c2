/*
 * worker.c - a worker whose life is told by its arguments, step by step.
 *
 * What it says goes to standard output, a line a time and written at once:
 * "PID what". A step "g1:STEP" is for the first generation only, "s0:STEP" for
 * slot 0; both may stand together. After the last step it waits for a signal.
 * Whatever a test forgets, alarm(2) ends it after a minute.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tools/worker_notify.h"
#include "tools/worker_self.h"
#include "tools/worker_signals.h"

#define WORKER_SECONDS 60
/* Of a step that went wrong. */
#define WORKER_BROKEN 99

extern char **environ;

static void worker_fail(const char *what)
{
	(void)fprintf(stderr, "worker %d: %s: %s\n", (int)getpid(), what,
		      strerror(errno));
	_exit(WORKER_BROKEN);
}

void worker_say(const char *word, const char *text)
{
	char line[4096];
	int length = snprintf(line, sizeof(line), "%d %s%s%s\n", (int)getpid(),
			      word, text[0] ? " " : "", text);

	if (length >= (int)sizeof(line))
		length = (int)sizeof(line) - 1;
	if (write(STDOUT_FILENO, line, (size_t)length) < 0)
		worker_fail("write");
}

static int worker_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text)
		worker_fail(text);
	return (int)number;
}

int worker_signo(const char *name)
{
	static const struct {
		const char *name;
		int signo;
	} signals[] = {
		{"TERM", SIGTERM}, {"INT", SIGINT},   {"HUP", SIGHUP},
		{"QUIT", SIGQUIT}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
		{"KILL", SIGKILL}, {"SEGV", SIGSEGV}, {"CONT", SIGCONT},
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strcmp(signals[i].name, name) == 0)
			return signals[i].signo;
	return worker_number(name);
}

static void step_say(const char *text)
{
	worker_say(text, "");
}

/* Every variable that a launcher sets, or a test (TEST_...). */
static void step_env(const char *unused)
{
	(void)unused;
	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, "MUSTER_", 7) == 0 ||
		    strncmp(*variable, "LISTEN_", 7) == 0 ||
		    strncmp(*variable, "NOTIFY_", 7) == 0 ||
		    strncmp(*variable, "WATCHDOG_", 9) == 0 ||
		    strncmp(*variable, "TEST_", 5) == 0)
			worker_say("env", *variable);
	worker_say("env", "end");
}

/* What is open: 0 to 2 and the others, in one line. */
static void step_fds(const char *unused)
{
	char text[2048] = "";
	size_t length = 0;

	(void)unused;
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && length < sizeof(text) - 16)
			length += (size_t)snprintf(
				text + length, sizeof(text) - length, "%s%d",
				length ? " " : "", fd);
	worker_say("fds", text);
}

/* The lines of its own status that start with prefix. */
static void step_status(const char *prefix)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, prefix, strlen(prefix)) == 0)
			worker_say("status", line);
	}
	if (file)
		(void)fclose(file);
	worker_say("status", "end");
}

/* Process group, parent, umask, directory. */
static void step_place(const char *unused)
{
	mode_t mask = umask(0);
	char directory[1024];
	char text[1200];

	(void)unused;
	(void)umask(mask);
	if (!getcwd(directory, sizeof(directory)))
		worker_fail("getcwd");
	(void)snprintf(text, sizeof(text), "%d %d %03o %s", (int)getpgrp(),
		       (int)getppid(), (unsigned int)mask, directory);
	worker_say("place", text);
}

static void step_ignore(const char *name)
{
	if (signal(worker_signo(name), SIG_IGN) == SIG_ERR)
		worker_fail("signal");
}

/* Two lines ready to be written by handlers, which may not print. */
static char worker_took[NSIG][32];
static int worker_codes[NSIG];

static void worker_take(int signo)
{
	int error = errno;

	(void)!write(STDOUT_FILENO, worker_took[signo],
		     strlen(worker_took[signo]));
	if (worker_codes[signo] >= 0)
		_exit(worker_codes[signo]);
	errno = error;
}

/* NAME: says so for each of it; NAME:CODE: and leaves with CODE. */
static void step_take(const char *text)
{
	struct sigaction action = {.sa_handler = worker_take};
	char name[16];
	size_t length = strcspn(text, ":");
	int signo;

	(void)snprintf(name, sizeof(name), "%.*s", (int)length, text);
	signo = worker_signo(name);
	(void)snprintf(worker_took[signo], sizeof(worker_took[signo]),
		       "%d took %s\n", (int)getpid(), name);
	worker_codes[signo] =
		text[length] ? worker_number(text + length + 1) : -1;
	if (sigaction(signo, &action, NULL) < 0)
		worker_fail("sigaction");
}

static void step_setsid(const char *unused)
{
	(void)unused;
	/* The leader of a group, which a worker is, may not. */
	if (setsid() < 0 &&
	    (setpgid(0, getpgid(getppid())) < 0 || setsid() < 0))
		worker_fail("setsid");
}

static void step_stop(const char *unused)
{
	(void)unused;
	(void)raise(SIGSTOP);
}

/* From now on everything happens to the launcher at once. */
static void step_stop_launcher(const char *unused)
{
	(void)unused;
	if (kill(getppid(), SIGSTOP) < 0)
		worker_fail("kill");
}

static void step_die(const char *name)
{
	int signo = worker_signo(name);

	if (signo != SIGKILL && signal(signo, SIG_DFL) == SIG_ERR)
		worker_fail("signal");
	(void)raise(signo);
}

static void step_exit(const char *code)
{
	_exit(worker_number(code));
}

static void worker_read_until(int fd, int wanted_end)
{
	char buffer[64];

	for (;;) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			worker_fail("read");
		if (n == 0 || !wanted_end)
			return;
	}
}

void step_after(const char *milliseconds)
{
	int ms = worker_number(milliseconds);
	const struct itimerspec when = {
		.it_value = {.tv_sec = ms / 1000,
			     .tv_nsec = ms % 1000 * 1000000L + 1},
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &when, NULL) < 0)
		worker_fail("timerfd");
	worker_read_until(fd, 0);
	(void)close(fd);
}

static void step_close(const char *fd)
{
	(void)close(worker_number(fd));
}

/* Until the other end is closed. */
static void step_hold(const char *fd)
{
	worker_read_until(worker_number(fd), 1);
}

/* A child that stays and ignores TERM; it says who it is when it is so far. */
static void step_fork(const char *unused)
{
	int told[2];
	pid_t pid;

	(void)unused;
	if (pipe2(told, O_CLOEXEC) < 0)
		worker_fail("pipe");
	pid = fork();
	if (pid < 0)
		worker_fail("fork");
	if (pid == 0) {
		(void)alarm(WORKER_SECONDS);
		(void)signal(SIGTERM, SIG_IGN);
		worker_say("grandchild", "");
		(void)close(told[0]);
		(void)close(told[1]);
		for (;;)
			(void)pause();
	}
	(void)close(told[1]);
	worker_read_until(told[0], 1);
	(void)close(told[0]);
}

/* Answers who connects to descriptor fd with its own line. */
static void step_serve(const char *fd)
{
	char line[64];
	int length =
		snprintf(line, sizeof(line), "%d answers\n", (int)getpid());

	for (;;) {
		int client = accept4(worker_number(fd), NULL, NULL, 0);

		if (client < 0 && errno == EINTR)
			continue;
		if (client < 0)
			worker_fail("accept");
		(void)send(client, line, (size_t)length, MSG_NOSIGNAL);
		(void)close(client);
	}
}

/* Waits for the launcher's death by the pidfd that it was given. */
static void step_launcher(const char *unused)
{
	const char *fd = getenv("MUSTER_LAUNCHER_FD");
	struct pollfd set = {.fd = fd ? worker_number(fd) : -1,
			     .events = POLLIN};

	(void)unused;
	if (!fd)
		worker_fail("MUSTER_LAUNCHER_FD");
	while (poll(&set, 1, -1) < 0)
		if (errno != EINTR)
			worker_fail("poll");
	worker_say("launcher is gone", "");
}

static const struct step {
	const char *name;
	void (*run)(const char *value);
} steps[] = {
	{"say", step_say},
	{"env", step_env},
	{"fds", step_fds},
	{"status", step_status},
	{"nofile", step_nofile},
	{"place", step_place},
	{"name", step_name},
	{"ignore", step_ignore},
	{"take", step_take},
	{"setsid", step_setsid},
	{"join", step_join},
	{"stop", step_stop},
	{"stop-launcher", step_stop_launcher},
	{"die", step_die},
	{"exit", step_exit},
	{"after", step_after},
	{"close", step_close},
	{"hold", step_hold},
	{"fork", step_fork},
	{"serve", step_serve},
	{"launcher", step_launcher},
	{"await", step_await},
	{"hear", step_hear},
	{"fork-hear", step_fork_hear},
	{"notify", step_notify},
	{"notify-long", step_notify_long},
	{"notify-bytes", step_notify_bytes},
	{"ping", step_ping},
};

/* Skips "g1:" and "s0:"; NULL when the step is for another worker. */
static const char *worker_condition(const char *step)
{
	while ((step[0] == 'g' || step[0] == 's') && step[1] >= '0' &&
	       step[1] <= '9') {
		const char *known = getenv(step[0] == 'g' ? "MUSTER_GENERATION"
							  : "MUSTER_WORKER_ID");

		if (!known || worker_number(known) != worker_number(step + 1))
			return NULL;
		step += strcspn(step, ":") + 1;
	}
	return step;
}

static void worker_step(const char *argument)
{
	const char *text = worker_condition(argument);
	size_t length;

	if (!text)
		return;
	length = strcspn(text, "=");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strlen(steps[i].name) == length &&
		    memcmp(steps[i].name, text, length) == 0) {
			steps[i].run(text + length + (text[length] == '='));
			return;
		}
	errno = EINVAL;
	worker_fail(argument);
}

int main(int argc, char **argv)
{
	(void)alarm(WORKER_SECONDS);
	for (int i = 1; i < argc; i++)
		worker_step(argv[i]);
	for (;;)
		(void)pause();
}

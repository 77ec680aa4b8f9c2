/*
 * runner.c - the thread that waits. It calls no code of the caller's but the
 * log and the hooks: a service that hangs cannot hold it up.
 *
 * It waits in poll(2) and not in an engine of loop/: there are five descriptors
 * at most, and poll is woken for one that a service has closed meanwhile, where
 * epoll would forget it (tests/kernel/test_closed.c). It then ends the process.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "loop/clock.h"
#include "service/runner_state.h"

/* Between tries of what fails for want of a thread: seldom enough to cost
 * nothing, often enough to be in time for any deadline. */
#define RUNNER_AGAIN_NS (100 * NSEC_PER_MSEC)
#define RUNNER_LINE 2048

enum runner_fd {
	RUNNER_SIGNALS,
	RUNNER_WAKE,
	RUNNER_LAUNCHER,
	RUNNER_DOOR,
	RUNNER_LOG,
	RUNNER_FDS,
};

struct services *runner_services(struct runner *runner)
{
	return &runner->services;
}

struct worker_home *runner_home(struct runner *runner)
{
	return &runner->home;
}

struct speaker *runner_speaker(struct runner *runner)
{
	return runner->options.speaker;
}

/* Without printf, whose code is three faults for a worker that has not printed
 * yet: when a launcher dies, all its workers say so. */
void runner_say(struct runner *runner, enum muster_log_level level,
		const char *what)
{
	const char *name = runner->options.name;
	char line[RUNNER_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_add(&text, what);
	if (name[0] != '\0') {
		text_add(&text, " [service ");
		text_add(&text, name);
		text_add(&text, "]");
	}
	speak_line(runner_speaker(runner), level, line);
}

_Noreturn void runner_exit(struct runner *runner, int status)
{
	speak_close(runner_speaker(runner));
	doors_close(&runner->doors);
	_exit(status);
}

static int runner_open_rest(struct runner *runner, struct text *error)
{
	sigset_t mask;
	int r = runner_open_signals(runner, error);

	if (r < 0)
		return r;
	mask = runner_thread_mask(runner);
	runner->home.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (runner->home.wake_fd < 0) {
		r = -errno;
		text_format(error, "eventfd: %s", strerror(-r));
		return r;
	}
	r = services_init(&runner->services, &runner->home, &mask);
	if (r == 0 && runner->options.is_worker)
		services_watch_launcher(&runner->services, runner->launcher_fd);
	if (r == 0)
		r = doors_open(&runner->doors, runner->options.settings,
			       runner_speaker(runner), error);
	runner->home.backdoor = doors_where(&runner->doors);
	return r;
}

int runner_open(const struct runner_options *options,
		struct runner **ret_runner, struct text *error)
{
	struct runner *runner = calloc(1, sizeof(*runner));
	int r;

	if (!runner)
		return -ENOMEM;
	runner->options = *options;
	runner->home.notify_fd = -1;
	runner->home.wake_fd = -1;
	runner->sigfd = SIGFD_NULL;
	runner->doors = DOORS_NULL;
	runner->upstream = UPSTREAM_NULL;
	runner->deadline_ns = NSEC_NEVER;
	runner->launcher_fd = options->birth ? options->birth->launcher_fd : -1;
	r = runner_open_rest(runner, error);
	if (r < 0) {
		runner_free(runner);
		return r;
	}
	if (!options->is_worker && !options->is_guest) {
		upstream_open(&runner->upstream);
		runner->home.upstream = &runner->upstream;
	}
	*ret_runner = runner;
	return 0;
}

struct runner *runner_free(struct runner *runner)
{
	if (!runner)
		return NULL;
	services_fini(&runner->services);
	doors_close(&runner->doors);
	upstream_close(&runner->upstream);
	sigfd_close(&runner->sigfd);
	runner->launcher_fd = fd_close(runner->launcher_fd);
	runner->home.wake_fd = fd_close(runner->home.wake_fd);
	runner->home.notify_fd = fd_close(runner->home.notify_fd);
	free(runner);
	return NULL;
}

void runner_hook(const struct runner *runner, void (*hook)(void *data))
{
	if (hook && !runner->options.is_worker)
		hook(runner->options.settings->options.hook_data);
}

void runner_begin_stop(struct runner *runner, enum muster_stop_reason reason,
		       int status, bool is_launchers)
{
	if (runner_wants_stop(runner))
		return;
	runner->status = status;
	runner->reason = reason;
	services_announce_stop(&runner->services, reason);
	upstream_stop(&runner->upstream);
	runner_hook(runner, runner->options.settings->hooks.on_terminate);
	if (is_launchers)
		runner->deadline_ns = NSEC_NEVER; /* a restart's may be on */
	else
		runner_arm(runner);
}

void runner_restart(struct runner *runner)
{
	if (!runner_wants_stop(runner))
		runner->wants_restart = true;
}

_Noreturn void runner_cut_off(struct runner *runner)
{
	runner_say(runner, MUSTER_LOG_ERROR,
		   "A service has closed descriptors that are not its own, "
		   "exiting");
	runner_exit(runner, SERVICES_CUT_OFF);
}

static void runner_read_wake(struct runner *runner)
{
	uint64_t count;
	ssize_t size = read(runner->home.wake_fd, &count, sizeof(count));

	if (size < 0 ? errno != EAGAIN && errno != EINTR
		     : size != (ssize_t)sizeof(count))
		runner_cut_off(runner);
	if (atomic_exchange(&runner->home.is_stop_wanted, false))
		runner_begin_stop(runner, MUSTER_STOP_OPERATOR, 0, false);
	if (atomic_exchange(&runner->home.is_restart_wanted, false))
		runner_restart(runner);
	runner_prolong(runner);
}

static void runner_overrun(struct runner *runner)
{
	runner_say(runner, MUSTER_LOG_ERROR,
		   "Graceful shutdown timeout exceeded, instantaneous exiting");
	runner_exit(runner, RUNNER_INSTANT);
}

static void runner_fill(struct runner *runner, struct pollfd *fds)
{
	const struct log *log = &runner_speaker(runner)->log;
	int launcher_fd = services_watches_launcher(&runner->services)
				  ? -1
				  : runner->launcher_fd;

	fds[RUNNER_SIGNALS] = (struct pollfd){runner->sigfd.fd, POLLIN, 0};
	fds[RUNNER_WAKE] = (struct pollfd){runner->home.wake_fd, POLLIN, 0};
	fds[RUNNER_LAUNCHER] = (struct pollfd){launcher_fd, POLLIN, 0};
	fds[RUNNER_DOOR] = (struct pollfd){doors_fd(&runner->doors), POLLIN, 0};
	fds[RUNNER_LOG] = (struct pollfd){
		runner->is_log_stalled ? log_fd(log) : -1, POLLOUT, 0};
}

static void runner_wait(uint64_t until_ns, struct pollfd *fds)
{
	uint64_t left_ns = nsec_since(until_ns, clock_now_ns());
	struct timespec left = {
		.tv_sec = (time_t)(left_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(left_ns % NSEC_PER_SEC),
	};
	int r;

	r = ppoll(fds, RUNNER_FDS, until_ns == NSEC_NEVER ? NULL : &left, NULL);
	for (int i = 0; r <= 0 && i < RUNNER_FDS; i++)
		fds[i].revents = 0;
}

static uint64_t runner_until_ns(const struct runner *runner)
{
	uint64_t again_ns;

	if (runner->phase != RUNNER_STUCK)
		return runner->deadline_ns;
	again_ns = nsec_add(clock_now_ns(), RUNNER_AGAIN_NS);
	return again_ns < runner->deadline_ns ? again_ns : runner->deadline_ns;
}

static void runner_flush(struct runner *runner)
{
	runner->is_log_stalled = speak_flush(runner_speaker(runner)) > 0;
}

/* One turn, in a fixed order: signals, wishes, the launcher's death, deadline,
 * backdoor. */
static void runner_turn(struct runner *runner, uint64_t until_ns)
{
	struct pollfd fds[RUNNER_FDS];

	runner_fill(runner, fds);
	runner_wait(until_ns, fds);
	if (fds[RUNNER_SIGNALS].revents)
		runner_read_signals(runner);
	if (fds[RUNNER_WAKE].revents)
		runner_read_wake(runner);
	if ((fds[RUNNER_LAUNCHER].revents | fds[RUNNER_DOOR].revents) &
	    POLLNVAL)
		runner_cut_off(runner);
	if (fds[RUNNER_LAUNCHER].revents)
		runner_lose_launcher(runner);
	if (clock_now_ns() >= runner->deadline_ns)
		runner_overrun(runner);
	if (fds[RUNNER_DOOR].revents)
		doors_answer(&runner->doors, &runner->services,
			     runner_speaker(runner));
}

int runner_run(struct runner *runner)
{
	if (runner->phase == RUNNER_OVER)
		return runner->status;
	if (runner->phase != RUNNER_NEW)
		return -EBUSY; /* in a hook */
	runner->phase = RUNNER_UP;
	runner_watch_launcher(runner);
	runner_watch_parent(runner);
	/* B15, B82: who was stopped before he began does not begin. */
	if (!runner_wants_stop(runner))
		runner_turn(runner, 0);
	if (!runner_wants_stop(runner))
		services_start(&runner->services);
	while (runner_step(runner)) {
		runner_flush(runner);
		runner_turn(runner, runner_until_ns(runner));
		/* Before the steward is woken, who may be given the
		 * processor at once. */
		runner_flush(runner);
	}
	runner->phase = RUNNER_OVER;
	return runner->status;
}

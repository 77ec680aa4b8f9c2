/*
 * fork_steps.c - no decision, no failure handled, no name looked up: only the
 * system calls and the memory that muster/service.h promises for each worker.
 *
 * In the parent: what the dead worker left in its group gets SIGKILL, its pidfd
 * is closed before the fork, and the fork is made with all signals blocked. In
 * the child: a group of its own, the parent-death signal, the limit that was
 * raised, a stamp; nothing of the launcher's is left open or mapped; standard
 * dispositions; a name, an environment, seeds of its own; its own signalfd and
 * a descriptor to be woken by; one look at the signals. And then: to notice
 * that the launcher is dead, and after a while to end. Its children find their
 * code as muster's do, by the same function.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "fork_steps.h"
#include "proc/fork_code.h"
#include "stamp.h"

/* Many times what the last of a hundred takes to notice. */
#define STEPS_STAY_NS 400000000L
#define STEPS_PAGE 4096U
#define STEPS_SIGNAL_GROUP (1U << 2) /* PIDFD_SIGNAL_PROCESS_GROUP, 6.9 */

static const int steps_signals[] = {SIGHUP,  SIGINT,  SIGTERM, SIGTTIN,
				    SIGTTOU, SIGUSR1, SIGUSR2, SIGWINCH,
				    SIGPIPE, SIGCHLD};

/* The launcher's: a signalfd, a socket to hear workers on, a pidfd of itself
 * and of its parent; and where children report. */
static struct {
	int fds[4];
	int self_fd;
	uint64_t *report;
	sigset_t given;
} steps;

int fork_steps_open(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	steps.fds[0] = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	steps.fds[1] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	steps.fds[2] = eventfd(0, EFD_CLOEXEC);
	steps.fds[3] = (int)syscall(SYS_pidfd_open, getppid(), 0);
	steps.self_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	steps.report = mmap(NULL, STEPS_PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fork_code_share();
	return steps.report == MAP_FAILED || steps.self_fd < 0 ? -ENOMEM : 0;
}

void fork_steps_before(const struct floor *floor, uint32_t slot)
{
	int pidfd = floor->slots[slot].pidfd;
	sigset_t all;

	if (pidfd > 0) {
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL,
			      STEPS_SIGNAL_GROUP);
		(void)close(pidfd);
	}
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &steps.given);
}

void fork_steps_after(void)
{
	(void)sigprocmask(SIG_SETMASK, &steps.given, NULL);
}

static void steps_settle(const struct floor *floor)
{
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != floor->page->launcher_pid)
		_exit(1);
	(void)setrlimit(RLIMIT_NOFILE, &floor->nofile);
	*steps.report = stamp_now_ns();
}

static void steps_close(const struct floor *floor, uint32_t slot)
{
	int first = -1;
	int last = -1;

	for (size_t i = 0; i < ARRAY_LEN(steps.fds); i++)
		(void)close(steps.fds[i]);
	(void)close(floor->ring_fd);
	for (uint32_t i = 0; i < floor->workers; i++) {
		int pidfd = floor->slots[i].pidfd;

		if (i == slot || pidfd <= 0)
			continue;
		if (first >= 0 && pidfd == last + 1) {
			last = pidfd;
			continue;
		}
		fd_close_row(first, last);
		first = last = pidfd;
	}
	fd_close_row(first, last);
	(void)munmap(steps.report, STEPS_PAGE);
}

static void steps_reset_signals(void)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};

	for (size_t i = 0; i < ARRAY_LEN(steps_signals); i++)
		(void)sigaction(steps_signals[i], &standard, NULL);
	(void)sigprocmask(SIG_SETMASK, &steps.given, NULL);
}

static void steps_set_environment(uint32_t slot)
{
	static char *table[256];
	static char text[3][32];
	size_t count = 0;

	for (char **variable = environ; *variable && count < 250; variable++)
		table[count++] = *variable;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		(void)snprintf(text[i], sizeof(text[i]), "MUSTER_%zu=%u", i,
			       slot);
		table[count++] = text[i];
	}
	environ = table;
}

static void steps_reseed(void)
{
	unsigned short words[16];

	(void)!getrandom(words, sizeof(words), GRND_NONBLOCK);
	srandom(words[0]);
	(void)seed48(words);
}

static void steps_watch_signals(void)
{
	struct pollfd fds[3] = {{.events = POLLIN}, {.events = POLLIN}};
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	fds[0].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fds[1].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fds[2].fd = steps.self_fd;
	(void)prctl(PR_SET_PDEATHSIG, 0);
	(void)poll(fds, ARRAY_LEN(fds), 0);
}

void fork_steps_child(const struct floor *floor, uint32_t slot)
{
	steps_settle(floor);
	steps_close(floor, slot);
	steps_reset_signals();
	(void)prctl(PR_SET_NAME, "steps");
	steps_set_environment(slot);
	steps_reseed();
	steps_watch_signals();
}

void fork_steps_stay(const struct floor *floor, uint32_t slot)
{
	/* Who ends takes the processor from those who have yet to notice. */
	const struct timespec stay = {.tv_nsec = STEPS_STAY_NS};
	struct pollfd launcher = {.fd = steps.self_fd, .events = POLLIN};

	while (poll(&launcher, 1, -1) <= 0)
		;
	stamp_stop(floor->page, slot);
	(void)nanosleep(&stay, NULL);
	_exit(0);
}

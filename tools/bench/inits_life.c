/*
 * inits_life.c - one life of a program under an init, as the first process of a
 * pid namespace or as an ordinary one: signals standard, a session of its own,
 * nothing open but 0 to 2 and the page.
 *
 * Made by vfork, so that what is measured does not depend on how large the
 * benchmark is. Nothing is left behind whatever happens: an init dies with the
 * benchmark, and its program with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/nsec.h"
#include "inits.h"
#include "session.h"

#define LIFE_STACK 65536
/* Ten thousand processes where memory is slow. */
#define LIFE_DEADLINE_NS (120 * NSEC_PER_SEC)
#define LIFE_SLICE_NS (200 * NSEC_PER_USEC)
#define LIFE_NOT_EXECUTED 127

/* For the child, which shares the parent's memory until it executes. */
struct life_launch {
	const struct inits *inits;
	const struct inits_command *command;
	const struct inits_options *options;
	int error; /* why it does not execute */
};

static bool life_schedule(const struct inits_options *options)
{
	const struct sched_param first = {.sched_priority = 1};

	if (options->cpus &&
	    sched_setaffinity(0, sizeof(*options->cpus), options->cpus) < 0)
		return false;
	return !options->is_urgent ||
	       sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK,
				  &first) == 0;
}

/* All other descriptors are closed by its execve. */
static bool life_place(const struct inits *inits,
		       const struct inits_options *options)
{
	int log_fd = options->log_fd > 0 ? options->log_fd : inits->null_fd;

	return dup2(inits->null_fd, 0) >= 0 && dup2(inits->null_fd, 1) >= 0 &&
	       dup2(log_fd, 2) >= 0 && dup2(inits->page_fd, BENCH_PAGE_FD) >= 0;
}

static int life_run(void *argument)
{
	struct life_launch *launch = argument;
	const struct inits_options *options = launch->options;
	const char *const *words = launch->command->words;

	launch->inits->page->init_pid = (int32_t)getpid();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setsid() >= 0 &&
	    life_schedule(options) && life_place(launch->inits, options) &&
	    (!options->is_traced || ptrace(PTRACE_TRACEME, 0, 0, 0) == 0))
		(void)execve(words[0], (char *const *)(uintptr_t)words,
			     environ);
	launch->error = errno;
	_exit(LIFE_NOT_EXECUTED);
}

int inits_life_start(struct inits *inits, const struct inits_command *command,
		     const struct inits_options *options,
		     struct inits_life *ret_life)
{
	static _Alignas(16) char stack[LIFE_STACK];
	struct life_launch launch = {inits, command, options, 0};
	int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;

	*ret_life = INITS_LIFE_NONE;
	ret_life->name = command->words[0];
	if (!options->keeps_page)
		memset(inits->page, 0, sizeof(*inits->page));
	inits->page->part = options->part;
	if (options->is_first)
		flags |= CLONE_NEWPID;
	ret_life->start_ns = bench_now_ns();
	ret_life->pid = clone(life_run, stack + LIFE_STACK, flags, &launch,
			      &ret_life->pidfd);
	ret_life->exec_ns = bench_now_ns();
	if (ret_life->pid < 0)
		launch.error = errno;
	if (launch.error == 0)
		return 0;
	(void)fprintf(stderr, "bench: %s: %s\n", ret_life->name,
		      strerror(launch.error));
	return -launch.error;
}

uint64_t inits_life_spent_ns(const struct inits_life *life)
{
	struct timespec spent = {0};
	clockid_t id;

	if (clock_getcpuclockid(life->pid, &id) == 0)
		(void)clock_gettime(id, &spent);
	return nsec_add(nsec_mul((uint64_t)spent.tv_sec, NSEC_PER_SEC),
			(uint64_t)spent.tv_nsec);
}

/* Whether it has ended, waiting so long for it. */
static bool life_is_over(const struct inits_life *life, uint64_t timeout_ns)
{
	struct pollfd end = {.fd = life->pidfd, .events = POLLIN};
	const struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(timeout_ns % NSEC_PER_SEC),
	};

	return ppoll(&end, 1, &timeout, NULL) > 0;
}

int inits_life_await(const struct inits_life *life, const uint32_t *word,
		     uint32_t value)
{
	uint64_t begin_ns = bench_now_ns();

	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) < value) {
		if (life_is_over(life, LIFE_SLICE_NS))
			return 1;
		if (nsec_since(bench_now_ns(), begin_ns) > LIFE_DEADLINE_NS) {
			(void)fprintf(stderr, "bench: %s: nothing happens\n",
				      life->name);
			return -ETIMEDOUT;
		}
	}
	return 0;
}

int inits_life_expect(const struct inits_life *life, const uint32_t *word,
		      uint32_t value)
{
	int r = inits_life_await(life, word, value);

	if (r <= 0)
		return r;
	(void)fprintf(stderr, "bench: %s ends too early\n", life->name);
	return -EIO;
}

void inits_life_signal(const struct inits_life *life, int signo)
{
	/* One that has ended hears nothing. */
	(void)syscall(SYS_pidfd_send_signal, life->pidfd, signo, NULL, 0);
}

static void life_reap(struct inits_life *life, siginfo_t *ret_info)
{
	(void)waitid(COMPAT_P_PIDFD, (id_t)life->pidfd, ret_info, WEXITED);
	cleanup_fd(&life->pidfd);
	life->pidfd = -1;
}

int inits_life_end(struct inits_life *life, uint64_t *ret_end_ns)
{
	siginfo_t info = {0};

	if (!life_is_over(life, LIFE_DEADLINE_NS)) {
		(void)fprintf(stderr, "bench: %s does not end\n", life->name);
		return -ETIMEDOUT;
	}
	*ret_end_ns = bench_now_ns();
	life_reap(life, &info);
	if (info.si_code == CLD_EXITED)
		return info.si_status;
	(void)fprintf(stderr, "bench: %s died of signal %d\n", life->name,
		      info.si_status);
	return -EIO;
}

void inits_life_kill(struct inits_life *life)
{
	siginfo_t info;

	if (life->pidfd < 0)
		return;
	inits_life_signal(life, SIGKILL);
	life_reap(life, &info);
}

void inits_raise(uint32_t *word)
{
	__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/*
 * runner_signals.c - what a signal means to a process that runs services.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "loop/clock.h"
#include "policy/route.h"
#include "proc/tty.h"
#include "service/runner_state.h"

#define RUNNER_TERMINATED (128 + SIGTERM)

static const int runner_reads[] = {SIGTERM, SIGINT, SIGHUP};

uint64_t runner_signals(void)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(runner_reads); i++)
		bits |= UINT64_C(1) << (runner_reads[i] - 1);
	return bits;
}

int runner_open_signals(struct runner *runner, struct text *error)
{
	const struct muster_birth *birth = runner->options.birth;
	sigset_t given;
	int r;

	if (runner->options.is_guest)
		return 0;
	r = sigfd_open(&runner->sigfd, runner_reads, ARRAY_LEN(runner_reads),
		       SIGFD_CHILD_LEFT);
	if (r == -EBUSY)
		text_add(error, "another launcher has this process's signals");
	else if (r < 0)
		text_format(error, "signalfd: %s", strerror(-r));
	/* It was born with ours blocked. */
	if (r == 0 && birth) {
		given = runner->sigfd.saved;
		memcpy(&given, &birth->mask, sizeof(birth->mask));
		sigfd_set_saved(&runner->sigfd, &given);
	}
	return r;
}

sigset_t runner_thread_mask(const struct runner *runner)
{
	sigset_t mask;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	if (runner->sigfd.fd < 0)
		return mask;
	mask = runner->sigfd.saved;
	for (size_t i = 0; i < ARRAY_LEN(runner_reads); i++)
		sigaddset(&mask, runner_reads[i]);
	return mask;
}

static bool runner_is_from_launcher(const struct runner *runner,
				    const struct signalfd_siginfo *record)
{
	const struct muster_birth *birth = runner->options.birth;

	return birth && record->ssi_code == SI_QUEUE &&
	       (pid_t)record->ssi_pid == birth->launcher_pid;
}

/* As the signal itself would have ended us (B59); where that is in vain, PID 1
 * of a namespace, the status says the same. */
static _Noreturn void runner_die(struct runner *runner)
{
	sigset_t mask;

	speak_close(runner_speaker(runner));
	doors_close(&runner->doors);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	(void)signal(SIGTERM, SIG_DFL);
	(void)raise(SIGTERM);
	(void)pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	_exit(RUNNER_TERMINATED);
}

static bool runner_is_echo(const struct runner *runner,
			   const struct signalfd_siginfo *record,
			   uint64_t now_ns)
{
	return runner->term_ns != 0 &&
	       (pid_t)record->ssi_pid == runner->term_pid &&
	       nsec_since(now_ns, runner->term_ns) < ROUTE_ECHO_NS;
}

/* Without a pidfd the kernel's own signal tells of it, once. */
static bool runner_is_orphaned(const struct runner *runner)
{
	const struct muster_birth *birth = runner->options.birth;

	return birth && runner->status != RUNNER_INSTANT &&
	       getppid() != birth->launcher_pid;
}

/* B59, and of others' only: who tells a whole cgroup or process group tells the
 * launcher, too, which then tells us, in either order; and it has a signal that
 * nobody survives for whoever does not stop. */
static void runner_count_term(struct runner *runner,
			      const struct signalfd_siginfo *record,
			      uint64_t now_ns)
{
	if (runner->term_ns != 0)
		runner_die(runner);
	runner->term_ns = now_ns;
	runner->term_pid = (pid_t)record->ssi_pid;
}

static void runner_take_term(struct runner *runner,
			     const struct signalfd_siginfo *record)
{
	bool is_launchers = runner_is_from_launcher(runner, record);
	uint64_t now_ns = clock_now_ns();

	if (!is_launchers && runner_is_echo(runner, record, now_ns))
		return;
	if (runner_is_orphaned(runner)) {
		runner_lose_launcher(runner);
		return;
	}
	if (!is_launchers)
		runner_count_term(runner, record, now_ns);
	if (runner_wants_stop(runner))
		return;
	runner_say(runner, MUSTER_LOG_INFO,
		   "Caught SIGTERM signal, graceful exiting");
	runner_begin_stop(runner,
			  is_launchers && record->ssi_int > MUSTER_STOP_NONE &&
					  record->ssi_int < MUSTER_STOP_REASONS
				  ? (enum muster_stop_reason)record->ssi_int
				  : MUSTER_STOP_OPERATOR,
			  0, is_launchers);
}

static void runner_take_hup(struct runner *runner,
			    const struct signalfd_siginfo *record)
{
	/* B19: the reference hangs there. What a launcher sends is no
	 * terminal's doing. */
	if (!runner_is_from_launcher(runner, record) && tty_is_foreground()) {
		runner_say(runner, MUSTER_LOG_INFO, "Caught SIGHUP, stopping");
		runner_begin_stop(runner, MUSTER_STOP_OPERATOR, 0, false);
		return;
	}
	runner_say(runner, MUSTER_LOG_INFO,
		   runner->options.is_worker ? "Child caught SIGHUP, handling"
					     : "Caught SIGHUP, handling");
	runner_restart(runner);
}

static void runner_take_signal(struct runner *runner,
			       const struct signalfd_siginfo *record)
{
	if (record->ssi_signo == SIGINT) {
		runner_say(runner, MUSTER_LOG_INFO,
			   "Caught SIGINT signal, instantaneous exiting");
		runner_exit(runner, RUNNER_INSTANT);
	} else if (record->ssi_signo == SIGTERM) {
		runner_take_term(runner, record);
	} else if (record->ssi_signo == SIGHUP) {
		runner_take_hup(runner, record);
	} else {
		runner_cut_off(runner);
	}
}

void runner_read_signals(struct runner *runner)
{
	struct signalfd_siginfo records[ARRAY_LEN(runner_reads)];
	ssize_t size;

	if (runner->options.is_guest)
		return;
	size = read(runner->sigfd.fd, records, sizeof(records));
	/* It is another file's number when there is nothing to be read. */
	if (size < 0 ? errno != EAGAIN && errno != EINTR : size == 0)
		runner_cut_off(runner);
	for (ssize_t i = 0; i < size / (ssize_t)sizeof(records[0]); i++)
		runner_take_signal(runner, &records[i]);
}

/*
 * test_fork.c - forks of a program that go on in it: what the parent gets, and
 * what the child finds.
 */
#include <sys/resource.h>

#include "proc/forked.h"

/* What can be blocked: not KILL, not STOP, and not the C library's own. */
#define MASK_BIT(signo) (UINT64_C(1) << ((signo)-1))
#define MASK_UNBLOCKABLE \
	(MASK_BIT(SIGKILL) | MASK_BIT(SIGSTOP) | MASK_BIT(32) | MASK_BIT(33))

static int fork_with_pidfd(void)
{
	struct forked forked;
	int r = forked_begin(&forked, true);

	if (r == FORK_CHILD)
		_exit(getppid() == 1 ? 1 : FORKED_STATUS);
	CHILD_CHECK(r == FORK_PARENT);
	CHILD_CHECK(forked.child.pid > 0);
	CHILD_CHECK(fcntl(forked.child.pidfd, F_GETFD) == FD_CLOEXEC);
	CHILD_CHECK(is_readable(forked.child.pidfd));
	CHILD_CHECK(child_wait(forked.child.pidfd, WEXITED | WNOWAIT,
			       &forked.end) == 0);
	CHILD_CHECK(forked.end.si_pid == forked.child.pid);
	CHILD_CHECK(forked_end(&forked) == 0);
	CHILD_CHECK(forked_exited(&forked, FORKED_STATUS));
	CHILD_CHECK(forked.report->step == MUSTER_STEP_NONE);
	return 0;
}

static void the_parent_gets_a_pid_and_a_pidfd_that_polls(void **state)
{
	(void)state;
	in_child(fork_with_pidfd);
}

static int fork_without_pidfd(void)
{
	struct forked forked;
	int r = forked_begin(&forked, false);

	if (r == FORK_CHILD)
		_exit(FORKED_STATUS);
	CHILD_CHECK(r == FORK_PARENT);
	CHILD_CHECK(forked.child.pidfd == -1);
	CHILD_CHECK(forked_end(&forked) == 0);
	CHILD_CHECK(forked_exited(&forked, FORKED_STATUS));
	return 0;
}

static void a_spawner_without_pidfds_gives_none(void **state)
{
	(void)state;
	in_child(fork_without_pidfd);
}

/* Whatever it was about to do: nothing is left of it. */
static int fork_and_open_nothing(void)
{
	struct forked forked;
	int r;

	if (child_deny(SYS_pidfd_open, EMFILE) < 0)
		return CHILD_SKIP;
	r = forked_begin(&forked, true);
	if (r == FORK_CHILD)
		for (;;)
			(void)pause();
	CHILD_CHECK(r == -EMFILE);
	CHILD_CHECK(forked.child.pidfd == -77);
	CHILD_CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	return 0;
}

static void without_a_pidfd_the_child_is_taken_back(void **state)
{
	(void)state;
	in_child(fork_and_open_nothing);
}

static int fork_masked(void)
{
	uint64_t *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct forked forked;
	sigset_t given;
	uint64_t before;
	int r;

	CHILD_CHECK(seen != MAP_FAILED);
	(void)sigemptyset(&given);
	(void)sigaddset(&given, SIGUSR1);
	CHILD_CHECK(sigprocmask(SIG_SETMASK, &given, NULL) == 0);
	before = forked_mask();
	r = forked_begin(&forked, true);
	if (r == FORK_CHILD) {
		*seen = forked_mask();
		_exit(FORKED_STATUS);
	}
	CHILD_CHECK(r == FORK_PARENT);
	CHILD_CHECK(forked_mask() == before);
	CHILD_CHECK(forked_end(&forked) == 0);
	CHILD_CHECK((*seen | MASK_UNBLOCKABLE) == UINT64_MAX);
	return 0;
}

static void a_child_begins_with_all_signals_blocked_its_parent_not(void **state)
{
	(void)state;
	in_child(fork_masked);
}

static int fork_with_old_report(void)
{
	struct forked forked;
	int r = forked_begin(&forked, false);

	if (r == FORK_CHILD)
		_exit(0);
	CHILD_CHECK(forked_end(&forked) == 0);
	forked.report->step = MUSTER_STEP_DIRECTORY;
	forked.report->error = ENOENT;
	forked.report->exec_ns = 1;
	r = fork_worker(&forked.spawner,
			&(struct spawn_request){.report = forked.report},
			&forked.child);
	if (r == FORK_CHILD)
		_exit(0);
	CHILD_CHECK(forked_end(&forked) == 0);
	CHILD_CHECK(forked.report->step == MUSTER_STEP_NONE);
	CHILD_CHECK(forked.report->error == 0);
	CHILD_CHECK(forked.report->exec_ns == 0);
	return 0;
}

static void the_report_of_the_one_before_is_forgotten(void **state)
{
	(void)state;
	in_child(fork_with_old_report);
}

/* Root is not bound by it: somebody else then, who can be anybody. */
static int fork_beyond_the_limit(void)
{
	const struct rlimit none = {0, 0};
	struct forked forked;
	uint64_t before = forked_mask();
	int r;

	if (getuid() == 0)
		CHILD_CHECK(setresuid(54321, 54321, 54321) == 0);
	CHILD_CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	r = forked_begin(&forked, true);
	if (r == FORK_CHILD)
		_exit(1);
	CHILD_CHECK(r == -EAGAIN);
	CHILD_CHECK(forked.child.pidfd == -77);
	CHILD_CHECK(forked_mask() == before);
	return 0;
}

static void a_fork_that_fails_is_its_errno_and_changes_nothing(void **state)
{
	(void)state;
	in_child(fork_beyond_the_limit);
}

static void on_signal(int signo)
{
	(void)signo;
}

static bool is_handled(int signo)
{
	struct sigaction action;

	return sigaction(signo, NULL, &action) == 0 &&
	       action.sa_handler == on_signal;
}

static int reset_signals(void)
{
	static const int signals[] = {SIGTERM, SIGHUP};
	const struct sigaction handler = {.sa_handler = on_signal};

	CHILD_CHECK(sigaction(SIGTERM, &handler, NULL) == 0);
	CHILD_CHECK(sigaction(SIGHUP, &handler, NULL) == 0);
	CHILD_CHECK(sigaction(SIGCHLD, &handler, NULL) == 0);
	CHILD_CHECK(sigaction(SIGUSR1, &handler, NULL) == 0);
	fork_reset_signals(signals, ARRAY_LEN(signals),
			   MASK_BIT(SIGUSR2) | MASK_BIT(SIGRTMAX));
	CHILD_CHECK(!is_handled(SIGTERM));
	CHILD_CHECK(!is_handled(SIGHUP));
	CHILD_CHECK(!is_handled(SIGCHLD));
	CHILD_CHECK(is_handled(SIGUSR1)); /* the caller's own */
	CHILD_CHECK(forked_mask() == (MASK_BIT(SIGUSR2) | MASK_BIT(SIGRTMAX)));
	return 0;
}

static void signals_are_reset_and_the_mask_is_the_one_asked_for(void **state)
{
	(void)state;
	in_child(reset_signals);
}

/* Sent to a child that has not begun yet: it waits, and ends it as the mask is
 * put in place, without the parent's handler. */
static int signal_early(void)
{
	static const int signals[] = {SIGTERM};
	const struct sigaction handler = {.sa_handler = on_signal};
	struct forked forked;
	int ends[2];
	char byte;
	int r;

	CHILD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHILD_CHECK(sigaction(SIGTERM, &handler, NULL) == 0);
	r = forked_begin(&forked, true);
	if (r == FORK_CHILD) {
		(void)!read(ends[0], &byte, 1);
		fork_reset_signals(signals, 1, 0);
		_exit(1);
	}
	CHILD_CHECK(r == FORK_PARENT);
	CHILD_CHECK(kill(forked.child.pid, SIGTERM) == 0);
	CHILD_CHECK(pipe_put(ends[1], "x", 1));
	CHILD_CHECK(forked_end(&forked) == 0);
	CHILD_CHECK(forked.end.si_code == CLD_KILLED);
	CHILD_CHECK(forked.end.si_status == SIGTERM);
	return 0;
}

static void a_signal_before_the_mask_is_not_lost(void **state)
{
	(void)state;
	in_child(signal_early);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parent_gets_a_pid_and_a_pidfd_that_polls),
		cmocka_unit_test(a_spawner_without_pidfds_gives_none),
		cmocka_unit_test(without_a_pidfd_the_child_is_taken_back),
		cmocka_unit_test(
			a_child_begins_with_all_signals_blocked_its_parent_not),
		cmocka_unit_test(the_report_of_the_one_before_is_forgotten),
		cmocka_unit_test(
			a_fork_that_fails_is_its_errno_and_changes_nothing),
		cmocka_unit_test(
			signals_are_reset_and_the_mask_is_the_one_asked_for),
		cmocka_unit_test(a_signal_before_the_mask_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_sigfd.c - who owns the process's signals: what is done to SIGCHLD, what
 * a child is given back, and when they are nobody's again.
 */
#include <sys/signalfd.h>

#include "base/unforked.h"
#include "kernel/children.h"
#include "loop/sigfd.h"

static const int signals[] = {SIGTERM, SIGHUP};

static int open_with(struct sigfd *sigfd, enum sigfd_child child)
{
	*sigfd = SIGFD_NULL;
	return sigfd_open(sigfd, signals, ARRAY_LEN(signals), child);
}

static void on_child(int signo)
{
	(void)signo;
}

static bool child_is(void (*handler)(int))
{
	struct sigaction action;

	return sigaction(SIGCHLD, NULL, &action) == 0 &&
	       action.sa_handler == handler;
}

static bool is_blocked(int signo)
{
	sigset_t mask;

	return sigprocmask(SIG_BLOCK, NULL, &mask) == 0 &&
	       sigismember(&mask, signo) == 1;
}

static bool reads_signal(const struct sigfd *sigfd, int signo)
{
	struct signalfd_siginfo record;

	return read(sigfd->fd, &record, sizeof(record)) ==
		       (ssize_t)sizeof(record) &&
	       record.ssi_signo == (uint32_t)signo;
}

static int leave_child(void)
{
	struct sigfd sigfd;

	CHILD_CHECK(signal(SIGCHLD, on_child) != SIG_ERR);
	CHILD_CHECK(open_with(&sigfd, SIGFD_CHILD_LEFT) == 0);
	CHILD_CHECK(child_is(on_child));
	CHILD_CHECK(!is_blocked(SIGCHLD));
	CHILD_CHECK(is_blocked(SIGTERM));
	CHILD_CHECK(is_blocked(SIGHUP));
	CHILD_CHECK(is_blocked(SIGPIPE));
	CHILD_CHECK(!is_blocked(SIGINT));
	CHILD_CHECK(fcntl(sigfd.fd, F_GETFD) == FD_CLOEXEC);
	sigfd_close(&sigfd);
	CHILD_CHECK(child_is(on_child));
	CHILD_CHECK(!is_blocked(SIGTERM));
	return 0;
}

static void sigchld_can_be_left_as_it_is(void **state)
{
	(void)state;
	in_child(leave_child);
}

static int leave_ignored(void)
{
	struct sigfd sigfd;

	CHILD_CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	CHILD_CHECK(open_with(&sigfd, SIGFD_CHILD_LEFT) == 0);
	CHILD_CHECK(child_is(SIG_IGN));
	sigfd_close(&sigfd);
	CHILD_CHECK(child_is(SIG_IGN));
	return 0;
}

static void an_ignored_sigchld_can_be_left_ignored(void **state)
{
	(void)state;
	in_child(leave_ignored);
}

static int reset_child(void)
{
	struct sigfd sigfd;

	CHILD_CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	CHILD_CHECK(open_with(&sigfd, SIGFD_CHILD_RESET) == 0);
	CHILD_CHECK(child_is(SIG_DFL));
	CHILD_CHECK(!is_blocked(SIGCHLD));
	CHILD_CHECK(raise(SIGCHLD) == 0);
	CHILD_CHECK(!reads_signal(&sigfd, SIGCHLD));
	sigfd_close(&sigfd);
	CHILD_CHECK(child_is(SIG_IGN));
	return 0;
}

static void sigchld_can_be_reset_without_being_read(void **state)
{
	(void)state;
	in_child(reset_child);
}

static int read_child(void)
{
	struct sigfd sigfd;

	CHILD_CHECK(signal(SIGCHLD, on_child) != SIG_ERR);
	CHILD_CHECK(open_with(&sigfd, SIGFD_CHILD_READ) == 0);
	CHILD_CHECK(child_is(SIG_DFL));
	CHILD_CHECK(is_blocked(SIGCHLD));
	CHILD_CHECK(kill(getpid(), SIGCHLD) == 0);
	CHILD_CHECK(reads_signal(&sigfd, SIGCHLD));
	sigfd_close(&sigfd);
	CHILD_CHECK(child_is(on_child));
	CHILD_CHECK(!is_blocked(SIGCHLD));
	return 0;
}

static void sigchld_can_be_read(void **state)
{
	(void)state;
	in_child(read_child);
}

/* In a child of ours, that knows nothing of the descriptor. */
static int look_as_before(void)
{
	sigfd_reset_child();
	CHILD_CHECK(child_is(on_child));
	CHILD_CHECK(!is_blocked(SIGTERM));
	CHILD_CHECK(!is_blocked(SIGCHLD));
	CHILD_CHECK(!is_blocked(SIGPIPE));
	CHILD_CHECK(is_blocked(SIGWINCH));
	return 0;
}

static int give_back_in_child(void)
{
	struct sigfd sigfd;
	sigset_t before;
	pid_t pid;

	(void)sigemptyset(&before);
	(void)sigaddset(&before, SIGWINCH);
	CHILD_CHECK(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
	CHILD_CHECK(signal(SIGCHLD, on_child) != SIG_ERR);
	CHILD_CHECK(open_with(&sigfd, SIGFD_CHILD_READ) == 0);
	pid = fork();
	if (pid == 0)
		_exit(look_as_before() != 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	CHILD_CHECK(child_is(SIG_DFL));
	CHILD_CHECK(is_blocked(SIGTERM));
	sigfd_close(&sigfd);
	return 0;
}

static void a_child_is_given_back_what_there_was_before(void **state)
{
	(void)state;
	in_child(give_back_in_child);
}

static int give_back_nothing(void)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGUSR1);
	CHILD_CHECK(sigprocmask(SIG_SETMASK, &mask, NULL) == 0);
	CHILD_CHECK(signal(SIGCHLD, on_child) != SIG_ERR);
	sigfd_reset_child();
	CHILD_CHECK(child_is(on_child));
	CHILD_CHECK(is_blocked(SIGUSR1));
	return 0;
}

static void without_an_owner_a_child_is_left_alone(void **state)
{
	(void)state;
	in_child(give_back_nothing);
}

static int own_twice(void)
{
	struct sigfd first;
	struct sigfd second;

	CHILD_CHECK(open_with(&first, SIGFD_CHILD_RESET) == 0);
	CHILD_CHECK(open_with(&second, SIGFD_CHILD_LEFT) == -EBUSY);
	CHILD_CHECK(second.fd == -1);
	sigfd_close(&second); /* owns nothing, and takes nothing away */
	CHILD_CHECK(open_with(&second, SIGFD_CHILD_LEFT) == -EBUSY);
	sigfd_close(&first);
	CHILD_CHECK(open_with(&second, SIGFD_CHILD_LEFT) == 0);
	sigfd_close(&second);
	return 0;
}

static void signals_have_one_owner_at_a_time(void **state)
{
	(void)state;
	in_child(own_twice);
}

static int abandon(void)
{
	struct sigfd sigfd;
	struct sigfd next;
	int fd;

	CHILD_CHECK(signal(SIGCHLD, on_child) != SIG_ERR);
	CHILD_CHECK(open_with(&sigfd, SIGFD_CHILD_READ) == 0);
	fd = sigfd.fd;
	sigfd_abandon();
	CHILD_CHECK(fcntl(fd, F_GETFD) < 0);
	/* Nothing is delivered that is another process's news. */
	CHILD_CHECK(child_is(SIG_DFL));
	CHILD_CHECK(is_blocked(SIGTERM));
	CHILD_CHECK(is_blocked(SIGCHLD));
	sigfd_abandon(); /* once is enough */
	CHILD_CHECK(open_with(&next, SIGFD_CHILD_LEFT) == 0);
	/* Whose ever it is: a child has none of its parent's. */
	fd = next.fd;
	sigfd_abandon();
	CHILD_CHECK(fcntl(fd, F_GETFD) < 0);
	CHILD_CHECK(open_with(&sigfd, SIGFD_CHILD_LEFT) == 0);
	sigfd_close(&sigfd);
	return 0;
}

/* As in a loop's memory (base/unforked.h): the child does not have it. */
static int fork_without_owner(void)
{
	struct sigfd *sigfd = unforked_new(1, sizeof(*sigfd));
	siginfo_t end;
	pid_t pid;

	CHILD_CHECK(sigfd);
	CHILD_CHECK(signal(SIGCHLD, on_child) != SIG_ERR);
	CHILD_CHECK(open_with(sigfd, SIGFD_CHILD_RESET) == 0);
	pid = fork();
	if (pid == 0) {
		sigfd_reset_child();
		if (!child_is(on_child) || is_blocked(SIGTERM))
			_exit(1);
		sigfd_abandon();
		_exit(0);
	}
	CHILD_CHECK(pid > 0);
	end = child_end(pid);
	CHILD_CHECK(end.si_code == CLD_EXITED && end.si_status == 0);
	sigfd_close(sigfd);
	unforked_free(sigfd, 1, sizeof(*sigfd));
	return 0;
}

static void a_child_needs_no_copy_of_the_owner(void **state)
{
	(void)state;
	in_child(fork_without_owner);
}

static void an_abandoned_one_leaves_the_mask_and_owns_nothing(void **state)
{
	(void)state;
	in_child(abandon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sigchld_can_be_left_as_it_is),
		cmocka_unit_test(an_ignored_sigchld_can_be_left_ignored),
		cmocka_unit_test(sigchld_can_be_reset_without_being_read),
		cmocka_unit_test(sigchld_can_be_read),
		cmocka_unit_test(a_child_is_given_back_what_there_was_before),
		cmocka_unit_test(without_an_owner_a_child_is_left_alone),
		cmocka_unit_test(signals_have_one_owner_at_a_time),
		cmocka_unit_test(
			an_abandoned_one_leaves_the_mask_and_owns_nothing),
		cmocka_unit_test(a_child_needs_no_copy_of_the_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

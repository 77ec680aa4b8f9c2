/*
 * test_holds.c - signals that are held for who will own them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "loop/sigfd.h"

static const int held[] = {SIGTERM, SIGHUP};

static bool is_blocked(int signo)
{
	sigset_t mask;

	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	return sigismember(&mask, signo) == 1;
}

static void what_comes_while_it_is_held_is_read_by_the_owner(void **state)
{
	struct signalfd_siginfo record;
	struct sigfd sigfd = SIGFD_NULL;

	(void)state;
	sigfd_hold(held, ARRAY_LEN(held));
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(
		sigfd_open(&sigfd, held, ARRAY_LEN(held), SIGFD_CHILD_LEFT), 0);
	assert_int_equal(read(sigfd.fd, &record, sizeof(record)),
			 sizeof(record));
	assert_int_equal(record.ssi_signo, SIGTERM);
	assert_false(sigismember(&sigfd.saved, SIGTERM));
	sigfd_close(&sigfd);
	assert_true(is_blocked(SIGTERM));
	sigfd_let_go();
	assert_false(is_blocked(SIGTERM));
	assert_false(is_blocked(SIGPIPE));
}

/* The first that holds may be the first to let go. */
static void the_mask_is_put_back_by_the_last(void **state)
{
	struct sigfd sigfd = SIGFD_NULL;

	(void)state;
	sigfd_hold(held, 1);
	assert_int_equal(
		sigfd_open(&sigfd, held, ARRAY_LEN(held), SIGFD_CHILD_LEFT), 0);
	sigfd_hold(held, ARRAY_LEN(held));
	sigfd_let_go();
	sigfd_let_go();
	assert_true(is_blocked(SIGTERM));
	sigfd_close(&sigfd);
	assert_false(is_blocked(SIGTERM));
	assert_false(is_blocked(SIGHUP));
}

/* Who holds while another one is the owner has its mask, not ours. */
static void the_mask_before_is_the_one_before_all(void **state)
{
	struct sigfd sigfd = SIGFD_NULL;

	(void)state;
	assert_int_equal(
		sigfd_open(&sigfd, held, ARRAY_LEN(held), SIGFD_CHILD_LEFT), 0);
	sigfd_hold(held, ARRAY_LEN(held));
	sigfd_close(&sigfd);
	assert_true(is_blocked(SIGHUP));
	sigfd_let_go();
	assert_false(is_blocked(SIGHUP));
}

/* In a child that another program is executed in. */
static void a_child_has_the_mask_before(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	sigfd_hold(held, ARRAY_LEN(held));
	pid = fork();
	if (pid == 0) {
		sigfd_reset_child();
		_exit(is_blocked(SIGTERM));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	sigfd_let_go();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_comes_while_it_is_held_is_read_by_the_owner),
		cmocka_unit_test(the_mask_is_put_back_by_the_last),
		cmocka_unit_test(the_mask_before_is_the_one_before_all),
		cmocka_unit_test(a_child_has_the_mask_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_tty.c - a terminal that is handed over and taken back, and a job that
 * stops itself.
 */
#include <sched.h>
#include <sys/ioctl.h>

#include "kernel/children.h"
#include "proc/tty.h"

static void block_terminal_signals(void)
{
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTTOU);
	(void)sigaddset(&blocked, SIGTSTP);
	(void)sigaddset(&blocked, SIGTTIN);
	(void)sigaddset(&blocked, SIGCONT);
	(void)sigprocmask(SIG_BLOCK, &blocked, NULL);
}

/* Becomes the leader of a session with a terminal at fd 1 and none elsewhere.
 */
static int take_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int slave;

	CHILD_CHECK(master >= 0);
	CHILD_CHECK(grantpt(master) == 0 && unlockpt(master) == 0);
	CHILD_CHECK(setsid() > 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHILD_CHECK(slave >= 0 && dup2(slave, STDOUT_FILENO) >= 0);
	CHILD_CHECK(close(STDIN_FILENO) == 0);
	CHILD_CHECK(tty_find() == -1); /* it is not ours yet */
	CHILD_CHECK(ioctl(slave, TIOCSCTTY, 0) == 0);
	block_terminal_signals();
	return 0;
}

static int hand_over(void)
{
	int line = take_terminal();
	pid_t pid;

	if (line != 0)
		return line;
	CHILD_CHECK(tty_find() == STDOUT_FILENO);
	CHILD_CHECK(tty_is_ours(STDOUT_FILENO));
	pid = child_sleeper();
	CHILD_CHECK(setpgid(pid, pid) == 0);
	tty_take_back(STDOUT_FILENO, pid); /* it has not got it */
	CHILD_CHECK(tty_give(STDOUT_FILENO, pid));
	CHILD_CHECK(tcgetpgrp(STDOUT_FILENO) == pid);
	CHILD_CHECK(!tty_is_ours(STDOUT_FILENO));
	CHILD_CHECK(!tty_give(STDOUT_FILENO, getpid()));
	/* We lead the session: nobody else could take it back. */
	tty_take_back(STDOUT_FILENO, pid + 1);
	CHILD_CHECK(tty_is_ours(STDOUT_FILENO));
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	return 0;
}

static void a_terminal_goes_to_a_group_and_back(void **state)
{
	(void)state;
	if (access("/dev/ptmx", R_OK | W_OK) < 0)
		SKIP("/dev/ptmx: %s", strerror(errno));
	in_child(hand_over);
}

static bool is_pending(int signo)
{
	sigset_t pending;

	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	return sigismember(&pending, signo) == 1;
}

static int take_terminal_as_input(void)
{
	int line = take_terminal();
	sigset_t hang_up;

	(void)sigemptyset(&hang_up);
	(void)sigaddset(&hang_up, SIGHUP);
	CHILD_CHECK(line == 0);
	CHILD_CHECK(sigprocmask(SIG_BLOCK, &hang_up, NULL) == 0);
	CHILD_CHECK(dup2(STDOUT_FILENO, STDIN_FILENO) == STDIN_FILENO);
	CHILD_CHECK(tty_is_ours(STDIN_FILENO));
	return 0;
}

/* The kernel says hang-up and go on of it, to who leads the session. */
static int leave(void)
{
	int line = take_terminal_as_input();

	if (line != 0)
		return line;
	tty_leave();
	CHILD_CHECK(tty_find() == -1);
	CHILD_CHECK(!is_pending(SIGHUP));
	CHILD_CHECK(!is_pending(SIGCONT));
	tty_leave(); /* there is none any more */
	return 0;
}

/* Here the one that a child of ours has sent is not lost in that. */
static int leave_with_news(void)
{
	siginfo_t info = {0};
	int line = take_terminal_as_input();
	sigset_t hang_up;
	pid_t pid;

	if (line != 0)
		return line;
	pid = child_fork();
	if (pid == 0)
		_exit(kill(getppid(), SIGHUP) < 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	CHILD_CHECK(is_pending(SIGHUP));
	tty_leave();
	CHILD_CHECK(is_pending(SIGHUP));
	CHILD_CHECK(!is_pending(SIGCONT));
	(void)sigemptyset(&hang_up);
	(void)sigaddset(&hang_up, SIGHUP);
	CHILD_CHECK(sigwaitinfo(&hang_up, &info) == SIGHUP);
	CHILD_CHECK(info.si_pid == pid);
	return 0;
}

static void a_terminal_that_is_left_is_no_hang_up(void **state)
{
	(void)state;
	if (access("/dev/ptmx", R_OK | W_OK) < 0)
		SKIP("/dev/ptmx: %s", strerror(errno));
	in_child(leave);
	in_child(leave_with_news);
}

static int find_none(void)
{
	CHILD_CHECK(setsid() > 0);
	CHILD_CHECK(tty_find() == -1);
	CHILD_CHECK(!tty_is_ours(STDIN_FILENO));
	return 0;
}

static void without_a_terminal_none_is_found(void **state)
{
	(void)state;
	in_child(find_none);
}

/* In a group of its own, whose parent is in the same session: a shell's job. */
static int stop_as_a_job(void)
{
	siginfo_t info = {0};
	pid_t pid = child_fork();

	if (pid == 0) {
		block_terminal_signals();
		if (setpgid(0, 0) < 0)
			_exit(90);
		_exit(tty_stop_job(SIGTTIN) ? 7 : 8);
	}
	CHILD_CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED) == 0);
	CHILD_CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGTTIN);
	CHILD_CHECK(kill(-pid, SIGCONT) == 0);
	CHILD_CHECK(child_end(pid).si_status == 7);
	return 0;
}

static void a_job_stops_until_it_is_continued(void **state)
{
	(void)state;
	in_child(stop_as_a_job);
}

/* Of a group: has it been told SIGTTIN, when SIGUSR1 comes? */
static _Noreturn void stand_beside(void)
{
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigwait(&set, &signo);
	(void)sigpending(&set);
	_exit(sigismember(&set, SIGTTIN));
}

/* Who stands beside us in our group is told nothing. */
static int stop_alone(void)
{
	siginfo_t info = {0};
	sigset_t set;
	pid_t beside;
	pid_t pid;

	block_terminal_signals();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHILD_CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	beside = child_fork();
	if (beside == 0)
		stand_beside();
	CHILD_CHECK(setpgid(beside, beside) == 0);
	pid = child_fork();
	if (pid == 0) {
		if (setpgid(0, beside) < 0)
			_exit(90);
		_exit(tty_stop_self(SIGTTIN) ? 7 : 8);
	}
	CHILD_CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED) == 0);
	CHILD_CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGTTIN);
	CHILD_CHECK(kill(beside, SIGUSR1) == 0);
	CHILD_CHECK(child_end(beside).si_status == 0);
	CHILD_CHECK(kill(pid, SIGCONT) == 0);
	CHILD_CHECK(child_end(pid).si_status == 7);
	return 0;
}

static void we_stop_alone_until_we_are_continued(void **state)
{
	(void)state;
	in_child(stop_alone);
}

/* As PID 1 of a container is: nobody could continue it. */
static int stop_as_an_orphan(void)
{
	sigset_t mask;

	CHILD_CHECK(setsid() > 0);
	block_terminal_signals();
	CHILD_CHECK(!tty_stop_job(SIGTSTP));
	CHILD_CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
	CHILD_CHECK(sigismember(&mask, SIGTSTP) == 1);
	CHILD_CHECK(sigpending(&mask) == 0);
	CHILD_CHECK(sigismember(&mask, SIGTSTP) == 0);
	return 0;
}

static void an_orphaned_job_does_not_stop(void **state)
{
	(void)state;
	in_child(stop_as_an_orphan);
}

/* A shell that is the first process of a container has the terminal, and we
 * are alone with it: its group is none of those that can be gone. */
static int leave_it_to_the_first(void)
{
	int line = take_terminal();
	pid_t pid;

	if (line != 0)
		return line;
	CHILD_CHECK(getpid() == 1 && tcgetpgrp(STDOUT_FILENO) == 1);
	pid = child_fork();
	if (pid == 0) {
		if (setpgid(0, 0) < 0)
			_exit(90);
		tty_take_back(STDOUT_FILENO, 12345);
		_exit(tcgetpgrp(STDOUT_FILENO) == 1 ? 0 : 91);
	}
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static int be_with_the_first(void)
{
	pid_t pid;

	CHILD_CHECK(unshare(CLONE_NEWPID) == 0);
	pid = fork();
	if (pid == 0)
		_exit(leave_it_to_the_first());
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static void the_first_process_keeps_its_terminal(void **state)
{
	(void)state;
	if (geteuid() != 0)
		SKIP("a namespace of pids needs root");
	if (access("/dev/ptmx", R_OK | W_OK) < 0)
		SKIP("/dev/ptmx: %s", strerror(errno));
	in_child(be_with_the_first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_goes_to_a_group_and_back),
		cmocka_unit_test(a_terminal_that_is_left_is_no_hang_up),
		cmocka_unit_test(without_a_terminal_none_is_found),
		cmocka_unit_test(a_job_stops_until_it_is_continued),
		cmocka_unit_test(we_stop_alone_until_we_are_continued),
		cmocka_unit_test(an_orphaned_job_does_not_stop),
		cmocka_unit_test(the_first_process_keeps_its_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

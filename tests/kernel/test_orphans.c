/*
 * test_orphans.c - what the kernel promises of children that were left to us,
 * of looking at the dead without reaping them, and of stops among them.
 */
#include <linux/sched.h>
#include <sys/signalfd.h>

#include "kernel/orphans.h"
#include "kernel/tracer.h"

/* A signalfd on SIGCHLD; -1 on failure. */
static int open_child_signal(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Whom the one pending record names; 0 when there is none. */
static pid_t read_child_signal(int fd)
{
	struct signalfd_siginfo record;

	return pipe_take(fd, &record, sizeof(record)) ? (pid_t)record.ssi_pid
						      : 0;
}

/* Looks at a dead child: its number, 0 without one, -errno. */
static pid_t peek(siginfo_t *ret_info)
{
	*ret_info = (siginfo_t){0};
	if (waitid(P_ALL, 0, ret_info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return -errno;
	return ret_info->si_pid;
}

static bool reap(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0 &&
	       info.si_pid == pid;
}

/* A child that is dead and not reaped. */
static pid_t zombie(void)
{
	pid_t pid = child_fork();
	siginfo_t info;

	if (pid == 0)
		_exit(3);
	(void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	return pid;
}

static int tell_of_orphan(void)
{
	int fd = open_child_signal();
	struct orphans_alive alive;
	pid_t pid;

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(orphans_start(&pid, 1, &alive));
	CHILD_CHECK(read_child_signal(fd) > 0); /* its parent's */
	CHILD_CHECK(read_child_signal(fd) == 0);
	CHILD_CHECK(orphans_release(&alive));
	CHILD_CHECK(is_readable(fd));
	CHILD_CHECK(read_child_signal(fd) == pid);
	CHILD_CHECK(child_end(pid).si_status == ORPHAN_STATUS);
	return 0;
}

static void an_orphans_death_is_told_to_the_subreaper(void **state)
{
	(void)state;
	in_child(tell_of_orphan);
}

/* A parent whose child is a zombie already when it exits itself. */
static void leave_zombie(int told)
{
	pid_t pid = zombie();

	_exit(!pipe_put(told, &pid, sizeof(pid)));
}

static int inherit_zombie(void)
{
	int fd = open_child_signal();
	siginfo_t info;
	pid_t parent;
	pid_t pid;
	int told[2];

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
	parent = child_fork();
	if (parent == 0)
		leave_zombie(told[1]);
	CHILD_CHECK(is_readable(fd));
	CHILD_CHECK(pipe_take(told[0], &pid, sizeof(pid)));
	CHILD_CHECK(read_child_signal(fd) > 0);
	/* The parent's end may be a moment later than that record. */
	CHILD_CHECK(child_end(parent).si_status == 0);
	CHILD_CHECK(peek(&info) == pid);
	CHILD_CHECK(reap(pid));
	return 0;
}

static void an_orphan_that_was_dead_before_its_parent_is_told_of(void **state)
{
	(void)state;
	in_child(inherit_zombie);
}

/* The mother of a child that sends its parent no signal. */
static void bear_silent_child(int told)
{
	struct clone_args args = {.exit_signal = 0};
	pid_t mother = getpid();
	int pidfd = child_pidfd(mother);
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		(void)is_readable(pidfd); /* it is an orphan then */
		_exit(5);
	}
	_exit(!pipe_put(told, &pid, sizeof(pid)));
}

static int adopt_silent_child(void)
{
	int fd = open_child_signal();
	pid_t mother;
	pid_t pid;
	int told[2];

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
	mother = child_fork();
	if (mother == 0)
		bear_silent_child(told[1]);
	CHILD_CHECK(pipe_take(told[0], &pid, sizeof(pid)));
	CHILD_CHECK(child_end(mother).si_status == 0);
	CHILD_CHECK(child_end(pid).si_status == 5);
	return 0;
}

/* However it was cloned; without that, a wait would need __WALL. */
static void an_orphan_is_waited_for_like_any_child(void **state)
{
	(void)state;
	in_child(adopt_silent_child);
}

static int peek_twice(void)
{
	pid_t first = zombie();
	pid_t second = zombie();
	siginfo_t info;

	CHILD_CHECK(peek(&info) == first);
	CHILD_CHECK(info.si_code == CLD_EXITED && info.si_status == 3);
	CHILD_CHECK(peek(&info) == first);
	CHILD_CHECK(reap(first));
	CHILD_CHECK(peek(&info) == second);
	CHILD_CHECK(reap(second));
	CHILD_CHECK(peek(&info) == -ECHILD);
	return 0;
}

/* So one of ours hides the others until its own event has come. */
static void
peeking_at_all_children_names_the_same_until_it_is_reaped(void **state)
{
	(void)state;
	in_child(peek_twice);
}

static int peek_at_the_living(void)
{
	pid_t living = child_sleeper();
	pid_t stopped = child_fork();
	siginfo_t info;

	/* By itself, or it might be before it is sure to die with us. */
	while (stopped == 0)
		(void)raise(SIGSTOP);
	CHILD_CHECK(waitid(P_PID, (id_t)stopped, &info, WSTOPPED | WNOWAIT) ==
		    0);
	CHILD_CHECK(peek(&info) == 0);
	CHILD_CHECK(kill(living, 0) == 0);
	return 0;
}

static void
peeking_finds_neither_the_living_nor_the_merely_stopped(void **state)
{
	(void)state;
	in_child(peek_at_the_living);
}

static int read_and_look(void)
{
	int fd = open_child_signal();

	CHILD_CHECK(fd >= 0);
	for (int i = 0; i < 200; i++) {
		siginfo_t info;
		pid_t pid = child_fork();

		if (pid == 0)
			_exit(0);
		CHILD_CHECK(is_readable(fd));
		CHILD_CHECK(read_child_signal(fd) == pid);
		CHILD_CHECK(peek(&info) == pid);
		CHILD_CHECK(reap(pid));
	}
	return 0;
}

/* A look after the reading misses nobody: who dies later is told of anew. */
static void a_death_is_visible_once_its_record_is_read(void **state)
{
	(void)state;
	in_child(read_and_look);
}

static int look_past_the_traced(void)
{
	struct tracer tracer = {0};
	pid_t held = child_sleeper();
	int pidfd = child_pidfd(held);
	siginfo_t info;
	pid_t other;

	if (tracer_start(&tracer, held) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(kill(held, SIGKILL) == 0);
	CHILD_CHECK(is_readable(pidfd));
	CHILD_CHECK(peek(&info) == 0);
	other = zombie();
	CHILD_CHECK(peek(&info) == other);
	CHILD_CHECK(reap(other));
	tracer_end(&tracer);
	CHILD_CHECK(peek(&info) == held);
	CHILD_CHECK(reap(held));
	return 0;
}

static void a_zombie_that_a_tracer_holds_hides_nobody(void **state)
{
	(void)state;
	in_child(look_past_the_traced);
}

/* A child that is traced by us and stops at once. */
static pid_t traced_child(void)
{
	pid_t pid = child_fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(1);
		for (;;)
			(void)raise(SIGSTOP);
	}
	return pid;
}

static int take_stop(void)
{
	pid_t pid = traced_child();
	siginfo_t info = {0};
	pid_t other;

	CHILD_CHECK(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0);
	CHILD_CHECK(info.si_pid == pid && info.si_code == CLD_TRAPPED);
	other = zombie();
	CHILD_CHECK(peek(&info) == pid);
	CHILD_CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) == 0);
	CHILD_CHECK(info.si_pid == pid && info.si_code == CLD_TRAPPED);
	CHILD_CHECK(peek(&info) == other);
	CHILD_CHECK(reap(other));
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(child_end(pid).si_status == SIGKILL);
	return 0;
}

/* Although only ends were asked for. */
static void
a_ptrace_stop_is_peeked_at_and_hides_others_until_taken(void **state)
{
	(void)state;
	in_child(take_stop);
}

static int ask_the_dead_for_a_stop(void)
{
	pid_t pid = zombie();
	siginfo_t info = {0};

	CHILD_CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) < 0);
	CHILD_CHECK(errno == ECHILD && info.si_pid == 0);
	CHILD_CHECK(child_end(pid).si_status == 3);
	return 0;
}

/* So who was stopped and is killed meanwhile keeps it for its own event. */
static void waiting_for_a_stop_never_takes_a_status(void **state)
{
	(void)state;
	in_child(ask_the_dead_for_a_stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_orphans_death_is_told_to_the_subreaper),
		cmocka_unit_test(
			an_orphan_that_was_dead_before_its_parent_is_told_of),
		cmocka_unit_test(an_orphan_is_waited_for_like_any_child),
		cmocka_unit_test(
			peeking_at_all_children_names_the_same_until_it_is_reaped),
		cmocka_unit_test(
			peeking_finds_neither_the_living_nor_the_merely_stopped),
		cmocka_unit_test(a_death_is_visible_once_its_record_is_read),
		cmocka_unit_test(a_zombie_that_a_tracer_holds_hides_nobody),
		cmocka_unit_test(
			a_ptrace_stop_is_peeked_at_and_hides_others_until_taken),
		cmocka_unit_test(waiting_for_a_stop_never_takes_a_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

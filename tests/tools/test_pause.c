/*
 * test_pause.c - the story of an init that has nothing to run (catatonit -P):
 * it reaps, and waits for one of two signals.
 */
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tools/deny.h"
#include "tools/other.h"

/* Where it starts, and what it inherits: it lets go of both when signals are
 * blocked and orphans are its own, of the descriptor last. */
#define STAND_FD 50
/* Where the kernel does not tell of a reaping it is asked for again. */
#define ASK_AGAIN_MS 10

struct stand {
	const char *directory;
	int fd; /* a pipe's writing end */
	void (*prepare)(int fd);
};

static void stand_in(void *argument)
{
	const struct stand *stand = argument;

	if (chdir(stand->directory) < 0 || dup2(stand->fd, STAND_FD) < 0 ||
	    close(stand->fd) < 0)
		_exit(123);
	if (stand->prepare)
		stand->prepare(STAND_FD);
}

static struct launcher *pause_start(struct stage *stage,
				    const char *const *arguments,
				    void (*prepare)(int fd), int *ret_told)
{
	struct stand stand = {
		.directory = stage->directory,
		.prepare = prepare,
	};
	struct launcher *launcher;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	stand.fd = ends[1];
	launcher = START(stage, .arguments = arguments, .prepare = stand_in,
			 .argument = &stand);
	assert_int_equal(close(ends[1]), 0);
	*ret_told = ends[0];
	return launcher;
}

static void wait_until_it_listens(int told)
{
	char byte;

	assert_true(is_readable_within(told, DEADLINE_MS));
	assert_int_equal(read(told, &byte, 1), 0);
	assert_int_equal(close(told), 0);
}

/* It has taken the signals that were sent, and none of them was the last. */
static void wait_until_it_waits_again(const struct launcher *launcher)
{
	process_status_wait(launcher->pid, "ShdPnd:", "0000000000000000");
	process_status_wait(launcher->pid, "State:", "S (sleeping)");
}

/* The pidfd hangs up (Linux 6.9). */
static void wait_for_reaping(int pidfd)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	struct pollfd set = {.fd = pidfd};

	while (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0) {
		assert_true(now_ms() < until_ms);
		(void)poll(&set, 1, ASK_AGAIN_MS);
	}
	assert_int_equal(errno, ESRCH);
	assert_int_equal(close(pidfd), 0);
}

static void it_ends_on_term_or_int_and_on_no_other_signal(void **state)
{
	static const int last[] = {SIGTERM, SIGINT};
	struct stage *stage = *state;

	stage_call_it(stage, "catatonit");
	for (size_t i = 0; i < ARRAY_LEN(last); i++) {
		int told;
		struct launcher *launcher =
			pause_start(stage, LIST("-P"), NULL, &told);

		wait_until_it_listens(told);
		launcher_signal(launcher, SIGHUP);
		launcher_signal(launcher, SIGQUIT);
		launcher_signal(launcher, SIGUSR1);
		launcher_signal(launcher, SIGTSTP);
		launcher_signal(launcher, SIGALRM);
		launcher_signal(launcher, SIGRTMIN + 3);
		wait_until_it_waits_again(launcher);
		launcher_signal(launcher, last[i]);
		assert_int_equal(launcher_end(launcher), 0);
		assert_int_equal(launcher->log.length, 0);
		assert_int_equal(launcher->said.length, 0);
	}
	assert_nobody_left(stage);
}

/* The launcher comes with a child that has a child; both wait to be killed. */
static void have_a_child_with_a_child(int fd)
{
	pid_t pid = fork();

	if (pid > 0)
		return;
	pid = fork();
	if (pid < 0 || (pid > 0 && write(fd, &pid, sizeof(pid)) < 0))
		_exit(123);
	(void)close(fd);
	for (;;)
		(void)pause();
}

static void it_adopts_and_reaps(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	pid_t pids[CHILDREN_MAX];
	pid_t grandchild;
	int pidfds[2];
	int told;

	stage_call_it(stage, "catatonit");
	launcher = pause_start(stage, LIST("-g", "-P", "--"),
			       have_a_child_with_a_child, &told);
	assert_true(is_readable_within(told, DEADLINE_MS));
	assert_int_equal(read(told, &grandchild, sizeof(grandchild)),
			 sizeof(grandchild));
	wait_until_it_listens(told);
	assert_int_equal(children_of(launcher->pid, pids), 1);
	pidfds[0] = process_open(pids[0]);
	pidfds[1] = process_open(grandchild);
	process_kill(pids[0], SIGKILL);
	wait_for_reaping(pidfds[0]);
	assert_int_equal(children_of(launcher->pid, pids), 1);
	assert_int_equal(pids[0], grandchild);
	process_kill(grandchild, SIGKILL);
	wait_for_reaping(pidfds[1]);
	assert_int_equal(children_of(launcher->pid, pids), 0);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
}

/* Dead before it begins: nothing tells it of them any more. */
static void have_dead_children(int fd)
{
	siginfo_t info;

	(void)fd; /* the dead have none */
	for (int i = 0; i < 600; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
			_exit(123);
	}
}

static void it_reaps_all_that_are_dead_and_then_sleeps(void **state)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	struct launcher *launcher;
	pid_t pids[CHILDREN_MAX];
	int told;

	stage_call_it(*state, "catatonit");
	launcher = pause_start(*state, LIST("-P"), have_dead_children, &told);
	wait_until_it_listens(told);
	/* It sleeps between two sweeps, too. */
	while (children_of(launcher->pid, pids) > 0)
		assert_true(now_ms() < until_ms);
	wait_until_it_waits_again(launcher);
	for (int i = 0; i < 100; i++) /* no look finds it at work */
		assert_true(process_status_has(launcher->pid,
					       "State:", "S (sleeping)"));
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
}

static void it_holds_neither_directory_nor_descriptor(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	char directory[PATH_MAX] = "";
	int told;

	stage_call_it(stage, "catatonit");
	launcher = pause_start(stage, LIST("-P"), NULL, &told);
	wait_until_it_listens(told);
	assert_int_equal(
		readlink(stage_text(stage, "/proc/%d/cwd", (int)launcher->pid),
			 directory, sizeof(directory) - 1),
		1);
	assert_string_equal(directory, "/");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
}

/* No kernel of today does that, but a filter may. */
static void where_it_cannot_adopt_it_says_so_and_ends(void **state)
{
	static const long numbers[] = {SYS_prctl, -1};
	struct denied denied = {.numbers = numbers, .error = EPERM};
	struct stage *stage = *state;
	struct launcher *launcher;

	stage_call_it(stage, "catatonit");
	launcher = START(stage, ARGUMENTS("-P"), .prepare = deny,
			 .argument = &denied);
	assert_int_equal(launcher_end(launcher), 1);
	(void)launcher_log(launcher, "muster: error: cannot adopt orphans: "
				     "Operation not permitted");
	assert_int_equal(lines_count(&launcher->log, ""), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(it_ends_on_term_or_int_and_on_no_other_signal),
		STAGE_TEST(it_adopts_and_reaps),
		STAGE_TEST(it_reaps_all_that_are_dead_and_then_sleeps),
		STAGE_TEST(it_holds_neither_directory_nor_descriptor),
		STAGE_TEST(where_it_cannot_adopt_it_says_so_and_ends),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

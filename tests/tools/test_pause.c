/*
 * test_pause.c - the story of an init that has nothing to run (catatonit -P):
 * it reaps, and waits for one of two signals.
 */
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tools/deny.h"
#include "tools/other.h"

static void stand_in(void *directory)
{
	if (chdir(directory) < 0)
		_exit(123);
}

/* It has left the stage's directory, where it started: signals are blocked and
 * orphans are its own by then. No descriptor tells of it. */
static void wait_until_it_listens(struct stage *stage,
				  const struct launcher *launcher)
{
	const char *path =
		stage_text(stage, "/proc/%d/cwd", (int)launcher->pid);
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	char directory[64];

	process_status_wait(launcher->pid, "Name:", "catatonit");
	while (readlink(path, directory, sizeof(directory)) != 1) {
		assert_true(now_ms() < until_ms);
		(void)poll(NULL, 0, 1);
	}
}

/* It has taken the signals that were sent, and none of them was the last. */
static void wait_until_it_waits_again(const struct launcher *launcher)
{
	process_status_wait(launcher->pid, "ShdPnd:", "0000000000000000");
	process_status_wait(launcher->pid, "State:", "S (sleeping)");
}

/* No descriptor tells of a child's reaping: it is looked at again and again. */
static void wait_for_children(pid_t pid, const pid_t *expected,
			      unsigned int count)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	pid_t pids[CHILDREN_MAX];

	while (children_of(pid, pids) != count ||
	       (count > 0 &&
		memcmp(pids, expected, count * sizeof(*pids)) != 0)) {
		assert_true(now_ms() < until_ms);
		(void)poll(NULL, 0, 1);
	}
}

static void it_ends_on_term_or_int_and_on_no_other_signal(void **state)
{
	static const int last[] = {SIGTERM, SIGINT};
	struct stage *stage = *state;

	stage_call_it(stage, "catatonit");
	for (size_t i = 0; i < ARRAY_LEN(last); i++) {
		struct launcher *launcher =
			START(stage, ARGUMENTS("-P"), .prepare = stand_in,
			      .argument = stage->directory);

		wait_until_it_listens(stage, launcher);
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
static void have_a_child_with_a_child(void *directory)
{
	pid_t pid = fork();

	stand_in(directory);
	if (pid > 0)
		return;
	if (fork() < 0)
		_exit(123);
	for (;;)
		(void)pause();
}

static void it_adopts_and_reaps(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	pid_t pids[CHILDREN_MAX];
	pid_t grandchild;

	stage_call_it(stage, "catatonit");
	launcher = START(stage, ARGUMENTS("-g", "-P", "--"),
			 .prepare = have_a_child_with_a_child,
			 .argument = stage->directory);
	wait_until_it_listens(stage, launcher);
	assert_int_equal(children_of(launcher->pid, pids), 1);
	while (children_of(pids[0], &grandchild) == 0)
		(void)poll(NULL, 0, 1); /* the stage's alarm is the deadline */
	process_kill(pids[0], SIGKILL);
	wait_for_children(launcher->pid, &grandchild, 1);
	process_kill(grandchild, SIGKILL);
	wait_for_children(launcher->pid, NULL, 0);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
}

/* Dead before it begins: nothing tells it of them any more. */
static void have_dead_children(void *directory)
{
	siginfo_t info;

	stand_in(directory);
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
	struct stage *stage = *state;
	struct launcher *launcher;

	stage_call_it(stage, "catatonit");
	launcher = START(stage, ARGUMENTS("-P"), .prepare = have_dead_children,
			 .argument = stage->directory);
	wait_until_it_listens(stage, launcher);
	wait_for_children(launcher->pid, NULL, 0);
	wait_until_it_waits_again(launcher);
	for (int i = 0; i < 100; i++) /* no look finds it at work */
		assert_true(process_status_has(launcher->pid,
					       "State:", "S (sleeping)"));
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
}

static void stand_in_with_a_descriptor(void *directory)
{
	stand_in(directory);
	if (dup2(STDIN_FILENO, 9) != 9)
		_exit(123);
}

static void it_holds_neither_directory_nor_descriptor(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	const char *path;

	stage_call_it(stage, "catatonit");
	launcher = START(stage, ARGUMENTS("-P"),
			 .prepare = stand_in_with_a_descriptor,
			 .argument = stage->directory);
	wait_until_it_listens(stage, launcher);
	path = stage_text(stage, "/proc/%d/fd/9", (int)launcher->pid);
	while (access(path, F_OK) == 0) /* they go last */
		assert_false(launcher_ends_within(launcher, 1));
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

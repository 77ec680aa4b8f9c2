/*
 * test_parent.c - the story of muster's own parent (--die-with-parent; B88,
 * E35, E7): its death is heard, a thread's end is not it, and where there is no
 * parent that is said.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tools/support.h"

/* The launcher's pid is that of a parent, which does nothing but live; muster
 * is its child. */
static void live_below_a_parent(void *unused)
{
	pid_t pid = fork();

	(void)unused;
	while (pid > 0)
		(void)pause();
	if (pid < 0)
		_exit(123);
}

/* The process that the test may not lose: muster, below its parent. */
static pid_t muster_below(const struct launcher *parent)
{
	pid_t pids[CHILDREN_MAX];

	assert_int_equal(children_of(parent->pid, pids), 1);
	return pids[0];
}

static void kill_parent(struct launcher *parent)
{
	launcher_signal(parent, SIGKILL);
	assert_int_equal(launcher_end(parent), 128 + SIGKILL);
}

/* It is the test's child since its parent died: its status. */
static int end_of(pid_t muster, int pidfd)
{
	int status;

	assert_true(process_ends_within(pidfd, DEADLINE_MS));
	assert_int_equal(waitpid(muster, &status, 0), muster);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void check_death(struct stage *stage, const char *option, bool is_stop)
{
	struct launcher *parent = START(stage, OPTIONS("-w", "2", option),
					WORKER("take=TERM:0", "say=ready"),
					.prepare = live_below_a_parent);
	pid_t pids[2];
	pid_t muster;
	int status;
	int pidfd;

	launcher_hear_all(parent, "ready", pids, 2);
	muster = muster_below(parent);
	pidfd = process_open(muster);
	kill_parent(parent);
	status = end_of(muster, pidfd);
	(void)launcher_log(parent, "Parent process has died unexpectedly, "
				   "exiting");
	lines_take(&parent->said);
	assert_int_equal(lines_count(&parent->said, "took TERM"),
			 is_stop ? 2 : 0);
	assert_int_equal(status, 1);
	assert_nobody_left(stage);
	(void)close(pidfd);
}

static void die_with_parent_stops_gracefully_when_the_parent_dies(void **state)
{
	check_death(*state, "--die-with-parent", true);
	check_death(*state, "--die-with-parent=stop", true);
}

static void
die_with_parent_kill_kills_at_once_when_the_parent_dies(void **state)
{
	check_death(*state, "--die-with-parent=kill", false);
}

static void without_it_the_parents_death_is_nothing(void **state)
{
	struct launcher *parent = START(*state, WORKER("say=ready"),
					.prepare = live_below_a_parent);
	pid_t muster;
	int pidfd;

	(void)launcher_hear(parent, "ready");
	muster = muster_below(parent);
	pidfd = process_open(muster);
	kill_parent(parent);
	process_kill(muster, SIGUSR1);
	(void)launcher_log(parent, "Caught SIGUSR1");
	process_kill(muster, SIGTERM);
	assert_int_equal(end_of(muster, pidfd), 0);
	assert_nobody_left(*state);
	(void)close(pidfd);
}

/* Its parent is a thread that ends while the process lives: a parent-death
 * signal would come then. */
struct threaded {
	const char *const *argv;
};

static void *thread_that_starts_muster(void *argument)
{
	const struct threaded *threaded = argument;

	if (fork() == 0) {
		/* execve(2) changes none of them. */
		(void)execv(threaded->argv[0],
			    (void *)(uintptr_t)threaded->argv);
		_exit(123);
	}
	return NULL;
}

static void live_below_a_thread(void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_that_starts_muster, argument))
		_exit(123);
	(void)pthread_join(thread, NULL);
	for (;;)
		(void)pause();
}

static void the_end_of_the_parents_thread_is_not_the_parents_death(void **state)
{
	struct stage *stage = *state;
	struct threaded threaded = {
		.argv = LIST(stage->program, "run", "--die-with-parent", "--",
			     stage->worker, "say=ready"),
	};
	struct launcher *parent =
		START(stage, COMMAND("unused"), .prepare = live_below_a_thread,
		      .argument = &threaded);
	pid_t muster;
	int pidfd;

	(void)launcher_hear(parent, "ready");
	muster = muster_below(parent);
	pidfd = process_open(muster);
	process_kill(muster, SIGUSR1);
	(void)launcher_log(parent, "Caught SIGUSR1");
	assert_false(lines_have(&parent->log, "Parent process"));
	kill_parent(parent);
	assert_int_equal(end_of(muster, pidfd), 1);
	assert_nobody_left(stage);
	(void)close(pidfd);
}

/* PID 1 of a container: its parent is in another namespace. */
static void become_pid_1(void *unused)
{
	pid_t pid;
	int status;

	(void)unused;
	if (unshare(CLONE_NEWPID) < 0)
		_exit(77);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(123);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static struct launcher *start_as_pid_1(struct stage *stage,
				       const char *const *options,
				       const char *const *steps)
{
	struct launcher *outer = START(stage, .options = options,
				       .steps = steps, .prepare = become_pid_1);

	if (launcher_ends_within(outer, 0) || geteuid() != 0) {
		int status = launcher_end(outer);

		if (status == 77)
			SKIP("no pid namespace can be made here");
	}
	return outer;
}

static void where_there_is_no_parent_to_watch_that_is_said(void **state)
{
	struct launcher *outer = start_as_pid_1(
		*state, LIST("--die-with-parent"), LIST("say=ready", "place"));

	(void)launcher_log(outer, "warning: --die-with-parent: there is no "
				  "parent process to watch");
	(void)launcher_hear(outer, "ready");
	process_kill(muster_below(outer), SIGTERM);
	assert_int_equal(launcher_end(outer), 0);
	assert_nobody_left(*state);
}

/* E7: works identically; orphans of its workers become its own and do not
 * disturb. */
static void as_pid_1_it_does_what_it_does_elsewhere(void **state)
{
	struct launcher *outer = start_as_pid_1(
		*state, LIST("-w", "2", "--kill", "process"),
		LIST("g1:fork", "g1:exit=7", "take=TERM:0", "say=second"));

	(void)launcher_hear(outer, "second");
	(void)launcher_hear(outer, "second");
	(void)launcher_log(outer, "exited with status 7");
	(void)launcher_log(outer, "exited with status 7");
	process_kill(muster_below(outer), SIGTERM);
	assert_int_equal(launcher_end(outer), 0);
	assert_int_equal(lines_count(&outer->said, "took TERM"), 2);
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			die_with_parent_stops_gracefully_when_the_parent_dies),
		STAGE_TEST(
			die_with_parent_kill_kills_at_once_when_the_parent_dies),
		STAGE_TEST(without_it_the_parents_death_is_nothing),
		STAGE_TEST(
			the_end_of_the_parents_thread_is_not_the_parents_death),
		STAGE_TEST(where_there_is_no_parent_to_watch_that_is_said),
		STAGE_TEST(as_pid_1_it_does_what_it_does_elsewhere),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

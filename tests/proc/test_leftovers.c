/*
 * test_leftovers.c - who is found of what others left behind: all descendants,
 * and nobody else.
 */
#include <sched.h>
#include <sys/mount.h>

#include "kernel/orphans.h"
#include "proc/leftovers.h"

#define LEFT 5U

/* Says how it was told to end. */
static int end_orphans(int signo, uint32_t *ret_count, struct text *names)
{
	struct orphans_alive alive;
	pid_t pids[LEFT];

	CHILD_CHECK(orphans_start(pids, LEFT, &alive));
	leftovers_signal(signo, ret_count, names);
	for (uint32_t i = 0; i < LEFT; i++)
		CHILD_CHECK(child_end(pids[i]).si_status == signo);
	CHILD_CHECK(close(alive.hold_fd) == 0);
	return 0;
}

static int end_ours(void)
{
	static const int signals[] = {SIGTERM, SIGKILL, SIGINT};

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		char buffer[512];
		struct text names;
		uint32_t count;
		int line;

		text_init(&names, buffer, sizeof(buffer));
		line = end_orphans(signals[i], &count, &names);
		if (line != 0)
			return line;
		CHILD_CHECK(count == LEFT);
		CHILD_CHECK(strstr(buffer, "test_leftovers (") != NULL);
	}
	return 0;
}

static void orphans_that_came_to_us_are_found_and_named(void **state)
{
	(void)state;
	in_child(end_ours);
}

static int end_deep(void)
{
	uint32_t count;
	pid_t pids[2];
	char buffer[512];
	struct text names;
	int told[2];
	char byte;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
	pids[0] = child_fork();
	if (pids[0] == 0) {
		pids[1] = fork();
		if (pids[1] > 0)
			(void)pipe_put(told[1], &pids[1], sizeof(pids[1]));
		for (;;)
			(void)pause();
	}
	CHILD_CHECK(pipe_take(told[0], &pids[1], sizeof(pids[1])));
	text_init(&names, buffer, sizeof(buffer));
	leftovers_signal(SIGTERM, &count, &names);
	CHILD_CHECK(count == 2);
	CHILD_CHECK(child_end(pids[0]).si_status == SIGTERM);
	CHILD_CHECK(child_end(pids[1]).si_status == SIGTERM);
	/* Nobody has the writing end any more but us. */
	CHILD_CHECK(close(told[1]) == 0);
	CHILD_CHECK(read(told[0], &byte, 1) == 0);
	return 0;
}

static void children_of_children_are_found(void **state)
{
	(void)state;
	in_child(end_deep);
}

#define NESTED 16U

/* Parents that TERM ends, with a child each that says that it is there. */
static void nested_bear(pid_t *parents, int told)
{
	for (uint32_t i = 0; i < NESTED; i++) {
		parents[i] = child_fork();
		if (parents[i] != 0)
			continue;
		/* It must live on without its parent, but not for ever. */
		if (fork() == 0 && alarm(CHILD_SECONDS) == 0)
			(void)pipe_put(told, "", 1);
		for (;;)
			(void)pause();
	}
}

/* How many of their children TERM has ended: the rest is killed. */
static int nested_reap(const pid_t *parents)
{
	siginfo_t info = {0};
	int count = 0;
	uint32_t rest;

	for (uint32_t i = 0; i < NESTED; i++)
		(void)child_end(parents[i]);
	leftovers_signal(SIGKILL, &rest, NULL);
	while (waitid(P_ALL, 0, &info, WEXITED) == 0)
		count += info.si_status == SIGTERM;
	return count;
}

/* It blocks TERM when its children are born, and reaps what they leave when it
 * is released. */
static void nested_live(int told, int release)
{
	pid_t parents[NESTED];
	sigset_t term;
	char byte;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		_exit(90);
	nested_bear(parents, told);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &term, NULL) < 0 || !pipe_put(told, "", 1) ||
	    !pipe_take(release, &byte, 1))
		_exit(91);
	_exit(nested_reap(parents));
}

static int end_nested(void)
{
	uint32_t count;
	int release[2];
	int told[2];
	pid_t pid;
	char byte;

	CHILD_CHECK(pipe2(release, O_CLOEXEC) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
	pid = child_fork();
	if (pid == 0)
		nested_live(told[1], release[0]);
	for (uint32_t i = 0; i < NESTED + 1; i++)
		CHILD_CHECK(pipe_take(told[0], &byte, 1));
	leftovers_signal(SIGTERM, &count, NULL);
	CHILD_CHECK(count == 1 + 2 * NESTED);
	CHILD_CHECK(pipe_put(release[1], "", 1));
	CHILD_CHECK(child_end(pid).si_status == (int)NESTED);
	return 0;
}

static void who_is_left_to_another_subreaper_is_not_missed(void **state)
{
	(void)state;
	in_child(end_nested);
}

#define MANY 4500U

static int many_end(void *nothing)
{
	(void)nothing;
	return 0;
}

/* All but the last are dead and not reaped: so they cost little, and are on the
 * list. */
static int end_many(void)
{
	_Alignas(16) char stack[16384];
	uint32_t count;
	pid_t last;

	for (uint32_t i = 0; i < MANY; i++) {
		pid_t pid = clone(many_end, stack + sizeof(stack),
				  CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

		if (pid < 0 && errno == EAGAIN)
			return CHILD_SKIP;
		CHILD_CHECK(pid > 0);
	}
	last = child_sleeper();
	leftovers_signal(SIGTERM, &count, NULL);
	CHILD_CHECK(count == MANY + 1);
	CHILD_CHECK(child_end(last).si_status == SIGTERM);
	return 0;
}

static void the_last_of_thousands_gets_it_too(void **state)
{
	(void)state;
	in_child(end_many);
}

/* It would take TERM only when it goes on (E27). */
static int end_stopped(void)
{
	pid_t pid = child_sleeper();
	siginfo_t info = {0};
	char buffer[64];
	struct text names;
	uint32_t count;

	CHILD_CHECK(kill(pid, SIGSTOP) == 0);
	CHILD_CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0);
	text_init(&names, buffer, sizeof(buffer));
	leftovers_signal(SIGTERM, &count, &names);
	CHILD_CHECK(child_end(pid).si_status == SIGTERM);
	return 0;
}

static void who_is_stopped_is_continued(void **state)
{
	(void)state;
	in_child(end_stopped);
}

static int spare_others(void)
{
	pid_t other = child_sleeper();
	_cleanup_fd_ int other_pidfd = child_pidfd(other);
	pid_t pid = child_fork();
	char buffer[64];
	struct text names;
	uint32_t count = 1;

	if (pid == 0) {
		text_init(&names, buffer, sizeof(buffer));
		leftovers_signal(SIGKILL, &count, &names);
		_exit((int)count);
	}
	CHILD_CHECK(child_end(pid).si_status == 0);
	CHILD_CHECK(child_poll(other_pidfd, 0) == 0);
	CHILD_CHECK(kill(other, SIGKILL) == 0);
	return 0;
}

static void siblings_and_parents_are_not_ours(void **state)
{
	(void)state;
	in_child(spare_others);
}

static int end_all_as_first(void)
{
	pid_t pid;

	CHILD_CHECK(unshare(CLONE_NEWPID | CLONE_NEWNS) == 0);
	pid = fork();
	if (pid == 0) {
		pid_t child;
		char buffer[64];
		struct text names;
		uint32_t count;

		if (getpid() != 1 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0)
			_exit(90);
		child = child_sleeper();
		text_init(&names, buffer, sizeof(buffer));
		leftovers_signal(SIGTERM, &count, &names);
		_exit(count == 1 && child_end(child).si_status == SIGTERM ? 0
									  : 91);
	}
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static void the_first_process_ends_all_others(void **state)
{
	(void)state;
	if (geteuid() != 0)
		SKIP("a namespace of pids needs root");
	in_child(end_all_as_first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orphans_that_came_to_us_are_found_and_named),
		cmocka_unit_test(children_of_children_are_found),
		cmocka_unit_test(
			who_is_left_to_another_subreaper_is_not_missed),
		cmocka_unit_test(the_last_of_thousands_gets_it_too),
		cmocka_unit_test(who_is_stopped_is_continued),
		cmocka_unit_test(siblings_and_parents_are_not_ours),
		cmocka_unit_test(the_first_process_ends_all_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

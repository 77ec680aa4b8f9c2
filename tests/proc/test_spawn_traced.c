/*
 * test_spawn_traced.c - launches seen from outside, by a tracer that holds the
 * children where they cannot be held otherwise: before their first call, and at
 * their execve.
 *
 * The test is the tracer; the launcher is its child and tells a story.
 */
#include <sys/ptrace.h>

#include "proc/worker.h"

#define EXTRA 3 /* launches for which there is no block */
#define LAUNCHES (SPAWN_BLOCKS + EXTRA)
#define VARIABLES 3000
/* 32 and 33: who starts us by posix_spawn of glibc has us ignore them. */
#define LIBRARY_SIGNALS UINT64_C(0x180000000)

struct tracing {
	pid_t launcher;
	pid_t held[LAUNCHES];
	uint32_t held_count;
	uint32_t seen;
	uint32_t vforks;
	bool lets_go;
	int launcher_status;
};

/* Runs story in a child that is traced from its start. */
static pid_t trace_start(int (*story)(void), long options)
{
	int hold[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	pid = child_fork();
	if (pid == 0) {
		(void)alarm(CHILD_SECONDS);
		if (!pipe_take(hold[0], &byte, 1))
			_exit(254);
		_exit(story() & 255);
	}
	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0) {
		(void)kill(pid, SIGKILL);
		(void)child_end(pid);
		SKIP("ptrace: %s", strerror(errno));
	}
	assert_true(pipe_put(hold[1], "x", 1));
	assert_int_equal(close(hold[0]), 0);
	assert_int_equal(close(hold[1]), 0);
	return pid;
}

static void trace_release(struct tracing *tracing)
{
	tracing->lets_go = true;
	while (tracing->held_count > 0) {
		pid_t pid = tracing->held[--tracing->held_count];

		assert_int_equal(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
	}
}

static void trace_take_launcher(struct tracing *tracing, int status)
{
	int event = status >> 16;
	int signo = event == 0 ? WSTOPSIG(status) : 0;

	if (!WIFSTOPPED(status)) {
		tracing->launcher_status = status;
		return;
	}
	if (event == PTRACE_EVENT_VFORK) {
		/* It waits for this child: who holds the others? */
		tracing->vforks++;
		trace_release(tracing);
	}
	assert_int_equal(ptrace(PTRACE_CONT, tracing->launcher, 0, signo), 0);
}

/* A child that stops before its first instruction, or ends. */
static void trace_take_child(struct tracing *tracing, pid_t pid, int status)
{
	if (!WIFSTOPPED(status))
		return;
	tracing->seen++;
	if (tracing->lets_go) {
		assert_int_equal(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
		return;
	}
	assert_true(tracing->held_count < LAUNCHES);
	tracing->held[tracing->held_count++] = pid;
}

/* More launches than blocks, while no child leaves its block. The environment
 * is larger than a page, and the last block carries it too. */
static int launch_more_than_blocks(void)
{
	static const char *environment[VARIABLES + 1];
	struct plan_options options = launch_options("number");
	struct child_report *reports = spawn_reports_new(LAUNCHES);
	pid_t pids[LAUNCHES];
	struct spawner spawner;
	struct launch launch;

	for (size_t i = 0; i < VARIABLES; i++)
		environment[i] = "SOME=thing";
	options.environment = environment;
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_FAST, true) == 0);
	CHILD_CHECK(launch_prepare(&launch, &options) == 0);
	for (uint32_t i = 0; i < LAUNCHES; i++) {
		launch.report = &reports[i];
		CHILD_CHECK(launch_spawn(&launch, &spawner, i) == 0);
		pids[i] = launch.child.pid;
		if (i < SPAWN_BLOCKS)
			CHILD_CHECK(!spawn_pool_is_idle(launch.pool));
	}
	for (uint32_t i = 0; i < LAUNCHES; i++) {
		CHILD_CHECK(child_end(pids[i]).si_status == (int)i);
		CHILD_CHECK(reports[i].step == MUSTER_STEP_NONE);
	}
	CHILD_CHECK(spawn_pool_is_idle(launch.pool));
	return 0;
}

/* The spawner's proof is a launch that the tracer must not hold: it is let go
 * until the launcher's first worker. */
static void a_launch_without_a_free_block_waits_for_its_exec(void **state)
{
	struct tracing tracing = {.launcher_status = -1};
	uint32_t proofs = 1;

	(void)state;
	if (syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		SKIP("close_range: %s", strerror(errno));
	(void)alarm(CHILD_SECONDS);
	tracing.launcher = trace_start(
		launch_more_than_blocks,
		PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE);
	while (tracing.launcher_status < 0) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		assert_true(pid > 0);
		if (pid == tracing.launcher) {
			trace_take_launcher(&tracing, status);
		} else if (proofs > 0) {
			assert_int_equal(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
			proofs--;
		} else {
			trace_take_child(&tracing, pid, status);
		}
	}
	assert_int_equal(tracing.launcher_status, 0);
	assert_int_equal(tracing.seen, LAUNCHES);
	assert_true(tracing.vforks >= 1);
	(void)alarm(0);
}

static void on_signal(int signo)
{
	(void)signo;
}

/* One launch, as a guest with handlers and by the way that is told. */
static int launch_as_guest(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	sigset_t all;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(spawner_init(&spawner, way->mode, false) == 0);
	CHILD_CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHILD_CHECK(sigaction(SIGRTMAX, &action, NULL) == 0);
	CHILD_CHECK(signal(SIGUSR2, SIG_IGN) != SIG_ERR);
	(void)sigfillset(&all);
	CHILD_CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	CHILD_CHECK(launch_prepare(&launch, &options) == 0);
	CHILD_CHECK(launch_spawn(&launch, &spawner, 1) == 0);
	CHILD_CHECK(launch_end(&launch) == 0);
	CHILD_CHECK(launch.end.si_status == 1);
	return 0;
}

/* A line of /proc/PID/status, as a number. */
static uint64_t read_status(pid_t pid, const char *name)
{
	char path[64];
	char line[256];
	uint64_t value = UINT64_MAX;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name), NULL, 16);
	(void)fclose(file); /* it was only read */
	return value;
}

static bool is_at_execve(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY &&
	       info.entry.nr == SYS_execve;
}

/* Follows every child from call to call; true for the one seen at execve. */
static bool trace_step(pid_t pid, int status)
{
	int signo = WSTOPSIG(status);
	bool is_call = signo == (SIGTRAP | 0x80);
	bool is_there;

	if (!WIFSTOPPED(status))
		return false;
	is_there = is_call && is_at_execve(pid);
	if (is_there) {
		/* No handler of the launcher's is left, what was ignored is,
		 * and the mask is the program's. */
		assert_int_equal(read_status(pid, "SigCgt:"), 0);
		assert_int_equal(read_status(pid, "SigIgn:") & ~LIBRARY_SIGNALS,
				 UINT64_C(1) << (SIGUSR2 - 1));
		assert_int_equal(read_status(pid, "SigBlk:"), 0);
	}
	if (is_call || status >> 16 != 0)
		signo = 0;
	assert_int_equal(ptrace(PTRACE_SYSCALL, pid, 0, signo), 0);
	return is_there;
}

static void trace_guest(void)
{
	int launcher_status = -1;
	int seen = 0;
	pid_t launcher;

	(void)alarm(CHILD_SECONDS);
	launcher = trace_start(launch_as_guest, PTRACE_O_TRACEFORK |
							PTRACE_O_TRACEVFORK |
							PTRACE_O_TRACECLONE |
							PTRACE_O_TRACESYSGOOD);
	while (launcher_status < 0) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		assert_true(pid > 0);
		if (pid != launcher) {
			seen += trace_step(pid, status);
		} else if (!WIFSTOPPED(status)) {
			launcher_status = status;
		} else {
			int signo = status >> 16 ? 0 : WSTOPSIG(status);

			assert_int_equal(ptrace(PTRACE_CONT, pid, 0, signo), 0);
		}
	}
	if (launcher_status == 255 << 8) /* CHILD_SKIP */
		SKIP("no seccomp filter can be installed here");
	assert_int_equal(launcher_status, 0);
	assert_int_equal(seen, 1);
	(void)alarm(0);
}

static void no_handler_of_a_guests_is_left_at_execve(void **state)
{
	(void)state;
	for (way = ways; way < ways + ARRAY_LEN(ways); way++) {
		print_message("  %s\n", way->name);
		trace_guest();
	}
	way = ways;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_launch_without_a_free_block_waits_for_its_exec),
		cmocka_unit_test(no_handler_of_a_guests_is_left_at_execve),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_static.c - the story of muster-init, the static program: it lives as
 * muster does, whatever its C library is, and no signal is lost after its first
 * system call (E1, E2, E3).
 */
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tools/deny.h"
#include "tools/smoke.h"

#define BIT(signo) (1ULL << ((signo)-1))

/* A fault of its own is none that waits. */
#define FAULTS                                                    \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | \
	 BIT(SIGABRT) | BIT(SIGTRAP) | BIT(SIGSYS))

/* The kernel's own, and two that C libraries keep for themselves and one that
 * only some do. */
#define KERNEL_SIGNALS 8
#define GIVEN_MASK (BIT(SIGTERM) | BIT(33) | BIT(34) | BIT(40))

/* Not allowed to trace. */
#define NO_TRACE_STATUS 77

/* Beside the variants, whose tests/tools this is. */
static void static_choose(struct stage *stage, const char *name)
{
	const char *end = strrchr(stage->worker, '/');

	(void)snprintf(stage->program, sizeof(stage->program),
		       "%.*s/../../../%s", (int)(end - stage->worker),
		       stage->worker, name);
}

static int static_set_up(void **state)
{
	struct stage *stage;

	if (stage_set_up(state) < 0)
		return -1;
	stage = *state;
	static_choose(stage, "muster-init");
	return access(stage->program, X_OK);
}

#define STATIC_TEST(test) \
	cmocka_unit_test_setup_teardown(test, static_set_up, stage_tear_down)

static void it_lives_as_the_dynamic_one_does(void **state)
{
	const struct smoke smoke = {.where = "the static program"};

	(void)smoke_run(*state, &smoke);
}

static void it_ends_with_the_status_of_its_worker(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--restart", "never"), WORKER("exit=7"));

	assert_int_equal(launcher_end(launcher), 7);
	assert_nobody_left(*state);
}

/* Its C library counts an argument that is not there. */
static void an_option_without_its_argument_is_named(void **state)
{
	struct launcher *launcher = START(*state, ARGUMENTS("run", "-w"));

	(void)launcher_log(launcher, "error: -w needs an argument");
	assert_int_equal(launcher_end(launcher), 125);
}

/* Where the kernel refuses, the reason is an errno by its name. */
static void a_path_that_is_refused_is_told_with_the_errno(void **state)
{
	static const long numbers[] = {SYS_io_uring_setup, -1};
	struct denied denied = {.numbers = numbers, .error = EPERM};
	struct launcher *launcher =
		START(*state, ARGUMENTS("run", "--restart", "never", "true"),
		      .prepare = deny, .argument = &denied);

	(void)launcher_log(launcher, "io_uring_setup: EPERM");
	assert_int_equal(launcher_end(launcher), 0);
}

static void give_mask_and_variable(void *unused)
{
	const unsigned long long mask = GIVEN_MASK;

	(void)unused;
	(void)setenv("TEST_STATIC", "as it was", 1);
	/* sigprocmask(3) would leave some out. */
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL,
		      KERNEL_SIGNALS);
}

/* E3: the whole mask, what its C library keeps for itself included. */
static void its_worker_sees_the_environment_and_mask_that_it_got(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--restart", "never"),
		      WORKER("env", "status=SigBlk:", "exit=0"),
		      .prepare = give_mask_and_variable);

	(void)launcher_hear(launcher, "TEST_STATIC=as it was");
	(void)launcher_hear(launcher, "SigBlk:");
	assert_non_null(
		strstr(launcher->said.line,
		       stage_text(*state, "SigBlk:\t%016llx", GIVEN_MASK)));
	assert_int_equal(launcher_end(launcher), 0);
}

/* musl counts real-time signals from another one on than glibc does, and it is
 * the program's count that people mean. */
static void a_real_time_signal_is_the_one_that_programs_mean(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--stop-signal", "RTMIN+3"),
		      WORKER("take=37:0", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "took 37");
}

/* A program beside it, linked as it is with what Debian has for glibc. */
static struct launcher *start_borrower(struct stage *stage, const char *what)
{
	static_choose(stage, "musl/tests/borrowed");
	if (access(stage->program, X_OK) < 0)
		SKIP("muster-init is made with glibc");
	return START(stage, ARGUMENTS(what));
}

static void a_library_made_for_glibc_works_in_it(void **state)
{
	struct launcher *launcher = start_borrower(*state, "all");

	(void)launcher_hear(launcher, "cap_sys_admin=ep and 63");
	assert_non_null(strstr(launcher->said.line, "cap_kill"));
	(void)launcher_hear(launcher, "3 999");
	assert_int_equal(launcher_end(launcher), 0);
}

static void such_a_library_dies_where_it_has_no_room(void **state)
{
	assert_int_equal(launcher_end(start_borrower(*state, "sprintf")),
			 128 + SIGABRT);
}

static void be_traced(void *unused)
{
	(void)unused;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(NO_TRACE_STATUS);
}

/* Executed, and nothing done yet. */
static void wait_for_the_beginning(struct launcher *launcher)
{
	int status;

	assert_int_equal(waitpid(launcher->pid, &status, 0), launcher->pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_TRACE_STATUS)
		SKIP("tracing is not allowed here");
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, launcher->pid, NULL,
				PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD),
			 0);
}

/* Up to the next beginning or end of a system call. */
static struct __ptrace_syscall_info next_call(struct launcher *launcher)
{
	struct __ptrace_syscall_info info = {0};
	int status;

	assert_int_equal(ptrace(PTRACE_SYSCALL, launcher->pid, NULL, NULL), 0);
	assert_int_equal(waitpid(launcher->pid, &status, 0), launcher->pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), SIGTRAP | 0x80);
	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, launcher->pid, sizeof(info),
			   &info) > 0);
	return info;
}

static void let_run(struct launcher *launcher)
{
	assert_int_equal(ptrace(PTRACE_DETACH, launcher->pid, NULL, NULL), 0);
}

/* E1: before the C library has done anything. */
static void its_first_system_call_blocks_all_but_faults(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("--version"), .prepare = be_traced);
	struct __ptrace_syscall_info info;
	unsigned long long mask;

	wait_for_the_beginning(launcher);
	info = next_call(launcher);
	assert_int_equal(info.op, PTRACE_SYSCALL_INFO_ENTRY);
	assert_int_equal(info.entry.nr, SYS_rt_sigprocmask);
	assert_int_equal(info.entry.args[0], SIG_BLOCK);
	assert_int_equal(info.entry.args[3], KERNEL_SIGNALS);
	mask = (unsigned long long)ptrace(PTRACE_PEEKDATA, launcher->pid,
					  info.entry.args[1], NULL);
	assert_true(mask == ~FAULTS);
	info = next_call(launcher);
	assert_int_equal(info.op, PTRACE_SYSCALL_INFO_EXIT);
	assert_int_equal(info.exit.rval, 0);
	let_run(launcher);
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "muster ");
}

/* The first process of a new namespace, or NULL. */
static struct launcher *start_as_pid_1(struct stage *stage)
{
	_cleanup_fd_ int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	struct launcher *launcher;

	if (own < 0 || unshare(CLONE_NEWPID) < 0)
		return NULL;
	launcher = START(stage, OPTIONS("-w", "2"), COMMAND("sleep", "50"),
			 .prepare = be_traced);
	assert_int_equal(setns(own, CLONE_NEWPID), 0);
	return launcher;
}

/* E2: the kernel drops what would end PID 1 unless it is blocked. This one is
 * sent before the second system call, and heard. */
static void a_term_after_its_first_system_call_is_heard_by_pid_1(void **state)
{
	struct launcher *launcher = start_as_pid_1(*state);

	if (!launcher)
		SKIP("no namespace of processes here: %s", strerror(errno));
	wait_for_the_beginning(launcher);
	assert_int_equal(next_call(launcher).op, PTRACE_SYSCALL_INFO_ENTRY);
	assert_int_equal(next_call(launcher).op, PTRACE_SYSCALL_INFO_EXIT);
	launcher_signal(launcher, SIGTERM);
	let_run(launcher);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATIC_TEST(it_lives_as_the_dynamic_one_does),
		STATIC_TEST(it_ends_with_the_status_of_its_worker),
		STATIC_TEST(an_option_without_its_argument_is_named),
		STATIC_TEST(a_path_that_is_refused_is_told_with_the_errno),
		STATIC_TEST(
			its_worker_sees_the_environment_and_mask_that_it_got),
		STATIC_TEST(a_real_time_signal_is_the_one_that_programs_mean),
		STATIC_TEST(a_library_made_for_glibc_works_in_it),
		STATIC_TEST(such_a_library_dies_where_it_has_no_room),
		STATIC_TEST(its_first_system_call_blocks_all_but_faults),
		STATIC_TEST(
			a_term_after_its_first_system_call_is_heard_by_pid_1),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

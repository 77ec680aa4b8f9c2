/*
 * test_limits.c - the story of too little: descriptors, processes, memory.
 * Named, waited out, and never paid for by those who already run (B35, E22;
 * table O: fork EAGAIN).
 */
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include "tools/deny.h"
#include "tools/nproc.h"

static void limit_descriptors(void *argument)
{
	if (setrlimit(RLIMIT_NOFILE, argument) < 0)
		_exit(123);
}

/* Soft raised to hard for muster, as it was in workers. */
static void
the_soft_limit_of_descriptors_is_raised_but_not_for_workers(void **state)
{
	struct rlimit limit = {.rlim_cur = 64, .rlim_max = 4096};
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "150"), WORKER("nofile"),
		      .prepare = limit_descriptors, .argument = &limit);

	for (int i = 0; i < 150; i++) {
		const char *line = launcher_hear(launcher, "nofile");

		assert_non_null(strstr(line, "nofile 64 4096"));
	}
	assert_int_equal(prlimit(launcher->pid, RLIMIT_NOFILE, NULL, &limit),
			 0);
	assert_int_equal(limit.rlim_cur, 4096);
	launcher_stop(*state, launcher, 0);
}

/* The hard one is too small: told with its number, and either served another
 * way or refused; never half. */
static void too_few_descriptors_for_the_workers_are_named(void **state)
{
	struct rlimit limit = {.rlim_cur = 64, .rlim_max = 64};
	const char *engine = getenv("MUSTER_TEST_ENGINE");
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "100"), WORKER("say=ready"),
		      .prepare = limit_descriptors, .argument = &limit);
	bool needs_fds = engine && (strcmp(engine, "ring") == 0 ||
				    strcmp(engine, "epoll") == 0);

	if (needs_fds) {
		assert_int_equal(launcher_end(launcher), 125);
		assert_int_equal(lines_count(&launcher->log, "error: "), 1);
		assert_int_equal(launcher->said.length, 0);
	} else {
		for (int i = 0; i < 100; i++)
			(void)launcher_hear(launcher, "ready");
		launcher_stop(*state, launcher, 0);
	}
	if (!engine || needs_fds)
		assert_true(lines_have(&launcher->log,
				       "RLIMIT_NOFILE 64 is too small for 100 "
				       "workers"));
}

static void use_one_cpu(void *argument)
{
	if (sched_setaffinity(0, sizeof(cpu_set_t), argument) < 0)
		_exit(123);
}

static void auto_is_as_many_workers_as_cpus_allowed(void **state)
{
	struct launcher *launcher;
	cpu_set_t allowed;
	cpu_set_t one;
	size_t first = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	while (!CPU_ISSET(first, &allowed))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	launcher = START(*state, OPTIONS("-w", "auto"), WORKER("say=ready"),
			 .prepare = use_one_cpu, .argument = &one);
	(void)launcher_log(launcher, "Starting 1 workers");
	launcher_stop(*state, launcher, 0);

	launcher = START(*state, OPTIONS("-w", "auto"), WORKER("say=ready"));
	assert_in_range(
		line_number(launcher_log(launcher, "Starting "), "Starting "),
		1, CPU_COUNT(&allowed));
	launcher_stop(*state, launcher, 0);
}

/* The rest is launched as soon as there is room; those who run stay. */
static void
workers_that_the_process_limit_refuses_come_when_it_is_raised(void **state)
{
	struct stage *stage = *state;
	struct nproc nproc = nproc_of_this_test(3);
	struct launcher *launcher;
	pid_t pids[4];

	if (geteuid() != 0)
		SKIP("only root can become another user");
	nproc_move_program(stage, stage->program, "muster");
	nproc_move_program(stage, stage->worker, "worker");
	launcher = START(stage, OPTIONS("-w", "4"), WORKER("say=ready"),
			 .prepare = nproc_enter, .argument = &nproc);
	launcher_hear_all(launcher, "ready", pids, 2);
	(void)launcher_log(launcher, "Could not launch a worker: clone: "
				     "Resource temporarily unavailable");
	assert_non_null(strstr(launcher->log.line, "launched again in "));
	(void)launcher_log(launcher, "Could not launch a worker");
	nproc_allow(launcher->pid, &nproc);
	launcher_hear_all(launcher, "ready", pids + 2, 2);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 4);
}

/* It is pending when muster is executed. */
static void deny_and_be_told(void *argument)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0 || raise(SIGTERM) != 0)
		_exit(123);
	deny(argument);
}

/* Table O: fork EAGAIN at start: retry. Every clone fails for ever: it goes on
 * trying without spinning, says so, and stops when asked. */
static void check_clone_fails_for_ever(struct stage *stage, int error,
				       const char *text)
{
	struct denied denied = {.numbers = deny_clones, .error = error};
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "2"), WORKER("say=ready"),
		      .prepare = deny, .argument = &denied);

	(void)launcher_log(launcher, text);
	(void)launcher_log(launcher, text);
	(void)launcher_log(launcher, text);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(launcher->said.length, 0);
}

static void a_clone_that_fails_with_eagain_is_tried_again(void **state)
{
	check_clone_fails_for_ever(*state, EAGAIN,
				   "Resource temporarily unavailable");
}

static void a_clone_that_fails_with_enomem_is_tried_again(void **state)
{
	check_clone_fails_for_ever(*state, ENOMEM, "Cannot allocate memory");
}

/* Nobody who would be handed the signal comes: it must not keep muster, either
 * way round, and is seen at the level of inits that say least. */
static void a_command_that_cannot_be_launched_keeps_nobody(void **state)
{
	struct denied denied = {.numbers = deny_clones, .error = EAGAIN};
	struct launcher *launcher = START(
		*state, ARGUMENTS("init", "--log-level", "error", "--", "true"),
		.prepare = deny, .argument = &denied);

	(void)launcher_log(launcher, "error: Could not launch a worker: clone");
	launcher_stop(*state, launcher, 125);
	launcher = START(*state, ARGUMENTS("init", "--", "true"),
			 .prepare = deny_and_be_told, .argument = &denied);
	assert_int_equal(launcher_end(launcher), 125);
	assert_nobody_left(*state);
}

/* It counts as what the command would get: a TERM that is none, and another
 * signal that is one. */
static void a_rewritten_signal_ends_as_what_it_becomes(void **state)
{
	struct denied denied = {.numbers = deny_clones, .error = EAGAIN};
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("init", "--rewrite", "TERM:0", "--rewrite",
				"USR1:TERM", "--", "true"),
		      .prepare = deny, .argument = &denied);

	(void)launcher_log(launcher, "Could not launch a worker");
	launcher_signal(launcher, SIGTERM);
	/* It is tried once more, and then again. */
	(void)launcher_log(launcher, "Could not launch a worker");
	(void)launcher_log(launcher, "Could not launch a worker");
	launcher_signal(launcher, SIGUSR1);
	assert_int_equal(launcher_end(launcher), 125);
	assert_nobody_left(*state);
}

/* Answers the calls with error 0 until text is in the log. */
static void let_clone_until(struct launcher *launcher, int listener,
			    const char *text, unsigned int count)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (lines_count(&launcher->log, text) < count) {
		assert_true(now_ms() < until_ms);
		(void)deny_answer(listener, 0, 1);
		lines_take(&launcher->log);
	}
}

/* The replacement of one fails for a while; the others are not touched. */
static void a_clone_that_fails_for_a_while_loses_nothing(void **state)
{
	struct launcher *launcher;
	struct asked asked = {.numbers = deny_clones};
	pid_t pids[3];
	int ends[2];
	int listener;
	int other;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	asked.socket = ends[0];
	launcher = START(*state, OPTIONS("-w", "3"), WORKER("say=ready"),
			 .prepare = deny_ask, .argument = &asked);
	listener = deny_take_listener(ends[1]);
	if (listener < 0)
		SKIP("no seccomp notifications here");
	let_clone_until(launcher, listener, "Started child", 3);
	launcher_hear_all(launcher, "ready", pids, 3);
	other = process_open(pids[2]);

	process_kill(pids[0], SIGKILL);
	assert_true(deny_answer(listener, EAGAIN, DEADLINE_MS));
	(void)launcher_log(launcher, "Could not launch a worker: clone: "
				     "Resource temporarily unavailable");
	assert_non_null(strstr(launcher->log.line, "launched again in"));
	assert_true(deny_answer(listener, ENOMEM, DEADLINE_MS));
	(void)launcher_log(launcher, "Could not launch a worker: clone: "
				     "Cannot allocate memory");
	let_clone_until(launcher, listener, "Started child", 4);
	(void)launcher_hear(launcher, "ready");
	assert_false(process_ends_within(other, 0));

	launcher_stop(*state, launcher, 0);
	(void)close(listener);
	(void)close(other);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			the_soft_limit_of_descriptors_is_raised_but_not_for_workers),
		STAGE_TEST(too_few_descriptors_for_the_workers_are_named),
		STAGE_TEST(auto_is_as_many_workers_as_cpus_allowed),
		STAGE_TEST(
			workers_that_the_process_limit_refuses_come_when_it_is_raised),
		STAGE_TEST(a_clone_that_fails_with_eagain_is_tried_again),
		STAGE_TEST(a_clone_that_fails_with_enomem_is_tried_again),
		STAGE_TEST(a_clone_that_fails_for_a_while_loses_nothing),
		STAGE_TEST(a_command_that_cannot_be_launched_keeps_nobody),
		STAGE_TEST(a_rewritten_signal_ends_as_what_it_becomes),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_init_signals.c - the story of signals to `muster init`: they are the
 * command's, each of them once, with what came with it (E12), as another one or
 * not at all (E13), to the command or to its group (E14).
 */
#include "tools/init.h"

/* Those that end whoever does something wrong are muster's own, like SIGCHLD;
 * KILL and STOP nobody can catch, 32 and 33 are the C library's. */
static bool is_forwarded(int signo)
{
	static const int others[] = {
		SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGFPE,
		SIGILL,	 SIGABRT, SIGTRAP, SIGSYS,  32,	    33,
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (others[i] == signo)
			return false;
	return true;
}

static void send_value(const struct launcher *launcher, int signo, int number)
{
	const union sigval value = {.sival_int = number};

	assert_int_equal(sigqueue(launcher->pid, signo, value), 0);
}

static void every_signal_is_forwarded_once_with_its_value(void **state)
{
	struct launcher *launcher = INIT(*state, WORKER("hear"));
	pid_t pid = launcher_hear_pid(launcher, "hears");

	for (int signo = 1; signo <= SIGRTMAX; signo++) {
		if (!is_forwarded(signo))
			continue;
		send_value(launcher, signo, 1000 + signo);
		(void)launcher_hear(launcher,
				    stage_text(*state,
					       "took %d value %d from "
					       "%d",
					       signo, 1000 + signo,
					       (int)getpid()));
	}
	assert_silent(launcher);
	for (int signo = 1; signo <= SIGRTMAX; signo++)
		assert_int_equal(
			lines_count(&launcher->said,
				    stage_text(*state, "took %d value", signo)),
			is_forwarded(signo));
	end_by_kill(*state, launcher, pid);
}

/* Real-time signals are kept in their order, however many come together. */
static void a_queue_of_real_time_signals_arrives_in_order(void **state)
{
	struct launcher *launcher = INIT(*state, WORKER("hear"));
	pid_t pid = launcher_hear_pid(launcher, "hears");

	for (int i = 0; i < 50; i++)
		send_value(launcher, SIGRTMIN + 3, i);
	for (int i = 0; i < 50; i++) {
		const char *line = launcher_hear(launcher, "took");

		assert_int_equal(line_number(line, "value "), i);
	}
	end_by_kill(*state, launcher, pid);
}

static void a_plain_kill_is_forwarded_too(void **state)
{
	struct launcher *launcher = INIT(*state, WORKER("hear"));
	pid_t pid = launcher_hear_pid(launcher, "hears");

	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took 15 ");
	launcher_signal(launcher, SIGINT);
	(void)launcher_hear(launcher, "took 2 ");
	end_by_kill(*state, launcher, pid);
}

/* The death of a child is muster's, whoever says so. */
static void sigchld_is_not_forwarded(void **state)
{
	struct launcher *launcher = INIT(*state, WORKER("hear"));
	pid_t pid = launcher_hear_pid(launcher, "hears");

	launcher_signal(launcher, SIGCHLD);
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_hear(launcher, "took 10 ");
	assert_false(lines_have(&launcher->said, "took 17 "));
	end_by_kill(*state, launcher, pid);
}

/* Killed by what was forwarded, it ends muster with the shell's status. */
static void
the_commands_death_by_a_forwarded_signal_is_musters_status(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1,
				      SIGQUIT};

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct launcher *launcher = INIT(*state, WORKER("say=ready"));

		(void)launcher_hear(launcher, "ready");
		launcher_signal(launcher, signals[i]);
		assert_int_equal(launcher_end(launcher), 128 + signals[i]);
		assert_silent(launcher);
		assert_nobody_left(*state);
	}
}

static void block_term(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Muster has begun, and blocked them all; count looks later, each of which
 * takes some microseconds. */
static void wait_for_begin(const struct launcher *launcher, int count)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (!process_status_has(launcher->pid, "SigBlk:", "fff"))
		assert_true(now_ms() < until_ms);
	for (int i = 0; i < count; i++)
		(void)process_status_has(launcher->pid, "SigBlk:", "fff");
}

/* E2: at whatever moment of the launch; the command, which is born with TERM
 * blocked, waits for it for ever if it is lost. */
static void a_signal_during_the_launch_reaches_the_command(void **state)
{
	for (int i = 0; i < 100; i++) {
		struct launcher *launcher =
			INIT(*state, WORKER("await=TERM", "exit=9"),
			     .prepare = block_term);

		wait_for_begin(launcher, i);
		launcher_signal(launcher, SIGTERM);
		assert_int_equal(launcher_end(launcher), 9);
		launcher_forget(*state, launcher);
	}
}

/* Where the incumbents lose one in ten: the group is there with the command. */
static void a_signal_to_the_group_is_not_lost_either(void **state)
{
	for (int i = 0; i < 100; i++) {
		struct launcher *launcher = INIT(*state, OPTIONS("-g"),
						 WORKER("await=TERM", "exit=9"),
						 .prepare = block_term);

		wait_for_begin(launcher, i);
		launcher_signal(launcher, SIGTERM);
		assert_int_equal(launcher_end(launcher), 9);
		launcher_forget(*state, launcher);
	}
}

static void signals_are_rewritten_and_dropped_as_asked(void **state)
{
	struct launcher *launcher = INIT(
		*state,
		OPTIONS("--rewrite", "USR1:USR2", "--rewrite", "HUP:0",
			"--rewrite=SIGRTMIN+1:RTMIN+3", "--rewrite", "15:3",
			"--rewrite", "INT:HUP", "--rewrite", "INT:QUIT"),
		WORKER("hear"));
	pid_t pid = launcher_hear_pid(launcher, "hears");

	launcher_signal(launcher, SIGHUP);
	send_value(launcher, SIGUSR1, 5);
	(void)launcher_hear(launcher, "took 12 value 5");
	send_value(launcher, SIGRTMIN + 1, 6);
	(void)launcher_hear(
		launcher, stage_text(*state, "took %d value 6", SIGRTMIN + 3));
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took 3 ");
	launcher_signal(launcher, SIGINT); /* the last word holds */
	(void)launcher_hear(launcher, "took 3 ");
	launcher_signal(launcher, SIGUSR2);
	(void)launcher_hear(launcher, "took 12 ");
	assert_false(lines_have(&launcher->said, "took 1 "));
	assert_false(lines_have(&launcher->said, "took 2 "));
	assert_int_equal(lines_count(&launcher->said, "took"), 5);
	end_by_kill(*state, launcher, pid);
}

/* A child of the command, in its group. */
static struct launcher *
start_family(struct stage *stage, const char *const *options, pid_t *ret_pids)
{
	struct launcher *launcher =
		START(stage, .verb = "init", .options = options,
		      WORKER("fork-hear", "hear"));

	ret_pids[0] = launcher_hear_pid(launcher, "hears");
	ret_pids[1] = launcher_hear_pid(launcher, "hears");
	return launcher;
}

static void end_family(struct stage *stage, struct launcher *launcher,
		       const pid_t *pids)
{
	process_kill(pids[0], SIGKILL);
	end_by_kill(stage, launcher, pids[1]);
}

static void with_g_a_signal_reaches_the_whole_group(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = start_family(*state, LIST("-g"), pids);

	send_value(launcher, SIGUSR1, 8);
	for (int i = 0; i < 2; i++)
		(void)launcher_hear(launcher, "took 10 ");
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			lines_count(&launcher->said,
				    stage_text(*state, "%d took 10 ", pids[i])),
			1);
	end_family(*state, launcher, pids);
}

static void without_it_the_command_alone(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = start_family(*state, LIST(NULL), pids);
	pid_t child = getpgid(pids[0]) == pids[0] ? pids[1] : pids[0];
	pid_t command = child == pids[0] ? pids[1] : pids[0];

	for (int i = 0; i < 3; i++) {
		launcher_signal(launcher, SIGUSR1);
		(void)launcher_hear(launcher,
				    stage_text(*state, "%d took 10 ", command));
	}
	process_kill(child, SIGUSR2);
	(void)launcher_hear(launcher, "took 12 ");
	assert_false(lines_have(&launcher->said,
				stage_text(*state, "%d took 10 ", child)));
	end_family(*state, launcher, pids);
}

/* Its group is empty then, which is no sign of its end. */
static void with_g_a_command_in_another_group_is_reached_too(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("-g"), WORKER("join", "hear"));
	pid_t pid = launcher_hear_pid(launcher, "hears");

	assert_int_equal(getpgid(pid), launcher->pid);
	send_value(launcher, SIGUSR1, 8);
	(void)launcher_hear(launcher, "took 10 value 8");
	end_by_kill(*state, launcher, pid);
}

/* A command that became somebody else: muster may not signal it, says so, and
 * goes on. */
static void a_signal_that_may_not_be_sent_is_told_and_not_fatal(void **state)
{
	struct launcher *launcher;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root can become somebody else");
	launcher =
		INIT(*state, COMMAND("setpriv", "--bounding-set", "-kill",
				     ((struct stage *)*state)->program, "init",
				     "--", "setpriv", "--reuid", "65534", "sh",
				     "-c", "echo $$ ready; exec sleep 50"));
	pid = launcher_hear_pid(launcher, "ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "Operation not permitted");
	end_by_kill(*state, launcher, pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(every_signal_is_forwarded_once_with_its_value),
		STAGE_TEST(a_queue_of_real_time_signals_arrives_in_order),
		STAGE_TEST(a_plain_kill_is_forwarded_too),
		STAGE_TEST(sigchld_is_not_forwarded),
		STAGE_TEST(
			the_commands_death_by_a_forwarded_signal_is_musters_status),
		STAGE_TEST(a_signal_during_the_launch_reaches_the_command),
		STAGE_TEST(a_signal_to_the_group_is_not_lost_either),
		STAGE_TEST(signals_are_rewritten_and_dropped_as_asked),
		STAGE_TEST(with_g_a_signal_reaches_the_whole_group),
		STAGE_TEST(without_it_the_command_alone),
		STAGE_TEST(with_g_a_command_in_another_group_is_reached_too),
		STAGE_TEST(a_signal_that_may_not_be_sent_is_told_and_not_fatal),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

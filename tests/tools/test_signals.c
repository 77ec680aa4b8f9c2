/*
 * test_signals.c - the story of every signal that muster may get (table O:
 * SIGINT, second SIGTERM; B72-B75): what it does, what it says, and that
 * nobody survives.
 */
#include <sys/wait.h>

#include "tools/support.h"

#define WORKERS 8

/* Workers that do not go by themselves. */
static struct launcher *start_stubborn(struct stage *stage)
{
	struct launcher *launcher = START(
		stage, OPTIONS("-w", "8"),
		WORKER("take=TERM", "ignore=INT", "ignore=QUIT", "say=ready"));
	pid_t pids[WORKERS];

	launcher_hear_all(launcher, "ready", pids, WORKERS);
	return launcher;
}

/* From somebody else: at once from the same process it would be taken for the
 * echo that timeout(1) makes. */
static void term_from_another(const struct launcher *launcher)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		launcher_signal(launcher, SIGTERM);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Table O: second SIGTERM; B72. Sent when the first has been understood. */
static void a_second_term_kills_the_rest_at_once_and_ends_with_143(void **state)
{
	struct launcher *launcher = start_stubborn(*state);
	uint64_t begun_ms = now_ms();

	launcher_signal(launcher, SIGTERM);
	for (int i = 0; i < WORKERS; i++)
		(void)launcher_hear(launcher, "took TERM");
	term_from_another(launcher);
	assert_int_equal(launcher_end(launcher), 143);
	assert_nobody_left(*state);
	assert_in_range(now_ms() - begun_ms, 0, DEADLINE_MS);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	(void)launcher_log(launcher, "Caught SIGTERM again, killing children");
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"),
			 WORKERS);
	(void)launcher_log(launcher, "exit status 143");
}

/* The same process signals twice at once: the second is no change of mind. */
static void an_echo_of_term_does_not_kill(void **state)
{
	struct launcher *launcher = START(*state, OPTIONS("-w", "2"),
					  WORKER("take=TERM", "say=ready"));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	launcher_signal(launcher, SIGTERM);
	launcher_signal(launcher, SIGTERM);
	for (int i = 0; i < 2; i++)
		(void)launcher_hear(launcher, "took TERM");
	assert_int_equal(lines_count(&launcher->log, "killed by signal"), 0);
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
}

/* Those who have gone by then are not killed; a stop that is done is done. */
static void a_second_term_reaches_only_those_who_are_left(void **state)
{
	struct launcher *launcher = START(*state, OPTIONS("-w", "4"),
					  WORKER("s2:take=TERM", "say=ready"));
	pid_t pids[4];

	launcher_hear_all(launcher, "ready", pids, 4);
	launcher_signal(launcher, SIGTERM);
	for (int i = 0; i < 3; i++)
		(void)launcher_log(launcher, "killed by signal 15");
	(void)launcher_hear(launcher, "took TERM");
	term_from_another(launcher);
	assert_int_equal(launcher_end(launcher), 143);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"), 1);
}

/* Table O: SIGINT; B74: instant, and explicit. */
static void int_kills_the_workers_at_once_and_ends_with_1(void **state)
{
	struct launcher *launcher = start_stubborn(*state);
	uint64_t begun_ms = now_ms();

	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
	assert_in_range(now_ms() - begun_ms, 0, DEADLINE_MS);
	(void)launcher_log(launcher,
			   "Caught SIGINT signal, instantaneous exiting");
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"),
			 WORKERS);
	/* No stop was tried. */
	assert_false(lines_have(&launcher->said, "took TERM"));
}

static void quit_is_as_instant_as_int(void **state)
{
	struct launcher *launcher = start_stubborn(*state);

	launcher_signal(launcher, SIGQUIT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
}

static void int_during_a_graceful_stop_ends_it_with_1(void **state)
{
	struct launcher *launcher = start_stubborn(*state);

	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took TERM");
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
}

static void
int_kills_workers_that_are_stopped_or_in_other_sessions(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "4"),
		      WORKER("s0:setsid", "s1:setsid", "say=ready", "s1:stop",
			     "s2:stop"));
	pid_t pids[4];

	launcher_hear_all(launcher, "ready", pids, 4);
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
}

/* B73, case 31. */
static void hup_replaces_all_and_ttin_and_ttou_scale_by_one(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"), WORKER("say=ready"));
	pid_t before[2];
	pid_t after[3];

	launcher_hear_all(launcher, "ready", before, 2);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, reloading");
	/* Who sent it: for whoever wonders why. */
	assert_int_equal(line_number(launcher->log.line, "process "), getpid());
	(void)launcher_log(launcher, "Reloaded, roll 1");
	launcher_hear_all(launcher, "ready", after, 2);
	for (int i = 0; i < 4; i++)
		assert_int_not_equal(before[i / 2], after[i % 2]);
	launcher_signal(launcher, SIGTTIN);
	(void)launcher_log(launcher, "Caught SIGTTIN, scaling");
	(void)launcher_log(launcher, "Scaling to 3 workers");
	after[2] = launcher_hear_pid(launcher, "ready");
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher, "Caught SIGTTOU, scaling");
	(void)launcher_log(launcher, "Scaling to 2 workers");
	(void)launcher_log(launcher, stage_text(*state, "Child %d ", after[2]));
	launcher_stop(*state, launcher, 0);
}

/* B75: a stray alarm, another server's reload: no death, no stop. */
static void alrm_usr1_and_usr2_are_logged_and_ignored(void **state)
{
	static const struct {
		int signo;
		const char *text;
	} signals[] = {
		{SIGALRM, "Caught SIGALRM, ignored"},
		{SIGUSR1, "Caught SIGUSR1, ignored"},
		{SIGUSR2, "Caught SIGUSR2, ignored"},
	};
	struct launcher *launcher = START(*state, WORKER("say=ready"));

	(void)launcher_hear(launcher, "ready");
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		launcher_signal(launcher, signals[i].signo);
		(void)launcher_log(launcher, signals[i].text);
	}
	launcher_signal(launcher, SIGPIPE); /* E37 */
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_log(launcher, "Caught SIGUSR1");
	launcher_stop(*state, launcher, 0);
}

/* Case 5 for programs: a signal to a worker is the worker's. */
static void a_signal_to_a_worker_is_not_musters(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"),
		      WORKER("take=HUP", "take=USR1", "say=ready"));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	process_kill(pids[0], SIGHUP);
	(void)launcher_hear(launcher,
			    stage_text(*state, "%d took HUP", pids[0]));
	process_kill(pids[0], SIGUSR1);
	(void)launcher_hear(launcher,
			    stage_text(*state, "%d took USR1", pids[0]));
	assert_false(lines_have(&launcher->log, "Caught"));
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "took HUP"), 1);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
}

/* TERM and INT together in whatever order: nobody is left, and it ends. */
static void a_burst_of_signals_ends_it_without_a_survivor(void **state)
{
	for (int i = 0; i < 5; i++) {
		struct launcher *launcher = start_stubborn(*state);
		int status;

		launcher_signal(launcher, SIGHUP);
		launcher_signal(launcher, SIGTERM);
		launcher_signal(launcher, SIGINT);
		launcher_signal(launcher, SIGTERM);
		status = launcher_end(launcher);
		assert_true(status == 1 || status == 143);
		assert_nobody_left(*state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			a_second_term_kills_the_rest_at_once_and_ends_with_143),
		STAGE_TEST(an_echo_of_term_does_not_kill),
		STAGE_TEST(a_second_term_reaches_only_those_who_are_left),
		STAGE_TEST(int_kills_the_workers_at_once_and_ends_with_1),
		STAGE_TEST(quit_is_as_instant_as_int),
		STAGE_TEST(int_during_a_graceful_stop_ends_it_with_1),
		STAGE_TEST(
			int_kills_workers_that_are_stopped_or_in_other_sessions),
		STAGE_TEST(hup_replaces_all_and_ttin_and_ttou_scale_by_one),
		STAGE_TEST(alrm_usr1_and_usr2_are_logged_and_ignored),
		STAGE_TEST(a_signal_to_a_worker_is_not_musters),
		STAGE_TEST(a_burst_of_signals_ends_it_without_a_survivor),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

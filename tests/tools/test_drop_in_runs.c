/*
 * test_drop_in_runs.c - the story of a command under muster in the place of
 * another init (E40): its status, its signals, and what is left of it.
 */
#include "tools/init.h"
#include "tools/other.h"

static const char *const inits[] = {"tini", "dumb-init", "catatonit"};

/* Muster's end under a name and with these words. */
static int status_of(struct stage *stage, const char *name,
		     const char *const *words)
{
	char muster[sizeof(stage->program)];
	struct launcher *launcher;
	int status;

	memcpy(muster, stage->program, sizeof(muster));
	stage_call_it(stage, name);
	launcher = START(stage, .arguments = words);
	status = launcher_end(launcher);
	(void)unlink(stage->program);
	memcpy(stage->program, muster, sizeof(muster));
	return status;
}

static void the_commands_status_is_theirs(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(inits); i++) {
		assert_int_equal(status_of(stage, inits[i],
					   LIST("--", stage->worker, "exit=7")),
				 7);
		assert_int_equal(status_of(stage, inits[i],
					   LIST(stage->worker, "die=TERM")),
				 128 + SIGTERM);
	}
	assert_int_equal(
		status_of(stage, "tini",
			  LIST("-e", "143", stage->worker, "die=TERM")),
		0);
	assert_int_equal(status_of(stage, "tini-static",
				   LIST("-e143", "-e", "7", "--", stage->worker,
					"exit=7")),
			 0);
	assert_nobody_left(stage);
}

/* One line says which file it is about. */
static void a_command_that_is_not_executed_has_the_inits_status(void **state)
{
	static const struct {
		const char *name;
		int not_found, not_executable;
	} statuses[] = {
		{"tini", 127, 126},
		{"dumb-init", 2, 2},
		{"catatonit", 1, 1},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		assert_int_equal(status_of(stage, statuses[i].name,
					   LIST("/nowhere/at-all")),
				 statuses[i].not_found);
		assert_int_equal(
			status_of(stage, statuses[i].name, LIST("--", "/etc")),
			statuses[i].not_executable);
		assert_int_equal(status_of(stage, statuses[i].name,
					   LIST("--", "--", "true")),
				 statuses[i].not_found);
	}
	assert_nobody_left(stage);
}

/* They all call execvp(3), which hands such a file to /bin/sh. */
static void a_script_of_nobodys_is_run_by_the_shell(void **state)
{
	struct stage *stage = *state;
	const char *script =
		stage_file(stage, "script", "test $# = 2 && exit $1\n", 0755);

	for (size_t i = 0; i < ARRAY_LEN(inits); i++)
		assert_int_equal(status_of(stage, inits[i],
					   LIST("--", script, "7", "a b")),
				 7);
	assert_nobody_left(stage);
}

static void what_follows_the_command_reaches_it(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;

	stage_call_it(stage, "docker-init");
	launcher = START(stage,
			 ARGUMENTS("--", "sh", "-c", "echo heard \"$0\" \"$@\"",
				   "-g", "--version", "--", ""));
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "heard -g --version -- ");
	assert_int_equal(launcher->log.length, 0);
}

/* A command that hears signals and has a child that does; both are told. */
static void check_reach(struct stage *stage, const char *const *words,
			int expected)
{
	struct launcher *launcher = START(stage, .arguments = words);
	pid_t pids[2];

	launcher_hear_all(launcher, "hears", pids, 2);
	launcher_signal(launcher, SIGUSR1);
	for (int i = 0; i < expected; i++)
		(void)launcher_hear(launcher, "took 10 ");
	/* Whoever had been sent USR1 would say so before this. */
	process_kill(pids[0], SIGUSR2);
	(void)launcher_hear(launcher, "took 12 ");
	process_kill(pids[1], SIGUSR2);
	(void)launcher_hear(launcher, "took 12 ");
	assert_int_equal(lines_count(&launcher->said, "took 10 "), expected);
	process_kill(pids[0], SIGKILL);
	process_kill(pids[1], SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_nobody_left(stage);
	launcher_forget(stage, launcher);
}

static void a_signal_reaches_the_group_or_the_command(void **state)
{
	struct stage *stage = *state;
	const char *worker = stage->worker;

	stage_call_it(stage, "tini");
	check_reach(stage, LIST("-g", "--", worker, "fork-hear", "hear"), 2);
	check_reach(stage, LIST("--", worker, "fork-hear", "hear"), 1);
	stage_call_it(stage, "dumb-init");
	check_reach(stage, LIST("--", worker, "fork-hear", "hear"), 2);
	check_reach(stage, LIST("-c", worker, "fork-hear", "hear"), 1);
	stage_call_it(stage, "catatonit");
	check_reach(stage, LIST("-g", worker, "fork-hear", "hear"), 2);
	check_reach(stage, LIST(worker, "fork-hear", "hear"), 1);
}

static void have_variables(void *unused)
{
	(void)unused;
	(void)setenv("TINI_KILL_PROCESS_GROUP", "", 1);
	(void)setenv("TINI_VERBOSITY", "2", 1);
}

/* And the command has them, too. */
static void variables_count_as_options_do(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	pid_t pids[2];

	stage_call_it(stage, "tini");
	launcher = START(stage,
			 ARGUMENTS("sh", "-c",
				   "echo has $TINI_VERBOSITY; exec \"$0\" "
				   "fork-hear hear",
				   stage->worker),
			 .prepare = have_variables);
	(void)launcher_hear(launcher, "has 2");
	launcher_hear_all(launcher, "hears", pids, 2);
	(void)launcher_log(launcher, "Started child ");
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_hear(launcher, "took 10 ");
	(void)launcher_hear(launcher, "took 10 ");
	process_kill(pids[0], SIGKILL);
	process_kill(pids[1], SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_nobody_left(stage);
}

static void dumb_init_rewrites_signals(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	pid_t pid;

	stage_call_it(stage, "dumb-init");
	launcher = START(stage, ARGUMENTS("-r", "15:3", "--rewrite", "1:0",
					  stage->worker, "hear"));
	pid = launcher_hear_pid(launcher, "hears");
	launcher_signal(launcher, SIGHUP);
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took 3 ");
	assert_int_equal(lines_count(&launcher->said, "took"), 1);
	end_by_kill(stage, launcher, pid);
}

/* A session's only group would ignore TSTP: nobody could go on with it. */
static void dumb_init_stops_its_command_for_good(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	pid_t pid;

	stage_call_it(stage, "dumb-init");
	launcher = START(stage, ARGUMENTS(stage->worker, "hear"));
	pid = launcher_hear_pid(launcher, "hears");
	launcher_signal(launcher, SIGTSTP);
	process_status_wait(pid, "State:", "T (stopped)");
	launcher_signal(launcher, SIGCONT);
	(void)launcher_hear(launcher, "took 18 ");
	assert_false(lines_have(&launcher->said, "took 20 "));
	end_by_kill(stage, launcher, pid);
}

static void catatonit_hands_no_stop_on(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	pid_t pid;

	stage_call_it(stage, "catatonit");
	launcher = START(stage, ARGUMENTS(stage->worker, "hear"));
	pid = launcher_hear_pid(launcher, "hears");
	launcher_signal(launcher, SIGTSTP);
	launcher_signal(launcher, SIGTTIN);
	launcher_signal(launcher, SIGTTOU);
	launcher_signal(launcher, SIGWINCH);
	(void)launcher_hear(launcher, "took 28 ");
	assert_int_equal(lines_count(&launcher->said, "took"), 1);
	end_by_kill(stage, launcher, pid);
}

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

static void check_parent(struct stage *stage, const char *signal,
			 const char *took)
{
	struct launcher *parent =
		START(stage,
		      ARGUMENTS("-s", "-p", signal, stage->worker, "take=INT:0",
				"take=TERM:0", "say=ready"),
		      .prepare = live_below_a_parent);

	(void)launcher_hear(parent, "ready");
	process_kill(parent->pid, SIGKILL);
	assert_int_equal(launcher_end(parent), 128 + SIGKILL);
	assert_all_end_within(stage, DEADLINE_MS);
	lines_take(&parent->said);
	assert_int_equal(lines_count(&parent->said, "took"), took[0] ? 1 : 0);
	assert_true(lines_have(&parent->said, took));
	launcher_forget(stage, parent);
}

static void a_parents_death_is_what_tini_was_told(void **state)
{
	struct stage *stage = *state;

	stage_call_it(stage, "tini");
	check_parent(stage, "SIGINT", "took INT");
	check_parent(stage, "SIGTERM", "took TERM");
	check_parent(stage, "SIGKILL", "");
}

/* In a session of its own, which none of the inits would have reached. */
static void what_is_left_behind_gets_term(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(inits); i++) {
		char muster[sizeof(stage->program)];
		struct launcher *launcher;

		memcpy(muster, stage->program, sizeof(muster));
		stage_call_it(stage, inits[i]);
		launcher = START(stage,
				 ARGUMENTS("--", "sh", "-c",
					   "trap 'exit 7' USR1; setsid \"$0\" "
					   "take=TERM:0 say=left & while :; do "
					   "wait; done",
					   stage->worker));
		(void)launcher_hear(launcher, "left");
		launcher_signal(launcher, SIGUSR1);
		assert_int_equal(launcher_end(launcher), 7);
		(void)launcher_hear(launcher, "took TERM");
		assert_nobody_left(stage);
		memcpy(stage->program, muster, sizeof(muster));
	}
}

static void how_much_is_said_is_what_was_asked_for(void **state)
{
	static const struct {
		const char *name, *option, *text;
	} levels[] = {
		{"tini", "-v", "Started child "},
		{"docker-init", "-vv", "debug: "},
		{"tini-static", "-w", "debug: "},
		{"dumb-init", "-v", "debug: "},
		{"catatonit", "-g", NULL},
		{"podman-init", "--", NULL},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct launcher *launcher;

		stage_call_it(stage, levels[i].name);
		launcher = START(stage, ARGUMENTS(levels[i].option, "true"));
		assert_int_equal(launcher_end(launcher), 0);
		if (levels[i].text)
			(void)launcher_log(launcher, levels[i].text);
		else
			assert_silent(launcher);
		assert_int_equal(launcher->said.length, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_commands_status_is_theirs),
		STAGE_TEST(a_command_that_is_not_executed_has_the_inits_status),
		STAGE_TEST(a_script_of_nobodys_is_run_by_the_shell),
		STAGE_TEST(what_follows_the_command_reaches_it),
		STAGE_TEST(a_signal_reaches_the_group_or_the_command),
		STAGE_TEST(variables_count_as_options_do),
		STAGE_TEST(dumb_init_rewrites_signals),
		STAGE_TEST(dumb_init_stops_its_command_for_good),
		STAGE_TEST(catatonit_hands_no_stop_on),
		STAGE_TEST(a_parents_death_is_what_tini_was_told),
		STAGE_TEST(what_is_left_behind_gets_term),
		STAGE_TEST(how_much_is_said_is_what_was_asked_for),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

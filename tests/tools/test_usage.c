/*
 * test_usage.c - the story of a command line that muster refuses: one clear
 * line, status 125, nothing started (E6: own usage error, never 126 or 127).
 */
#include "tools/support.h"

/* Refused with one line that has all of text in it; not heard of by workers. */
static void refuse(struct stage *stage, const struct start *start,
		   const char *text)
{
	struct launcher *launcher = launcher_start(stage, start);

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, text);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_int_equal(lines_count(&launcher->log, "error: "), 1);
	assert_int_equal(launcher->said.length, 0);
	assert_nobody_left(stage);
	launcher_forget(stage, launcher);
}

#define REFUSE(stage, text, ...) \
	refuse(stage, &(struct start){__VA_ARGS__}, text)

/* B5, B6; the issue's own list of inputs. */
static void
a_number_of_workers_that_is_not_one_from_1_to_a_million_is_refused(void **state)
{
	static const char *const inputs[] = {
		"0",  "-1",  "abc", "1e9",     "+4",
		" 4", "4 ",  "",    "1000001", "99999999999999999999",
		"4x", "0x4", "1.5", "AUTO",
	};

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
		REFUSE(*state, "expected a number from 1 to 1000000",
		       OPTIONS("-w", inputs[i]), WORKER("say=hello"));
	REFUSE(*state, "--workers \"abc\"", OPTIONS("--workers=abc"),
	       WORKER("say=hello"));
}

static void every_option_refuses_a_value_that_it_does_not_know(void **state)
{
	static const struct {
		const char *flag, *value;
	} inputs[] = {
		{"--restart", "sometimes"},
		{"--throttle", "0"},
		{"--throttle", "1:0"},
		{"--throttle", "1/0s"},
		{"--healthy-after", "soon"},
		{"--healthy-after", "-1s"},
		{"--backoff", "1s"},
		{"--backoff", "2s:1s"},
		{"--backoff", "0:1s"},
		{"--give-up", "3"},
		{"--give-up", "0/1s"},
		{"--give-up", "5000/1s"},
		{"--stop-signal", "TERMINATE"},
		{"--stop-signal", "0"},
		{"--stop-timeout", "1y"},
		{"--stop-timeout", ""},
		{"--kill", "everybody"},
		{"--pdeathsig", "65"},
		{"--engine", "steam"},
		{"--spawn", "slow"},
		{"--log-level", "loud"},
		{"--log-format", "xml"},
		{"--pass-fd", "2"},
		{"--pass-fd", "-1"},
		{"--pass-fd", "x"},
		{"--name", ""},
		{"--ready", "soon"},
		{"--ready", "fd:2"},
		{"--ready", "fd:"},
		{"--ready-timeout", "-1"},
		{"--watchdog", "on"},
		{"--max-surge", "-1"},
		{"--max-surge", "%"},
		{"--max-surge", "101%"},
		{"--max-unavailable", "ten"},
		{"--restart-method", "reboot"},
		{"--directory", ""},
		{"--umask", "8"},
		{"--umask", "1000"},
		{"--umask", ""},
		{"--environment", "NAME"},
		{"--environment", "=value"},
		{"--environment", "A B=value"},
		{"--env-file", ""},
		{"--wait-interval", "x"},
		{"--config", ""},
		{"--user", ""},
		{"--user", ":7"},
		{"--user", "7:"},
		{"--user", "4294967295"},
		{"--user", "no such user"},
		{"--user", "0:no such group"},
		{"--gid", ""},
		{"--gid", "-1"},
		{"--groups", ""},
		{"--groups", "1,,2"},
		{"--groups", "1,no such group"},
		{"--cap-bound", ""},
		{"--cap-bound", "chown,"},
		{"--cap-drop", "chow"},
		{"--cap-drop", "chown kill"},
		{"--cap-drop", "64"},
		{"--cap-ambient", "cap_cap_chown"},
		{"--cap-ambient", "chown,all"},
		{"--securebits", ""},
		{"--securebits", "root"},
		{"--securebits", "noroot,"},
		{"--rlimit", "nofile"},
		{"--rlimit", "nofile="},
		{"--rlimit", "nofiles=1"},
		{"--rlimit", "nofile=2:1"},
		{"--rlimit", "nofile=1:2:3"},
		{"--rlimit", "nofile=-1"},
		{"--nice", "20"},
		{"--nice", "-21"},
		{"--nice", "+1"},
		{"--nice", "--1"},
		{"--nice", "-"},
		{"--oom-score-adj", "1001"},
		{"--oom-score-adj", "-1001"},
		{"--cpus", ""},
		{"--cpus", "2-1"},
		{"--cpus", "1,"},
		{"--cpus", "8192"},
		{"--cpus", "1-2-3"},
	};

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
		REFUSE(*state, inputs[i].flag,
		       OPTIONS(inputs[i].flag, inputs[i].value),
		       WORKER("say=hello"));
	REFUSE(*state, "--die-with-parent", OPTIONS("--die-with-parent=cry"),
	       WORKER("say=hello"));
	REFUSE(*state, "--log-options", OPTIONS("--log-options=maybe"),
	       WORKER("say=hello"));
}

static void options_that_exclude_each_other_are_refused(void **state)
{
	REFUSE(*state, "ready fd:9: a listener or a passed descriptor",
	       OPTIONS("--ready", "fd:3", "-l", "tcp:127.0.0.1:0", "--ready",
		       "fd:9", "--pass-fd", "9"),
	       WORKER("say=hello"));
	REFUSE(*state, "ready fd:3: a listener or a passed descriptor",
	       OPTIONS("--ready", "fd:3", "-l", "tcp:127.0.0.1:0"),
	       WORKER("say=hello"));
	REFUSE(*state, "--cap-ambient: a capability of it is dropped",
	       OPTIONS("--cap-ambient", "chown", "--cap-drop", "chown"),
	       WORKER("say=hello"));
	REFUSE(*state, "--cap-ambient: a capability of it is dropped",
	       OPTIONS("--cap-ambient", "chown,kill", "--cap-bound", "chown"),
	       WORKER("say=hello"));
	REFUSE(*state, "--check needs --config", OPTIONS("--check"),
	       WORKER("say=hello"));
	REFUSE(*state, "--config and a command exclude each other",
	       OPTIONS("-c", "/dev/null"), WORKER("say=hello"));
	REFUSE(*state, "--workers is an option of services",
	       ARGUMENTS("run", "-c", "/dev/null", "-w", "4"));
}

static void
an_unknown_option_is_refused_and_the_nearest_one_suggested(void **state)
{
	REFUSE(*state, "unknown option --wrokers, did you mean --workers?",
	       OPTIONS("--wrokers", "4"), WORKER("say=hello"));
	REFUSE(*state, "unknown option --stop-timeot, did you mean",
	       OPTIONS("--stop-timeot=4"), WORKER("say=hello"));
	REFUSE(*state, "unknown option --quite-another-thing; see",
	       OPTIONS("--quite-another-thing"), WORKER("say=hello"));
	REFUSE(*state, "unknown option -z", OPTIONS("-z"), WORKER("say=hello"));
	REFUSE(*state, "unknown option -z", OPTIONS("-zw", "3"),
	       WORKER("say=hello"));
}

/* The options of one verb are not those of another. */
static void init_refuses_what_it_does_not_know(void **state)
{
	static const struct {
		const char *flag, *value;
	} inputs[] = {
		{"--rewrite", "TERM"},
		{"--rewrite", "KILL:TERM"},
		{"--rewrite", "SEGV:TERM"},
		{"--rewrite", "CHLD:TERM"},
		{"--rewrite", "TERM:65"},
		{"--rewrite", "0:TERM"},
		{"--rewrite", "TERM:INT:HUP"},
		{"--rewrite", ""},
		{"--stop-on", "TERM,"},
		{"--stop-on", ""},
		{"--stop-on", "KILL"},
		{"--stop-on", "TERM,SEGV"},
		{"--drain", "soon"},
		{"--leftover-timeout", "-1"},
		{"--remap", "1"},
		{"--remap", "256:0"},
		{"--remap", "0:256"},
		{"--remap", "-1:0"},
		{"--remap", "1:2:3"},
		{"--ok-signals", "TERM;INT"},
		{"--ok-signals", ""},
		{"--launch-status", "256"},
		{"--launch-status", "x"},
		{"--termination-log", "here"},
		{"--termination-log", ""},
		{"--subreaper", "perhaps"},
		{"--restart", "sometimes"},
	};

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
		REFUSE(*state, inputs[i].flag, .verb = "init",
		       OPTIONS(inputs[i].flag, inputs[i].value),
		       WORKER("say=hello"));
	REFUSE(*state,
	       "muster init: error: unknown option --workers; see "
	       "muster help init",
	       .verb = "init", OPTIONS("--workers", "2"), WORKER("say=hello"));
	REFUSE(*state, "unknown option --remup, did you mean --remap?",
	       .verb = "init", OPTIONS("--remup", "1:2"), WORKER("say=hello"));
	REFUSE(*state, "unknown option -w; see muster help init",
	       .verb = "init", OPTIONS("-w", "2"), WORKER("say=hello"));
	REFUSE(*state, "--re may be several options; see muster help init",
	       .verb = "init", OPTIONS("--re", "2"), WORKER("say=hello"));
	REFUSE(*state, "no command; usage: muster init [options] -- COMMAND",
	       ARGUMENTS("init"));
	REFUSE(*state, "--remap needs an argument",
	       ARGUMENTS("init", "--remap"));
	REFUSE(*state, "unknown option --rewrite; see muster help run",
	       OPTIONS("--rewrite", "TERM:INT"), WORKER("say=hello"));
}

static void
an_unknown_verb_is_refused_and_the_nearest_one_suggested(void **state)
{
	REFUSE(*state, "unknown verb \"rnu\", did you mean run?",
	       ARGUMENTS("rnu", "--", "true"));
	REFUSE(*state, "unknown verb \"sing\"", ARGUMENTS("sing"));
	REFUSE(*state, "no verb; see muster help", ARGUMENTS());
	REFUSE(*state, "unknown verb \"\"", ARGUMENTS(""));
	REFUSE(*state, "unknown verb \"rnu\"", ARGUMENTS("help", "rnu"));
}

/* As other inits are called. */
static void a_command_where_the_verb_belongs_is_told_its_place(void **state)
{
	REFUSE(*state,
	       "expected a verb before \"--\", as in muster init -- COMMAND",
	       ARGUMENTS("--", "true"));
	REFUSE(*state, "expected a verb before \"/bin/true\"",
	       ARGUMENTS("/bin/true"));
	REFUSE(*state, "unknown verb \"--\"", ARGUMENTS("help", "--"));
}

static void no_command_and_no_argument_for_an_option_are_refused(void **state)
{
	REFUSE(*state, "no command; usage: muster run [options] -- COMMAND",
	       OPTIONS("-w", "2"));
	REFUSE(*state, "no command", ARGUMENTS("run"));
	REFUSE(*state, "empty command", COMMAND(""));
	REFUSE(*state, "--workers needs an argument",
	       ARGUMENTS("run", "--workers"));
	REFUSE(*state, "-w needs an argument", ARGUMENTS("run", "-w"));
}

/* Which option it was must be said: not the one before, not its value. */
static void an_argument_where_none_belongs_is_refused(void **state)
{
	REFUSE(*state, "--launcher-fd", OPTIONS("--launcher-fd=5"),
	       WORKER("say=hello"));
	REFUSE(*state, "--throttle needs an argument",
	       ARGUMENTS("run", "-w", "2", "--throttle"));
}

static void a_descriptor_to_pass_that_is_not_open_is_refused(void **state)
{
	REFUSE(*state, "descriptor 77 is not open", OPTIONS("--pass-fd", "77"),
	       WORKER("say=hello"));
}

static void asked_for_help_it_prints_and_succeeds(void **state)
{
	const char *const *const questions[] = {
		LIST("help"),
		LIST("--help"),
		LIST("-h"),
		LIST("help", "run"),
		LIST("run", "--help"),
		LIST("run", "-h"),
		LIST("help", "init"),
		LIST("init", "-g", "--help"),
		LIST("--version"),
		LIST("run", "-w", "3", "--help", "--", "false"),
	};

	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct launcher *launcher =
			START(*state, .arguments = questions[i]);

		assert_int_equal(launcher_end(launcher), 0);
		assert_int_equal(launcher->log.length, 0);
		assert_true(lines_have(&launcher->said, "muster"));
	}
}

/* What cannot be printed was not: nobody may take it for done. */
static void help_that_cannot_be_printed_is_no_success(void **state)
{
	struct launcher *launcher =
		START(*state,
		      COMMAND("sh", "-c", "exec \"$0\" --version >/dev/full",
			      ((struct stage *)*state)->program),
		      OPTIONS("--restart", "never"));

	assert_int_equal(launcher_end(launcher), 125);
}

/* B5: only the whole of a flag's text counts. */
static void the_commands_own_options_are_not_musters(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("run", "--restart", "never", "sh", "-c",
					"echo heard $0 $1", "-w", "--version"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_true(lines_have(&launcher->said, "heard -w --version"));
}

/* It has one command, and no workers. */
static void the_help_of_init_speaks_of_its_command(void **state)
{
	struct stage *stage = *state;
	struct launcher *init = START(stage, ARGUMENTS("help", "init"));
	struct launcher *run = START(stage, ARGUMENTS("help", "run"));

	assert_int_equal(launcher_end(init), 0);
	assert_int_equal(launcher_end(run), 0);
	assert_false(lines_have(&init->said, "worker"));
	assert_true(lines_have(&init->said, "where the command starts"));
	assert_false(lines_have(&run->said, "where the command starts"));
	assert_true(lines_have(&run->said, "where workers start"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			a_number_of_workers_that_is_not_one_from_1_to_a_million_is_refused),
		STAGE_TEST(every_option_refuses_a_value_that_it_does_not_know),
		STAGE_TEST(options_that_exclude_each_other_are_refused),
		STAGE_TEST(
			an_unknown_option_is_refused_and_the_nearest_one_suggested),
		STAGE_TEST(init_refuses_what_it_does_not_know),
		STAGE_TEST(
			an_unknown_verb_is_refused_and_the_nearest_one_suggested),
		STAGE_TEST(a_command_where_the_verb_belongs_is_told_its_place),
		STAGE_TEST(
			no_command_and_no_argument_for_an_option_are_refused),
		STAGE_TEST(an_argument_where_none_belongs_is_refused),
		STAGE_TEST(a_descriptor_to_pass_that_is_not_open_is_refused),
		STAGE_TEST(asked_for_help_it_prints_and_succeeds),
		STAGE_TEST(help_that_cannot_be_printed_is_no_success),
		STAGE_TEST(the_commands_own_options_are_not_musters),
		STAGE_TEST(the_help_of_init_speaks_of_its_command),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

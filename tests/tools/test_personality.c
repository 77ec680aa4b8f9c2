/*
 * test_personality.c - what is alike for all inits that muster stands in for
 * (E39, E40): their names, the command, errors, and what they print.
 */
#include "tools/translate.h"

static void a_name_that_is_no_other_inits_translates_nothing(void **state)
{
	static const char *const lines[] = {
		"muster run -g",
		"/usr/bin/muster-init",
		"tini2 -g",
		"mytini",
		"tin",
		"TINI",
		"/tini/ true",
		"tini/muster -h",
		"''",
		"dumb-init.old true",
		"./catatonit-1",
		"init",
	};
	char *nothing[] = {NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		translate(lines[i], "TINI_SUBREAPER=");
		assert_int_equal(told.outcome.act, PERSONALITY_NONE);
		assert_string_equal(told.text, "");
		assert_string_equal(told.words, "");
	}
	translate_words(nothing, nothing);
	assert_int_equal(told.outcome.act, PERSONALITY_NONE);
}

static void an_init_is_known_by_the_last_part_of_its_path(void **state)
{
	(void)state;
	becomes("tini true", "init --run-scripts --log-level warning -- true");
	becomes("/sbin/tini true",
		"init --run-scripts --log-level warning -- true");
	becomes("./tini-static true",
		"init --run-scripts --log-level warning -- true");
	becomes("/sbin/docker-init -- true",
		"init --run-scripts --log-level warning -- true");
	translate("/usr/bin/dumb-init -V", "");
	assert_int_equal(strncmp(told.text, "dumb-init v1.2.5 ", 17), 0);
	translate("a/b/catatonit -P", "");
	assert_int_equal(told.outcome.act, PERSONALITY_PAUSE);
	translate("/run/podman-init -P", "");
	assert_int_equal(told.outcome.act, PERSONALITY_PAUSE);
}

/* Of dumb-init's names two begin alike. */
static void a_long_option_may_be_short_while_it_is_one_only(void **state)
{
	static const struct {
		const char *name;
		size_t shortest;
	} names[] = {
		{"single-child", 1}, {"rewrite", 1}, {"help", 1},
		{"verbose", 4},	     {"version", 4},
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t n = 1; n <= strlen(names[i].name); n++) {
			(void)snprintf(line, sizeof(line),
				       "dumb-init --%.*s%s true", (int)n,
				       names[i].name,
				       names[i].name[0] == 'r' ? "=1:2" : "");
			if (n < names[i].shortest) {
				refused(line, "several options begin with --v");
				continue;
			}
			translate(line, "");
			assert_true(told.outcome.act == PERSONALITY_INIT ||
				    told.outcome.status == 0);
		}
	for (int n = 1; n <= 7; n++) {
		(void)snprintf(line, sizeof(line), "catatonit --%.*s", n,
			       "version");
		says(line, false, "tini version 0.1.7_catatonit - muster ");
	}
	becomes("dumb-init --sin true", DUMB_INIT_SINGLE " -- true");
	becomes("dumb-init --verb -c true", "init --run-scripts --log-level "
					    "debug --launch-status 2 -- true");
	says("dumb-init --vers", true, "dumb-init v1.2.5 - muster ");
	becomes("dumb-init -c --rew 1:2 true",
		DUMB_INIT_SINGLE " --rewrite SIGHUP:SIGINT -- true");
}

static void what_follows_the_command_is_the_commands(void **state)
{
	(void)state;
	becomes("tini prog -g -x --version -- -h -",
		"init --run-scripts --log-level warning -- prog -g -x "
		"--version -- -h -");
	becomes("tini -- -g -- '' x",
		"init --run-scripts --log-level warning -- -g -- '' x");
	becomes("tini - -g", "init --run-scripts --log-level warning -- - -g");
	becomes("dumb-init -c prog -c --help -- -V",
		DUMB_INIT_SINGLE " -- prog -c --help -- -V");
	becomes("catatonit prog -g -P -- -x",
		"init --run-scripts --subreaper yes --log-level "
		"error" CATATONIT_JOBS " -- prog -g -P -- -x");
}

/* "--" is a command then, and none that is found. */
static void only_the_first_double_dash_is_the_inits(void **state)
{
	(void)state;
	becomes("tini -- -- true",
		"init --run-scripts --log-level warning -- -- true");
	becomes("dumb-init -c -- -- true", DUMB_INIT_SINGLE " -- -- true");
	becomes("catatonit -- --", "init --run-scripts --subreaper yes "
				   "--log-level error" CATATONIT_JOBS " -- --");
}

static void no_command_is_refused(void **state)
{
	static const char *const lines[] = {
		"tini",		"tini --",     "tini -g",
		"tini -e 1 --", "dumb-init",   "dumb-init --",
		"dumb-init -c", "catatonit",   "catatonit --",
		"catatonit -g", "docker-init", "tini-static -s",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		refused(lines[i], "no command; usage: ");
	refused("dumb-init -v", "muster: error: dumb-init: no command; usage: "
				"dumb-init [options] -- COMMAND [ARG...]");
}

/* An empty word is no file: the status is that of a command not found. */
static void an_empty_command_is_refused_with_the_inits_status(void **state)
{
	(void)state;
	refused_with("tini ''", "", 127, "tini: empty command");
	refused_with("dumb-init -- '' x", "", 2, "dumb-init: empty command");
	refused_with("catatonit ''", "", 1, "catatonit: empty command");
}

static void an_option_that_the_init_has_not_is_refused(void **state)
{
	(void)state;
	refused("tini -x true", "tini: unknown option -x; see tini -h");
	refused("tini -gx true", "unknown option -x");
	refused("tini -xg true", "unknown option -x");
	refused("tini -P", "unknown option -P");
	refused("tini --help", "unknown option --help");
	refused("tini --version true", "unknown option --version");
	refused("tini -g --version", "unknown option --version");
	refused("dumb-init --yolo true",
		"unknown option --yolo; see dumb-init");
	refused("dumb-init -g true", "unknown option -g");
	refused("dumb-init --help=x", "--help takes no argument");
	refused("catatonit -l", "unknown option -l");
	refused("catatonit --help", "unknown option --help");
	refused("catatonit --vers=1", "--version takes no argument");
}

static void an_option_without_its_argument_is_refused(void **state)
{
	(void)state;
	refused("tini -p", "tini: -p needs an argument");
	refused("tini -ge", "-e needs an argument");
	refused("dumb-init -r", "-r needs an argument");
	refused("dumb-init -r 1:2 --rewrite", "-r needs an argument");
}

/* A refused one may have been left in the middle of a word. */
static void each_command_line_is_read_from_its_beginning(void **state)
{
	(void)state;
	refused("tini -xg true", "unknown option -x");
	becomes("tini true", "init --run-scripts --log-level warning -- true");
	says("tini -hg", false, "usage: tini ");
	becomes("dumb-init -c true", DUMB_INIT_SINGLE " -- true");
}

static void an_error_is_one_line_whatever_was_given(void **state)
{
	static char argument[TRANSLATE_LINE];
	char *argv[] = {(char[]){"tini"}, (char[]){"-e"}, argument, NULL};
	char *nothing[] = {NULL};

	(void)state;
	memset(argument, 'a', sizeof(argument) - 1);
	argument[1] = '\n';
	argument[2] = '\033';
	translate_words(argv, nothing);
	assert_int_equal(told.outcome.status, 1);
	assert_false(told.is_cut);
	assert_non_null(strstr(told.text, "\"a??aaa"));
	assert_non_null(strstr(told.text, "expected a number from 0 to 255\n"));
	assert_int_equal(strcspn(told.text, "\n"), strlen(told.text) - 1);
}

/* Docker's daemon parts it at " - ": the version is before, and behind is no
 * commit of tini's that it would miss. */
static void what_docker_looks_for_in_a_version_is_there(void **state)
{
	static const char *const lines[] = {
		"tini --version",
		"tini-static --version",
		"/sbin/docker-init --version",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		says(lines[i], false, "tini version 0.19.0 - muster ");
		assert_int_equal(strncmp(told.text, "tini version ", 13), 0);
		assert_ptr_equal(strstr(told.text, " - "), told.text + 19);
		assert_null(strstr(told.text, "git."));
	}
	says("catatonit -V", false, "tini version 0.1.7_catatonit - muster ");
	says("dumb-init -V", true, "dumb-init v1.2.5 - muster ");
	says("dumb-init --version true", true, "dumb-init v1.2.5 - muster ");
}

static void the_licence_is_musters_own(void **state)
{
	(void)state;
	says("tini -l", false, "muster is under the Apache License");
	says("catatonit -L true", false, "LICENSE-2.0\n");
}

static void check_help(const char *line, bool is_on_stderr,
		       const char *const *texts)
{
	for (; *texts; texts++)
		says(line, is_on_stderr, *texts);
	for (const char *text = told.text; *text; text++) {
		assert_true(strcspn(text, "\n") <= 80);
		text += strcspn(text, "\n");
	}
}

static void help_has_every_option_and_variable(void **state)
{
	(void)state;
	check_help("tini -h", false,
		   LIST("usage: tini ", "called as tini", "  -h ", "  -l ",
			"  -s ", "  -p SIGNAL ", "  -v ", "  -w ", "  -g ",
			"  -e STATUS ", "  --version ", "  TINI_SUBREAPER ",
			"  TINI_VERBOSITY ", "  TINI_KILL_PROCESS_GROUP "));
	check_help("dumb-init -h", true,
		   LIST("usage: dumb-init ", "  -c, --single-child ",
			"  -r, --rewrite S:R ", "  -v, --verbose ",
			"  -h, --help ", "  -V, --version ",
			"  DUMB_INIT_DEBUG=1 ", "  DUMB_INIT_SETSID=0 "));
	check_help("catatonit -h", true,
		   LIST("usage: catatonit ", "  -g ", "  -h ", "  -L ", "  -P ",
			"  -V, --version ", "  CATATONIT_DEBUG ",
			"  CATATONIT_LOG "));
}

/* As the inits themselves read: one word after another. */
static void what_is_asked_for_first_is_answered(void **state)
{
	(void)state;
	says("tini -h -x", false, "usage: tini ");
	says("tini -g -h true", false, "usage: tini ");
	refused("tini -x -h", "unknown option -x");
	says("tini -l -h", false, "Apache");
	says("dumb-init --help --yolo", true, "usage: dumb-init ");
	says("catatonit -V -P", false, "catatonit - muster");
	says("catatonit -P -h", true, "usage: catatonit ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_name_that_is_no_other_inits_translates_nothing),
		cmocka_unit_test(an_init_is_known_by_the_last_part_of_its_path),
		cmocka_unit_test(
			a_long_option_may_be_short_while_it_is_one_only),
		cmocka_unit_test(what_follows_the_command_is_the_commands),
		cmocka_unit_test(only_the_first_double_dash_is_the_inits),
		cmocka_unit_test(no_command_is_refused),
		cmocka_unit_test(
			an_empty_command_is_refused_with_the_inits_status),
		cmocka_unit_test(an_option_that_the_init_has_not_is_refused),
		cmocka_unit_test(an_option_without_its_argument_is_refused),
		cmocka_unit_test(each_command_line_is_read_from_its_beginning),
		cmocka_unit_test(an_error_is_one_line_whatever_was_given),
		cmocka_unit_test(what_docker_looks_for_in_a_version_is_there),
		cmocka_unit_test(the_licence_is_musters_own),
		cmocka_unit_test(help_has_every_option_and_variable),
		cmocka_unit_test(what_is_asked_for_first_is_answered),
	};

	return cmocka_run_group_tests_name("personality", tests, NULL, NULL);
}

/*
 * test_options.c - the story of options that say where and with what a worker
 * starts, and of what muster tells of its options.
 */
#include "tools/support.h"

/* What a worker says of its variable, "unset" for one that it has not. */
static const char *variable_of(struct launcher *launcher, const char *name)
{
	static char text[256];
	const char *found;

	(void)snprintf(text, sizeof(text), " env %s=", name);
	found = launcher->said.data ? strstr(launcher->said.data, text) : NULL;
	if (!found)
		return "unset";
	found += strlen(text);
	(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(found, "\n"),
		       found);
	return text;
}

static void have_a_variable(void *unused)
{
	(void)unused;
	(void)setenv("TEST_GIVEN", "musters", 1);
	(void)setenv("TEST_KEPT", "musters", 1);
}

static void a_variable_outweighs_a_file_and_both_what_muster_has(void **state)
{
	const char *file = stage_file(*state, "env",
				      "TEST_GIVEN=files\n"
				      "TEST_FILE=files\n",
				      0600);
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--env", "TEST_OWN=a=b c", "--environment",
			      "TEST_FILE=", "--env-file", file, "--env",
			      "TEST_OWN=last"),
		      WORKER("env", "say=ready"), .prepare = have_a_variable);

	(void)launcher_hear(launcher, "ready");
	assert_string_equal(variable_of(launcher, "TEST_GIVEN"), "files");
	assert_string_equal(variable_of(launcher, "TEST_KEPT"), "musters");
	assert_string_equal(variable_of(launcher, "TEST_FILE"), "");
	assert_string_equal(variable_of(launcher, "TEST_OWN"), "last");
	assert_int_equal(lines_count(&launcher->said, "TEST_OWN="), 1);
	launcher_stop(*state, launcher, 0);
}

static void
a_file_of_variables_has_comments_quotes_and_blank_lines(void **state)
{
	const char *file = stage_file(*state, "env",
				      "# TEST_A=comment\r\n"
				      "; TEST_B=comment\n"
				      "\n"
				      "  TEST_C=indented  \r\n"
				      "TEST_D=\"two words\"\n"
				      "TEST_E='$HOME \"x\"'\n"
				      "TEST_F=\"\n"
				      "TEST_G=no end of line",
				      0600);
	struct launcher *launcher = START(*state, OPTIONS("--env-file", file),
					  WORKER("env", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	assert_string_equal(variable_of(launcher, "TEST_A"), "unset");
	assert_string_equal(variable_of(launcher, "TEST_B"), "unset");
	assert_string_equal(variable_of(launcher, "TEST_C"), "indented");
	assert_string_equal(variable_of(launcher, "TEST_D"), "two words");
	assert_string_equal(variable_of(launcher, "TEST_E"), "$HOME \"x\"");
	assert_string_equal(variable_of(launcher, "TEST_F"), "\"");
	assert_string_equal(variable_of(launcher, "TEST_G"), "no end of line");
	launcher_stop(*state, launcher, 0);
}

static void refuse(struct stage *stage, const char *file, const char *text)
{
	struct launcher *launcher =
		START(stage, OPTIONS("--env-file", file), WORKER("say=hello"));

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, text);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_int_equal(launcher->said.length, 0);
	launcher_forget(stage, launcher);
}

static void a_file_of_variables_that_is_none_is_refused_by_line(void **state)
{
	struct stage *stage = *state;

	refuse(stage, stage_path(stage, "missing"), "No such file");
	refuse(stage, stage->directory, "cannot be read");
	refuse(stage, "/dev/zero", "not a regular file");
	refuse(stage, stage_file(stage, "1", "TEST_A=1\nnothing\n", 0600),
	       "line 2: expected NAME=VALUE");
	refuse(stage, stage_file(stage, "2", "\n\n=x\n", 0600),
	       "line 3: expected NAME=VALUE");
	refuse(stage, stage_file(stage, "3", "A B=x\n", 0600),
	       "line 1: expected NAME=VALUE");
}

/* B2. */
static void wait_interval_is_accepted_with_one_line(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--wait-interval=0.01", "--restart", "never"),
		COMMAND("true"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_int_equal(lines_count(&launcher->log, "wait-interval"), 1);
	(void)launcher_log(launcher, "warning: wait-interval is deprecated");
}

/* B13. */
static void at_level_debug_all_options_in_force_are_told(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--log-level", "debug", "--restart", "never",
			      "--env", "TEST_A=secret", "--env", "TEST_B=b",
			      "-w2", "-w", "3", "--launcher-fd"),
		      COMMAND("true"));

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_log(launcher, "debug: engine = ");
	assert_int_equal(lines_count(&launcher->log, ": workers = "), 1);
	assert_int_equal(lines_count(&launcher->log, ": workers = 3"), 1);
	assert_int_equal(lines_count(&launcher->log, "stop-timeout = 60s"), 1);
	assert_int_equal(lines_count(&launcher->log, "launcher-fd = true"), 1);
	assert_int_equal(lines_count(&launcher->log, "environment = TEST_"), 2);
	assert_false(lines_have(&launcher->log, "secret"));
}

static void no_options_are_told_when_that_is_not_wanted(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--log-level", "debug", "--restart", "never",
			      "--log-options=false"),
		      COMMAND("true"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_false(lines_have(&launcher->log, "stop-timeout ="));
	launcher =
		START(*state, OPTIONS("--restart", "never"), COMMAND("true"));
	assert_int_equal(launcher_end(launcher), 0);
	assert_false(lines_have(&launcher->log, "stop-timeout ="));
}

/* Without a path to be killed on the way: only the time is looked at. */
static void an_option_has_other_names(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--graceful-timeout", "50ms",
			      "--graceful-shutdown-timeout=50ms"),
		      WORKER("ignore=TERM", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			a_variable_outweighs_a_file_and_both_what_muster_has),
		STAGE_TEST(
			a_file_of_variables_has_comments_quotes_and_blank_lines),
		STAGE_TEST(a_file_of_variables_that_is_none_is_refused_by_line),
		STAGE_TEST(wait_interval_is_accepted_with_one_line),
		STAGE_TEST(at_level_debug_all_options_in_force_are_told),
		STAGE_TEST(no_options_are_told_when_that_is_not_wanted),
		STAGE_TEST(an_option_has_other_names),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_config_syntax.c - the story of how a configuration file may be written:
 * as oslo.config and its users have it (B1), whatever inih does by itself.
 */
#include "tools/config.h"

/* What a program that prints its arguments, each in <>, says when the file's
 * value of `command` is text. */
static const char *arguments_of(struct stage *stage, const char *text)
{
	const char *file = CONFIG(stage,
				  "[DEFAULT]\n"
				  "restart = never\n"
				  "[service:a]\n"
				  "command = printf '<%%s>' %s\n",
				  text);
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	const char *said;

	assert_int_equal(launcher_end(launcher), 0);
	said = stage_text(stage, "%s",
			  launcher->said.data ? launcher->said.data : "");
	launcher_forget(stage, launcher);
	return said;
}

static void a_command_is_words_with_quotes_and_nothing_expanded(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"a b", "<a><b>"},
		{"  a\t\tb  ", "<a><b>"},
		{"'a b' c", "<a b><c>"},
		{"\"a b\"c", "<a bc>"},
		{"'a'\"b\"c", "<abc>"},
		{"'' \"\"", "<><>"},
		{"a\\ b", "<a b>"},
		{"\"a\\\"b\\\\c\\d\"", "<a\"b\\c\\d>"},
		{"'a\\b' 'c\\\\d'", "<a\\b><c\\\\d>"},
		{"$HOME ${HOME} ~ * `id` %(x)s", "<$HOME><${HOME}><~><*><`id`>"
						 "<%(x)s>"},
		{"a ; b # c", "<a><;><b><#><c>"},
		{"a\n  b\n\t'c d'", "<a><b><c d>"},
		{"a\n# no\n  ; no\n  b", "<a><b>"},
		{"a=b c:d", "<a=b><c:d>"},
		{"'a\n  b'", "<a\nb>"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(arguments_of(*state, cases[i].text),
				    cases[i].said);
}

static void check(struct stage *stage, const char *text, const char *said)
{
	struct launcher *launcher = START(
		stage, OPTIONS("--check", "-c", config_write(stage, text)));

	if (launcher_end(launcher) != 0)
		fail_msg("%s", launcher->log.data);
	(void)launcher_hear(launcher, said);
	assert_int_equal(launcher->log.length, 0);
	launcher_forget(stage, launcher);
}

static void a_file_is_checked_and_nothing_is_started(void **state)
{
	check(*state, "[service:a]\ncommand = /bin/false\n",
	      "muster.conf: 1 service, no fault");
	check(*state,
	      "[service:a]\ncommand = nowhere\n[service:b]\ncommand = x\n",
	      "muster.conf: 2 services, no fault");
}

static void fill_stdout(void *unused)
{
	static const char zeros[4096];

	(void)unused;
	(void)fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	while (write(STDOUT_FILENO, zeros, sizeof(zeros)) > 0)
		;
	(void)fcntl(STDOUT_FILENO, F_SETFL, 0);
}

/* It is no launcher, that has workers to stop first. */
static void a_check_is_ended_by_a_signal_as_any_program(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	struct stage *stage = *state;
	const char *file = config_write(stage, "[service:a]\ncommand = x\n");

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct launcher *launcher =
			START(stage, OPTIONS("--check", "-c", file),
			      .prepare = fill_stdout);

		process_status_wait(launcher->pid, "Name:", "muster");
		process_status_wait(launcher->pid, "State:", "S (sleeping)");
		launcher_signal(launcher, signals[i]);
		assert_int_equal(launcher_end(launcher), 128 + signals[i]);
		launcher_forget(stage, launcher);
	}
}

static void
crlf_a_byte_order_mark_and_a_missing_last_end_are_accepted(void **state)
{
	check(*state,
	      "\xef\xbb\xbf[DEFAULT]\r\nworkers = 2\r\n\r\n[service:a]\r\n"
	      "command = x\r\n  y",
	      "no fault");
	check(*state, "\xef\xbb\xbf; a comment\n[service:a]\ncommand = x",
	      "no fault");
}

/* inih alone cuts a section's name at 49 bytes. */
static void long_names_and_long_lines_are_kept_whole(void **state)
{
	struct stage *stage = *state;
	const char *name = stage_text(stage, "%0200d", 7);
	char *words = malloc(60001);
	struct launcher *launcher;
	const char *file;

	assert_non_null(words);
	memset(words, 'x', 60000);
	words[60000] = '\0';
	file = CONFIG(stage,
		      "[DEFAULT]\nrestart = never\n[service:%s]\n"
		      "command = sh -c 'echo ${#1} $MUSTER_SERVICE' sh %s\n",
		      name, words);
	free(words);
	launcher = START(stage, OPTIONS("-c", file));
	(void)launcher_hear(launcher, stage_text(stage, "60000 %s", name));
	assert_int_equal(launcher_end(launcher), 0);
}

static void keys_may_have_dashes_colons_capital_values_and_quotes(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage, "[DEFAULT]\n"
					 "log-level: \"debug\"\n"
					 "log_options=True\n"
					 "graceful_shutdown_timeout = '7'\n"
					 "[service:a]\n"
					 "healthy-after:2s\n"
					 "restart : never\n"
					 "launcher_fd=YES\n"
					 "command : true\n");
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_log(launcher, "log-level = debug");
	(void)launcher_log(launcher, "service:a: healthy-after = 2s");
	(void)launcher_log(launcher, "service:a: stop-timeout = 7");
	(void)launcher_log(launcher, "service:a: launcher-fd = YES");
}

/* B1: the reference's names; three of them mean nothing to a program. */
static void options_of_the_reference_are_known(void **state)
{
	const char *file =
		config_write(*state, "[DEFAULT]\n"
				     "run_external_periodic_tasks = true\n"
				     "backdoor_port = 3000:3010\n"
				     "backdoor_socket = /run/backdoor\n"
				     "[service:a]\n"
				     "restart = never\n"
				     "command = true\n");
	struct launcher *launcher = START(*state, OPTIONS("-c", file));

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_log(launcher, "run-external-periodic-tasks is");
	assert_int_equal(lines_count(&launcher->log, "no effect"), 3);
}

/* A value of its own, a list's behind the others, a command instead. */
static void a_service_outweighs_what_default_says(void **state)
{
	struct stage *stage = *state;
	const char *file =
		CONFIG(stage,
		       "[service:a]\n"
		       "command = '%s' env say=ready\n"
		       "workers = 1\n"
		       "environment = TEST_B=own 'TEST_C=own words'\n"
		       "throttle = 1\n"
		       "[DEFAULT]\n"
		       "command = false\n"
		       "workers = 7\n"
		       "backoff = 1s:2s\n"
		       "throttle = off\n"
		       "environment = TEST_A=default TEST_B=default\n",
		       stage->worker);
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, "env TEST_A=default");
	(void)launcher_hear(launcher, "ready");
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "TEST_B=own"), 1);
	assert_int_equal(lines_count(&launcher->said, "TEST_B="), 1);
	assert_int_equal(lines_count(&launcher->said, "TEST_C=own words"), 1);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

static void the_command_line_outweighs_default(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage, "[DEFAULT]\n"
					 "log_level = error\n"
					 "[service:a]\n"
					 "command = true\n"
					 "restart = never\n");
	struct launcher *launcher =
		START(stage, OPTIONS("--log-level=notice", "-c", file));

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_log(launcher, "Shutdown finish");
	launcher = START(stage, OPTIONS("-c", file));
	assert_int_equal(launcher_end(launcher), 0);
	assert_int_equal(launcher->log.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_command_is_words_with_quotes_and_nothing_expanded),
		STAGE_TEST(a_file_is_checked_and_nothing_is_started),
		STAGE_TEST(a_check_is_ended_by_a_signal_as_any_program),
		STAGE_TEST(
			crlf_a_byte_order_mark_and_a_missing_last_end_are_accepted),
		STAGE_TEST(long_names_and_long_lines_are_kept_whole),
		STAGE_TEST(
			keys_may_have_dashes_colons_capital_values_and_quotes),
		STAGE_TEST(options_of_the_reference_are_known),
		STAGE_TEST(a_service_outweighs_what_default_says),
		STAGE_TEST(the_command_line_outweighs_default),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_backdoor_line.c - what a client says: bytes to lines, lines to commands.
 */
#include "kernel/children.h"
#include "service/backdoor_line.h"

/* As many bytes as there is room for are put in. */
static size_t feed(struct backdoor_input *input, const char *bytes, size_t size)
{
	size_t room = sizeof(input->data) - input->length;
	size_t count = size < room ? size : room;

	memcpy(input->data + input->length, bytes, count);
	input->length += count;
	return count;
}

static void expect_line(struct backdoor_input *input, const char *expected)
{
	char line[BACKDOOR_LINE_MAX + 1];

	assert_int_equal(backdoor_input_look(input), BACKDOOR_ARRIVAL_LINE);
	assert_int_equal(backdoor_input_take(input, line), strlen(expected));
	assert_string_equal(line, expected);
}

static struct backdoor_command say(const char *line, char words[512])
{
	struct backdoor_command command;
	struct text complaint;

	text_init(&complaint, words, 512);
	command = backdoor_line_parse(line, strlen(line), &complaint);
	assert_int_equal(command.verb == BACKDOOR_VERB_WRONG, words[0] != '\0');
	return command;
}

static void expect_verb(const char *line, enum backdoor_verb verb)
{
	char words[512];

	assert_int_equal(say(line, words).verb, verb);
}

static void expect_complaint(const char *line, const char *complaint)
{
	char words[512];

	assert_int_equal(say(line, words).verb, BACKDOOR_VERB_WRONG);
	assert_string_equal(words, complaint);
}

static void lines_come_out_one_by_one_with_either_end(void **state)
{
	struct backdoor_input input = {0};

	(void)state;
	feed(&input, "one\ntwo\r\n\nth", 12);
	expect_line(&input, "one");
	expect_line(&input, "two");
	expect_line(&input, "");
	assert_int_equal(backdoor_input_look(&input), BACKDOOR_ARRIVAL_NONE);
	feed(&input, "ree\n", 4);
	expect_line(&input, "three");
	assert_int_equal(input.length, 0);
}

static void a_return_within_a_line_is_of_the_line(void **state)
{
	struct backdoor_input input = {0};

	(void)state;
	feed(&input, "a\rb\r\r\n", 6);
	expect_line(&input, "a\rb\r");
}

static void a_line_of_256_bytes_is_taken_with_either_end(void **state)
{
	char line[BACKDOOR_LINE_MAX + 1] = "";
	struct backdoor_input input = {0};

	(void)state;
	memset(line, 'x', BACKDOOR_LINE_MAX);
	feed(&input, line, BACKDOOR_LINE_MAX);
	assert_int_equal(backdoor_input_look(&input), BACKDOOR_ARRIVAL_NONE);
	feed(&input, "\n", 1);
	expect_line(&input, line);
	feed(&input, line, BACKDOOR_LINE_MAX);
	feed(&input, "\r", 1);
	assert_int_equal(backdoor_input_look(&input), BACKDOOR_ARRIVAL_NONE);
	assert_int_equal(feed(&input, "\n", 1), 1);
	expect_line(&input, line);
}

static void a_line_of_257_bytes_is_too_long_whole_or_not(void **state)
{
	char line[BACKDOOR_LINE_MAX + 2];
	struct backdoor_input input = {0};

	(void)state;
	memset(line, 'x', sizeof(line));
	feed(&input, line, BACKDOOR_LINE_MAX + 1);
	assert_int_equal(feed(&input, "\n", 1), 1);
	assert_int_equal(backdoor_input_look(&input), BACKDOOR_ARRIVAL_LONG);
	input.length = 0;
	feed(&input, line, sizeof(line));
	assert_int_equal(backdoor_input_look(&input), BACKDOOR_ARRIVAL_LONG);
}

static void every_command_is_known(void **state)
{
	static const struct {
		const char *line;
		enum backdoor_verb verb;
	} commands[] = {
		{"status", BACKDOOR_VERB_STATUS},
		{"services", BACKDOOR_VERB_SERVICES},
		{"threads", BACKDOOR_VERB_THREADS},
		{"fds", BACKDOOR_VERB_FDS},
		{"help", BACKDOOR_VERB_HELP},
		{"quit", BACKDOOR_VERB_QUIT},
		{"exit", BACKDOOR_VERB_EXIT},
		{"", BACKDOOR_VERB_NONE},
		{" \t ", BACKDOOR_VERB_NONE},
		{"\t status  ", BACKDOOR_VERB_STATUS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		expect_verb(commands[i].line, commands[i].verb);
}

static void log_takes_a_service_s_four_levels(void **state)
{
	static const struct {
		const char *line;
		enum log_level level;
	} commands[] = {
		{"log error", LOG_ERROR},
		{"log warning", LOG_WARNING},
		{"log info", LOG_INFO},
		{" log\tdebug ", LOG_DEBUG},
	};
	char words[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		struct backdoor_command command = say(commands[i].line, words);

		assert_int_equal(command.verb, BACKDOOR_VERB_LOG);
		assert_int_equal(command.level, commands[i].level);
	}
	expect_complaint("log", "log: \"\" is none of error, warning, info, "
				"debug");
	expect_complaint("log notice", "log: \"notice\" is none of error, "
				       "warning, info, debug");
	expect_complaint("log DEBUG", "log: \"DEBUG\" is none of error, "
				      "warning, info, debug");
}

static void what_is_unknown_gets_a_hint(void **state)
{
	(void)state;
	expect_complaint("stauts", "unknown command \"stauts\"; did you mean "
				   "status?");
	expect_complaint("service", "unknown command \"service\"; did you mean "
				    "services?");
	expect_complaint("import os", "unknown command \"import\"; try help");
	expect_complaint("Status", "unknown command \"Status\"; did you mean "
				   "status?");
}

static void words_too_many_are_refused(void **state)
{
	(void)state;
	expect_complaint("status all", "status: what is \"all\" for?");
	expect_complaint("quit now", "quit: what is \"now\" for?");
	expect_complaint("log debug now", "log: what is \"now\" for?");
}

static void what_a_terminal_would_obey_is_not_repeated(void **state)
{
	(void)state;
	expect_complaint("\x1b[2J\x7f\xc2\x9b",
			 "unknown command \"?[2J???\"; try help");
	expect_complaint("fds\x1b", "unknown command \"fds?\"; did you mean "
				    "fds?");
}

static void a_nul_byte_is_refused_even_behind_a_command(void **state)
{
	char words[512];
	struct text complaint;

	(void)state;
	text_init(&complaint, words, sizeof(words));
	assert_int_equal(backdoor_line_parse("quit\0", 5, &complaint).verb,
			 BACKDOOR_VERB_WRONG);
	assert_string_equal(words, "a line may have no NUL byte");
}

static void a_browser_is_known_by_its_first_line(void **state)
{
	(void)state;
	expect_verb("POST / HTTP/1.1", BACKDOOR_VERB_FOREIGN);
	expect_verb("GET /status HTTP/1.0", BACKDOOR_VERB_FOREIGN);
}

static void help_has_a_line_for_each_command(void **state)
{
	static const char *const names[] = {
		"status ", "services ", "threads ", "fds ",
		"log ",	   "help ",	"quit ",    "exit ",
	};
	char words[1024];
	struct text text;
	const char *line = words;

	(void)state;
	text_init(&text, words, sizeof(words));
	backdoor_line_help(&text);
	assert_false(text.is_cut);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(strncmp(line, names[i], strlen(names[i])), 0);
		line = strchr(line, '\n') + 1;
	}
	assert_string_equal(line, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_out_one_by_one_with_either_end),
		cmocka_unit_test(a_return_within_a_line_is_of_the_line),
		cmocka_unit_test(a_line_of_256_bytes_is_taken_with_either_end),
		cmocka_unit_test(a_line_of_257_bytes_is_too_long_whole_or_not),
		cmocka_unit_test(every_command_is_known),
		cmocka_unit_test(log_takes_a_service_s_four_levels),
		cmocka_unit_test(what_is_unknown_gets_a_hint),
		cmocka_unit_test(words_too_many_are_refused),
		cmocka_unit_test(what_a_terminal_would_obey_is_not_repeated),
		cmocka_unit_test(a_nul_byte_is_refused_even_behind_a_command),
		cmocka_unit_test(a_browser_is_known_by_its_first_line),
		cmocka_unit_test(help_has_a_line_for_each_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

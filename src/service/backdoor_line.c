/*
 * backdoor_line.c - what a backdoor's client says. Opens and sends nothing.
 *
 * A web page can make its reader's browser send a form to a port of 127.0.0.1,
 * as the user who may ask: a line that speaks of HTTP ends the connection
 * before the form's own lines are read.
 */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "service/backdoor_line.h"

#define LINE_BLANKS " \t"
/* The commands come first among the verbs. */
#define LINE_COMMANDS ((unsigned int)BACKDOOR_VERB_NONE)

static const char *const line_names[] = {
	[BACKDOOR_VERB_STATUS] = "status",
	[BACKDOOR_VERB_SERVICES] = "services",
	[BACKDOOR_VERB_THREADS] = "threads",
	[BACKDOOR_VERB_FDS] = "fds",
	[BACKDOOR_VERB_LOG] = "log",
	[BACKDOOR_VERB_HELP] = "help",
	[BACKDOOR_VERB_QUIT] = "quit",
	[BACKDOOR_VERB_EXIT] = "exit",
};
_Static_assert(ARRAY_LEN(line_names) == LINE_COMMANDS, "a command, no name");

static const char *const line_helps[] = {
	[BACKDOOR_VERB_STATUS] = "status      how this process is\n",
	[BACKDOOR_VERB_SERVICES] = "services    the services that run in it\n",
	[BACKDOOR_VERB_THREADS] =
		"threads     its threads: number, state, name\n",
	[BACKDOOR_VERB_FDS] = "fds         its open descriptors\n",
	[BACKDOOR_VERB_LOG] =
		"log LEVEL   logs up to error, warning, info or debug\n",
	[BACKDOOR_VERB_HELP] = "help        this list\n",
	[BACKDOOR_VERB_QUIT] = "quit        ends the connection\n",
	[BACKDOOR_VERB_EXIT] = "exit        the same\n",
};
_Static_assert(ARRAY_LEN(line_helps) == LINE_COMMANDS, "a command, no help");

/* Those that a service's log has. */
static const enum log_level line_levels[] = {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
};

static size_t line_length(const struct backdoor_input *input,
			  const char *newline)
{
	size_t length = (size_t)(newline - input->data);

	return length > 0 && newline[-1] == '\r' ? length - 1 : length;
}

enum backdoor_arrival backdoor_input_look(const struct backdoor_input *input)
{
	const char *newline = memchr(input->data, '\n', input->length);

	if (!newline)
		return input->length == sizeof(input->data)
			       ? BACKDOOR_ARRIVAL_LONG
			       : BACKDOOR_ARRIVAL_NONE;
	return line_length(input, newline) > BACKDOOR_LINE_MAX
		       ? BACKDOOR_ARRIVAL_LONG
		       : BACKDOOR_ARRIVAL_LINE;
}

size_t backdoor_input_take(struct backdoor_input *input,
			   char ret_line[BACKDOOR_LINE_MAX + 1])
{
	const char *newline = memchr(input->data, '\n', input->length);
	size_t length;
	size_t taken;

	assert(newline);
	length = line_length(input, newline);
	assert(length <= BACKDOOR_LINE_MAX);
	memcpy(ret_line, input->data, length);
	ret_line[length] = '\0';
	taken = (size_t)(newline - input->data) + 1;
	input->length -= taken;
	memmove(input->data, newline + 1, input->length);
	return length;
}

/* The next word, terminated in place; "" at the end. */
static char *line_word(char **rest)
{
	char *word = *rest + strspn(*rest, LINE_BLANKS);
	char *end = word + strcspn(word, LINE_BLANKS);

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* As it was typed, but for what a terminal would obey. */
static void line_quote(struct text *text, const char *word)
{
	text_add(text, "\"");
	for (; *word; word++)
		text_add_bytes(text, *word >= ' ' && *word <= '~' ? word : "?",
			       1);
	text_add(text, "\"");
}

static void line_add_hint(struct text *complaint, const char *nearest)
{
	if (!nearest) {
		text_add(complaint, "; try help");
		return;
	}
	text_add(complaint, "; did you mean ");
	text_add(complaint, nearest);
	text_add(complaint, "?");
}

static enum backdoor_verb line_find_verb(const char *word,
					 struct text *complaint)
{
	for (unsigned int i = 0; i < LINE_COMMANDS; i++)
		if (strcmp(word, line_names[i]) == 0)
			return (enum backdoor_verb)i;
	text_add(complaint, "unknown command ");
	line_quote(complaint, word);
	line_add_hint(complaint,
		      parse_nearest(word, line_names, LINE_COMMANDS));
	return BACKDOOR_VERB_WRONG;
}

static enum backdoor_verb line_find_level(const char *word,
					  enum log_level *ret_level,
					  struct text *complaint)
{
	for (size_t i = 0; i < ARRAY_LEN(line_levels); i++)
		if (strcmp(word, log_level_name(line_levels[i])) == 0) {
			*ret_level = line_levels[i];
			return BACKDOOR_VERB_LOG;
		}
	text_add(complaint, "log: ");
	line_quote(complaint, word);
	text_add(complaint, " is none of error, warning, info, debug");
	return BACKDOOR_VERB_WRONG;
}

/* words: written to. */
static struct backdoor_command line_parse_words(char *words,
						struct text *complaint)
{
	struct backdoor_command command = {.verb = BACKDOOR_VERB_NONE};
	const char *word = line_word(&words);
	const char *extra;

	if (*word == '\0')
		return command;
	command.verb = line_find_verb(word, complaint);
	if (command.verb == BACKDOOR_VERB_WRONG)
		return command;
	if (command.verb == BACKDOOR_VERB_LOG)
		command.verb = line_find_level(line_word(&words),
					       &command.level, complaint);
	extra = line_word(&words);
	if (command.verb == BACKDOOR_VERB_WRONG || *extra == '\0')
		return command;
	command.verb = BACKDOOR_VERB_WRONG;
	text_add(complaint, word);
	text_add(complaint, ": what is ");
	line_quote(complaint, extra);
	text_add(complaint, " for?");
	return command;
}

struct backdoor_command backdoor_line_parse(const char *line, size_t length,
					    struct text *complaint)
{
	char words[BACKDOOR_LINE_MAX + 1];

	assert(length <= BACKDOOR_LINE_MAX);
	if (memchr(line, '\0', length)) {
		text_add(complaint, "a line may have no NUL byte");
		return (struct backdoor_command){.verb = BACKDOOR_VERB_WRONG};
	}
	if (strstr(line, " HTTP/"))
		return (struct backdoor_command){.verb = BACKDOOR_VERB_FOREIGN};
	memcpy(words, line, length + 1);
	return line_parse_words(words, complaint);
}

void backdoor_line_help(struct text *text)
{
	for (unsigned int i = 0; i < LINE_COMMANDS; i++)
		text_add(text, line_helps[i]);
}

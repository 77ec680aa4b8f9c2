/*
 * translate.h - command lines of other inits, and what muster reads in them:
 * nothing is started. A command line is written as one text, its words parted
 * by blanks, an empty one as ''.
 */
#pragma once

#include "personality.h"
#include "tools/support.h"

#define TRANSLATE_WORDS 600
#define TRANSLATE_LINE 8192

/* What became of one command line. */
struct told {
	struct personality_outcome outcome;
	char words[TRANSLATE_LINE]; /* for INIT */
	char text[PERSONALITY_TEXT];
	bool is_cut;
};

/* One at a time is looked at. */
static struct told told;

static inline void split(char *line, char **words)
{
	size_t count = 0;

	while (*line) {
		char *end = line + strcspn(line, " ");

		assert_true(count + 1 < TRANSLATE_WORDS);
		words[count] = line;
		line = *end ? end + 1 : end;
		*end = '\0';
		if (strcmp(words[count], "''") == 0)
			words[count][0] = '\0';
		count++;
	}
	words[count] = NULL;
}

static inline void join(char **words)
{
	struct text text;

	text_init(&text, told.words, sizeof(told.words));
	for (size_t i = 0; words && words[i]; i++) {
		text_add(&text, i > 0 ? " " : "");
		text_add(&text, words[i][0] ? words[i] : "''");
	}
	assert_false(text.is_cut);
}

static inline void translate_words(char **argv, char **environment)
{
	struct text text;

	text_init(&text, told.text, sizeof(told.text));
	personality_translate(argv, environment, &told.outcome, &text);
	told.is_cut = text.is_cut;
	join(told.outcome.words.items);
	personality_fini(&told.outcome);
}

static inline void translate(const char *line, const char *environment)
{
	static char lines[2][TRANSLATE_LINE];
	char *words[2][TRANSLATE_WORDS];

	(void)snprintf(lines[0], TRANSLATE_LINE, "%s", line);
	(void)snprintf(lines[1], TRANSLATE_LINE, "%s", environment);
	split(lines[0], words[0]);
	split(lines[1], words[1]);
	translate_words(words[0], words[1]);
}

static inline void becomes_with(const char *line, const char *environment,
				const char *words)
{
	translate(line, environment);
	if (told.outcome.act != PERSONALITY_INIT ||
	    strcmp(told.words, words) != 0)
		fail_msg("%s %s: \"%s\", not \"%s\" %s", environment, line,
			 told.words, words, told.text);
	assert_string_equal(told.text, "");
}

static inline void becomes(const char *line, const char *words)
{
	becomes_with(line, "", words);
}

static inline void says(const char *line, bool is_on_stderr, const char *text)
{
	translate(line, "");
	assert_int_equal(told.outcome.act, PERSONALITY_SAY);
	assert_int_equal(told.outcome.status, 0);
	assert_int_equal(told.outcome.is_on_stderr, is_on_stderr);
	assert_non_null(strstr(told.text, text));
	assert_false(told.is_cut);
}

/* In one line, with text in it. */
static inline void refused_with(const char *line, const char *environment,
				int status, const char *text)
{
	translate(line, environment);
	if (told.outcome.act != PERSONALITY_SAY || !strstr(told.text, text))
		fail_msg("%s %s: \"%s\" \"%s\", not \"%s\"", environment, line,
			 told.words, told.text, text);
	assert_int_equal(told.outcome.status, status);
	assert_true(told.outcome.is_on_stderr);
	assert_int_equal(strncmp(told.text, "muster: error: ", 15), 0);
	assert_ptr_equal(strchr(told.text, '\n'),
			 told.text + strlen(told.text) - 1);
}

static inline void refused(const char *line, const char *text)
{
	refused_with(line, "", 1, text);
}

/* What two tests have in the words of muster init. */
#define DUMB_INIT_SINGLE \
	"init --run-scripts --log-level error --launch-status 2"
#define CATATONIT_JOBS                                                \
	" --launch-status 1 --rewrite SIGTSTP:0 --rewrite SIGTTIN:0 " \
	"--rewrite SIGTTOU:0"

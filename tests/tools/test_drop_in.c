/*
 * test_drop_in.c - the story of muster in the place of another init, called by
 * its name through a symbolic link (E39, E40). What each option becomes is
 * test_personality_options.c's.
 */
#include "tools/other.h"

static void asked_for_its_version_it_prints_what_is_looked_for(void **state)
{
	static const struct {
		const char *name, *option, *line;
		bool is_on_stderr;
	} questions[] = {
		{"tini", "--version", "tini version 0.19.0 - muster ", false},
		{"docker-init", "--version", "tini version 0.19.0 - ", false},
		{"catatonit", "-V", "tini version 0.1.7_catatonit - ", false},
		{"dumb-init", "-V", "dumb-init v1.2.5 - muster ", true},
		{"tini-static", "-h", "usage: tini [options] -- ", false},
		{"podman-init", "-h", "usage: catatonit [options] -- ", true},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct launcher *launcher;
		const struct lines *lines, *others;

		stage_call_it(stage, questions[i].name);
		launcher = START(stage, ARGUMENTS(questions[i].option));
		assert_int_equal(launcher_end(launcher), 0);
		lines = questions[i].is_on_stderr ? &launcher->log
						  : &launcher->said;
		others = questions[i].is_on_stderr ? &launcher->said
						   : &launcher->log;
		assert_int_equal(strncmp(lines->data, questions[i].line,
					 strlen(questions[i].line)),
				 0);
		assert_int_equal(others->length, 0);
	}
}

static void called_wrongly_it_ends_as_the_other_does(void **state)
{
	static const char *const names[] = {"tini", "dumb-init", "catatonit"};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *const *const lists[] = {
			LIST(), LIST("-x", "--", "true"), LIST("--help=x")};

		stage_call_it(stage, names[i]);
		for (size_t j = 0; j < ARRAY_LEN(lists); j++) {
			struct launcher *launcher =
				START(stage, .arguments = lists[j]);

			assert_int_equal(launcher_end(launcher), 1);
			assert_int_equal(lines_count(&launcher->log, ""), 1);
			(void)launcher_log(launcher, names[i]);
			assert_int_equal(launcher->said.length, 0);
		}
	}
	assert_nobody_left(stage);
}

/* What cannot be printed was not: nobody may take it for done. */
static void a_version_that_cannot_be_printed_is_no_success(void **state)
{
	struct stage *stage = *state;
	const char *muster = stage_text(stage, "%s", stage->program);
	struct launcher *launcher;

	stage_call_it(stage, "tini");
	(void)snprintf(stage->program, sizeof(stage->program), "%s", muster);
	launcher = START(stage, OPTIONS("--restart", "never"),
			 COMMAND("sh", "-c", "exec \"$0\" --version >/dev/full",
				 stage_path(stage, "tini")));
	assert_int_equal(launcher_end(launcher), 125);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(asked_for_its_version_it_prints_what_is_looked_for),
		STAGE_TEST(called_wrongly_it_ends_as_the_other_does),
		STAGE_TEST(a_version_that_cannot_be_printed_is_no_success),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_place.c - the story of where a worker starts: its directory and its file
 * creation mask, muster's own unless it is told otherwise (E3).
 */
#include <sys/stat.h>

#include "tools/config.h"

static void go_to_root(void *unused)
{
	(void)unused;
	(void)umask(0027);
	if (chdir("/") < 0)
		_exit(123);
}

static void a_worker_starts_where_it_is_told(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage,
		OPTIONS("--directory", stage->directory, "--umask", "0137"),
		WORKER("place"), .prepare = go_to_root);
	const char *line = launcher_hear(launcher, " place ");

	assert_non_null(
		strstr(line, stage_text(stage, " 137 %s", stage->directory)));
	launcher_stop(stage, launcher, 0);
}

static void a_worker_starts_where_muster_did_unless_it_is_told(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("place"), .prepare = go_to_root);

	assert_non_null(strstr(launcher_hear(launcher, " place "), " 027 /"));
	launcher_stop(*state, launcher, 0);
}

/* 0 is a mask like another. */
static void a_mask_of_nothing_is_obeyed(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--umask", "0"), WORKER("place"),
		      .prepare = go_to_root);

	assert_non_null(strstr(launcher_hear(launcher, " place "), " 000 /"));
	launcher_stop(*state, launcher, 0);
}

static void each_service_of_a_file_has_a_place_of_its_own(void **state)
{
	struct stage *stage = *state;
	const char *file = CONFIG(stage,
				  "[DEFAULT]\n"
				  "command = '%s' place\n"
				  "umask = 077\n"
				  "[service:a]\n"
				  "directory = \"%s\"\n"
				  "[service:b]\n"
				  "directory = /\n"
				  "umask = 022\n",
				  stage->worker, stage->directory);
	struct launcher *launcher = START(stage, OPTIONS("-c", file));

	(void)launcher_hear(launcher, " place ");
	(void)launcher_hear(launcher, " place ");
	assert_true(lines_have(&launcher->said, stage_text(stage, " 077 %s\n",
							   stage->directory)));
	assert_true(lines_have(&launcher->said, " 022 /\n"));
	launcher_stop(stage, launcher, 0);
}

static void a_directory_that_is_not_there_is_told_and_ends_muster(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage, OPTIONS("--directory", stage_path(stage, "nowhere")),
		WORKER("say=hello"));

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "No such file or directory");
	assert_int_equal(launcher->said.length, 0);
	assert_nobody_left(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_worker_starts_where_it_is_told),
		STAGE_TEST(a_worker_starts_where_muster_did_unless_it_is_told),
		STAGE_TEST(a_mask_of_nothing_is_obeyed),
		STAGE_TEST(each_service_of_a_file_has_a_place_of_its_own),
		STAGE_TEST(
			a_directory_that_is_not_there_is_told_and_ends_muster),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

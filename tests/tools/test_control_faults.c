/*
 * test_control_faults.c - the story of those who do not ask as they should:
 * they harm neither muster nor those who do.
 */
#include <sys/resource.h>

#include "tools/probes.h"

static void a_hundred_who_say_nothing_hinder_nobody(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);
	pid_t pids[CHILDREN_MAX];
	int fds[100];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = asker_open(path);
	assert_probe(stage, "ready", path, 0, "ready");
	assert_int_equal(children_of(launcher->pid, pids), 1);
	process_kill(pids[0], SIGKILL);
	(void)launcher_hear(launcher, "up");
	assert_probe(stage, "health", path, 0, "healthy");
	/* All of them are let go, without a word. */
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		assert_string_equal(asker_hear(stage, fds[i]), "");
	launcher_stop(stage, launcher, 0);
}

/* Who was answered, and who was let go, leave nothing to wake up for. */
static void when_nobody_asks_muster_sleeps(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);
	long wakeups;

	assert_string_equal(asker_hear(stage, asker_open(path)), "");
	assert_probe(stage, "ready", path, 0, "ready");
	process_status_wait(launcher->pid, "State:", "S (sleeping)");
	wakeups = process_sleeps(launcher->pid);
	assert_false(launcher_ends_within(launcher, 500));
	assert_int_equal(process_sleeps(launcher->pid), wakeups);
	launcher_stop(stage, launcher, 0);
}

static const char *answer_to(struct stage *stage, const char *path,
			     const char *text, size_t length)
{
	int fd = asker_open(path);

	asker_say(fd, text, length);
	return asker_hear(stage, fd);
}

#define ANSWER_TO(stage, path, text) \
	answer_to(stage, path, text, sizeof(text) - 1)

/* "" where this took so long that muster had lost patience. */
static const char *ask_in_pieces(struct stage *stage, const char *path)
{
	int fd = asker_open(path);

	asker_say(fd, "read", 4);
	/* It has been read alone. */
	assert_string_equal(ANSWER_TO(stage, path, "health\n"),
			    "yes healthy\n");
	(void)send(fd, "y\n", 2, MSG_NOSIGNAL);
	return asker_hear(stage, fd);
}

static void a_question_may_come_in_pieces(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	const char *answer;

	do {
		assert_true(now_ms() < until_ms);
		answer = ask_in_pieces(stage, path);
	} while (answer[0] == '\0');
	assert_string_equal(answer, "yes ready\n");
	launcher_stop(stage, launcher, 0);
}

/* Without its newline it is none; so is one whose asker has left. */
static void half_a_question_is_let_go(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);
	int fd;

	assert_string_equal(ANSWER_TO(stage, path, "ready"), "");
	fd = asker_open(path);
	asker_say(fd, "read", 4);
	(void)close(fd);
	fd = asker_open(path);
	asker_say(fd, "health", 6);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_string_equal(asker_hear(stage, fd), "");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
}

static void what_is_no_question_is_told_so(void **state)
{
	static const char unknown[] = "error unknown question, ask ready or "
				      "health\n";
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);
	char garbage[CHILDREN_MAX];

	assert_string_equal(ANSWER_TO(stage, path, "\n"), unknown);
	assert_string_equal(ANSWER_TO(stage, path, "READY\n"), unknown);
	assert_string_equal(ANSWER_TO(stage, path, "ready \n"), unknown);
	assert_string_equal(ANSWER_TO(stage, path, "ready\r\n"), unknown);
	assert_string_equal(ANSWER_TO(stage, path, "stop\n"), unknown);
	assert_string_equal(ANSWER_TO(stage, path, "ready\0\n"), unknown);
	assert_string_equal(ANSWER_TO(stage, path, "\0\377\033[2J\n"), unknown);
	/* The first one is answered, and no more. */
	assert_string_equal(ANSWER_TO(stage, path, "health\nready\n"),
			    "yes healthy\n");
	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)(128 + i % 128);
	assert_string_equal(answer_to(stage, path, garbage, sizeof(garbage)),
			    "error a question this long is none\n");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
}

/* As far as it comes. */
static void a_line_of_a_mebibyte_is_cut_off(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);
	int fd = asker_open(path);
	char piece[4096];
	size_t sent = 0;

	memset(piece, 'x', sizeof(piece));
	while (sent < 1024 * 1024) {
		ssize_t n = send(fd, piece, sizeof(piece), MSG_NOSIGNAL);

		if (n < 0)
			break;
		sent += (size_t)n;
	}
	assert_true(sent < 1024 * 1024);
	assert_string_equal(asker_hear(stage, fd),
			    "error a question this long is none\n");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
}

static void set_few_descriptors(void *limit)
{
	if (setrlimit(RLIMIT_NOFILE, limit) < 0)
		_exit(124);
}

/* It waits for some to be free, and does not look for them without pause. */
static void without_descriptors_nobody_is_answered_until_there_are(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct rlimit limit = {.rlim_cur = 20, .rlim_max = 20};
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path, "--log-format", "json"),
		      WORKER("say=up"), .prepare = set_few_descriptors,
		      .argument = &limit);
	int fds[20];
	long turns;

	(void)launcher_hear(launcher, "up");
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = asker_open(path);
	(void)launcher_log(launcher,
			   "nobody can ask just now: Too many open files");
	/* When those who hold them have been let go. */
	assert_probe(stage, "ready", path, 0, "ready");
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		(void)close(fds[i]);
	launcher_stop(stage, launcher, 0);
	/* It has tried more than once. */
	assert_int_equal(lines_count(&launcher->log, "nobody can ask"), 1);
	/* It would be tens of thousands. */
	turns = line_number(launcher_log(launcher, "\"summary\""),
			    "\"turns\":");
	assert_in_range(turns, 1, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_hundred_who_say_nothing_hinder_nobody),
		STAGE_TEST(when_nobody_asks_muster_sleeps),
		STAGE_TEST(a_question_may_come_in_pieces),
		STAGE_TEST(half_a_question_is_let_go),
		STAGE_TEST(what_is_no_question_is_told_so),
		STAGE_TEST(a_line_of_a_mebibyte_is_cut_off),
		STAGE_TEST(
			without_descriptors_nobody_is_answered_until_there_are),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

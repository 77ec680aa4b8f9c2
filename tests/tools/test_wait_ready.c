/*
 * test_wait_ready.c - the story of `muster wait-ready`: one message, and what
 * is made of it (B92).
 */
#include "tools/messages.h"
#include "tools/sockets.h"

static struct launcher *start(struct stage *stage, const char *path,
			      const char *limit)
{
	struct launcher *launcher =
		START(stage, ARGUMENTS("wait-ready", path, limit));

	return launcher;
}

static int status_for(struct stage *stage, const char *text, size_t length)
{
	const char *path = stage_path(stage, "ready");
	struct launcher *launcher = start(stage, path, "60s");
	int status;

	message_send(path, text, length);
	status = launcher_end(launcher);
	assert_int_equal(launcher->log.length + launcher->said.length, 0);
	assert_int_equal(access(path, F_OK), -1);
	launcher_forget(stage, launcher);
	return status;
}

#define STATUS_FOR(stage, text) status_for(stage, text, strlen(text))

static void ready_is_status_0(void **state)
{
	assert_int_equal(STATUS_FOR(*state, "READY=1"), 0);
}

static void any_other_message_is_status_1(void **state)
{
	char *large = calloc(1, 65536);

	assert_int_equal(STATUS_FOR(*state, "READY=1\n"), 1);
	assert_int_equal(STATUS_FOR(*state, "READY=0"), 1);
	assert_int_equal(STATUS_FOR(*state, "STATUS=x\nREADY=1"), 1);
	assert_int_equal(STATUS_FOR(*state, ""), 1);
	assert_int_equal(status_for(*state, "READY=1", 8), 1); /* and a NUL */
	assert_non_null(large);
	memcpy(large, "READY=1", 7);
	assert_int_equal(status_for(*state, large, 65536), 1);
	free(large);
}

static void no_message_in_time_is_status_2(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "ready");
	uint64_t begun_ms = now_ms();
	struct launcher *launcher = start(stage, path, "150ms");

	assert_int_equal(launcher_end(launcher), 2);
	assert_true(now_ms() - begun_ms >= 150);
	assert_int_equal(access(path, F_OK), -1);
	launcher = start(stage, path, "0");
	assert_int_equal(launcher_end(launcher), 2);
}

static void without_a_limit_it_waits(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "ready");
	struct launcher *launcher = start(stage, path, NULL);

	assert_false(launcher_ends_within(launcher, 100));
	message_send(path, "READY=1", 7);
	assert_int_equal(launcher_end(launcher), 0);
}

static void an_abstract_socket_serves_too(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_text(stage, "@muster-test-%d", (int)getpid());
	struct launcher *launcher = start(stage, path, "60s");

	message_send(path, "READY=1", 7);
	assert_int_equal(launcher_end(launcher), 0);
}

/* Started, and its socket is there. */
static struct launcher *start_bound(struct stage *stage, const char *path)
{
	struct launcher *launcher = start(stage, path, NULL);
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (access(path, F_OK) < 0)
		assert_true(now_ms() < until_ms);
	return launcher;
}

static void a_signal_ends_it_and_takes_the_file_along(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "ready");
	struct launcher *launcher = start_bound(stage, path);

	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 128 + SIGTERM);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_file_that_is_anothers_by_now_stays(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "ready");
	struct launcher *launcher = start_bound(stage, path);

	assert_int_equal(unlink(path), 0);
	(void)stage_file(stage, "ready", "", 0600);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 128 + SIGTERM);
	assert_int_equal(access(path, F_OK), 0);
}

static void what_a_dead_one_left_is_replaced(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "ready");
	struct launcher *launcher = start_bound(stage, path);

	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_int_equal(access(path, F_OK), 0);
	launcher = start(stage, path, "60s");
	message_send(path, "READY=1", 7);
	assert_int_equal(launcher_end(launcher), 0);
	assert_int_equal(access(path, F_OK), -1);
	/* A socket of another kind, too: that is how --control leaves one. */
	(void)close(socket_bind_unix(path, true));
	launcher = start(stage, path, "60s");
	message_send(path, "READY=1", 7);
	assert_int_equal(launcher_end(launcher), 0);
}

static void refuse(struct stage *stage, const char *const *arguments,
		   const char *text)
{
	struct launcher *launcher = START(stage, .arguments = arguments);

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, text);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	launcher_forget(stage, launcher);
}

static void a_socket_that_cannot_be_is_refused(void **state)
{
	struct stage *stage = *state;
	const char *file = stage_file(stage, "file", "", 0600);

	refuse(stage, LIST("wait-ready"), "usage: muster wait-ready SOCKET");
	refuse(stage, LIST("wait-ready", "/a", "1s", "x"), "usage: ");
	refuse(stage, LIST("wait-ready", "relative"), "neither an absolute");
	refuse(stage, LIST("wait-ready", "/a", "soon"), "no duration");
	refuse(stage, LIST("wait-ready", stage_text(stage, "/%0200d", 7)),
	       "File name too long");
	refuse(stage, LIST("wait-ready", file), "Address already in use");
	/* What is another's stays. */
	assert_int_equal(access(file, F_OK), 0);
}

/* Whatever its kind, and however full. */
static void what_somebody_serves_is_left_alone(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "ready");
	const char *full = stage_path(stage, "full");
	const char *stream = stage_path(stage, "stream");
	struct launcher *launcher = start_bound(stage, path);
	int fds[] = {messages_open(full), socket_bind_unix(stream, true)};

	messages_fill(full);
	refuse(stage, LIST("wait-ready", path), "Address already in use");
	refuse(stage, LIST("wait-ready", full), "Address already in use");
	refuse(stage, LIST("wait-ready", stream), "Address already in use");
	assert_int_equal(access(full, F_OK) | access(stream, F_OK), 0);
	message_send(path, "READY=1", 7);
	assert_int_equal(launcher_end(launcher), 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void it_says_how_it_is_used(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("help", "wait-ready"));

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "usage: muster wait-ready");
	launcher = START(*state, ARGUMENTS("wait-ready", "--help"));
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "usage: muster wait-ready");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(ready_is_status_0),
		STAGE_TEST(any_other_message_is_status_1),
		STAGE_TEST(no_message_in_time_is_status_2),
		STAGE_TEST(without_a_limit_it_waits),
		STAGE_TEST(an_abstract_socket_serves_too),
		STAGE_TEST(a_signal_ends_it_and_takes_the_file_along),
		STAGE_TEST(a_file_that_is_anothers_by_now_stays),
		STAGE_TEST(what_a_dead_one_left_is_replaced),
		STAGE_TEST(what_somebody_serves_is_left_alone),
		STAGE_TEST(a_socket_that_cannot_be_is_refused),
		STAGE_TEST(it_says_how_it_is_used),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

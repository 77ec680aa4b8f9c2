/*
 * test_upstream.c - the story of muster with whoever started it: what it says
 * to NOTIFY_SOCKET when it stops, and that nothing there can do it harm (B39,
 * B90, B91).
 */
#include "tools/config.h"
#include "tools/messages.h"

static void set_socket(void *path)
{
	(void)setenv("NOTIFY_SOCKET", path, 1);
}

/* Started with NOTIFY_SOCKET=path; has said one line that it runs. */
static struct launcher *start(struct stage *stage, const char *path,
			      const char *limit)
{
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "2", "--stop-timeout", limit),
		      WORKER("env", "say=ready"), .prepare = set_socket,
		      .argument = (void *)(uintptr_t)path);
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	return launcher;
}

static void a_stop_is_told_with_the_time_that_it_may_take(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "notify");
	int fd = messages_open(path);
	struct launcher *launcher = start(stage, path, "20s");
	const char *message;

	launcher_stop(stage, launcher, 0);
	message = messages_wait(stage, fd, "STOPPING=1\n");
	assert_non_null(strstr(message, "\nEXTEND_TIMEOUT_USEC=30000000\n"));
	assert_non_null(strstr(message, "\nSTATUS=Waiting on 2 workers"));
	(void)close(fd);
}

/* systemd takes "for ever" for nothing said. */
static void a_stop_without_a_limit_is_given_a_year(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_text(stage, "@muster-test-%d", (int)getpid());
	int fd = messages_open(path);
	struct launcher *launcher = start(stage, path, "0");
	const char *message;

	launcher_stop(stage, launcher, 0);
	message = messages_wait(stage, fd, "STOPPING=1\n");
	assert_true(line_number(message, "EXTEND_TIMEOUT_USEC=") >=
		    365L * 86400 * 1000000);
	(void)close(fd);
}

/* Who started after another ends before it: their times add up. */
static void a_stop_in_order_is_given_the_time_of_all(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "notify");
	int fd = messages_open(path);
	const char *file = CONFIG(stage, "[DEFAULT]\n"
					 "command = sleep 50\n"
					 "stop_timeout = 20s\n"
					 "[service:a]\n"
					 "after = b\n"
					 "[service:b]\n"
					 "after = c d\n"
					 "stop_timeout = 7s\n"
					 "[service:c]\n"
					 "[service:d]\n");
	struct launcher *launcher =
		START(stage, OPTIONS("-c", file), .prepare = set_socket,
		      .argument = (void *)(uintptr_t)path);

	(void)launcher_log(launcher, "Started child");
	launcher_stop(stage, launcher, 0);
	assert_non_null(strstr(messages_wait(stage, fd, "STOPPING=1\n"),
			       "\nEXTEND_TIMEOUT_USEC=70000000\n"));
	(void)close(fd);
}

static void a_kill_is_told_as_a_stop(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "notify");
	int fd = messages_open(path);
	struct launcher *launcher = start(stage, path, "20s");

	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	(void)messages_wait(stage, fd, "STOPPING=1\n");
	(void)close(fd);
}

/* B39: not even the first workers. */
static void no_worker_knows_the_socket(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "notify");
	int fd = messages_open(path);
	struct launcher *launcher = start(stage, path, "20s");

	assert_false(lines_have(&launcher->said, "NOTIFY_SOCKET"));
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

static void refuse(struct stage *stage, const char *path, const char *text)
{
	struct launcher *launcher = start(stage, path, "20s");

	launcher_stop(stage, launcher, 0);
	(void)launcher_log(launcher, text);
	assert_int_equal(lines_count(&launcher->log, "NOTIFY_SOCKET"), 1);
	launcher_forget(stage, launcher);
}

static void a_socket_that_cannot_be_is_one_line_and_no_harm(void **state)
{
	struct stage *stage = *state;

	refuse(stage, stage_text(stage, "/%0200d", 7),
	       "warning: NOTIFY_SOCKET: File name too long");
	refuse(stage, stage_text(stage, "@%0200d", 7),
	       "warning: NOTIFY_SOCKET: File name too long");
	refuse(stage, "relative", "NOTIFY_SOCKET: neither a path nor @NAME");
	refuse(stage, "vsock:2:1234",
	       "NOTIFY_SOCKET: neither a path nor @NAME");
	refuse(stage, "/", "NOTIFY_SOCKET: neither a path nor @NAME");
}

static void a_socket_that_nobody_reads_is_one_line_and_no_harm(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "notify");
	int fd;

	refuse(stage, path, "warning: NOTIFY_SOCKET: No such file");
	fd = messages_open(path);
	(void)close(fd);
	refuse(stage, path, "warning: NOTIFY_SOCKET: Connection refused");
}

/* As large a queue as there may be, and nobody who empties it. */
static void a_full_socket_does_not_stop_muster(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "notify");
	int fd = messages_open(path);

	messages_fill(path);
	refuse(stage, path, "warning: NOTIFY_SOCKET: Resource temporarily");
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_stop_is_told_with_the_time_that_it_may_take),
		STAGE_TEST(a_stop_without_a_limit_is_given_a_year),
		STAGE_TEST(a_stop_in_order_is_given_the_time_of_all),
		STAGE_TEST(a_kill_is_told_as_a_stop),
		STAGE_TEST(no_worker_knows_the_socket),
		STAGE_TEST(a_socket_that_cannot_be_is_one_line_and_no_harm),
		STAGE_TEST(a_socket_that_nobody_reads_is_one_line_and_no_harm),
		STAGE_TEST(a_full_socket_does_not_stop_muster),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

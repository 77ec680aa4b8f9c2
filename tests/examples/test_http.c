/*
 * test_http.c - the HTTP examples fail no request: through reloads, when they
 * stop, for idle connections; and where there is no io_uring they say so.
 */
#include <sys/syscall.h>

#include "examples/example.h"
#include "tools/deny.h"

#define RELOADS 3
#define CONNECTIONS "16"
#define EXIT_NO_RING 69

#define KEEP "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

static struct launcher *http_start(struct stage *stage)
{
	return program_start(stage, example_path(stage, "http"),
			     LIST("tcp:127.0.0.1:0", "4"));
}

/* Of VARIANT=asan: the leak check at a program's end attaches to it by
 * ptrace(2) and waits for its stop for ever. A worker that is told to stop is
 * sent CONT behind TERM, which takes that stop back when it comes just then. */
static void check_no_leaks(void *unused)
{
	(void)unused;
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}

static struct launcher *http_exec_start(struct stage *stage)
{
	return START(stage,
		     OPTIONS("--listen", "tcp:127.0.0.1:0", "--ready", "notify",
			     "--workers", "4"),
		     COMMAND(example_path(stage, "http-exec")),
		     .prepare = check_no_leaks);
}

static struct launcher *client_start(struct stage *stage, int port)
{
	struct launcher *client = program_start(
		stage,
		stage_text(stage, "%.*s/client",
			   (int)(strlen(stage->worker) - strlen("/worker")),
			   stage->worker),
		LIST(stage_text(stage, "%d", port), CONNECTIONS));

	launcher_hear(client, "running");
	return client;
}

/* No request failed, and nobody was turned away who need not be. */
static void client_check(struct launcher *client, bool may_be_away)
{
	const char *line = launcher_hear(client, "answered ");

	if (line_number(line, " failed ") != 0 ||
	    (!may_be_away && line_number(line, " away ") != 0))
		fail_msg("%s\n%s", line,
			 client->log.data ? client->log.data : "");
	assert_true(line_number(line, "answered ") > 100);
	assert_int_equal(launcher_end(client), 0);
}

static void check_reloads(struct stage *stage, struct launcher *launcher)
{
	int port = example_port(launcher);
	struct launcher *client;

	launcher_log(launcher, "All 4 workers are ready");
	client = client_start(stage, port);
	for (int i = 1; i <= RELOADS; i++) {
		launcher_signal(launcher, SIGHUP);
		launcher_log(launcher,
			     stage_text(stage, "Reloaded, roll %d ", i));
	}
	launcher_signal(client, SIGTERM);
	client_check(client, false);
	launcher_stop(stage, launcher, 0);
}

static void no_request_fails_through_three_reloads(void **state)
{
	check_reloads(*state, http_start(*state));
}

static void no_request_of_the_program_fails_either(void **state)
{
	check_reloads(*state, http_exec_start(*state));
}

/* Who comes when nobody accepts any more is not served by anybody. */
static void what_was_begun_is_answered_when_it_stops(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = http_start(stage);
	int port = example_port(launcher);
	struct launcher *client;

	launcher_log(launcher, "All 4 workers are ready");
	client = client_start(stage, port);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	launcher_signal(client, SIGTERM);
	client_check(client, true);
	assert_nobody_left(stage);
}

/* The client had the connection open, idle, when the worker was told to stop:
 * his next request is answered, and then comes an end, no reset. */
static void an_idle_connection_gets_one_more_answer(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = http_start(stage);
	int fd = example_connect(example_port(launcher));
	char text[1024];

	assert_int_equal(write(fd, KEEP, strlen(KEEP)), strlen(KEEP));
	assert_true(example_read(fd, "hello\n", text, sizeof(text)) > 0);
	assert_null(strstr(text, "Connection: close"));
	launcher_signal(launcher, SIGTERM);
	for (int i = 0; i < 4; i++)
		launcher_log(launcher, "graceful exiting");
	/* That was said a moment before the worker itself heard of it. */
	do {
		assert_int_equal(write(fd, KEEP, strlen(KEEP)), strlen(KEEP));
		assert_true(example_read(fd, "hello\n", text, sizeof(text)) >
			    0);
	} while (!strstr(text, "Connection: close"));
	assert_int_equal(write(fd, KEEP, strlen(KEEP)), strlen(KEEP));
	assert_int_equal(example_read(fd, NULL, text, sizeof(text)), 0);
	(void)close(fd);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
}

static void check_answer(int port, const char *request, const char *status)
{
	char text[2048];
	int fd = example_connect(port);

	assert_int_equal(write(fd, request, strlen(request)), strlen(request));
	assert_true(example_read(fd, NULL, text, sizeof(text)) > 0);
	assert_memory_equal(text, status, strlen(status));
	assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
	(void)close(fd);
}

static void what_it_does_not_understand_it_refuses(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = http_start(stage);
	int port = example_port(launcher);
	char large[5001];

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	check_answer(port, "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		     "HTTP/1.1 405 ");
	check_answer(port, "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ");
	check_answer(port, "GET / HTTP/1.1\r\nconnection: CLOSE\r\n\r\n",
		     "HTTP/1.1 200 ");
	check_answer(port, large, "HTTP/1.1 431 ");
	/* Of two at once the first is answered, and is the last. */
	check_answer(port, KEEP "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ");
	launcher_stop(stage, launcher, 0);
}

static void without_io_uring_it_says_so_in_one_line(void **state)
{
	struct stage *stage = *state;
	const long calls[] = {SYS_io_uring_setup, -1};
	struct denied denied = {.numbers = calls, .error = EPERM};
	struct launcher *launcher;

	(void)snprintf(stage->program, sizeof(stage->program), "%s",
		       example_path(stage, "http"));
	launcher = START(stage, ARGUMENTS("tcp:127.0.0.1:0"), .prepare = deny,
			 .argument = &denied);
	launcher_log(launcher, "http: io_uring: Operation not permitted");
	assert_int_equal(launcher_end(launcher), EXIT_NO_RING);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_nobody_left(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(no_request_fails_through_three_reloads),
		STAGE_TEST(no_request_of_the_program_fails_either),
		STAGE_TEST(what_was_begun_is_answered_when_it_stops),
		STAGE_TEST(an_idle_connection_gets_one_more_answer),
		STAGE_TEST(what_it_does_not_understand_it_refuses),
		STAGE_TEST(without_io_uring_it_says_so_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

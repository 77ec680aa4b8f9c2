/*
 * test_backdoor.c - conversations with a backdoor: what is answered by itself,
 * what is handed on, and clients who misbehave. By a port unless it matters.
 */
#include <limits.h>
#include <sys/prctl.h>

#include "service/talking.h"

static char path[64];

static int make_path(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/muster-backdoor-%d", getpid());
	return 0;
}

/* One opened, one client in it. */
static struct backdoor *joined(int *ret_fd)
{
	struct backdoor *backdoor = door_open("0", NULL);

	*ret_fd = client_join(backdoor);
	return backdoor;
}

static void ended(struct backdoor *backdoor, int fd)
{
	assert_int_equal(close(fd), 0);
	backdoor_free(backdoor);
}

static void says(struct backdoor *backdoor, int fd, const char *line,
		 const char *answer)
{
	client_say(fd, line);
	client_hears(backdoor, fd, answer);
}

static void answer(struct backdoor *backdoor, uint64_t connection,
		   const char *text)
{
	backdoor_answer(backdoor, connection, text, strlen(text));
}

static void a_client_is_greeted_with_the_process(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	int fd = client_connect(backdoor);
	char expected[128];
	char heard[256];

	(void)state;
	(void)snprintf(expected, sizeof(expected),
		       "muster backdoor of process %d, help lists the "
		       "commands\n",
		       getpid());
	client_hear(backdoor, fd, "\n", heard, sizeof(heard));
	assert_string_equal(heard, expected);
	assert_false(door_has_work(backdoor));
	ended(backdoor, fd);
}

static void help_is_given(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	char heard[2048];

	(void)state;
	client_say(fd, "help\n");
	client_hear(backdoor, fd, "exit        the same\n", heard,
		    sizeof(heard));
	assert_non_null(strstr(heard, "log LEVEL "));
	ended(backdoor, fd);
}

static void questions_become_requests_with_the_level(void **state)
{
	static const struct {
		const char *line;
		enum backdoor_question question;
		enum log_level level;
	} questions[] = {
		{"status\n", BACKDOOR_STATUS, 0},
		{"services\r\n", BACKDOOR_SERVICES, 0},
		{"log debug\n", BACKDOOR_LOG, LOG_DEBUG},
		{"log error\n", BACKDOOR_LOG, LOG_ERROR},
	};
	int fd;
	struct backdoor *backdoor = joined(&fd);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct backdoor_request request;

		client_say(fd, questions[i].line);
		request = door_wait(backdoor);
		assert_int_equal(request.question, questions[i].question);
		if (request.question == BACKDOOR_LOG)
			assert_int_equal(request.level, questions[i].level);
		assert_false(door_has_work(backdoor));
		answer(backdoor, request.connection, "it is so");
		client_hears(backdoor, fd, "it is so\n");
	}
	ended(backdoor, fd);
}

/* Nor does it spin until then. */
static void the_next_line_waits_for_the_answer(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	struct backdoor_request request;

	(void)state;
	client_say(fd, "status\nlog info\n");
	request = door_wait(backdoor);
	assert_int_equal(request.question, BACKDOOR_STATUS);
	assert_false(door_has_work(backdoor));
	answer(backdoor, request.connection, "now");
	assert_true(door_has_work(backdoor));
	assert_int_equal(door_wait(backdoor).question, BACKDOOR_LOG);
	ended(backdoor, fd);
}

static void a_newline_is_added_where_there_is_none(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	char heard[256];

	(void)state;
	client_say(fd, "status\n");
	answer(backdoor, door_wait(backdoor).connection, "one\ntwo\n");
	client_say(fd, "status\n");
	answer(backdoor, door_wait(backdoor).connection, "three");
	client_say(fd, "status\n");
	answer(backdoor, door_wait(backdoor).connection, "");
	client_say(fd, "quit\n");
	client_hear(backdoor, fd, NULL, heard, sizeof(heard));
	assert_string_equal(heard, "one\ntwo\nthree\n\n");
	ended(backdoor, fd);
}

static void threads_are_listed_with_state_and_name(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	char expected[64];
	char name[16];

	(void)state;
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_int_equal(prctl(PR_SET_NAME, "a) S (\x1b\n"), 0);
	(void)snprintf(expected, sizeof(expected), "%d R a) S (??\n", getpid());
	says(backdoor, fd, "threads\n", expected);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	ended(backdoor, fd);
}

static void descriptors_are_listed_with_their_targets(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char expected[64];
	char heard[8192];

	(void)state;
	(void)snprintf(expected, sizeof(expected), "\n%d /dev/null\n", file);
	client_say(fd, "fds\nstatus\n");
	client_hear(backdoor, fd, "status answered\n", heard, sizeof(heard));
	assert_non_null(strstr(heard, expected));
	assert_non_null(strstr(heard, " socket:["));
	/* But not the one it was read from. */
	assert_null(strstr(heard, "/proc/"));
	assert_int_equal(close(file), 0);
	ended(backdoor, fd);
}

static void quit_and_exit_end_the_connection(void **state)
{
	static const char *const lines[] = {"quit\n", "exit\r\n"};
	struct backdoor *backdoor = door_open("0", NULL);
	int free_before = lowest_free();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		int fd = client_join(backdoor);
		char heard[64];

		client_say(fd, lines[i]);
		client_hear(backdoor, fd, NULL, heard, sizeof(heard));
		assert_string_equal(heard, "");
		assert_int_equal(close(fd), 0);
		assert_int_equal(lowest_free(), free_before);
	}
	backdoor_free(backdoor);
}

static void what_is_unknown_gets_one_line_and_the_connection_stays(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);

	(void)state;
	says(backdoor, fd, "stauts\n",
	     "unknown command \"stauts\"; did you mean status?\n");
	client_send(fd, "quit\0\n", 6);
	client_hears(backdoor, fd, "a line may have no NUL byte\n");
	says(backdoor, fd, "status\n", "status answered\n");
	ended(backdoor, fd);
}

static void a_line_too_long_ends_the_connection(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	char line[4096];
	char heard[256];

	(void)state;
	memset(line, 'x', sizeof(line));
	client_send(fd, line, sizeof(line));
	client_hear(backdoor, fd, NULL, heard, sizeof(heard));
	assert_string_equal(heard, "a line is longer than 256 bytes\n");
	ended(backdoor, fd);
}

static void a_browser_s_form_is_not_obeyed(void **state)
{
	struct backdoor_request request;
	int fd;
	struct backdoor *backdoor = joined(&fd);

	(void)state;
	client_say(fd, "POST / HTTP/1.1\r\n\r\nlog debug\r\n");
	assert_false(door_work(backdoor, &request));
	client_hears(backdoor, fd, NULL);
	ended(backdoor, fd);
}

static void lines_may_arrive_byte_by_byte(void **state)
{
	static const char line[] = "log info\r\n";
	struct backdoor_request request;
	int fd;
	struct backdoor *backdoor = joined(&fd);

	(void)state;
	for (size_t i = 0; i < strlen(line) - 1; i++) {
		client_send(fd, line + i, 1);
		assert_false(door_work(backdoor, &request));
	}
	client_send(fd, "\n", 1);
	request = door_wait(backdoor);
	assert_int_equal(request.level, LOG_INFO);
	ended(backdoor, fd);
}

/* Without more bytes to wake it: those that are left have been read. */
static void many_lines_at_once_are_answered_in_order(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	char heard[4096];
	const char *at = heard;

	(void)state;
	client_say(fd, "status\nnone\n\nservices\nstatus\n");
	for (unsigned int i = 0; i < 20; i++)
		client_say(fd, "status\nlog debug\n");
	client_say(fd, "quit\nstatus\n");
	client_hear(backdoor, fd, NULL, heard, sizeof(heard));
	assert_int_equal(strncmp(at, "status answered\nunknown", 23), 0);
	at = strstr(at, "services answered\nstatus answered\n");
	assert_non_null(at);
	at += strlen("services answered\nstatus answered\n");
	for (unsigned int i = 0; i < 20; i++) {
		static const char pair[] = "status answered\nlog answered\n";

		assert_int_equal(strncmp(at, pair, strlen(pair)), 0);
		at += strlen(pair);
	}
	assert_string_equal(at, ""); /* nothing after quit */
	ended(backdoor, fd);
}

/* As of "echo status | nc -N", and of half a command. */
static void
who_has_said_all_is_answered_and_half_a_line_is_not_obeyed(void **state)
{
	int fd;
	struct backdoor *backdoor = joined(&fd);
	char heard[256];

	(void)state;
	client_say(fd, "status\nservices\nlog deb");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	client_hear(backdoor, fd, NULL, heard, sizeof(heard));
	assert_string_equal(heard, "status answered\nservices answered\n");
	ended(backdoor, fd);
}

static void one_call_does_a_bounded_part(void **state)
{
	struct backdoor_request request;
	int fd;
	struct backdoor *backdoor = joined(&fd);
	unsigned int calls = 0;

	(void)state;
	for (unsigned int i = 0; i < 10 * BACKDOOR_STEPS; i++)
		client_say(fd, "\n");
	client_say(fd, "status\n");
	while (backdoor_next(backdoor, &request) == 0) {
		assert_true(door_has_work(backdoor));
		calls++;
	}
	assert_true(calls >= 9);
	ended(backdoor, fd);
}

/* Two flood, a third asks once: nobody waits for the end of the flood. */
static void a_flood_of_one_does_not_stop_another(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	int loud = client_join(backdoor);
	int quiet = client_join(backdoor);
	struct backdoor_request request;
	unsigned int others = 0;
	uint64_t loud_id;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		client_say(loud, "status\n");
	request = door_wait(backdoor);
	loud_id = request.connection;
	answer(backdoor, loud_id, "x");
	client_say(quiet, "status\n");
	for (;;) {
		request = door_wait(backdoor);
		if (request.connection != loud_id)
			break;
		answer(backdoor, loud_id, "x");
		others++;
	}
	assert_true(others < 3);
	assert_int_equal(close(loud), 0);
	ended(backdoor, quiet);
}

static void who_hangs_up_before_the_answer_is_forgotten(void **state)
{
	struct backdoor_request request;
	struct backdoor_request next;
	char heard[64];
	int fd;
	struct backdoor *backdoor = door_open(NULL, path);
	int free_before = lowest_free();

	(void)state;
	fd = client_join(backdoor);
	client_say(fd, "status\n");
	request = door_wait(backdoor);
	assert_int_equal(close(fd), 0);
	assert_false(door_work(backdoor, &next));
	assert_int_equal(lowest_free(), free_before);
	answer(backdoor, request.connection, "late");
	/* Nor does the next one, in the same place, get it. */
	fd = client_join(backdoor);
	client_say(fd, "status\n");
	next = door_wait(backdoor);
	assert_int_not_equal(next.connection, request.connection);
	answer(backdoor, request.connection, "late");
	answer(backdoor, 0, "nobody's");
	answer(backdoor, next.connection, "his own");
	answer(backdoor, next.connection, "twice");
	client_say(fd, "quit\n");
	client_hear(backdoor, fd, NULL, heard, sizeof(heard));
	assert_string_equal(heard, "his own\n");
	ended(backdoor, fd);
}

/* The default of SIGPIPE would end this test. */
static void who_hangs_up_during_the_answer_ends_nobody(void **state)
{
	struct backdoor_request request;
	int fd;
	struct backdoor *backdoor = joined(&fd);
	_cleanup_free_ char *text = malloc(200000);

	(void)state;
	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	memset(text, 'x', 200000);
	client_say(fd, "status\nstatus\nstatus\n");
	request = door_wait(backdoor);
	assert_int_equal(close(fd), 0);
	backdoor_answer(backdoor, request.connection, text, 200000);
	while (door_work(backdoor, &request))
		backdoor_answer(backdoor, request.connection, text, 200000);
	fd = client_join(backdoor);
	ended(backdoor, fd);
}

static size_t hear_all(struct backdoor *backdoor, int fd, char *heard,
		       size_t size)
{
	client_hear(backdoor, fd, NULL, heard, size);
	return strlen(heard);
}

static void a_long_answer_arrives_whole_and_one_too_long_is_cut(void **state)
{
	const size_t most = 256 * 1024;
	_cleanup_free_ char *text = malloc(most + 1);
	_cleanup_free_ char *heard = malloc(2 * most);
	int fd;
	struct backdoor *backdoor = joined(&fd);

	(void)state;
	memset(text, 'x', most + 1);
	client_say(fd, "status\n");
	backdoor_answer(backdoor, door_wait(backdoor).connection, text, most);
	client_say(fd, "quit\n");
	assert_int_equal(hear_all(backdoor, fd, heard, 2 * most), most + 1);
	assert_string_equal(heard + most - 1, "x\n");
	assert_int_equal(close(fd), 0);
	fd = client_join(backdoor);
	client_say(fd, "status\n");
	backdoor_answer(backdoor, door_wait(backdoor).connection, text,
			most + 1);
	client_say(fd, "quit\n");
	(void)hear_all(backdoor, fd, heard, 2 * most);
	assert_string_equal(heard + most - 1, "x\n(cut)\n");
	ended(backdoor, fd);
}

/* Of a unix socket, which has room for some 200 KiB. */
static int join_and_never_read(struct backdoor *backdoor)
{
	static char text[256 * 1024];
	int fd = client_join(backdoor);

	memset(text, 'x', sizeof(text));
	client_say(fd, "status\n");
	backdoor_answer(backdoor, door_wait(backdoor).connection, text,
			sizeof(text));
	return fd;
}

static void there_are_eight_clients_at_most(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	int clients[BACKDOOR_CLIENTS];
	char heard[256];
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		clients[i] = client_join(backdoor);
	fd = client_connect(backdoor);
	client_say(fd, "status\n");
	client_hear(backdoor, fd, NULL, heard, sizeof(heard));
	assert_string_equal(heard, "refused: there are 8 clients already\n");
	assert_int_equal(close(fd), 0);
	says(backdoor, clients[7], "quit\n", NULL);
	fd = client_join(backdoor);
	assert_int_equal(close(fd), 0);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		assert_int_equal(close(clients[i]), 0);
	backdoor_free(backdoor);
}

static void who_does_not_read_loses_the_place_to_the_next(void **state)
{
	struct backdoor *backdoor = door_open(NULL, path);
	int clients[BACKDOOR_CLIENTS];
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		clients[i] = i == 3 ? join_and_never_read(backdoor)
				    : client_join(backdoor);
	assert_false(door_has_work(backdoor));
	fd = client_join(backdoor);
	says(backdoor, fd, "status\n", "status answered\n");
	/* And the others have kept theirs. */
	for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
		if (i != 3)
			says(backdoor, clients[i], "log info\n",
			     "log answered\n");
		assert_int_equal(close(clients[i]), 0);
	}
	ended(backdoor, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_is_greeted_with_the_process),
		cmocka_unit_test(help_is_given),
		cmocka_unit_test(questions_become_requests_with_the_level),
		cmocka_unit_test(the_next_line_waits_for_the_answer),
		cmocka_unit_test(a_newline_is_added_where_there_is_none),
		cmocka_unit_test(threads_are_listed_with_state_and_name),
		cmocka_unit_test(descriptors_are_listed_with_their_targets),
		cmocka_unit_test(quit_and_exit_end_the_connection),
		cmocka_unit_test(
			what_is_unknown_gets_one_line_and_the_connection_stays),
		cmocka_unit_test(a_line_too_long_ends_the_connection),
		cmocka_unit_test(a_browser_s_form_is_not_obeyed),
		cmocka_unit_test(lines_may_arrive_byte_by_byte),
		cmocka_unit_test(many_lines_at_once_are_answered_in_order),
		cmocka_unit_test(
			who_has_said_all_is_answered_and_half_a_line_is_not_obeyed),
		cmocka_unit_test(one_call_does_a_bounded_part),
		cmocka_unit_test(a_flood_of_one_does_not_stop_another),
		cmocka_unit_test(who_hangs_up_before_the_answer_is_forgotten),
		cmocka_unit_test(who_hangs_up_during_the_answer_ends_nobody),
		cmocka_unit_test(
			a_long_answer_arrives_whole_and_one_too_long_is_cut),
		cmocka_unit_test(there_are_eight_clients_at_most),
		cmocka_unit_test(who_does_not_read_loses_the_place_to_the_next),
	};

	return cmocka_run_group_tests(tests, make_path, NULL);
}

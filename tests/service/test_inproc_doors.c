/*
 * test_inproc_doors.c - the backdoor of a process with services: what it says
 * of them (B12, B44, B99).
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "service/test_inproc.h"

static char directory[] = "/tmp/muster-doors.XXXXXX";
static char where[64];

static int make_directory(void **state)
{
	(void)state;
	(void)memcpy(strrchr(directory, '.') + 1, "XXXXXX", 6);
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(where, sizeof(where), "%s/door", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)story_close(state);
	(void)unlink(where);
	return rmdir(directory);
}

static int start_saying_where(struct muster_worker *worker, void *data)
{
	say(muster_worker_backdoor(worker));
	return say_start(worker, data);
}

static int tell_with_a_door(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.backdoor_socket = where;
	cast.ops.start = start_saying_where;
	return cast_run(&cast);
}

/* The answer to one line; the connection is closed after it. */
static void check_answers(const char *line, const char *expected)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char answer[4096] = "";
	size_t length = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", where);
	assert_true(fd >= 0);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	while (length < sizeof(answer) - 1) {
		struct pollfd set = {fd, POLLIN, 0};
		ssize_t size = poll(&set, 1, DEADLINE_MS) == 1
				       ? read(fd, answer + length,
					      sizeof(answer) - 1 - length)
				       : 0;

		if (size <= 0)
			break;
		length += (size_t)size;
	}
	assert_int_equal(close(fd), 0);
	if (!strstr(answer, expected))
		print_error("answer: %s\n", answer);
	assert_non_null(strstr(answer, expected));
}

static void a_backdoor_tells_of_the_services(void **state)
{
	struct story *story = story_begin(tell_with_a_door);
	char line[128];

	(void)state;
	(void)snprintf(line, sizeof(line), "Backdoor listening on %s", where);
	story_expect(story, line);
	story_expect(story, where);
	story_expect(story, "start");
	(void)snprintf(line, sizeof(line), "pid %d parent %d", story->pid,
		       getpid());
	check_answers("status\n", line);
	check_answers("status\n", "services 1 up\nstop reason none\nlog info");
	check_answers("services\n", "web id 0 generation 1 s");
	check_answers("log debug\n", "log debug");
	check_answers("status\n", "log debug");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(access(where, F_OK), -1);
}

/* Whoever holds it up has nobody to ask but the backdoor. */
static int tell_hanging_with_a_door(void)
{
	struct cast cast;

	cast_make(&cast);
	cast.options.backdoor_socket = where;
	cast.ops.stop = hang_stop;
	return cast_run(&cast);
}

static void a_backdoor_answers_while_a_stop_hangs(void **state)
{
	struct story *story = story_begin(tell_hanging_with_a_door);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect(story, "hanging");
	check_answers("status\n", "services 1 stopping\nstop reason operator");
	story_signal(story, SIGINT);
	story_expect_end(story, 1);
	assert_int_equal(access(where, F_OK), -1);
}

static void a_backdoor_that_cannot_be_opened_is_refused(void **state)
{
	struct story *story;

	(void)state;
	(void)snprintf(where, sizeof(where), "%s/none/door", directory);
	story = story_begin(tell_with_a_door);
	story_expect(story, "backdoor ");
	story_expect_end(story, STORY_REFUSED);
	assert_int_equal(story_count(story, "start"), 0);
}

#define door_test(function)                                       \
	cmocka_unit_test_setup_teardown(function, make_directory, \
					remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		door_test(a_backdoor_tells_of_the_services),
		door_test(a_backdoor_answers_while_a_stop_hangs),
		door_test(a_backdoor_that_cannot_be_opened_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

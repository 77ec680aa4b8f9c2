/*
 * test_inproc_clients.c - a service with a client that is connected, and a task
 * that is under way, when it is stopped (cases 11, 12, 13, 32 and 33).
 */
#include <sys/socket.h>

#include "service/test_inproc.h"

#define SHORT_NS (300 * NSEC_PER_MSEC)

/* Both ends of the connection: the story's is the server's. */
static int server = -1;
static int client = -1;

static int connect_client(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	server = fds[0];
	client = fds[1];
	return 0;
}

static int disconnect_client(void **state)
{
	if (client >= 0)
		(void)close(client);
	client = -1;
	if (server >= 0)
		(void)close(server);
	server = -1;
	return story_close(state);
}

/* Answers until the client goes. */
static void serve(void)
{
	char byte;

	while (read(server, &byte, 1) == 1)
		(void)!write(server, &byte, 1);
	say("served");
}

static int start_serving(struct muster_worker *worker, void *data)
{
	say_start(worker, data);
	serve();
	return 0;
}

static int tell_serving_for(uint64_t timeout_ns)
{
	struct cast cast;

	(void)close(client);
	cast_make(&cast);
	cast.options.graceful_timeout_ns = timeout_ns;
	cast.ops.start = start_serving;
	return cast_run(&cast);
}

static int tell_serving(void)
{
	return tell_serving_for(7 * NSEC_PER_SEC);
}

static int tell_serving_shortly(void)
{
	return tell_serving_for(SHORT_NS);
}

/* The server is the story's alone. */
static struct story *begin_serving(int (*tell)(void))
{
	struct story *story = story_begin(tell);

	assert_int_equal(close(server), 0);
	server = -1;
	story_expect(story, "start");
	return story;
}

static bool client_is_served(void)
{
	struct pollfd set = {client, POLLIN, 0};
	char byte = 'x';

	return send(client, &byte, 1, MSG_NOSIGNAL) == 1 &&
	       poll(&set, 1, DEADLINE_MS) == 1 && read(client, &byte, 1) == 1;
}

/* Case 11. */
static void int_does_not_wait_for_a_client(void **state)
{
	struct story *story = begin_serving(tell_serving);

	(void)state;
	assert_true(client_is_served());
	story_signal(story, SIGINT);
	story_expect(story, "Caught SIGINT signal, instantaneous exiting");
	story_expect_end(story, 1);
	assert_int_equal(story_count(story, "served"), 0);
	assert_false(client_is_served());
}

/* Case 12: it is served until it goes, and then the process ends. */
static void term_waits_for_a_client(void **state)
{
	struct story *story = begin_serving(tell_serving);

	(void)state;
	assert_true(client_is_served());
	story_signal(story, SIGTERM);
	story_expect(story, "stop");
	story_expect(story, "wait");
	assert_true(client_is_served());
	assert_true(story_is_alive(story));
	assert_int_equal(close(client), 0);
	client = -1;
	story_expect(story, "served");
	story_expect_end(story, 0);
}

/* Case 13. */
static void a_client_that_stays_too_long_is_left(void **state)
{
	struct story *story = begin_serving(tell_serving_shortly);
	uint64_t begun_ns = clock_now_ns();

	(void)state;
	assert_true(client_is_served());
	story_signal(story, SIGTERM);
	story_expect(story, "Graceful shutdown timeout exceeded");
	assert_true(clock_now_ns() - begun_ns >= SHORT_NS);
	story_expect_end(story, 1);
	assert_false(client_is_served());
}

/* A task that start() has begun, and that the test ends. */
static pthread_t task;

static void *run_task(void *data)
{
	serve();
	return data;
}

static int start_task(struct muster_worker *worker, void *data)
{
	return pthread_create(&task, NULL, run_task, NULL) == 0
		       ? say_start(worker, data)
		       : -EAGAIN;
}

static void wait_for_task(struct muster_worker *worker, void *data)
{
	say_wait(worker, data);
	(void)pthread_join(task, NULL);
	say("waited");
}

static int tell_task(void)
{
	struct cast cast;

	(void)close(client);
	cast_make(&cast);
	cast.ops.start = start_task;
	cast.ops.wait = wait_for_task;
	return cast_run(&cast);
}

/* Case 32; a restart waits for it as well. */
static void a_graceful_stop_lets_a_task_finish(void **state)
{
	struct story *story = begin_serving(tell_task);

	(void)state;
	story_signal(story, SIGTERM);
	story_expect(story, "wait");
	assert_true(client_is_served());
	assert_int_equal(close(client), 0);
	client = -1;
	story_expect(story, "served");
	story_expect(story, "waited");
	story_expect_end(story, 0);
}

/* Case 33. */
static void an_instant_exit_leaves_a_task_unfinished(void **state)
{
	struct story *story = begin_serving(tell_task);

	(void)state;
	story_signal(story, SIGINT);
	story_expect_end(story, 1);
	assert_int_equal(story_count(story, "served"), 0);
	assert_int_equal(story_count(story, "wait"), 0);
}

#define client_test(function)                                     \
	cmocka_unit_test_setup_teardown(function, connect_client, \
					disconnect_client)

int main(void)
{
	const struct CMUnitTest tests[] = {
		client_test(int_does_not_wait_for_a_client),
		client_test(term_waits_for_a_client),
		client_test(a_client_that_stays_too_long_is_left),
		client_test(a_graceful_stop_lets_a_task_finish),
		client_test(an_instant_exit_leaves_a_task_unfinished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

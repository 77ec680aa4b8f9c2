/*
 * test_upstream_ready.c - the story of muster that says to whoever started it
 * that it serves, reloads and lives (B90, B93, B94).
 */
#include <sys/stat.h>

#include "tools/config.h"
#include "tools/messages.h"

struct variables {
	const char *socket;
	const char *watchdog_usec; /* NULL: unset */
	int pid_offset;		   /* of WATCHDOG_PID from the right one */
};

static void set_variables(void *argument)
{
	const struct variables *variables = argument;
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d",
		       (int)getpid() + variables->pid_offset);
	(void)setenv("NOTIFY_SOCKET", variables->socket, 1);
	if (!variables->watchdog_usec)
		return;
	(void)setenv("WATCHDOG_USEC", variables->watchdog_usec, 1);
	(void)setenv("WATCHDOG_PID", pid, 1);
}

/* The first message is that and nothing else: some take it literally. */
static void ready_is_said_when_every_worker_runs(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "3"), WORKER("say=ready"),
		      .prepare = set_variables, .argument = &variables);

	assert_string_equal(messages_take(stage, fd), "READY=1");
	assert_string_equal(messages_take(stage, fd),
			    "STATUS=3 workers are ready");
	assert_false(is_readable_within(fd, 50));
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

/* A FIFO that nobody writes to holds the worker of one service back. */
static void ready_waits_for_every_service(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	const char *go = stage_path(stage, "go");
	int go_fd;
	const char *file = CONFIG(
		stage,
		"[service:fast]\n"
		"command = sleep 50\n"
		"[service:slow]\n"
		"command = sh -c 'read go <%s; echo >&7; exec sleep 50'\n"
		"ready = fd:7\n",
		go);
	struct launcher *launcher;

	assert_int_equal(mkfifo(go, 0600), 0);
	launcher = START(stage, OPTIONS("-c", file), .prepare = set_variables,
			 .argument = &variables);
	(void)launcher_log(launcher, "[service slow, slot 0");
	assert_false(is_readable_within(fd, 100));
	go_fd = open(go, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(go_fd, "\n", 1), 1);
	(void)close(go_fd);
	assert_string_equal(messages_take(stage, fd), "READY=1");
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

/* Nobody relies on it, neither here nor above. */
static void what_cannot_be_executed_is_never_ready(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	const char *file = CONFIG(stage,
				  "[service:a]\n"
				  "command = %s/nothing\n"
				  "workers = 3\n"
				  "[service:b]\n"
				  "command = sleep 50\n"
				  "after = a\n",
				  stage->directory);
	struct launcher *launcher =
		START(stage, OPTIONS("-c", file), .prepare = set_variables,
		      .argument = &variables);

	/* Nothing is left that could start. */
	assert_int_equal(launcher_end(launcher), 127);
	while (is_readable_within(fd, 0))
		assert_null(strstr(messages_take(stage, fd), "READY"));
	assert_int_equal(lines_count(&launcher->log, "are ready"), 0);
	assert_int_equal(lines_count(&launcher->log, "[service b, slot"), 0);
	(void)close(fd);
}

/* Its queue is full when muster is ready, and is emptied then. */
static void ready_is_said_as_soon_as_there_is_room_for_it(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	struct launcher *launcher;

	messages_fill(variables.socket);
	launcher = START(stage, WORKER("say=ready"), .prepare = set_variables,
			 .argument = &variables);
	(void)launcher_log(launcher, "NOTIFY_SOCKET: Resource temporarily");
	(void)messages_wait(stage, fd, "READY=1");
	(void)messages_wait(stage, fd, "STATUS=1 workers are ready");
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "NOTIFY_SOCKET"), 1);
	(void)close(fd);
}

static void a_reload_is_told_from_its_begin_to_its_end(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "2"), WORKER("say=ready"),
		      .prepare = set_variables, .argument = &variables);
	uint64_t begun_us;
	const char *message;

	(void)messages_wait(stage, fd, "STATUS=");
	begun_us = now_ms() * 1000;
	launcher_signal(launcher, SIGHUP);
	message = messages_take(stage, fd);
	assert_memory_equal(message, "RELOADING=1\nMONOTONIC_USEC=", 27);
	/* systemd takes an earlier time for another reload's. */
	assert_true((uint64_t)line_number(message, "MONOTONIC_USEC=") >=
		    begun_us);
	(void)messages_wait(stage, fd, "READY=1\nSTATUS=Reloaded");
	(void)launcher_log(launcher, "Reloaded, roll 1");
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

static void a_reload_that_changes_nothing_is_over_at_once(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	const char *file = config_write(stage, "[service:a]\n"
					       "command = sleep 50\n");
	struct launcher *launcher =
		START(stage, OPTIONS("-c", file), .prepare = set_variables,
		      .argument = &variables);

	(void)messages_wait(stage, fd, "STATUS=");
	(void)config_write(stage, "nonsense");
	launcher_signal(launcher, SIGHUP);
	(void)messages_wait(stage, fd, "RELOADING=1\n");
	(void)messages_wait(stage, fd, "READY=1\nSTATUS=Reload failed");
	(void)config_write(stage, "[service:a]\n"
				  "command = sleep 50\n");
	launcher_signal(launcher, SIGHUP);
	(void)messages_wait(stage, fd, "READY=1\nSTATUS=Reloaded");
	/* The new workers never are ready. */
	(void)config_write(stage, "[service:a]\n"
				  "command = sleep 50\n"
				  "ready = notify\n"
				  "ready_timeout = 50ms\n");
	launcher_signal(launcher, SIGHUP);
	(void)messages_wait(stage, fd, "READY=1\nSTATUS=Reload failed");
	(void)launcher_log(launcher, "configuration unchanged");
	launcher_stop(stage, launcher, 0);
	(void)messages_wait(stage, fd, "STOPPING=1\n");
	(void)close(fd);
}

/* Nobody is wanted any more, so all that are wanted are ready: not so. */
/* Nobody is rolled, and that is the end of it. */
static void a_reload_of_a_parked_service_has_an_end(void **state)
{
	static const char *const commands[] = {"sleep 50", "sleep 60"};
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	struct launcher *launcher = NULL;

	for (int i = 0; i < 2; i++) {
		const char *file = CONFIG(stage,
					  "[service:a]\n"
					  "command = sleep 50\n"
					  "[service:b]\n"
					  "command = %s\n"
					  "workers = 0\n",
					  commands[i]);

		if (launcher)
			launcher_signal(launcher, SIGHUP);
		else
			launcher = START(stage, OPTIONS("-c", file),
					 .prepare = set_variables,
					 .argument = &variables);
		(void)messages_wait(stage, fd,
				    i == 0 ? "STATUS=" : "READY=1\nSTATUS=Re");
	}
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

/* Its queue is full when the reload is over. */
static void the_end_of_a_reload_is_not_lost(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);
	struct launcher *launcher =
		START(stage, WORKER("say=ready"), .prepare = set_variables,
		      .argument = &variables);

	(void)messages_wait(stage, fd, "STATUS=");
	messages_fill(variables.socket);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "NOTIFY_SOCKET: Resource temporarily");
	(void)launcher_log(launcher, "Reloaded, roll 1");
	(void)messages_wait(stage, fd, "READY=1\nSTATUS=Reloaded");
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

static void a_stop_before_that_is_no_readiness(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT};
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	int fd = messages_open(variables.socket);

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct launcher *launcher =
			START(stage, OPTIONS("-w", "2", "--ready=notify"),
			      WORKER("say=up"), .prepare = set_variables,
			      .argument = &variables);

		(void)launcher_hear(launcher, "up");
		(void)launcher_hear(launcher, "up");
		launcher_signal(launcher, signals[i]);
		assert_int_equal(launcher_end(launcher), (int)i);
		(void)messages_wait(stage, fd, "STOPPING=1\n");
		while (is_readable_within(fd, 0))
			assert_null(
				strstr(messages_take(stage, fd), "READY=1"));
		assert_false(lines_have(&launcher->log, "are ready"));
	}
	(void)close(fd);
}

static void a_sign_of_life_comes_twice_in_the_time_asked_for(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {
		.socket = stage_path(stage, "notify"),
		.watchdog_usec = "200000",
	};
	int fd = messages_open(variables.socket);
	struct launcher *launcher =
		START(stage, WORKER("say=ready"), .prepare = set_variables,
		      .argument = &variables);
	uint64_t last_ms;

	(void)messages_wait(stage, fd, "WATCHDOG=1");
	last_ms = now_ms();
	for (int i = 0; i < 5; i++) {
		(void)messages_wait(stage, fd, "WATCHDOG=1");
		/* Wide, for a machine that is busy: never at the double rate.
		 */
		assert_true(now_ms() - last_ms >= 50);
		last_ms = now_ms();
	}
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

static void a_watchdog_of_another_process_gets_nothing(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {
		.socket = stage_path(stage, "notify"),
		.watchdog_usec = "20000",
		.pid_offset = 1,
	};
	int fd = messages_open(variables.socket);
	struct launcher *launcher =
		START(stage, WORKER("say=ready"), .prepare = set_variables,
		      .argument = &variables);

	(void)messages_wait(stage, fd, "STATUS=");
	assert_false(is_readable_within(fd, 100));
	launcher_stop(stage, launcher, 0);
	(void)close(fd);
}

/* B92: the one waits for the other. */
static void wait_ready_hears_muster(void **state)
{
	struct stage *stage = *state;
	struct variables variables = {.socket = stage_path(stage, "notify")};
	struct launcher *waiter =
		START(stage, ARGUMENTS("wait-ready", variables.socket, "60s"));
	struct launcher *launcher;

	while (access(variables.socket, F_OK) < 0)
		assert_false(launcher_ends_within(waiter, 1));
	launcher = START(stage, WORKER("say=ready"), .prepare = set_variables,
			 .argument = &variables);
	assert_int_equal(launcher_end(waiter), 0);
	launcher_stop(stage, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(ready_is_said_when_every_worker_runs),
		STAGE_TEST(ready_waits_for_every_service),
		STAGE_TEST(what_cannot_be_executed_is_never_ready),
		STAGE_TEST(ready_is_said_as_soon_as_there_is_room_for_it),
		STAGE_TEST(a_reload_is_told_from_its_begin_to_its_end),
		STAGE_TEST(a_reload_that_changes_nothing_is_over_at_once),
		STAGE_TEST(a_reload_of_a_parked_service_has_an_end),
		STAGE_TEST(the_end_of_a_reload_is_not_lost),
		STAGE_TEST(a_stop_before_that_is_no_readiness),
		STAGE_TEST(a_sign_of_life_comes_twice_in_the_time_asked_for),
		STAGE_TEST(a_watchdog_of_another_process_gets_nothing),
		STAGE_TEST(wait_ready_hears_muster),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_process_clients.c - the story of connections: what is served is finished
 * or cut off, and a listener outlives every worker (cases 11-13; B38; puma's
 * hot and phased restarts that drop no connections).
 */
#include "service/story.h"

#define SERVER(workers, graceful)                                             \
	ARGUMENTS(graceful, "service=web", workers, "listen=tcp:127.0.0.1:0", \
		  "ready=told", "roll=1:0", "start:ready", "start:say=up",    \
		  "start:answer=0", "stop@w:say=stops")

static const char *const counts[] = {"workers=3", "workers=1"};

/* Case 11: with 3 workers and with 1. */
static void int_ends_all_while_a_client_is_connected(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct launcher *launcher =
			START(*state, SERVER(counts[i], "graceful=60000"));
		int client = client_open(hear_port(launcher));

		(void)client_hear(client);
		launcher_signal(launcher, SIGINT);
		assert_int_equal(launcher_end(launcher), 1);
		assert_nobody_left(*state);
		(void)close(client);
	}
}

/* Case 12: alive until the client has gone, and not longer. */
static void term_waits_for_a_client_that_is_connected(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct launcher *launcher =
			START(*state, SERVER(counts[i], "graceful=60000"));
		int client = client_open(hear_port(launcher));
		pid_t pid = client_hear(client);
		int pidfd = process_open(pid);

		launcher_signal(launcher, SIGTERM);
		(void)launcher_hear(launcher,
				    stage_text(*state, "%d stops", (int)pid));
		assert_false(process_ends_within(pidfd, 200));
		(void)close(client);
		assert_int_equal(launcher_end(launcher), 0);
		assert_nobody_left(*state);
		(void)close(pidfd);
	}
}

/* Case 13: not before its time, and its status is looked at. */
static void term_waits_for_a_client_no_longer_than_its_deadline(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct launcher *launcher =
			START(*state, SERVER(counts[i], "graceful=700"));
		int client = client_open(hear_port(launcher));
		uint64_t asked_ms;

		(void)client_hear(client);
		asked_ms = now_ms();
		launcher_stop(*state, launcher, 1);
		assert_in_range(now_ms() - asked_ms, 700, DEADLINE_MS);
		(void)close(client);
	}
}

/* Nobody is refused: the listener is the launcher's. */
static void a_client_that_comes_while_a_worker_is_dead_is_served(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "listen=tcp:127.0.0.1:0",
				"ready=told", "start:say=up", "start#2:hold=9",
				"start:ready", "start:answer=0"),
		      .prepare = hold_enter, .argument = &hold);
	int port = hear_port(launcher);
	pid_t pid = launcher_hear_pid(launcher, "up");
	int client;

	process_kill(pid, SIGKILL);
	(void)launcher_hear(launcher, "up");
	client = client_open(port);
	hold_release(&hold);
	assert_int_not_equal(client_hear(client), pid);
	(void)close(client);
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

/* A connection for each of many, while all workers are replaced twice. */
static void a_reload_drops_no_connection(void **state)
{
	struct launcher *launcher =
		START(*state, SERVER("workers=3", "graceful=60000"));
	int port = hear_port(launcher);
	pid_t pids[3];

	launcher_hear_all(launcher, "up", pids, 3);
	for (int roll = 1; roll <= 2; roll++) {
		const char *end = stage_text(*state, "Reloaded, roll %d", roll);

		launcher_signal(launcher, SIGHUP);
		do {
			int client = client_open(port);

			assert_true(client_hear(client) > 0);
			(void)close(client);
			lines_take(&launcher->log);
		} while (!lines_have(&launcher->log, end));
	}
	launcher_stop(*state, launcher, 0);
}

/* B79: the old one finishes what it serves. */
static void a_reload_lets_old_workers_finish(void **state)
{
	struct launcher *launcher =
		START(*state, SERVER("workers=1", "graceful=60000"));
	int port = hear_port(launcher);
	int old = client_open(port);
	pid_t pid = client_hear(old);
	int pidfd = process_open(pid);
	int new;

	(void)launcher_hear(launcher, "up");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_hear(launcher, "up");
	(void)launcher_hear(launcher, "stops");
	new = client_open(port);
	assert_int_not_equal(client_hear(new), pid);
	assert_false(process_ends_within(pidfd, 0));
	(void)close(old);
	(void)launcher_log(launcher, "Reloaded");
	(void)close(new);
	launcher_stop(*state, launcher, 0);
	(void)close(pidfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(int_ends_all_while_a_client_is_connected),
		STORY(term_waits_for_a_client_that_is_connected),
		STORY(term_waits_for_a_client_no_longer_than_its_deadline),
		STORY(a_client_that_comes_while_a_worker_is_dead_is_served),
		STORY(a_reload_drops_no_connection),
		STORY(a_reload_lets_old_workers_finish),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

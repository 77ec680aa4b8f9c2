/*
 * test_roll_faults.c - the story of a roll whose new workers are no good: it is
 * given up with the reason, the old ones serve on, and the next one is another
 * attempt (B79).
 */
#include "tools/config.h"
#include "tools/sockets.h"
#include "tools/workers.h"

#define WORKERS 4

/* One service behind a socket. */
struct service {
	struct stage *stage;
	struct launcher *launcher;
	const char *path; /* of the socket */
	pid_t pids[WORKERS];
};

/* The file, with what a worker does before it serves. */
static const char *service_write(const struct service *service,
				 const char *steps, const char *more)
{
	return CONFIG(service->stage,
		      "[service:a]\n"
		      "command = '%s' %s notify=READY=1 say=up serve=3\n"
		      "workers = 4\n"
		      "ready = notify\n"
		      "listen = unix:%s\n"
		      "%s",
		      service->stage->worker, steps, service->path, more);
}

static struct service service_start(struct stage *stage)
{
	struct service service = {
		.stage = stage,
		.path = stage_path(stage, "socket"),
	};

	service.launcher =
		START(stage, OPTIONS("-c", service_write(&service, "", "")));
	(void)launcher_log(service.launcher, "All 4 workers are ready");
	launcher_hear_all(service.launcher, "up", service.pids, WORKERS);
	return service;
}

/* Whoever answers was there before. */
static void service_ask(const struct service *service)
{
	for (int i = 0; i < 2 * WORKERS; i++)
		assert_true(workers_know(service->pids, WORKERS,
					 socket_ask_unix(service->path)));
}

/* The same processes, and no other. */
static void service_is_as_before(const struct service *service)
{
	pid_t now[WORKERS];

	workers_wait(service->launcher, "up", now, WORKERS);
	assert_int_equal(workers_same(now, service->pids, WORKERS), WORKERS);
	service_ask(service);
}

/* Given up for this reason, with whom told: his pid. */
static pid_t service_gives_up(const struct service *service, const char *before,
			      const char *reason)
{
	const char *line = launcher_log(
		service->launcher,
		stage_text(service->stage,
			   "error: Reload aborted, the old workers go on: %s",
			   before));

	if (!strstr(line, reason))
		fail_msg("%s", line);
	return (pid_t)line_number(line, before);
}

/* What is good is rolled to after all. */
static void service_recovers(struct service *service)
{
	pid_t now[WORKERS];

	(void)service_write(service, "", "healthy_after = 2s\n");
	launcher_signal(service->launcher, SIGHUP);
	(void)launcher_log(service->launcher, "Reloaded, roll ");
	workers_wait(service->launcher, "up", now, WORKERS);
	assert_int_equal(workers_same(now, service->pids, WORKERS), 0);
	launcher_stop(service->stage, service->launcher, 0);
}

static void new_workers_that_crash_end_the_roll(void **state)
{
	static const struct {
		const char *steps, *reason;
	} cases[] = {
		{"exit=3", "exited with status 3 (slot 0), 0 slots"},
		{"exit=0", "exited with status 0 (slot 0), 0 slots"},
		{"die=SEGV", "killed by signal 11 (SIGSEGV"},
		{"die=KILL", "killed by signal 9 (SIGKILL) (slot 0), 0 slots"},
	};
	struct service service = service_start(*state);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		(void)service_write(&service, cases[i].steps, "");
		launcher_signal(service.launcher, SIGHUP);
		(void)service_gives_up(&service, "Child ", cases[i].reason);
		service_is_as_before(&service);
	}
	service_recovers(&service);
}

/* They do not even stop when they are asked to. */
static void new_workers_that_hang_end_the_roll_and_are_killed(void **state)
{
	struct service service = service_start(*state);
	pid_t pid;

	(void)service_write(&service, "ignore=TERM say=hangs await=USR1",
			    "ready_timeout = 200ms\nstop_timeout = 50ms\n");
	launcher_signal(service.launcher, SIGHUP);
	(void)launcher_hear(service.launcher, "hangs");
	service_ask(&service);
	pid = service_gives_up(&service, "child ",
			       "did not become ready in time (slot 0)");
	(void)launcher_log(service.launcher,
			   stage_text(*state,
				      "Graceful shutdown timeout exceeded, "
				      "child %d ",
				      (int)pid));
	(void)launcher_log(
		service.launcher,
		stage_text(*state, "Child %d killed by signal 9", (int)pid));
	service_is_as_before(&service);
	launcher_stop(*state, service.launcher, 0);
}

/* Whether they wait for something or were stopped by somebody. */
static void new_workers_that_never_become_ready_end_the_roll(void **state)
{
	static const char *const steps[] = {"say=waits await=USR1",
					    "say=waits stop"};
	struct service service = service_start(*state);

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		pid_t pid;

		(void)service_write(&service, steps[i],
				    "ready_timeout = 100ms\n");
		launcher_signal(service.launcher, SIGHUP);
		(void)launcher_hear(service.launcher, "waits");
		service_ask(&service);
		pid = service_gives_up(&service, "child ",
				       "did not become ready in time (slot 0)");
		assert_false(workers_know(service.pids, WORKERS, pid));
		service_is_as_before(&service);
	}
	service_recovers(&service);
}

/* Whom it has relieved by then cannot be taken back; all the others can. */
static void new_workers_ready_and_dead_at_once_end_the_roll(void **state)
{
	struct service service = service_start(*state);
	pid_t now[WORKERS];
	pid_t pid;

	/* The launcher sees both in one turn, however busy the machine is. */
	(void)service_write(&service,
			    "s0:g2:stop-launcher s0:g2:say=in s0:g2:notify="
			    "READY=1 exit=3",
			    "");
	launcher_signal(service.launcher, SIGHUP);
	pid = launcher_hear_pid(service.launcher, "in");
	process_status_wait(pid, "State:", "Z (zombie)");
	launcher_signal(service.launcher, SIGCONT);
	(void)service_gives_up(&service, "Child ", "exited with status 3");
	service.launcher->log.mark = 0;
	(void)launcher_log(service.launcher, "slot 0, generation 1, uptime");
	workers_wait(service.launcher, "up", now, WORKERS);
	assert_in_range(workers_same(now, service.pids, WORKERS), 1,
			WORKERS - 1);
	memcpy(service.pids, now, sizeof(now));
	service_ask(&service);
	service_recovers(&service);
}

/* Without any sign of readiness but that the command runs, the roll may be over
 * when they die: each death is told and made good. */
static void new_workers_that_run_and_die_at_once_are_replaced(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "4", "--throttle=off"),
		      WORKER("g2:exit=3", "say=up"));
	pid_t old[WORKERS];
	pid_t now[WORKERS];

	launcher_hear_all(launcher, "up", old, WORKERS);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Reload");
	(void)launcher_log(launcher, "exited with status 3 ");
	workers_wait(launcher, "up", now, WORKERS);
	launcher_stop(stage, launcher, 0);
}

/* Where there may be no worker more, the old one is stopped first; the rest are
 * not touched. */
static void without_surge_a_bad_newcomer_costs_one_worker(void **state)
{
	struct service service = service_start(*state);
	pid_t now[WORKERS];

	(void)service_write(&service, "exit=3",
			    "max_surge = 0\nmax_unavailable = 1\n");
	launcher_signal(service.launcher, SIGHUP);
	(void)service_gives_up(&service, "Child ", "exited with status 3");
	workers_wait(service.launcher, "up", now, WORKERS);
	assert_int_equal(workers_same(now, service.pids, WORKERS), WORKERS - 1);
	memcpy(service.pids, now, sizeof(now));
	service_ask(&service);
	service_recovers(&service);
}

static void a_command_that_is_not_there_ends_the_roll(void **state)
{
	struct service service = service_start(*state);

	(void)CONFIG(*state,
		     "[service:a]\n"
		     "command = /nowhere/program\n"
		     "workers = 4\n"
		     "ready = notify\n"
		     "listen = unix:%s\n",
		     service.path);
	launcher_signal(service.launcher, SIGHUP);
	(void)service_gives_up(&service, "Could not launch a worker: ",
			       "execve: No such file");
	service_is_as_before(&service);
	service_recovers(&service);
}

/* One newcomer has crashed and is to be launched again in an hour: the next
 * reload need not wait for that. */
static void a_reload_does_not_wait_for_who_waits_in_a_roll(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage, OPTIONS("-w", "2", "--ready=notify", "--backoff=1h:1h"),
		WORKER("s1:g2:exit=3", "say=up", "notify=READY=1"));
	pid_t old[2];
	pid_t now[2];

	(void)launcher_log(launcher, "All 2 workers are ready");
	workers_wait(launcher, "up", old, 2);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "slot 1, generation 2, uptime");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Reloaded, roll 2");
	workers_wait(launcher, "up", now, 2);
	assert_int_equal(workers_same(now, old, 2), 0);
	launcher_stop(stage, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(new_workers_that_crash_end_the_roll),
		STAGE_TEST(new_workers_that_hang_end_the_roll_and_are_killed),
		STAGE_TEST(new_workers_that_never_become_ready_end_the_roll),
		STAGE_TEST(new_workers_ready_and_dead_at_once_end_the_roll),
		STAGE_TEST(new_workers_that_run_and_die_at_once_are_replaced),
		STAGE_TEST(without_surge_a_bad_newcomer_costs_one_worker),
		STAGE_TEST(a_command_that_is_not_there_ends_the_roll),
		STAGE_TEST(a_reload_does_not_wait_for_who_waits_in_a_roll),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

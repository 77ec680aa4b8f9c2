/*
 * test_control.c - the story of `muster ready` and `muster health`: what they
 * say of services that come, go, roll, fail and stop (E41).
 */
#include <sys/stat.h>

#include "tools/config.h"
#include "tools/probes.h"

/* Whoever reads a line here goes on; held by the test, so that nobody waits for
 * the other end. */
static int gate_open(const char *path)
{
	int fd;

	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void gate_pass(int gate)
{
	assert_int_equal(write(gate, "\n", 1), 1);
}

/* A worker that is ready when it has passed. */
static const char *gate_script(struct stage *stage, const char *path)
{
	return stage_text(stage, "read go <%s; echo >&7; exec sleep 50", path);
}

static struct launcher *gate_start(struct stage *stage, const char *path,
				   const char *go, const char *workers)
{
	return START(
		stage,
		OPTIONS("--control", path, "-w", workers, "--ready", "fd:7"),
		COMMAND("sh", "-c", gate_script(stage, go)));
}

static void ready_begins_with_the_last_worker(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *go = stage_path(stage, "go");
	int gate = gate_open(go);
	struct launcher *launcher = gate_start(stage, path, go, "2");

	(void)launcher_log(launcher, "Started child");
	(void)launcher_log(launcher, "Started child");
	assert_probe(stage, "ready", path, 1,
		     "not ready: sh has 0 of 2 workers");
	/* That they are on their way is no illness. */
	assert_probe(stage, "health", path, 0, "healthy");
	gate_pass(gate);
	probe_wait(stage, "ready", path, "not ready: sh has 1 of 2 workers");
	gate_pass(gate);
	(void)launcher_log(launcher, "All 2 workers are ready");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_probe(stage, "health", path, 0, "healthy");
	launcher_stop(stage, launcher, 0);
	(void)close(gate);
}

/* The dead are told of before they are buried, on some paths. */
static void wait_for_two(const struct launcher *launcher,
			 pid_t pids[CHILDREN_MAX])
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (children_of(launcher->pid, pids) != 2)
		assert_true(now_ms() < until_ms);
}

/* As long as somebody serves, who is missing does not take it back. */
static void ready_lasts_through_a_roll_and_a_death(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *go = stage_path(stage, "go");
	int gate = gate_open(go);
	struct launcher *launcher = gate_start(stage, path, go, "2");
	pid_t pids[CHILDREN_MAX];

	gate_pass(gate);
	gate_pass(gate);
	(void)launcher_log(launcher, "All 2 workers are ready");
	assert_int_equal(children_of(launcher->pid, pids), 2);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Started child");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_probe(stage, "health", path, 0, "healthy");
	gate_pass(gate);
	gate_pass(gate);
	(void)launcher_log(launcher, "Reloaded, roll 1");
	wait_for_two(launcher, pids);
	process_kill(pids[0], SIGKILL);
	(void)launcher_log(launcher, "Started child");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_probe(stage, "health", path, 0, "healthy");
	/* And the other one: nobody is left who serves. */
	process_kill(pids[1], SIGKILL);
	(void)launcher_log(launcher, "Started child");
	assert_probe(stage, "ready", path, 1,
		     "not ready: sh has 0 of 2 workers");
	assert_probe(stage, "health", path, 1,
		     "unhealthy: sh has 0 of 2 workers");
	gate_pass(gate);
	probe_wait(stage, "health", path, "healthy");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
	(void)close(gate);
}

/* E41: before any worker has gone. */
static void a_stop_takes_ready_back_at_once(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = START(stage, OPTIONS("--control", path),
					  WORKER("take=TERM", "say=up"));

	(void)launcher_hear(launcher, "up");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "Caught SIGTERM");
	assert_probe(stage, "ready", path, 1, "not ready: stopping");
	/* A stop is not to be cut short by whoever asks this. */
	assert_probe(stage, "health", path, 0, "healthy, stopping");
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(stage);
	assert_int_equal(access(path, F_OK), -1);
}

static void who_waits_to_be_launched_again_is_neither(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher =
		START(stage,
		      OPTIONS("--control", path, "--backoff", "50s:50s",
			      "--name", "web"),
		      WORKER("exit=3"));

	(void)launcher_log(launcher, "launched again in");
	assert_probe(stage, "ready", path, 1,
		     "not ready: web has 0 of 1 workers");
	assert_probe(stage, "health", path, 1,
		     "unhealthy: web has 0 of 1 workers");
	launcher_stop(stage, launcher, 0);
}

/* All stop then; one takes its time. */
static void a_service_that_was_given_up_is_ill(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *go = stage_path(stage, "go");
	int gate = gate_open(go);
	const char *script = stage_text(stage,
					"trap '' TERM\n"
					"echo up\n"
					"read go <%s\n"
					"exit 3",
					go);
	struct launcher *launcher =
		START(stage,
		      OPTIONS("--control", path, "--give-up", "1/50s",
			      "--healthy-after", "50s", "-w", "2"),
		      COMMAND("sh", "-c", script));

	(void)launcher_hear(launcher, "up");
	(void)launcher_hear(launcher, "up");
	gate_pass(gate);
	(void)launcher_log(launcher, "Giving up service sh");
	assert_probe(stage, "health", path, 1,
		     "unhealthy: sh was given up, too many of its workers "
		     "died young");
	assert_probe(stage, "ready", path, 1, "not ready: stopping");
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(stage);
	(void)close(gate);
}

static void a_service_that_cannot_be_executed_is_ill_until_it_can(void **state)
{
	static const char text[] = "[service:a]\n"
				   "command = %s\n"
				   "[service:b]\n"
				   "command = sleep 50\n";
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *file = CONFIG(stage, text, stage_path(stage, "nothing"));
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path, "-c", file));

	(void)launcher_log(launcher, "Cannot run the command");
	assert_probe(stage, "ready", path, 1,
		     "not ready: a cannot be executed");
	assert_probe(stage, "health", path, 1,
		     "unhealthy: a cannot be executed");
	(void)CONFIG(stage, text, "sleep 50");
	config_reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged [");
	(void)launcher_log(launcher, "All 1 workers are ready [service a]");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_probe(stage, "health", path, 0, "healthy");
	launcher_stop(stage, launcher, 0);
}

static void whose_work_is_done_is_not_missed(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *file = CONFIG(stage, "[service:job]\n"
					 "command = true\n"
					 "restart = on-failure\n"
					 "[service:parked]\n"
					 "command = sleep 50\n"
					 "workers = 0\n"
					 "[service:web]\n"
					 "command = sleep 50\n");
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path, "-c", file));

	(void)launcher_log(launcher, "exited with status 0 [service job");
	assert_probe(stage, "health", path, 0, "healthy");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
}

/* There is no news of it: what it is after has ended without being ready. */
static void who_waits_for_another_in_vain_is_missed(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *file = CONFIG(stage, "[service:job]\n"
					 "command = true\n"
					 "ready = notify\n"
					 "restart = on-failure\n"
					 "[service:late]\n"
					 "command = sleep 50\n"
					 "after = job\n"
					 "[service:web]\n"
					 "command = sleep 50\n");
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path, "-c", file));

	(void)launcher_log(launcher, "exited with status 0 [service job");
	assert_probe(stage, "ready", path, 1,
		     "not ready: late has 0 of 1 workers");
	launcher_stop(stage, launcher, 0);
}

static void a_job_that_failed_is_an_illness(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *file = CONFIG(stage, "[service:job]\n"
					 "command = false\n"
					 "restart = never\n"
					 "[service:web]\n"
					 "command = sleep 50\n");
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path, "-c", file));

	(void)launcher_log(launcher, "exited with status 1 [service job");
	assert_probe(stage, "health", path, 1,
		     "unhealthy: job has a worker that failed and is not "
		     "replaced");
	assert_probe(stage, "ready", path, 1,
		     "not ready: job has a worker that failed and is not "
		     "replaced");
	launcher_stop(stage, launcher, 0);
}

/* Who waits for others is one of them, who leaves is none any more. */
static void services_that_come_and_go_count_as_the_file_has_them(void **state)
{
	static const char web[] = "[service:web]\ncommand = sleep 50\n";
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *go = stage_path(stage, "go");
	int gate = gate_open(go);
	struct launcher *launcher = START(
		stage, OPTIONS("--control", path, "-c", CONFIG(stage, web)));

	(void)launcher_log(launcher, "All 1 workers are ready [service web]");
	assert_probe(stage, "ready", path, 0, "ready");
	(void)CONFIG(stage,
		     "%s[service:slow]\n"
		     "command = sh -c 'trap \"\" TERM; %s'\n"
		     "ready = fd:7\n"
		     "[service:late]\n"
		     "command = sleep 50\n"
		     "after = slow\n",
		     web, gate_script(stage, go));
	config_reload(launcher, "0 changed, 2 new, 0 removed, 1 unchanged [");
	assert_probe(stage, "ready", path, 1,
		     "not ready: slow has 0 of 1 workers");
	assert_probe(stage, "health", path, 0, "healthy");
	gate_pass(gate);
	(void)launcher_log(launcher, "All 1 workers are ready [service late]");
	assert_probe(stage, "ready", path, 0, "ready");
	(void)CONFIG(stage, web);
	config_reload(launcher, "0 changed, 0 new, 2 removed, 1 unchanged [");
	(void)launcher_log(launcher, "Service late has stopped");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_probe(stage, "health", path, 0, "healthy");
	/* Its worker is still there. */
	assert_false(lines_have(&launcher->log, "Service slow has stopped"));
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(stage);
	(void)close(gate);
}

static void without_a_worker_that_shall_be_all_is_well(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *go = stage_path(stage, "go");
	int gate = gate_open(go);
	struct launcher *launcher = gate_start(stage, path, go, "1");

	gate_pass(gate);
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_signal(launcher, SIGTTOU);
	(void)launcher_log(launcher, "killed by signal 15");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_probe(stage, "health", path, 0, "healthy");
	launcher_signal(launcher, SIGTTIN);
	(void)launcher_log(launcher, "Started child");
	assert_probe(stage, "ready", path, 1,
		     "not ready: sh has 0 of 1 workers");
	assert_probe(stage, "health", path, 0, "healthy");
	gate_pass(gate);
	(void)launcher_log(launcher, "All 1 workers are ready");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
	(void)close(gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(ready_begins_with_the_last_worker),
		STAGE_TEST(ready_lasts_through_a_roll_and_a_death),
		STAGE_TEST(a_stop_takes_ready_back_at_once),
		STAGE_TEST(who_waits_to_be_launched_again_is_neither),
		STAGE_TEST(a_service_that_was_given_up_is_ill),
		STAGE_TEST(
			a_service_that_cannot_be_executed_is_ill_until_it_can),
		STAGE_TEST(whose_work_is_done_is_not_missed),
		STAGE_TEST(who_waits_for_another_in_vain_is_missed),
		STAGE_TEST(a_job_that_failed_is_an_illness),
		STAGE_TEST(
			services_that_come_and_go_count_as_the_file_has_them),
		STAGE_TEST(without_a_worker_that_shall_be_all_is_well),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_ready_faults.c - the story of READY=1 from whom, when and in what shape
 * it should not come: nobody becomes ready by it, and muster goes on.
 */
#include "tools/config.h"
#include "tools/messages.h"
#include "tools/workers.h"

#define NOTIFY "--ready=notify", "--log-level=debug"

/* Workers wait for it (worker.c, await), so it must not come too early. */
static void block_usr1(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void block_term(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void assert_ready(struct stage *stage, const struct launcher *launcher,
			 pid_t pid, unsigned int times)
{
	assert_int_equal(
		lines_count(&launcher->log,
			    stage_text(stage, "Child %d is ready", (int)pid)),
		times);
}

/* The worker that waits may go on, and becomes ready only then. */
static void let_become_ready(struct stage *stage, struct launcher *launcher,
			     pid_t pid)
{
	assert_ready(stage, launcher, pid, 0);
	process_kill(pid, SIGUSR1);
	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d is ready", (int)pid));
}

/* During a roll, when it would cost the old one its place. */
static void ready_from_a_stranger_makes_nobody_ready(void **state)
{
	static const char ready[] = "READY=1";
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS(NOTIFY),
		      WORKER("g1:notify=READY=1", "env", "say=up", "await=USR1",
			     "notify=READY=1"),
		      .prepare = block_usr1);
	pid_t old = launcher_hear_pid(launcher, "up");
	const char *address =
		strchr(strstr(launcher->said.data, "NOTIFY_SOCKET=@"), '@');
	pid_t new;

	address =
		stage_text(stage, "%.*s", (int)strcspn(address, "\n"), address);
	launcher_signal(launcher, SIGHUP);
	new = launcher_hear_pid(launcher, "up");
	message_send(address, ready, strlen(ready));
	(void)launcher_log(
		launcher,
		stage_text(stage,
			   "Refused 1 messages, the last from process %d: its "
			   "sender is no worker",
			   (int)getpid()));
	assert_false(lines_have(&launcher->log, "Sent SIGTERM"));
	let_become_ready(stage, launcher, new);
	(void)launcher_log(launcher, stage_text(stage,
						"Sent SIGTERM to child "
						"%d ",
						(int)old));
	(void)launcher_log(launcher, "Reloaded, roll 1");
	launcher_stop(stage, launcher, 0);
	assert_ready(stage, launcher, old, 1);
	assert_ready(stage, launcher, new, 1);
}

/* Its time was over and it was told to stop: it is a word too late. */
static void ready_after_the_timeout_does_not_save_a_newcomer(void **state)
{
	static const char text[] =
		"[service:a]\n"
		"command = '%s' g1:notify=READY=1 say=up await=TERM "
		"g2:notify=READY=1 g2:say=late exit=0\n"
		"ready = notify\n"
		"ready_timeout = %s\n";
	struct stage *stage = *state;
	const char *file = CONFIG(stage, text, stage->worker, "60s");
	struct launcher *launcher =
		START(stage, OPTIONS("--log-level=debug", "-c", file),
		      .prepare = block_term);
	pid_t old = launcher_hear_pid(launcher, "up");
	pid_t new;

	(void)launcher_log(launcher, "is ready");
	(void)CONFIG(stage, text, stage->worker, "100ms");
	launcher_signal(launcher, SIGHUP);
	new = launcher_hear_pid(launcher, "up");
	assert_int_equal(launcher_hear_pid(launcher, "late"), new);
	(void)launcher_log(launcher,
			   stage_text(stage,
				      "Reload aborted, the old workers go on: "
				      "child %d did not become ready in time",
				      (int)new));
	(void)launcher_log(
		launcher,
		stage_text(stage, "Child %d exited with status 0", (int)new));
	assert_ready(stage, launcher, new, 0);
	assert_false(
		lines_have(&launcher->log,
			   stage_text(stage, "Child %d exited", (int)old)));
	launcher_stop(stage, launcher, 0);
	(void)launcher_log(
		launcher,
		stage_text(stage, "Child %d exited with status 0", (int)old));
}

/* At the start nobody serves in its place; it is replaced. */
static void ready_after_the_timeout_does_not_save_the_first_one(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher = START(
		stage, OPTIONS(NOTIFY, "--ready-timeout=100ms"),
		WORKER("g1:say=first", "g1:await=TERM", "g1:notify=READY=1",
		       "g1:exit=0", "notify=READY=1", "await=TERM", "exit=0"),
		.prepare = block_term);
	pid_t first = launcher_hear_pid(launcher, "first");

	(void)launcher_log(
		launcher,
		stage_text(stage, "Child %d exited with status 0", (int)first));
	(void)launcher_log(launcher, "is ready");
	launcher_stop(stage, launcher, 0);
	assert_ready(stage, launcher, first, 0);
}

static void ready_said_twice_counts_once(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS(NOTIFY, "-w", "2"),
		      WORKER("notify=READY=1", "notify=READY=1\nREADY=1",
			     "notify=READY=1", "say=up"));
	pid_t pids[4];

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Reloaded, roll 1");
	launcher_hear_all(launcher, "up", pids + 2, 2);
	launcher_stop(stage, launcher, 0);
	for (int i = 0; i < 4; i++)
		assert_ready(stage, launcher, pids[i], 1);
	assert_int_equal(lines_count(&launcher->log, "is ready"), 4);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 4);
	assert_false(lines_have(&launcher->log, "Refused"));
}

static void check_refused(struct stage *stage, const char *step,
			  const char *reason)
{
	struct launcher *launcher =
		START(stage, OPTIONS(NOTIFY),
		      WORKER(step, "say=up", "await=USR1", "notify=READY=1"),
		      .prepare = block_usr1);
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(
		launcher,
		stage_text(stage,
			   "Refused 1 messages, the last from process %d: %s",
			   (int)pid, reason));
	let_become_ready(stage, launcher, pid);
	launcher_stop(stage, launcher, 0);
	assert_ready(stage, launcher, pid, 1);
}

static void a_message_of_64_kib_is_refused_and_the_next_one_heard(void **state)
{
	check_refused(*state, "notify-long=65536", "longer than 4096");
	check_refused(*state, "notify-long=4097", "longer than 4096");
}

static void
a_message_with_every_byte_is_refused_and_the_next_one_heard(void **state)
{
	check_refused(*state, "notify-bytes", "a NUL byte within");
}

/* muster is stopped meanwhile, so it finds both when it goes on. */
static pid_t die_in_one_turn(struct launcher *launcher, const char *word)
{
	pid_t pid = launcher_hear_pid(launcher, word);

	launcher_signal(launcher, SIGSTOP);
	process_status_wait(launcher->pid, "State:", "T (stopped)");
	process_kill(pid, SIGUSR1);
	process_status_wait(pid, "State:", "Z (zombie)");
	launcher_signal(launcher, SIGCONT);
	return pid;
}

static void ready_and_dead_in_one_turn_is_ready_and_dead(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS(NOTIFY),
		      WORKER("g1:say=up", "g1:await=USR1", "notify=READY=1",
			     "g1:exit=3", "say=stays"),
		      .prepare = block_usr1);
	pid_t first = die_in_one_turn(launcher, "up");
	pid_t second = launcher_hear_pid(launcher, "stays");

	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d is ready", (int)first));
	(void)launcher_log(
		launcher,
		stage_text(stage, "Child %d exited with status 3", (int)first));
	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d is ready", (int)second));
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
}

/* It relieved the old one, which cannot be taken back: one slot has lost its
 * worker, and gets another from before the roll. The others never noticed. */
static void a_newcomer_ready_and_dead_in_one_turn_costs_one_slot(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS(NOTIFY, "-w", "3"),
		      WORKER("g2:say=new", "g2:await=USR1", "notify=READY=1",
			     "g2:exit=3", "say=up"),
		      .prepare = block_usr1);
	pid_t old[3];
	pid_t now[3];
	pid_t dead;

	launcher_hear_all(launcher, "up", old, 3);
	(void)launcher_log(launcher, "All 3 workers are ready");
	launcher_signal(launcher, SIGHUP);
	dead = die_in_one_turn(launcher, "new");
	(void)launcher_log(launcher,
			   stage_text(stage,
				      "Reload aborted, the old workers go on: "
				      "Child %d exited with status 3",
				      (int)dead));
	assert_ready(stage, launcher, dead, 1);
	launcher->log.mark = 0;
	(void)launcher_log(launcher, "slot 0, generation 1, uptime");
	workers_wait(launcher, "up", now, 3);
	assert_int_equal(workers_same(now, old, 3), 2);
	launcher_stop(stage, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(ready_from_a_stranger_makes_nobody_ready),
		STAGE_TEST(ready_after_the_timeout_does_not_save_a_newcomer),
		STAGE_TEST(ready_after_the_timeout_does_not_save_the_first_one),
		STAGE_TEST(ready_said_twice_counts_once),
		STAGE_TEST(
			a_message_of_64_kib_is_refused_and_the_next_one_heard),
		STAGE_TEST(
			a_message_with_every_byte_is_refused_and_the_next_one_heard),
		STAGE_TEST(ready_and_dead_in_one_turn_is_ready_and_dead),
		STAGE_TEST(
			a_newcomer_ready_and_dead_in_one_turn_costs_one_slot),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_roll_kills.c - the story of somebody who kills workers, old and new, at
 * any moment of a roll: in the end there are as many as there shall be, one in
 * each slot, and nobody is left behind (B79). The seed is printed;
 * MUSTER_TEST_SEED repeats it, as far as time can be repeated.
 */
#include "base/random.h"
#include "tools/workers.h"

#define WORKERS 6
#define ROUNDS 30

/* Whom the killer is after. */
enum victims {
	VICTIMS_ALL,
	VICTIMS_OLD,
	VICTIMS_NEW,
	VICTIMS_KINDS,
};

struct killer {
	struct stage *stage;
	struct launcher *launcher;
	struct random random;
	pid_t old[WORKERS]; /* before this roll */
};

/* Time passes while the launcher works. */
static void pass(struct killer *killer, size_t limit_ms)
{
	int ms = (int)random_below(&killer->random, limit_ms);

	assert_false(launcher_ends_within(killer->launcher, ms));
}

static void kill_one(struct killer *killer, enum victims victims)
{
	pid_t pids[CHILDREN_MAX];
	unsigned int count = children_of(killer->launcher->pid, pids);
	size_t first = count > 0 ? random_below(&killer->random, count) : 0;

	for (unsigned int i = 0; i < count; i++) {
		pid_t pid = pids[(first + i) % count];
		bool is_old = workers_know(killer->old, WORKERS, pid);

		if ((victims == VICTIMS_OLD && !is_old) ||
		    (victims == VICTIMS_NEW && is_old))
			continue;
		(void)kill(pid, SIGKILL); /* it may have ended by itself */
		return;
	}
}

static unsigned int count_of(const struct killer *killer, const char *text)
{
	return lines_count(&killer->launcher->log, text);
}

/* As many rolls as began are over. */
static void wait_for_end_of_roll(struct killer *killer)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (count_of(killer, "Reloading 6 workers, roll ") >
	       count_of(killer, "Reloaded, roll ") +
		       count_of(killer, "Reload aborted")) {
		if (now_ms() >= until_ms)
			fail_msg("the roll does not end:\n%s",
				 killer->launcher->log.data);
		assert_false(launcher_ends_within(killer->launcher, 1));
	}
}

/* Each slot has one of them. */
static bool has_all_slots(const struct killer *killer, const pid_t *pids)
{
	for (unsigned int id = 0; id < WORKERS; id++) {
		unsigned int found = 0;

		for (unsigned int i = 0; i < WORKERS; i++) {
			char text[64];

			(void)snprintf(text, sizeof(text),
				       "env MUSTER_WORKER_ID=%u", id);
			found += workers_said(killer->launcher, &pids[i], 1,
					      text);
		}
		if (found != 1)
			return false;
	}
	return true;
}

/* Somebody who leaves may stand for one who is yet to come, for a moment. */
static void settle(struct killer *killer, pid_t *ret_pids)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	workers_wait(killer->launcher, "up", ret_pids, WORKERS);
	while (!has_all_slots(killer, ret_pids)) {
		if (now_ms() >= until_ms)
			fail_msg("not one worker in each slot:\n%s",
				 killer->launcher->log.data);
		assert_false(launcher_ends_within(killer->launcher, 1));
		workers_wait(killer->launcher, "up", ret_pids, WORKERS);
	}
}

static void roll(struct killer *killer)
{
	unsigned int rolls = count_of(killer, "Reloading 6 workers, roll ");

	launcher_signal(killer->launcher, SIGHUP);
	while (count_of(killer, "Reloading 6 workers, roll ") == rolls)
		assert_false(launcher_ends_within(killer->launcher, 1));
}

static void killer_round(struct killer *killer, enum victims victims)
{
	pid_t now[WORKERS];

	roll(killer);
	for (size_t kills = 1 + random_below(&killer->random, 8); kills > 0;
	     kills--) {
		pass(killer, 4);
		kill_one(killer, victims);
	}
	wait_for_end_of_roll(killer);
	settle(killer, now);
	memcpy(killer->old, now, sizeof(now));
}

/* Nothing of all that is left: a roll without a kill replaces all. */
static void roll_in_peace(struct killer *killer)
{
	pid_t now[WORKERS];

	roll(killer);
	wait_for_end_of_roll(killer);
	settle(killer, now);
	assert_int_equal(workers_same(now, killer->old, WORKERS), 0);
}

/* Everybody who was launched has been buried, once. */
static void end_in_peace(struct killer *killer)
{
	unsigned int ends;

	launcher_stop(killer->stage, killer->launcher, 0);
	ends = count_of(killer, " killed by signal 9 (SIGKILL) [") +
	       count_of(killer, " killed by signal 15 (SIGTERM) [");
	assert_int_equal(count_of(killer, "Started child "), ends);
	assert_false(lines_have(&killer->launcher->log, "dropped"));
}

static void kill_in_rolls(struct stage *stage, const char *surge,
			  const char *unavailable, const char *ready)
{
	bool says_ready = strcmp(ready, "--ready=notify") == 0;
	struct killer killer = {
		.stage = stage,
		.random = random_from_environment(surge),
	};

	killer.launcher = START(
		stage,
		OPTIONS("-w", "6", "--throttle=off", surge, unavailable, ready),
		WORKER("env", "say=up", "after=2",
		       says_ready ? "notify=READY=1" : "say=ready"));
	workers_wait(killer.launcher, "up", killer.old, WORKERS);
	for (int i = 0; i < ROUNDS; i++)
		killer_round(&killer, (enum victims)(i % VICTIMS_KINDS));
	roll_in_peace(&killer);
	end_in_peace(&killer);
}

static void kills_in_rolls_lose_nobody(void **state)
{
	kill_in_rolls(*state, "--max-surge=10%", "--max-unavailable=10%",
		      "--ready=notify");
}

static void kills_in_rolls_of_all_at_once_lose_nobody(void **state)
{
	kill_in_rolls(*state, "--max-surge=100%", "--max-unavailable=0",
		      "--ready=notify");
}

static void kills_in_rolls_without_surge_lose_nobody(void **state)
{
	kill_in_rolls(*state, "--max-surge=0", "--max-unavailable=2",
		      "--ready=notify");
}

static void kills_in_rolls_of_who_need_not_say_ready_lose_nobody(void **state)
{
	kill_in_rolls(*state, "--max-surge=2", "--max-unavailable=2",
		      "--ready=exec");
}

static void term_in_a_roll_with_kills_ends_it_cleanly(void **state)
{
	struct random random = random_from_environment("term");

	for (int i = 0; i < 10; i++) {
		struct killer killer = {.stage = *state, .random = random};

		killer.launcher = START(
			*state,
			OPTIONS("-w", "6", "--throttle=off", "--ready=notify"),
			WORKER("say=up", "after=2", "notify=READY=1"));
		workers_wait(killer.launcher, "up", killer.old, WORKERS);
		roll(&killer);
		for (size_t kills = random_below(&killer.random, 6); kills > 0;
		     kills--) {
			pass(&killer, 3);
			kill_one(&killer, VICTIMS_ALL);
		}
		end_in_peace(&killer);
		launcher_forget(*state, killer.launcher);
		random = killer.random;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(kills_in_rolls_lose_nobody),
		STAGE_TEST(kills_in_rolls_of_all_at_once_lose_nobody),
		STAGE_TEST(kills_in_rolls_without_surge_lose_nobody),
		STAGE_TEST(
			kills_in_rolls_of_who_need_not_say_ready_lose_nobody),
		STAGE_TEST(term_in_a_roll_with_kills_ends_it_cleanly),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

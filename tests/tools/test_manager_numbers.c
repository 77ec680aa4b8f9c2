/*
 * test_manager_numbers.c - the story of how many workers each of several
 * services has, which numbers they bear, and what is told of them (B111 to
 * B115).
 */
#include "tools/config.h"
#include "tools/news.h"
#include "tools/workers.h"

/* B115. */
#define REFERENCE_PACE_NS 10000000

/* light has so many workers, as the file says it. */
static const char *write_file(struct stage *stage, const char *workers)
{
	return CONFIG(stage,
		      "[DEFAULT]\n"
		      "command = '%s' take=TERM:0 env say=ready\n"
		      "[service:heavy]\n"
		      "workers = 2\n"
		      "[service:light]\n"
		      "workers = %s\n",
		      stage->worker, workers);
}

/* light has so many workers from now on. */
static void set_light(struct stage *stage, struct launcher *launcher,
		      unsigned int count)
{
	(void)write_file(stage, stage_text(stage, "%u", count));
	config_reload(launcher, "1 changed, 0 new, 0 removed, 1 unchanged");
}

/* The next of light's workers that says it is ready is the one of this number.
 */
static pid_t hear_number(struct stage *stage, struct launcher *launcher,
			 unsigned int number)
{
	pid_t pid = launcher_hear_pid(launcher, "ready");

	if (!lines_have(&launcher->said,
			stage_text(stage, "%d env MUSTER_WORKER_ID=%u\n",
				   (int)pid, number)) ||
	    !lines_have(&launcher->said,
			stage_text(stage, "%d env MUSTER_SERVICE=light\n",
				   (int)pid)))
		fail_msg("%d is not number %u of light", (int)pid, number);
	return pid;
}

/* B111. */
static void a_number_of_workers_is_one(void **state)
{
	static const char *const wrong[] = {"-1",   "1.5", "x",
					    "\"\"", "1 1", "1000001"};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct launcher *launcher = START(
			*state, OPTIONS("-c", write_file(*state, wrong[i])));

		assert_int_equal(launcher_end(launcher), 125);
		(void)launcher_log(launcher, "muster.conf:6: key \"workers\"");
		assert_int_equal(lines_count(&launcher->log, ""), 1);
		assert_nobody_left(*state);
	}
}

/* B112: it acts at once and both ways, and what is too many does not come
 * back. */
static void another_number_is_reached_at_once_and_kept(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("-c", write_file(stage, "1")));
	pid_t pids[5];
	pid_t others[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	set_light(stage, launcher, 5);
	launcher_hear_all(launcher, "ready", pids, 4);
	set_light(stage, launcher, 1);
	for (int i = 0; i < 4; i++)
		(void)launcher_log(launcher, "exited with status 0 [service "
					     "light, slot ");
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			lines_count(&launcher->log,
				    stage_text(stage, "Child %d exited",
					       (int)pids[i])),
			1);
	/* Time enough to launch them again. */
	for (int i = 0; i < 5; i++)
		config_reload(launcher,
			      "0 changed, 0 new, 0 removed, 2 unchanged");
	workers_wait(launcher, "ready", others, 3);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 7);
}

/* B112: the reference takes a negative number, and a service that is not there
 * for an error of the program. */
static void a_number_that_is_none_changes_nothing(void **state)
{
	static const char *const wrong[] = {"-1", "-4", "five"};
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("-c", write_file(stage, "1")));
	pid_t pids[3];
	pid_t now[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		(void)write_file(stage, wrong[i]);
		launcher_signal(launcher, SIGHUP);
		(void)launcher_log(launcher, "key \"workers\"");
		(void)launcher_log(launcher, "configuration unchanged");
	}
	workers_wait(launcher, "ready", now, 3);
	assert_int_equal(workers_same(now, pids, 3), 3);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3);
}

/* B113: whoever comes has the lowest number that is free, whoever goes the
 * highest, and a replacement that of the one before it. */
static void numbers_are_0_to_n_and_stay_with_their_places(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("-c", write_file(stage, "1")));
	pid_t heavies[3];
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", heavies, 3);
	for (unsigned int count = 2; count <= 3; count++) {
		set_light(stage, launcher, count);
		pids[count - 1] = hear_number(stage, launcher, count - 1);
	}
	process_kill(pids[1], SIGKILL);
	pids[1] = hear_number(stage, launcher, 1);
	set_light(stage, launcher, 2);
	(void)launcher_log(launcher, stage_text(stage,
						"Child %d exited with status 0 "
						"[service light, slot 2, ",
						(int)pids[2]));
	set_light(stage, launcher, 3);
	(void)hear_number(stage, launcher, 2);
	process_kill(pids[1], SIGKILL);
	(void)hear_number(stage, launcher, 1);
	launcher_stop(stage, launcher, 0);
}

static const struct json_node *news_of_worker(const struct news *news,
					      const struct json_node *after,
					      const char *event,
					      const char *service, int64_t slot)
{
	const struct json_node *line = news_next(news, after, event);

	assert_string_equal(json_text_of(line, "service"), service);
	assert_int_equal(json_number_of(line, "slot"), slot);
	return line;
}

/* A worker that was killed is told of, and who is in its place, and why. */
static const struct json_node *
check_death(const struct news *news, const struct json_node *after, pid_t pid)
{
	const struct json_node *line =
		news_of_worker(news, after, "exited", "light", 0);

	assert_int_equal(json_number_of(line, "pid"), pid);
	assert_int_equal(json_number_of(json_child(line, "exit"), "code"),
			 SIGKILL);
	assert_string_equal(json_text_of(line, "next"), "now");
	line = news_of_worker(news, line, "started", "light", 0);
	assert_int_equal(json_number_of(line, "generation"), 2);
	assert_int_equal(json_number_of(line, "old_pid"), pid);
	return news_of_worker(news, line, "ready", "light", 0);
}

static const struct json_node *check_begin(const struct news *news)
{
	const struct json_node *line = NULL;

	for (int i = 0; i < 3; i++) {
		line = news_of_worker(news, line, "started",
				      i < 2 ? "heavy" : "light", i % 2);
		assert_int_equal(json_number_of(line, "generation"), 1);
		line = news_of_worker(news, line, "ready",
				      i < 2 ? "heavy" : "light", i % 2);
	}
	return line;
}

/* B114: instead of hooks, and in the order in which it happens. */
static void what_the_reference_calls_hooks_for_is_told_as_events(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("--log-format=json", "--log-level=debug",
				     "-c", write_file(stage, "1")));
	const struct json_node *line;
	pid_t pids[3];
	pid_t light;

	light = (pid_t)line_number(
		launcher_log(launcher, "\"service\":\"light\",\"slot\":0"),
		"\"pid\":");
	launcher_hear_all(launcher, "ready", pids, 3);
	process_kill(light, SIGKILL);
	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "2 unchanged");
	launcher_stop(stage, launcher, 0);
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	line = check_begin(&news);		 /* on_new_worker, on_ready */
	line = check_death(&news, line, light);	 /* on_dead_worker */
	line = news_next(&news, line, "signal"); /* on_reload */
	assert_string_equal(json_text_of(line, "route"), "reload");
	line = news_next(&news, line, "signal"); /* on_terminate */
	assert_string_equal(json_text_of(line, "route"), "stop");
	line = news_next(&news, line, "stop");
	assert_int_equal(json_number_of(line, "count"), 3);
	for (int i = 0; i < 3; i++) {
		line = news_next(&news, line, "exited");
		assert_string_equal(json_text_of(line, "why"), "asked");
	}
	(void)news_next(&news, line, "done");
	assert_int_equal(news_count(&news, "started"), 4);
	assert_int_equal(news_count(&news, "exited"), 4);
}

/* B115: the reference waits for 10 ms between any two launches, and for 5 s
 * when there were too many in all services together. */
static void launches_are_not_paced(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct stage *stage = *state;
	const char *file = CONFIG(stage, "[DEFAULT]\n"
					 "command = sleep 50\n"
					 "workers = 150\n"
					 "[service:a]\n"
					 "[service:b]\n"
					 "[service:c]\n"
					 "[service:d]\n");
	struct launcher *launcher =
		START(stage, OPTIONS("--log-format=json", "-c", file));
	const struct json_node *node;
	int64_t least_ns = INT64_MAX;

	(void)launcher_log(launcher, "\"event\":\"serving\",");
	while (!lines_have(&launcher->log, "\"count\":600}"))
		(void)launcher_log(launcher, "\"event\":\"serving\",");
	launcher_stop(stage, launcher, 0);
	news_read(&news, &launcher->log);
	node = news_next(&news, NULL, "started");
	for (int i = 1; i < 600; i++) {
		int64_t before_ns = json_number_of(node, "time_ns");
		int64_t gap_ns;

		node = news_next(&news, node, "started");
		gap_ns = json_number_of(node, "time_ns") - before_ns;
		if (gap_ns < least_ns)
			least_ns = gap_ns;
	}
	/* Of paced ones each is so far from the one before, and on a slow
	 * machine farther. */
	assert_true(least_ns < REFERENCE_PACE_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_number_of_workers_is_one),
		STAGE_TEST(another_number_is_reached_at_once_and_kept),
		STAGE_TEST(a_number_that_is_none_changes_nothing),
		STAGE_TEST(numbers_are_0_to_n_and_stay_with_their_places),
		STAGE_TEST(
			what_the_reference_calls_hooks_for_is_told_as_events),
		STAGE_TEST(launches_are_not_paced),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_json.c - the story of a log for programs: each line one object, each
 * number in its place, whatever the names are.
 */
#include <time.h>

#include "tools/news.h"

#define JSON_OPTIONS "--log-format", "json"

static void check_roll(const struct news *news, const struct json_node *after)
{
	const struct json_node *line = news_next(news, after, "signal");

	assert_string_equal(json_text_of(line, "route"), "reload");
	line = news_next(news, line, "reload");
	assert_int_equal(json_number_of(line, "count"), 3);
	assert_int_equal(json_number_of(line, "roll"), 1);
	assert_null(json_child(line, "signal"));
	line = news_next(news, line, "exited");
	assert_string_equal(json_text_of(line, "why"), "rolled");
	assert_string_equal(json_text_of(line, "level"), "info");
	line = news_next(news, line, "rolled");
	assert_int_equal(json_number_of(line, "ready"), 3);
	assert_true(json_number_of(line, "uptime_ns") > 0);
	assert_true(json_number_of(line, "number") >
		    json_number_of(after, "number"));
}

static void a_life_is_told_line_by_line_without_a_gap(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct launcher *launcher =
		START(*state,
		      OPTIONS(JSON_OPTIONS, "-w", "3", "--name", "web",
			      "--log-level", "debug", "-l", "in=tcp::0"),
		      WORKER("say=ready"));
	const struct json_node *line;
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "\"event\":\"rolled\"");
	launcher_stop(*state, launcher, 0);
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	line = news_next(&news, NULL, "engine");
	assert_non_null(strstr(json_text_of(line, "text"), "engine "));
	line = news_next(&news, line, "listening");
	assert_string_equal(json_text_of(line, "listener"), "in");
	assert_null(json_child(line, "service"));
	line = news_next(&news, line, "starting");
	assert_int_equal(json_number_of(line, "count"), 3);
	assert_string_equal(json_text_of(line, "service"), "web");
	line = news_next(&news, line, "serving");
	assert_int_equal(json_number_of(line, "count"), 3);
	check_roll(&news, line);
	assert_int_equal(news_count(&news, "started"), 6);
	assert_int_equal(news_count(&news, "stopping"), 6);
	assert_int_equal(news_count(&news, "exited"), 6);
	line = news_next(&news, line, "done");
	assert_int_equal(json_number_of(line, "status"), 0);
	line = news_next(&news, line, "summary");
	assert_ptr_equal(line, news.lines[news.count - 1]);
	assert_int_equal(json_number_of(line, "started"), 6);
	assert_int_equal(json_number_of(line, "signaled"), 6);
}

static void check_started(const struct json_node *line, pid_t pid, pid_t old)
{
	assert_int_equal(json_number_of(line, "pid"), pid);
	assert_string_equal(json_text_of(line, "service"), "web");
	assert_int_equal(json_number_of(line, "slot"), 0);
	assert_int_equal(json_number_of(line, "generation"), old ? 2 : 1);
	assert_string_equal(json_text_of(line, "level"), "info");
	assert_null(json_child(line, "exit"));
	assert_null(json_child(line, "why"));
	if (old == 0) {
		assert_null(json_child(line, "old_pid"));
		assert_null(json_child(line, "latency_ns"));
		return;
	}
	assert_int_equal(json_number_of(line, "old_pid"), old);
	assert_in_range(json_number_of(line, "latency_ns"), 1,
			UINT64_C(10000000000));
}

static void check_killed(const struct json_node *line, pid_t pid)
{
	const struct json_node *how = json_child(line, "exit");

	assert_int_equal(json_number_of(line, "pid"), pid);
	assert_int_equal(json_number_of(line, "generation"), 1);
	assert_string_equal(json_text_of(line, "level"), "warning");
	assert_non_null(how);
	assert_string_equal(json_text_of(how, "kind"), "signal");
	assert_int_equal(json_number_of(how, "code"), SIGKILL);
	assert_string_equal(json_text_of(how, "signal"), "SIGKILL");
	assert_int_equal(json_child(how, "core")->type, JSON_BOOL);
	assert_false(json_child(how, "core")->number);
	assert_string_equal(json_text_of(line, "next"), "now");
	assert_null(json_child(line, "delay_ns"));
	assert_in_range(json_number_of(line, "uptime_ns"), 1,
			UINT64_C(60000000000));
}

static void a_restart_has_its_fields(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct launcher *launcher =
		START(*state, OPTIONS(JSON_OPTIONS, "--name", "web"),
		      WORKER("say=ready"));
	pid_t first = launcher_hear_pid(launcher, "ready");
	const struct json_node *line;
	const struct json_node *next;
	pid_t second;

	process_kill(first, SIGKILL);
	second = launcher_hear_pid(launcher, "ready");
	launcher_stop(*state, launcher, 0);
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	line = news_next(&news, NULL, "started");
	check_started(line, first, 0);
	line = news_next(&news, line, "exited");
	check_killed(line, first);
	next = news_next(&news, line, "started");
	check_started(next, second, first);
	assert_true(json_number_of(line, "time_ns") <=
		    json_number_of(next, "time_ns"));
	line = news_next(&news, next, "exited");
	assert_string_equal(json_text_of(line, "why"), "asked");
	assert_string_equal(json_text_of(line, "level"), "info");
	line = news_next(&news, NULL, "summary");
	assert_int_equal(json_number_of(line, "restarts"), 1);
	assert_true(json_number_of(line, "turn_max_ns") > 0);
	line = json_child(line, "restart_latency");
	assert_int_equal(json_number_of(line, "count"), 1);
	assert_true(json_number_of(line, "max_ns") > 0);
}

static void a_worker_held_back_says_why_and_how_long(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct launcher *launcher =
		START(*state,
		      OPTIONS(JSON_OPTIONS, "--throttle", "1/1h:1", "-w", "1"),
		      WORKER("exit=7"));
	const struct json_node *line;

	(void)launcher_log(launcher, "\"throttle\"");
	launcher_stop(*state, launcher, 0);
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	line = news_next(&news, NULL, "exited");
	line = news_next(&news, line, "exited");
	assert_string_equal(json_text_of(line, "next"), "later");
	assert_string_equal(json_text_of(line, "why"), "throttle");
	assert_in_range(json_number_of(line, "delay_ns"), 1,
			UINT64_C(3600000000000));
	line = json_child(line, "exit");
	assert_string_equal(json_text_of(line, "kind"), "status");
	assert_int_equal(json_number_of(line, "code"), 7);
	assert_null(json_child(line, "core"));
	assert_null(json_child(line, "signal"));
}

static void a_signal_says_who_sent_it_and_what_it_means(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct launcher *launcher = START(
		*state,
		OPTIONS(JSON_OPTIONS, "-t", "50ms", "--log-level", "debug"),
		WORKER("ignore=TERM", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");
	const struct json_node *line;

	launcher_stop(*state, launcher, 1);
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	line = news_next(&news, NULL, "signal");
	assert_string_equal(json_text_of(line, "signal"), "SIGTERM");
	assert_string_equal(json_text_of(line, "route"), "stop");
	assert_int_equal(json_number_of(line, "pid"), getpid());
	assert_int_equal(json_number_of(line, "uid"), getuid());
	line = news_next(&news, line, "stopping");
	assert_int_equal(json_number_of(line, "pid"), pid);
	assert_string_equal(json_text_of(line, "signal"), "SIGTERM");
	assert_null(json_child(line, "error"));
	line = news_next(&news, line, "overdue");
	assert_string_equal(json_text_of(line, "signal"), "SIGKILL");
	assert_string_equal(json_text_of(line, "level"), "warning");
}

/* As it would have to come back, the broken bytes as U+FFFD. */
static void hostile_names_are_a_string_like_any_other(void **state)
{
	static const char name[] =
		"a\"b\\\n{\"seq\":1}\n\xff\xc2\x9b\x1b[2J\x7f"
		"\xed\xa0\x80";
	static const char read_back[] =
		"a\"b\\\n{\"seq\":1}\n\xef\xbf\xbd\xc2\x9b\x1b[2J\x7f"
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd";
	_cleanup_(news_fini) struct news news = {0};
	const char *command = stage_path(*state, "no\"such\\\n\xc0\xaf");
	struct launcher *launcher =
		START(*state, OPTIONS(JSON_OPTIONS, "--name", name),
		      COMMAND(command));
	const struct json_node *line;

	assert_int_equal(launcher_end(launcher), 127);
	assert_null(strchr(launcher->log.data, '\x1b'));
	assert_null(strstr(launcher->log.data, "\xc2\x9b"));
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	line = news_next(&news, NULL, "starting");
	assert_string_equal(json_text_of(line, "service"), read_back);
	line = news_next(&news, NULL, "give-up");
	assert_string_equal(json_text_of(line, "level"), "error");
	assert_string_equal(json_text_of(line, "why"), "unexecutable");
	assert_non_null(strstr(json_text_of(line, "text"),
			       "/no\"such\\\n\xef\xbf\xbd\xef\xbf\xbd"));
	line = json_child(line, "exit");
	assert_string_equal(json_text_of(line, "kind"), "launch");
	assert_string_equal(json_text_of(line, "step"), "execve");
	assert_string_equal(json_text_of(line, "error"), "ENOENT");
}

static void a_name_longer_than_a_line_is_cut_and_said_to_be(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct launcher *launcher;
	const struct json_node *line;
	char name[5000];

	memset(name, '\x01', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	launcher = START(
		*state,
		OPTIONS(JSON_OPTIONS, "--name", name, "--restart", "never"),
		COMMAND("true"));
	assert_int_equal(launcher_end(launcher), 0);
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	line = news_next(&news, NULL, "exited");
	assert_int_equal(json_child(line, "cut")->number, 1);
	assert_string_equal(json_text_of(line, "next"), "never");
	assert_in_range(strlen(json_text_of(line, "service")), 100, 1024);
}

static void the_log_level_chooses_as_it_does_for_text(void **state)
{
	static const struct {
		const char *level;
		unsigned int started, sent, summary;
	} levels[] = {
		{"debug", 1, 1, 1},   {"info", 1, 0, 1},  {"notice", 0, 0, 1},
		{"warning", 0, 0, 0}, {"error", 0, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		_cleanup_(news_fini) struct news news = {0};
		struct launcher *launcher = START(
			*state,
			OPTIONS(JSON_OPTIONS, "--log-level", levels[i].level),
			WORKER("say=ready"));

		(void)launcher_hear(launcher, "ready");
		launcher_stop(*state, launcher, 0);
		news_read(&news, &launcher->log);
		news_check_sequence(&news);
		assert_int_equal(news_count(&news, "started"),
				 levels[i].started);
		assert_int_equal(news_count(&news, "stopping"), levels[i].sent);
		assert_int_equal(news_count(&news, "summary"),
				 levels[i].summary);
	}
}

/* Before anything runs, and the option that is refused after this one. */
static void what_muster_says_itself_is_an_object_too(void **state)
{
	const char *const *const starts[] = {
		LIST("run", JSON_OPTIONS, "-l", "tcp:\"nowhere\n:1", "true"),
		LIST("run", JSON_OPTIONS, "--restart", "so\"me\ntimes", "true"),
		LIST("run", JSON_OPTIONS),
	};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		_cleanup_(news_fini) struct news news = {0};
		struct launcher *launcher =
			START(*state, .arguments = starts[i]);

		assert_int_equal(launcher_end(launcher), 125);
		news_read(&news, &launcher->log);
		news_check_sequence(&news);
		assert_int_equal(news.count, 1);
		assert_string_equal(json_text_of(news.lines[0], "event"),
				    "log");
		assert_string_equal(json_text_of(news.lines[0], "level"),
				    "error");
		assert_true(strlen(json_text_of(news.lines[0], "message")) >
			    10);
	}
}

/* Chosen by a configuration file, and what is wrong in one. */
static void a_configuration_file_may_choose_it(void **state)
{
	static const char good[] = "[DEFAULT]\nlog_format = json\n"
				   "[service:web]\nrestart = never\n"
				   "command = true\n";
	_cleanup_(news_fini) struct news news = {0};
	_cleanup_(news_fini) struct news faults = {0};
	const char *file = stage_file(*state, "good", good, 0644);
	struct launcher *launcher = START(*state, ARGUMENTS("run", "-c", file));

	assert_int_equal(launcher_end(launcher), 0);
	news_read(&news, &launcher->log);
	news_check_sequence(&news);
	assert_string_equal(
		json_text_of(news_next(&news, NULL, "started"), "service"),
		"web");
	file = stage_file(*state, "bad", "[service:\"]\ncomand = \x01\n", 0644);
	launcher = START(*state, ARGUMENTS("run", JSON_OPTIONS, "-c", file));
	assert_int_equal(launcher_end(launcher), 125);
	news_read(&faults, &launcher->log);
	news_check_sequence(&faults);
	assert_int_equal(news_count(&faults, "log"), faults.count);
	assert_true(faults.count > 0);
}

static void lines_a_slow_reader_misses_are_told_by_number(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	struct launcher *launcher;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)fcntl(ends[1], F_SETPIPE_SZ, 4096);
	launcher = START(
		*state, OPTIONS(JSON_OPTIONS, "-w", "4", "--throttle", "off"),
		WORKER("say=on", "exit=1"), .has_log = true, .log_fd = ends[1]);
	(void)close(ends[1]);
	/* Some 500 bytes a worker: more than the pipe and the buffer hold. */
	for (int i = 0; i < 400; i++)
		(void)launcher_hear(launcher, " on");
	launcher->log.fd = ends[0];
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	(void)launcher_log(launcher, "\"dropped\"");
	launcher_stop(*state, launcher, 0);
	news_read(&news, &launcher->log);
	news_check_dropped(&news);
}

/* Not time(2), whose second begins a tick later than the clock's. */
static time_t wall_second(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	return now.tv_sec;
}

static void the_time_is_the_wall_clocks(void **state)
{
	_cleanup_(news_fini) struct news news = {0};
	time_t before = wall_second();
	struct launcher *launcher =
		START(*state, OPTIONS(JSON_OPTIONS, "--restart", "never"),
		      COMMAND("true"));
	struct tm tm = {0};

	assert_int_equal(launcher_end(launcher), 0);
	news_read(&news, &launcher->log);
	for (unsigned int i = 0; i < news.count; i++) {
		assert_non_null(strptime(json_text_of(news.lines[i], "time"),
					 "%Y-%m-%dT%H:%M:%S", &tm));
		assert_in_range(timegm(&tm), before, wall_second());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_life_is_told_line_by_line_without_a_gap),
		STAGE_TEST(a_restart_has_its_fields),
		STAGE_TEST(a_worker_held_back_says_why_and_how_long),
		STAGE_TEST(a_signal_says_who_sent_it_and_what_it_means),
		STAGE_TEST(hostile_names_are_a_string_like_any_other),
		STAGE_TEST(a_name_longer_than_a_line_is_cut_and_said_to_be),
		STAGE_TEST(the_log_level_chooses_as_it_does_for_text),
		STAGE_TEST(what_muster_says_itself_is_an_object_too),
		STAGE_TEST(a_configuration_file_may_choose_it),
		STAGE_TEST(lines_a_slow_reader_misses_are_told_by_number),
		STAGE_TEST(the_time_is_the_wall_clocks),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

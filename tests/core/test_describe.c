/*
 * test_describe.c - every kind of news in its exact words and on its level, cut
 * where there is no room, whatever the caller's struct knows.
 */
#include <limits.h>

#include "core/fixture.h"

#define LINE_SIZE 512

static const struct story {
	enum muster_level level;
	const char *line;
	struct muster_event event;
} stories[] = {
#define NEWS(kind_, ...)                                  \
	{                                                 \
		.size = sizeof(struct muster_event),      \
		.kind = MUSTER_EVENT_##kind_, __VA_ARGS__ \
	}
#define WORKER .pid = 12, .name = "web", .slot = 3, .generation = 7
	{MUSTER_LEVEL_DEBUG, "", NEWS(NONE)},
	{MUSTER_LEVEL_INFO, "muster " MUSTER_VERSION ", engine epoll",
	 NEWS(ENGINE, .text = "engine epoll")},
	{MUSTER_LEVEL_INFO, "Listening on tcp:*:80 (http)",
	 NEWS(LISTENING, .text = "tcp:*:80", .name = "http")},
	{MUSTER_LEVEL_INFO, "Starting 4 workers [service web]",
	 NEWS(STARTING, .count = 4, .name = "web")},
	{MUSTER_LEVEL_INFO,
	 "Started child 12 [service web, slot 3, generation 7]",
	 NEWS(STARTED, WORKER)},
	{MUSTER_LEVEL_INFO,
	 "Started child 12 [service web, slot 3, generation 7, replaces 9 "
	 "after 45.6 us]",
	 NEWS(STARTED, WORKER, .old_pid = 9, .latency_ns = 45600)},
	{MUSTER_LEVEL_WARNING,
	 "Child 12 exited with status 1 [service web, slot 3, generation 7, "
	 "uptime 1.50 s]",
	 NEWS(EXITED, WORKER, .exit = {.code = 1}, .why = MUSTER_WHY_RULE,
	      .uptime_ns = 1500000000)},
	{MUSTER_LEVEL_INFO,
	 "Child 12 exited with status 0 [service web, slot 3, generation 7, "
	 "uptime 2.00 s, not replaced]",
	 NEWS(EXITED, WORKER, .next = MUSTER_NEXT_NEVER, .why = MUSTER_WHY_RULE,
	      .uptime_ns = 2000000000)},
	{MUSTER_LEVEL_WARNING,
	 "Child 12 killed by signal 11 (SIGSEGV, core dumped) [service web, "
	 "slot 3, generation 7, uptime 3.00 ms, had executed 40.0 us after "
	 "the death before it, launched again in 100 ms]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_SIGNAL,
		       .code = SIGSEGV,
		       .dumped_core = true},
	      .next = MUSTER_NEXT_LATER, .why = MUSTER_WHY_BACKOFF,
	      .uptime_ns = 3000000, .latency_ns = 40000,
	      .delay_ns = 100000000)},
	{MUSTER_LEVEL_WARNING,
	 "Child 12 killed by signal 9 (SIGKILL) by the kernel for want of "
	 "memory (OOM) [service web, slot 3, generation 7, uptime 3.00 ms]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_SIGNAL,
		       .code = SIGKILL,
		       .is_oom = true},
	      .why = MUSTER_WHY_RULE, .uptime_ns = 3000000)},
	/* That it waits for a token is the program's to say. */
	{MUSTER_LEVEL_WARNING,
	 "Child 12 killed by signal 9 (SIGKILL) [service web, slot 3, "
	 "generation 7, uptime 3.00 ms]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_SIGNAL, .code = SIGKILL},
	      .next = MUSTER_NEXT_LATER, .why = MUSTER_WHY_THROTTLE,
	      .uptime_ns = 3000000, .delay_ns = 100000000)},
	{MUSTER_LEVEL_INFO,
	 "Child 12 killed by signal 15 (SIGTERM) [service web, slot 3, "
	 "generation 7, uptime 3.00 ms]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_SIGNAL, .code = SIGTERM},
	      .why = MUSTER_WHY_ASKED, .uptime_ns = 3000000)},
	{MUSTER_LEVEL_WARNING,
	 "Child 12 ended, its status was taken by another wait [service web, "
	 "slot 3, generation 7, uptime 3.00 ms]",
	 NEWS(EXITED, WORKER, .exit = {.kind = MUSTER_EXIT_UNKNOWN},
	      .uptime_ns = 3000000)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: clone: Resource temporarily unavailable "
	 "[service web, slot 3, generation 7, launched again in 1.00 s]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_CLONE,
		       .code = EAGAIN},
	      .next = MUSTER_NEXT_LATER, .why = MUSTER_WHY_LAUNCH,
	      .delay_ns = NSEC_PER_SEC)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot set the user 1000: Operation not "
	 "permitted "
	 "[service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_UID,
		       .code = EPERM},
	      .value = 1000)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot set the limit nofile to "
	 "1024:unlimited: Operation not permitted "
	 "[service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_RLIMIT,
		       .code = EPERM},
	      .value = RLIMIT_NOFILE, .limit_soft = 1024,
	      .limit_hard = UINT64_MAX)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot set the limit ? to 0:0: Operation "
	 "not permitted "
	 "[service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_RLIMIT,
		       .code = EPERM},
	      .value = -1)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot set the niceness -5: Permission "
	 "denied "
	 "[service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_NICE,
		       .code = EACCES},
	      .value = -5)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot drop the capability 21: Operation "
	 "not permitted "
	 "[service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_CAP_BOUND,
		       .code = EPERM},
	      .value = 21)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot raise the ambient capability "
	 "net_raw: Operation not permitted "
	 "[service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_CAP_AMBIENT,
		       .code = EPERM},
	      .value = 13, .asked = "net_raw")},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot set the CPUs 8,16-31: Invalid "
	 "argument [service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_CPUS,
		       .code = EINVAL},
	      .asked = "8,16-31")},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot set the CPUs: Invalid argument "
	 "[service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_CPUS,
		       .code = EINVAL},
	      .value = 0)},
	{MUSTER_LEVEL_WARNING,
	 "Could not launch a worker: cannot enter the cgroup: Device or "
	 "resource busy [service web, slot 3, generation 7]",
	 NEWS(EXITED, WORKER,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_CGROUP,
		       .code = EBUSY})},
	{MUSTER_LEVEL_DEBUG,
	 "Sent SIGTERM to child 12 [service web, slot 3, generation 7]",
	 NEWS(STOPPING, WORKER, .signo = SIGTERM, .why = MUSTER_WHY_ASKED)},
	{MUSTER_LEVEL_WARNING,
	 "Could not send SIGTERM to child 12: Operation not permitted "
	 "[service web, slot 3, generation 7]",
	 NEWS(STOPPING, WORKER, .signo = SIGTERM, .code = EPERM,
	      .why = MUSTER_WHY_WATCHDOG)},
	{MUSTER_LEVEL_WARNING,
	 "Child 12 was not ready in time, sent SIGTERM [service web, slot 3, "
	 "generation 7]",
	 NEWS(STOPPING, WORKER, .signo = SIGTERM, .why = MUSTER_WHY_NOT_READY)},
	{MUSTER_LEVEL_WARNING,
	 "Child 12 was silent for too long, sent SIGABRT [service web, slot "
	 "3, generation 7]",
	 NEWS(STOPPING, WORKER, .signo = SIGABRT, .why = MUSTER_WHY_WATCHDOG)},
	{MUSTER_LEVEL_WARNING,
	 "Graceful shutdown timeout exceeded, child 12 did not stop in time "
	 "and is killed [service web, slot 3, generation 7]",
	 NEWS(OVERDUE, WORKER, .signo = SIGKILL)},
	{MUSTER_LEVEL_WARNING,
	 "Could not send SIGKILL to child 12: Operation not permitted "
	 "[service web, slot 3, generation 7]",
	 NEWS(OVERDUE, WORKER, .signo = SIGKILL, .code = EPERM)},
	{MUSTER_LEVEL_WARNING,
	 "Child 12 did not end on SIGABRT, sent SIGTERM [service web, slot 3, "
	 "generation 7]",
	 NEWS(OVERDUE, WORKER, .signo = SIGTERM)},
	{MUSTER_LEVEL_NOTICE,
	 "Caught SIGTERM, stopping children [from process 5, user 1000]",
	 NEWS(SIGNAL, .signo = SIGTERM, .pid = 5, .uid = 1000,
	      .route = MUSTER_ROUTE_STOP)},
	{MUSTER_LEVEL_NOTICE, "Caught SIGTERM again, killing children",
	 NEWS(SIGNAL, .signo = SIGTERM, .route = MUSTER_ROUTE_KILL)},
	{MUSTER_LEVEL_NOTICE, "Caught SIGINT signal, instantaneous exiting",
	 NEWS(SIGNAL, .signo = SIGINT, .route = MUSTER_ROUTE_KILL)},
	{MUSTER_LEVEL_NOTICE, "Caught SIGHUP, reloading",
	 NEWS(SIGNAL, .signo = SIGHUP, .route = MUSTER_ROUTE_RELOAD)},
	{MUSTER_LEVEL_NOTICE, "Caught SIGTTIN, scaling",
	 NEWS(SIGNAL, .signo = SIGTTIN, .route = MUSTER_ROUTE_MORE)},
	{MUSTER_LEVEL_NOTICE, "Caught SIGTTOU, scaling",
	 NEWS(SIGNAL, .signo = SIGTTOU, .route = MUSTER_ROUTE_FEWER)},
	{MUSTER_LEVEL_NOTICE, "Caught SIGUSR1, ignored",
	 NEWS(SIGNAL, .signo = SIGUSR1)},
	{MUSTER_LEVEL_WARNING, "Parent process has died unexpectedly, exiting",
	 NEWS(PARENT)},
	{MUSTER_LEVEL_WARNING,
	 "There is no parent process to watch here (PID 1 of its namespace, "
	 "or the parent has ended), going on without",
	 NEWS(PARENT, .code = ESRCH)},
	{MUSTER_LEVEL_WARNING,
	 "The parent cannot be watched: Operation not permitted, going on "
	 "without",
	 NEWS(PARENT, .code = EPERM)},
	{MUSTER_LEVEL_INFO, "Waiting on 4 children to exit",
	 NEWS(STOP, .count = 4)},
	{MUSTER_LEVEL_ERROR,
	 "Giving up service web: too many workers died young",
	 NEWS(GIVE_UP, .name = "web", .why = MUSTER_WHY_GIVE_UP)},
	{MUSTER_LEVEL_ERROR,
	 "Cannot run the command: execve: No such file or directory: slep "
	 "[service web]",
	 NEWS(GIVE_UP, .name = "web", .text = "slep",
	      .why = MUSTER_WHY_UNEXECUTABLE,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_EXEC,
		       .code = ENOENT})},
	{MUSTER_LEVEL_ERROR,
	 "Cannot run the command: cannot set the group 7: Operation not "
	 "permitted: slep [service web]",
	 NEWS(GIVE_UP, .name = "web", .text = "slep",
	      .why = MUSTER_WHY_UNEXECUTABLE,
	      .exit = {.kind = MUSTER_EXIT_LAUNCH,
		       .step = MUSTER_STEP_GID,
		       .code = EPERM},
	      .value = 7)},
	{MUSTER_LEVEL_DEBUG, "", NEWS(WATCH, .code = 1)},
	{MUSTER_LEVEL_WARNING, "4 events were lost for want of memory",
	 NEWS(LOST, .count = 4)},
	{MUSTER_LEVEL_INFO, "", NEWS(DONE, .code = 1)},
	{MUSTER_LEVEL_ERROR,
	 "4 children do not end on SIGKILL (uninterruptible?) and are left "
	 "behind",
	 NEWS(DONE, .count = 4)},
	{MUSTER_LEVEL_DEBUG,
	 "Child 12 is ready [service web, slot 3, generation 7, after 1.50 s]",
	 NEWS(READY, WORKER, .uptime_ns = 1500000000)},
	{MUSTER_LEVEL_INFO, "All 4 workers are ready [service web]",
	 NEWS(SERVING, .count = 4, .name = "web")},
	{MUSTER_LEVEL_INFO, "", NEWS(SERVING, .count = 4, .group = -1)},
	/* What a worker says ends no line. */
	{MUSTER_LEVEL_INFO, "Child 12 says: at?work ?[1m [service web, slot 3]",
	 NEWS(STATUS, WORKER, .text = "at\nwork \033[1m")},
	{MUSTER_LEVEL_WARNING,
	 "Refused 4 messages, the last from process 5: too long",
	 NEWS(REFUSED, .count = 4, .pid = 5, .text = "too long")},
	{MUSTER_LEVEL_NOTICE, "Scaling to 4 workers [service web]",
	 NEWS(SCALED, .count = 4, .name = "web")},
	{MUSTER_LEVEL_NOTICE, "Reloading 4 workers, roll 2 [service web]",
	 NEWS(RELOAD, .count = 4, .roll = 2, .name = "web")},
	{MUSTER_LEVEL_NOTICE, "Sent SIGHUP to 4 workers [service web]",
	 NEWS(RELOAD, .count = 4, .signo = SIGHUP, .name = "web")},
	{MUSTER_LEVEL_NOTICE, "Reloaded, roll 2 after 1.50 s [service web]",
	 NEWS(ROLLED, .roll = 2, .name = "web", .uptime_ns = 1500000000)},
	{MUSTER_LEVEL_ERROR,
	 "Reload aborted, the old workers go on: child 12 did not become "
	 "ready in time (slot 3), 1 slots were reloaded after 1.50 s [service "
	 "web]",
	 NEWS(ABORTED, WORKER, .count = 1, .why = MUSTER_WHY_NOT_READY,
	      .uptime_ns = 1500000000)},
	{MUSTER_LEVEL_ERROR,
	 "Reload aborted, the old workers go on: Child 12 exited with status "
	 "1 (slot 3), 0 slots were reloaded after 1.50 s [service web]",
	 NEWS(ABORTED, WORKER, .exit = {.code = 1}, .why = MUSTER_WHY_RULE,
	      .uptime_ns = 1500000000)},
	{MUSTER_LEVEL_NOTICE, "Service web has stopped and is removed",
	 NEWS(REMOVED, .name = "web")},
	{MUSTER_LEVEL_DEBUG, "Reaped 4 orphans", NEWS(ORPHANS, .count = 4)},
	{MUSTER_LEVEL_INFO, "Stopping 4 children after 1.50 s",
	 NEWS(DRAIN, .count = 4, .delay_ns = 1500000000)},
	{MUSTER_LEVEL_WARNING,
	 "Sent SIGTERM to 2 processes left behind: a (3), b (4)",
	 NEWS(LEFTOVERS, .count = 2, .signo = SIGTERM, .text = "a (3), b (4)")},
	{MUSTER_LEVEL_WARNING,
	 "Sent SIGKILL to whoever is left behind: /proc does not show them",
	 NEWS(LEFTOVERS, .signo = SIGKILL, .text = "")},
	{MUSTER_LEVEL_WARNING,
	 "A worker that is killed for want of memory takes muster with it: "
	 "memory.oom.group is 1 in /sys/fs/cgroup [service web]",
	 NEWS(SHARED_FATE, .name = "web", .text = "/sys/fs/cgroup")},
	{MUSTER_LEVEL_DEBUG, "Caught SIGHUP, handed on to 1 workers",
	 NEWS(SIGNAL, .signo = SIGHUP, .sent = SIGHUP, .count = 1,
	      .route = MUSTER_ROUTE_FORWARD)},
	{MUSTER_LEVEL_WARNING,
	 "Caught SIGHUP, handed on as SIGUSR1 to 0 workers, not to others: "
	 "Operation not permitted",
	 NEWS(SIGNAL, .signo = SIGHUP, .sent = SIGUSR1, .code = EPERM,
	      .route = MUSTER_ROUTE_FORWARD)},
	{MUSTER_LEVEL_DEBUG, "Caught SIGHUP, kept for the next worker",
	 NEWS(SIGNAL, .signo = SIGHUP, .sent = SIGHUP,
	      .route = MUSTER_ROUTE_FORWARD)},
	{MUSTER_LEVEL_NOTICE, "Caught SIGTERM, draining",
	 NEWS(SIGNAL, .signo = SIGTERM, .route = MUSTER_ROUTE_DRAIN)},
#undef WORKER
#undef NEWS
};

static void every_event_has_its_words_and_its_level(void **state)
{
	bool is_told[MUSTER_EVENTS] = {false};
	char line[LINE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		const struct story *story = &stories[i];
		int length = muster_describe_event(&story->event, line,
						   sizeof(line));

		assert_string_equal(line, story->line);
		assert_int_equal(length, strlen(story->line));
		assert_int_equal(muster_event_level(&story->event),
				 story->level);
		is_told[story->event.kind] = true;
	}
	for (size_t i = 0; i < MUSTER_EVENTS; i++)
		assert_true(is_told[i]);
}

/* Of a library newer than this one. */
static void an_unknown_kind_has_neither_words_nor_weight(void **state)
{
	const int kinds[] = {MUSTER_EVENTS, MUSTER_EVENTS + 1, INT_MAX, -1};
	struct muster_event event = MUSTER_EVENT_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		char line[] = "x";

		event.kind = (enum muster_event_kind)kinds[i];
		assert_int_equal(
			muster_describe_event(&event, line, sizeof(line)), 0);
		assert_string_equal(line, "");
		assert_int_equal(muster_event_level(&event),
				 MUSTER_LEVEL_DEBUG);
	}
}

/* The buffer ends where it says, so that a byte too many is the sanitizer's. */
static void a_line_is_cut_at_any_size_and_always_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		const char *whole = stories[i].line;

		for (size_t size = 1; size < strlen(whole) + 2; size++) {
			size_t room = size - 1;
			size_t length = strlen(whole);
			char *line = malloc(size);

			length = length < room ? length : room;
			assert_non_null(line);
			memset(line, 'x', size);
			assert_int_equal(muster_describe_event(
						 &stories[i].event, line, size),
					 length);
			assert_memory_equal(line, whole, length);
			assert_int_equal(line[length], '\0');
			free(line);
		}
	}
}

/* Its last fields are those of a newer header: they hold what happened to lie
 * behind the shorter struct. */
static void what_a_short_struct_does_not_have_is_zero(void **state)
{
	const struct {
		struct muster_event event;
		const char *line;
	} shorts[] = {
		{{.size = offsetof(struct muster_event, roll),
		  .kind = MUSTER_EVENT_ROLLED,
		  .name = "web",
		  .roll = 9},
		 "Reloaded, roll 0 after 0 ns [service web]"},
		{{.size = offsetof(struct muster_event, text),
		  .kind = MUSTER_EVENT_LISTENING,
		  .name = "http",
		  .text = "tcp:*:80"},
		 "Listening on ? (http)"},
		{{.size = offsetof(struct muster_event, old_pid),
		  .kind = MUSTER_EVENT_STARTED,
		  .slot = 3,
		  .generation = 7,
		  .pid = 12,
		  .old_pid = 9,
		  .name = "web"},
		 "Started child 12 [service ?, slot 3, generation 7]"},
		{{.size = sizeof(size_t), .kind = MUSTER_EVENT_STARTED}, ""},
	};
	char line[LINE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shorts); i++) {
		assert_int_equal(muster_describe_event(&shorts[i].event, line,
						       sizeof(line)),
				 strlen(shorts[i].line));
		assert_string_equal(line, shorts[i].line);
	}
	/* DONE without its count left nobody behind. */
	assert_int_equal(muster_event_level(&(struct muster_event){
				 .size = offsetof(struct muster_event, count),
				 .kind = MUSTER_EVENT_DONE,
				 .count = 4,
			 }),
			 MUSTER_LEVEL_INFO);
}

static void what_a_longer_struct_has_behind_it_is_left_alone(void **state)
{
	struct {
		struct muster_event event;
		uint64_t newer;
	} longer = {
		.event = {.kind = MUSTER_EVENT_ORPHANS, .count = 4},
		.newer = 1,
	};
	char line[LINE_SIZE];

	(void)state;
	longer.event.size = sizeof(longer);
	assert_int_equal(
		muster_describe_event(&longer.event, line, sizeof(line)),
		strlen("Reaped 4 orphans"));
	assert_string_equal(line, "Reaped 4 orphans");
	assert_int_equal(muster_event_level(&longer.event), MUSTER_LEVEL_DEBUG);
}

static void bad_use_is_EINVAL_and_writes_nothing(void **state)
{
	struct muster_event event = MUSTER_EVENT_INIT;
	char line[] = "untouched";

	(void)state;
	event.kind = MUSTER_EVENT_GIVE_UP;
	assert_int_equal(muster_describe_event(NULL, line, sizeof(line)),
			 -EINVAL);
	assert_int_equal(muster_describe_event(&event, NULL, sizeof(line)),
			 -EINVAL);
	assert_int_equal(muster_describe_event(&event, line, 0), -EINVAL);
	event.size = sizeof(size_t) - 1;
	assert_int_equal(muster_describe_event(&event, line, sizeof(line)),
			 -EINVAL);
	assert_string_equal(line, "untouched");
	assert_int_equal(muster_event_level(&event), MUSTER_LEVEL_DEBUG);
	assert_int_equal(muster_event_level(NULL), MUSTER_LEVEL_DEBUG);
}

/* More than an int can count; only as much as the line has is written. */
static void a_buffer_without_end_is_taken_at_its_word(void **state)
{
	struct muster_event event = MUSTER_EVENT_INIT;
	char line[LINE_SIZE];

	(void)state;
	event.kind = MUSTER_EVENT_ORPHANS;
	event.count = 4;
	assert_int_equal(muster_describe_event(&event, line, SIZE_MAX),
			 strlen("Reaped 4 orphans"));
	assert_string_equal(line, "Reaped 4 orphans");
}

/* What a launcher tells has all that its words need. */
static void what_a_launcher_tells_can_be_described(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;
	char expected[LINE_SIZE];
	char line[LINE_SIZE];

	fixture->group.name = "web";
	begin(fixture);
	settle(fixture);
	event = nth_event(fixture, MUSTER_EVENT_STARTED, 0);
	assert_non_null(event);
	(void)snprintf(expected, sizeof(expected),
		       "Started child %d [service web, slot 0, generation 1]",
		       (int)event->pid);
	assert_int_equal(muster_describe_event(event, line, sizeof(line)),
			 strlen(expected));
	assert_string_equal(line, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_has_its_words_and_its_level),
		cmocka_unit_test(an_unknown_kind_has_neither_words_nor_weight),
		cmocka_unit_test(a_line_is_cut_at_any_size_and_always_ends),
		cmocka_unit_test(what_a_short_struct_does_not_have_is_zero),
		cmocka_unit_test(
			what_a_longer_struct_has_behind_it_is_left_alone),
		cmocka_unit_test(bad_use_is_EINVAL_and_writes_nothing),
		cmocka_unit_test(a_buffer_without_end_is_taken_at_its_word),
		fixture_test(what_a_launcher_tells_can_be_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

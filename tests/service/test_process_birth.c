/*
 * test_process_birth.c - the story of what a worker is born with, and without:
 * descriptors, identity, listeners, random numbers (case 55; B12, B37, B38,
 * B48-B53, B113, B121).
 */
#include "service/story.h"
#include "tools/messages.h"

static unsigned int count_in(const char *line, const char *text)
{
	unsigned int count = 0;

	while ((line = strstr(line, text))) {
		line += strlen(text);
		count++;
	}
	return count;
}

/* B48, B50: of its own a signalfd, an eventfd for each of its threads, a
 * description of the log, and a socket to tell of its readiness; a pidfd of the
 * launcher. Of the launcher's engine nothing, and nothing of its siblings. */
static void a_worker_has_no_descriptor_of_its_launcher(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=other", "listen=tcp:127.0.0.1:0",
				  "start:say=up", "service=web", "workers=3",
				  "start@2:fds"));
	const char *line;

	(void)launcher_log(launcher, "All 3 workers are ready");
	line = launcher_hear(launcher, "fds");
	assert_int_equal(count_in(line, "=/"), 1); /* /dev/null */
	assert_int_equal(count_in(line, "=pipe:"), 3);
	assert_int_equal(count_in(line, "=anon_inode:[signalfd]"), 1);
	assert_int_equal(count_in(line, "=anon_inode:[eventfd]"), 2);
	assert_int_equal(count_in(line, "=socket:"), 1);
	assert_in_range(count_in(line, "pidfd"), 0, 1);
	assert_int_equal(count_in(line, "="), 8 + count_in(line, "pidfd"));
	launcher_stop(*state, launcher, 0);
}

static void enter_below_manager(void *argument)
{
	if (setenv("NOTIFY_SOCKET", argument, 1) < 0)
		_exit(123);
}

/* B39: one socket, to speak to its launcher; not its launcher's own. */
static void a_worker_cannot_speak_to_its_launchers_manager(void **state)
{
	const char *path = stage_path(*state, "manager");
	int fd = messages_open(path);
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:fds"),
		      .prepare = enter_below_manager,
		      .argument = (void *)(uintptr_t)path);

	assert_string_equal(messages_take(*state, fd), "READY=1");
	assert_int_equal(count_in(launcher_hear(launcher, "fds"), "=socket:"),
			 1);
	launcher_stop(*state, launcher, 0);
	(void)close(fd);
}

/* A replacement, too: nothing gathers. */
static void the_hundredth_worker_has_as_few_as_the_first(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "burst=200", "start:fds"));
	unsigned int first = 0;

	for (int i = 0; i < 100; i++) {
		const char *line = launcher_hear(launcher, "fds");
		unsigned int count = count_in(line, "=");

		if (i == 0)
			first = count;
		assert_int_equal(count, first);
		process_kill((pid_t)line_number(line, ""), SIGKILL);
	}
	(void)launcher_hear(launcher, "fds");
	launcher_stop(*state, launcher, 0);
}

/* Nor does the launcher gather any. */
static void the_launcher_keeps_nothing_of_the_dead(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "burst=200", "start:say=up"));
	pid_t pid = launcher_hear_pid(launcher, "up");
	unsigned int before;

	(void)launcher_log(launcher, "All 1 workers are ready");
	before = count_fds(launcher->pid, "");
	for (int i = 0; i < 50; i++) {
		process_kill(pid, SIGKILL);
		pid = launcher_hear_pid(launcher, "up");
	}
	launcher_turn(launcher);
	/* The last one's may not be closed yet. */
	assert_in_range(count_fds(launcher->pid, ""), before, before + 1);
	launcher_stop(*state, launcher, 0);
}

/* B38: opened once, by the launcher; -ENOENT where there is none. */
static void a_worker_has_the_listeners_of_its_service(void **state)
{
	const char *second = stage_text(*state, "listen=unix:@muster-birth-%d",
					(int)getpid());
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "listen=tcp:127.0.0.1:0",
					second, "start:fds", "start:listener=0",
					"start:listener=1", "start:listener=2",
					"service=none", "start:listener=0"));

	assert_int_equal(count_in(launcher_hear(launcher, "fds"), "=socket:"),
			 3);
	(void)launcher_log(launcher, "workers are ready");
	(void)launcher_log(launcher, "workers are ready");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "listener 0 is -2"), 1);
	assert_int_equal(lines_count(&launcher->said, "listener 0 is"), 2);
	assert_int_equal(lines_count(&launcher->said, "listener 1 is"), 1);
	assert_int_equal(lines_count(&launcher->said, "listener 1 is -"), 0);
	assert_int_equal(lines_count(&launcher->said, "listener 2 is -2"), 1);
}

/* B37, as programs have it. */
static void a_worker_finds_who_it_is_in_its_environment(void **state)
{
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("service=web", "watchdog=8000", "ready=fork",
			  "start#2:env=MUSTER_SERVICE",
			  "start#2:env=MUSTER_WORKER_ID",
			  "start#2:env=MUSTER_GENERATION",
			  "start#2:env=WATCHDOG_USEC", "start#1:_exit=0"));

	(void)launcher_hear(launcher, "MUSTER_SERVICE=web");
	(void)launcher_hear(launcher, "MUSTER_WORKER_ID=0");
	(void)launcher_hear(launcher, "MUSTER_GENERATION=2");
	(void)launcher_hear(launcher, "WATCHDOG_USEC=8000000");
	launcher_stop(*state, launcher, 0);
}

/* B121: as ps shows it. */
static void a_workers_title_is_its_service_and_id(void **state)
{
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "workers=2", "start@1:say=up"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	process_status_wait(pid, "Name:", "web/1");
	launcher_stop(*state, launcher, 0);
}

/* B53. */
static void no_two_workers_draw_the_same_numbers(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("before-wait:random", "service=web",
					"workers=8", "start:random"));
	const char *drawn[9];

	for (int i = 0; i < 9; i++) {
		const char *line = launcher_hear(launcher, "drew");

		drawn[i] = stage_text(*state, "%s", strstr(line, "drew"));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(drawn[i], drawn[j]);
	}
	launcher_stop(*state, launcher, 0);
}

/* Of the service's threads: TERM, INT and HUP are read elsewhere. */
static void a_service_has_its_programs_mask_and_ours_blocked(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:mask"));

	(void)launcher_hear(launcher, "mask 4003");
	launcher_stop(*state, launcher, 0);
}

static void a_services_program_has_the_mask_that_the_launcher_had(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:child-mask"));

	assert_string_equal(strstr(launcher_hear(launcher, "mask"), "mask"),
			    "mask 0");
	launcher_stop(*state, launcher, 0);
}

/* Case 55: what another thread held during the fork stays held for ever. */
static void a_worker_can_allocate_whatever_the_launcher_did(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("before-wait:malloc", "service=web",
					"workers=4", "start:malloc"));
	pid_t pids[5];

	launcher_hear_all(launcher, "memory works", pids, 5);
	launcher_stop(*state, launcher, 0);
}

static void a_service_starts_in_its_directory_or_not_at_all(void **state)
{
	struct stage *stage = *state;
	const char *directory =
		stage_text(stage, "directory=%s", stage->directory);
	const char *link = stage_path(stage, "none");
	struct launcher *launcher = START(
		stage, ARGUMENTS("service=web", directory, "start:say=up"));
	pid_t pid = launcher_hear_pid(launcher, "up");
	char path[64];
	char target[256] = "";

	(void)snprintf(path, sizeof(path), "/proc/%d/cwd", (int)pid);
	assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, stage->directory);
	launcher_stop(stage, launcher, 0);

	launcher =
		START(stage, ARGUMENTS("service=web",
				       stage_text(stage, "directory=%s", link),
				       "start:say=up"));
	(void)launcher_log(launcher, "No such file or directory");
	assert_int_not_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_worker_has_no_descriptor_of_its_launcher),
		STORY(a_worker_cannot_speak_to_its_launchers_manager),
		STORY(the_hundredth_worker_has_as_few_as_the_first),
		STORY(the_launcher_keeps_nothing_of_the_dead),
		STORY(a_worker_has_the_listeners_of_its_service),
		STORY(a_worker_finds_who_it_is_in_its_environment),
		STORY(a_workers_title_is_its_service_and_id),
		STORY(no_two_workers_draw_the_same_numbers),
		STORY(a_service_has_its_programs_mask_and_ours_blocked),
		STORY(a_services_program_has_the_mask_that_the_launcher_had),
		STORY(a_worker_can_allocate_whatever_the_launcher_did),
		STORY(a_service_starts_in_its_directory_or_not_at_all),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

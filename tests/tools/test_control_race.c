/*
 * test_control_race.c - the story of two musters that begin at once with one
 * control socket: one of them serves, and the other says so. The first one
 * stands still where it is about to remove what a dead one has left.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include "tools/deny.h"
#include "tools/probes.h"

/* A muster whose every removal of a file waits for the test. */
struct slow {
	struct launcher *launcher;
	int listener; /* -1: it cannot be had here */
};

/* What a dead muster leaves: nobody listens to it. */
static const char *leave_stale(struct stage *stage)
{
	const char *path = stage_path(stage, "control");

	(void)close(socket_bind_unix(path, false));
	assert_int_equal(access(path, F_OK), 0);
	return path;
}

static struct slow start_slowly(struct stage *stage, const char *path)
{
	struct asked asked = {.numbers = deny_unlinks};
	struct slow slow;
	int ends[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	asked.socket = ends[0];
	slow.launcher =
		START(stage, OPTIONS("--control", path), WORKER("say=up"),
		      .prepare = deny_ask, .argument = &asked);
	slow.listener = deny_take_listener(ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return slow;
}

static void assert_one_file(struct stage *stage, bool is_there)
{
	assert_int_equal(access(stage_path(stage, "control"), F_OK),
			 is_there ? 0 : -1);
	assert_int_equal(access(stage_path(stage, "control.muster-lock"), F_OK),
			 -1);
}

static void who_comes_second_leaves_the_socket_to_the_first(void **state)
{
	struct stage *stage = *state;
	const char *path = leave_stale(stage);
	struct slow slow = start_slowly(stage, path);
	struct launcher *second;

	if (slow.listener < 0)
		SKIP("no seccomp notifications here");
	assert_true(is_readable_within(slow.listener, DEADLINE_MS));
	second = START(stage, OPTIONS("--control", path), WORKER("say=up"));
	assert_int_equal(launcher_end(second), 125);
	(void)launcher_log(second, "control: somebody serves this socket "
				   "already");
	assert_int_equal(lines_count(&second->log, ""), 1);
	/* The dead one's, and the lock. */
	assert_true(deny_answer(slow.listener, 0, DEADLINE_MS));
	assert_true(deny_answer(slow.listener, 0, DEADLINE_MS));
	(void)launcher_hear(slow.launcher, "up");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_one_file(stage, true);
	launcher_signal(slow.launcher, SIGTERM);
	assert_true(deny_answer(slow.listener, 0, DEADLINE_MS));
	assert_int_equal(launcher_end(slow.launcher), 0);
	assert_one_file(stage, false);
	(void)close(slow.listener);
}

static void who_is_killed_meanwhile_is_in_nobodys_way(void **state)
{
	struct stage *stage = *state;
	const char *path = leave_stale(stage);
	struct slow slow = start_slowly(stage, path);
	struct launcher *next;

	if (slow.listener < 0)
		SKIP("no seccomp notifications here");
	assert_true(is_readable_within(slow.listener, DEADLINE_MS));
	launcher_signal(slow.launcher, SIGKILL);
	assert_int_equal(launcher_end(slow.launcher), 128 + SIGKILL);
	(void)close(slow.listener);
	next = START(stage, OPTIONS("--control", path), WORKER("say=up"));
	(void)launcher_hear(next, "up");
	assert_probe(stage, "ready", path, 0, "ready");
	assert_one_file(stage, true);
	launcher_stop(stage, next, 0);
	assert_one_file(stage, false);
}

/* It is somebody's, by chance. */
static void a_file_of_that_name_in_which_something_stands_stays(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *file =
		stage_file(stage, "control.muster-lock", "content", 0600);
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path), WORKER("say=up"));
	struct stat status;

	(void)launcher_hear(launcher, "up");
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_size, 7);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(access(file, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(who_comes_second_leaves_the_socket_to_the_first),
		STAGE_TEST(who_is_killed_meanwhile_is_in_nobodys_way),
		STAGE_TEST(a_file_of_that_name_in_which_something_stands_stays),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_spawn_apart.c - a launcher does not stand still for a child that others
 * may stop, and learns all the same when it executes, on every way of
 * launching.
 *
 * Such a child need not become another user: nobody is asked for more than he
 * has.
 */
#include "proc/await.h"
#include "proc/held.h"

/* More than there are blocks. */
#define MANY (SPAWN_BLOCKS + 6U)
/* Of strangers: the least that no worker has, and one above the pipe. */
#define LOW 5
#define HIGH 40

static struct muster_privileges apart(void)
{
	struct muster_privileges privileges = MUSTER_PRIVILEGES_INIT;

	privileges.sets_oom_score_adj = true;
	privileges.oom_score_adj = 1000;
	return privileges;
}

static int apart_begin(struct spawner *ret_spawner, int *ret_held_fd)
{
	int line = story_begin(ret_spawner);

	if (line != 0)
		return line;
	*ret_held_fd = held_begin();
	return *ret_held_fd < 0 ? CHILD_SKIP : 0;
}

/* Numbers that the pipe would have, were it not moved. */
static void move_many(struct plan_options *options, struct plan_fd *fds,
		      uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		fds[i] = (struct plan_fd){.source = 0, .target = 3 + (int)i};
	options->fds = fds;
	options->fd_count = count;
}

static int tell_execve(void)
{
	struct muster_privileges privileges = apart();
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	struct plan_fd fds[8];
	uint64_t id;
	int held_fd;
	int line = apart_begin(&spawner, &held_fd);

	options.privileges = &privileges;
	move_many(&options, fds, ARRAY_LEN(fds));
	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	launch.waits = true;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 7) == 0);
	CHILD_CHECK(launch.child.launch_fd >= 0);
	CHILD_CHECK(spawn_pool_is_idle(launch.pool));
	id = held_wait(held_fd);
	CHILD_CHECK(id != 0);
	CHILD_CHECK(child_poll(launch.child.launch_fd, 0) == 0);
	CHILD_CHECK(held_let_go(held_fd, id));
	CHILD_CHECK(child_poll(launch.child.launch_fd, DEADLINE_MS) == POLLHUP);
	CHILD_CHECK(launch.report->exec_ns > 0);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_NONE);
	CHILD_CHECK(close(launch.child.launch_fd) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 7);
	return line;
}

static void the_launcher_goes_on_and_is_told_of_the_execve(void **state)
{
	(void)state;
	every_way(tell_execve);
}

static int tell_failure(void)
{
	static const char *const argv[] = {"/nonexistent/program", NULL};
	struct muster_privileges privileges = apart();
	struct plan_options options = launch_options("show");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	options.argv = argv;
	options.privileges = &privileges;
	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	launch.waits = true;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 7) == 0);
	CHILD_CHECK(child_poll(launch.child.launch_fd, DEADLINE_MS) == POLLHUP);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_EXEC);
	CHILD_CHECK(launch.report->error == ENOENT);
	CHILD_CHECK(close(launch.child.launch_fd) == 0);
	return launch_end(&launch);
}

static void the_launcher_is_told_of_a_failure(void **state)
{
	(void)state;
	every_way(tell_failure);
}

/* None of them has a block that others would have to wait for. */
static int hold_many(void)
{
	struct muster_privileges privileges = apart();
	struct plan_options options = launch_options("number");
	struct child_report *reports = spawn_reports_new(MANY);
	pid_t pids[MANY];
	struct spawner spawner;
	struct launch launch;
	int held_fd;
	int line = apart_begin(&spawner, &held_fd);

	options.privileges = &privileges;
	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	for (uint32_t i = 0; i < MANY; i++) {
		launch.report = &reports[i];
		CHILD_CHECK(launch_spawn(&launch, &spawner, i) == 0);
		CHILD_CHECK(launch.child.launch_fd == -1); /* nobody asked */
		pids[i] = launch.child.pid;
	}
	for (uint32_t i = 0; i < MANY; i++)
		CHILD_CHECK(held_let_go(held_fd, held_wait(held_fd)));
	for (uint32_t i = 0; i < MANY; i++)
		CHILD_CHECK(child_end(pids[i]).si_status == (int)i);
	return 0;
}

static void however_many_are_stopped_the_next_is_launched(void **state)
{
	(void)state;
	every_way(hold_many);
}

/* What tells of the execve is not the program's, and of ours it has no more
 * than without. */
static int keep_descriptors(void)
{
	static char shown[SHOW_SIZE];
	struct muster_privileges privileges = apart();
	struct plan_options options = launch_options("show");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);
	int ends[2];
	ssize_t size;
	struct plan_fd output;

	if (line != 0)
		return line;
	CHILD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHILD_CHECK(ends[1] < LOW && open_at(LOW) && open_at(HIGH));
	if (spawner.has_close_range) {
		CHILD_CHECK(fcntl(LOW, F_SETFD, 0) == 0);
		CHILD_CHECK(fcntl(HIGH, F_SETFD, 0) == 0);
	}
	output = (struct plan_fd){.source = ends[1], .target = 1};
	options.fds = &output;
	options.fd_count = 1;
	options.privileges = &privileges;
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	launch.waits = true;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 7) == 0);
	CHILD_CHECK(close(ends[1]) == 0);
	line = launch_end(&launch);
	if (line != 0)
		return line;
	size = read(ends[0], shown, SHOW_SIZE - 1);
	CHILD_CHECK(size > 0);
	shown[size] = '\0';
	CHILD_CHECK(launch.end.si_status == SHOW_STATUS);
	CHILD_CHECK(shows_count(shown, "fd") == 3);
	CHILD_CHECK(fcntl(HIGH, F_GETFD) >= 0);
	return 0;
}

static void the_program_has_what_it_would_have_had(void **state)
{
	(void)state;
	every_way(keep_descriptors);
}

static int run_out_of_descriptors(void)
{
	struct muster_privileges privileges = apart();
	struct plan_options options = launch_options("number");
	struct rlimit few = {STORY_STDIO, STORY_STDIO};
	struct rlimit before;
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	options.privileges = &privileges;
	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	launch.waits = true;
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	few.rlim_max = before.rlim_max;
	/* For none of the pipe, for one end, for both and no pidfd. */
	for (rlim_t i = 0; i < 3; i++) {
		few.rlim_cur = STORY_STDIO + i;
		CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
		if (i == 2 && !spawner.has_pidfds)
			break;
		line = launch_spawn(&launch, &spawner, 4);
		CHILD_CHECK(line == -EMFILE);
		CHILD_CHECK(fcntl(STORY_STDIO, F_GETFD) < 0);
	}
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHILD_CHECK(launch_spawn(&launch, &spawner, 4) == 0);
	CHILD_CHECK(close(launch.child.launch_fd) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 4);
	return line;
}

static void without_room_there_is_no_launch_and_nothing_is_left(void **state)
{
	(void)state;
	every_way(run_out_of_descriptors);
}

/* As the loop has it: one descriptor for two of three that have ended. */
static int await_two(void)
{
	int ends[3][2];
	uint64_t first;
	uint64_t second;
	uint64_t tag;
	int await_fd;

	CHILD_CHECK(await_open(&await_fd) == 0);
	CHILD_CHECK(fcntl(await_fd, F_GETFD) == FD_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		CHILD_CHECK(pipe2(ends[i], O_CLOEXEC) == 0);
		CHILD_CHECK(await_add(await_fd, ends[i][0],
				      100 + (uint64_t)i) == 0);
	}
	CHILD_CHECK(child_poll(await_fd, 0) == 0);
	CHILD_CHECK(await_next(await_fd, &tag) == -ENOENT);
	CHILD_CHECK(close(ends[0][1]) == 0 && close(ends[2][1]) == 0);
	CHILD_CHECK(is_readable(await_fd));
	CHILD_CHECK(await_next(await_fd, &first) == 0);
	await_remove(await_fd, ends[first - 100][0]);
	CHILD_CHECK(await_next(await_fd, &second) == 0);
	await_remove(await_fd, ends[second - 100][0]);
	CHILD_CHECK(first + second == 100 + 102);
	CHILD_CHECK(await_next(await_fd, &tag) == -ENOENT);
	CHILD_CHECK(child_poll(await_fd, 0) == 0);
	return 0;
}

static void one_descriptor_tells_of_all_that_are_awaited(void **state)
{
	(void)state;
	in_child(await_two);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_launcher_goes_on_and_is_told_of_the_execve),
		cmocka_unit_test(the_launcher_is_told_of_a_failure),
		cmocka_unit_test(however_many_are_stopped_the_next_is_launched),
		cmocka_unit_test(the_program_has_what_it_would_have_had),
		cmocka_unit_test(
			without_room_there_is_no_launch_and_nothing_is_left),
		cmocka_unit_test(one_descriptor_tells_of_all_that_are_awaited),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_spawn_environment.c - what a worker is told in its environment, on every
 * way of launching it.
 */
#include <sched.h>

#include "proc/worker.h"

static int give_environment(void)
{
	static const char *const environment[] = {
		"KEPT=a=b",	    "LISTEN_PID=1",   "MUSTER_WORKER_ID=77",
		"LISTEN_FDNAMES=x", "MUSTER_SERVIC=", NULL};
	struct plan_fd fds[] = {{0}, {3, 3}, {4, 4}, {8, 8}};
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.environment = environment;
	options.fds = fds;
	options.fd_count = ARRAY_LEN(fds);
	options.listen_count = 2;
	options.listen_names = "web:admin";
	options.launcher_fd = 8;
	options.notify_address = "@0f00d";
	options.watchdog_ns = 1500000000;
	CHILD_CHECK(open_at(3) && open_at(4) && open_at(8));
	line = launch_show(&spawner, &options, &fds[0], shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "pid %d", launch.child.pid));
	CHILD_CHECK(shows(shown, "env LISTEN_PID=%d", launch.child.pid));
	CHILD_CHECK(shows(shown, "env LISTEN_FDS=2"));
	CHILD_CHECK(shows(shown, "env LISTEN_FDNAMES=web:admin"));
	CHILD_CHECK(shows(shown, "env MUSTER_SERVICE=svc"));
	CHILD_CHECK(shows(shown, "env MUSTER_WORKER_ID=12"));
	CHILD_CHECK(shows(shown, "env MUSTER_GENERATION=13"));
	CHILD_CHECK(shows(shown, "env MUSTER_LAUNCHER_FD=8"));
	CHILD_CHECK(shows(shown, "env NOTIFY_SOCKET=@0f00d"));
	CHILD_CHECK(shows(shown, "env WATCHDOG_PID=%d", launch.child.pid));
	CHILD_CHECK(shows(shown, "env WATCHDOG_USEC=1500000"));
	CHILD_CHECK(shows(shown, "env KEPT=a=b"));
	CHILD_CHECK(shows(shown, "env MUSTER_SERVIC="));
	CHILD_CHECK(shows_count(shown, "env") == 12);
	return 0;
}

static void a_worker_is_told_its_number_listeners_and_watchdog(void **state)
{
	(void)state;
	every_way(give_environment);
}

static int give_little(void)
{
	struct plan_fd fds[1];
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.fds = fds;
	options.fd_count = 1;
	line = launch_show(&spawner, &options, fds, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows_count(shown, "fd") == 3);
	CHILD_CHECK(shows_count(shown, "env") == 3);
	CHILD_CHECK(shows(shown, "pgrp %d", getpgrp()));
	CHILD_CHECK(shows(shown, "ppid %d", getpid()));
	CHILD_CHECK(shows(shown, "deathsig 0"));
	CHILD_CHECK(shows(shown, "mask 0000000000000000"));
	return 0;
}

static void a_worker_without_listeners_is_told_of_none(void **state)
{
	(void)state;
	every_way(give_little);
}

/* Each of the two pids is there for itself. */
static int give_watchdog_only(void)
{
	static const char *const environment[] = {"FIRST=1", "SECOND=2", NULL};
	struct plan_fd fds[1];
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.fds = fds;
	options.fd_count = 1;
	options.environment = environment;
	options.watchdog_ns = 2000;
	line = launch_show(&spawner, &options, fds, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "env WATCHDOG_PID=%d", launch.child.pid));
	CHILD_CHECK(shows(shown, "env WATCHDOG_USEC=2"));
	CHILD_CHECK(shows(shown, "env FIRST=1\nenv SECOND=2"));
	CHILD_CHECK(shows_count(shown, "env") == 7);
	return 0;
}

static void a_worker_with_a_watchdog_needs_no_listeners(void **state)
{
	(void)state;
	every_way(give_watchdog_only);
}

/* The next process gets this number, where that can be said. */
static bool choose_next_pid(int pid)
{
	FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "we");

	if (!file)
		return false;
	(void)fprintf(file, "%d", pid - 1);
	return fclose(file) == 0;
}

/* A block is used again by a child whose number has fewer digits. */
static int count_down(void)
{
	static const int pids[] = {3000, 200, 9};
	struct plan_fd fds[1];
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	int ends[2];
	int line = story_begin(&spawner);

	options.fds = fds;
	options.fd_count = 1;
	options.listen_count = 1;
	options.listen_names = "x";
	options.watchdog_ns = 1000;
	CHILD_CHECK(line == 0 && pipe2(ends, O_CLOEXEC) == 0);
	fds[0] = (struct plan_fd){ends[1], 1};
	line = launch_prepare(&launch, &options);
	for (size_t i = 0; i < ARRAY_LEN(pids) && line == 0; i++) {
		ssize_t size;

		if (!choose_next_pid(pids[i]))
			return CHILD_SKIP;
		CHILD_CHECK(launch_spawn(&launch, &spawner, 1) == 0);
		CHILD_CHECK(launch.child.pid == pids[i]);
		CHILD_CHECK(child_end(pids[i]).si_status == SHOW_STATUS);
		size = read(ends[0], shown, sizeof(shown) - 1);
		CHILD_CHECK(size > 0);
		shown[size] = '\0';
		CHILD_CHECK(shows(shown, "env LISTEN_PID=%d", pids[i]));
		CHILD_CHECK(shows(shown, "env WATCHDOG_PID=%d", pids[i]));
	}
	return line;
}

/* In a namespace of its own, where nobody else takes numbers. */
static int count_down_apart(void)
{
	pid_t pid;
	int line;

	if (unshare(CLONE_NEWPID) < 0)
		return CHILD_SKIP;
	pid = fork();
	if (pid == 0)
		_exit(count_down() & 255);
	CHILD_CHECK(pid > 0);
	line = child_end(pid).si_status;
	return line == (CHILD_SKIP & 255) ? CHILD_SKIP : line;
}

static void a_shorter_number_leaves_nothing_of_a_longer_one(void **state)
{
	(void)state;
	if (geteuid() != 0 || access("/proc/sys/kernel/ns_last_pid", W_OK) < 0)
		SKIP("no child's number can be chosen here");
	in_child(count_down_apart);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_worker_is_told_its_number_listeners_and_watchdog),
		cmocka_unit_test(a_worker_without_listeners_is_told_of_none),
		cmocka_unit_test(a_worker_with_a_watchdog_needs_no_listeners),
		cmocka_unit_test(
			a_shorter_number_leaves_nothing_of_a_longer_one),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_spawn_inherits.c - a worker that gets what the launcher was given
 * (E4, E42), on every way of launching it.
 */
#include "proc/worker.h"

static int inherit_all(void)
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
	options.inherits = true;
	CHILD_CHECK(open_at(5) && open_at(300) && open_at(301));
	CHILD_CHECK(fcntl(5, F_SETFD, 0) == 0);
	CHILD_CHECK(fcntl(301, F_SETFD, 0) == 0);
	line = launch_show(&spawner, &options, fds, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "fd 5 ino %llu flags 0",
			  (unsigned long long)inode_of(5)));
	CHILD_CHECK(shows(shown, "fd 301 ino %llu flags 0",
			  (unsigned long long)inode_of(301)));
	CHILD_CHECK(shows_count(shown, "fd") == 5);
	/* And the launcher has them still. */
	CHILD_CHECK(fcntl(5, F_GETFD) == 0);
	CHILD_CHECK(fcntl(300, F_GETFD) == FD_CLOEXEC);
	return 0;
}

static void all_that_is_not_close_on_exec_is_inherited(void **state)
{
	(void)state;
	every_way(inherit_all);
}

static int be_transparent(void)
{
	char listen_pid[32];
	char watchdog_pid[32];
	const char *environment[] = {"LISTEN_FDS=1",	    listen_pid,
				     "MUSTER_SERVICE=mine", "NOTIFY_SOCKET=@x",
				     "MUSTER_WORKER_ID=4",  watchdog_pid,
				     "WATCHDOG_USEC=7",	    NULL};
	struct plan_fd fds[1];
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	(void)sprintf(listen_pid, "LISTEN_PID=%d", getpid());
	(void)sprintf(watchdog_pid, "WATCHDOG_PID=%d", getpid());
	options.environment = environment;
	options.is_transparent = true;
	options.fds = fds;
	options.fd_count = 1;
	line = launch_show(&spawner, &options, fds, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "env LISTEN_FDS=1"));
	CHILD_CHECK(shows(shown, "env LISTEN_PID=%d", launch.child.pid));
	CHILD_CHECK(shows(shown, "env WATCHDOG_PID=%d", launch.child.pid));
	CHILD_CHECK(shows(shown, "env WATCHDOG_USEC=7"));
	CHILD_CHECK(shows(shown, "env MUSTER_SERVICE=mine"));
	CHILD_CHECK(shows(shown, "env MUSTER_WORKER_ID=4"));
	CHILD_CHECK(shows(shown, "env NOTIFY_SOCKET=@x"));
	CHILD_CHECK(shows_count(shown, "env") == 7);
	return 0;
}

static void a_transparent_environment_names_the_workers_own_pid(void **state)
{
	(void)state;
	every_way(be_transparent);
}

/* They were for another one, and whoever knows that must see it. */
static int leave_others_pids(void)
{
	static const char *const environment[] = {"LISTEN_PID=1",
						  "WATCHDOG_PID=x", NULL};
	struct plan_fd fds[1];
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.environment = environment;
	options.is_transparent = true;
	options.fds = fds;
	options.fd_count = 1;
	line = launch_show(&spawner, &options, fds, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "env LISTEN_PID=1"));
	CHILD_CHECK(shows(shown, "env WATCHDOG_PID=x"));
	CHILD_CHECK(shows_count(shown, "env") == 2);
	return 0;
}

static void pids_of_others_stay_as_they_are(void **state)
{
	(void)state;
	every_way(leave_others_pids);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_not_close_on_exec_is_inherited),
		cmocka_unit_test(
			a_transparent_environment_names_the_workers_own_pid),
		cmocka_unit_test(pids_of_others_stay_as_they_are),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

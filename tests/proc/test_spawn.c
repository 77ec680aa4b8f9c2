/*
 * test_spawn.c - what a worker finds, on every way of launching it; and that
 * the launcher keeps what it had.
 */
#include "proc/worker.h"

/* Two change places, two move, one stays; the launcher has more than those,
 * below and above them. */
static int give_descriptors(void)
{
	static const int extra[] = {5, 12, 60, 900};
	struct plan_fd fds[] = {{0},	 {3, 4},  {4, 3},
				{10, 5}, {50, 7}, {51, 51}};
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.fds = fds;
	options.fd_count = ARRAY_LEN(fds);
	for (size_t i = 1; i < ARRAY_LEN(fds); i++)
		CHILD_CHECK(open_at(fds[i].source));
	for (size_t i = 0; i < ARRAY_LEN(extra); i++)
		CHILD_CHECK(open_at(extra[i]));
	line = launch_show(&spawner, &options, &fds[0], shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows_count(shown, "fd") == 3 + ARRAY_LEN(fds) - 1);
	for (size_t i = 1; i < ARRAY_LEN(fds); i++)
		CHILD_CHECK(shows(shown, "fd %d ino %llu flags 0",
				  fds[i].target,
				  (unsigned long long)inode_of(fds[i].source)));
	return 0;
}

static void a_worker_has_stdio_and_the_listed_descriptors_only(void **state)
{
	(void)state;
	every_way(give_descriptors);
}

static int move_all(const struct spawner *spawner, const int *order)
{
	struct plan_fd fds[5] = {{0}};
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct launch launch;
	int line;

	options.fds = fds;
	options.fd_count = ARRAY_LEN(fds);
	for (int i = 0; i < 4; i++)
		fds[i + 1] = (struct plan_fd){3 + i, 3 + order[i]};
	line = launch_show(spawner, &options, &fds[0], shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows_count(shown, "fd") == 7);
	for (int i = 0; i < 4; i++)
		CHILD_CHECK(shows(shown, "fd %d ino %llu flags 0", 3 + order[i],
				  (unsigned long long)inode_of(3 + i)));
	return 0;
}

static bool is_permutation(const int *order)
{
	int seen = 0;

	for (int i = 0; i < 4; i++)
		seen |= 1 << order[i];
	return seen == 15;
}

static int permute_descriptors(void)
{
	struct spawner spawner;
	int line = story_begin(&spawner);

	for (int fd = 3; fd < 7 && line == 0; fd++)
		CHILD_CHECK(open_at(fd));
	for (int i = 0; i < 256 && line == 0; i++) {
		const int order[] = {i & 3, i >> 2 & 3, i >> 4 & 3, i >> 6};

		if (is_permutation(order))
			line = move_all(&spawner, order);
	}
	return line;
}

static void four_descriptors_arrive_in_every_order(void **state)
{
	(void)state;
	in_child(permute_descriptors);
}

/* The launcher's own are all different from what the worker shall have. */
static int give_state(void)
{
	const struct rlimit nofile = {100, 500};
	const struct rlimit raised = {500, 500};
	struct plan_fd fds[1];
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	sigset_t some;
	sigset_t all;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.fds = fds;
	options.fd_count = 1;
	options.leads_group = true;
	options.death_signal = SIGUSR2;
	options.nofile = &nofile;
	(void)sigfillset(&all);
	CHILD_CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	(void)sigemptyset(&some);
	(void)sigaddset(&some, SIGUSR1);
	(void)sigaddset(&some, SIGRTMAX);
	options.mask = &some;
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &raised) == 0);
	CHILD_CHECK(chdir("/usr") == 0);
	line = launch_show(&spawner, &options, fds, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "pgrp %d", launch.child.pid));
	CHILD_CHECK(shows(shown, "sid %d", getsid(0)));
	CHILD_CHECK(shows(shown, "ppid %d", getpid()));
	CHILD_CHECK(shows(shown, "deathsig %d", SIGUSR2));
	CHILD_CHECK(shows(shown, "mask 8000000000000200"));
	CHILD_CHECK(shows(shown, "nofile 100 500"));
	CHILD_CHECK(shows(shown, "cwd /usr"));
	return 0;
}

static void a_worker_has_its_group_mask_limit_and_death_signal(void **state)
{
	(void)state;
	every_way(give_state);
}

static int give_session(void)
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
	options.leads_session = true;
	line = launch_show(&spawner, &options, fds, shown, &launch);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "pgrp %d", launch.child.pid));
	CHILD_CHECK(shows(shown, "sid %d", launch.child.pid));
	CHILD_CHECK(getsid(0) != launch.child.pid);
	return 0;
}

/* Without a terminal, too; with one it is a story of the tools. */
static void a_worker_leads_a_session_where_that_is_asked_for(void **state)
{
	(void)state;
	every_way(give_session);
}

/* Everything of the launcher that a child sharing its memory or its descriptors
 * could have changed. */
struct launcher_state {
	int flags[SHOW_FDS];
	ino_t inodes[SHOW_FDS];
	sigset_t mask;
	struct rlimit nofile;
	pid_t group;
	int death_signal;
	char directory[64];
};

static void launcher_look(struct launcher_state *state)
{
	memset(state, 0, sizeof(*state));
	for (int fd = 0; fd < SHOW_FDS; fd++) {
		state->flags[fd] = fcntl(fd, F_GETFD);
		state->inodes[fd] = inode_of(fd);
	}
	(void)sigprocmask(SIG_BLOCK, NULL, &state->mask);
	(void)getrlimit(RLIMIT_NOFILE, &state->nofile);
	state->group = getpgrp();
	(void)prctl(PR_GET_PDEATHSIG, &state->death_signal);
	(void)!getcwd(state->directory, sizeof(state->directory));
}

static int keep_launcher(void)
{
	static struct launcher_state states[2];
	struct plan_fd fds[] = {{0}, {3, 4}, {4, 3}, {9, 30}, {40, 9}};
	const struct rlimit nofile = {60, 60};
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	struct launch launch;
	sigset_t some;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.fds = fds;
	options.fd_count = ARRAY_LEN(fds);
	options.leads_group = true;
	options.death_signal = SIGTERM;
	options.nofile = &nofile;
	for (size_t i = 1; i < ARRAY_LEN(fds); i++)
		CHILD_CHECK(open_at(fds[i].source));
	(void)sigemptyset(&some);
	(void)sigaddset(&some, SIGHUP);
	CHILD_CHECK(sigprocmask(SIG_SETMASK, &some, NULL) == 0);
	CHILD_CHECK(chdir("/usr") == 0);
	launcher_look(&states[0]);
	line = launch_show(&spawner, &options, &fds[0], shown, &launch);
	if (line != 0)
		return line;
	launcher_look(&states[1]);
	CHILD_CHECK(memcmp(&states[0], &states[1], sizeof(states[0])) == 0);
	return 0;
}

static void the_launcher_keeps_its_descriptors_mask_and_limits(void **state)
{
	(void)state;
	every_way(keep_launcher);
}

static int stamp_exec(void)
{
	struct timespec now;
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	uint64_t stamps_ns[2];
	int line = story_begin(&spawner);

	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	stamps_ns[0] =
		(uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 12) == 0);
	CHILD_CHECK((launch.child.pidfd >= 0) == spawner.has_pidfds);
	CHILD_CHECK(fcntl(launch.child.pidfd, F_GETFD) == FD_CLOEXEC);
	CHILD_CHECK(is_readable(launch.child.pidfd));
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	stamps_ns[1] =
		(uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	CHILD_CHECK(launch.report->exec_ns >= stamps_ns[0]);
	CHILD_CHECK(launch.report->exec_ns <= stamps_ns[1]);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 12);
	return line;
}

static void a_launch_yields_a_pidfd_and_the_time_of_its_execve(void **state)
{
	(void)state;
	every_way(stamp_exec);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_worker_has_stdio_and_the_listed_descriptors_only),
		cmocka_unit_test(four_descriptors_arrive_in_every_order),
		cmocka_unit_test(
			a_worker_has_its_group_mask_limit_and_death_signal),
		cmocka_unit_test(
			a_worker_leads_a_session_where_that_is_asked_for),
		cmocka_unit_test(
			the_launcher_keeps_its_descriptors_mask_and_limits),
		cmocka_unit_test(
			a_launch_yields_a_pidfd_and_the_time_of_its_execve),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

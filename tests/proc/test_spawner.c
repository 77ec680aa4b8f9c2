/*
 * test_spawner.c - which way of launching is chosen, by trying, and why others
 * were not.
 */
#include "proc/worker.h"

static bool says(const struct spawner *spawner, const char *words)
{
	return strstr(spawner->reason, words) != NULL;
}

static bool has_no_child(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 &&
	       errno == ECHILD;
}

/* The spawner makes workers that work. */
static int launch_one(const struct spawner *spawner)
{
	struct plan_options options = launch_options("number");
	struct launch launch;
	int line = launch_prepare(&launch, &options);

	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, spawner, 21) == 0);
	CHILD_CHECK((launch.child.pidfd >= 0) == spawner->has_pidfds);
	line = launch_end(&launch);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_NONE);
	CHILD_CHECK(launch.end.si_status == 21);
	return line;
}

static int choose_best(void)
{
	struct spawner spawner;

	story_close_from(STORY_STDIO);
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_FAST);
	CHILD_CHECK(spawner.has_pidfds);
	CHILD_CHECK(strcmp(spawner.reason, "") == 0);
	CHILD_CHECK(has_no_child());
	CHILD_CHECK(fcntl(0, F_DUPFD_CLOEXEC, 0) == STORY_STDIO);
	CHILD_CHECK(close(STORY_STDIO) == 0);
	return launch_one(&spawner);
}

static bool has_close_range(void)
{
	return syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) == 0;
}

static void the_fast_way_is_chosen_and_the_proof_leaves_nothing(void **state)
{
	(void)state;
	if (!has_close_range())
		SKIP("close_range: %s", strerror(errno));
	in_child(choose_best);
}

static int choose_without_close_range(void)
{
	struct spawner spawner;

	if (child_deny(SYS_close_range, ENOSYS) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_FAST, true) == -ENOSYS);
	CHILD_CHECK(strcmp(spawner.reason, "fast refused: ENOSYS") == 0);
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_VFORK);
	CHILD_CHECK(!spawner.has_close_range);
	CHILD_CHECK(strcmp(spawner.reason, "fast refused: ENOSYS") == 0);
	CHILD_CHECK(has_no_child());
	return launch_one(&spawner);
}

static void without_close_range_the_next_way_is_vfork(void **state)
{
	(void)state;
	in_child(choose_without_close_range);
}

static int choose_without_clone(void)
{
	static const enum muster_spawn modes[] = {
		MUSTER_SPAWN_FAST, MUSTER_SPAWN_VFORK, MUSTER_SPAWN_FORK};
	static const char *const words[] = {"fast refused: EPERM",
					    "vfork refused: EPERM",
					    "fork refused: EPERM"};
	struct spawner spawner;

	if (child_deny(SYS_clone3, ENOSYS) < 0 ||
	    child_deny(SYS_clone, EPERM) < 0)
		return CHILD_SKIP;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		CHILD_CHECK(spawner_init(&spawner, modes[i], true) == -EPERM);
		CHILD_CHECK(strcmp(spawner.reason, words[i]) == 0);
	}
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == -EPERM);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		CHILD_CHECK(says(&spawner, words[i]));
	CHILD_CHECK(says(&spawner, "; vfork"));
	return 0;
}

static void where_no_process_can_be_made_each_refusal_is_told(void **state)
{
	(void)state;
	in_child(choose_without_clone);
}

/* A filter may say "no memory" for good: one way that is short is no reason not
 * to try the others. */
static int choose_where_one_way_is_always_short(void)
{
	struct spawner spawner;

	if (child_deny(SYS_clone3, ENOMEM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_FAST);
	CHILD_CHECK(!spawner.has_clone3);
	CHILD_CHECK(spawner.has_pidfds);
	return launch_one(&spawner);
}

/* There was room for the child that was refused it: no shortage at all. */
static int choose_where_close_range_is_always_short(void)
{
	struct spawner spawner;

	if (child_deny(SYS_close_range, ENOMEM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_FAST, true) == -ENOMEM);
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_VFORK);
	CHILD_CHECK(!spawner.has_close_range);
	CHILD_CHECK(strcmp(spawner.reason, "fast refused: ENOMEM") == 0);
	CHILD_CHECK(has_no_child());
	return launch_one(&spawner);
}

static void a_way_that_is_short_is_left_for_one_that_works(void **state)
{
	(void)state;
	if (!has_close_range())
		SKIP("close_range: %s", strerror(errno));
	in_child(choose_where_one_way_is_always_short);
	in_child(choose_where_close_range_is_always_short);
}

/* Nothing is proved then: the best that may work is taken, and each launch
 * fails for itself until there is room. */
static int choose_where_all_ways_are_short(void)
{
	struct spawner spawner;

	if (child_deny(SYS_clone3, ENOSYS) < 0 ||
	    child_deny(SYS_clone, EAGAIN) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_FAST);
	CHILD_CHECK(!spawner.has_clone3);
	CHILD_CHECK(spawner.has_pidfds);
	CHILD_CHECK(spawner.has_close_range);
	CHILD_CHECK(strcmp(spawner.reason, "") == 0);
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_FORK, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_FORK);
	return 0;
}

static void where_all_are_short_the_best_that_may_work_is_taken(void **state)
{
	(void)state;
	in_child(choose_where_all_ways_are_short);
}

/* As a kernel before 5.2 answers clone(2) with that flag. */
static int deny_clone_pidfd(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_PIDFD, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_LEN(filter), filter};

	if (child_deny(SYS_clone3, ENOSYS) < 0)
		return CHILD_SKIP;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return CHILD_SKIP;
	return 0;
}

static int choose_without_pidfds(void)
{
	struct spawner spawner;

	if (deny_clone_pidfd() < 0)
		return CHILD_SKIP;
	for (int mode = MUSTER_SPAWN_FAST; mode < MUSTER_SPAWNS; mode++) {
		CHILD_CHECK(spawner_init(&spawner, (enum muster_spawn)mode,
					 true) == 0);
		CHILD_CHECK(!spawner.has_pidfds);
		CHILD_CHECK(!spawner.signals_groups);
		CHILD_CHECK(!spawner.has_clone3);
		CHILD_CHECK(launch_one(&spawner) == 0);
	}
	if (child_deny(SYS_close_range, ENOSYS) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_VFORK);
	CHILD_CHECK(!spawner.has_pidfds);
	return launch_one(&spawner);
}

static void without_pidfds_every_way_still_launches(void **state)
{
	(void)state;
	in_child(choose_without_pidfds);
}

static int choose_without_group_signals(void)
{
	struct spawner spawner;

	if (child_deny(SYS_pidfd_send_signal, EPERM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true) == 0);
	CHILD_CHECK(spawner.has_pidfds);
	CHILD_CHECK(!spawner.signals_groups);
	return 0;
}

static bool has_group_signals(void)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	int r = child_signal(pidfd, 0, PIDFD_SIGNAL_PROCESS_GROUP);

	(void)kill(pid, SIGKILL);
	(void)child_end(pid);
	return r == -ESRCH;
}

static void whether_pidfds_signal_groups_is_found_out(void **state)
{
	struct spawner spawner;

	(void)state;
	in_child(choose_without_group_signals);
	assert_int_equal(spawner_init(&spawner, MUSTER_SPAWN_AUTO, true), 0);
	assert_int_equal(spawner.signals_groups, has_group_signals());
}

/* Inherited from a parent that does not wait for its children (nohup in some
 * init scripts, a trap '' CHLD): the kernel reaps the proof's child itself. */
static int choose_with_children_ignored(void)
{
	struct sigaction after;
	struct spawner spawner;
	int r;

	CHILD_CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	r = spawner_init(&spawner, MUSTER_SPAWN_AUTO, true);
	if (r < 0)
		print_error("%s\n", spawner.reason);
	CHILD_CHECK(r == 0);
	CHILD_CHECK(spawner.mode == MUSTER_SPAWN_FAST);
	CHILD_CHECK(spawner.has_pidfds);
	CHILD_CHECK(sigaction(SIGCHLD, NULL, &after) == 0);
	CHILD_CHECK(after.sa_handler == SIG_IGN);
	return 0;
}

static void an_inherited_ignored_sigchld_does_not_spoil_the_proof(void **state)
{
	(void)state;
	if (!has_close_range())
		SKIP("close_range: %s", strerror(errno));
	in_child(choose_with_children_ignored);
}

static volatile sig_atomic_t handled_by;

static void on_signal(int signo)
{
	(void)signo;
	handled_by = getpid();
}

/* A guest's program has handlers of its own: they stay, here. */
static int keep_handlers(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction after;
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHILD_CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	CHILD_CHECK(spawner_init(&spawner, way->mode, false) == 0);
	CHILD_CHECK(sigaction(SIGCHLD, NULL, &after) == 0);
	CHILD_CHECK(after.sa_handler == on_signal);
	CHILD_CHECK(spawner.drops_handlers);
	line = launch_one(&spawner);
	CHILD_CHECK(sigaction(SIGUSR1, NULL, &after) == 0);
	CHILD_CHECK(after.sa_handler == on_signal);
	CHILD_CHECK(raise(SIGUSR1) == 0);
	CHILD_CHECK(handled_by == getpid());
	return line;
}

static void a_guests_handlers_stay_in_the_launcher(void **state)
{
	(void)state;
	every_way(keep_handlers);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_fast_way_is_chosen_and_the_proof_leaves_nothing),
		cmocka_unit_test(without_close_range_the_next_way_is_vfork),
		cmocka_unit_test(
			where_no_process_can_be_made_each_refusal_is_told),
		cmocka_unit_test(
			a_way_that_is_short_is_left_for_one_that_works),
		cmocka_unit_test(
			where_all_are_short_the_best_that_may_work_is_taken),
		cmocka_unit_test(without_pidfds_every_way_still_launches),
		cmocka_unit_test(whether_pidfds_signal_groups_is_found_out),
		cmocka_unit_test(
			an_inherited_ignored_sigchld_does_not_spoil_the_proof),
		cmocka_unit_test(a_guests_handlers_stay_in_the_launcher),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

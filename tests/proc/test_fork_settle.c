/*
 * test_fork_settle.c - what a forked worker does before its function begins,
 * and what is reported when one of the steps fails.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/nsec.h"
#include "proc/forked.h"

/* In the child, between fork and fork_settle. */
static int (*prepare)(void);
static struct fork_setting setting;

static int set_nothing(void)
{
	return 0;
}

static int settle(struct forked *forked)
{
	int r = forked_begin(forked, true);

	if (r == FORK_CHILD) {
		if (prepare() != 0)
			_exit(1);
		fork_settle(&setting, forked->report);
		_exit(FORKED_STATUS);
	}
	CHILD_CHECK(r == FORK_PARENT);
	return forked_end(forked);
}

static int settle_fails(enum muster_step step, int error)
{
	struct forked forked;

	CHILD_CHECK(settle(&forked) == 0);
	CHILD_CHECK(forked_exited(&forked, 127));
	CHILD_CHECK(forked.report->step == step);
	CHILD_CHECK(forked.report->error == (uint32_t)error);
	CHILD_CHECK(forked.report->exec_ns == 0);
	return 0;
}

static int settle_at_nowhere(void)
{
	prepare = set_nothing;
	setting = (struct fork_setting){.directory = "/nowhere/at/all"};
	return settle_fails(MUSTER_STEP_DIRECTORY, ENOENT);
}

static int lead_session(void)
{
	return setsid() < 0;
}

/* Who leads a session cannot leave its group (setpgid(2)). */
static int settle_as_leader(void)
{
	prepare = lead_session;
	setting = (struct fork_setting){.leads_group = true};
	return settle_fails(MUSTER_STEP_GROUP, EPERM);
}

/* It died between the fork and the prctl: somebody else is the parent now. */
static int settle_as_orphan(void)
{
	prepare = set_nothing;
	setting = (struct fork_setting){
		.death_signal = SIGKILL,
		.launcher_pid = getppid(),
	};
	return settle_fails(MUSTER_STEP_PARENT, ESRCH);
}

static int settle_with_no_signal(void)
{
	prepare = set_nothing;
	setting = (struct fork_setting){
		.death_signal = 99,
		.launcher_pid = getpid(),
	};
	return settle_fails(MUSTER_STEP_PARENT, EINVAL);
}

/* Beyond fs.nr_open, whoever asks. */
static int settle_without_bounds(void)
{
	prepare = set_nothing;
	setting = (struct fork_setting){
		.restores_nofile = true,
		.nofile = {RLIM_INFINITY, RLIM_INFINITY},
	};
	return settle_fails(MUSTER_STEP_LIMITS, EPERM);
}

static void a_missing_directory_is_reported(void **state)
{
	(void)state;
	in_child(settle_at_nowhere);
}

static void a_group_that_cannot_be_made_is_reported(void **state)
{
	(void)state;
	in_child(settle_as_leader);
}

static void a_parent_that_is_gone_before_the_prctl_is_reported(void **state)
{
	(void)state;
	in_child(settle_as_orphan);
}

static void a_death_signal_that_is_none_is_reported(void **state)
{
	(void)state;
	in_child(settle_with_no_signal);
}

static void a_limit_that_cannot_be_put_back_is_reported(void **state)
{
	(void)state;
	in_child(settle_without_bounds);
}

/* What it finds when it has settled. */
struct settled {
	pid_t pid;
	pid_t group;
	int death_signal;
	mode_t umask;
	struct rlimit nofile;
	char directory[64];
};

static int settle_and_look(struct forked *forked, struct settled *settled)
{
	int r = forked_begin(forked, true);

	if (r == FORK_CHILD) {
		fork_settle(&setting, forked->report);
		settled->pid = getpid();
		settled->group = getpgrp();
		settled->umask = umask(0);
		if (prctl(PR_GET_PDEATHSIG, &settled->death_signal) < 0 ||
		    getrlimit(RLIMIT_NOFILE, &settled->nofile) < 0 ||
		    !getcwd(settled->directory, sizeof(settled->directory)))
			_exit(1);
		_exit(FORKED_STATUS);
	}
	CHILD_CHECK(r == FORK_PARENT);
	CHILD_CHECK(forked_end(forked) == 0);
	CHILD_CHECK(forked_exited(forked, FORKED_STATUS));
	CHILD_CHECK(forked->report->step == MUSTER_STEP_NONE);
	return 0;
}

static struct settled *settled_new(void)
{
	struct settled *settled =
		mmap(NULL, sizeof(*settled), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return settled == MAP_FAILED ? NULL : settled;
}

static uint64_t now_ns(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* zeros tell */
	return nsec_add((uint64_t)now.tv_sec * NSEC_PER_SEC,
			(uint64_t)now.tv_nsec);
}

static int settle_fully(void)
{
	struct settled *settled = settled_new();
	uint64_t before_ns = now_ns();
	struct forked forked;

	CHILD_CHECK(settled);
	(void)umask(022);
	setting = (struct fork_setting){
		.directory = "/proc",
		.leads_group = true,
		.sets_umask = true,
		.umask = 0123,
		.restores_nofile = true,
		.nofile = {77, 99},
		.death_signal = SIGUSR2,
		.launcher_pid = getpid(),
	};
	CHILD_CHECK(settle_and_look(&forked, settled) == 0);
	CHILD_CHECK(settled->group == settled->pid);
	CHILD_CHECK(settled->death_signal == SIGUSR2);
	CHILD_CHECK(settled->umask == 0123);
	CHILD_CHECK(settled->nofile.rlim_cur == 77);
	CHILD_CHECK(settled->nofile.rlim_max == 99);
	CHILD_CHECK(strcmp(settled->directory, "/proc") == 0);
	CHILD_CHECK(forked.report->exec_ns >= before_ns);
	CHILD_CHECK(forked.report->exec_ns <= now_ns());
	return 0;
}

static void all_that_is_asked_for_is_done_and_stamped(void **state)
{
	(void)state;
	in_child(settle_fully);
}

static int settle_for_nothing(void)
{
	struct settled *settled = settled_new();
	struct rlimit nofile;
	struct forked forked;

	CHILD_CHECK(settled);
	CHILD_CHECK(chdir("/") == 0);
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &nofile) == 0);
	(void)umask(027);
	setting = (struct fork_setting){.launcher_pid = -1};
	CHILD_CHECK(settle_and_look(&forked, settled) == 0);
	CHILD_CHECK(settled->group == getpgrp());
	CHILD_CHECK(settled->death_signal == 0);
	CHILD_CHECK(settled->umask == 027);
	CHILD_CHECK(settled->nofile.rlim_cur == nofile.rlim_cur);
	CHILD_CHECK(strcmp(settled->directory, "/") == 0);
	CHILD_CHECK(forked.report->exec_ns > 0);
	return 0;
}

static void what_is_not_asked_for_stays_as_the_parent_has_it(void **state)
{
	(void)state;
	in_child(settle_for_nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_directory_is_reported),
		cmocka_unit_test(a_group_that_cannot_be_made_is_reported),
		cmocka_unit_test(
			a_parent_that_is_gone_before_the_prctl_is_reported),
		cmocka_unit_test(a_death_signal_that_is_none_is_reported),
		cmocka_unit_test(a_limit_that_cannot_be_put_back_is_reported),
		cmocka_unit_test(all_that_is_asked_for_is_done_and_stamped),
		cmocka_unit_test(
			what_is_not_asked_for_stays_as_the_parent_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

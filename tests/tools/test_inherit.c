/*
 * test_inherit.c - the story of what muster was started with and hands on
 * unchanged: mask, dispositions, limits, place (E3, E5); and of what it was
 * started without: standard descriptors (E9).
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include "tools/support.h"

/* A line "field: VALUE" of a status, as the number it is. */
static unsigned long long status_mask(struct launcher *launcher,
				      const char *field)
{
	const char *line = launcher_hear(launcher, field);

	/* The C library keeps 32 and 33 for itself, and its posix_spawn leaves
	 * them ignored in what it starts: make(1) does so to its children. */
	return strtoull(strstr(line, field) + strlen(field), NULL, 16) &
	       ~(3ULL << 31);
}

struct signal_state {
	unsigned long long blocked, ignored, caught;
};

#define BIT(signo) (1ULL << ((signo)-1))

static struct signal_state signals_of_a_worker(struct stage *stage,
					       void (*prepare)(void *))
{
	struct launcher *launcher =
		START(stage, WORKER("status=Sig"), .prepare = prepare);
	struct signal_state signals = {
		.blocked = status_mask(launcher, "SigBlk:"),
		.ignored = status_mask(launcher, "SigIgn:"),
		.caught = status_mask(launcher, "SigCgt:"),
	};

	/* TERM may be blocked or ignored: that is no survivor's excuse. */
	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(stage);
	return signals;
}

static void
a_worker_begins_with_no_signal_blocked_ignored_or_caught(void **state)
{
	struct signal_state signals = signals_of_a_worker(*state, NULL);

	assert_int_equal(signals.blocked, 0);
	assert_int_equal(signals.ignored, 0);
	assert_int_equal(signals.caught, 0);
}

static void block_some(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGRTMIN + 3);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* E3: neither muster's own mask nor an empty one. */
static void an_inherited_mask_is_seen_unchanged_by_the_worker(void **state)
{
	struct signal_state signals = signals_of_a_worker(*state, block_some);

	assert_int_equal(signals.blocked, BIT(SIGTERM) | BIT(SIGUSR1) |
						  BIT(SIGCHLD) |
						  BIT(SIGRTMIN + 3));
	assert_int_equal(signals.ignored, 0);
}

static void block_all(void *unused)
{
	sigset_t set;

	(void)unused;
	sigfillset(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
with_every_signal_blocked_muster_works_and_the_worker_sees_it(void **state)
{
	struct signal_state signals = signals_of_a_worker(*state, block_all);

	assert_int_equal(signals.blocked & BIT(SIGINT), BIT(SIGINT));
	assert_int_equal(signals.blocked & BIT(SIGTERM), BIT(SIGTERM));
	assert_int_equal(signals.blocked & BIT(SIGCHLD), BIT(SIGCHLD));
	assert_int_equal(signals.blocked & BIT(SIGRTMAX), BIT(SIGRTMAX));
}

static void ignore_some(void *unused)
{
	(void)unused;
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* as nohup(1) does */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGRTMIN + 1, SIG_IGN);
}

static void
inherited_ignored_signals_are_seen_unchanged_by_the_worker(void **state)
{
	struct signal_state signals = signals_of_a_worker(*state, ignore_some);

	assert_int_equal(signals.ignored, BIT(SIGTERM) | BIT(SIGHUP) |
						  BIT(SIGINT) | BIT(SIGPIPE) |
						  BIT(SIGRTMIN + 1));
	assert_int_equal(signals.blocked, 0);
}

/* A stop of muster is a stop, whatever its parent ignored; its worker ignores
 * TERM and is killed, in time and told (table O: timeout exceeded). */
static void muster_obeys_a_term_that_it_inherited_ignored(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--stop-timeout", "50ms"),
		      WORKER("say=ready"), .prepare = ignore_some);

	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	(void)launcher_log(launcher, "killed by signal 9");
}

static void ignore_children(void *unused)
{
	(void)unused;
	(void)signal(SIGCHLD, SIG_IGN);
}

/* The kernel would reap for a parent that ignores SIGCHLD: statuses lost. */
static void an_inherited_ignored_sigchld_loses_no_status(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("g1:exit=7", "g2:die=USR1", "say=third"),
		      .prepare = ignore_children);

	(void)launcher_log(launcher, "exited with status 7");
	(void)launcher_log(launcher, "killed by signal 10 (SIGUSR1)");
	(void)launcher_hear(launcher, "third");
	launcher_stop(*state, launcher, 0);
}

static void block_children(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void an_inherited_blocked_sigchld_loses_no_death(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("g1:exit=7", "say=second"),
		      .prepare = block_children);

	(void)launcher_log(launcher, "exited with status 7");
	(void)launcher_hear(launcher, "second");
	launcher_stop(*state, launcher, 0);
}

static void move_somewhere(void *directory)
{
	const struct rlimit size = {.rlim_cur = 2097152, .rlim_max = 4194304};

	(void)umask(0137);
	(void)setrlimit(RLIMIT_FSIZE, &size);
	if (chdir(directory) < 0)
		_exit(123);
}

/* E5. */
static void directory_umask_and_limits_are_the_workers_too(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		START(stage, OPTIONS("--restart", "never"),
		      COMMAND("sh", "-c", "echo $PWD $(umask) $(ulimit -f -S)"),
		      .prepare = move_somewhere, .argument = stage->directory);

	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(
		launcher, stage_text(stage, "%s 0137 4096", stage->directory));
}

static void close_some(void *argument)
{
	unsigned int which = *(unsigned int *)argument;

	for (int fd = 0; fd < 3; fd++)
		if (which & (1U << fd))
			(void)close(fd);
}

/* E9: all eight ways. What was closed is open in the worker, so that nothing of
 * its own lands there; the rest is as it was. */
static void
closed_standard_descriptors_harm_neither_muster_nor_worker(void **state)
{
	struct stage *stage = *state;

	for (unsigned int which = 0; which < 8; which++) {
		const char *path = stage_text(stage, "%s/report-%u",
					      stage->directory, which);
		const char *script = stage_text(
			stage,
			"ls /proc/self/fd >%s.new; mv %s.new %s; exec sleep 50",
			path, path, path);
		struct launcher *launcher =
			START(stage, OPTIONS("-w", "1", "-n", "closed"),
			      COMMAND("sh", "-c", script),
			      .prepare = close_some, .argument = &which);
		uint64_t until_ms = now_ms() + DEADLINE_MS;
		char text[64] = "";
		int fd;

		while ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 &&
		       now_ms() < until_ms)
			(void)launcher_ends_within(launcher, 1);
		assert_true(read(fd, text, sizeof(text) - 1) > 0);
		/* 3 is the directory that ls reads. */
		assert_string_equal(text, "0\n1\n2\n3\n");
		(void)close(fd);
		launcher_signal(launcher, SIGTERM);
		assert_int_equal(launcher_end(launcher), 0);
		assert_all_end_within(stage, 1000); /* a late mv */
	}
}

/* A reader of the log is there or not: muster's end is the same. */
static void with_all_three_closed_even_a_usage_error_is_125(void **state)
{
	unsigned int which = 7;
	struct launcher *launcher =
		START(*state, OPTIONS("--no-such-option"), COMMAND("true"),
		      .prepare = close_some, .argument = &which);

	assert_int_equal(launcher_end(launcher), 125);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			a_worker_begins_with_no_signal_blocked_ignored_or_caught),
		STAGE_TEST(an_inherited_mask_is_seen_unchanged_by_the_worker),
		STAGE_TEST(
			with_every_signal_blocked_muster_works_and_the_worker_sees_it),
		STAGE_TEST(
			inherited_ignored_signals_are_seen_unchanged_by_the_worker),
		STAGE_TEST(muster_obeys_a_term_that_it_inherited_ignored),
		STAGE_TEST(an_inherited_ignored_sigchld_loses_no_status),
		STAGE_TEST(an_inherited_blocked_sigchld_loses_no_death),
		STAGE_TEST(directory_umask_and_limits_are_the_workers_too),
		STAGE_TEST(
			closed_standard_descriptors_harm_neither_muster_nor_worker),
		STAGE_TEST(with_all_three_closed_even_a_usage_error_is_125),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

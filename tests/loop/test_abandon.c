/*
 * test_abandon.c - a loop in a forked child: given up without a word to what
 * the parent has armed, on every engine.
 */
#include <sys/eventfd.h>
#include <sys/stat.h>

#include "loop/engines.h"

#define ABANDONED_FDS 256

/* What is open above 2, and which file it is. */
struct open_files {
	bool is_open[ABANDONED_FDS];
	ino_t inodes[ABANDONED_FDS];
};

static void note_open(struct open_files *ret_files)
{
	struct stat status;

	for (int fd = 0; fd < ABANDONED_FDS; fd++) {
		ret_files->is_open[fd] = fstat(fd, &status) == 0;
		ret_files->inodes[fd] =
			ret_files->is_open[fd] ? status.st_ino : 0;
	}
}

static bool are_same(const struct open_files *a, const struct open_files *b)
{
	for (int fd = 0; fd < ABANDONED_FDS; fd++)
		if (a->is_open[fd] != b->is_open[fd] ||
		    a->inodes[fd] != b->inodes[fd])
			return false;
	return true;
}

/* In the child: 0, or which promise is broken. */
static int abandon_and_look(int engine_fd, const struct open_files *before)
{
	struct open_files after;
	sigset_t mask;

	loop_abandon(engine_fd);
	note_open(&after);
	if (!are_same(before, &after))
		return 2;
	/* The mask is the one that the loop has set. */
	if (sigprocmask(SIG_BLOCK, NULL, &mask) < 0 ||
	    sigismember(&mask, SIGTERM) != 1)
		return 3;
	return 0;
}

static void assert_child_abandons(struct loop *loop,
				  const struct open_files *before)
{
	/* The child does not have the loop. */
	int engine_fd = loop_fd(loop);
	pid_t pid = child_fork();
	siginfo_t end;

	if (pid == 0)
		_exit(abandon_and_look(engine_fd, before));
	/* By number, for it is none of the loop's. */
	end = child_end(pid);
	assert_int_equal(end.si_code, CLD_EXITED);
	assert_int_equal(end.si_status, 0);
}

static void nothing_of_it_is_left_open_in_the_child(void **state)
{
	struct open_files before;
	struct loop *loop;

	note_open(&before);
	loop = engine_open(state);
	engine_is_silent(loop);
	assert_child_abandons(loop, &before);
	loop_free(loop);
}

/* The end of one that is watched, a descriptor and a signal; armed before the
 * fork, and with one that is queued but not yet submitted. */
static void what_the_parent_has_armed_still_fires(void **state)
{
	struct loop *loop = engine_open(state);
	int fd = eventfd(0, EFD_CLOEXEC);
	struct loop_batch batch;
	struct watched armed;
	struct watched queued;
	pid_t pid = child_sleeper();
	int engine_fd = loop_fd(loop);

	watched_begin(loop, &armed, pid);
	assert_int_equal(loop_watch_fd(loop, fd, POLLIN, 5), 0);
	engine_is_silent(loop);
	watched_begin(loop, &queued, child_sleeper());
	pid = child_fork();
	if (pid == 0) {
		/* As born.c does: the loop, and then each pidfd. */
		loop_abandon(engine_fd);
		_exit(close(fd) < 0 ||
		      (armed.pidfd >= 0 &&
		       (close(armed.pidfd) < 0 || close(queued.pidfd) < 0)));
	}
	assert_int_equal(child_end(pid).si_status, 0);
	assert_int_equal(kill(armed.watch.pid, SIGKILL), 0);
	engine_hear(loop, 1);
	assert_ended(&armed, CLD_KILLED, SIGKILL);
	assert_int_equal(kill(queued.watch.pid, SIGKILL), 0);
	engine_hear(loop, 1);
	assert_ended(&queued, CLD_KILLED, SIGKILL);
	assert_int_equal(eventfd_write(fd, 1), 0);
	engine_wait(loop, &batch);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.events[0].kind, LOOP_FD);
	assert_int_equal(batch.events[0].tag, 5);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	engine_wait(loop, &batch);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.events[0].signal.signo, SIGHUP);
	assert_int_equal(close(fd), 0);
	loop_free(loop);
}

/* Not the parent's: neither is news of the one the other's. */
static int open_anew(int engine_fd, const struct engine *engine)
{
	struct loop_batch batch;
	struct loop *own = NULL;
	struct watched watched;

	loop_abandon(engine_fd);
	if (engine_new(engine, &own) < 0)
		return 1;
	watched_begin(own, &watched, child_sleeper());
	if (kill(watched.watch.pid, SIGKILL) < 0 ||
	    engine_retry(own, clock_now_ns() + DEADLINE_NS, &batch) != 1 ||
	    batch.events[0].tag != (uintptr_t)&watched ||
	    batch.events[0].exit.status != SIGKILL)
		return 2;
	if (kill(getpid(), SIGUSR1) < 0 ||
	    engine_retry(own, clock_now_ns() + DEADLINE_NS, &batch) != 1 ||
	    batch.events[0].signal.signo != SIGUSR1)
		return 3;
	loop_free(own);
	return 0;
}

static void a_child_may_open_a_loop_of_its_own(void **state)
{
	struct loop *loop = engine_open(state);
	int engine_fd = loop_fd(loop);
	pid_t pid;

	engine_is_silent(loop);
	pid = child_fork();
	if (pid == 0)
		_exit(open_anew(engine_fd, *state));
	assert_int_equal(child_end(pid).si_status, 0);
	engine_is_silent(loop);
	loop_free(loop);
}

static void a_loop_without_signals_gives_up_their_owners_too(void **state)
{
	struct loop *owner = engine_open(state);
	struct loop_options options = engine_options(*state);
	struct loop *loop;
	int engine_fd;
	pid_t pid;

	options.signals = NULL;
	options.signal_count = 0;
	loop = engine_open_with(&options);
	engine_fd = loop_fd(loop);
	pid = child_fork();
	if (pid == 0) {
		struct loop *third = NULL;
		int r;

		loop_abandon(engine_fd);
		/* They are nobody's in a child. */
		r = engine_new(*state, &third);
		_exit(r < 0);
	}
	assert_int_equal(child_end(pid).si_status, 0);
	loop_free(loop);
	loop_free(owner);
}

static void none_at_all_is_nothing_to_abandon(void **state)
{
	(void)state;
	loop_abandon(-1);
}

static void a_descriptor_is_closed_now_and_not_by_the_next_wait(void **state)
{
	struct loop *loop = engine_open(state);
	int fd = eventfd(0, EFD_CLOEXEC);

	loop_close_now(loop, fd);
	assert_true(fcntl(fd, F_GETFD) < 0);
	loop_close_now(loop, -1);
	engine_is_silent(loop);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(nothing_of_it_is_left_open_in_the_child),
		ENGINE_TESTS(what_the_parent_has_armed_still_fires),
		ENGINE_TESTS(a_child_may_open_a_loop_of_its_own),
		ENGINE_PIDFD_TESTS(
			a_loop_without_signals_gives_up_their_owners_too),
		ENGINE_TESTS(
			a_descriptor_is_closed_now_and_not_by_the_next_wait),
		cmocka_unit_test(none_at_all_is_nothing_to_abandon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

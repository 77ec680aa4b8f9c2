/*
 * test_signals.c - signals as events, and what is put back afterwards.
 */
#include "loop/engines.h"

#define EXITS 100

static int compare_dispositions(const struct sigaction *a,
				const struct sigaction *b)
{
	return a->sa_handler != b->sa_handler || a->sa_flags != b->sa_flags;
}

static void a_signal_is_an_event_with_its_sender(void **state)
{
	struct loop *loop = engine_open(state);
	struct loop_event signals[2];
	struct loop_batch batch;
	struct watched sender;
	uint32_t count = 0;
	pid_t parent = getpid();
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(kill(parent, SIGTERM) < 0);
	watched_begin(loop, &sender, pid);
	for (uint32_t heard = 0; heard < 2; heard += batch.count) {
		engine_wait(loop, &batch);
		assert_true(batch.count > 0);
		for (uint32_t i = 0; i < batch.count; i++)
			if (batch.events[i].kind == LOOP_SIGNAL)
				signals[count++] = batch.events[i];
			else
				(void)watched_hear(loop, &batch.events[i]);
	}
	assert_int_equal(count, 1);
	assert_int_equal(signals[0].signal.signo, SIGTERM);
	assert_int_equal(signals[0].signal.code, SI_USER);
	assert_int_equal(signals[0].signal.pid, pid);
	assert_int_equal(signals[0].signal.uid, getuid());
	assert_ended(&sender, CLD_EXITED, 0);
	engine_is_silent(loop);
	loop_free(loop);
}

static void a_signal_of_our_own_wakes_the_wait_without_deadline(void **state)
{
	struct loop *loop = engine_open(state);
	struct loop_batch batch;

	engine_is_silent(loop); /* so that it really waits for the signal */
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(loop_wait(loop, NSEC_NEVER, &batch), 1);
	assert_int_equal(batch.events[0].signal.signo, SIGHUP);
	engine_is_silent(loop);
	loop_free(loop);
}

static void count_events(struct loop *loop, const struct loop_batch *batch,
			 int *counts)
{
	assert_true(batch->count > 0);
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct loop_event *event = &batch->events[i];

		if (event->kind == LOOP_SIGNAL)
			counts[event->signal.signo]++;
		else
			(void)watched_hear(loop, event);
	}
}

/* Real-time signals, which the kernel queues: ten of each of thirty. */
static void three_hundred_signals_among_exits_are_not_lost(void **state)
{
	struct loop *loop = engine_open(state);
	static struct watched watched[EXITS];
	struct loop_batch batch;
	int counts[65] = {0};

	engine_is_silent(loop); /* it really waits for them by now */

	for (int i = 0; i < 300; i++) {
		assert_int_equal(kill(getpid(), SIGRTMIN + i % 30), 0);
		if (i % 3 == 0) {
			pid_t pid = child_sleeper();

			watched_begin(loop, &watched[i / 3], pid);
			assert_int_equal(kill(pid, SIGKILL), 0);
		}
	}
	for (uint32_t heard = 0; heard < 300 + EXITS; heard += batch.count) {
		engine_wait(loop, &batch);
		count_events(loop, &batch, counts);
	}
	for (int i = 0; i < EXITS; i++)
		assert_ended(&watched[i], CLD_KILLED, SIGKILL);
	for (int i = 0; i < 30; i++)
		assert_int_equal(counts[SIGRTMIN + i], 10);
	engine_is_silent(loop);
	loop_free(loop);
}

static void a_signal_that_was_ignored_is_an_event(void **state)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN};
	struct sigaction before;
	struct loop_batch batch;
	struct loop *loop = engine_open(state);

	assert_int_equal(sigaction(SIGUSR1, &ignored, &before), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	engine_wait(loop, &batch);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.events[0].signal.signo, SIGUSR1);
	loop_free(loop);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

static void mask_now(sigset_t *ret_mask)
{
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, ret_mask), 0);
}

static void assert_same_mask(const sigset_t *a, const sigset_t *b)
{
	for (int signo = 1; signo < 65; signo++)
		assert_int_equal(sigismember(a, signo), sigismember(b, signo));
}

/* SIGPIPE, so that a broken log pipe is an errno; and no more than asked. */
static void what_is_read_is_blocked_and_the_mask_is_put_back(void **state)
{
	struct loop *loop;
	sigset_t before;
	sigset_t during;
	sigset_t after;

	(void)sigemptyset(&before);
	(void)sigaddset(&before, SIGWINCH);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	loop = engine_open(state);
	mask_now(&during);
	assert_int_equal(sigismember(&during, SIGTERM), 1);
	assert_int_equal(sigismember(&during, SIGRTMIN), 1);
	assert_int_equal(sigismember(&during, SIGPIPE), 1);
	assert_int_equal(sigismember(&during, SIGWINCH), 1);
	assert_int_equal(sigismember(&during, SIGQUIT), 0);
	assert_same_mask(loop_saved_mask(loop), &before);
	loop_free(loop);
	mask_now(&after);
	assert_same_mask(&after, &before);
	(void)sigdelset(&before, SIGWINCH);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

/* The log's last line met a reader that had gone. */
static void a_pipe_that_broke_meanwhile_kills_nobody_at_the_end(void **state)
{
	struct loop *loop = engine_open(state);

	assert_int_equal(raise(SIGPIPE), 0);
	loop_free(loop);
}

/* With SIGCHLD ignored the kernel would throw the status away. */
static void an_inherited_ignored_sigchld_still_gives_statuses(void **state)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN};
	struct sigaction before;
	struct sigaction after;
	struct watched watched;
	struct loop *loop;
	pid_t pid;

	assert_int_equal(sigaction(SIGCHLD, &ignored, &before), 0);
	loop = engine_open(state);
	pid = child_fork();
	if (pid == 0)
		_exit(9);
	watched_begin(loop, &watched, pid);
	engine_hear(loop, 1);
	assert_ended(&watched, CLD_EXITED, 9);
	loop_free(loop);
	assert_int_equal(sigaction(SIGCHLD, &before, &after), 0);
	assert_int_equal(after.sa_handler == SIG_IGN, 1);
}

static void on_child(int signo)
{
	(void)signo;
}

static void the_disposition_of_sigchld_is_put_back(void **state)
{
	struct sigaction own = {
		.sa_handler = on_child,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP,
	};
	struct sigaction before;
	struct sigaction during;
	struct sigaction after;
	struct loop *loop;

	assert_int_equal(sigaction(SIGCHLD, &own, &before), 0);
	assert_int_equal(sigaction(SIGCHLD, NULL, &own), 0);
	loop = engine_open(state);
	assert_int_equal(sigaction(SIGCHLD, NULL, &during), 0);
	loop_free(loop);
	assert_int_equal(sigaction(SIGCHLD, &before, &after), 0);
	assert_true(during.sa_handler == SIG_DFL);
	assert_int_equal(compare_dispositions(&after, &own), 0);
}

static volatile sig_atomic_t delivered;

static void on_signal(int signo)
{
	delivered = signo;
}

static void a_signal_nobody_read_is_delivered_after_the_loop(void **state)
{
	struct sigaction own = {.sa_handler = on_signal};
	struct sigaction before;
	struct loop *loop;

	assert_int_equal(sigaction(SIGUSR2, &own, &before), 0);
	delivered = 0;
	loop = engine_open(state);
	assert_int_equal(kill(getpid(), SIGUSR2), 0);
	assert_int_equal(delivered, 0);
	loop_free(loop);
	assert_int_equal(delivered, SIGUSR2);
	assert_int_equal(sigaction(SIGUSR2, &before, NULL), 0);
}

/* A guest in somebody's program: the signals stay what they are. */
static void without_signals_the_mask_is_left_alone(void **state)
{
	struct loop_options options = {.has_pidfds = true};
	struct sigaction own = {.sa_handler = on_child};
	struct sigaction during;
	struct sigaction before;
	struct watched watched;
	struct loop *loop;
	sigset_t masks[2];
	sigset_t some;
	pid_t pid = child_sleeper();

	(void)sigemptyset(&some);
	(void)sigaddset(&some, SIGWINCH);
	assert_int_equal(sigprocmask(SIG_BLOCK, &some, NULL), 0);
	options.engine = ((const struct engine *)*state)->engine;
	assert_int_equal(sigaction(SIGCHLD, &own, &before), 0);
	mask_now(&masks[0]);
	if (loop_new(&options, &loop) < 0) {
		printf("skip: %s\n", loop_reason(loop));
		loop_free(loop);
		skip();
	}
	mask_now(&masks[1]);
	assert_same_mask(&masks[0], &masks[1]);
	assert_same_mask(&masks[0], loop_saved_mask(loop));
	assert_int_equal(sigaction(SIGCHLD, NULL, &during), 0);
	assert_true(during.sa_handler == on_child);
	watched_begin(loop, &watched, pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	engine_hear(loop, 1);
	assert_ended(&watched, CLD_KILLED, SIGKILL);
	loop_free(loop);
	assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &some, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TESTS(a_signal_is_an_event_with_its_sender),
		ENGINE_TESTS(
			a_signal_of_our_own_wakes_the_wait_without_deadline),
		ENGINE_TESTS(three_hundred_signals_among_exits_are_not_lost),
		ENGINE_TESTS(a_signal_that_was_ignored_is_an_event),
		ENGINE_TESTS(what_is_read_is_blocked_and_the_mask_is_put_back),
		ENGINE_TESTS(
			a_pipe_that_broke_meanwhile_kills_nobody_at_the_end),
		ENGINE_TESTS(an_inherited_ignored_sigchld_still_gives_statuses),
		ENGINE_TESTS(the_disposition_of_sigchld_is_put_back),
		ENGINE_TESTS(a_signal_nobody_read_is_delivered_after_the_loop),
		ENGINE_TEST(without_signals_the_mask_is_left_alone, ring),
		ENGINE_TEST(without_signals_the_mask_is_left_alone, epoll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_entrypoint.c - a launcher that stands where its workers are meant: what
 * is theirs is handed on, what stops it goes step by step, and what they leave
 * behind is ended.
 */
#include "core/fixture.h"
#include "core/forward.h"

#define BIT(signo) (UINT64_C(1) << ((signo)-1))
#define DRAIN_NS (3 * NSEC_PER_SEC)
#define LEFTOVER_NS (2 * NSEC_PER_SEC)

static void prepare(struct fixture *fixture)
{
	fixture->options.forwards =
		~(BIT(SIGKILL) | BIT(SIGSTOP) | BIT(SIGCHLD) | BIT(SIGSEGV) |
		  BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL));
	fixture->group.restart = MUSTER_RESTART_NEVER;
	fixture->group.kill = MUSTER_KILL_PROCESS;
}

static void prepare_to_stop(struct fixture *fixture)
{
	prepare(fixture);
	fixture->options.stop_signals = BIT(SIGTERM);
}

/* E12: once, with who sent it. */
static void a_signal_is_handed_on_once_with_its_sender(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin_with(fixture, 1);
	fake_signal_from(SIGTERM, 4321, 77, SI_QUEUE);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 1);
	assert_int_equal(fake.processes[0]->handed.signo, SIGTERM);
	assert_int_equal(fake.processes[0]->handed.code, SI_QUEUE);
	assert_int_equal(fake.processes[0]->handed.pid, 4321);
	assert_int_equal(fake.processes[0]->handed.uid, 77);
	assert_false(fake.processes[0]->was_handed_group);
	assert_int_equal(fake_live(), 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_SIGNAL)->count, 1);
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
}

static void all_workers_get_it(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin_with(fixture, 5);
	fake_signal(SIGHUP);
	settle(fixture);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(fake.processes[i]->hand_ons, 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_SIGNAL)->count, 5);
}

/* E13. */
static void a_rewritten_signal_comes_as_another_or_not_at_all(void **state)
{
	static const struct muster_rewrite rewrites[] = {{SIGHUP, SIGUSR1},
							 {SIGUSR2, 0}};
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->options.rewrites = rewrites;
	fixture->options.rewrite_count = ARRAY_LEN(rewrites);
	begin_with(fixture, 1);
	fake_signal(SIGUSR2);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 0);
	fake_signal(SIGHUP);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 1);
	assert_int_equal(fake.processes[0]->handed.signo, SIGUSR1);
}

static void groups_get_it_where_that_was_asked_for(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->options.forwards_to_groups = true;
	fixture->group.leads_group = true;
	begin_with(fixture, 1);
	fake_signal(SIGTERM);
	settle(fixture);
	assert_true(fake.processes[0]->was_handed_group);
}

/* E2: it came before the first launch. */
static void what_comes_before_the_first_worker_is_kept_for_it(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin(fixture);
	fake_signal(SIGTERM);
	fake_signal(SIGTERM); /* the kernel keeps one, and so do we */
	fake_signal(SIGUSR1);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 2);
	assert_int_equal(fake.processes[0]->handed.signo, SIGUSR1);
	assert_true(fake.processes[0]->was_waited_for);
}

static void what_comes_between_two_workers_is_the_next_ones(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.restart = MUSTER_RESTART_ALWAYS;
	fixture->group.backoff_min_ns = NSEC_PER_SEC;
	fixture->group.backoff_max_ns = NSEC_PER_SEC;
	begin_with(fixture, 1);
	fake_exit(fake.processes[0], 1);
	settle(fixture);
	assert_int_equal(fake_live(), 0);
	fake_signal(SIGUSR1);
	settle(fixture);
	(void)run_for(fixture, 2 * NSEC_PER_SEC);
	assert_int_equal(fake.count, 2);
	assert_int_equal(fake.processes[0]->hand_ons, 0);
	assert_int_equal(fake.processes[1]->hand_ons, 1);
}

static void real_time_signals_are_all_kept_up_to_a_limit(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin(fixture);
	fake.spawn_failures = 10; /* nobody comes for a while */
	fake.spawn_error = EAGAIN;
	for (uint32_t i = 0; i < FORWARD_REALTIME_MAX + 3; i++)
		fake_signal(40);
	settle(fixture);
	fake_signal(SIGTERM); /* there is room for that */
	settle(fixture);
	fake.spawn_failures = 0;
	(void)run_for(fixture, 60 * NSEC_PER_SEC);
	assert_int_equal(fake.processes[0]->hand_ons, FORWARD_REALTIME_MAX + 1);
}

/* E14: it became somebody else. */
static void who_may_not_be_signalled_is_told_and_no_more(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin_with(fixture, 1);
	fake.hand_on_error = EPERM;
	fake_signal(SIGHUP);
	settle(fixture);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_SIGNAL)->code, EPERM);
	assert_int_equal(fake_live(), 1);
	fake.hand_on_error = 0;
}

/* E27: workers serve on until the drain is over. */
static void a_drain_announces_the_stop_that_follows(void **state)
{
	struct fixture *fixture = *state;

	prepare_to_stop(fixture);
	fixture->options.drain_ns = DRAIN_NS;
	begin_with(fixture, 2);
	fake_signal(SIGTERM);
	settle(fixture);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 0);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_DRAIN)->delay_ns,
			 DRAIN_NS);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS + DRAIN_NS);
}

static void who_dies_in_the_drain_is_replaced(void **state)
{
	struct fixture *fixture = *state;

	prepare_to_stop(fixture);
	fixture->options.drain_ns = DRAIN_NS;
	fixture->group.restart = MUSTER_RESTART_ALWAYS;
	begin_with(fixture, 2);
	fake_signal(SIGTERM);
	settle(fixture);
	fake_exit(fake.processes[0], 1);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(finish(fixture), 0);
}

/* E28. */
static void the_second_request_ends_the_drain_and_the_third_kills(void **state)
{
	struct fixture *fixture = *state;

	prepare_to_stop(fixture);
	fixture->options.drain_ns = DRAIN_NS;
	begin_with(fixture, 1);
	fake.processes[0]->manners = FAKE_HANGS;
	fake_signal_from(SIGTERM, 1, 0, SI_USER);
	settle(fixture);
	fake_signal_from(SIGTERM, 2, 0, SI_USER);
	settle(fixture);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 0);
	fake_signal_from(SIGTERM, 3, 0, SI_USER);
	(void)finish(fixture);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

static void a_launcher_drains_too(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.drain_ns = DRAIN_NS;
	begin_with(fixture, 1);
	assert_int_equal(muster_stop(fixture->muster), 0);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DRAIN), 1);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.now_ns, FAKE_START_NS + DRAIN_NS);
}

static void begin_with_leftovers(struct fixture *fixture)
{
	prepare_to_stop(fixture);
	fixture->options.is_subreaper = true;
	fixture->options.leftover_timeout_ns = LEFTOVER_NS;
	begin_with(fixture, 1);
	fake.children = 3;
}

/* E29, E30: TERM, some time, KILL. */
static void leftovers_get_TERM_and_then_KILL(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	fake_exit(fake.processes[0], 5);
	settle(fixture);
	assert_int_equal(fake.leftover_signals[SIGTERM], 1);
	assert_int_equal(fake.leftover_signals[SIGKILL], 0);
	assert_true(fake.reaps_at_once);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_LEFTOVERS)->count, 3);
	assert_int_equal(finish(fixture), 5);
	assert_int_equal(fake.leftover_signals[SIGTERM], 1);
	assert_int_equal(fake.leftover_signals[SIGKILL], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS + LEFTOVER_NS);
}

static void it_leaves_with_the_last_of_them(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	fake_exit(fake.processes[0], 0);
	settle(fixture);
	fake.children = 0;
	assert_int_equal(turn(fixture), 0);
	assert_int_equal(fake.leftover_signals[SIGKILL], 0);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

static void without_leftovers_nobody_is_signalled(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	fake.children = 0;
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_LEFTOVERS), 0);
}

/* Dead already, and not yet reaped: no word is lost on them. */
static void the_dead_are_not_taken_for_left(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	fake.zombies = fake.children;
	fake_exit(fake.processes[0], 5);
	assert_int_equal(finish(fixture), 5);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_LEFTOVERS), 0);
	assert_int_equal(fake.leftover_signals[SIGTERM], 0);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

static void who_is_in_a_hurry_kills_leftovers_at_once(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	assert_int_equal(muster_kill(fixture->muster, 9), 0);
	assert_int_equal(finish(fixture), 9);
	assert_int_equal(fake.leftover_signals[SIGTERM], 0);
	assert_int_equal(fake.leftover_signals[SIGKILL], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

static void a_kill_before_anybody_is_found_left_spares_him_TERM(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	fake_exit(fake.processes[0], 5);
	assert_int_equal(turn(fixture), 1);
	assert_int_equal(fixture->supervisor->phase, SUPERVISOR_SWEEPING);
	assert_int_equal(muster_kill(fixture->muster, 9), 0);
	assert_int_equal(finish(fixture), 5);
	assert_int_equal(fake.leftover_signals[SIGTERM], 0);
	assert_int_equal(fake.leftover_signals[SIGKILL], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

static void a_stop_while_leaving_kills_the_rest(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	fake_signal_from(SIGTERM, 1, 0, SI_USER);
	settle(fixture);
	assert_int_equal(fake.leftover_signals[SIGTERM], 1);
	fake_signal_from(SIGTERM, 2, 0, SI_USER);
	(void)finish(fixture);
	assert_int_equal(fake.leftover_signals[SIGKILL], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

/* They are others' where we are no subreaper. */
static void who_reaps_no_orphans_leaves_them_alone(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->options.leftover_timeout_ns = LEFTOVER_NS;
	begin_with(fixture, 1);
	fake.children = 3;
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.leftover_signals[SIGTERM], 0);
}

static void begin_with_terminal(struct fixture *fixture)
{
	prepare(fixture);
	fake.has_terminal = true;
	fake.is_terminal_ours = true;
	fixture->group.takes_terminal = true;
	begin_with(fixture, 1);
}

static void the_terminal_is_taken_back_from_who_died(void **state)
{
	struct fixture *fixture = *state;

	begin_with_terminal(fixture);
	assert_true(fake.processes[0]->plan->takes_terminal);
	assert_true(fake.processes[0]->plan->leads_group);
	assert_int_equal(fake.processes[0]->plan->terminal_fd, 0);
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.taken_back, fake.processes[0]->pid);
}

/* We may lead the session, and would take it from whoever has it. */
static void the_death_of_who_has_no_terminal_leaves_it_where_it_is(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fake.has_terminal = true;
	fake.is_terminal_ours = true;
	fixture->group.takes_terminal = true;
	begin(fixture);
	fixture->group.takes_terminal = false;
	add_group(fixture);
	settle(fixture);
	assert_true(fake.processes[0]->plan->takes_terminal);
	assert_false(fake.processes[1]->plan->takes_terminal);
	fake_exit(fake.processes[1], 0);
	settle(fixture);
	assert_int_equal(fake.taken_back, 0);
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.taken_back, fake.processes[0]->pid);
}

static void without_a_terminal_none_is_taken(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.takes_terminal = true;
	begin_with(fixture, 1);
	assert_false(fake.processes[0]->plan->takes_terminal);
}

static void stop_by(struct fixture *fixture, int signo)
{
	fake.stopped = fake.processes[0];
	fake.stopped_by = signo;
	settle(fixture);
}

/* E15: ^Z stops both, and fg continues both. */
static void a_stop_of_the_worker_is_one_of_the_job(void **state)
{
	struct fixture *fixture = *state;

	fake.is_job = true;
	begin_with_terminal(fixture);
	assert_true(fake.loop_options.tells_stops);
	stop_by(fixture, SIGTSTP);
	assert_int_equal(fake.job_stops, 1);
	assert_int_equal(fake.taken_back, fake.processes[0]->pid);
	assert_int_equal(fake.given_to, fake.processes[0]->pid);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, SIGCONT), 1);
}

static void who_wants_the_terminal_that_is_ours_gets_it(void **state)
{
	struct fixture *fixture = *state;

	begin_with_terminal(fixture);
	stop_by(fixture, SIGTTIN);
	assert_int_equal(fake.job_stops, 0);
	assert_int_equal(fake.given_to, fake.processes[0]->pid);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, SIGCONT), 1);
}

static void who_wants_it_from_others_stops_the_job(void **state)
{
	struct fixture *fixture = *state;

	begin_with_terminal(fixture);
	fake.is_terminal_ours = false;
	fake.is_job = true;
	stop_by(fixture, SIGTTOU);
	assert_int_equal(fake.job_stops, 1);
	assert_int_equal(fake.job_stopped_by, SIGTTOU);
	assert_int_equal(fake.given_to, 0);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, SIGCONT), 1);
}

/* It would stop again at once, for ever. */
static void who_cannot_have_it_stays_stopped(void **state)
{
	struct fixture *fixture = *state;

	begin_with_terminal(fixture);
	fake.is_terminal_ours = false;
	stop_by(fixture, SIGTTIN);
	assert_int_equal(fake.job_stops, 1);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, SIGCONT), 0);
}

static void only_who_hands_on_its_signals_gives_the_terminal_away(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.takes_terminal = true;
	make(fixture);
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -EINVAL);
	assert_non_null(strstr(muster_error(fixture->muster), "TTOU"));
}

static void begin_with_session(struct fixture *fixture)
{
	prepare(fixture);
	fake.has_terminal = true;
	fake.is_terminal_ours = true;
	fixture->group.takes_terminal = true;
	fixture->group.leads_session = true;
	begin_with(fixture, 1);
}

static void who_leads_a_session_has_a_terminal_that_is_not_ours(void **state)
{
	struct fixture *fixture = *state;

	begin_with_session(fixture);
	assert_true(fake.processes[0]->plan->leads_session);
	assert_true(fake.processes[0]->plan->leads_group);
	assert_false(fake.processes[0]->plan->takes_terminal);
	assert_int_equal(fake.terminal_leaves, 1);
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.taken_back, 0);
}

/* And what it is told stops us, too, when it was told. */
static void a_session_of_its_own_is_no_job_and_we_are(void **state)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	struct fixture *fixture = *state;

	fake.is_job = true;
	begin_with_session(fixture);
	fake_signal(SIGUSR1);
	settle(fixture);
	stop_by(fixture, SIGTSTP);
	assert_int_equal(fake.job_stops, 0);
	for (uint32_t i = 0; i < ARRAY_LEN(stops); i++) {
		fake_signal(stops[i]);
		fake_signal(SIGWINCH);
		settle(fixture);
		assert_int_equal(fake.processes[0]->hand_ons, 2 * i + 3);
		assert_int_equal(fake.own_stops, i + 1);
		assert_int_equal(fake.own_stopped_by, stops[i]);
	}
	/* Who beside us is of our group is not meant. */
	assert_int_equal(fake.job_stops, 0);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, SIGCONT), 0);
}

/* E37: the log's reader is gone, which is no news for the program. */
static void our_own_SIGPIPE_is_nobodys(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin_with(fixture, 1);
	fake_signal_from(SIGPIPE, getpid(), 0, SI_USER);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 0);
	fake_signal_from(SIGPIPE, getpid() + 1, 0, SI_USER);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 1);
}

/* Who died in the same turn cannot have it. */
static void a_signal_that_comes_with_a_death_is_the_successors(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.restart = MUSTER_RESTART_ALWAYS;
	begin_with(fixture, 1);
	fake_exit(fake.processes[0], 1);
	fake_signal(SIGUSR1);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 0);
	assert_int_equal(fake.processes[1]->hand_ons, 1);
}

static void nobody_is_waited_for_who_cannot_be_seen(void **state)
{
	struct fixture *fixture = *state;

	begin_with_leftovers(fixture);
	fake.are_unseen = true;
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.now_ns, FAKE_START_NS + LEFTOVER_NS);
	assert_int_equal(fake.leftover_signals[SIGKILL], 1);
	fake.children = 0;
}

static void a_SIGSTOP_is_for_the_worker_alone(void **state)
{
	struct fixture *fixture = *state;

	begin_with_terminal(fixture);
	stop_by(fixture, SIGSTOP);
	assert_int_equal(fake.job_stops, 0);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, SIGCONT), 0);
}

static void a_hasty_launch_without_another_way_fails(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->options.is_hasty = true;
	fake.spawn_failures = 1;
	fake.spawn_error = EINVAL;
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake_live(), 0);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_EXITED)->exit.code,
			 EINVAL);
}

/* E3. A launcher's workers begin with what a worker expects. */
static void an_ignored_SIGCHLD_is_the_commands(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fake.is_child_ignored = true;
	make(fixture);
	fixture->group.is_transparent = true;
	add_group(fixture);
	fixture->group.is_transparent = false;
	add_group(fixture);
	assert_int_equal(muster_start(fixture->muster), 0);
	assert_true(shared_of(fixture, 0)->edition->plan->ignores_child);
	assert_false(shared_of(fixture, 1)->edition->plan->ignores_child);
}

static void what_cannot_be_handed_on_is_refused(void **state)
{
	static const struct muster_rewrite bad = {65, SIGHUP};
	struct muster_options options = MUSTER_OPTIONS_INIT;
	struct muster *muster;

	(void)state;
	options.forwards = BIT(SIGHUP);
	assert_int_equal(muster_new(&options, &muster), -EINVAL);
	options.is_owner = true;
	options.stop_signals = BIT(SIGTERM); /* it is not among them */
	assert_int_equal(muster_new(&options, &muster), -EINVAL);
	options.stop_signals = 0;
	options.forwards = BIT(SIGHUP) | BIT(SIGKILL);
	assert_int_equal(muster_new(&options, &muster), -EINVAL);
	options.forwards = BIT(SIGHUP);
	options.rewrite_count = 1;
	assert_int_equal(muster_new(&options, &muster), -EINVAL);
	options.rewrites = &bad;
	assert_int_equal(muster_new(&options, &muster), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_signal_is_handed_on_once_with_its_sender),
		fixture_test(all_workers_get_it),
		fixture_test(a_rewritten_signal_comes_as_another_or_not_at_all),
		fixture_test(groups_get_it_where_that_was_asked_for),
		fixture_test(what_comes_before_the_first_worker_is_kept_for_it),
		fixture_test(what_comes_between_two_workers_is_the_next_ones),
		fixture_test(real_time_signals_are_all_kept_up_to_a_limit),
		fixture_test(who_may_not_be_signalled_is_told_and_no_more),
		fixture_test(a_drain_announces_the_stop_that_follows),
		fixture_test(who_dies_in_the_drain_is_replaced),
		fixture_test(
			the_second_request_ends_the_drain_and_the_third_kills),
		fixture_test(a_launcher_drains_too),
		fixture_test(leftovers_get_TERM_and_then_KILL),
		fixture_test(it_leaves_with_the_last_of_them),
		fixture_test(without_leftovers_nobody_is_signalled),
		fixture_test(the_dead_are_not_taken_for_left),
		fixture_test(who_is_in_a_hurry_kills_leftovers_at_once),
		fixture_test(
			a_kill_before_anybody_is_found_left_spares_him_TERM),
		fixture_test(a_stop_while_leaving_kills_the_rest),
		fixture_test(who_reaps_no_orphans_leaves_them_alone),
		fixture_test(the_terminal_is_taken_back_from_who_died),
		fixture_test(
			the_death_of_who_has_no_terminal_leaves_it_where_it_is),
		fixture_test(without_a_terminal_none_is_taken),
		fixture_test(a_stop_of_the_worker_is_one_of_the_job),
		fixture_test(who_wants_the_terminal_that_is_ours_gets_it),
		fixture_test(who_wants_it_from_others_stops_the_job),
		fixture_test(a_SIGSTOP_is_for_the_worker_alone),
		fixture_test(who_cannot_have_it_stays_stopped),
		fixture_test(
			only_who_hands_on_its_signals_gives_the_terminal_away),
		fixture_test(
			who_leads_a_session_has_a_terminal_that_is_not_ours),
		fixture_test(a_session_of_its_own_is_no_job_and_we_are),
		fixture_test(our_own_SIGPIPE_is_nobodys),
		fixture_test(
			a_signal_that_comes_with_a_death_is_the_successors),
		fixture_test(nobody_is_waited_for_who_cannot_be_seen),
		fixture_test(a_hasty_launch_without_another_way_fails),
		fixture_test(an_ignored_SIGCHLD_is_the_commands),
		cmocka_unit_test(what_cannot_be_handed_on_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

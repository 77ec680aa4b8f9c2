/*
 * fixture.c - see fixture.h.
 */
#include <assert.h>

#include "core/fixture.h"

/* Instead of the one in libc: a failed assert fails the test, not the
 * program. */
void __assert_fail(const char *expression, const char *file, unsigned int line,
		   const char *function)
{
	(void)function; /* file and line are enough */
	mock_assert(0, expression, file, (int)line);
	abort();
}

int fixture_setup(void **state)
{
	static const char *const argv[] = {"/srv/worker", NULL};
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fake_begin();
	fixture->options = (struct muster_options)MUSTER_OPTIONS_INIT;
	fixture->options.is_owner = true;
	fixture->options.seed = 1;
	fixture->group = (struct muster_group_options)MUSTER_GROUP_OPTIONS_INIT;
	fixture->group.argv = argv;
	fixture->group.workers = 1;
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	fixture->muster = muster_free(fixture->muster);
	free(fixture->events);
	free(fixture);
	fake_end();
	if (fake.faults > 0)
		fail_msg("%s", fake.fault);
	return 0;
}

void make(struct fixture *fixture)
{
	assert_int_equal(muster_new(&fixture->options, &fixture->muster), 0);
	/* The first member of struct muster (core/muster.c). */
	fixture->supervisor = *(struct supervisor **)(void *)fixture->muster;
}

void add_group(struct fixture *fixture)
{
	assert_true(muster_add_group(fixture->muster, &fixture->group) >= 0);
}

void begin(struct fixture *fixture)
{
	make(fixture);
	add_group(fixture);
	assert_int_equal(muster_start(fixture->muster), 0);
}

static void take_events(struct fixture *fixture)
{
	struct muster_event event = MUSTER_EVENT_INIT;

	while (muster_next_event(fixture->muster, &event) > 0) {
		if (fixture->event_count == fixture->event_capacity) {
			fixture->event_capacity =
				2 * fixture->event_capacity + 64;
			fixture->events = reallocarray(
				fixture->events, fixture->event_capacity,
				sizeof(*fixture->events));
			assert_non_null(fixture->events);
		}
		fixture->events[fixture->event_count++] = event;
	}
}

int turn_for(struct fixture *fixture, uint64_t timeout_ns)
{
	int r = muster_turn(fixture->muster, timeout_ns);

	take_events(fixture);
	return r;
}

int turn(struct fixture *fixture)
{
	return turn_for(fixture, 0);
}

void settle(struct fixture *fixture)
{
	size_t records;
	int turns = 0;

	do {
		records = fake.record_count;
		if (turn(fixture) <= 0)
			return;
		assert_true(++turns < TURNS_MAX);
	} while (fake.record_count > records || fake_has_news());
}

void begin_with(struct fixture *fixture, uint32_t workers)
{
	fixture->group.workers = workers;
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake_live(), workers);
}

uint32_t run_for(struct fixture *fixture, uint64_t ns)
{
	uint64_t end_ns = nsec_add(fake.now_ns, ns);
	uint32_t turns = 0;

	while (fake.now_ns < end_ns) {
		int r = turn_for(fixture, nsec_since(end_ns, fake.now_ns));

		assert_true(++turns < TURNS_MAX);
		assert_true(r >= 0);
		if (r == 0)
			break;
	}
	return turns;
}

int finish(struct fixture *fixture)
{
	int turns = 0;
	int r;

	do {
		r = turn_for(fixture, MUSTER_FOREVER);
		assert_true(++turns < TURNS_MAX);
	} while (r > 0);
	assert_int_equal(r, 0);
	return muster_status(fixture->muster);
}

const struct muster_event *nth_event(const struct fixture *fixture,
				     enum muster_event_kind kind, uint32_t n)
{
	for (size_t i = 0; i < fixture->event_count; i++)
		if (fixture->events[i].kind == kind && n-- == 0)
			return &fixture->events[i];
	fail_msg("event %d was not told so often", (int)kind);
	return NULL;
}

uint32_t count_events(const struct fixture *fixture,
		      enum muster_event_kind kind)
{
	uint32_t count = 0;

	for (size_t i = 0; i < fixture->event_count; i++)
		count += fixture->events[i].kind == kind;
	return count;
}

const struct muster_event *last_event(const struct fixture *fixture,
				      enum muster_event_kind kind)
{
	uint32_t count = count_events(fixture, kind);

	return nth_event(fixture, kind, count > 0 ? count - 1 : 0);
}

void forget(struct fixture *fixture)
{
	fixture->event_count = 0;
	fake_forget();
}

struct fake_process *worker_of(const struct fixture *fixture, uint32_t slot)
{
	struct fake_process *process =
		fake_worker(shared_of(fixture, 0)->edition->plan, slot);

	assert_non_null(process);
	return process;
}

const struct slot_shared *shared_of(const struct fixture *fixture, int group)
{
	return &fixture->supervisor->groups[group]->shared;
}

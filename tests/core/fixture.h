/*
 * fixture.h - a launcher over the fake world, and the news that it told.
 *
 * A test changes fixture->options and fixture->group, calls begin() and lets
 * turns pass. What the launcher must never do fails the test when it ends.
 */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "core/supervisor.h"
#include "fakes/fake.h"
#include "muster/muster.h"

/* No test needs more turns for what it waits for. */
#define TURNS_MAX 100000

struct fixture {
	struct muster *muster;
	struct supervisor *supervisor; /* inside of muster */
	struct muster_options options;
	struct muster_group_options group;
	struct muster_event *events; /* told so far; strings may be gone */
	size_t event_count;
	size_t event_capacity;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

#define fixture_test(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* Makes the launcher. */
void make(struct fixture *fixture);
/* Makes it, adds fixture->group, starts. */
void begin(struct fixture *fixture);
/* And waits until so many workers are there. */
void begin_with(struct fixture *fixture, uint32_t workers);
void add_group(struct fixture *fixture);

/* One turn that does not wait, or at most so long. */
int turn(struct fixture *fixture);
int turn_for(struct fixture *fixture, uint64_t timeout_ns);
/* Turns without time passing until nothing is left to do. */
void settle(struct fixture *fixture);
/* Turns until so much time has passed or all is over; returns how many. */
uint32_t run_for(struct fixture *fixture, uint64_t ns);
/* Turns until all is over; returns the status. */
int finish(struct fixture *fixture);

const struct muster_event *nth_event(const struct fixture *fixture,
				     enum muster_event_kind kind, uint32_t n);
const struct muster_event *last_event(const struct fixture *fixture,
				      enum muster_event_kind kind);
uint32_t count_events(const struct fixture *fixture,
		      enum muster_event_kind kind);
/* Forgets what was told and done. */
void forget(struct fixture *fixture);

/* The living worker of a slot of group 0. */
struct fake_process *worker_of(const struct fixture *fixture, uint32_t slot);
const struct slot_shared *shared_of(const struct fixture *fixture, int group);

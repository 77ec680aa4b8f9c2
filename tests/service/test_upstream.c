/*
 * test_upstream.c - signs of life of several services, as whoever started the
 * process hears of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/support.h"
#include "service/upstream.h"

struct stage {
	struct upstream upstream;
	int reader;
};

static int begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	int fds[2];

	assert_non_null(stage);
	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    0, fds),
			 0);
	stage->upstream = UPSTREAM_NULL;
	stage->reader = fds[0];
	stage->upstream.fd = fds[1];
	stage->upstream.watchdog_ns = NSEC_PER_SEC;
	stage->upstream.services = 2;
	*state = stage;
	return 0;
}

static int end(void **state)
{
	struct stage *stage = *state;

	upstream_close(&stage->upstream);
	(void)close(stage->reader);
	free(stage);
	return 0;
}

static int count_heard(const struct stage *stage)
{
	char message[64];
	int count = 0;

	while (recv(stage->reader, message, sizeof(message), 0) > 0)
		count++;
	return count;
}

static void check_ping(struct stage *stage, uint64_t *round, int heard)
{
	assert_int_equal(upstream_ping(&stage->upstream, round), 0);
	assert_int_equal(count_heard(stage), heard);
}

static void one_that_is_silent_silences_all(void **state)
{
	struct stage *stage = *state;
	uint64_t first = 0;
	uint64_t second = 0;

	for (int i = 0; i < 3; i++) {
		check_ping(stage, &first, 0);
		check_ping(stage, &first, 0);
		check_ping(stage, &second, 1);
		check_ping(stage, &second, 0);
		check_ping(stage, &first, 1);
	}
}

static void each_of_a_single_service_is_passed_on(void **state)
{
	struct stage *stage = *state;
	uint64_t round = 0;

	stage->upstream.services = 1;
	for (int i = 0; i < 3; i++)
		check_ping(stage, &round, 1);
}

/* The next one says it again. */
static void one_that_is_not_taken_is_not_counted(void **state)
{
	struct stage *stage = *state;
	uint64_t first = 0;
	uint64_t second = 0;
	int sent = 0;

	while (upstream_say(&stage->upstream, "X=1") == 0)
		sent++;
	assert_int_equal(upstream_ping(&stage->upstream, &first), 0);
	assert_int_equal(upstream_ping(&stage->upstream, &second), -EAGAIN);
	assert_int_equal(count_heard(stage), sent);
	check_ping(stage, &first, 1);
	check_ping(stage, &first, 0);
}

static void without_a_watchdog_nothing_is_said(void **state)
{
	struct stage *stage = *state;
	uint64_t round = 0;

	stage->upstream.watchdog_ns = 0;
	stage->upstream.services = 1;
	check_ping(stage, &round, 0);
}

/* Between two signs of life. */
static uint64_t watchdog_ns(const char *usec, const char *pid)
{
	struct upstream upstream;
	uint64_t interval_ns;

	assert_int_equal(setenv("NOTIFY_SOCKET", "@muster-nobody", 1), 0);
	if (usec)
		assert_int_equal(setenv("WATCHDOG_USEC", usec, 1), 0);
	if (pid)
		assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
	upstream_open(&upstream);
	interval_ns = upstream.watchdog_ns;
	upstream_close(&upstream);
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	return interval_ns;
}

/* sd_watchdog_enabled(3). */
static void the_environment_says_who_waits_for_it(void **state)
{
	char own[16];

	(void)state;
	(void)snprintf(own, sizeof(own), "%d", getpid());
	assert_int_equal(watchdog_ns(NULL, NULL), 0);
	assert_int_equal(watchdog_ns(NULL, own), 0);
	assert_int_equal(watchdog_ns("1000000", NULL), NSEC_PER_SEC / 2);
	assert_int_equal(watchdog_ns("1000000", own), NSEC_PER_SEC / 2);
	assert_int_equal(watchdog_ns("1000000", "1"), 0);
	assert_int_equal(watchdog_ns("1000000", "x"), 0);
	assert_int_equal(watchdog_ns("0", NULL), 0);
	assert_int_equal(watchdog_ns("1s", NULL), 0);
	/* An hour of years is no reason to be late. */
	assert_int_equal(watchdog_ns("18446744073709551615", NULL),
			 NSEC_NEVER / 2);
}

static void a_launchers_own_signs_come_in_time(void **state)
{
	struct stage *stage = *state;
	struct upstream *upstream = &stage->upstream;

	upstream_give_sign(upstream);
	assert_int_equal(count_heard(stage), 0);
	assert_int_equal(upstream_timeout_ns(upstream), NSEC_NEVER);
	upstream->watchdog_ns = 3600 * NSEC_PER_SEC;
	upstream_begin_signs(upstream);
	assert_int_equal(upstream_timeout_ns(upstream), 0);
	upstream_give_sign(upstream);
	assert_int_equal(count_heard(stage), 1);
	assert_in_range(upstream_timeout_ns(upstream), 3000 * NSEC_PER_SEC,
			3600 * NSEC_PER_SEC);
	upstream_give_sign(upstream);
	assert_int_equal(count_heard(stage), 0);
	upstream->watchdog_ns = 0;
	upstream->due_ns = NSEC_NEVER;
	upstream_begin_signs(upstream);
	assert_int_equal(upstream_timeout_ns(upstream), NSEC_NEVER);
}

#define staged(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		staged(one_that_is_silent_silences_all),
		staged(each_of_a_single_service_is_passed_on),
		staged(one_that_is_not_taken_is_not_counted),
		staged(without_a_watchdog_nothing_is_said),
		cmocka_unit_test(the_environment_says_who_waits_for_it),
		staged(a_launchers_own_signs_come_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

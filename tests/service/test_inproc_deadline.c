/*
 * test_inproc_deadline.c - how long the stop of a process with services may
 * take (B1, B119, cases 13 and 41).
 */
#include "service/test_inproc.h"

#define OVERRUN_LINE "Graceful shutdown timeout exceeded, instantaneous exiting"
#define TINY_NS (1 * NSEC_PER_MSEC)
#define SHORT_NS (300 * NSEC_PER_MSEC)

/* Two services of which the first does not stop. */
static int tell_hanging(uint64_t launcher_ns, uint64_t first_ns,
			uint64_t second_ns)
{
	struct muster_group_options rules = MUSTER_GROUP_OPTIONS_INIT;
	struct cast cast;

	cast_make(&cast);
	cast.options.graceful_timeout_ns = launcher_ns;
	cast.ops.stop = hang_stop;
	cast.service.rules = &rules;
	rules.stop_timeout_ns = first_ns;
	if (!cast_open(&cast))
		return STORY_REFUSED;
	rules.stop_timeout_ns = second_ns;
	if (muster_launcher_add(cast.launcher, &cast.service, 1) != 1)
		return STORY_REFUSED;
	return cast_end(&cast);
}

static int tell_own(void)
{
	return tell_hanging(MUSTER_FOREVER, TINY_NS, SHORT_NS);
}

static int tell_own_in_reverse(void)
{
	return tell_hanging(MUSTER_FOREVER, SHORT_NS, TINY_NS);
}

static int tell_one_without(void)
{
	return tell_hanging(SHORT_NS, TINY_NS, 0);
}

static void check_overrun(int (*tell)(void))
{
	struct story *story = story_begin(tell);
	uint64_t begun_ns;

	story_expect(story, "start");
	story_expect(story, "start");
	begun_ns = clock_now_ns();
	story_signal(story, SIGTERM);
	story_expect(story, "hanging");
	story_expect(story, OVERRUN_LINE);
	assert_true(clock_now_ns() - begun_ns >= SHORT_NS);
	story_expect_end(story, 1);
	(void)story_close(NULL);
}

static void services_have_the_longest_of_their_deadlines(void **state)
{
	(void)state;
	check_overrun(tell_own);
	check_overrun(tell_own_in_reverse);
}

static void a_service_without_one_has_the_launchers(void **state)
{
	(void)state;
	check_overrun(tell_one_without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(services_have_the_longest_of_their_deadlines),
		story_test(a_service_without_one_has_the_launchers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

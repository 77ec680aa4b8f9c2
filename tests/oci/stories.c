/*
 * stories.c - the init under test as the first process of a real container, by
 * the runtime that tests/oci/test.sh names: what a container's owner sees.
 */
#include "base/cleanup.h"
#include "oci/container.h"
#include "oci/runtime.h"

/* Beside the repository; other projects' data, read where they lie. */
#define PROFILES "shared/data/seccomp"

/* Set by the one test below, for main: cmocka hands nothing back. */
static bool is_refused;

/* Its reason, after all that it has to say on the way. */
static const char *last_line(struct launcher *launcher)
{
	const char *last = "it does not run here";
	const char *line;

	while ((line = lines_next(&launcher->log, "")))
		last = line;
	return last;
}

/* What is refused without an init is not the init's fault. */
static void a_program_without_an_init_runs_here(void **state)
{
	struct container *container = *state;

	CONTAINER(container, WORKER("exit=7"), .is_bare = true);
	is_refused = launcher_end(container->launcher) != 7;
	if (is_refused)
		SKIP("%s: %s", container->runtime->name,
		     last_line(container->launcher));
}

static void the_containers_status_is_the_programs(void **state)
{
	struct container *container = *state;

	CONTAINER(container, WORKER("exit=7"));
	assert_int_equal(container_end(container), 7);
}

/* E31. */
static void a_program_that_a_signal_ends_is_128_and_the_signal(void **state)
{
	struct container *container = *state;

	CONTAINER(container, WORKER("die=USR1"));
	assert_int_equal(container_end(container), 128 + SIGUSR1);
}

/* What every story below ends with: the init serves. */
static void live(struct container *container)
{
	(void)launcher_hear(container->launcher, "ready");
	container_signal(container, "TERM");
	(void)launcher_hear(container->launcher, "took TERM");
	assert_int_equal(container_end(container), 9);
}

#define LIFE WORKER("take=TERM:9", "say=ready")

static void a_term_by_the_runtime_reaches_the_program(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE);
	live(container);
}

/* E17. The shell's word comes after the shell that left the orphan. */
static void an_orphan_is_reaped(void **state)
{
	struct container *container = *state;
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	pid_t pids[CHILDREN_MAX];
	pid_t init;

	CONTAINER(container, COMMAND("/bin/sh", "-c",
				     "(/bin/worker exit=0 &); "
				     "exec /bin/worker take=TERM:9 say=ready"));
	(void)launcher_hear(container->launcher, "ready");
	init = container_pid(container);
	/* The program alone. */
	while (children_of(init, pids) != 1) {
		assert_true(now_ms() < until_ms);
		(void)is_readable_within(-1, 1);
	}
	container_signal(container, "TERM");
	assert_int_equal(container_end(container), 9);
}

/* Either may be the first to speak. */
static pid_t hear_of_both(struct launcher *launcher)
{
	(void)launcher_hear(launcher, "");
	(void)launcher_hear(launcher, "");
	launcher->said.mark = 0;
	return launcher_hear_pid(launcher, "left");
}

/* E30. In a session of its own, so that nobody else's signal reaches it. */
static void what_the_program_leaves_behind_gets_term(void **state)
{
	struct container *container = *state;
	const char *wanted;

	CONTAINER(container,
		  COMMAND("/bin/sh", "-c",
			  "/bin/worker setsid take=TERM:0 say=left & "
			  "exec /bin/worker take=TERM:9 say=program"));
	wanted = stage_text(container->stage, "%d took TERM",
			    (int)hear_of_both(container->launcher));
	container_signal(container, "TERM");
	(void)launcher_hear(container->launcher, wanted);
	assert_int_equal(container_end(container), 9);
}

/* E8, from here on. */
static void a_root_that_cannot_be_written_is_enough(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE, .is_read_only = true,
		  .prelude = "touch /file 2>/dev/null || exec \"$@\"");
	live(container);
}

static void no_proc_is_needed(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE, .is_admin = true,
		  .prelude = "umount -l /proc && [ ! -e /proc/self ] && "
			     "exec \"$@\"");
	live(container);
}

static void uid_65534_is_enough(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE, .uid = 65534,
		  .prelude = "[ \"$(id -u)\" = 65534 ] && exec \"$@\"");
	live(container);
}

static void sixteen_descriptors_are_enough(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE, .prelude = "ulimit -n 16 && exec \"$@\"");
	live(container);
}

static void an_empty_environment_is_enough(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE, .prelude = "exec env -i \"$@\"");
	live(container);
}

static void closed_standard_descriptors_harm_nobody(void **state)
{
	struct container *container = *state;

	CONTAINER(container, WORKER("exit=7"),
		  .prelude = "exec \"$@\" <&- >&- 2>&-");
	assert_int_equal(container_end(container), 7);
}

/* E16. */
static void an_interrupt_at_the_terminal_reaches_the_program_once(void **state)
{
	struct container *container = *state;

	CONTAINER(container, WORKER("take=INT", "take=TERM:9", "say=ready"),
		  .has_terminal = true);
	(void)launcher_hear(container->launcher, "ready");
	container_type(container, "\003");
	(void)launcher_hear(container->launcher, "took INT");
	container_signal(container, "TERM");
	(void)launcher_hear(container->launcher, "took TERM");
	assert_int_equal(container_end(container), 9);
	assert_int_equal(lines_count(&container->launcher->said, "took INT"),
			 1);
}

/* What is optional and refused, each in its own way. */
static const char own_profile[] =
	"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
	"{\"names\": [\"io_uring_setup\", \"io_uring_enter\","
	" \"io_uring_register\", \"pidfd_open\", \"pidfd_send_signal\"],"
	" \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 1},"
	"{\"names\": [\"clone3\", \"epoll_pwait2\", \"close_range\"],"
	" \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38}]}";

static void under_a_filter_of_our_own_it_lives(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE,
		  .profile = stage_file(container->stage, "profile.json",
					own_profile, 0644));
	live(container);
}

/* As gVisor was for long: a clone flag is what it does not know, and there is
 * no other way to a pidfd. */
static const char without_pidfds[] =
	"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
	"{\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ERRNO\","
	" \"errnoRet\": 22, \"args\": [{\"index\": 0, \"value\": 4096,"
	" \"valueTwo\": 4096, \"op\": \"SCMP_CMP_MASKED_EQ\"}]},"
	"{\"names\": [\"io_uring_setup\", \"clone3\", \"pidfd_open\","
	" \"pidfd_send_signal\"],"
	" \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38}]}";

static void under_a_filter_without_pidfds_it_lives(void **state)
{
	struct container *container = *state;

	CONTAINER(container, LIFE,
		  .profile = stage_file(container->stage, "profile.json",
					without_pidfds, 0644));
	live(container);
}

static void live_under(struct container *container, const char *file)
{
	const char *folder = getenv("MUSTER_TEST_PROFILES");
	const char *path = stage_text(container->stage, "%s/%s",
				      folder ? folder : "../" PROFILES, file);

	if (access(path, R_OK) < 0)
		SKIP("no %s", path);
	CONTAINER(container, LIFE, .profile = path);
	live(container);
}

static void under_dockers_default_profile_it_lives(void **state)
{
	live_under(*state, "docker-default-seccomp.json");
}

static void under_podmans_default_profile_it_lives(void **state)
{
	live_under(*state, "podman-default-seccomp.json");
}

static void under_the_profile_of_docker_20_10_it_lives(void **state)
{
	live_under(*state, "moby-v20.10.0-seccomp.json");
}

static void under_the_profile_of_docker_19_03_it_lives(void **state)
{
	live_under(*state, "moby-v19.03.15-seccomp.json");
}

static const struct CMUnitTest always[] = {
	CONTAINER_TEST(the_containers_status_is_the_programs),
	CONTAINER_TEST(a_program_that_a_signal_ends_is_128_and_the_signal),
	CONTAINER_TEST(a_term_by_the_runtime_reaches_the_program),
	CONTAINER_TEST(an_orphan_is_reaped),
	CONTAINER_TEST(what_the_program_leaves_behind_gets_term),
	CONTAINER_TEST(a_root_that_cannot_be_written_is_enough),
	CONTAINER_TEST(no_proc_is_needed),
	CONTAINER_TEST(sixteen_descriptors_are_enough),
	CONTAINER_TEST(an_empty_environment_is_enough),
	CONTAINER_TEST(closed_standard_descriptors_harm_nobody),
	CONTAINER_TEST(an_interrupt_at_the_terminal_reaches_the_program_once),
};

/* A user namespace of one user has no other. */
static const struct CMUnitTest with_users[] = {
	CONTAINER_TEST(uid_65534_is_enough),
};

/* There is no filter without a runtime. */
static const struct CMUnitTest with_profiles[] = {
	CONTAINER_TEST(under_a_filter_of_our_own_it_lives),
	CONTAINER_TEST(under_a_filter_without_pidfds_it_lives),
	CONTAINER_TEST(under_dockers_default_profile_it_lives),
	CONTAINER_TEST(under_podmans_default_profile_it_lives),
	CONTAINER_TEST(under_the_profile_of_docker_20_10_it_lives),
	CONTAINER_TEST(under_the_profile_of_docker_19_03_it_lives),
};

int main(void)
{
	const struct CMUnitTest probe[] = {
		CONTAINER_TEST(a_program_without_an_init_runs_here)};
	struct CMUnitTest tests[ARRAY_LEN(always) + ARRAY_LEN(with_users) +
				ARRAY_LEN(with_profiles)];
	const char *name = getenv("MUSTER_OCI_RUNTIME");
	const struct runtime *runtime = name ? runtime_find(name) : NULL;
	size_t count = ARRAY_LEN(always);

	if (!runtime) {
		(void)fprintf(stderr, "tests/oci/test.sh starts this\n");
		return 1;
	}
	if (cmocka_run_group_tests(probe, NULL, NULL) != 0)
		return 1;
	if (is_refused)
		return 0;
	memcpy(tests, always, sizeof(always));
	if (runtime->has_users)
		memcpy(&tests[count], with_users, sizeof(with_users));
	count += runtime->has_users ? ARRAY_LEN(with_users) : 0;
	if (runtime->has_profiles)
		memcpy(&tests[count], with_profiles, sizeof(with_profiles));
	count += runtime->has_profiles ? ARRAY_LEN(with_profiles) : 0;
	return stage_main(tests, count);
}

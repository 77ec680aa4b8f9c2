/*
 * test_inproc_forks.c - children of services: copies that return into the
 * library, and programs with the signals that the process was given.
 */
#include "service/test_inproc.h"

/* Where copies are born. */
enum birthplace {
	IN_START,
	IN_STOP,
	IN_WAIT,
	IN_RESET,
};

static enum birthplace birthplace;

static void fork_here(enum birthplace here)
{
	if (birthplace == here && fork() == 0)
		say("copy");
}

static int start_forking(struct muster_worker *worker, void *data)
{
	say_start(worker, NULL);
	fork_here(IN_START);
	return *(int *)data;
}

static void stop_forking(struct muster_worker *worker, void *data,
			 bool graceful)
{
	say_stop(worker, data, graceful);
	fork_here(IN_STOP);
}

static void wait_forking(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	fork_here(IN_WAIT);
}

static int reset_forking(struct muster_worker *worker, void *data)
{
	fork_here(IN_RESET);
	return say_reset(worker, data);
}

static int tell_forking(void)
{
	int result = 0;
	struct cast cast;

	cast_make(&cast);
	cast.ops.start = start_forking;
	cast.ops.stop = stop_forking;
	cast.ops.wait = wait_forking;
	cast.ops.reset = reset_forking;
	cast.service.data = &result;
	return cast_run(&cast);
}

/* A copy has none of the threads that could ever end it: it leaves. That the
 * story ends is the claim. */
static void a_copy_that_returns_leaves(void **state)
{
	(void)state;
	for (int here = IN_START; here <= IN_RESET; here++) {
		struct story *story;

		birthplace = (enum birthplace)here;
		story = story_begin(tell_forking);
		story_expect(story, "start");
		story_signal(story, SIGHUP);
		story_expect(story, "Restarted");
		story_signal(story, SIGTERM);
		story_expect_end(story, 0);
		assert_true(story_count(story, "copy\n") >= 1);
		assert_int_equal(story_count(story, "start\n"),
				 story_count(story, "stop\n"));
		(void)story_close(NULL);
	}
}

/* A line of /proc/self/status, of a thread. */
static void say_status(const char *who, const char *field)
{
	char line[256];
	char said[320];
	FILE *file = fopen("/proc/thread-self/status", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, field, strlen(field)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(said, sizeof(said), "%s %s", who,
			       line + strlen(field) + 1);
		say(said);
	}
	if (file)
		(void)fclose(file);
}

static void say_signals(const char *who)
{
	char field[64];

	(void)snprintf(field, sizeof(field), "%s SigBlk:", who);
	say_status(field, "SigBlk:");
	(void)snprintf(field, sizeof(field), "%s SigIgn:", who);
	say_status(field, "SigIgn:");
}

/* sed in a child of this process: what another program sees. */
static void run_program(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		muster_child_reset_signals();
		(void)dup2(story_fd, STDOUT_FILENO);
		(void)execlp("sed", "sed", "-n",
			     "s/^\\(Sig[BI][lg][kn]:\\)/program \\1/p",
			     "/proc/self/status", NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
}

static int start_program(struct muster_worker *worker, void *data)
{
	(void)worker;
	(void)data;
	say_signals("service");
	run_program();
	say("start");
	return 0;
}

/* As it may be given to a program by its parent: something blocked, something
 * ignored, SIGCHLD among it. */
static int tell_program(void)
{
	struct cast cast;
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGQUIT, SIG_IGN);
	say_signals("given");
	cast_make(&cast);
	cast.ops.start = start_program;
	return cast_run(&cast);
}

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

static uint64_t said_set(const struct story *story, const char *name)
{
	const char *at = strstr(story->said, name);

	if (!at)
		story_fail((struct story *)(uintptr_t)story, name);
	/* What the C library keeps for its threads is not ours to judge. */
	return strtoull(at + strlen(name), NULL, 16) & ~(BIT(32) | BIT(33));
}

/* Case 46: three signals and no handlers. */
static void a_service_has_three_signals_blocked(void **state)
{
	struct story *story = story_begin(tell_program);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(said_set(story, "given SigBlk:"), BIT(SIGUSR2));
	assert_int_equal(said_set(story, "service SigBlk:"),
			 BIT(SIGUSR2) | BIT(SIGTERM) | BIT(SIGINT) |
				 BIT(SIGHUP));
	assert_int_equal(said_set(story, "service SigIgn:"),
			 said_set(story, "given SigIgn:"));
}

static void a_program_of_a_service_has_what_was_given(void **state)
{
	struct story *story = story_begin(tell_program);

	(void)state;
	story_expect(story, "start");
	story_signal(story, SIGTERM);
	story_expect_end(story, 0);
	assert_int_equal(said_set(story, "program SigBlk:"), BIT(SIGUSR2));
	assert_int_equal(said_set(story, "program SigIgn:"),
			 said_set(story, "given SigIgn:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		story_test(a_copy_that_returns_leaves),
		story_test(a_service_has_three_signals_blocked),
		story_test(a_program_of_a_service_has_what_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_probe.c - the story of `muster ready` and `muster health` where nobody
 * answers, or somebody else: they end in their time and say why.
 */
#include "tools/probes.h"

/* As many as are taken without waiting. */
static unsigned int fill_queue(const char *path, int *ret_fds, unsigned int max)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	unsigned int count = 0;

	assert_true(strlen(path) < sizeof(name.sun_path));
	(void)strcpy(name.sun_path, path);
	while (count < max) {
		int fd = socket(AF_UNIX,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		assert_true(fd >= 0);
		if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
			assert_int_equal(errno, EAGAIN);
			(void)close(fd);
			break;
		}
		ret_fds[count++] = fd;
	}
	return count;
}

static void ask_in_vain(struct stage *stage, const char *path)
{
	struct probe_result result = probe_start(
		stage, &(struct start){ARGUMENTS("health", "--control", path,
						 "--timeout", "200ms")});

	assert_int_equal(result.status, 1);
	assert_string_equal(result.line,
			    stage_text(stage,
				       "muster health: error: %s: no answer "
				       "within 200 ms: muster is stopped, or "
				       "very busy",
				       path));
}

static void a_muster_that_is_stopped_does_not_stop_who_asks(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path), WORKER("say=up"));
	unsigned int count;
	int fds[1024];

	(void)launcher_hear(launcher, "up");
	launcher_signal(launcher, SIGSTOP);
	process_status_wait(launcher->pid, "State:", "T (stopped)");
	ask_in_vain(stage, path);
	/* With a full queue not even connecting ends by itself. */
	count = fill_queue(path, fds, ARRAY_LEN(fds));
	assert_true(count < ARRAY_LEN(fds));
	ask_in_vain(stage, path);
	launcher_signal(launcher, SIGCONT);
	assert_probe(stage, "health", path, 0, "healthy");
	while (count > 0)
		(void)close(fds[--count]);
	launcher_stop(stage, launcher, 0);
}

/* What a probe makes of whoever is there and says this; NULL: nothing. */
static void assert_stranger(struct stage *stage, const char *said,
			    const char *text)
{
	const char *path = stage_path(stage, "stranger");
	int listener = socket_bind_unix(path, true);
	struct launcher *probe =
		START(stage, ARGUMENTS("ready", "--control", path, "--timeout",
				       "30s"));
	int fd = accept(listener, NULL, NULL);
	char question[16] = "";

	assert_true(fd >= 0);
	assert_int_equal(recv(fd, question, 6, MSG_WAITALL), 6);
	assert_string_equal(question, "ready\n");
	if (said)
		asker_say(fd, said, strlen(said));
	(void)close(fd);
	assert_int_equal(launcher_end(probe), 1);
	(void)launcher_log(probe, text);
	assert_int_equal(lines_count(&probe->log, ""), 1);
	assert_int_equal(probe->said.length, 0);
	launcher_forget(stage, probe);
	(void)close(listener);
	assert_int_equal(unlink(path), 0);
}

static void a_stranger_is_not_taken_for_muster(void **state)
{
	static const char alien[] = "stranger: what answers there is no muster";
	struct stage *stage = *state;
	char large[2048];

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	memcpy(large, "yes ", 4);
	assert_stranger(stage, "HTTP/1.0 400 Bad Request\r\n\r\n", alien);
	assert_stranger(stage, "\033[2J\n", alien);
	assert_stranger(stage, "yes", alien);
	assert_stranger(stage, "yes ready", alien);
	assert_stranger(stage, large, alien);
	assert_stranger(stage, NULL, "muster has closed without an answer");
	assert_stranger(stage, "error \033[2Jno\n", "stranger: ?[2Jno");
}

static void where_nobody_is_a_probe_says_so(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct probe_result result = probe_ask(stage, "ready", path);

	assert_int_equal(result.status, 1);
	assert_string_equal(
		result.line,
		stage_text(stage,
			   "muster ready: error: %s: nobody answers: No such "
			   "file or directory (is there a muster with "
			   "--control %s?)",
			   path, path));
}

static void refuse(struct stage *stage, const char *const *arguments,
		   const char *text)
{
	struct probe_result result =
		probe_start(stage, &(struct start){.arguments = arguments});

	assert_int_equal(result.status, 125);
	if (!strstr(result.line, text))
		fail_msg("%s", result.line);
}

static void a_probe_that_does_not_know_whom_to_ask_is_refused(void **state)
{
	struct stage *stage = *state;

	refuse(stage, LIST("ready"),
	       "muster ready: error: --control PATH is missing");
	refuse(stage, LIST("health"),
	       "muster health: error: --control PATH is missing");
	refuse(stage, LIST("ready", "--control"),
	       "--control needs an argument");
	refuse(stage, LIST("ready", "--control", "relative"),
	       "expected an absolute path or @NAME, not relative");
	refuse(stage, LIST("ready", "--control", ""), "expected an absolute");
	refuse(stage,
	       LIST("ready", "--control", stage_text(stage, "/%0107d", 7)),
	       "longer than the 107 bytes");
	refuse(stage, LIST("ready", "--control", "/a", "--timeout", "0"),
	       "--timeout: expected a duration such as 500ms or 2s, not 0");
	refuse(stage, LIST("ready", "--control", "/a", "--timeout", "soon"),
	       "2s, not soon");
	refuse(stage, LIST("ready", "--control", "/a", "/b"),
	       "unknown argument /b");
	refuse(stage, LIST("ready", "--controll", "/a"),
	       "unknown option --controll");
}

static void the_probes_say_how_they_are_used(void **state)
{
	static const char *const verbs[] = {"ready", "health"};

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		struct launcher *launcher =
			START(*state, ARGUMENTS("help", verbs[i]));

		assert_int_equal(launcher_end(launcher), 0);
		(void)launcher_hear(
			launcher,
			stage_text(*state, "usage: muster %s ", verbs[i]));
		launcher = START(*state, ARGUMENTS(verbs[i], "--help"));
		assert_int_equal(launcher_end(launcher), 0);
		(void)launcher_hear(launcher, "--timeout DUR");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_muster_that_is_stopped_does_not_stop_who_asks),
		STAGE_TEST(a_stranger_is_not_taken_for_muster),
		STAGE_TEST(where_nobody_is_a_probe_says_so),
		STAGE_TEST(a_probe_that_does_not_know_whom_to_ask_is_refused),
		STAGE_TEST(the_probes_say_how_they_are_used),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

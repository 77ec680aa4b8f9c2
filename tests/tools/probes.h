/*
 * probes.h - questions to a muster that runs: by its own verbs, and by hand.
 */
#pragma once

#include "tools/sockets.h"
#include "tools/support.h"

/* A muster that can be asked there, and whose worker is there. */
static inline struct launcher *control_start(struct stage *stage,
					     const char *path)
{
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path), WORKER("say=up"));

	(void)launcher_hear(launcher, "up");
	return launcher;
}

/* How a probe ended: its status, and its one line, valid until the end of the
 * test. */
struct probe_result {
	int status;
	const char *line;
};

/* `muster VERB ARGUMENTS`; prepare as START's. It says one line, by standard
 * output or as an error. */
static inline struct probe_result probe_start(struct stage *stage,
					      const struct start *start)
{
	struct launcher *launcher = launcher_start(stage, start);
	struct probe_result result = {.status = launcher_end(launcher)};
	struct lines *lines =
		launcher->said.length > 0 ? &launcher->said : &launcher->log;

	result.line = stage_text(stage, "%s", lines_next(lines, ""));
	assert_int_equal(lines_count(&launcher->said, "") +
				 lines_count(&launcher->log, ""),
			 1);
	launcher_forget(stage, launcher);
	return result;
}

static inline struct probe_result probe_ask(struct stage *stage,
					    const char *verb, const char *path)
{
	/* Not its own limit: the machine may be slow. */
	return probe_start(stage,
			   &(struct start){ARGUMENTS(verb, "--control", path,
						     "--timeout", "30s")});
}

/* That is the answer. */
static inline void assert_probe(struct stage *stage, const char *verb,
				const char *path, int status, const char *line)
{
	struct probe_result result = probe_ask(stage, verb, path);

	assert_string_equal(result.line, line);
	assert_int_equal(result.status, status);
}

/* That becomes the answer. */
static inline void probe_wait(struct stage *stage, const char *verb,
			      const char *path, const char *line)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	for (;;) {
		struct probe_result result = probe_ask(stage, verb, path);

		if (strcmp(result.line, line) == 0)
			return;
		if (now_ms() >= until_ms)
			fail_msg("it goes on to say: %s", result.line);
		/* They would be kept until the end of the test. */
		free(stage->texts[--stage->text_count]);
	}
}

/* Somebody who has connected. */
static inline int asker_open(const char *path)
{
	int fd = -1;

	assert_int_equal(socket_connect_unix(path, &fd), 0);
	return fd;
}

static inline void asker_say(int fd, const char *text, size_t length)
{
	assert_int_equal(send(fd, text, length, MSG_NOSIGNAL), length);
}

/* All that comes until the other end closes, which it does; fd is closed. */
static inline const char *asker_hear(struct stage *stage, int fd)
{
	char text[4096] = "";
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0 && length < sizeof(text) - 1) {
		if (!is_readable_within(fd, DEADLINE_MS))
			fail_msg("neither an answer nor an end");
		n = read(fd, text + length, sizeof(text) - 1 - length);
		/* What it did not read is thrown back. */
		assert_true(n >= 0 || errno == ECONNRESET);
		length += n > 0 ? (size_t)n : 0;
	}
	(void)close(fd);
	return stage_text(stage, "%s", text);
}

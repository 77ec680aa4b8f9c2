/*
 * test_address.c - the story of addresses that cannot be listened on: one line
 * that names the address, 125, nothing started and nothing taken away.
 */
#include <sys/stat.h>

#include "tools/sockets.h"

static void refuse(struct stage *stage, const char *address, const char *text)
{
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "2", "--listen", address),
		      WORKER("say=hello"));

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	(void)launcher_log(launcher, address);
	if (!strstr(launcher->log.line, text) ||
	    !strstr(launcher->log.line, "error: "))
		fail_msg("%s\nhas not: %s", launcher->log.line, text);
	assert_int_equal(launcher->said.length, 0);
	assert_nobody_left(stage);
	launcher_forget(stage, launcher);
}

static void malformed_addresses_are_refused(void **state)
{
	static const char *const addresses[] = {
		"tcp:127.0.0.1",
		"tcp:127.0.0.1:",
		"tcp:127.0.0.1:x",
		"tcp:127.0.0.1:65536",
		"tcp:127.0.0.1:-1",
		"tcp:127.0.0.1:+80",
		"tcp:::1:80",
		"tcp:[::1:80",
		"http://127.0.0.1/",
		"127.0.0.1:80",
		"unix:relative/path",
		"unix:",
		"unix:/",
		"tcp:",
		"/tmp/socket",
	};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
		refuse(*state, addresses[i], ": ");
}

static void a_unix_path_that_is_too_long_is_refused_with_its_limit(void **state)
{
	char address[256];

	memset(address, 'x', sizeof(address));
	memcpy(address, "unix:/", 6);
	address[200] = '\0';
	refuse(*state, address, "107 bytes");
}

static void an_address_in_use_is_refused(void **state)
{
	struct stage *stage = *state;
	int port;
	int fd = socket_listen_tcp(&port);

	refuse(stage, stage_text(stage, "tcp:127.0.0.1:%d", port),
	       "Address already in use");
	(void)close(fd);
}

static void an_address_of_another_host_is_refused(void **state)
{
	refuse(*state, "tcp:192.0.2.1:80", "Cannot assign requested address");
	refuse(*state, "tcp:no.such.host.invalid:80", "no.such.host.invalid");
}

static void an_abstract_name_in_use_is_refused(void **state)
{
	struct stage *stage = *state;
	const char *name = stage_text(stage, "@muster-test-%d", (int)getpid());
	int fd = socket_bind_unix(name, true);

	refuse(stage, stage_text(stage, "unix:%s", name),
	       "Address already in use");
	(void)close(fd);
}

/* Somebody serves there: it stays as it is. */
static void a_live_unix_socket_is_refused_and_not_removed(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "live");
	int fd = socket_bind_unix(path, true);
	int client = -1;

	refuse(stage, stage_text(stage, "unix:%s", path),
	       "Address already in use");
	assert_int_equal(socket_connect_unix(path, &client), 0);
	(void)close(client);
	(void)close(fd);
}

static void a_file_that_is_no_socket_is_refused_and_not_removed(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_file(stage, "precious", "data", 0644);
	struct stat status;

	refuse(stage, stage_text(stage, "unix:%s", path),
	       "Address already in use");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, 4);
}

static void a_path_without_its_directory_is_refused(void **state)
{
	refuse(*state, "unix:/no/such/directory/socket",
	       "No such file or directory");
}

/* What a launcher that was killed left behind. */
static void a_stale_unix_socket_file_is_replaced(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "stale");
	struct launcher *launcher;
	pid_t pid;

	(void)close(socket_bind_unix(path, true));
	launcher =
		START(stage, OPTIONS("-l", stage_text(stage, "unix:%s", path)),
		      WORKER("say=ready", "serve=3"));
	pid = launcher_hear_pid(launcher, "ready");
	assert_int_equal(socket_ask_unix(path), pid);
	launcher_stop(stage, launcher, 0);
}

static void
a_launcher_killed_by_9_leaves_a_socket_that_the_next_replaces(void **state)
{
	struct stage *stage = *state;
	const char *address =
		stage_text(stage, "unix:%s/socket", stage->directory);
	struct launcher *launcher = START(stage, OPTIONS("-l", address),
					  WORKER("say=ready", "serve=3"));
	pid_t pid;

	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_all_end_within(stage, 1000);
	launcher = START(stage, OPTIONS("-l", address),
			 WORKER("say=ready", "serve=3"));
	pid = launcher_hear_pid(launcher, "ready");
	assert_int_equal(socket_ask_unix(stage_path(stage, "socket")), pid);
	launcher_stop(stage, launcher, 0);
}

/* Nothing left behind, however muster ends in order. */
static void a_unix_socket_is_removed_at_the_end(void **state)
{
	static const struct {
		int signo, status;
	} ends[] = {{SIGTERM, 0}, {SIGINT, 1}};
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	const char *address = stage_text(stage, "unix:%s", path);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct launcher *launcher = START(stage, OPTIONS("-l", address),
						  WORKER("say=ready"));

		(void)launcher_hear(launcher, "ready");
		assert_int_equal(access(path, F_OK), 0);
		launcher_signal(launcher, ends[i].signo);
		assert_int_equal(launcher_end(launcher), ends[i].status);
		assert_int_not_equal(access(path, F_OK), 0);
	}
}

static void
a_refusal_of_the_second_address_leaves_nothing_of_the_first(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	struct launcher *launcher =
		START(stage,
		      OPTIONS("-l", stage_text(stage, "unix:%s", path), "-l",
			      "tcp:nonsense"),
		      WORKER("say=ready"));

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* Another has put its own socket there in the meantime. */
static void
a_unix_socket_that_is_not_musters_any_more_is_not_removed(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	struct launcher *launcher =
		START(stage, OPTIONS("-l", stage_text(stage, "unix:%s", path)),
		      WORKER("say=ready"));
	int fd;

	(void)launcher_hear(launcher, "ready");
	assert_int_equal(unlink(path), 0);
	fd = socket_bind_unix(path, true);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(access(path, F_OK), 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(malformed_addresses_are_refused),
		STAGE_TEST(
			a_unix_path_that_is_too_long_is_refused_with_its_limit),
		STAGE_TEST(an_address_in_use_is_refused),
		STAGE_TEST(an_address_of_another_host_is_refused),
		STAGE_TEST(an_abstract_name_in_use_is_refused),
		STAGE_TEST(a_live_unix_socket_is_refused_and_not_removed),
		STAGE_TEST(a_file_that_is_no_socket_is_refused_and_not_removed),
		STAGE_TEST(a_path_without_its_directory_is_refused),
		STAGE_TEST(a_stale_unix_socket_file_is_replaced),
		STAGE_TEST(
			a_launcher_killed_by_9_leaves_a_socket_that_the_next_replaces),
		STAGE_TEST(a_unix_socket_is_removed_at_the_end),
		STAGE_TEST(
			a_refusal_of_the_second_address_leaves_nothing_of_the_first),
		STAGE_TEST(
			a_unix_socket_that_is_not_musters_any_more_is_not_removed),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

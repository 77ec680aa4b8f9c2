/*
 * test_reload_sockets.c - the story of sockets that go from one service to
 * another in a reload: nobody who connects is refused, or lost.
 */
#include "tools/config.h"
#include "tools/sockets.h"

/* A service that answers on that socket, with its own name. */
static const char *service_text(struct stage *stage, const char *name,
				const char *path)
{
	return stage_text(stage,
			  "[service:%s]\n"
			  "command = '%s' 'say=ready %s' serve=3\n"
			  "listen = unix:%s\n",
			  name, stage->worker, name, path);
}

/* Who is held answers nobody: what connects waits in the queue. */
static int connect_to_held(pid_t pid, const char *path)
{
	int fd = -1;

	process_kill(pid, SIGSTOP);
	process_status_wait(pid, "State:", "T (stopped)");
	assert_int_equal(socket_connect_unix(path, &fd), 0);
	return fd;
}

static void a_service_by_another_name_has_the_same_socket(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	const char *file =
		config_write(stage, service_text(stage, "old", path));
	struct launcher *launcher = START(stage, OPTIONS("-c", file));
	int fd =
		connect_to_held(launcher_hear_pid(launcher, "ready old"), path);
	pid_t pid;

	(void)config_write(stage, service_text(stage, "new", path));
	config_reload(launcher, "0 changed, 1 new, 1 removed, 0 unchanged [");
	pid = launcher_hear_pid(launcher, "ready new");
	assert_int_equal(socket_answer(fd), pid);
	(void)launcher_log(launcher, "Service old has stopped");
	assert_int_equal(socket_ask_unix(path), pid);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(access(path, F_OK), -1);
}

static const char *write_two(struct stage *stage, const char *a, const char *b)
{
	return CONFIG(stage, "%s%s", service_text(stage, "a", a),
		      service_text(stage, "b", b));
}

static void two_services_change_their_sockets(void **state)
{
	struct stage *stage = *state;
	const char *one = stage_path(stage, "one");
	const char *two = stage_path(stage, "two");
	struct launcher *launcher =
		START(stage, OPTIONS("-c", write_two(stage, one, two)));
	pid_t a = launcher_hear_pid(launcher, "ready a");
	pid_t b;
	int fds[2];

	launcher->said.mark = 0;
	b = launcher_hear_pid(launcher, "ready b");
	fds[0] = connect_to_held(a, one);
	fds[1] = connect_to_held(b, two);
	(void)write_two(stage, two, one);
	config_reload(launcher, "2 changed, 0 new, 0 removed, 0 unchanged [");
	for (int i = 0; i < 2; i++)
		(void)launcher_log(launcher, "Reloaded, roll 1");
	/* Each by the other's successor. */
	a = socket_answer(fds[1]);
	b = socket_answer(fds[0]);
	assert_int_equal(socket_ask_unix(two), a);
	assert_int_equal(socket_ask_unix(one), b);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(access(one, F_OK), -1);
	assert_int_equal(access(two, F_OK), -1);
}

/* It has not gone yet when it is there again. */
static void a_service_that_comes_back_finds_its_socket(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "socket");
	const char *rest = "[DEFAULT]\nstop_timeout = 300ms\n"
			   "[service:rest]\ncommand = sleep 50\n";
	const char *both =
		stage_text(stage,
			   "%s[service:a]\n"
			   "command = '%s' ignore=TERM say=ready serve=3\n"
			   "listen = unix:%s\n",
			   rest, stage->worker, path);
	struct launcher *launcher =
		START(stage, OPTIONS("-c", config_write(stage, both)));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	(void)config_write(stage, rest);
	config_reload(launcher, "0 changed, 0 new, 1 removed, 1 unchanged [");
	(void)config_write(stage, both);
	config_reload(launcher, "0 changed, 1 new, 0 removed, 1 unchanged [");
	assert_int_not_equal(launcher_hear_pid(launcher, "ready"), pid);
	(void)launcher_log(launcher, "Service a has stopped and is removed");
	assert_int_not_equal(socket_ask_unix(path), pid);
	/* It needs SIGKILL. */
	launcher_stop(stage, launcher, 1);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_service_by_another_name_has_the_same_socket),
		STAGE_TEST(two_services_change_their_sockets),
		STAGE_TEST(a_service_that_comes_back_finds_its_socket),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

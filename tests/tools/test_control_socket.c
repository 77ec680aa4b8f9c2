/*
 * test_control_socket.c - the story of the socket of --control: whose it is,
 * who finds it in his way, and that it goes with muster.
 */
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/compat.h"
#include "tools/probes.h"

#define NOBODY 65534

static void set_umask(void *mask)
{
	(void)umask(*(const mode_t *)mask);
}

/* And the workers have the umask that muster was given. */
static void the_socket_is_its_owners_alone_whatever_the_umask(void **state)
{
	static const mode_t masks[] = {0, 022, 0777};
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");

	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		mode_t mask = masks[i];
		struct launcher *launcher =
			START(stage, OPTIONS("--control", path),
			      WORKER("place", "say=up"), .prepare = set_umask,
			      .argument = &mask);
		struct stat status;

		(void)launcher_hear(launcher, stage_text(stage, " %03o ",
							 (unsigned int)mask));
		assert_int_equal(lstat(path, &status), 0);
		assert_int_equal(status.st_mode, S_IFSOCK | 0600);
		launcher_stop(stage, launcher, 0);
		assert_int_equal(access(path, F_OK), -1);
	}
}

static void the_socket_goes_with_muster_however_it_ends(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);

	launcher_signal(launcher, SIGINT);
	assert_int_equal(launcher_end(launcher), 1);
	assert_int_equal(access(path, F_OK), -1);
	launcher = START(stage, OPTIONS("--control", path),
			 COMMAND(stage_path(stage, "nothing")));
	assert_int_equal(launcher_end(launcher), 127);
	assert_int_equal(access(path, F_OK), -1);
	launcher = START(stage,
			 OPTIONS("--control", path, "--listen",
				 stage_text(stage, "unix:%s/no/where",
					    stage->directory)),
			 WORKER("say=up"));
	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(access(path, F_OK), -1);
}

/* Somebody has put another one there: it is not ours to remove. */
static void what_is_not_ours_any_more_stays(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);
	int fd;

	assert_int_equal(unlink(path), 0);
	fd = socket_bind_unix(path, true);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(access(path, F_OK), 0);
	(void)close(fd);
}

static void what_a_killed_muster_left_is_replaced(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);

	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_all_end_within(stage, DEADLINE_MS);
	assert_int_equal(access(path, F_OK), 0);
	launcher = control_start(stage, path); /* at once */
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
	assert_int_equal(access(path, F_OK), -1);
}

/* Who has begun to listen on it is dead, and we do not accept. */
static pid_t listen_and_die(int fd)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(listen(fd, 8) == 0 ? 0 : 1);
	assert_true(pid > 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_status, 0);
	return pid;
}

/* Who listens is asked by a pidfd (Linux 6.5). */
static void need_peer_pidfds(void)
{
	socklen_t size = sizeof(int);
	int pidfd = -1;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	if (getsockopt(ends[0], SOL_SOCKET, COMPAT_SO_PEERPIDFD, &pidfd,
		       &size) == 0)
		(void)close(pidfd);
	(void)close(ends[0]);
	(void)close(ends[1]);
	if (pidfd < 0)
		SKIP("no SO_PEERPIDFD (Linux 6.5)");
}

/* Reaped or not. A killed muster's ring does so for a moment. */
static void what_takes_connections_for_a_dead_one_is_replaced(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");

	need_peer_pidfds();
	for (int is_reaped = 0; is_reaped <= 1; is_reaped++) {
		int fd = socket_bind_unix(path, false);
		pid_t pid = listen_and_die(fd);
		struct launcher *launcher;

		if (is_reaped)
			assert_int_equal(waitpid(pid, NULL, 0), pid);
		launcher = control_start(stage, path);
		assert_probe(stage, "ready", path, 0, "ready");
		if (!is_reaped)
			assert_int_equal(waitpid(pid, NULL, 0), pid);
		launcher_stop(stage, launcher, 0);
		(void)close(fd);
	}
}

/* The kernel may hold the socket of a ring for a moment longer. */
static void of_a_killed_muster_nobody_answers(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	struct launcher *launcher = control_start(stage, path);

	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_all_end_within(stage, DEADLINE_MS);
	probe_wait(stage, "health", path,
		   stage_text(stage,
			      "muster health: error: %s: nobody answers: "
			      "Connection refused (is there a muster with "
			      "--control %s?)",
			      path, path));
	assert_int_equal(unlink(path), 0);
}

static void refuse_prepared(struct stage *stage, const char *path,
			    const char *text, void (*prepare)(void *argument))
{
	struct launcher *launcher =
		START(stage, OPTIONS("--control", path), WORKER("say=up"),
		      .prepare = prepare, .argument = stage);

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, text);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_int_equal(launcher->said.length, 0);
	launcher_forget(stage, launcher);
}

static void refuse(struct stage *stage, const char *path, const char *text)
{
	refuse_prepared(stage, path, text, NULL);
}

static void a_socket_that_somebody_serves_is_left_to_him(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *name = stage_text(stage, "@muster-test-%d", (int)getpid());
	struct launcher *launcher = control_start(stage, path);
	struct launcher *other = control_start(stage, name);

	refuse(stage, path, "control: somebody serves this socket already");
	assert_probe(stage, "ready", path, 0, "ready");
	refuse(stage, name, ": somebody serves this socket already");
	assert_probe(stage, "ready", name, 0, "ready");
	/* Of a muster that is stopped, too. */
	launcher_signal(launcher, SIGSTOP);
	refuse(stage, path, "control: somebody serves this socket already");
	launcher_signal(launcher, SIGCONT);
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_signal(other, SIGTERM);
	assert_int_equal(launcher_end(other), 0);
	launcher_stop(stage, launcher, 0);
}

static void hide_directory(void *argument)
{
	const struct stage *stage = argument;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", stage->directory, "tmpfs", MS_RDONLY, NULL) < 0)
		_exit(124);
}

static void a_place_where_no_socket_can_be_is_refused(void **state)
{
	struct stage *stage = *state;
	const char *file = stage_file(stage, "file", "content", 0600);

	refuse(stage, file, "there is something else, which is no socket");
	assert_int_equal(access(file, F_OK), 0);
	refuse(stage, stage->directory, "which is no socket");
	refuse(stage, stage_text(stage, "%s/no/where", stage->directory),
	       "where: No such file or directory");
	refuse(stage, stage_text(stage, "%s/where", file),
	       "where: Not a directory");
	refuse(stage, stage_text(stage, "/%0107d", 7),
	       "expected an absolute path or @NAME, of 107 bytes at most");
	refuse(stage, "relative", "expected an absolute path or @NAME");
	refuse(stage, "", "expected an absolute path or @NAME");
	refuse(stage, "@", "expected an absolute path or @NAME");
	if (geteuid() == 0)
		refuse_prepared(stage, stage_path(stage, "control"),
				"control: Read-only file system",
				hide_directory);
	else
		print_message("skip: only root can mount\n");
}

static void become(void *uid)
{
	uid_t id = *(const uid_t *)uid;

	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 ||
	    setresuid(id, id, id) < 0)
		_exit(124);
}

static struct probe_result ask_as(struct stage *stage, const char *path,
				  uid_t uid)
{
	return probe_start(
		stage, &(struct start){ARGUMENTS("ready", "--control", path,
						 "--timeout", "30s"),
				       .prepare = become, .argument = &uid});
}

static void assert_refused(struct stage *stage, const char *path, uid_t uid,
			   const char *text)
{
	struct probe_result result = ask_as(stage, path, uid);

	assert_int_equal(result.status, 1);
	if (!strstr(result.line, text))
		fail_msg("%s", result.line);
}

/* Where others may reach the programs, and only root may start as them. */
static void let_others_in(struct stage *stage)
{
	const char *program = stage_copy(stage, stage->program, "muster");
	const char *worker = stage_copy(stage, stage->worker, "worker");

	assert_int_equal(chmod(stage->directory, 0711), 0);
	(void)snprintf(stage->program, sizeof(stage->program), "%s", program);
	(void)snprintf(stage->worker, sizeof(stage->worker), "%s", worker);
}

static void another_user_is_not_answered(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_path(stage, "control");
	const char *name = stage_text(stage, "@muster-test-%d", (int)getpid());
	struct launcher *launcher;

	if (geteuid() != 0)
		SKIP("only root can be several users");
	let_others_in(stage);
	launcher = control_start(stage, path);
	assert_refused(stage, path, NOBODY,
		       "nobody answers: Permission denied (root and muster's "
		       "own user may ask)");
	assert_probe(stage, "ready", path, 0, "ready");
	launcher_stop(stage, launcher, 0);
	launcher = control_start(stage, name);
	assert_refused(stage, name, NOBODY, ": user 65534 may not ask");
	assert_probe(stage, "ready", name, 0, "ready");
	launcher_stop(stage, launcher, 0);
}

static void a_muster_that_is_not_root_is_believed_by_its_own_user(void **state)
{
	struct stage *stage = *state;
	const char *name = stage_text(stage, "@muster-test-%d", (int)getpid());
	uid_t uid = NOBODY;
	struct launcher *launcher;

	if (geteuid() != 0)
		SKIP("only root can be several users");
	let_others_in(stage);
	launcher = START(stage, OPTIONS("--control", name), WORKER("say=up"),
			 .prepare = become, .argument = &uid);
	(void)launcher_hear(launcher, "up");
	/* It answers root, but anybody could have taken that name. */
	assert_probe(stage, "ready", name, 1,
		     stage_text(stage,
				"muster ready: error: %s: another user serves "
				"it",
				name));
	assert_string_equal(ask_as(stage, name, NOBODY).line, "ready");
	assert_refused(stage, name, NOBODY - 1, ": another user serves it");
	launcher_stop(stage, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_socket_is_its_owners_alone_whatever_the_umask),
		STAGE_TEST(the_socket_goes_with_muster_however_it_ends),
		STAGE_TEST(what_is_not_ours_any_more_stays),
		STAGE_TEST(what_a_killed_muster_left_is_replaced),
		STAGE_TEST(what_takes_connections_for_a_dead_one_is_replaced),
		STAGE_TEST(of_a_killed_muster_nobody_answers),
		STAGE_TEST(a_socket_that_somebody_serves_is_left_to_him),
		STAGE_TEST(a_place_where_no_socket_can_be_is_refused),
		STAGE_TEST(another_user_is_not_answered),
		STAGE_TEST(
			a_muster_that_is_not_root_is_believed_by_its_own_user),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

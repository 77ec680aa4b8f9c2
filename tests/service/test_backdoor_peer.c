/*
 * test_backdoor_peer.c - who may ask a backdoor, and what becomes of it where
 * descriptors run out and in a forked child. Other users are children of root.
 */
#include <sys/resource.h>

#include "service/talking.h"

/* Neither root nor, we hope, anybody. */
#define STRANGER 54321
#define REFUSAL "refused: only the user of this process and root may ask\n"

static char path[64];

static int make_path(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/muster-peer-%d", getpid());
	return 0;
}

/* In a child, as another user: connects, says a line, gives back what it hears
 * through the pipe. */
static void play_stranger(const struct backdoor *backdoor, uid_t user,
			  int heard_fd)
{
	const char *where = backdoor_where(backdoor);
	char text[512];
	ssize_t n;
	int fd;

	/* Root's again first: nobody else can become anybody. */
	if (seteuid(0) < 0 || setresuid(user, user, user) < 0)
		_exit(1);
	fd = where[0] == '/' ? client_connect_path(where)
			     : client_connect_port(door_port(backdoor));
	if (fd < 0)
		_exit(2);
	(void)send(fd, "log debug\nquit\n", 15, MSG_NOSIGNAL);
	while ((n = recv(fd, text, sizeof(text), 0)) > 0)
		if (write(heard_fd, text, (size_t)n) != n)
			_exit(3);
	_exit(0);
}

/* Lets the backdoor work until the pipe's other end is closed; what came
 * through it. */
static void hear_through(struct backdoor *backdoor, int fd, char *heard,
			 size_t size)
{
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0) {
		struct backdoor_request request;
		struct pollfd waits[] = {
			{.fd = fd, .events = POLLIN},
			{.fd = backdoor_fd(backdoor), .events = POLLIN},
		};

		assert_true(poll(waits, 2, DEADLINE_MS) > 0);
		if (waits[1].revents && backdoor_next(backdoor, &request) > 0)
			backdoor_answer(backdoor, request.connection, "obeyed",
					6);
		if (!waits[0].revents)
			continue;
		n = read(fd, heard + length, size - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	}
	heard[length] = '\0';
}

/* What a user hears who says "log debug", "quit"; the status of his process. */
static int ask_as(struct backdoor *backdoor, uid_t user, char *heard,
		  size_t size)
{
	int ends[2];
	int status;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = child_fork();
	if (pid == 0)
		play_stranger(backdoor, user, ends[1]);
	assert_int_equal(close(ends[1]), 0);
	hear_through(backdoor, ends[0], heard, size);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_refused(struct backdoor *backdoor, uid_t user)
{
	char heard[512];

	assert_int_equal(ask_as(backdoor, user, heard, sizeof(heard)), 0);
	assert_string_equal(heard, REFUSAL);
}

static void expect_obeyed(struct backdoor *backdoor, uid_t user)
{
	char heard[512];

	assert_int_equal(ask_as(backdoor, user, heard, sizeof(heard)), 0);
	assert_non_null(strstr(heard, "\nobeyed\n"));
}

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("only root can be somebody else");
}

/* The kernel would not let him in: somebody has opened the file to all. */
static void a_stranger_is_refused_at_the_socket(void **state)
{
	struct backdoor *backdoor;
	char heard[512];

	(void)state;
	need_root();
	backdoor = door_open(NULL, path);
	/* Not even connected: EACCES. */
	assert_int_equal(ask_as(backdoor, STRANGER, heard, sizeof(heard)), 2);
	assert_int_equal(chmod(path, 0666), 0);
	expect_refused(backdoor, STRANGER);
	expect_obeyed(backdoor, 0);
	backdoor_free(backdoor);
}

static void a_stranger_is_refused_at_the_port(void **state)
{
	struct backdoor *backdoor;

	(void)state;
	need_root();
	backdoor = door_open("0", NULL);
	if (backdoor_warning(backdoor)) {
		backdoor_free(backdoor);
		SKIP("no sock_diag here");
	}
	expect_refused(backdoor, STRANGER);
	expect_obeyed(backdoor, 0);
	backdoor_free(backdoor);
}

/* The effective user counts: a service that was started by root and is
 * somebody now. */
static void the_process_s_own_user_and_root_may_ask(void **state)
{
	struct backdoor *backdoor;
	struct backdoor *by_port;

	(void)state;
	need_root();
	backdoor = door_open(NULL, path);
	by_port = door_open("0", NULL);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(seteuid(STRANGER), 0);
	expect_obeyed(by_port, STRANGER);
	expect_obeyed(backdoor, STRANGER);
	expect_obeyed(by_port, 0);
	expect_obeyed(backdoor, 0);
	expect_refused(backdoor, STRANGER + 1);
	if (!backdoor_warning(by_port))
		expect_refused(by_port, STRANGER + 1);
	assert_int_equal(seteuid(0), 0);
	backdoor_free(backdoor);
	backdoor_free(by_port);
}

/* The kernel calls a socket root's that nobody has any more. */
static void who_is_gone_is_not_taken_for_root(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	int fd = client_connect(backdoor);
	struct backdoor_request request;

	(void)state;
	if (backdoor_warning(backdoor)) {
		(void)close(fd); /* nothing was said */
		backdoor_free(backdoor);
		SKIP("no sock_diag here");
	}
	client_say(fd, "log debug\n");
	assert_int_equal(close(fd), 0);
	assert_false(door_work(backdoor, &request));
	backdoor_free(backdoor);
}

/* "::ffff:127.0.0.1": another family, the same connection. */
static void a_client_that_speaks_ipv6_is_known(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	struct sockaddr_in6 name = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(door_port(backdoor)),
	};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &name.sin6_addr), 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
		cleanup_fd(&fd);
		backdoor_free(backdoor);
		SKIP("no IPv6 here");
	}
	client_say(fd, "status\n");
	client_hears(backdoor, fd, "status answered\n");
	assert_int_equal(close(fd), 0);
	backdoor_free(backdoor);
}

/* No netlink socket from now on. 0 or CHILD_SKIP. */
static int deny_netlink(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = ARRAY_LEN(filter),
		.filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return CHILD_SKIP;
	return 0;
}

/* What a client of this process hears first. 0 or a line. */
static int hear_first(struct backdoor *backdoor, char heard[256])
{
	struct backdoor_request request;
	ssize_t n;
	_cleanup_fd_ int fd = client_connect_port(
		(uint16_t)strtoul(backdoor_where(backdoor) + 10, NULL, 10));

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(backdoor_next(backdoor, &request) == 0);
	n = recv(fd, heard, 255, 0);
	CHILD_CHECK(n > 0);
	heard[n] = '\0';
	return 0;
}

/* Who opened it before can know, so it does not believe anybody then. */
static int story_without_netlink(void)
{
	struct backdoor *before = NULL;
	struct backdoor *after = NULL;
	char words[ERROR_SIZE];
	char heard[256];
	struct text error;

	text_init(&error, words, sizeof(words));
	CHILD_CHECK(backdoor_open("0", NULL, &before, &error) == 0);
	if (backdoor_warning(before) || deny_netlink() < 0)
		return CHILD_SKIP;
	CHILD_CHECK(backdoor_open("0", NULL, &after, &error) == 0);
	CHILD_CHECK(backdoor_warning(after));
	CHILD_CHECK(strstr(backdoor_warning(after), "every local user"));
	CHILD_CHECK(hear_first(after, heard) == 0);
	CHILD_CHECK(strncmp(heard, "muster backdoor", 15) == 0);
	CHILD_CHECK(hear_first(before, heard) == 0);
	CHILD_CHECK(strcmp(heard, REFUSAL) == 0);
	backdoor_free(before);
	backdoor_free(after);
	return 0;
}

static void where_nobody_tells_a_port_is_open_to_all_and_says_so(void **state)
{
	(void)state;
	in_child(story_without_netlink);
}

/* No more descriptors, for a while. */
static void without_descriptors_it_neither_spins_nor_forgets(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	struct backdoor_request request;
	int first = client_connect(backdoor);
	struct rlimit before;
	struct rlimit none;
	int second;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)lowest_free();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_false(door_work(backdoor, &request));
	assert_false(door_has_work(backdoor));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	second = client_join(backdoor);
	client_hears(backdoor, first, "help lists the commands\n");
	assert_int_equal(close(first), 0);
	assert_int_equal(close(second), 0);
	backdoor_free(backdoor);
}

/* The descriptor that it gives back is what the next one waited for. */
static void who_leaves_lets_in_who_waited_for_a_descriptor(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	int old = client_join(backdoor);
	int waiting = client_connect(backdoor);
	struct backdoor_request request;
	struct rlimit before;
	struct rlimit none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)lowest_free();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_false(door_work(backdoor, &request));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	client_say(old, "quit\n");
	client_hears(backdoor, old, NULL);
	client_hears(backdoor, waiting, "help lists the commands\n");
	assert_int_equal(close(old), 0);
	assert_int_equal(close(waiting), 0);
	backdoor_free(backdoor);
}

static void a_child_that_abandons_it_takes_nothing_away(void **state)
{
	struct backdoor *backdoor = door_open(NULL, path);
	int fd = client_join(backdoor);
	pid_t pid = child_fork();
	int status;

	(void)state;
	if (pid == 0) {
		int listener = backdoor_fd(backdoor);

		backdoor_abandon(backdoor);
		_exit(fcntl(listener, F_GETFD) >= 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	client_say(fd, "status\n");
	client_hears(backdoor, fd, "status answered\n");
	assert_int_equal(close(fd), 0);
	fd = client_join(backdoor);
	assert_int_equal(close(fd), 0);
	backdoor_free(backdoor);
	assert_int_equal(access(path, F_OK), -1);
}

/* A child has copies of all until it executes. */
static void a_child_with_copies_keeps_no_client_connected(void **state)
{
	struct backdoor *backdoor = door_open("0", NULL);
	int fd = client_join(backdoor);
	pid_t pid = child_fork();

	(void)state;
	if (pid == 0) {
		(void)close(fd); /* the client's own end is its own */
		for (;;)
			(void)pause(); /* until it is killed */
	}
	client_say(fd, "quit\n");
	client_hears(backdoor, fd, NULL);
	client_say(fd, "more\n");
	assert_false(door_has_work(backdoor));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(close(fd), 0);
	backdoor_free(backdoor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stranger_is_refused_at_the_socket),
		cmocka_unit_test(a_stranger_is_refused_at_the_port),
		cmocka_unit_test(the_process_s_own_user_and_root_may_ask),
		cmocka_unit_test(who_is_gone_is_not_taken_for_root),
		cmocka_unit_test(a_client_that_speaks_ipv6_is_known),
		cmocka_unit_test(
			where_nobody_tells_a_port_is_open_to_all_and_says_so),
		cmocka_unit_test(
			without_descriptors_it_neither_spins_nor_forgets),
		cmocka_unit_test(
			who_leaves_lets_in_who_waited_for_a_descriptor),
		cmocka_unit_test(a_child_that_abandons_it_takes_nothing_away),
		cmocka_unit_test(a_child_with_copies_keeps_no_client_connected),
	};

	return cmocka_run_group_tests(tests, make_path, NULL);
}

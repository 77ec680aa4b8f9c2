/*
 * test_notify.c - messages of real processes: whose they are, what of them
 * arrives, and that nothing else does.
 */
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "proc/notified.h"

#define NOBODY 65534
#define HUGE_SIZE 65536U

static int open_socket(char *ret_address)
{
	uint32_t room = 0;
	int fd = -1;

	assert_int_equal(notify_open(&fd, ret_address, &room), 0);
	assert_true(fd >= 0);
	assert_in_range(room, 1, NOTIFY_ROOM_MAX);
	return fd;
}

/* As a program does that finds "@…" in $NOTIFY_SOCKET. */
static int send_to(const char *name, const char *data, size_t size)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(name);

	memcpy(address.sun_path + 1, name + 1, length - 1);
	if (sendto(fd, data, size, 0, (struct sockaddr *)&address,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			       length)) == (ssize_t)size)
		return 0;
	return -errno;
}

static int say(const char *name, const char *text)
{
	return send_to(name, text, strlen(text));
}

static struct notify_message receive(int fd)
{
	struct notify_message message = untouched;

	assert_true(is_readable(fd));
	assert_int_equal(notify_receive(fd, &message), 1);
	return message;
}

/* A child that says text and has ended with 0. */
static pid_t child_says(const char *name, const char *text)
{
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(say(name, text) == 0 ? 0 : 1);
	assert_int_equal(child_end(pid).si_status, 0);
	return pid;
}

static void the_address_is_one_of_its_own_and_abstract(void **state)
{
	char names[2][NOTIFY_ADDRESS_SIZE];
	_cleanup_fd_ int fd = open_socket(names[0]);
	_cleanup_fd_ int other = open_socket(names[1]);

	(void)state;
	assert_int_equal(names[0][0], '@');
	assert_int_equal(strspn(names[0] + 1, "0123456789abcdef"),
			 strlen(names[0]) - 1);
	assert_true(strlen(names[0]) > 1);
	assert_string_not_equal(names[0], names[1]);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_nothing_is_there(fd);
	assert_nothing_is_there(other);
}

static void a_childs_message_bears_its_pid(void **state)
{
	char name[NOTIFY_ADDRESS_SIZE];
	_cleanup_fd_ int fd = open_socket(name);
	pid_t pids[] = {child_says(name, "READY=1\nSTATUS=first"),
			child_says(name, "STOPPING=1")};
	struct notify_message message = receive(fd);

	(void)state;
	assert_int_equal(message.pid, pids[0]);
	assert_int_equal(message.fields, NOTIFY_READY | NOTIFY_STATUS);
	assert_string_equal(message.status, "first");
	assert_null(message.refusal);
	message = receive(fd);
	assert_int_equal(message.pid, pids[1]);
	assert_int_equal(message.fields, NOTIFY_STOPPING);
	assert_string_equal(message.status, "");
	assert_nothing_is_there(fd);
}

static int become_nobody(void)
{
	if (geteuid() != 0)
		return 0;
	return setgroups(0, NULL) == 0 &&
			       setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
			       setresuid(NOBODY, NOBODY, NOBODY) == 0
		       ? 0
		       : -1;
}

/* A message whose sender says that it is pid. */
static int send_as(const char *name, pid_t pid)
{
	_Alignas(struct cmsghdr) char
		control[CMSG_SPACE(sizeof(struct ucred))] = {0};
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct ucred claim = {pid, geteuid(), getegid()};
	char text[] = "READY=1";
	struct iovec part = {text, 7};
	struct msghdr header = {
		.msg_name = &address,
		.msg_namelen =
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    strlen(name)),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *first = CMSG_FIRSTHDR(&header);

	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	first->cmsg_level = SOL_SOCKET;
	first->cmsg_type = SCM_CREDENTIALS;
	first->cmsg_len = CMSG_LEN(sizeof(claim));
	memcpy(CMSG_DATA(first), &claim, sizeof(claim));
	return sendmsg(fd, &header, 0) == 7 ? 0 : -errno;
}

/* Nobody who is not root may borrow a name; his own is all he has. */
static void a_stranger_speaks_for_himself_only(void **state)
{
	char name[NOTIFY_ADDRESS_SIZE];
	_cleanup_fd_ int fd = open_socket(name);
	pid_t pid = child_fork();
	struct notify_message message;

	(void)state;
	if (pid == 0) {
		if (become_nobody() < 0)
			_exit(2);
		if (send_as(name, getppid()) != -EPERM)
			_exit(3);
		_exit(say(name, "READY=1") == 0 ? 0 : 4);
	}
	assert_int_equal(child_end(pid).si_status, 0);
	message = receive(fd);
	assert_int_equal(message.pid, pid);
	assert_int_equal(message.fields, NOTIFY_READY);
	assert_nothing_is_there(fd);
}

/* "READY=1", and newlines up to size. */
static struct notify_message receive_long(size_t size)
{
	char name[NOTIFY_ADDRESS_SIZE];
	_cleanup_fd_ int fd = open_socket(name);
	_cleanup_free_ char *text = malloc(HUGE_SIZE);
	struct notify_message message;

	assert_non_null(text);
	memset(text, '\n', HUGE_SIZE);
	memcpy(text, "READY=1", 7);
	assert_int_equal(send_to(name, text, size), 0);
	assert_int_equal(say(name, "WATCHDOG=1"), 0);
	message = receive(fd);
	/* The one behind it is not harmed. */
	assert_int_equal(receive(fd).fields, NOTIFY_WATCHDOG);
	assert_nothing_is_there(fd);
	assert_int_equal(message.pid, getpid());
	return message;
}

static void a_message_that_is_too_long_is_refused_as_a_whole(void **state)
{
	static const size_t sizes[] = {NOTIFY_MESSAGE_MAX + 1, HUGE_SIZE};
	struct notify_message message = receive_long(NOTIFY_MESSAGE_MAX);

	(void)state;
	assert_int_equal(message.fields, NOTIFY_READY);
	assert_null(message.refusal);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		message = receive_long(sizes[i]);
		assert_int_equal(message.fields, 0);
		assert_non_null(message.refusal);
	}
}

static void an_empty_message_is_one_and_says_nothing(void **state)
{
	char name[NOTIFY_ADDRESS_SIZE];
	_cleanup_fd_ int fd = open_socket(name);
	struct notify_message message;

	(void)state;
	assert_int_equal(send_to(name, "", 0), 0);
	message = receive(fd);
	assert_int_equal(message.pid, getpid());
	assert_int_equal(message.fields, 0);
	assert_null(message.refusal);
	assert_nothing_is_there(fd);
}

static void a_descriptor_that_is_no_socket_is_an_error(void **state)
{
	struct notify_message message = untouched;

	(void)state;
	assert_int_equal(notify_receive(-1, &message), -EBADF);
	assert_int_equal(notify_receive_newline(-1, &message), -EBADF);
	assert_memory_equal(&message, &untouched, sizeof(message));
}

/* No more than it says, and as many unless that is all there can be. */
static void the_queue_has_the_room_that_is_told(void **state)
{
	char address[NOTIFY_ADDRESS_SIZE];
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	_cleanup_fd_ int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	_cleanup_fd_ int fd = -1;
	uint32_t room = 0;
	uint32_t sent = 0;

	(void)state;
	assert_int_equal(notify_open(&fd, address, &room), 0);
	memcpy(name.sun_path + 1, address + 1, strlen(address) - 1);
	assert_int_equal(
		connect(sender, (struct sockaddr *)&name,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    strlen(address))),
		0);
	while (send(sender, "x", 1, MSG_DONTWAIT) == 1)
		sent++;
	assert_int_equal(errno, EAGAIN);
	assert_true(sent <= room);
	/* One sender's own buffer holds some two hundred. */
	if (room < 100)
		assert_int_equal(sent, room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_queue_has_the_room_that_is_told),
		cmocka_unit_test(the_address_is_one_of_its_own_and_abstract),
		cmocka_unit_test(a_childs_message_bears_its_pid),
		cmocka_unit_test(a_stranger_speaks_for_himself_only),
		cmocka_unit_test(
			a_message_that_is_too_long_is_refused_as_a_whole),
		cmocka_unit_test(an_empty_message_is_one_and_says_nothing),
		cmocka_unit_test(a_descriptor_that_is_no_socket_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

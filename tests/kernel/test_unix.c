/*
 * test_unix.c - what the kernel promises of the sockets on which workers speak:
 * addresses, who sent, what is not taken, and what bounds the queue.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "kernel/children.h"

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)

static int open_named(struct sockaddr_un *ret_address, socklen_t *ret_size)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*ret_size = sizeof(*ret_address);
	assert_true(fd >= 0);
	assert_int_equal(
		bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)),
		0);
	assert_int_equal(
		getsockname(fd, (struct sockaddr *)ret_address, ret_size), 0);
	return fd;
}

static void open_pair(int *ends)
{
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void set_option(int fd, int option, int value)
{
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)), 0);
}

/* unix(7): a NUL and five hexadecimal digits. */
static void a_bare_family_is_bound_to_a_short_abstract_address(void **state)
{
	struct sockaddr_un address;
	socklen_t size;
	_cleanup_fd_ int fd = open_named(&address, &size);

	(void)state;
	assert_true(size > PATH_OFFSET + 1);
	assert_true(size <= PATH_OFFSET + 15);
	assert_int_equal(address.sun_path[0], '\0');
	assert_true(fd >= 0);
}

/* How many messages there is room for, while nobody reads. */
static int count_room(int fd)
{
	int count = 0;

	while (send(fd, "x", 1, MSG_DONTWAIT) == 1)
		count++;
	assert_int_equal(errno, EAGAIN);
	return count;
}

static int room_of_named(int size)
{
	_cleanup_fd_ int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t address_size;
	_cleanup_fd_ int fd = open_named(&address, &address_size);

	set_option(fd, SO_RCVBUF, size);
	assert_int_equal(
		connect(sender, (struct sockaddr *)&address, address_size), 0);
	return count_room(sender);
}

static int room_of_pair(int size)
{
	int ends[2];
	int room;

	open_pair(ends);
	set_option(ends[0], SO_RCVBUF, size);
	room = count_room(ends[1]);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
	return room;
}

/* The reason why nobody raises it. */
static void the_receivers_buffer_size_does_not_bound_the_queue(void **state)
{
	(void)state;
	assert_int_equal(room_of_named(1 << 20), room_of_named(2048));
	assert_int_equal(room_of_pair(1 << 20), room_of_pair(2048));
	assert_true(room_of_named(2048) > 1);
}

static void who_was_the_sender_is_known_after_his_end(void **state)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct ucred sender;
	int ends[2];
	pid_t pid;

	(void)state;
	open_pair(ends);
	set_option(ends[0], SO_PASSCRED, 1);
	pid = child_fork();
	if (pid == 0)
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	assert_int_equal(child_end(pid).si_status, 0);
	assert_int_equal(recvmsg(ends[0], &header, MSG_DONTWAIT), 1);
	assert_int_equal(CMSG_FIRSTHDR(&header)->cmsg_type, SCM_CREDENTIALS);
	memcpy(&sender, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(sender));
	assert_int_equal(sender.pid, pid);
	assert_int_equal(sender.uid, geteuid());
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

/* Sends fd with a byte, and takes the byte with size bytes for what comes
 * beside it. Returns recvmsg's flags. */
static int pass_descriptor(int *ends, int fd, size_t size)
{
	_Alignas(struct cmsghdr) char sent[CMSG_SPACE(sizeof(int))] = {0};
	_Alignas(struct cmsghdr) char taken[256];
	char byte = 'x';
	struct iovec part = {&byte, 1};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = sent,
		.msg_controllen = sizeof(sent),
	};
	struct cmsghdr *first = CMSG_FIRSTHDR(&header);

	first->cmsg_level = SOL_SOCKET;
	first->cmsg_type = SCM_RIGHTS;
	first->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(first), &fd, sizeof(fd));
	assert_int_equal(sendmsg(ends[1], &header, 0), 1);
	header.msg_control = taken;
	header.msg_controllen = size;
	header.msg_flags = 0;
	assert_int_equal(recvmsg(ends[0], &header, MSG_DONTWAIT), 1);
	return header.msg_flags;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Where there is room for the credentials only, a descriptor is dropped; with
 * room for one more it is ours, asked for or not. */
static void a_descriptor_without_room_is_not_installed(void **state)
{
	int ends[2];
	int lowest;

	(void)state;
	open_pair(ends);
	set_option(ends[0], SO_PASSCRED, 1);
	lowest = fcntl(0, F_DUPFD_CLOEXEC, 0);
	assert_int_equal(close(lowest), 0);
	assert_true(pass_descriptor(ends, ends[1],
				    CMSG_SPACE(sizeof(struct ucred))) &
		    MSG_CTRUNC);
	assert_false(is_open(lowest));
	assert_false(pass_descriptor(ends, ends[1],
				     CMSG_SPACE(sizeof(struct ucred)) +
					     CMSG_SPACE(sizeof(int))) &
		     MSG_CTRUNC);
	assert_true(is_open(lowest));
	assert_int_equal(close(lowest), 0);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_bare_family_is_bound_to_a_short_abstract_address),
		cmocka_unit_test(
			the_receivers_buffer_size_does_not_bound_the_queue),
		cmocka_unit_test(who_was_the_sender_is_known_after_his_end),
		cmocka_unit_test(a_descriptor_without_room_is_not_installed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

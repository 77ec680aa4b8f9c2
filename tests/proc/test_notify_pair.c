/*
 * test_notify_pair.c - the pair on which workers write newlines, and what
 * becomes of descriptors that somebody sends along.
 */
#include <dirent.h>
#include <sys/socket.h>

#include "proc/notified.h"

#define ATTACHED 16
#define HUGE_SIZE 65536U
#define NEWLINES 1000

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	assert_int_equal(closedir(directory), 0);
	return count;
}

/* A grandchild is not the worker whose socket it inherited. */
static void who_inherits_a_socket_sends_as_himself(void **state)
{
	_cleanup_fd_ int receive_fd = -1;
	_cleanup_fd_ int send_fd = -1;
	struct notify_message message;
	pid_t pid;

	(void)state;
	assert_int_equal(notify_open_pair(&receive_fd, &send_fd), 0);
	assert_int_equal(write(send_fd, "\n", 1), 1);
	pid = child_fork();
	if (pid == 0)
		_exit(write(send_fd, "\n", 1) == 1 ? 0 : 1);
	assert_int_equal(child_end(pid).si_status, 0);
	assert_int_equal(notify_receive_newline(receive_fd, &message), 1);
	assert_int_equal(message.pid, getpid());
	assert_int_equal(notify_receive_newline(receive_fd, &message), 1);
	assert_int_equal(message.pid, pid);
	assert_int_equal(message.fields, NOTIFY_READY);
}

static void attach(struct msghdr *header, const int *fds, size_t count)
{
	struct cmsghdr *first;

	header->msg_controllen = CMSG_SPACE(count * sizeof(int));
	first = CMSG_FIRSTHDR(header);
	first->cmsg_level = SOL_SOCKET;
	first->cmsg_type = SCM_RIGHTS;
	first->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(first), fds, count * sizeof(int));
}

/* "READY=1" and one pipe end, many times; the other end tells when the last of
 * them is closed. */
static int send_attached(int fd, int *ret_pipe)
{
	_Alignas(struct cmsghdr) char
		control[CMSG_SPACE(ATTACHED * sizeof(int))] = {0};
	char text[] = "READY=1\n";
	struct iovec part = {text, 8};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
	};
	int fds[ATTACHED];
	int ends[2];
	ssize_t size;
	int error;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (size_t i = 0; i < ATTACHED; i++)
		fds[i] = ends[1];
	attach(&header, fds, ATTACHED);
	size = sendmsg(fd, &header, 0);
	error = errno;
	*ret_pipe = ends[0];
	assert_int_equal(close(ends[1]), 0);
	return size == 8 ? 0 : -error;
}

static void attached_descriptors_are_refused_at_the_door(void **state)
{
	_cleanup_fd_ int receive_fd = -1;
	_cleanup_fd_ int send_fd = -1;
	_cleanup_fd_ int pipe_fd = -1;
	int is_off = -1;
	socklen_t size = sizeof(is_off);

	(void)state;
	assert_int_equal(notify_open_pair(&receive_fd, &send_fd), 0);
	if (getsockopt(receive_fd, SOL_SOCKET, COMPAT_SO_PASSRIGHTS, &is_off,
		       &size) < 0)
		SKIP("SO_PASSRIGHTS: %s", strerror(errno));
	assert_int_equal(is_off, 0);
	assert_int_equal(send_attached(send_fd, &pipe_fd), -EPERM);
	assert_nothing_is_there(receive_fd);
}

/* As on a kernel that cannot refuse them. */
static void attached_descriptors_are_closed_and_the_words_honoured(void **state)
{
	_cleanup_fd_ int receive_fd = -1;
	_cleanup_fd_ int send_fd = -1;
	_cleanup_fd_ int pipe_fd = -1;
	struct notify_message message;
	const int is_on = 1;
	int count;

	(void)state;
	assert_int_equal(notify_open_pair(&receive_fd, &send_fd), 0);
	(void)setsockopt(receive_fd, SOL_SOCKET, COMPAT_SO_PASSRIGHTS, &is_on,
			 sizeof(is_on)); /* an old one takes them anyway */
	assert_int_equal(send_attached(send_fd, &pipe_fd), 0);
	count = count_descriptors();
	assert_int_equal(child_poll(pipe_fd, 0), 0);
	assert_int_equal(notify_receive(receive_fd, &message), 1);
	assert_int_equal(message.fields, NOTIFY_READY);
	assert_int_equal(message.pid, getpid());
	assert_null(message.refusal);
	assert_int_equal(count_descriptors(), count);
	assert_int_equal(child_poll(pipe_fd, DEADLINE_MS), POLLHUP);
}

static void only_our_end_of_a_pair_does_not_block(void **state)
{
	_cleanup_fd_ int receive_fd = -1;
	_cleanup_fd_ int send_fd = -1;

	(void)state;
	assert_int_equal(notify_open_pair(&receive_fd, &send_fd), 0);
	assert_int_equal(fcntl(receive_fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(send_fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(receive_fd, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(send_fd, F_GETFL) & O_NONBLOCK);
	assert_nothing_is_there(receive_fd);
	/* Nobody is left who could write: that is no news. */
	assert_int_equal(close(TAKE_FD(send_fd)), 0);
	assert_nothing_is_there(receive_fd);
}

static void any_write_with_a_newline_means_ready(void **state)
{
	static const struct {
		const char *text;
		uint32_t fields;
	} cases[] = {
		{"\n", NOTIFY_READY},
		{"ready\n", NOTIFY_READY},
		{"a\nb", NOTIFY_READY},
		{"\n\n", NOTIFY_READY},
		{"READY=1", 0},
		{" ", 0},
		{"STOPPING=1\nREADY=0", NOTIFY_READY},
	};
	_cleanup_fd_ int receive_fd = -1;
	_cleanup_fd_ int send_fd = -1;
	struct notify_message message;

	(void)state;
	assert_int_equal(notify_open_pair(&receive_fd, &send_fd), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t size = strlen(cases[i].text);

		message = untouched;
		assert_true(pipe_put(send_fd, cases[i].text, size));
		assert_true(is_readable(receive_fd));
		assert_int_equal(notify_receive_newline(receive_fd, &message),
				 1);
		assert_int_equal(message.fields, cases[i].fields);
		assert_int_equal(message.pid, getpid());
		assert_null(message.refusal);
		assert_string_equal(message.status, "");
	}
	assert_nothing_is_there(receive_fd);
}

static void a_newline_is_looked_for_within_the_limit(void **state)
{
	static char text[HUGE_SIZE];
	_cleanup_fd_ int receive_fd = -1;
	_cleanup_fd_ int send_fd = -1;
	struct notify_message message;

	(void)state;
	assert_int_equal(notify_open_pair(&receive_fd, &send_fd), 0);
	memset(text, 'x', sizeof(text));
	text[NOTIFY_MESSAGE_MAX] = '\n';
	assert_true(pipe_put(send_fd, text, sizeof(text)));
	assert_int_equal(notify_receive_newline(receive_fd, &message), 1);
	assert_int_equal(message.fields, 0);
	assert_non_null(message.refusal);
	text[NOTIFY_MESSAGE_MAX - 1] = '\n';
	assert_true(pipe_put(send_fd, text, sizeof(text)));
	assert_int_equal(notify_receive_newline(receive_fd, &message), 1);
	assert_int_equal(message.fields, NOTIFY_READY);
	assert_null(message.refusal);
}

/* More than the queue has room for, by a writer that is never refused. */
static void a_writer_waits_for_room_and_loses_nothing(void **state)
{
	_cleanup_fd_ int receive_fd = -1;
	_cleanup_fd_ int send_fd = -1;
	struct notify_message message;
	pid_t pid;

	(void)state;
	assert_int_equal(notify_open_pair(&receive_fd, &send_fd), 0);
	pid = child_fork();
	if (pid == 0) {
		for (int i = 0; i < NEWLINES; i++)
			if (write(send_fd, "\n", 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < NEWLINES; i++) {
		assert_true(is_readable(receive_fd));
		assert_int_equal(notify_receive_newline(receive_fd, &message),
				 1);
		assert_int_equal(message.pid, pid);
		assert_int_equal(message.fields, NOTIFY_READY);
	}
	assert_int_equal(child_end(pid).si_status, 0);
	assert_nothing_is_there(receive_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_inherits_a_socket_sends_as_himself),
		cmocka_unit_test(attached_descriptors_are_refused_at_the_door),
		cmocka_unit_test(
			attached_descriptors_are_closed_and_the_words_honoured),
		cmocka_unit_test(only_our_end_of_a_pair_does_not_block),
		cmocka_unit_test(any_write_with_a_newline_means_ready),
		cmocka_unit_test(a_newline_is_looked_for_within_the_limit),
		cmocka_unit_test(a_writer_waits_for_room_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

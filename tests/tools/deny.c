/*
 * deny.c - seccomp filters, seccomp(2) and seccomp_unotify(2).
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/compat.h"
#include "tools/deny.h"

/* Where a C library's own header is older. */
#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1U
#endif

#define DENY_BROKEN 122

/* The last two exist on some machines only. */
const long deny_clones[] = {
	SYS_clone, SYS_clone3,
#ifdef SYS_fork
	SYS_fork,  SYS_vfork,
#endif
	-1,
};

static int deny_install(const long *numbers, unsigned int action,
			unsigned int flags)
{
	struct sock_filter filter[2 * DENY_CALLS + 2];
	struct sock_fprog program = {.filter = filter};
	unsigned short length = 0;

	filter[length++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS,
		(unsigned int)offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < DENY_CALLS && numbers[i] >= 0; i++) {
		filter[length++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)numbers[i], 0,
			1);
		filter[length++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	}
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							SECCOMP_RET_ALLOW);
	program.len = length;
	/* The leak check of VARIANT=asan would hang without its thread. */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
			    &program);
}

void deny(void *argument)
{
	const struct denied *denied = argument;

	if (deny_install(denied->numbers,
			 SECCOMP_RET_ERRNO | (unsigned int)denied->error,
			 0) < 0)
		_exit(DENY_BROKEN);
}

static void deny_send(int socket, int fd)
{
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(int));
	}
	if (sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
		_exit(DENY_BROKEN);
}

void deny_ask(void *argument)
{
	int listener = deny_install(deny_clones, SECCOMP_RET_USER_NOTIF,
				    SECCOMP_FILTER_FLAG_NEW_LISTENER);

	deny_send(*(int *)argument, listener);
	if (listener < 0)
		_exit(DENY_BROKEN);
}

int deny_take_listener(int socket)
{
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = -1;

	assert_true(is_readable_within(socket, DEADLINE_MS));
	assert_int_equal(recvmsg(socket, &message, MSG_CMSG_CLOEXEC), 1);
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

bool deny_answer(int listener, int error, int limit_ms)
{
	struct seccomp_notif request = {0};
	struct seccomp_notif_resp response = {0};

	if (!is_readable_within(listener, limit_ms))
		return false;
	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request),
			 0);
	response.id = request.id;
	response.error = -error;
	if (error == 0)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response),
			 0);
	return true;
}

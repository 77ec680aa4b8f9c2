/*
 * deny.c - seccomp filters, seccomp(2) and seccomp_unotify(2).
 */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "tools/bpf.h"
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

const long deny_unlinks[] = {
	SYS_unlinkat,
#ifdef SYS_unlink
	SYS_unlink,
#endif
	-1,
};

static void deny_compile(struct bpf *bpf, const struct refused *refused,
			 unsigned int action)
{
	bpf_load_number(bpf);
	bpf_unless(bpf, (uint32_t)refused->number, refused->mask ? 4 : 1);
	if (refused->mask) {
		bpf_load_argument(bpf, refused->argument, false);
		bpf_mask(bpf, refused->mask);
		bpf_unless(bpf, refused->value, 1);
	}
	bpf_return(bpf, action);
}

static void deny_finish(struct bpf *bpf)
{
	bpf_return(bpf, SECCOMP_RET_ALLOW);
	if (bpf_install(bpf, 0) < 0)
		_exit(DENY_BROKEN);
}

void deny(void *argument)
{
	const struct denied *denied = argument;
	struct bpf bpf = {.length = 0};

	for (size_t i = 0; denied->numbers[i] >= 0; i++) {
		const struct refused refused = {.number = denied->numbers[i]};

		deny_compile(&bpf, &refused,
			     SECCOMP_RET_ERRNO | (unsigned int)denied->error);
	}
	deny_finish(&bpf);
}

void deny_some(void *argument)
{
	struct bpf bpf = {.length = 0};

	for (const struct refused *refused = argument; refused->name; refused++)
		deny_compile(&bpf, refused,
			     SECCOMP_RET_ERRNO | (unsigned int)refused->error);
	deny_finish(&bpf);
}

static int deny_install_ask(const long *numbers)
{
	struct bpf bpf = {.length = 0};

	for (size_t i = 0; numbers[i] >= 0; i++) {
		const struct refused refused = {.number = numbers[i]};

		deny_compile(&bpf, &refused, SECCOMP_RET_USER_NOTIF);
	}
	bpf_return(&bpf, SECCOMP_RET_ALLOW);
	return bpf_install(&bpf, SECCOMP_FILTER_FLAG_NEW_LISTENER);
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
	const struct asked *asked = argument;
	int listener = deny_install_ask(asked->numbers);

	deny_send(asked->socket, listener);
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

/*
 * held.h - children that stand before their execve until the test lets them go
 * on, as one does that somebody stopped: a filter asks us about the call.
 */
#pragma once

#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include "proc/worker.h"

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1U
#endif

/* From now on each execve of ours and of our children is held. The descriptor
 * that tells of it, close-on-exec; -1 where such a filter cannot be had. */
static inline int held_begin(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = ARRAY_LEN(filter),
		.filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Waits until one has come there; 0 at the deadline. */
static inline uint64_t held_wait(int held_fd)
{
	struct seccomp_notif asked = {0};

	if (!is_readable(held_fd) ||
	    ioctl(held_fd, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return 0;
	return asked.id;
}

/* It executes. */
static inline bool held_let_go(int held_fd, uint64_t id)
{
	struct seccomp_notif_resp answer = {
		.id = id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	return ioctl(held_fd, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0;
}

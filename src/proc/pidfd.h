/*
 * pidfd.h - signals to processes, through descriptors that cannot mean another.
 *
 * A pid may be reused between a death and our hearing of it; a pidfd says ESRCH
 * then. Where the system call is refused (seccomp before 2020, gVisor), kill(2)
 * is as safe for a child that is not reaped yet, since its pid cannot be
 * reused: callers promise that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A pidfd of any process, close-on-exec; -errno. */
int pidfd_open_process(pid_t pid);

/* Sends signo to an unreaped child; pidfd may be -1. 0 or -errno. */
int pidfd_signal(int pidfd, pid_t pid, int signo);

/* The same with a value, as sigqueue(3) sends one: signalfd(2) shows it as
 * ssi_int, and our pid. */
int pidfd_signal_value(int pidfd, pid_t pid, int signo, int value);

/* A signal as it came, to be handed on. */
struct pidfd_news {
	int signo;
	int code;  /* SI_… */
	pid_t pid; /* of the sender; 0: not known */
	uid_t uid;
	uint64_t value;
};

/* Hands it on to an unreaped child, or to the group that it leads: with its
 * sender and value, where the kernel allows. A kill(2) is handed on as a
 * sigqueue(3) of the same sender, since SI_USER may only be one's own; what the
 * kernel sent or nobody known comes from us. The group is that of an unreaped
 * leader. 0 or -errno. */
int pidfd_hand_on(int pidfd, pid_t pid, const struct pidfd_news *news,
		  bool to_group);

/* Sends signo to the process group that pidfd's process leads or led: works
 * after the leader was reaped, and reaches nobody when the number is another's
 * by now (Linux 6.9). -ESRCH when nobody is left; -EINVAL before 6.9. */
int pidfd_signal_group(int pidfd, int signo);

/* The same by number: only while the leader is not reaped. */
int pidfd_signal_group_by_pid(pid_t leader, int signo);

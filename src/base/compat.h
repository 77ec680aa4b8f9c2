/*
 * compat.h - the only #if on the age of the kernel's headers or of a library,
 * and on the processor.
 *
 * Constants are given their kernel value when the headers are older than the
 * kernel; whether the running kernel knows them is asked at run time by using
 * them. Raw system calls are here because a child that shares its parent's
 * memory may not touch errno (thread-local storage is shared too).
 */
#pragma once

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <sys/single_threaded.h>
#else
#include "base/errname.h"
#endif

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND UINT64_C(0x100000000)
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP UINT64_C(0x200000000) /* 5.7 */
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1U << 2) /* 6.9 */
#endif
/* IORING_OP_WAITID (6.7), under a name that newer headers' enumerator cannot
 * clash with. */
#define COMPAT_OP_WAITID 50
#ifndef IORING_ENTER_NO_IOWAIT
#define IORING_ENTER_NO_IOWAIT (1U << 7) /* 6.15 */
#endif
#ifndef IORING_FEAT_NO_IOWAIT
#define IORING_FEAT_NO_IOWAIT (1U << 17) /* 6.15 */
#endif

/* SO_PEERPIDFD (6.5). */
#define COMPAT_SO_PEERPIDFD 77

/* SO_PASSRIGHTS (6.16). */
#define COMPAT_SO_PASSRIGHTS 83

/* The real-time signals as glibc counts them. musl keeps one more for itself:
 * its RTMIN+3 would be another signal than that of the program that it is sent
 * to, which may have another C library. */
#define COMPAT_RTMIN 34
#define COMPAT_RTMAX 64

/* ioctl(2)'s request is an int in musl, and not every number is one. */
#if defined(__GLIBC__)
#define COMPAT_REQUEST(request) (request)
#else
#define COMPAT_REQUEST(request) ((int)(request))
#endif

/* sigaddset(3) refuses what the C library keeps for itself, and each library
 * keeps something else. The kernel's set of 64 signals is the first word of
 * the library's. */
static inline void compat_add_signal(sigset_t *set, int signo)
{
	uint64_t bits;

	memcpy(&bits, set, sizeof(bits));
	bits |= UINT64_C(1) << (signo - 1);
	memcpy(set, &bits, sizeof(bits));
}

/* "ENOENT"; musl has no table of them. */
static inline const char *compat_error_name(int error)
{
#if defined(__GLIBC__)
	const char *name = strerrorname_np(error);
#else
	const char *name = errname_get(error);
#endif

	return name ? name : "unknown error";
}

/* Freed memory goes back to the kernel, where the C library keeps some. */
static inline void compat_trim_heap(void)
{
#if defined(__GLIBC__)
	(void)malloc_trim(0);
#endif
}

/* clang has no macro for it. */
#if defined(__has_feature)
#define COMPAT_HAS_FEATURE(name) __has_feature(name)
#else
#define COMPAT_HAS_FEATURE(name) 0
#endif

/* Reads a clock that is always there. musl's first reading looks the vDSO's
 * function up, three page faults that a program does not win back whose life is
 * short: there the kernel is called, unless a filter forbids it. (Where long
 * has 32 bits that call has another timespec.) */
static inline void compat_read_clock(clockid_t clock, struct timespec *ret_now)
{
#if !defined(__GLIBC__) && defined(__LP64__)
	if (syscall(SYS_clock_gettime, clock, ret_now) == 0)
		return;
#endif
	(void)clock_gettime(clock, ret_now);
}

/* A sanitizer looks for pointers in the C library's memory, and not in what
 * comes from the kernel (LeakSanitizer). */
static inline bool compat_looks_for_leaks(void)
{
#if defined(__SANITIZE_ADDRESS__) || COMPAT_HAS_FEATURE(address_sanitizer)
	return true;
#else
	return false;
#endif
}

/* rand(3) and random(3) begin anew; in glibc they are one generator. */
static inline void compat_seed_random(unsigned int seed)
{
#if !defined(__GLIBC__)
	srand(seed);
#endif
	srandom(seed);
}

/* The C library never made a thread; false also where it cannot tell. */
static inline bool compat_is_single_threaded(void)
{
#if defined(__GLIBC__)
	return __libc_single_threaded != 0;
#else
	return false;
#endif
}

/* waitid(2): a pidfd as the id; glibc 2.36 has it as an enumerator. */
#define COMPAT_P_PIDFD ((idtype_t)3)

/* clone3(2), the first published layout and the cgroup field. */
struct compat_clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};

#if defined(__x86_64__)

static inline __attribute__((always_inline)) long
compat_syscall(long number, long a, long b, long c, long d)
{
	long result;
	register long r10 __asm__("r10") = d;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

/* prctl(2); what is not given is 0, as some of its operations demand. */
static inline __attribute__((always_inline)) long compat_prctl(long operation,
							       long a, long b)
{
	long result;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_prctl), "D"(operation), "S"(a), "d"(b),
			   "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

/*
 * Runs function(argument) in a child made by clone3, on the stack given in
 * args; returns in the parent only. The child starts with an empty frame
 * pointer and an aligned stack; function must not return.
 */
static inline long compat_clone3(struct compat_clone_args *args,
				 void (*function)(void *), void *argument)
{
	long result;
	register void *r12 __asm__("r12") = (void *)function;
	register void *r13 __asm__("r13") = argument;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "and $-16, %%rsp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone3), "D"(args), "S"(sizeof(*args)),
			   "r"(r12), "r"(r13)
			 : "rcx", "r11", "rdx", "r8", "r9", "r10", "memory");
	return result;
}

/* The same by clone(2), whose arguments differ per processor: args is read as
 * clone3 would read it. With CLONE_PIDFD the pidfd goes where parent_tid
 * points, so args may not ask for both. */
static inline long compat_clone(const struct compat_clone_args *args,
				void (*function)(void *), void *argument)
{
	long result;
	uint64_t flags = args->flags | args->exit_signal;
	uint64_t stack_top = args->stack + args->stack_size;
	uint64_t parent_tid = args->pidfd | args->parent_tid;
	uint64_t child_tid = args->child_tid;
	register void *r12 __asm__("r12") = (void *)function;
	register void *r13 __asm__("r13") = argument;
	register uint64_t r10 __asm__("r10") = child_tid;
	register uint64_t r8 __asm__("r8") = 0;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "and $-16, %%rsp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result), "+r"(r10), "+r"(r8)
			 : "a"(SYS_clone), "D"(flags), "S"(stack_top),
			   "d"(parent_tid), "r"(r12), "r"(r13)
			 : "rcx", "r11", "r9", "memory");
	return result;
}

#else
#error "no raw system calls for this processor: add them here"
#endif

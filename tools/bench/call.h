/*
 * call.h - a system call without a C library: for the worker, which has none,
 * and for a floor's child, which may not touch errno. x86-64 only.
 */
#pragma once

#include <asm/unistd.h>
#include <stdint.h>

#define CALL_CLOCK_MONOTONIC 1
#define CALL_NS_PER_SEC UINT64_C(1000000000)

static inline long call6(long number, const long arguments[6])
{
	long result;
	register long r10 __asm__("r10") = arguments[3];
	register long r8 __asm__("r8") = arguments[4];
	register long r9 __asm__("r9") = arguments[5];

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(arguments[0]), "S"(arguments[1]),
			   "d"(arguments[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The same with at most four. */
static inline long call4(long number, long a, long b, long c, long d)
{
	return call6(number, (const long[6]){a, b, c, d, 0, 0});
}

static inline long address(const volatile void *pointer)
{
	return (long)(uintptr_t)pointer;
}

/* Runs function, which must not return, in a child that has the caller's memory
 * and a stack that ends here. Its pid, in the caller. */
static inline long call_clone(long flags, const void *stack_end,
			      void (*function)(void))
{
	long result;
	register void (*r12)(void) __asm__("r12") = function;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "and $-16, %%rsp\n\t"
			 "call *%%r12\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "a"(__NR_clone), "D"(flags), "S"(stack_end), "d"(0),
			   "r"(r12)
			 : "rcx", "r11", "memory");
	return result;
}

/* The kernel's own call: without a C library there is no shorter one. */
static inline uint64_t call_now_ns(void)
{
	uint64_t now[2] = {0, 0}; /* seconds and nanoseconds */

	(void)call4(__NR_clock_gettime, CALL_CLOCK_MONOTONIC, address(now), 0,
		    0);
	return now[0] * CALL_NS_PER_SEC + now[1];
}

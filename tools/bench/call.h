/*
 * call.h - a system call without a C library: for the worker, which has none,
 * and for a floor's child, which may not touch errno. x86-64 only.
 */
#pragma once

#include <stdint.h>

static inline long call(long number, long a, long b, long c, long d, long e,
			long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The same with at most four. */
static inline long call4(long number, long a, long b, long c, long d)
{
	return call(number, a, b, c, d, 0, 0);
}

static inline long address(const volatile void *pointer)
{
	return (long)(uintptr_t)pointer;
}

/*
 * call.h - a system call without a C library: for the worker, which has none,
 * and for a floor's child, which may not touch errno. x86-64 only.
 */
#pragma once

#include <stdint.h>

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

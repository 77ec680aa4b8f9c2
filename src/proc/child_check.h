/*
 * child_check.h - how the child between clone and execve ends when a step
 * fails: with a report, and without a call of any library. For child.c alone.
 */
#pragma once

#include <stdint.h>

#include "base/compat.h"
#include "proc/child.h"

#define CHILD_EXIT_STATUS 127

static inline long address(const volatile void *pointer)
{
	return (long)(uintptr_t)pointer;
}

static inline __attribute__((noreturn)) void leave(long status)
{
	for (;;)
		(void)compat_syscall(SYS_exit_group, status, 0, 0, 0);
}

/* result is a system call's: 0 or more, or -errno. */
static inline void check(struct child_report *report, enum muster_step step,
			 long result)
{
	if (result >= 0)
		return;
	report->error = (uint32_t)-result;
	report->step = step;
	leave(CHILD_EXIT_STATUS);
}

/* The same of a step that sets something, and to what. */
static inline void check_set(struct child_report *report, enum muster_step step,
			     int64_t value, long result)
{
	if (result < 0)
		report->value = value;
	check(report, step, result);
}

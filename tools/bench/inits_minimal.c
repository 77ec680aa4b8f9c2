/*
 * inits_minimal.c - inits_minimal PROGRAM [ARGUMENT...]: the least that an init
 * can be: one child, its end, its status. No init that is a program of its own
 * can be sooner.
 *
 * Without a C library, as worker.c. Signals it hands on to nobody.
 */
#include <linux/sched.h>

#include "call.h"

#define MINIMAL_SIGCHLD 17
#define MINIMAL_NOT_EXECUTED 127

static __attribute__((noreturn)) void leave(long status)
{
	for (;;)
		(void)call4(__NR_exit_group, status, 0, 0, 0);
}

/* stack: argc, the arguments, NULL, the environment, NULL (System V ABI). */
__attribute__((used, noreturn)) static void start(long *stack)
{
	char *const *arguments = (char *const *)(stack + 2);
	char *const *environment = (char *const *)(stack + stack[0] + 2);
	int status = 0;
	long pid = call4(__NR_clone, CLONE_VM | CLONE_VFORK | MINIMAL_SIGCHLD,
			 0, 0, 0);

	if (pid == 0) {
		(void)call4(__NR_execve, (long)(uintptr_t)arguments[0],
			    address(arguments), address(environment), 0);
		leave(MINIMAL_NOT_EXECUTED);
	}
	(void)call4(__NR_wait4, pid, address(&status), 0, 0);
	leave(status >> 8 & 0xff);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start\n");

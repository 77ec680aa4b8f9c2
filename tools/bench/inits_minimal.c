/*
 * inits_minimal.c - inits_minimal PROGRAM [ARGUMENT...]: the least that an init
 * can be: signals blocked before anything else, one child, what it is sent, its
 * end, its status. No init that is a program of its own can be sooner, or lose
 * fewer signals.
 *
 * Without a C library, as worker.c. Reaps nobody else.
 */
#include <linux/sched.h>
#include <stdint.h>

#include "call.h"

#define MINIMAL_SIGCHLD 17
#define MINIMAL_BLOCK 0
#define MINIMAL_SETMASK 2
#define MINIMAL_NOHANG 1
#define MINIMAL_NOT_EXECUTED 127

static __attribute__((noreturn)) void leave(long status)
{
	for (;;)
		(void)call4(__NR_exit_group, status, 0, 0, 0);
}

/* stack: argc, the arguments, NULL, the environment, NULL (System V ABI). */
__attribute__((used, noreturn)) static void start(long *stack)
{
	const uint64_t all = UINT64_MAX;
	char *const *arguments = (char *const *)(stack + 2);
	char *const *environment = (char *const *)(stack + stack[0] + 2);
	uint64_t given = 0;
	int status = 0;
	long pid;

	(void)call4(__NR_rt_sigprocmask, MINIMAL_BLOCK, address(&all),
		    address(&given), sizeof(all));
	pid = call4(__NR_clone, CLONE_VM | CLONE_VFORK | MINIMAL_SIGCHLD, 0, 0,
		    0);
	if (pid == 0) {
		(void)call4(__NR_rt_sigprocmask, MINIMAL_SETMASK,
			    address(&given), 0, sizeof(given));
		(void)call4(__NR_execve, (long)(uintptr_t)arguments[0],
			    address(arguments), address(environment), 0);
		leave(MINIMAL_NOT_EXECUTED);
	}
	while (call4(__NR_wait4, pid, address(&status), MINIMAL_NOHANG, 0) ==
	       0) {
		long signo = call4(__NR_rt_sigtimedwait, address(&all), 0, 0,
				   sizeof(all));

		if (signo > 0 && signo != MINIMAL_SIGCHLD)
			(void)call4(__NR_kill, pid, signo, 0, 0);
	}
	leave(status >> 8 & 0xff);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start\n");

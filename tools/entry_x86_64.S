/*
 * entry_x86_64.S - where the static program begins: its first system call
 * blocks signals (entry.c says why and which). Then the C library's own
 * beginning has its turn and finds everything as the kernel left it: rdx is 0,
 * as there is no dynamic linker that would have a function called at the end.
 *
 * Nothing is done on failure: entry_block_signals tries again.
 */
#include <sys/syscall.h>

	.text
	.globl	entry_start
	.type	entry_start, @function
entry_start:
	xorl	%edi, %edi			/* SIG_BLOCK */
	leaq	entry_blocked(%rip), %rsi
	leaq	entry_given(%rip), %rdx
	movl	$8, %r10d			/* 64 signals */
	movl	$SYS_rt_sigprocmask, %eax
	syscall
	testl	%eax, %eax
	sete	entry_given+8(%rip)		/* is_there */
	xorl	%edx, %edx
	jmp	_start
	.size	entry_start, . - entry_start

	.section .note.GNU-stack, "", @progbits

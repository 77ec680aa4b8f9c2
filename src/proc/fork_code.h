/*
 * fork_code.h - lets forked children find the code that they run.
 */
#pragma once

/* Has the page tables of the code that is mapped now, the program's and its
 * libraries' segments of up to 2 MiB, 16 MiB in all, copied by each fork(2) of
 * this process, instead of filled by its children's faults. May be called
 * again.
 *
 * Costs a page of memory for each segment, and to the kernel these are then
 * mappings with data: a core dump has them (core(5)), and SELinux asks execmod
 * of who takes their right to be executed and wants it back. Best effort:
 * without /proc, in a process that is not dumpable, or where nobody may write
 * to memory that he may only read (proc_mem.force_override, 6.12), children
 * fault as ever. */
void fork_code_share(void);

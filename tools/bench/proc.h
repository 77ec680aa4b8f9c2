/*
 * proc.h - numbers that the kernel keeps about a process or a cgroup.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_switches {
	uint64_t voluntary;
	uint64_t involuntary;
};

struct proc_memory {
	uint64_t rss_kib; /* VmRSS */
	uint64_t pss_kib; /* smaps_rollup */
};

/* What is mapped once is private, be it a page of a file. */
struct proc_shares {
	uint64_t rss_kib;
	uint64_t private_kib;
	uint64_t anonymous_kib; /* of no file, or changed since */
};

/* Each 0 or -errno. */
int proc_switches(pid_t pid, struct proc_switches *ret_switches);
/* The sum of all threads that it has now. */
int proc_thread_switches(pid_t pid, struct proc_switches *ret_switches);
int proc_memory(pid_t pid, struct proc_memory *ret_memory);
/* By smaps_rollup, which counts pages, where VmRSS is put together from what
 * each CPU has noted. */
int proc_shares(pid_t pid, struct proc_shares *ret_shares);
/* How many of its children are zombies. */
int proc_zombies(pid_t pid, uint32_t *ret_count);
/* 'R', 'S', 'Z' ... (proc(5)). */
int proc_state(pid_t pid, char *ret_state);
/* Waits until all of its threads are that; -ETIMEDOUT. */
int proc_await_state(pid_t pid, char state);
/* How many connections to this port of the machine it has open. */
int proc_connections(pid_t pid, int port, uint32_t *ret_count);
/* The machine's iowait, in ticks of all CPUs. */
int proc_iowait(uint64_t *ret_ticks);

/* A cgroup of one process, to see its IO pressure apart from all others. */
struct proc_cgroup {
	char path[128]; /* "": none */
};

/* Makes one below the first cgroup2 there is and moves pid there; -errno where
 * that may not be done, or where the kernel counts no pressure. */
int proc_cgroup_new(pid_t pid, struct proc_cgroup *ret_cgroup);
/* For a cgroup whose process is gone; accepts none. */
void proc_cgroup_free(struct proc_cgroup *cgroup);
/* Microseconds in which some task of it waited for IO. */
int proc_io_pressure(const struct proc_cgroup *cgroup, uint64_t *ret_us);

/*
 * bpf.h - a seccomp filter, put together instruction by instruction.
 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct bpf {
	struct sock_filter code[BPF_MAXINSNS];
	unsigned short length;
};

static inline void bpf_add(struct bpf *bpf, struct sock_filter instruction)
{
	if (bpf->length == BPF_MAXINSNS)
		abort();
	bpf->code[bpf->length++] = instruction;
}

static inline void bpf_load(struct bpf *bpf, size_t offset)
{
	bpf_add(bpf, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  (unsigned int)offset));
}

static inline void bpf_load_number(struct bpf *bpf)
{
	bpf_load(bpf, offsetof(struct seccomp_data, nr));
}

/* A half of an argument, which has 64 bits. */
static inline void bpf_load_argument(struct bpf *bpf, unsigned int index,
				     bool is_high)
{
	/* The low word comes first on little-endian machines. */
	bpf_load(bpf, offsetof(struct seccomp_data, args) +
			      index * sizeof(uint64_t) +
			      (is_high ? sizeof(uint32_t) : 0));
}

static inline void bpf_mask(struct bpf *bpf, uint32_t mask)
{
	bpf_add(bpf,
		(struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
}

/* Skips so many instructions unless what was loaded is value. */
static inline void bpf_unless(struct bpf *bpf, uint32_t value,
			      unsigned char skip)
{
	bpf_add(bpf, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						  value, 0, skip));
}

static inline void bpf_return(struct bpf *bpf, unsigned int action)
{
	bpf_add(bpf, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* For this process and what it starts; -1 and errno, or what seccomp(2) with
 * these flags returns. */
static inline int bpf_install(struct bpf *bpf, unsigned int flags)
{
	const struct sock_fprog program = {
		.len = bpf->length,
		.filter = bpf->code,
	};

	/* The leak check of VARIANT=asan would hang without its thread. */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
			    &program);
}

/*
 * muster/privileges.h - the words of libmuster: with whose rights, and within
 * which limits, a program runs.
 *
 * Plain numbers: names are the caller's business, since looking one up may load
 * a library or ask a server. What is not asked for is as the launcher has it.
 * In which order all of it is done, and why, is said in the manual page and in
 * src/proc/privs.h.
 */
#ifndef MUSTER_PRIVILEGES_H
#define MUSTER_PRIVILEGES_H

#include <muster/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A resource limit (getrlimit(2)); UINT64_MAX is none. */
struct muster_limit {
	uint64_t soft;
	uint64_t hard;
};

/* A set of capabilities has bit n for capability n (capabilities(7)). */
struct muster_privileges {
	size_t size;
	const uint32_t *groups; /* supplementary ones, group_count of them */
	uint32_t group_count;
	uint32_t uid; /* real, effective and saved; so is gid */
	uint32_t gid;
	uint32_t securebits; /* SECBIT_… */
	/* Taken out of every set, the bounding set too. */
	uint64_t cap_drop;
	uint64_t cap_ambient;  /* the program's own whatever its user is */
	int32_t nice;	       /* -20 to 19 */
	int32_t oom_score_adj; /* -1000 to 1000 */
	uint32_t sets_limits;  /* bit n: limits[n] is to be set */
	bool sets_uid;
	bool sets_gid;
	bool sets_groups;
	bool sets_cap_ambient; /* to cap_ambient and no more */
	bool sets_securebits;
	bool sets_nice;
	bool sets_oom_score_adj;
	bool no_new_privileges;		/* PR_SET_NO_NEW_PRIVS */
	uint8_t reserved[4];		/* zero */
	struct muster_limit limits[16]; /* by RLIMIT_… */
	uint64_t cpus[128]; /* bit n % 64 of word n / 64; all zero: any */
};

#define MUSTER_PRIVILEGES_INIT MUSTER_INIT_(struct muster_privileges)

#ifdef __cplusplus
}
#endif

#endif

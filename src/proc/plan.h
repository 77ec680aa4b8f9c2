/*
 * plan.h - the child's to-do list, complete before the fork.
 *
 * Everything that can be decided, looked up or allocated is, once for a group:
 * the path, the environment, which descriptor moves where and in which order,
 * what is reset. What differs from launch to launch (slot number, generation,
 * pid) lives in a block of its own (spawn.h). The child only walks the list.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/text.h"
#include "muster/types.h"
#include "proc/cgroup.h"
#include "proc/privs.h"

/* More descriptors than this in one worker is a mistake, not a set-up. */
#define PLAN_FDS_MAX 1024U

/* One descriptor of the launcher and its number in the worker. */
struct plan_fd {
	int source;
	int target;
};

/* dup2 source to target in this order; source == target clears close-on-exec
 * only. plan_moves makes such a list out of plan_fds. */
struct plan_move {
	int source;
	int target;
	bool is_temporary; /* stays close-on-exec */
};

/* Numbers below keep that no move ends on. */
struct plan_gap {
	unsigned int first;
	unsigned int last;
};

struct plan_options {
	const char *name; /* MUSTER_SERVICE */
	/* Borrowed, strings and arrays: they must outlive the plan unchanged.
	 * So must directory. Many plans may share one environment. */
	const char *const *argv;
	const char *const *environment;
	const struct plan_fd *fds;
	uint32_t fd_count;
	uint32_t listen_count;	    /* LISTEN_FDS; 0: none */
	const char *listen_names;   /* LISTEN_FDNAMES, with colons */
	int launcher_fd;	    /* its number in the worker; -1: none */
	const char *notify_address; /* NOTIFY_SOCKET; NULL: none */
	uint64_t watchdog_ns;	    /* WATCHDOG_USEC, WATCHDOG_PID; 0: none */
	/* Where the worker starts; NULL: where the launcher is. A relative one
	 * is looked at from there at each launch. What is relative in argv[0]
	 * or in PATH is so to this directory. */
	const char *directory;
	bool sets_umask;
	mode_t umask;
	bool leads_group;
	bool leads_session;  /* and so a group; gets the terminal on standard
				input */
	bool takes_terminal; /* its group is put into the foreground of … */
	int terminal_fd;
	bool inherits;	     /* what is not close-on-exec, besides fds */
	bool is_transparent; /* of environment only what is told anew is left
				out, and nothing is told of the worker */
	bool runs_scripts;   /* what execve says ENOEXEC of is for /bin/sh */
	bool closes_gaps;    /* descriptors may lack close-on-exec: a guest's */
	int death_signal;    /* 0: none */
	pid_t launcher_pid;
	const sigset_t *mask; /* the worker's */
	/* SIGCHLD is ignored in the worker: the launcher, whose own children's
	 * ends would be lost, cannot have it so. */
	bool ignores_child;
	const struct rlimit *nofile; /* to restore; NULL: leave */
	/* Copied, but for its groups. NULL: the launcher's. */
	const struct muster_privileges *privileges;
	const struct cgroup *cgroup; /* borrowed, open; NULL: the launcher's */
};

/* MUSTER_SERVICE, LISTEN_FDS, LISTEN_FDNAMES, MUSTER_LAUNCHER_FD,
 * NOTIFY_SOCKET, WATCHDOG_USEC */
#define PLAN_OWN_MAX 6U

/* One allocation: there may be one for each of a thousand groups. */
struct plan {
	const char *path;	 /* what execve gets */
	const char *const *argv; /* borrowed */
	/* What is executed where execve says that path is no program: a shell,
	 * and path for its script. NULL: nothing. */
	const char *const *shell;
	/* Borrowed strings: the caller's own array, or one of ours where some
	 * of them are not for a worker. Not ended by NULL. */
	const char *const *environment;
	const char *own[PLAN_OWN_MAX]; /* variables besides */
	uint32_t environment_count;
	uint32_t own_count;
	struct plan_move *moves;
	uint32_t move_count;
	struct plan_gap *gaps; /* to close in the child */
	uint32_t gap_count;
	const struct privs *privs; /* NULL: the launcher's */
	unsigned int keep;     /* descriptors from here on are not copied; 0:
				  all are */
	const char *directory; /* borrowed; NULL: stay */
	const struct cgroup *cgroup; /* borrowed; NULL: stay */
	bool has_listeners;	     /* LISTEN_PID is written by the child */
	bool has_watchdog;	     /* WATCHDOG_PID, too */
	bool is_apart;		     /* its child has memory of its own */
	bool sets_umask;
	bool is_transparent;
	bool leads_group;
	bool leads_session;
	bool takes_terminal;
	int terminal_fd; /* for takes_terminal */
	bool restores_nofile;
	bool ignores_child;
	int death_signal;
	pid_t launcher_pid;
	mode_t umask;
	uint64_t mask; /* kernel's form */
	struct rlimit nofile;
};

/* -ENOMEM, -EINVAL (no command, a target twice), -E2BIG. What is not borrowed
 * is copied; the descriptors must stay open as long as the plan is used. A
 * command that cannot be found is no error: execve will say so. */
int plan_new(const struct plan_options *options, struct plan **ret_plan);
/* No child may be walking it: those that executed or ended do not. */
struct plan *plan_free(struct plan *plan);

/* Orders the moves so that no source is overwritten before it was used; a cycle
 * is cut with a temporary at or above floor. ret_moves has room for 2 * count.
 * Returns how many; targets must differ. */
uint32_t plan_moves(const struct plan_fd *fds, uint32_t count, int floor,
		    struct plan_move *ret_moves);

/* One past the highest number that the moves touch. */
unsigned int plan_keep(const struct plan_move *moves, uint32_t count);

/* The numbers from 3 to below plan_keep that are no target; ret_gaps has room
 * for count + 1. Returns how many ranges. */
uint32_t plan_gaps(const struct plan_move *moves, uint32_t count,
		   struct plan_gap *ret_gaps);

/* The file that execvp would execute, called in directory (NULL: here), as PATH
 * in environment says; where there is none, a path whose execve fails with
 * execvp's error. A name with a slash is itself; a relative result is one to
 * directory. Allocated; NULL without memory. */
char *plan_resolve(const char *name, const char *directory,
		   const char *const *environment);

/* What execvp would execute in the place of path, a script that nothing stands
 * before says who runs: a shell, with path for argv[0]. Fills ret_words, which
 * has plan_shell_size bytes, and returns it; all is borrowed. */
size_t plan_shell_size(const char *const *argv);
const char *const *plan_shell(const char *path, const char *const *argv,
			      const char **ret_words);

/*
 * muster/types.h - the words of libmuster: what a caller asks for. What it is
 * told is in muster/events.h, with whose rights programs run in
 * muster/privileges.h; both come with it.
 *
 * Option structs begin with their size and zero is always the default, so a
 * program built against an older header keeps working: a shorter struct is
 * completed with zeros, a longer one is accepted as long as what this library
 * does not know is zero (-E2BIG otherwise; the rule of clone3(2) and
 * openat2(2)). Times are nanoseconds of CLOCK_MONOTONIC. Pids are for people to
 * read: everything is watched and signalled through pidfds.
 */
#ifndef MUSTER_TYPES_H
#define MUSTER_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero but for its size; the macros below name the types. */
#ifdef __cplusplus
#define MUSTER_INIT_(type)                \
	[] {                              \
		type zero = {};           \
		zero.size = sizeof(zero); \
		return zero;              \
	}()
#else
#define MUSTER_INIT_(type)           \
	{                            \
		.size = sizeof(type) \
	}
#endif

/* A duration that never ends, where the option's text allows it. */
#define MUSTER_FOREVER UINT64_MAX

/* The most workers a group may have; the slot number is part of event tags. */
#define MUSTER_WORKERS_MAX 1000000U

/* How exits and signals are noticed. */
enum muster_engine {
	MUSTER_ENGINE_AUTO,   /* the best one that proves to work */
	MUSTER_ENGINE_RING,   /* io_uring, Linux 6.15 or newer */
	MUSTER_ENGINE_EPOLL,  /* epoll on pidfds */
	MUSTER_ENGINE_SIGNAL, /* signalfd and waitid, no pidfds */
	MUSTER_ENGINES,
};

/* How workers are launched. */
enum muster_spawn {
	MUSTER_SPAWN_AUTO,  /* fast, vfork where close_range is missing */
	MUSTER_SPAWN_FAST,  /* shared memory and descriptors, does not wait */
	MUSTER_SPAWN_VFORK, /* the same, waits until the program executes */
	MUSTER_SPAWN_FORK,  /* a copy of the process */
	MUSTER_SPAWNS,
};

enum muster_restart {
	MUSTER_RESTART_ALWAYS,
	MUSTER_RESTART_ON_FAILURE, /* not after exit status 0 */
	MUSTER_RESTART_NEVER,
	MUSTER_RESTARTS,
};

/* Whom SIGKILL reaches when a worker does not stop, and after it exited. */
enum muster_kill {
	MUSTER_KILL_GROUP,   /* its process group, which it leads */
	MUSTER_KILL_PROCESS, /* the worker alone; groups are left alone */
	MUSTER_KILL_CGROUP,  /* its group, and whoever is in its cgroup when no
				other worker is */
	MUSTER_KILLS,
};

/* How a worker shows that it serves. */
enum muster_ready {
	MUSTER_READY_EXEC,   /* it executes its program */
	MUSTER_READY_NOTIFY, /* READY=1 to $NOTIFY_SOCKET, sd_notify(3) */
	MUSTER_READY_FD,     /* a newline written to descriptor ready_fd */
	MUSTER_READIES,
};

/* What a reload does to a group. */
enum muster_restart_method {
	MUSTER_METHOD_RELOAD, /* rolls it: new workers in the place of old */
	MUSTER_METHOD_MUTATE, /* SIGHUP to its workers, which go on */
	MUSTER_METHODS,
};

/* What the death of the launcher's own parent means. */
enum muster_parent_death {
	MUSTER_PARENT_IGNORED,
	MUSTER_PARENT_STOP, /* stop gracefully */
	MUSTER_PARENT_KILL, /* kill the workers at once */
	MUSTER_PARENT_DEATHS,
};

/* Where in a launch something failed. */
enum muster_step {
	MUSTER_STEP_NONE,
	MUSTER_STEP_CLONE, /* no process was made: EAGAIN, EBUSY (threads) … */
	MUSTER_STEP_UNSHARE,	 /* own descriptor table (close_range) */
	MUSTER_STEP_GROUP,	 /* setpgid, setsid */
	MUSTER_STEP_PARENT,	 /* parent-death signal, launcher still there */
	MUSTER_STEP_DESCRIPTORS, /* listeners and passed descriptors */
	MUSTER_STEP_LIMITS,	 /* RLIMIT_NOFILE restored */
	MUSTER_STEP_SIGNALS,	 /* dispositions and mask restored */
	MUSTER_STEP_EXEC,	 /* execve */
	MUSTER_STEP_DIRECTORY,	 /* chdir */
	/* Of struct muster_privileges; the event's value says more. */
	MUSTER_STEP_RLIMIT,	  /* prlimit */
	MUSTER_STEP_NICE,	  /* setpriority */
	MUSTER_STEP_OOM_SCORE,	  /* /proc/self/oom_score_adj */
	MUSTER_STEP_CPUS,	  /* sched_setaffinity */
	MUSTER_STEP_CAP_BOUND,	  /* PR_CAPBSET_DROP */
	MUSTER_STEP_GROUPS,	  /* setgroups */
	MUSTER_STEP_GID,	  /* setresgid */
	MUSTER_STEP_UID,	  /* setresuid */
	MUSTER_STEP_CAPS,	  /* capset, PR_SET_KEEPCAPS */
	MUSTER_STEP_CAP_AMBIENT,  /* PR_CAP_AMBIENT */
	MUSTER_STEP_SECUREBITS,	  /* PR_SET_SECUREBITS */
	MUSTER_STEP_NO_NEW_PRIVS, /* PR_SET_NO_NEW_PRIVS */
	MUSTER_STEP_CGROUP,	  /* writing itself to cgroup.procs; no value */
	MUSTER_STEPS,
};

enum muster_exit_kind {
	MUSTER_EXIT_STATUS,  /* exited by itself; code is its status, 0-255 */
	MUSTER_EXIT_SIGNAL,  /* killed; code is the signal */
	MUSTER_EXIT_LAUNCH,  /* never executed its program; code is an errno */
	MUSTER_EXIT_UNKNOWN, /* dead, but another wait took its status */
	MUSTER_EXIT_KINDS,
};

/* Why a forked worker is told to stop: the value of its signal. */
enum muster_stop_reason {
	MUSTER_STOP_NONE,     /* it is not */
	MUSTER_STOP_OPERATOR, /* the launcher is, or somebody sent a signal */
	MUSTER_STOP_RELOAD,   /* another takes its place */
	MUSTER_STOP_SCALE,    /* there shall be fewer */
	MUSTER_STOP_PARENT,   /* the launcher is dead */
	MUSTER_STOP_GIVE_UP,  /* too many workers died young */
	MUSTER_STOP_FAILURE,  /* it was not ready in time, or silent; another
				 service of this process failed */
	MUSTER_STOP_REASONS,
};

/* How a worker ended. */
struct muster_exit {
	enum muster_exit_kind kind;
	enum muster_step step; /* for MUSTER_EXIT_LAUNCH */
	int32_t code;
	bool dumped_core;
	bool is_oom; /* the kernel killed it for want of memory, as far as a
			cgroup tells: see cgroup below */
};

/* What happens to a slot whose worker ended. */
enum muster_next {
	MUSTER_NEXT_NOW,   /* replaced at once */
	MUSTER_NEXT_LATER, /* replaced after a delay */
	MUSTER_NEXT_NEVER, /* not replaced */
	MUSTER_NEXTS,
};

/* Why. */
enum muster_why {
	MUSTER_WHY_NONE,
	MUSTER_WHY_RULE,	 /* the group's restart rule says so */
	MUSTER_WHY_THROTTLE,	 /* too many young deaths: waits for a token */
	MUSTER_WHY_BACKOFF,	 /* waits out its backoff */
	MUSTER_WHY_LAUNCH,	 /* could not be launched: tried again later */
	MUSTER_WHY_UNEXECUTABLE, /* the command was never executed */
	MUSTER_WHY_GIVE_UP,	 /* the give-up rule was met */
	MUSTER_WHY_ASKED,	 /* somebody asked it to stop */
	MUSTER_WHY_NOT_READY,	 /* it was stopped for not becoming ready */
	MUSTER_WHY_WATCHDOG,	 /* it was killed for its silence */
	MUSTER_WHY_LEFT,	 /* it said STOPPING=1 by itself */
	MUSTER_WHY_ROLLED,	 /* a roll put another in its place */
	MUSTER_WHYS,
};

/* A socket, opened once and kept, and handed to each worker of the group. While
 * the launcher runs a group may take over the socket of another that names the
 * same address; but for a port of 0, which is another one for each. */
struct muster_listener {
	const char *name;    /* for LISTEN_FDNAMES; NULL is "unknown" */
	const char *address; /* "tcp:HOST:PORT", "tcp:[::1]:0", "unix:/path",
				"unix:@abstract"; NULL: fd is used */
	int fd; /* an open descriptor, borrowed, when address is NULL */
};

/* For max_surge and max_unavailable: none at all. */
#define MUSTER_ROLL_NONE INT32_MIN

/* What a forked worker knows of itself when its function begins. All of it
 * lives as long as the worker. */
struct muster_birth {
	size_t size;
	const char *name;	    /* of the group */
	const char *notify_address; /* where it says what sd_notify(3) says; the
				       first byte "@" is an abstract address;
				       NULL: nobody listens */
	const int *listen_fds;	    /* close-on-exec */
	uint64_t watchdog_ns;	    /* the longest silence, counts after half
				       as much again; 0: none */
	uint64_t mask; /* what it started with, but for blocked_signals */
	uint32_t listener_count;
	uint32_t slot;
	uint32_t generation;
	pid_t launcher_pid;
	int launcher_fd; /* a pidfd of it; -1 */
	int notify_fd;	 /* connected to notify_address, one for all; -1 */
};

/* In muster/privileges.h, which comes with this header. */
struct muster_privileges;

/* A group: workers that run one program under one set of rules. Everything
 * pointed to is borrowed during the call and copied. */
struct muster_group_options {
	size_t size;
	const char *name;	 /* NULL: argv[0]'s base name, or "worker" */
	const char *const *argv; /* ends with NULL; argv[0] is sought in PATH */
	const char *const *environment; /* ends with NULL; NULL is empty */
	const struct muster_listener *listeners;
	const int *pass_fds; /* keep their numbers in the worker */
	uint32_t listener_count;
	uint32_t pass_fd_count;
	uint32_t workers; /* 0: declared, none started */
	enum muster_restart restart;
	enum muster_kill kill;
	int32_t stop_signal;  /* 0: SIGTERM */
	int32_t death_signal; /* when the launcher dies; 0: SIGKILL, -1: none */
	uint32_t throttle_burst;       /* 0: workers + 1, as declared */
	uint64_t throttle_interval_ns; /* per token; 0: 1 s, FOREVER: off */
	uint64_t stop_timeout_ns;      /* 0: 60 s, FOREVER: no deadline */
	uint64_t healthy_after_ns;     /* 0: 1 s */
	uint64_t backoff_min_ns;       /* 0: no backoff */
	uint64_t backoff_max_ns;
	uint64_t give_up_window_ns;
	uint32_t give_up_deaths; /* 0: never; at most 4096 */
	bool wants_launcher_fd;	 /* a pidfd of the launcher */
	bool sets_umask;	 /* to umask */
	bool inherits_fds;	 /* workers get, besides, every descriptor of
				    the launcher that is not close-on-exec */
	bool is_transparent;	 /* environment as it is: without what a worker
				    is told of itself (MUSTER_…); LISTEN_PID and
				    WATCHDOG_PID are the worker's where they
				    were the launcher's; and SIGCHLD ignored
				    where it was when the launcher started */
	uint32_t umask;
	enum muster_ready ready;
	int32_t ready_fd; /* for MUSTER_READY_FD: its number in the worker */
	enum muster_restart_method restart_method;
	/* A roll: how many workers more, and how many ready workers less, than
	 * there shall be. -P: P percent of them; surge is rounded up,
	 * unavailable down; 0: 10 percent. */
	int32_t max_surge;
	int32_t max_unavailable;
	uint32_t after_count;
	const int *after;	   /* groups that must be ready before it */
	uint64_t ready_timeout_ns; /* 0: 60 s, FOREVER: no deadline */
	uint64_t watchdog_ns;	   /* the longest silence, WATCHDOG_USEC; who is
				      silent then gets half of it more, once; 0:
				      none */
	const char *directory;	   /* where workers start; NULL: here */
	/* In the place of argv, environment and pass_fds: a function of this
	 * program, run in a fork(2) of it. What it returns (its low byte) is
	 * the status of an _exit(2): nothing is flushed. It begins with the
	 * standard disposition of every signal that a launcher reads, with the
	 * mask that workers start with, and with blocked_signals (bit signo -
	 * 1) blocked besides. The process must have no other thread. */
	int (*run)(void *run_data, const struct muster_birth *birth);
	void *run_data; /* the caller's; handed on */
	uint64_t blocked_signals;
	bool leads_group;    /* also where kill is MUSTER_KILL_PROCESS */
	bool takes_terminal; /* leads_group, and that group is in the foreground
				of the terminal while the launcher's was */
	bool runs_scripts;   /* what execve refuses with ENOEXEC is a script for
				/bin/sh, as for execvp(3) */
	bool leads_session;  /* in the place of takes_terminal: a session of its
				own, which gets the terminal on standard input,
				if the launcher's session or none has it */
	uint8_t reserved[4]; /* zero */
	/* Of a program; a function has the launcher's. NULL: as it has. */
	const struct muster_privileges *privileges;
	/* The absolute path of a cgroup, in which programs execute; NULL: the
	 * launcher's. The last part of it is made where it is missing, and
	 * removed again when the group is gone and nobody is in it. It also
	 * tells when the kernel killed a worker for want of memory; without it
	 * that is known where the launcher is PID 1 of a container. */
	const char *cgroup;
};

#define MUSTER_GROUP_OPTIONS_INIT MUSTER_INIT_(struct muster_group_options)

/* A signal that is handed on as another one; to 0: not at all. */
struct muster_rewrite {
	int32_t from;
	int32_t to;
};

/* The launcher. */
struct muster_options {
	size_t size;
	enum muster_engine engine;
	enum muster_spawn spawn;
	enum muster_parent_death parent_death;
	bool is_owner; /* this process is nothing but a launcher: block and read
			  signals, raise RLIMIT_NOFILE */
	bool is_subreaper;  /* an owner's: orphans of the workers become ours,
			       and are reaped; as PID 1 it is so anyway */
	bool leaves_reload; /* SIGHUP, SIGTTIN and SIGTTOU are only told: the
			       caller acts */
	bool forwards_to_groups; /* to the process groups that workers lead */
	uint64_t seed; /* of the backoff's jitter; 0: from the kernel */
	const uint64_t *worker_mask; /* what workers start with, bit signo - 1
					for each blocked signal; NULL: the mask
					in force when the engine is opened */
	/* An owner's that stands where its workers are meant, as PID 1 of a
	 * container does: signals (bit signo - 1) that are handed on to all
	 * workers in the place of what they mean to a launcher, with sender and
	 * value where the kernel allows. Those that come while there is no
	 * worker, or before it executes, are for the next one. 0: none. */
	uint64_t forwards;
	/* Those that begin the stop instead: the first one drains and stops,
	 * the second one does not wait for the drain, or kills. */
	uint64_t stop_signals;
	const struct muster_rewrite *rewrites; /* of what is handed on */
	uint32_t rewrite_count;
	bool is_hasty; /* an owner's with one program to start: which spawn path
			  works is asked, not tried with a child, and AUTO is
			  VFORK */
	uint8_t reserved[3];	      /* zero */
	uint64_t drain_ns;	      /* a stop is announced (DRAIN), and begins
					 so much later */
	uint64_t leftover_timeout_ns; /* of a subreaper or PID 1: descendants
					 that its workers leave get SIGTERM,
					 and SIGKILL so much later; 0: they are
					 left */
};

#define MUSTER_OPTIONS_INIT MUSTER_INIT_(struct muster_options)

#ifdef __cplusplus
}
#endif

/* They need the words above. */
#include <muster/events.h>
#include <muster/privileges.h>

#endif

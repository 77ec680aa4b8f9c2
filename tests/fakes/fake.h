/*
 * fake.h - a world without processes, for the core: what stands behind the
 * headers of loop/ and proc/ in tests/core and tests/sim, and how a test
 * scripts it and looks at it.
 *
 * Nothing here makes a process, reads a clock, sends a signal or waits. There
 * is one world per program, for those headers have no place for a handle; a
 * test begins with fake_begin() and closes with fake_end(). What the core may
 * never do (a signal to a reaped worker, a descriptor closed twice) does not
 * fail at the place: it is noted, the first one as words in fake.fault, and
 * whoever runs the world asks for it.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "base/nsec.h"
#include "loop/loop.h"
#include "proc/notify.h"
#include "proc/pidfd.h"
#include "proc/spawn.h"

#define FAKE_START_NS (1000 * NSEC_PER_SEC)
/* Numbers that no real descriptor and no real process of a test has. */
#define FAKE_FD_FIRST 2000000
#define FAKE_PID_FIRST 50000000
#define FAKE_SIGNALS 65
/* A worker that could not be watched is looked at again after this. */
#define FAKE_HELD_NS NSEC_PER_MSEC

enum fake_state {
	FAKE_RUNNING,
	FAKE_DEAD,   /* nobody has been told yet */
	FAKE_ZOMBIE, /* told, reaped at the next wait (loop_options.peeks) */
	FAKE_REAPED,
};

/* What a process does with a signal but KILL and CONT. */
enum fake_manners {
	FAKE_OBEYS, /* ends at once, or after fake.stop_takes_ns */
	FAKE_HANGS, /* ignores it */
};

struct fake_process {
	struct list link; /* in fake.living until it is reaped */
	pid_t pid;
	int pidfd; /* -1: there are none */
	bool is_pidfd_open;
	enum fake_state state;
	enum fake_manners manners;
	uint32_t slot;
	uint32_t generation;
	const struct plan *plan;
	struct child_report *report;
	struct loop_watch *watch; /* NULL: not watched, or told */
	uint32_t watches;	  /* calls of loop_watch_exit for it */
	bool is_held;		  /* it could not be watched */
	bool tells_stops;	  /* loop_watch_stops was called for it */
	uint64_t launched_ns;
	uint64_t death_ns;  /* when it ends; NSEC_NEVER */
	uint64_t told_wait; /* which wait delivered its end; 0 */
	int code;	    /* CLD_…; 0: another wait took it */
	int status;
	uint8_t sent[FAKE_SIGNALS]; /* sticks at 255 */
	uint8_t group_kills;
	bool is_fork;		  /* of fork_worker: there is no plan */
	bool was_waited_for;	  /* until it executed */
	int value;		  /* of the last signal that had one */
	struct pidfd_news handed; /* the last that was handed on to it */
	uint32_t hand_ons;	  /* how many were */
	bool was_handed_group;	  /* the last one, to its group */
	uint32_t values;	  /* how many signals had one */
	enum muster_step step; /* where it fails, and with which errno; told by
				  fake_report */
	int error;
	int launch_fd;	      /* real, while it is awaited; -1 */
	uint64_t awaited_tag; /* 0: nobody awaits it */
	bool has_executed;    /* or failed to */
	/* the test's own */
	bool has_said_ready;
	bool has_said_stopping;
	bool has_said_for_ever; /* the time that it asks for */
	bool was_told_ready;
	bool was_told_stopping;
};

/* What the next processes are like. */
struct fake_birth {
	enum fake_manners manners;
	uint64_t life_ns; /* ends by itself; NSEC_NEVER: does not */
	int code;
	int status;
	enum muster_step step; /* fails there with error; NONE: executes */
	int error;
	int64_t value; /* that it fails to set there */
};

enum fake_act {
	FAKE_LAUNCH,	    /* number: slot */
	FAKE_LAUNCH_FAILED, /* number: errno */
	FAKE_WATCH,
	FAKE_SIGNAL,	   /* number: signal */
	FAKE_GROUP_SIGNAL, /* number: signal */
	FAKE_TOLD,	   /* the loop delivered the end */
	FAKE_CLOSE,	   /* number: descriptor */
};

struct fake_record {
	enum fake_act act;
	pid_t pid;
	int number;
	uint64_t time_ns;
};

/* Everything may be set by a test at any time, but for what is marked as told.
 */
struct fake_world {
	/* time */
	uint64_t now_ns;
	uint64_t tick_ns;  /* each reading of the clock moves it so far */
	uint64_t readings; /* told */

	/* processes */
	struct fake_birth birth;
	void (*on_birth)(struct fake_process *process); /* NULL */
	uint32_t spawn_failures; /* so many launches fail with … */
	int spawn_error;	 /* … this errno */
	uint32_t watch_failures; /* so many workers cannot be watched */
	uint64_t exec_takes_ns;
	uint64_t stop_takes_ns;
	uint64_t kill_takes_ns;
	struct fake_process **processes; /* told; [count], by pid */
	uint32_t count;
	struct list living; /* told; fake_process.link */
	int *owners; /* told; [owner_count] process index of a pidfd, -1 */
	uint32_t owner_count;

	/* what is possible here */
	bool has_pidfds;
	bool signals_groups;
	bool is_foreground;
	uint32_t foreground_asks; /* told */
	bool is_child_ignored;	  /* SIGCHLD was, before the loop */
	uint64_t nofile_soft;
	uint64_t nofile_hard;
	int lowest_free_fd;
	int loop_error; /* errno of loop_new, 0 */
	int loop_wait_error;
	int spawner_error;
	bool holds_launches;	 /* who is awaited executes by fake_execute */
	int await_error;	 /* errno of await_open, 0 */
	uint32_t await_failures; /* so many children cannot be awaited */
	int parent_error;	 /* errno of parent_open, 0 */
	int tie_error;
	int reaper_error; /* errno of reaper_set(true), 0 */
	bool is_reaper;
	int notify_error;	/* errno of notify_open, 0 */
	bool is_notify_deaf;	/* nobody can be connected to it */
	uint32_t notify_room;	/* what its queue is said to hold; more may be
				   said before a turn all the same */
	int pool_error;		/* errno of spawn_pool_new and _fit, 0 */
	bool is_forked;		/* this process is a child of the launcher */
	uint64_t forks;		/* told: launches by fork_worker */
	uint64_t fork_failures; /* told */
	bool has_no_reports;	/* spawn_reports_new has no memory */
	bool may_leave; /* pidfds of who does not die of KILL may be closed */
	uint32_t interruptions; /* so many waits return early with nothing */

	/* told: what the core has made and not put back */
	int loops;
	int pools;
	int reports;
	int listeners;
	int parent_fd; /* a real descriptor, for the core closes it itself */
	int launcher_fd;
	int notify_fd;	    /* likewise; -1 */
	int notify_send_fd; /* likewise */
	int newline_fd;	    /* likewise; -1 */
	int await_fd;	    /* likewise; -1 */
	int hand_on_error;  /* errno of pidfd_hand_on, 0 */
	uint32_t children;  /* that are left when nobody lives: leftovers */
	uint32_t zombies;   /* of those: reaped by a wait that is in a hurry */
	uint32_t orphans;   /* of them, to be reaped by the next wait */
	uint32_t leftover_signals[FAKE_SIGNALS]; /* told */
	struct fake_process *stopped;		 /* and not told yet; NULL */
	int stopped_by;
	bool has_terminal;	  /* that controls us */
	bool is_terminal_ours;	  /* our group is in its foreground */
	pid_t given_to;		  /* told: whose group was put there */
	uint32_t terminal_leaves; /* told: how often it was given up */
	uint32_t job_stops;	  /* told: how often we stopped our job */
	int job_stopped_by;	  /* told: by which signal */
	uint32_t own_stops;	  /* told: likewise ourselves alone */
	int own_stopped_by;
	bool is_job;	    /* somebody continues us */
	bool are_unseen;    /* leftovers */
	pid_t taken_back;   /* told: whose the foreground was */
	bool reaps_at_once; /* told */
	int tied_signo;
	int forks_prepared; /* how often */
	bool shares_code;   /* the last time */
	bool is_nofile_raised;
	struct loop_options loop_options; /* of the last loop */

	/* cgroups: all paths are the same one */
	uint64_t ooms;	   /* kills that it has counted */
	uint64_t own_ooms; /* and the launcher's own */
	bool counts_no_ooms;
	bool is_cgroup_made; /* by the launcher */
	bool is_cgroup_busy; /* somebody is in it, until it is waited for */
	bool has_cgroup_us;
	size_t fate_length;	  /* of the path, see cgroup_shared_fate */
	int cgroups;		  /* told: open ones */
	uint32_t cgroup_opens;	  /* told */
	uint32_t cgroup_kills;	  /* told */
	uint32_t cgroup_awaits;	  /* told */
	uint32_t cgroups_removed; /* told */
	uint64_t oom_readings;	  /* told: of both */

	/* told: waits */
	uint64_t waits;	    /* from 1 on */
	uint64_t until_ns;  /* of the last wait */
	uint32_t delivered; /* by the last wait */
	uint64_t passed_ns; /* in the last wait */

	/* told: what was done */
	struct fake_record *records;
	size_t record_count;
	size_t record_capacity;
	uint64_t launches;
	uint64_t attempts;
	uint32_t faults;
	char fault[256];
};

extern struct fake_world fake;

void fake_begin(void);
/* Frees the world; what the core has left open is a fault. */
void fake_end(void);

void fake_blame(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fake_note(enum fake_act act, pid_t pid, int number);
/* Empties the list of what was done. */
void fake_forget(void);
/* Index of the first such record at or after from; record_count for none. A
 * pid or number of -1 means any. */
size_t fake_seek(size_t from, enum fake_act act, pid_t pid, int number);
uint32_t fake_count(enum fake_act act, pid_t pid, int number);

void fake_pass(uint64_t ns);

/* The process of a slot of a group's plan (NULL: of any) that lives; NULL. */
struct fake_process *fake_worker(const struct plan *plan, uint32_t slot);
struct fake_process *fake_by_pid(pid_t pid);
struct fake_process *fake_by_fd(int pidfd);
uint32_t fake_live(void);
uint32_t fake_open_pidfds(void);
struct fake_process *fake_new_process(const struct spawn_request *request,
				      bool has_pidfd);
void fake_close_pidfd(int fd);
int fake_open_launch(void);
/* The child writes why it did not execute. */
void fake_report(struct fake_process *process);

/* It executes: fake.holds_launches. */
void fake_execute(struct fake_process *process);
/* It ends at this time, unless it was to end earlier. */
void fake_end_at(struct fake_process *process, uint64_t death_ns, int code,
		 int status);
void fake_exit(struct fake_process *process, int status);
void fake_crash(struct fake_process *process, int signo);
/* It ends, and somebody else takes its status. */
void fake_steal(struct fake_process *process);

/* A worker, or a stranger, says something; false when there is no room. */
bool fake_say(const struct notify_message *message);
bool fake_say_newline(pid_t pid);

/* News for the launcher. from_kernel: the terminal sent it. */
void fake_signal(int signo);
void fake_signal_from(int signo, pid_t pid, uid_t uid, int code);
void fake_ready(int fd, uint32_t revents);
bool fake_is_watched(int fd);
/* Something waits to be delivered now. */
bool fake_has_news(void);

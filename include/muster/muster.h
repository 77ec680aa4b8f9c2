/*
 * muster/muster.h - the supervisor's verbs.
 *
 * A struct muster keeps groups of workers alive. It never calls back: whatever
 * happens is news, taken with muster_next_event. One object belongs to one
 * thread for its whole life, and that thread must outlive the workers: io_uring
 * serves only the thread that set it up, and the parent-death signal comes when
 * the thread that forked ends, not when the process does (prctl(2)).
 *
 *	struct muster_options options = MUSTER_OPTIONS_INIT;
 *	struct muster_group_options group = MUSTER_GROUP_OPTIONS_INIT;
 *	struct muster_event event = MUSTER_EVENT_INIT;
 *	struct muster *muster;
 *	int r;
 *
 *	group.argv = (const char *const[]){"/bin/sleep", "60", NULL};
 *	group.workers = 4;
 *	muster_new(&options, &muster);
 *	muster_add_group(muster, &group);
 *	do {
 *		r = muster_turn(muster, MUSTER_FOREVER);
 *		while (muster_next_event(muster, &event) > 0)
 *			handle(&event);
 *	} while (r > 0);
 *	muster_free(muster);
 *
 * Errors are -errno; errno itself is no part of the contract. A call that fails
 * leaves its ret_ arguments and the object as they were. -EINVAL is bad use of
 * this interface. A worker that fails is no error but an event.
 *
 * In a child that the process forks the object is a copy, and the workers are
 * its parent's: every call answers -ECHILD, and muster_free does nothing.
 */
#ifndef MUSTER_MUSTER_H
#define MUSTER_MUSTER_H

#include <muster/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MUSTER_PUBLIC __attribute__((visibility("default")))
#else
#define MUSTER_PUBLIC
#endif

struct muster;

/* "0.1.0"; static. */
MUSTER_PUBLIC const char *muster_version(void);

/* Makes a launcher; nothing is opened or started. options may be NULL. The
 * object is the caller's, to be given to muster_free. -EINVAL, -E2BIG (options
 * this library does not know), -ENOMEM. */
MUSTER_PUBLIC int muster_new(const struct muster_options *options,
			     struct muster **ret_muster);

/* Frees the object and closes what it opened; returns NULL, accepts NULL.
 * Workers that still run are killed and reaped first. Unix sockets that it made
 * are removed, signals and limits put back. */
MUSTER_PUBLIC struct muster *muster_free(struct muster *muster);

/* Declares a group and opens its listeners; its workers are launched by the
 * turns to come. Returns the group's number, from 0. -EINVAL, -E2BIG, -ENOMEM,
 * or what the listener's socket, bind (2) or listen (2) said; muster_error
 * tells which address. */
MUSTER_PUBLIC int muster_add_group(struct muster *muster,
				   const struct muster_group_options *options);

/* Whether a listener's address can be one: 0, or -EINVAL or -ENAMETOOLONG and
 * why in ret_reason, of size bytes; NULL and 0 where nobody wants to know.
 * Nothing is opened or looked up. */
MUSTER_PUBLIC int muster_check_address(const char *address, char *ret_reason,
				       size_t size);

/* Chooses the engine and takes the process's signals (an owner only). The first
 * turn does it too; doing it apart shows what is wrong before anything runs.
 * -EOPNOTSUPP or another errno when the engine or spawn path asked for does not
 * work here, -EBUSY when another object has the signals, -EMFILE when
 * RLIMIT_NOFILE is too small; muster_error says more. */
MUSTER_PUBLIC int muster_start(struct muster *muster);

/* One turn: waits at most timeout_ns (MUSTER_FOREVER: without limit, 0: only
 * looks) for something to happen, and does what follows from it. Bounded work:
 * what is left over is done by the next turn, which then does not wait. Returns
 * a positive number while there is something to supervise, 0 when everything
 * has ended (muster_status then says how), -errno when the launcher itself is
 * broken. Take the events after each turn. */
MUSTER_PUBLIC int muster_turn(struct muster *muster, uint64_t timeout_ns);

/* Takes the oldest news: 1 and *ret_event, whose size must be set, or 0 when
 * there is none. Strings in it live until the next turn. */
MUSTER_PUBLIC int muster_next_event(struct muster *muster,
				    struct muster_event *ret_event);

/* Begins a graceful stop of everything, as SIGTERM does. The turns go on until
 * all workers have ended. */
MUSTER_PUBLIC int muster_stop(struct muster *muster);

/* Kills all workers at once; the turns end with this status, 0 to 255. */
MUSTER_PUBLIC int muster_kill(struct muster *muster, int status);

/* Changes how many workers a group shall have. -EINVAL, -ENOMEM. */
MUSTER_PUBLIC int muster_set_workers(struct muster *muster, int group,
				     uint32_t workers);

/* Reloads a group, or all with -1, as its restart_method says: a roll launches
 * new workers, waits for them to be ready and then stops the old ones, as many
 * at a time as max_surge and max_unavailable allow; SIGHUP keeps the workers.
 * Asked for during a roll, slots that are rolled already are rolled again.
 * -EINVAL, -ENOMEM. */
MUSTER_PUBLIC int muster_reload(struct muster *muster, int group);

/* Gives a group other options, and rolls it to them. Sockets whose address
 * stays the same stay open; the name and `after` stay what they were. A roll
 * that is aborted goes back to the options before. -EINVAL, -E2BIG, -ENOMEM, or
 * what a new listener's socket said: then nothing has changed. */
MUSTER_PUBLIC int
muster_change_group(struct muster *muster, int group,
		    const struct muster_group_options *options);

/* Says after which groups, count of them, a group starts and before which it
 * stops, in the place of what its options said. Who has begun waits for nobody
 * any more. -EINVAL for a number that was never given, and when the group would
 * be after itself, by whatever others; -ENOMEM. */
MUSTER_PUBLIC int muster_set_after(struct muster *muster, int group,
				   const int *after, uint32_t count);

/* Stops a group's workers and forgets it; MUSTER_EVENT_REMOVED says when. Its
 * number is not used again. -EINVAL. */
MUSTER_PUBLIC int muster_remove_group(struct muster *muster, int group);

/* Turns, discarding the news, until everything has ended; returns the exit
 * status, 0 to 255, or -errno: -EINVAL without a group. */
MUSTER_PUBLIC int muster_run(struct muster *muster);

/* The exit status for a program that was nothing but this launcher: 0 to 255;
 * -EAGAIN while something runs. */
MUSTER_PUBLIC int muster_status(const struct muster *muster);

/* Counters of one group, or of all with group -1. */
MUSTER_PUBLIC int muster_get_stats(const struct muster *muster, int group,
				   struct muster_stats *ret_stats);

/* Watches a descriptor of the caller's for poll (2) events, once: it comes back
 * as MUSTER_EVENT_WATCH with the tag, code being what is ready, and must be
 * watched again for more. Unwatch it before closing it. 60 are always possible,
 * -ENOSPC past that; -EEXIST; -EBADF; -EPERM for a regular file or a directory;
 * -EINVAL before muster_start. */
MUSTER_PUBLIC int muster_watch_fd(struct muster *muster, int fd,
				  uint32_t events, uint64_t tag);
MUSTER_PUBLIC int muster_unwatch_fd(struct muster *muster, int fd);

/* What went wrong in the last call that failed, for people; "" when nothing
 * more is known than its errno. Lives until the next call. */
MUSTER_PUBLIC const char *muster_error(const struct muster *muster);

/* Words for enums: "epoll", "fast", "execve" …; NULL never, "?" for a value
 * that this library does not know. */
MUSTER_PUBLIC const char *muster_engine_name(enum muster_engine engine);
MUSTER_PUBLIC const char *muster_spawn_name(enum muster_spawn spawn);
MUSTER_PUBLIC const char *muster_step_name(enum muster_step step);

/* 128 + signal, 126, 127 …: what a shell would return for this end. */
MUSTER_PUBLIC int muster_exit_code(const struct muster_exit *exit_);

/* An event in words, as muster(1) logs it: one line without a newline, cut to
 * size bytes with its NUL; control characters are written as "?". Returns its
 * length, 0 for an event that is not worth a line (ret_line is "" then). Errors
 * are worded by strerror(3). Strings of the event must still live. -EINVAL. */
MUSTER_PUBLIC int muster_describe_event(const struct muster_event *event,
					char *ret_line, size_t size);

/* How much an event matters; MUSTER_LEVEL_DEBUG for one that this library does
 * not know. */
MUSTER_PUBLIC enum muster_level
muster_event_level(const struct muster_event *event);

#ifdef __cplusplus
}
#endif

#endif

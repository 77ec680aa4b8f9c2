/*
 * muster/service.h - services in C: code with start, stop, wait and reset, run
 * in this process or in watched workers.
 *
 * There are two launchers, as OpenStack's oslo_service has them: the service
 * launcher runs any number of services in this process, the process launcher
 * each in a number of forked workers, replaces the dead, reloads without a gap.
 *
 *	static int start(struct muster_worker *worker, void *data) { … }
 *	static void stop(struct muster_worker *worker, void *data,
 *			 bool graceful) { … }
 *
 *	struct muster_service_ops ops = MUSTER_SERVICE_OPS_INIT;
 *	struct muster_service service = MUSTER_SERVICE_INIT;
 *	struct muster_launcher *launcher;
 *	int status;
 *
 *	ops.start = start;
 *	ops.stop = stop;
 *	service.ops = &ops;
 *	if (muster_launch(NULL, &service, 4, MUSTER_METHOD_RELOAD,
 *			  &launcher) < 0)
 *		return 1;
 *	status = muster_launcher_wait(launcher);
 *	muster_launcher_free(launcher);
 *	return status < 0 ? 1 : status;
 *
 * Threads. In a process that runs services the calling thread waits (for
 * signals, deadlines, the launcher's death) and each service has a thread for
 * start(). stop(), wait() and reset() are called one by one in one whose
 * start() has returned, or, where all run, in a further one, or by
 * muster_worker_dispatch. A process launcher must be the only thread until its
 * workers stop: it forks (fork(2)), -EBUSY. A launcher belongs to one thread.
 *
 * Signals. TERM, INT and HUP are blocked in every thread of a process that runs
 * services, and read (signalfd(2)), SIGPIPE in the one that waits. A process
 * launcher reads those of muster(1). A guest's are left alone, not those of its
 * workers. A child that a service starts must call muster_child_reset_signals
 * before it executes another program.
 *
 * Errors are as in muster/muster.h: -errno, -ECHILD in a forked copy.
 */
#ifndef MUSTER_SERVICE_H
#define MUSTER_SERVICE_H

#include <muster/muster.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For muster_launch: one service in this process. */
#define MUSTER_WORKERS_UNSET (-1)

/* What start() returns to end with this status, 0 to 255 (-errno: with 1). */
#define MUSTER_EXIT(status) (0x100 | ((status)&0xff))

/* The id of the launcher's own copy of a service. */
#define MUSTER_WORKER_MASTER (-1)

/* Where a service runs; valid as long as its process. */
struct muster_worker;

/* A service's code. Each function gets the data of its struct muster_service;
 * all but start may be NULL. A process launcher calls stop and reset of its own
 * copy, too, which was never started: see MUSTER_WORKER_MASTER. A service that
 * closes descriptors that are not its own ends its process with 70. */
struct muster_service_ops {
	size_t size;
	/* Begins to serve; may return when it does (0), or when it is stopped
	 * (0; see MUSTER_SERVICE_READY_START). A failure, -errno or what
	 * MUSTER_EXIT says, ends the process. */
	int (*start)(struct muster_worker *worker, void *data);
	/* Makes start() return, and whatever it began end: as soon as what has
	 * begun is finished, or, when not graceful (MUSTER_STOP_FAILURE), at
	 * once. Called once for each start() that was called and has not
	 * failed, perhaps before that has got anywhere. */
	void (*stop)(struct muster_worker *worker, void *data, bool graceful);
	/* After all services' stop(): returns when what was stopped has
	 * ended. start() must return, too. */
	void (*wait)(struct muster_worker *worker, void *data);
	/* Takes a changed configuration; of a reload between stop and start. 0
	 * or -errno, which is logged, and from the copy of a process launcher,
	 * which comes first, leaves its workers as they are. */
	int (*reset)(struct muster_worker *worker, void *data);
	/* In a forked worker, before start: seed_size (32) random bytes
	 * (getrandom(2)), valid during the call, for generators of the
	 * caller's own, or two workers would draw the same numbers. rand,
	 * random and drand48 have been seeded. */
	void (*reseed)(struct muster_worker *worker, void *data,
		       const void *seed, size_t seed_size);
};

#define MUSTER_SERVICE_OPS_INIT MUSTER_INIT_(struct muster_service_ops)

/* When a worker counts as ready. One that is not within ready_timeout_ns of the
 * rules (60 s) is stopped and replaced: so READY_START is not for a start()
 * that returns when it is stopped. A service launcher has no such deadline; all
 * of its services are ready before it says READY=1 to who started it. */
enum muster_service_ready {
	MUSTER_SERVICE_READY_START, /* its start() returned 0 */
	MUSTER_SERVICE_READY_FORK,  /* it was forked, its thread begins */
	MUSTER_SERVICE_READY_TOLD,  /* it called muster_worker_ready */
	MUSTER_SERVICE_READIES,
};

/* A service. Everything pointed to but data is borrowed during the call and
 * copied; data is the caller's and must outlive the launcher. */
struct muster_service {
	size_t size;
	const char *name; /* NULL: "service" */
	const struct muster_service_ops *ops;
	void *data;
	/* How its workers are kept: listeners, throttle, backoff, give-up, the
	 * ladder, roll, watchdog, directory, umask. What names a program or is
	 * said elsewhere (argv, environment, name, pass_fds, workers, ready,
	 * ready_fd, restart_method, run) must be 0, stop_signal 0 or SIGTERM. A
	 * stop_timeout_ns of 0 is the launcher's. NULL: all defaults. A service
	 * launcher takes the listeners and the longest stop_timeout_ns. */
	const struct muster_group_options *rules;
	enum muster_service_ready ready;
	uint8_t reserved[4]; /* zero */
};

#define MUSTER_SERVICE_INIT MUSTER_INIT_(struct muster_service)

enum muster_log_level {
	MUSTER_LOG_DEFAULT, /* as a choice: up to INFO */
	MUSTER_LOG_ERROR,
	MUSTER_LOG_WARNING,
	MUSTER_LOG_INFO,
	MUSTER_LOG_DEBUG,
	MUSTER_LOG_LEVELS,
};

/* Functions of the caller's that a process launcher tells what happened, in its
 * process and thread, between turns; but for on_new_worker, which is called in
 * the worker, before start. A service launcher calls the last two. All may be
 * NULL. The event's strings live as long as the call; event->group is the
 * service's number, event->slot the worker's id. */
struct muster_hooks {
	size_t size;
	void (*on_new_worker)(void *data, struct muster_worker *worker);
	void (*on_ready)(void *data, const struct muster_event *event);
	void (*on_dead_worker)(void *data, const struct muster_event *event);
	/* A worker died young too often and waits to be replaced. */
	void (*on_throttle)(void *data, const struct muster_event *event);
	void (*on_reload)(void *data);
	void (*on_terminate)(void *data);
};

#define MUSTER_HOOKS_INIT MUSTER_INIT_(struct muster_hooks)

/* Everything pointed to but log_data and hook_data is borrowed and copied. */
struct muster_launcher_options {
	size_t size;
	uint64_t graceful_timeout_ns; /* 0: 60 s, FOREVER: no deadline */
	enum muster_restart_method restart_method;
	enum muster_engine engine; /* a process launcher's */
	enum muster_parent_death parent_death;
	enum muster_log_level log_level;
	bool always_fork;    /* muster_launch: workers also for one */
	bool is_guest;	     /* signals, limits, NOTIFY_SOCKET: not ours */
	bool is_subreaper;   /* a process launcher's, not a guest's */
	bool hides_options;  /* do not log the options at debug level */
	uint8_t reserved[4]; /* zero */
	/* The backdoor of each process that runs services, muster_backdoor(7):
	 * "0" (any port), "PORT", "FIRST:LAST" (the first free one), on
	 * 127.0.0.1; or a unix socket, in whose path "{pid}" is replaced, and
	 * which wins. NULL: none. A worker that cannot open it ends with 1. */
	const char *backdoor_port;
	const char *backdoor_socket;
	/* Takes each line of the log, without its newline; NULL: standard
	 * error, which is then never waited for. Called in the thread that
	 * waits, in the launcher and in workers. */
	void (*log)(void *log_data, enum muster_log_level level,
		    const char *line);
	void *log_data;
	const struct muster_hooks *hooks;
	void *hook_data;
};

#define MUSTER_LAUNCHER_OPTIONS_INIT \
	MUSTER_INIT_(struct muster_launcher_options)

struct muster_launcher;

/* Makes the launcher that fits and adds the service to it: workers of
 * MUSTER_WORKERS_UNSET or 1 is a service launcher (a process launcher with
 * always_fork), 2 and more a process launcher; method takes the place of
 * options->restart_method. options may be NULL. The launcher is the
 * caller's, to be given to muster_launcher_free. -EINVAL (0 or less workers, a
 * service without start …), and what muster_*_launcher_new and
 * muster_launcher_add may return; a line in the log says why. */
MUSTER_PUBLIC int muster_launch(const struct muster_launcher_options *options,
				const struct muster_service *service,
				int workers, enum muster_restart_method method,
				struct muster_launcher **ret_launcher);

/* A launcher that runs services in this process, or one that runs them in
 * workers. Nothing is started, but from here to muster_launcher_free the
 * signals that it reads are blocked (not a guest's); one that comes before the
 * wait is obeyed then. NOTIFY_SOCKET is taken out of the environment (not a
 * guest's), by the former now, by the latter when it waits. The former opens
 * its backdoor now, each worker of the latter its own. options may be NULL.
 * -EINVAL, -E2BIG, -ENOMEM; of the former also -EBUSY when another launcher has
 * the process's signals, -EMFILE, and what the backdoor's calls said. */
MUSTER_PUBLIC int
muster_service_launcher_new(const struct muster_launcher_options *options,
			    struct muster_launcher **ret_launcher);
MUSTER_PUBLIC int
muster_process_launcher_new(const struct muster_launcher_options *options,
			    struct muster_launcher **ret_launcher);

/* Frees it, closes what it opened, puts signals back (but for a SIGPIPE that
 * the log has raised); returns NULL, accepts NULL. Workers that still run are
 * killed and reaped first. Not while muster_launcher_wait is on. */
MUSTER_PUBLIC struct muster_launcher *
muster_launcher_free(struct muster_launcher *launcher);

/* Adds a service; its number, from 0. workers is how many it shall have: for a
 * service launcher MUSTER_WORKERS_UNSET or 1, for a process launcher that or 0
 * (none yet) to MUSTER_WORKERS_MAX. The listeners are opened; start() is called
 * once muster_launcher_wait runs. -EINVAL, also once a process launcher stops,
 * -E2BIG, -ENOMEM, -EBUSY when a service launcher runs already, or what
 * socket(2), bind(2), listen(2) said; muster_launcher_error tells more. */
MUSTER_PUBLIC int muster_launcher_add(struct muster_launcher *launcher,
				      const struct muster_service *service,
				      int workers);

/* Runs until everything has ended: the exit status for the program, 0 to 255,
 * which further calls return at once, or -errno: -EINVAL without a service; for
 * a process launcher -EBUSY when another has the process's signals, the process
 * has more than one thread or it is being waited for, and what muster_start may
 * return. Not for hooks. In a service launcher SIGINT, a deadline that passes
 * (1), closed descriptors (70) and a second SIGTERM (143) end the process. */
MUSTER_PUBLIC int muster_launcher_wait(struct muster_launcher *launcher);

/* As SIGTERM, and as SIGHUP in the background. Idempotent. A stop before
 * muster_launcher_wait starts nothing: the wait returns at once. Of a service
 * launcher they may be called in any thread and in signal handlers. Of a
 * process launcher in its own thread, hence before the wait (restart: -EINVAL)
 * or in hooks; what restart asks for is the next turn's, so that one in
 * on_reload never ends, and once it stops is nothing. */
MUSTER_PUBLIC int muster_launcher_stop(struct muster_launcher *launcher);
MUSTER_PUBLIC int muster_launcher_restart(struct muster_launcher *launcher);

/* How many workers a service of a process launcher shall have; those above are
 * stopped. -ENOMEM; -EINVAL for a service that is not there, a wrong number, a
 * service launcher, or once it stops. */
MUSTER_PUBLIC int muster_launcher_set_workers(struct muster_launcher *launcher,
					      int service, int workers);

/* The launcher beneath a process launcher, for its statistics and what else
 * muster/muster.h offers; it is not to be freed, its events are the launcher's
 * to take, its groups the services. NULL for a service launcher. */
MUSTER_PUBLIC struct muster *
muster_launcher_muster(struct muster_launcher *launcher);

/* What went wrong in the last call, for people; "" for nothing, and when the
 * errno says it all. Lives until the next call. */
MUSTER_PUBLIC const char *
muster_launcher_error(const struct muster_launcher *launcher);

/*
 * For code inside a worker, in any of its threads.
 */

/* Its number among the workers of the service, stable over restarts, from 0; 0
 * in a service launcher, MUSTER_WORKER_MASTER in a process launcher's own copy.
 * -EINVAL for NULL. */
MUSTER_PUBLIC int muster_worker_id(const struct muster_worker *worker);
/* How often there was a worker with this id, itself included: from 1; 1 in a
 * service launcher, 0 in the launcher's own copy. */
MUSTER_PUBLIC uint32_t
muster_worker_generation(const struct muster_worker *worker);
/* The service's name. This string and the next live as long as the process. */
MUSTER_PUBLIC const char *
muster_worker_service(const struct muster_worker *worker);
/* "127.0.0.1:PORT" or the socket's path; NULL without a backdoor. */
MUSTER_PUBLIC const char *
muster_worker_backdoor(const struct muster_worker *worker);
/* Why it is being stopped; MUSTER_STOP_NONE while it is not, and in the
 * launcher's own copy. */
MUSTER_PUBLIC enum muster_stop_reason
muster_worker_stop_reason(const struct muster_worker *worker);
/* Words for it: "reload" …; "?" for an unknown one. */
MUSTER_PUBLIC const char *
muster_stop_reason_name(enum muster_stop_reason reason);

/* The descriptor of the listener of this place in the service's rules, not to
 * be closed. -ENOENT when there is none, as in the launcher's own copy. */
MUSTER_PUBLIC int muster_worker_listener(const struct muster_worker *worker,
					 uint32_t index);

/* Says that it serves; once is enough. The rest is as in sd_notify(3): a sign
 * of life for the watchdog, a text for people (one line, 255 bytes of it are
 * kept), more time, 1 us at least, for the start or stop that is on. Nothing is
 * said, and 0 returned, where nobody asked for it. A service launcher passes
 * all on; a ping when each service has sent one. -EINVAL, -errno of send(2). */
MUSTER_PUBLIC int muster_worker_ready(struct muster_worker *worker);
MUSTER_PUBLIC int muster_worker_ping(struct muster_worker *worker);
MUSTER_PUBLIC int muster_worker_status(struct muster_worker *worker,
				       const char *text);
MUSTER_PUBLIC int muster_worker_extend(struct muster_worker *worker,
				       uint64_t more_ns);

/* Stops this process's services as SIGTERM does, status 0; a worker is replaced
 * as its restart rule says. Also in signal handlers. -EINVAL in the launcher's
 * own copy. */
MUSTER_PUBLIC int muster_worker_stop(struct muster_worker *worker);

/* For a start() that runs an event loop of its own. The descriptor, which is
 * the library's and closed when start() returns, polls as readable when
 * something is asked of the service; muster_worker_dispatch then calls stop()
 * or reset() in this thread, in the place of another one, and returns 1 when a
 * stop was asked for, also when that one had called stop() before there was a
 * descriptor, 0 otherwise. -errno of eventfd(2); -EBUSY of a dispatch while
 * one is on, -EINVAL without a descriptor and in the launcher's own copy. */
MUSTER_PUBLIC int muster_worker_get_fd(struct muster_worker *worker);
MUSTER_PUBLIC int muster_worker_dispatch(struct muster_worker *worker);

/* For a child that a service forked, before execve(2), which keeps both: signal
 * mask and SIGCHLD's disposition as this process got them. Signal-safe. */
MUSTER_PUBLIC void muster_child_reset_signals(void);

/*
 * Periodic work.
 */

/* Waits between two runs of a task so that they begin interval_ns apart; a run
 * that outlasts the interval is followed by the next at once. */
struct muster_interval_options {
	size_t size;
	uint64_t interval_ns; /* not 0 */
	uint64_t delay_ns;    /* before the first run */
	uint64_t timeout_ns;  /* of all runs together; 0: none */
};

#define MUSTER_INTERVAL_OPTIONS_INIT \
	MUSTER_INIT_(struct muster_interval_options)

struct muster_interval;

/* worker may be NULL; it must outlive the interval, which is the caller's. One
 * thread waits. -EINVAL, -E2BIG, -ENOMEM, -errno of timerfd_create(2) and
 * eventfd(2). */
MUSTER_PUBLIC int
muster_interval_new(struct muster_worker *worker,
		    const struct muster_interval_options *options,
		    struct muster_interval **ret_interval);
MUSTER_PUBLIC struct muster_interval *
muster_interval_free(struct muster_interval *interval);
/* Returns 1 when the next run is due, 0 when the worker is being stopped or
 * muster_interval_stop was called, -ETIMEDOUT once timeout_ns have passed since
 * the first wait: no run begins later. ret_late_ns, which may be NULL, gets by
 * how much the last run outlasted the interval. */
MUSTER_PUBLIC int muster_interval_wait(struct muster_interval *interval,
				       uint64_t *ret_late_ns);
/* The same, but after this long, counted from this call, instead of the
 * interval or, before the first run, of delay_ns. */
MUSTER_PUBLIC int muster_interval_wait_for(struct muster_interval *interval,
					   uint64_t delay_ns);
/* From now on every wait returns 0, the one that is on too. Idempotent; in any
 * thread and in signal handlers. */
MUSTER_PUBLIC void muster_interval_stop(struct muster_interval *interval);

/* Growing, jittered delays between tries of something that fails: each
 * is a mean * 2 * |gauss(jitter, 0.1)|, no less than min_ns and, above all, no
 * more than max_ns, until they would exceed give_up_ns together. The mean is
 * start_ns at first and multiplied by 2 * jitter each time. */
struct muster_backoff {
	size_t size;
	uint64_t start_ns;   /* 0: 1 s */
	uint64_t min_ns;     /* 0: 1 ms */
	uint64_t max_ns;     /* 0: 300 s */
	uint64_t give_up_ns; /* 0: 300 s, FOREVER: never */
	double jitter;	     /* 0: 0.75; not negative */
	uint64_t seed;	     /* 0: from the kernel */
	/* The series' own: zero at its start. */
	uint64_t delay_ns;
	uint64_t spent_ns;
	uint64_t random;
};

#define MUSTER_BACKOFF_INIT MUSTER_INIT_(struct muster_backoff)

/* After a failure: 0 and the delay before the next try, -ETIMEDOUT to give up,
 * again and again until the series is reset, -EINVAL (also for a struct that is
 * shorter than this one), -E2BIG. */
MUSTER_PUBLIC int muster_backoff_next(struct muster_backoff *backoff,
				      uint64_t *ret_delay_ns);
/* After a success: the series begins anew. */
MUSTER_PUBLIC void muster_backoff_reset(struct muster_backoff *backoff);

#ifdef __cplusplus
}
#endif

#endif

/*
 * face.h - the public face written down a second time: every function with its
 * type, every struct with its size and the places of its fields. What changes
 * here breaks programs that are built already.
 *
 * Read as C11 and as C++20; includes nothing but the public headers.
 */
#ifndef API_FACE_H
#define API_FACE_H

#include <muster/muster.h>

// clang-format off
#define FACE_FUNCTIONS(X) \
	X(muster_version, const char *, (void)) \
	X(muster_new, int, (const struct muster_options *, struct muster **)) \
	X(muster_free, struct muster *, (struct muster *)) \
	X(muster_add_group, int, (struct muster *, \
				  const struct muster_group_options *)) \
	X(muster_check_address, int, (const char *, char *, size_t)) \
	X(muster_start, int, (struct muster *)) \
	X(muster_turn, int, (struct muster *, uint64_t)) \
	X(muster_next_event, int, (struct muster *, struct muster_event *)) \
	X(muster_stop, int, (struct muster *)) \
	X(muster_kill, int, (struct muster *, int)) \
	X(muster_set_workers, int, (struct muster *, int, uint32_t)) \
	X(muster_reload, int, (struct muster *, int)) \
	X(muster_change_group, int, (struct muster *, int, \
				     const struct muster_group_options *)) \
	X(muster_set_after, int, (struct muster *, int, const int *, \
				  uint32_t)) \
	X(muster_remove_group, int, (struct muster *, int)) \
	X(muster_run, int, (struct muster *)) \
	X(muster_status, int, (const struct muster *)) \
	X(muster_get_stats, int, (const struct muster *, int, \
				  struct muster_stats *)) \
	X(muster_watch_fd, int, (struct muster *, int, uint32_t, uint64_t)) \
	X(muster_unwatch_fd, int, (struct muster *, int)) \
	X(muster_error, const char *, (const struct muster *)) \
	X(muster_engine_name, const char *, (enum muster_engine)) \
	X(muster_spawn_name, const char *, (enum muster_spawn)) \
	X(muster_step_name, const char *, (enum muster_step)) \
	X(muster_exit_code, int, (const struct muster_exit *)) \
	X(muster_describe_event, int, (const struct muster_event *, char *, \
				       size_t)) \
	X(muster_event_level, enum muster_level, (const struct muster_event *))

/* On 64-bit Linux. */
#define FACE_LAYOUT(SIZE, FIELD) \
	SIZE(muster_exit, 16) \
	FIELD(muster_exit, kind, 0) FIELD(muster_exit, step, 4) \
	FIELD(muster_exit, code, 8) FIELD(muster_exit, dumped_core, 12) \
	SIZE(muster_listener, 24) \
	FIELD(muster_listener, name, 0) FIELD(muster_listener, address, 8) \
	FIELD(muster_listener, fd, 16) \
	SIZE(muster_group_options, 224) \
	FIELD(muster_group_options, size, 0) \
	FIELD(muster_group_options, name, 8) \
	FIELD(muster_group_options, argv, 16) \
	FIELD(muster_group_options, environment, 24) \
	FIELD(muster_group_options, listeners, 32) \
	FIELD(muster_group_options, pass_fds, 40) \
	FIELD(muster_group_options, listener_count, 48) \
	FIELD(muster_group_options, pass_fd_count, 52) \
	FIELD(muster_group_options, workers, 56) \
	FIELD(muster_group_options, restart, 60) \
	FIELD(muster_group_options, kill, 64) \
	FIELD(muster_group_options, stop_signal, 68) \
	FIELD(muster_group_options, death_signal, 72) \
	FIELD(muster_group_options, throttle_burst, 76) \
	FIELD(muster_group_options, throttle_interval_ns, 80) \
	FIELD(muster_group_options, stop_timeout_ns, 88) \
	FIELD(muster_group_options, healthy_after_ns, 96) \
	FIELD(muster_group_options, backoff_min_ns, 104) \
	FIELD(muster_group_options, backoff_max_ns, 112) \
	FIELD(muster_group_options, give_up_window_ns, 120) \
	FIELD(muster_group_options, give_up_deaths, 128) \
	FIELD(muster_group_options, wants_launcher_fd, 132) \
	FIELD(muster_group_options, reserved, 134) \
	FIELD(muster_group_options, sets_umask, 133) \
	FIELD(muster_group_options, umask, 136) \
	FIELD(muster_group_options, ready, 140) \
	FIELD(muster_group_options, ready_fd, 144) \
	FIELD(muster_group_options, restart_method, 148) \
	FIELD(muster_group_options, max_surge, 152) \
	FIELD(muster_group_options, max_unavailable, 156) \
	FIELD(muster_group_options, after_count, 160) \
	FIELD(muster_group_options, after, 168) \
	FIELD(muster_group_options, ready_timeout_ns, 176) \
	FIELD(muster_group_options, watchdog_ns, 184) \
	FIELD(muster_group_options, directory, 192) \
	FIELD(muster_group_options, run, 200) \
	FIELD(muster_group_options, run_data, 208) \
	FIELD(muster_group_options, blocked_signals, 216) \
	SIZE(muster_options, 40) \
	FIELD(muster_options, size, 0) FIELD(muster_options, engine, 8) \
	FIELD(muster_options, spawn, 12) \
	FIELD(muster_options, parent_death, 16) \
	FIELD(muster_options, is_owner, 20) \
	FIELD(muster_options, is_subreaper, 21) \
	FIELD(muster_options, leaves_reload, 22) \
	FIELD(muster_options, reserved, 23) \
	FIELD(muster_options, seed, 24) \
	FIELD(muster_options, worker_mask, 32) \
	SIZE(muster_event, 152) \
	FIELD(muster_event, size, 0) FIELD(muster_event, kind, 8) \
	FIELD(muster_event, group, 12) FIELD(muster_event, time_ns, 16) \
	FIELD(muster_event, slot, 24) FIELD(muster_event, generation, 28) \
	FIELD(muster_event, pid, 32) FIELD(muster_event, uid, 36) \
	FIELD(muster_event, old_pid, 40) FIELD(muster_event, signo, 44) \
	FIELD(muster_event, code, 48) FIELD(muster_event, exit, 52) \
	FIELD(muster_event, next, 68) FIELD(muster_event, why, 72) \
	FIELD(muster_event, route, 76) FIELD(muster_event, count, 80) \
	FIELD(muster_event, uptime_ns, 88) \
	FIELD(muster_event, latency_ns, 96) \
	FIELD(muster_event, delay_ns, 104) FIELD(muster_event, tag, 112) \
	FIELD(muster_event, name, 120) FIELD(muster_event, text, 128) \
	FIELD(muster_event, number, 136) \
	FIELD(muster_event, ready, 144) \
	FIELD(muster_event, roll, 148) \
	SIZE(muster_stats, 136) \
	FIELD(muster_stats, size, 0) FIELD(muster_stats, running, 8) \
	FIELD(muster_stats, waiting, 12) FIELD(muster_stats, started, 16) \
	FIELD(muster_stats, exited, 24) FIELD(muster_stats, signaled, 32) \
	FIELD(muster_stats, launch_failures, 40) \
	FIELD(muster_stats, restarts, 48) FIELD(muster_stats, throttled, 56) \
	FIELD(muster_stats, overdue, 64) FIELD(muster_stats, turns, 72) \
	FIELD(muster_stats, restart_min_ns, 80) \
	FIELD(muster_stats, restart_p50_ns, 88) \
	FIELD(muster_stats, restart_p99_ns, 96) \
	FIELD(muster_stats, restart_max_ns, 104) \
	FIELD(muster_stats, restart_count, 112) \
	FIELD(muster_stats, ready, 120) \
	FIELD(muster_stats, orphans, 124) \
	FIELD(muster_stats, turn_max_ns, 128)

/* Values that are in programs: new ones are added before the last. */
#define FACE_VALUES(X) \
	X(MUSTER_ENGINES, 4) X(MUSTER_SPAWNS, 4) X(MUSTER_RESTARTS, 3) \
	X(MUSTER_KILLS, 2) X(MUSTER_PARENT_DEATHS, 3) \
	X(MUSTER_STEP_NONE, 0) X(MUSTER_STEP_CLONE, 1) \
	X(MUSTER_STEP_EXEC, 8) X(MUSTER_STEPS, 10) \
	X(MUSTER_EXIT_STATUS, 0) X(MUSTER_EXIT_SIGNAL, 1) \
	X(MUSTER_EXIT_LAUNCH, 2) X(MUSTER_EXIT_UNKNOWN, 3) \
	X(MUSTER_EXIT_KINDS, 4) X(MUSTER_NEXTS, 3) X(MUSTER_WHYS, 12) \
	X(MUSTER_EVENT_NONE, 0) X(MUSTER_EVENT_ENGINE, 1) \
	X(MUSTER_EVENT_LISTENING, 2) X(MUSTER_EVENT_STARTING, 3) \
	X(MUSTER_EVENT_STARTED, 4) X(MUSTER_EVENT_EXITED, 5) \
	X(MUSTER_EVENT_STOPPING, 6) X(MUSTER_EVENT_OVERDUE, 7) \
	X(MUSTER_EVENT_SIGNAL, 8) X(MUSTER_EVENT_PARENT, 9) \
	X(MUSTER_EVENT_STOP, 10) X(MUSTER_EVENT_GIVE_UP, 11) \
	X(MUSTER_EVENT_WATCH, 12) X(MUSTER_EVENT_LOST, 13) \
	X(MUSTER_EVENT_DONE, 14) \
	X(MUSTER_EVENT_READY, 15) X(MUSTER_EVENT_SERVING, 16) \
	X(MUSTER_EVENT_STATUS, 17) X(MUSTER_EVENT_REFUSED, 18) \
	X(MUSTER_EVENT_SCALED, 19) X(MUSTER_EVENT_RELOAD, 20) \
	X(MUSTER_EVENT_ROLLED, 21) X(MUSTER_EVENT_ABORTED, 22) \
	X(MUSTER_EVENT_REMOVED, 23) X(MUSTER_EVENT_ORPHANS, 24) \
	X(MUSTER_LEVEL_ERROR, 0) X(MUSTER_LEVEL_WARNING, 1) \
	X(MUSTER_LEVEL_NOTICE, 2) X(MUSTER_LEVEL_INFO, 3) \
	X(MUSTER_LEVEL_DEBUG, 4) X(MUSTER_LEVELS, 5) \
	X(MUSTER_READIES, 3) X(MUSTER_METHODS, 2) \
	X(MUSTER_ROLL_NONE, INT32_MIN) X(MUSTER_ROUTES, 6) \
	X(MUSTER_WORKERS_MAX, 1000000)
// clang-format on

struct face {
#define FACE_MEMBER(name, type, arguments) type(*name) arguments;
	FACE_FUNCTIONS(FACE_MEMBER)
#undef FACE_MEMBER
};

#ifdef __cplusplus
extern "C" {
#endif
/* As the C++ compiler sees it. */
void face_of_cpp(struct face *ret_face);
#ifdef __cplusplus
}
#endif

#endif

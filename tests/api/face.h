/*
 * face.h - the public face written down a second time: every function with its
 * type, every struct with its size and the places of its fields. What changes
 * here breaks programs that are built already.
 *
 * Read as C11 and as C++20; includes nothing but the public headers.
 */
#ifndef API_FACE_H
#define API_FACE_H

#include <muster/service.h>

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
	X(muster_event_level, enum muster_level, (const struct muster_event *)) \
	X(muster_launch, int, (const struct muster_launcher_options *, \
		const struct muster_service *, int, \
		enum muster_restart_method, struct muster_launcher **)) \
	X(muster_service_launcher_new, int, ( \
		const struct muster_launcher_options *, \
		struct muster_launcher **)) \
	X(muster_process_launcher_new, int, ( \
		const struct muster_launcher_options *, \
		struct muster_launcher **)) \
	X(muster_launcher_free, struct muster_launcher *, ( \
		struct muster_launcher *)) \
	X(muster_launcher_add, int, (struct muster_launcher *, \
		const struct muster_service *, int)) \
	X(muster_launcher_wait, int, (struct muster_launcher *)) \
	X(muster_launcher_stop, int, (struct muster_launcher *)) \
	X(muster_launcher_restart, int, (struct muster_launcher *)) \
	X(muster_launcher_set_workers, int, (struct muster_launcher *, int, \
		int)) \
	X(muster_launcher_muster, struct muster *, ( \
		struct muster_launcher *)) \
	X(muster_launcher_error, const char *, ( \
		const struct muster_launcher *)) \
	X(muster_worker_id, int, (const struct muster_worker *)) \
	X(muster_worker_generation, uint32_t, ( \
		const struct muster_worker *)) \
	X(muster_worker_service, const char *, ( \
		const struct muster_worker *)) \
	X(muster_worker_backdoor, const char *, ( \
		const struct muster_worker *)) \
	X(muster_worker_stop_reason, enum muster_stop_reason, ( \
		const struct muster_worker *)) \
	X(muster_stop_reason_name, const char *, (enum muster_stop_reason)) \
	X(muster_worker_listener, int, (const struct muster_worker *, \
		uint32_t)) \
	X(muster_worker_ready, int, (struct muster_worker *)) \
	X(muster_worker_ping, int, (struct muster_worker *)) \
	X(muster_worker_status, int, (struct muster_worker *, const char *)) \
	X(muster_worker_extend, int, (struct muster_worker *, uint64_t)) \
	X(muster_worker_stop, int, (struct muster_worker *)) \
	X(muster_worker_get_fd, int, (struct muster_worker *)) \
	X(muster_worker_dispatch, int, (struct muster_worker *)) \
	X(muster_child_reset_signals, void, (void)) \
	X(muster_interval_new, int, (struct muster_worker *, \
		const struct muster_interval_options *, \
		struct muster_interval **)) \
	X(muster_interval_free, struct muster_interval *, ( \
		struct muster_interval *)) \
	X(muster_interval_wait, int, (struct muster_interval *, uint64_t *)) \
	X(muster_interval_wait_for, int, (struct muster_interval *, \
		uint64_t)) \
	X(muster_interval_stop, void, (struct muster_interval *)) \
	X(muster_backoff_next, int, (struct muster_backoff *, uint64_t *)) \
	X(muster_backoff_reset, void, (struct muster_backoff *))

/* On 64-bit Linux. */
#define FACE_LAYOUT(SIZE, FIELD) \
	SIZE(muster_exit, 16) \
	FIELD(muster_exit, kind, 0) FIELD(muster_exit, step, 4) \
	FIELD(muster_exit, code, 8) FIELD(muster_exit, dumped_core, 12) \
	FIELD(muster_exit, is_oom, 13) \
	SIZE(muster_listener, 24) \
	FIELD(muster_listener, name, 0) FIELD(muster_listener, address, 8) \
	FIELD(muster_listener, fd, 16) \
	SIZE(muster_limit, 16) \
	FIELD(muster_limit, soft, 0) FIELD(muster_limit, hard, 8) \
	SIZE(muster_privileges, 1352) \
	FIELD(muster_privileges, size, 0) \
	FIELD(muster_privileges, groups, 8) \
	FIELD(muster_privileges, group_count, 16) \
	FIELD(muster_privileges, uid, 20) FIELD(muster_privileges, gid, 24) \
	FIELD(muster_privileges, securebits, 28) \
	FIELD(muster_privileges, cap_drop, 32) \
	FIELD(muster_privileges, cap_ambient, 40) \
	FIELD(muster_privileges, nice, 48) \
	FIELD(muster_privileges, oom_score_adj, 52) \
	FIELD(muster_privileges, sets_limits, 56) \
	FIELD(muster_privileges, sets_uid, 60) \
	FIELD(muster_privileges, sets_gid, 61) \
	FIELD(muster_privileges, sets_groups, 62) \
	FIELD(muster_privileges, sets_cap_ambient, 63) \
	FIELD(muster_privileges, sets_securebits, 64) \
	FIELD(muster_privileges, sets_nice, 65) \
	FIELD(muster_privileges, sets_oom_score_adj, 66) \
	FIELD(muster_privileges, no_new_privileges, 67) \
	FIELD(muster_privileges, reserved, 68) \
	FIELD(muster_privileges, limits, 72) \
	FIELD(muster_privileges, cpus, 328) \
	SIZE(muster_group_options, 248) \
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
	FIELD(muster_group_options, inherits_fds, 134) \
	FIELD(muster_group_options, is_transparent, 135) \
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
	FIELD(muster_group_options, leads_group, 224) \
	FIELD(muster_group_options, takes_terminal, 225) \
	FIELD(muster_group_options, runs_scripts, 226) \
	FIELD(muster_group_options, leads_session, 227) \
	FIELD(muster_group_options, reserved, 228) \
	FIELD(muster_group_options, privileges, 232) \
	FIELD(muster_group_options, cgroup, 240) \
	SIZE(muster_birth, 72) \
	FIELD(muster_birth, size, 0) FIELD(muster_birth, name, 8) \
	FIELD(muster_birth, notify_address, 16) \
	FIELD(muster_birth, listen_fds, 24) \
	FIELD(muster_birth, watchdog_ns, 32) FIELD(muster_birth, mask, 40) \
	FIELD(muster_birth, listener_count, 48) \
	FIELD(muster_birth, slot, 52) FIELD(muster_birth, generation, 56) \
	FIELD(muster_birth, launcher_pid, 60) \
	FIELD(muster_birth, launcher_fd, 64) \
	FIELD(muster_birth, notify_fd, 68) \
	SIZE(muster_rewrite, 8) \
	FIELD(muster_rewrite, from, 0) FIELD(muster_rewrite, to, 4) \
	SIZE(muster_options, 88) \
	FIELD(muster_options, size, 0) FIELD(muster_options, engine, 8) \
	FIELD(muster_options, spawn, 12) \
	FIELD(muster_options, parent_death, 16) \
	FIELD(muster_options, is_owner, 20) \
	FIELD(muster_options, is_subreaper, 21) \
	FIELD(muster_options, leaves_reload, 22) \
	FIELD(muster_options, forwards_to_groups, 23) \
	FIELD(muster_options, seed, 24) \
	FIELD(muster_options, worker_mask, 32) \
	FIELD(muster_options, forwards, 40) \
	FIELD(muster_options, stop_signals, 48) \
	FIELD(muster_options, rewrites, 56) \
	FIELD(muster_options, rewrite_count, 64) \
	FIELD(muster_options, is_hasty, 68) \
	FIELD(muster_options, reserved, 69) \
	FIELD(muster_options, drain_ns, 72) \
	FIELD(muster_options, leftover_timeout_ns, 80) \
	SIZE(muster_event, 192) \
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
	FIELD(muster_event, roll, 148) FIELD(muster_event, sent, 152) \
	FIELD(muster_event, value, 160) \
	FIELD(muster_event, limit_soft, 168) \
	FIELD(muster_event, limit_hard, 176) \
	FIELD(muster_event, asked, 184) \
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
	FIELD(muster_stats, turn_max_ns, 128) \
	SIZE(muster_service_ops, 48) \
	FIELD(muster_service_ops, size, 0) \
	FIELD(muster_service_ops, start, 8) \
	FIELD(muster_service_ops, stop, 16) \
	FIELD(muster_service_ops, wait, 24) \
	FIELD(muster_service_ops, reset, 32) \
	FIELD(muster_service_ops, reseed, 40) \
	SIZE(muster_service, 48) \
	FIELD(muster_service, size, 0) FIELD(muster_service, name, 8) \
	FIELD(muster_service, ops, 16) FIELD(muster_service, data, 24) \
	FIELD(muster_service, rules, 32) FIELD(muster_service, ready, 40) \
	FIELD(muster_service, reserved, 44) \
	SIZE(muster_hooks, 56) \
	FIELD(muster_hooks, size, 0) FIELD(muster_hooks, on_new_worker, 8) \
	FIELD(muster_hooks, on_ready, 16) \
	FIELD(muster_hooks, on_dead_worker, 24) \
	FIELD(muster_hooks, on_throttle, 32) \
	FIELD(muster_hooks, on_reload, 40) \
	FIELD(muster_hooks, on_terminate, 48) \
	SIZE(muster_launcher_options, 88) \
	FIELD(muster_launcher_options, size, 0) \
	FIELD(muster_launcher_options, graceful_timeout_ns, 8) \
	FIELD(muster_launcher_options, restart_method, 16) \
	FIELD(muster_launcher_options, engine, 20) \
	FIELD(muster_launcher_options, parent_death, 24) \
	FIELD(muster_launcher_options, log_level, 28) \
	FIELD(muster_launcher_options, always_fork, 32) \
	FIELD(muster_launcher_options, is_guest, 33) \
	FIELD(muster_launcher_options, is_subreaper, 34) \
	FIELD(muster_launcher_options, hides_options, 35) \
	FIELD(muster_launcher_options, reserved, 36) \
	FIELD(muster_launcher_options, backdoor_port, 40) \
	FIELD(muster_launcher_options, backdoor_socket, 48) \
	FIELD(muster_launcher_options, log, 56) \
	FIELD(muster_launcher_options, log_data, 64) \
	FIELD(muster_launcher_options, hooks, 72) \
	FIELD(muster_launcher_options, hook_data, 80) \
	SIZE(muster_interval_options, 32) \
	FIELD(muster_interval_options, size, 0) \
	FIELD(muster_interval_options, interval_ns, 8) \
	FIELD(muster_interval_options, delay_ns, 16) \
	FIELD(muster_interval_options, timeout_ns, 24) \
	SIZE(muster_backoff, 80) \
	FIELD(muster_backoff, size, 0) FIELD(muster_backoff, start_ns, 8) \
	FIELD(muster_backoff, min_ns, 16) FIELD(muster_backoff, max_ns, 24) \
	FIELD(muster_backoff, give_up_ns, 32) \
	FIELD(muster_backoff, jitter, 40) FIELD(muster_backoff, seed, 48) \
	FIELD(muster_backoff, delay_ns, 56) \
	FIELD(muster_backoff, spent_ns, 64) \
	FIELD(muster_backoff, random, 72)

/* Values that are in programs: new ones are added before the last. */
#define FACE_VALUES(X) \
	X(MUSTER_ENGINES, 4) X(MUSTER_SPAWNS, 4) X(MUSTER_RESTARTS, 3) \
	X(MUSTER_KILLS, 3) X(MUSTER_PARENT_DEATHS, 3) \
	X(MUSTER_STEP_NONE, 0) X(MUSTER_STEP_CLONE, 1) \
	X(MUSTER_STEP_EXEC, 8) X(MUSTER_STEP_RLIMIT, 10) \
	X(MUSTER_STEP_UID, 17) X(MUSTER_STEP_CGROUP, 22) X(MUSTER_STEPS, 23) \
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
	X(MUSTER_ROLL_NONE, INT32_MIN) X(MUSTER_ROUTES, 8) \
	X(MUSTER_WORKERS_MAX, 1000000) \
	X(MUSTER_METHOD_RELOAD, 0) X(MUSTER_METHOD_MUTATE, 1) \
	X(MUSTER_ROUTE_RELOAD, 3) X(MUSTER_ROUTE_MORE, 4) \
	X(MUSTER_ROUTE_FEWER, 5) X(MUSTER_ROUTE_FORWARD, 6) \
	X(MUSTER_ROUTE_DRAIN, 7) X(MUSTER_EVENT_DRAIN, 25) \
	X(MUSTER_EVENT_LEFTOVERS, 26) X(MUSTER_EVENT_SHARED_FATE, 27) \
	X(MUSTER_STOP_NONE, 0) X(MUSTER_STOP_OPERATOR, 1) \
	X(MUSTER_STOP_RELOAD, 2) X(MUSTER_STOP_SCALE, 3) \
	X(MUSTER_STOP_PARENT, 4) X(MUSTER_STOP_GIVE_UP, 5) \
	X(MUSTER_STOP_FAILURE, 6) X(MUSTER_STOP_REASONS, 7) \
	X(MUSTER_SERVICE_READY_START, 0) X(MUSTER_SERVICE_READY_FORK, 1) \
	X(MUSTER_SERVICE_READY_TOLD, 2) X(MUSTER_SERVICE_READIES, 3) \
	X(MUSTER_LOG_DEFAULT, 0) X(MUSTER_LOG_ERROR, 1) \
	X(MUSTER_LOG_WARNING, 2) X(MUSTER_LOG_INFO, 3) \
	X(MUSTER_LOG_DEBUG, 4) X(MUSTER_LOG_LEVELS, 5) \
	X(MUSTER_WORKERS_UNSET, -1) X(MUSTER_WORKER_MASTER, -1) \
	X(MUSTER_EXIT(0), 0x100) X(MUSTER_EXIT(255), 0x1ff)
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

/*
 * keys.h - the option table of `muster run` and `muster init`.
 *
 * One row an option: the verbs that have it (run, init, both), its scope, name
 * of its setter (option_set_NAME), long flag, letter or 0, argument as help
 * shows it (NULL: none; "[=X]": optional), default as text, help. The parser,
 * --help, the configuration file and the test that holds the man pages against
 * it all come from here.
 *
 * Scopes: `line` is of the launcher and on the command line only, `launcher` of
 * the launcher, `service` of a service, `list` of a service and repeatable; in
 * a configuration file a list's value is a list of words.
 */
#pragma once

/* clang-format off */
#define OPTION_KEYS(KEY)                                                       \
	KEY(run, line, config, "config", 'c', "FILE", NULL,                    \
	    "run the services that FILE declares, see muster.conf(5)")         \
	KEY(run, line, check, "check", 0, NULL, "off",                         \
	    "read the configuration file, say what is wrong in it, and end")   \
	KEY(both, line, control, "control", 0, "PATH", NULL,                   \
	    "answer muster ready and muster health on this socket, or @NAME")  \
	KEY(run, service, workers, "workers", 'w', "N|auto", "1",              \
	    "workers to keep alive; auto: as many as CPUs allowed by "         \
	    "affinity and cgroup quota")                                       \
	KEY(run, service, name, "name", 'n', "NAME",                           \
	    "the command's base name",                                         \
	    "the service's name, MUSTER_SERVICE in workers")                   \
	KEY(run, list, listen, "listen", 'l', "[NAME=]ADDR", NULL,             \
	    "open tcp:HOST:PORT, tcp:[IPV6]:PORT, unix:/PATH or unix:@NAME "   \
	    "once and hand it to every worker (LISTEN_FDS); repeatable")       \
	KEY(run, list, pass_fd, "pass-fd", 0, "N", NULL,                       \
	    "hand descriptor N to every worker under its number; repeatable")  \
	KEY(both, list, environment, "environment", 0, "NAME=VALUE", NULL,     \
	    "a variable for workers, also --env; repeatable")                  \
	KEY(both, list, env_file, "env-file", 0, "PATH", NULL,                 \
	    "a file of such lines, read now; repeatable")                      \
	KEY(both, service, directory, "directory", 0, "PATH",                  \
	    "muster's own", "where workers start")                             \
	KEY(both, service, umask, "umask", 0, "OCTAL", "muster's own",         \
	    "the file mode creation mask of workers")                          \
	KEY(run, service, ready, "ready", 0, "exec|notify|fd:N", "exec",       \
	    "when a worker is ready: when it executes, says READY=1 to "       \
	    "NOTIFY_SOCKET, or writes a newline to its descriptor N")          \
	KEY(run, service, ready_timeout, "ready-timeout", 0, "DUR", "60s",     \
	    "how long that may take; 0: for ever")                             \
	KEY(run, service, watchdog, "watchdog", 0, "DUR|off", "off",           \
	    "kill and replace a worker that has not said WATCHDOG=1 for so "   \
	    "long")                                                            \
	KEY(both, service, restart, "restart", 0, "always|on-failure|never",   \
	    "always", "when a worker that ended is replaced")                  \
	KEY(both, service, throttle, "throttle", 0, "RATE[:BURST]|off",        \
	    "1:workers+1",                                                     \
	    "young deaths replaced at once: BURST, then RATE a second "        \
	    "(N or N/DUR)")                                                    \
	KEY(both, service, healthy_after, "healthy-after", 0, "DUR", "1s",     \
	    "a worker that lived this long did not die young")                 \
	KEY(both, service, backoff, "backoff", 0, "MIN:MAX|off", "off",        \
	    "wait before replacing a young death, doubling from MIN to MAX "   \
	    "with jitter")                                                     \
	KEY(both, service, give_up, "give-up", 0, "N/DUR|never", "never",      \
	    "after N young deaths within DUR stop everything and exit with "   \
	    "the last worker's status")                                        \
	KEY(run, service, restart_method, "restart-method", 0,                 \
	    "reload|mutate", "reload",                                         \
	    "what SIGHUP does: put new workers in the place of the old, or "   \
	    "send them SIGHUP")                                                \
	KEY(run, service, max_surge, "max-surge", 0, "N|P%", "10%",            \
	    "how many workers more there may be while they are replaced")      \
	KEY(run, service, max_unavailable, "max-unavailable", 0, "N|P%",       \
	    "10%", "how many ready workers less, likewise")                    \
	KEY(both, service, stop_signal, "stop-signal", 0, "SIG", "TERM",       \
	    "how a worker is asked to stop")                                   \
	KEY(both, service, stop_timeout, "stop-timeout", 't', "DUR", "60s",    \
	    "how long it may take before SIGKILL; 0: for ever")                \
	KEY(run, service, kill, "kill", 0, "group|process|cgroup", "group",    \
	    "whom SIGKILL reaches: the process group that each worker leads, " \
	    "or the worker alone, which then stays in muster's group, or the " \
	    "group and whoever is in --cgroup without another worker")         \
	KEY(init, service, reach, "kill", 0, "group|process|cgroup",           \
	    "process; with --restart group",                                   \
	    "whom SIGKILL reaches: the command's process group, or it alone, " \
	    "or the group and whoever is in --cgroup")                         \
	KEY(run, service, pdeathsig, "pdeathsig", 0, "SIG|none", "KILL",       \
	    "what a worker gets when muster dies")                             \
	KEY(run, service, launcher_fd, "launcher-fd", 0, NULL, "off",          \
	    "give workers a pidfd of muster, MUSTER_LAUNCHER_FD")              \
	KEY(both, service, user, "user", 0, "NAME|UID[:GROUP]",                \
	    "muster's own",                                                    \
	    "whose rights workers have; a name brings its groups along")       \
	KEY(both, service, gid, "gid", 0, "GROUP", "muster's own",             \
	    "their group, a name or a number")                                 \
	KEY(both, service, groups, "groups", 0, "GROUP,...|none",              \
	    "none with --user or --gid",                                       \
	    "their supplementary groups")                                      \
	KEY(both, service, cap_bound, "cap-bound", 0, "CAP,...|all|none",      \
	    "all", "capabilities that workers can ever have")                  \
	KEY(both, list, cap_drop, "cap-drop", 0, "CAP,...|all", NULL,          \
	    "capabilities that they can not; repeatable")                      \
	KEY(both, service, cap_ambient, "cap-ambient", 0, "CAP,...|all|none",  \
	    "muster's own",                                                    \
	    "capabilities that they have whatever their user is")              \
	KEY(both, service, no_new_privs, "no-new-privs", 0, NULL, "off",       \
	    "no program that they execute gains rights by it")                 \
	KEY(both, service, securebits, "securebits", 0, "BIT,...|none",        \
	    "muster's own", "what the kernel does for the user 0")             \
	KEY(both, list, rlimit, "rlimit", 0, "NAME=SOFT[:HARD]", NULL,         \
	    "a resource limit of workers, such as nofile=1024:4096; "          \
	    "repeatable")                                                      \
	KEY(both, service, nice, "nice", 0, "N", "muster's own",               \
	    "their niceness, -20 to 19")                                       \
	KEY(both, service, oom_score_adj, "oom-score-adj", 0, "N",             \
	    "muster's own",                                                    \
	    "how soon they are killed for want of memory, -1000 to 1000")      \
	KEY(both, service, cpus, "cpus", 0, "N[-N],...", "muster's own",       \
	    "the CPUs that they run on")                                       \
	KEY(both, service, cgroup, "cgroup", 0, "PATH", "muster's own",        \
	    "where they execute; made where it is missing")                    \
	KEY(both, launcher, die_with_parent, "die-with-parent", 0,             \
	    "[=stop|kill|off]", "off",                                         \
	    "watch muster's own parent; when it dies stop (or kill) all")      \
	KEY(both, launcher, leftover_timeout, "leftover-timeout", 0, "DUR",    \
	    "2s", "as PID 1 or subreaper: how long what workers left behind "  \
	    "may take to stop at the end before SIGKILL; 0: it is left alone") \
	KEY(run, launcher, subreaper, "subreaper", 0, NULL, "off",             \
	    "adopt what workers leave behind, and reap it")                    \
	KEY(init, line, signal_group, "signal-group", 'g', NULL, "off",        \
	    "forward signals to the command's process group, not to it alone") \
	KEY(init, service, session, "session", 0, NULL, "off",                 \
	    "the command leads a session, which gets muster's terminal")       \
	KEY(init, line, rewrite, "rewrite", 0, "SIG:SIG", NULL,                \
	    "forward another signal in the place of one; SIG:0: none; "        \
	    "repeatable")                                                      \
	KEY(init, line, stop_on, "stop-on", 0, "SIG,...|none",                 \
	    "none; with --restart, --drain or --stop-timeout TERM",            \
	    "signals that begin a stop instead of being forwarded")            \
	KEY(init, line, drain, "drain", 0, "DUR", "0",                         \
	    "between the first such signal and the stop signal")               \
	KEY(init, line, remap, "remap", 0, "N:M", NULL,                        \
	    "end with status M where the command's is N; repeatable")          \
	KEY(init, line, ok_signals, "ok-signals", 0, "SIG,...", NULL,          \
	    "a command that died of one of these ended with status 0")         \
	KEY(init, line, launch_status, "launch-status", 0, "N", "126 or 127",  \
	    "the status when the command cannot be executed")                  \
	KEY(init, service, run_scripts, "run-scripts", 0, NULL, "off",         \
	    "a file that the kernel cannot execute is a script for /bin/sh")   \
	KEY(init, line, termination_log, "termination-log", 0, "PATH", NULL,   \
	    "write the cause to this file when the status is not 0")           \
	KEY(init, line, adopt, "subreaper", 0, "auto|yes|no", "auto",          \
	    "adopt what the command leaves behind, and reap it; auto: where "  \
	    "it does not come to PID 1 anyway")                                \
	KEY(both, launcher, engine, "engine", 0, "auto|ring|epoll|signal",     \
	    "auto", "how exits are noticed")                                   \
	KEY(both, launcher, spawn, "spawn", 0, "auto|fast|vfork|fork",         \
	    "auto", "how workers are launched")                                \
	KEY(both, launcher, log_level, "log-level", 0,                         \
	    "error|warning|notice|info|debug", "info",                         \
	    "how much is said on standard error")                              \
	KEY(both, launcher, log_format, "log-format", 0, "text|json",          \
	    "text", "lines for people, or one JSON object a line")             \
	KEY(run, launcher, log_options, "log-options", 0, "[=true|false]",     \
	    "true", "say all options at level debug")                          \
	KEY(run, launcher, wait_interval, "wait-interval", 0, "SECONDS",       \
	    NULL, "accepted, and without effect: nothing is polled here")

/* What only a configuration file has. */
#define FILE_KEYS(KEY)                                                         \
	KEY(run, list, command, "command", 0, "WORD...", NULL,                 \
	    "the program of the service and its arguments")                    \
	KEY(run, list, after, "after", 0, "NAME...", NULL,                     \
	    "services that are ready before this one starts")                  \
	KEY(run, launcher, run_external_periodic_tasks,                        \
	    "run-external-periodic-tasks", 0, "BOOLEAN", NULL, "no effect")    \
	KEY(run, launcher, backdoor_port, "backdoor-port", 0, "PORT", NULL,    \
	    "no effect")                                                       \
	KEY(run, launcher, backdoor_socket, "backdoor-socket", 0, "PATH",      \
	    NULL, "no effect")

/* Other names of options, understood wherever the first one is. */
#define OPTION_ALIASES(ALIAS)                                                  \
	ALIAS(env, "env", environment)                                         \
	ALIAS(graceful_timeout, "graceful-timeout", stop_timeout)              \
	ALIAS(graceful_shutdown_timeout, "graceful-shutdown-timeout",          \
	      stop_timeout)

/* What `muster init` does unless it is told otherwise, where that is not what
 * `muster run` does. A stop has a deadline only if somebody gave it one, and an
 * entrypoint is silent. */
#define INIT_DEFAULTS(DEFAULT)                                                 \
	DEFAULT(restart, "never")                                              \
	DEFAULT(throttle, "1:2")                                               \
	DEFAULT(give_up, "5/10s")                                              \
	DEFAULT(stop_timeout, "0")                                             \
	DEFAULT(spawn, "vfork")                                                \
	DEFAULT(log_level, "warning")

/* There it is one command that an option of both is about. */
#define INIT_HELPS(HELP)                                                       \
	HELP(environment,                                                      \
	     "a variable for the command, also --env; repeatable")             \
	HELP(directory, "where the command starts")                            \
	HELP(umask, "its file mode creation mask")                             \
	HELP(restart, "when it is launched again after it ended")              \
	HELP(throttle, "young deaths after which it is launched at once: "     \
		       "BURST, then RATE a second (N or N/DUR)")               \
	HELP(healthy_after,                                                    \
	     "a command that lived this long did not die young")               \
	HELP(backoff, "wait before launching it again after a young death, "   \
		      "doubling from MIN to MAX with jitter")                  \
	HELP(give_up, "after N young deaths within DUR exit with the status "  \
		      "of the last one")                                       \
	HELP(stop_signal, "how a stop asks the command to end")                \
	HELP(user, "whose rights the command has; a name brings its groups "   \
		   "along")                                                    \
	HELP(gid, "its group, a name or a number")                             \
	HELP(groups, "its supplementary groups")                               \
	HELP(cap_bound, "capabilities that it can ever have")                  \
	HELP(cap_drop, "capabilities that it can not; repeatable")             \
	HELP(cap_ambient, "capabilities that it has whatever its user is")     \
	HELP(no_new_privs, "no program that it executes gains rights by it")   \
	HELP(rlimit, "a resource limit of the command, such as "               \
		     "nofile=1024:4096; repeatable")                           \
	HELP(nice, "its niceness, -20 to 19")                                  \
	HELP(oom_score_adj,                                                    \
	     "how soon it is killed for want of memory, -1000 to 1000")        \
	HELP(cpus, "the CPUs that it runs on")                                 \
	HELP(cgroup, "where it executes; made where it is missing")            \
	HELP(die_with_parent, "watch muster's own parent; when it dies stop "  \
			      "(or kill) the command")                         \
	HELP(leftover_timeout,                                                 \
	     "as PID 1 or subreaper: how long what the command left behind "   \
	     "may take to stop at the end before SIGKILL; 0: it is left "      \
	     "alone")                                                          \
	HELP(engine, "how its end is noticed")                                 \
	HELP(spawn, "how it is launched")
/* clang-format on */

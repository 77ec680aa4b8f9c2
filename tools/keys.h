/*
 * keys.h - the option table of `muster run`.
 *
 * One row an option: name of its setter (option_set_NAME in options.c), long
 * flag, letter or 0, argument as help shows it (NULL: none; "[=X]": optional),
 * default as text, help. The parser, --help and the test that holds the man
 * page against it all come from here.
 */
#pragma once

/* clang-format off */
#define RUN_KEYS(KEY)                                                          \
	KEY(workers, "workers", 'w', "N|auto", "1",                            \
	    "workers to keep alive; auto: as many as CPUs allowed by "         \
	    "affinity and cgroup quota")                                       \
	KEY(name, "name", 'n', "NAME", "the command's base name",              \
	    "the service's name, MUSTER_SERVICE in workers")                   \
	KEY(listen, "listen", 'l', "[NAME=]ADDR", NULL,                        \
	    "open tcp:HOST:PORT, tcp:[IPV6]:PORT, unix:/PATH or unix:@NAME "   \
	    "once and hand it to every worker (LISTEN_FDS); repeatable")       \
	KEY(pass_fd, "pass-fd", 0, "N", NULL,                                  \
	    "hand descriptor N to every worker under its number; repeatable")  \
	KEY(restart, "restart", 0, "always|on-failure|never", "always",        \
	    "when a worker that ended is replaced")                            \
	KEY(throttle, "throttle", 0, "RATE[:BURST]|off", "1:workers+1",        \
	    "young deaths replaced at once: BURST, then RATE a second "        \
	    "(N or N/DUR)")                                                    \
	KEY(healthy_after, "healthy-after", 0, "DUR", "1s",                    \
	    "a worker that lived this long did not die young")                 \
	KEY(backoff, "backoff", 0, "MIN:MAX", "off",                           \
	    "wait before replacing a young death, doubling from MIN to MAX "   \
	    "with jitter")                                                     \
	KEY(give_up, "give-up", 0, "N/DUR", "never",                           \
	    "after N young deaths within DUR stop everything and exit with "   \
	    "the last worker's status")                                        \
	KEY(stop_signal, "stop-signal", 0, "SIG", "TERM",                      \
	    "how a worker is asked to stop")                                   \
	KEY(stop_timeout, "stop-timeout", 't', "DUR", "60s",                   \
	    "how long it may take before SIGKILL; 0: for ever")                \
	KEY(kill, "kill", 0, "group|process", "group",                         \
	    "whom SIGKILL reaches: the process group that each worker leads, " \
	    "or the worker alone, which then stays in muster's group")         \
	KEY(pdeathsig, "pdeathsig", 0, "SIG|none", "KILL",                     \
	    "what a worker gets when muster dies")                             \
	KEY(launcher_fd, "launcher-fd", 0, NULL, "off",                        \
	    "give workers a pidfd of muster, MUSTER_LAUNCHER_FD")              \
	KEY(die_with_parent, "die-with-parent", 0, "[=stop|kill]", "off",      \
	    "watch muster's own parent; when it dies stop (or kill) all")      \
	KEY(engine, "engine", 0, "auto|ring|epoll|signal", "auto",             \
	    "how exits are noticed")                                           \
	KEY(spawn, "spawn", 0, "auto|fast|vfork|fork", "auto",                 \
	    "how workers are launched")                                        \
	KEY(log_level, "log-level", 0, "error|warning|notice|info|debug",      \
	    "info", "how much is said on standard error")
/* clang-format on */

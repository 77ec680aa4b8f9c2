/*
 * worker.h - a worker for tests: this program again, which tells what it is.
 *
 * worker_main() goes first in main(). As "show" the program writes one fact a
 * line to its standard output and exits with 9; as "number" it exits with the
 * number that it finds in MUSTER_WORKER_ID. Its functions return the line of a
 * broken promise, 0 for none: they serve stories in forked children.
 */
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "kernel/children.h"
#include "proc/spawn.h"

#define SHOW_STATUS 9
#define SHOW_FDS 1024
#define SHOW_SIZE 16384
#define STORY_STDIO 3

extern char **environ;

static inline void show_descriptor(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0)
		printf("fd %d ino %llu flags %d\n", fd,
		       (unsigned long long)status.st_ino, fcntl(fd, F_GETFD));
}

static inline void show_limits(void)
{
	struct rlimit limit = {0};

	(void)getrlimit(RLIMIT_NOFILE, &limit); /* zeros tell */
	printf("nofile %llu %llu\n", (unsigned long long)limit.rlim_cur,
	       (unsigned long long)limit.rlim_max);
}

static inline void show_signals(void)
{
	uint64_t word;
	sigset_t mask;
	int signo = 0;

	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	memcpy(&word, &mask, sizeof(word));
	printf("mask %016llx\n", (unsigned long long)word);
	(void)prctl(PR_GET_PDEATHSIG, &signo);
	printf("deathsig %d\n", signo);
}

static inline int worker_show(void)
{
	char path[4096];

	printf("\npid %d\nppid %d\n", getpid(), getppid());
	printf("pgrp %d\nsid %d\n", getpgrp(), getsid(0));
	printf("cwd %s\n", getcwd(path, sizeof(path)) ? path : "?");
	printf("umask %04o\n", umask(0));
	show_signals();
	show_limits();
	for (int fd = 0; fd < SHOW_FDS; fd++)
		show_descriptor(fd);
	for (char **variable = environ; *variable; variable++)
		printf("env %s\n", *variable);
	return fflush(stdout) == 0 ? SHOW_STATUS : 1;
}

static inline void worker_main(int argc, char **argv)
{
	const char *number = getenv("MUSTER_WORKER_ID");

	if (argc > 1 && strcmp(argv[1], "show") == 0)
		_exit(worker_show());
	if (argc > 1 && strcmp(argv[1], "number") == 0)
		_exit(number ? atoi(number) : 255);
}

/* How to launch, and what is forbidden meanwhile. */
struct way {
	const char *name;
	enum muster_spawn mode;
	int clone3_error; /* 0: allowed */
	int close_range_error;
};

#define WAY_FILTERS(mode)                                                  \
	{#mode, MUSTER_SPAWN_##mode, 0, 0},                                \
		{#mode ", clone3 ENOSYS", MUSTER_SPAWN_##mode, ENOSYS, 0}, \
	{                                                                  \
#mode ", clone3 EPERM", MUSTER_SPAWN_##mode, EPERM, 0      \
	}
#define WAY_WITHOUT_CLOSE_RANGE(mode)                                        \
	{#mode ", close_range ENOSYS", MUSTER_SPAWN_##mode, 0, ENOSYS},      \
	{                                                                    \
#mode ", clone3 and close_range EPERM", MUSTER_SPAWN_##mode, \
			EPERM, EPERM                                         \
	}

static const struct way ways[] = {
	WAY_FILTERS(FAST),
	WAY_FILTERS(VFORK),
	WAY_WITHOUT_CLOSE_RANGE(VFORK),
	WAY_FILTERS(FORK),
	WAY_WITHOUT_CLOSE_RANGE(FORK),
};

/* The way of the story that is told. */
static const struct way *way = &ways[0];

/* Tells the story once for each way of launching. */
static inline void every_way(int (*story)(void))
{
	for (way = ways; way < ways + ARRAY_LEN(ways); way++) {
		print_message("  %s\n", way->name);
		in_child(story);
	}
	way = ways;
}

static inline void story_close_from(int fd)
{
	for (; fd < SHOW_FDS; fd++)
		(void)close(fd); /* most are not open */
}

/* Leaves the story with 0-2 only, and with the spawner of its way. */
static inline int story_begin(struct spawner *ret_spawner)
{
	int r;

	story_close_from(STORY_STDIO);
	if (way->clone3_error &&
	    child_deny(SYS_clone3, (unsigned int)way->clone3_error) < 0)
		return CHILD_SKIP;
	if (way->close_range_error &&
	    child_deny(SYS_close_range, (unsigned int)way->close_range_error) <
		    0)
		return CHILD_SKIP;
	r = spawner_init(ret_spawner, way->mode, true);
	if (r < 0)
		print_error("%s\n", ret_spawner->reason);
	CHILD_CHECK(r == 0);
	CHILD_CHECK(ret_spawner->mode == way->mode);
	CHILD_CHECK(ret_spawner->has_clone3 == !way->clone3_error);
	CHILD_CHECK(ret_spawner->has_close_range == !way->close_range_error);
	return 0;
}

static inline ino_t inode_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* A file of its own at this number; close-on-exec as everything of ours. */
static inline bool open_at(int number)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	if (fd == number)
		return true;
	return dup3(fd, number, O_CLOEXEC) == number && close(fd) == 0;
}

/* One launch, from launch_prepare to launch_end. */
struct launch {
	struct plan *plan;
	struct spawn_pool *pool;
	struct child_report *report;
	struct spawn_child child;
	bool waits;
	siginfo_t end;
};

static inline sigset_t *no_signals(void)
{
	static sigset_t mask;

	(void)sigemptyset(&mask);
	return &mask;
}

/* What runs this program as verb, with nothing special. */
static inline struct plan_options launch_options(const char *verb)
{
	static const char *const environment[] = {NULL};
	static const char *argv[4];

	argv[0] = "/proc/self/exe";
	argv[1] = verb;
	return (struct plan_options){
		.name = "svc",
		.argv = argv,
		.environment = environment,
		.launcher_fd = -1,
		.launcher_pid = getpid(),
		.mask = no_signals(),
	};
}

static inline int launch_prepare(struct launch *launch,
				 const struct plan_options *options)
{
	*launch = (struct launch){.child = {.pidfd = -1, .launch_fd = -1}};
	launch->report = spawn_reports_new(1);
	CHILD_CHECK(launch->report);
	CHILD_CHECK(plan_new(options, &launch->plan) == 0);
	CHILD_CHECK(spawn_pool_new(&launch->pool) == 0);
	CHILD_CHECK(spawn_pool_fit(launch->pool, launch->plan) == 0);
	return 0;
}

static inline int launch_spawn(struct launch *launch,
			       const struct spawner *spawner, uint32_t slot)
{
	const struct spawn_request request = {
		.plan = launch->plan,
		.pool = launch->pool,
		.report = launch->report,
		.slot = slot,
		.generation = slot + 1,
		.waits = launch->waits,
	};

	return spawn(spawner, &request, &launch->child);
}

/* Waits for the end of the child, and frees everything. */
static inline int launch_end(struct launch *launch)
{
	launch->end = child_end(launch->child.pid);
	CHILD_CHECK(launch->end.si_pid == launch->child.pid);
	if (launch->child.pidfd >= 0)
		CHILD_CHECK(close(launch->child.pidfd) == 0);
	CHILD_CHECK(spawn_pool_is_idle(launch->pool));
	launch->plan = plan_free(launch->plan);
	launch->pool = spawn_pool_free(launch->pool);
	return 0;
}

/* Launches, and reads what the worker shows. *output, one of options->fds,
 * becomes its standard output. The launcher's end of the pipe stays open until
 * the worker has ended, for the child may still share our descriptors; what is
 * shown fits into the pipe. */
static inline int launch_show(const struct spawner *spawner,
			      struct plan_options *options,
			      struct plan_fd *output, char *ret_shown,
			      struct launch *launch)
{
	size_t length = 0;
	ssize_t size;
	int ends[2];
	int line;

	CHILD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	*output = (struct plan_fd){.source = ends[1], .target = 1};
	line = launch_prepare(launch, options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(launch, spawner, 12) == 0);
	line = launch_end(launch);
	if (line != 0)
		return line;
	CHILD_CHECK(close(ends[1]) == 0);
	while ((size = read(ends[0], ret_shown + length,
			    SHOW_SIZE - 1 - length)) > 0)
		length += (size_t)size;
	ret_shown[length] = '\0';
	CHILD_CHECK(close(ends[0]) == 0);
	CHILD_CHECK(launch->report->step == MUSTER_STEP_NONE);
	CHILD_CHECK(launch->end.si_code == CLD_EXITED);
	CHILD_CHECK(launch->end.si_status == SHOW_STATUS);
	return 0;
}

/* True when the worker showed this line. */
__attribute__((format(printf, 2, 3))) static inline bool
shows(const char *shown, const char *format, ...)
{
	char line[1024] = "\n";
	va_list arguments;
	bool is_shown;

	va_start(arguments, format);
	(void)vsnprintf(line + 1, sizeof(line) - 2, format, arguments);
	va_end(arguments);
	(void)strcat(line, "\n");
	is_shown = strstr(shown, line) != NULL;
	if (!is_shown)
		print_error("not shown:%s", line);
	return is_shown;
}

/* How many lines begin so. */
static inline int shows_count(const char *shown, const char *beginning)
{
	char sought[64];
	int count = 0;

	(void)snprintf(sought, sizeof(sought), "\n%s ", beginning);
	while ((shown = strstr(shown, sought)) != NULL) {
		shown++;
		count++;
	}
	return count;
}

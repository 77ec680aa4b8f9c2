/*
 * peers_launch.c - starts launchers by others as their users do, with a service
 * that waits, and finds their workers.
 *
 * Nothing of theirs is changed but one thing: oslo.service and cotyledon count
 * forks and hold back after as many as they have workers, so their history is
 * kept empty (tools/bench/peers/): each death counts as the first in a long
 * time.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "peers.h"
#include "session.h"

#define PEER_PYTHON "/usr/bin/python3"
#define PEER_NGINX_PROGRAM "/usr/sbin/nginx"
#define PEER_GUNICORN_PROGRAM "/usr/bin/gunicorn"
#define PEER_MODULES "/usr/lib/python3/dist-packages/"

#define PEER_START_NS (180 * NSEC_PER_SEC)
#define PEER_LOOK_NS (20 * NSEC_PER_MSEC)
#define PEER_ARGUMENTS 12
#define PEER_EXIT_STATUS 127

const char *const peer_names[PEERS] = {
	[PEER_BARE] = "bare",		[PEER_STEPS] = "steps",
	[PEER_MUSTER] = "muster",	[PEER_NGINX] = "nginx",
	[PEER_OSLO] = "oslo.service",	[PEER_GUNICORN] = "gunicorn",
	[PEER_COTYLEDON] = "cotyledon",
};

/* A launcher's command line, and room for what is made for it. */
struct peer_command {
	const char *argv[PEER_ARGUMENTS];
	char program[256];
	char number[16];
	char address[288];
};

const char *peer_missing(const struct bench *bench, enum peer peer)
{
	static const char *const needs[PEERS] = {
		[PEER_NGINX] = PEER_NGINX_PROGRAM,
		[PEER_OSLO] = PEER_MODULES "oslo_service",
		[PEER_COTYLEDON] = PEER_MODULES "cotyledon",
		[PEER_GUNICORN] = PEER_GUNICORN_PROGRAM,
	};

	if (peer > PEER_NGINX && !bench->peers)
		return "its script is not there";
	return needs[peer] && access(needs[peer], R_OK) < 0
		       ? "it is not installed"
		       : NULL;
}

/* Its socket is still there when the last one was killed. */
static int peer_configure(const struct bench *bench, const char *path,
			  uint32_t workers)
{
	char listener[288];
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	(void)snprintf(listener, sizeof(listener), "%s/nginx",
		       bench->directory);
	(void)unlink(listener);
	(void)fprintf(
		file,
		"daemon off;\nworker_processes %u;\npid %s/nginx.pid;\n"
		"error_log /dev/null;\nevents { worker_connections 64; }\n"
		"http { access_log off; server { listen unix:%s; } }\n",
		workers, bench->directory, listener);
	return fclose(file) != 0 ? -errno : 0;
}

static int peer_command_nginx(const struct bench *bench, uint32_t workers,
			      struct peer_command *command)
{
	const char *const argv[] = {PEER_NGINX_PROGRAM, "-c", command->address};

	(void)snprintf(command->address, sizeof(command->address),
		       "%s/nginx.conf", bench->directory);
	memcpy(command->argv, argv, sizeof(argv));
	return peer_configure(bench, command->address, workers);
}

static void peer_command_gunicorn(const struct bench *bench,
				  struct peer_command *command)
{
	const char *const argv[] = {
		PEER_GUNICORN_PROGRAM, "-w",
		command->number,       "-b",
		command->address,      "--chdir",
		bench->peers,	       "application:application",
	};

	(void)snprintf(command->address, sizeof(command->address),
		       "unix:%s/gunicorn", bench->directory);
	memcpy(command->argv, argv, sizeof(argv));
}

static int peer_command(const struct bench *bench, enum peer peer,
			uint32_t workers, struct peer_command *command)
{
	const char *const directory =
		peer < PEER_NGINX ? bench->programs : bench->peers;
	static const char *const programs[PEERS] = {
		[PEER_BARE] = "fork_floor",
		[PEER_STEPS] = "fork_floor",
		[PEER_MUSTER] = "service",
		[PEER_OSLO] = "run_oslo.py",
		[PEER_COTYLEDON] = "run_cotyledon.py",
	};
	const char **next = command->argv;

	(void)snprintf(command->number, sizeof(command->number), "%u", workers);
	if (peer == PEER_NGINX)
		return peer_command_nginx(bench, workers, command);
	if (peer == PEER_GUNICORN) {
		peer_command_gunicorn(bench, command);
		return 0;
	}
	(void)snprintf(command->program, sizeof(command->program), "%s/%s",
		       directory, programs[peer]);
	if (peer > PEER_NGINX)
		*next++ = PEER_PYTHON;
	*next++ = command->program;
	if (peer < PEER_MUSTER)
		*next++ = peer_names[peer];
	*next = command->number;
	return 0;
}

/* In the child. The page is for those two that write to it. */
static _Noreturn void peer_execute(const struct peer_command *command,
				   struct bench_page *page, int page_fd)
{
	struct rlimit all;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (getrlimit(RLIMIT_NOFILE, &all) == 0) {
		all.rlim_cur = all.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &all); /* or as it was */
	}
	page->launcher_pid = (int32_t)getpid();
	page->wake_at = UINT32_MAX;
	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    dup2(page_fd, BENCH_PAGE_FD) < 0 || dup2(null, 0) < 0 ||
	    dup2(null, 1) < 0 || dup2(null, 2) < 0)
		_exit(PEER_EXIT_STATUS);
	(void)execv(command->argv[0], (char *const *)(uintptr_t)command->argv);
	_exit(PEER_EXIT_STATUS);
}

static int peer_launch(const struct peer_command *command, struct peer_run *run)
{
	_cleanup_fd_ int page_fd = memfd_create("bench", MFD_CLOEXEC);
	struct bench_page *page;
	pid_t pid;

	if (page_fd < 0 || ftruncate(page_fd, sizeof(*page)) < 0)
		return -errno;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
		    page_fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	run->page = page;
	pid = fork();
	if (pid == 0)
		peer_execute(command, page, page_fd);
	if (pid < 0)
		return -errno;
	run->pid = pid;
	return 0;
}

/* Of one thread, whose children are its own (proc(5)). */
static uint32_t peer_note_children(pid_t pid, const char *tid, pid_t *workers,
				   uint32_t room)
{
	char path[64];
	FILE *file;
	uint32_t count = 0;
	int child;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children",
		       (int)pid, tid);
	file = fopen(path, "re");
	while (file && count < room && fscanf(file, "%d", &child) == 1)
		workers[count++] = child;
	if (file)
		(void)fclose(file); /* it was only read */
	return count;
}

static uint32_t peer_children(pid_t pid, pid_t *workers, uint32_t room)
{
	const struct dirent *entry;
	uint32_t count = 0;
	char path[64];
	DIR *threads;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads)) != NULL)
		if (entry->d_name[0] != '.')
			count += peer_note_children(pid, entry->d_name,
						    workers + count,
						    room - count);
	if (threads)
		(void)closedir(threads); /* it was only read */
	return count;
}

/* A zombie: it is left for peer_end. */
static bool peer_is_over(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) <
		       0 ||
	       info.si_pid != 0;
}

int peer_start(const struct bench *bench, enum peer peer, uint32_t workers,
	       struct peer_run *ret_run)
{
	struct peer_command command = {.argv = {NULL}};
	uint64_t begin_ns = bench_now_ns();
	int r = peer_command(bench, peer, workers, &command);

	*ret_run = (struct peer_run){.count = workers};
	ret_run->workers = calloc(workers, sizeof(*ret_run->workers));
	if (r == 0 && !ret_run->workers)
		r = -ENOMEM;
	if (r == 0)
		r = peer_launch(&command, ret_run);
	if (r < 0)
		return r;
	while (peer_children(ret_run->pid, ret_run->workers, workers) <
	       workers) {
		if (peer_is_over(ret_run->pid) ||
		    nsec_since(bench_now_ns(), begin_ns) > PEER_START_NS) {
			(void)fprintf(stderr,
				      "bench: %s does not get up %u workers\n",
				      peer_names[peer], workers);
			return -ETIMEDOUT;
		}
		bench_sleep_ns(PEER_LOOK_NS);
	}
	return 0;
}

/* Their launcher first, lest it replace them; they come to the subreaper. */
void peer_end(struct peer_run *run)
{
	if (run->pid > 0) {
		uint32_t count =
			peer_children(run->pid, run->workers, run->count);

		(void)kill(run->pid, SIGKILL);
		(void)waitpid(run->pid, NULL, 0);
		for (uint32_t i = 0; i < count; i++)
			(void)kill(run->workers[i], SIGKILL);
		for (uint32_t i = 0; i < count; i++)
			(void)waitpid(run->workers[i], NULL, 0);
	}
	if (run->page)
		(void)munmap(run->page, sizeof(*run->page));
	free(run->workers);
	*run = (struct peer_run){.pid = 0};
}

/*
 * program_verbs.c - what services do and say of themselves.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "service/program_verbs.h"

#define MS_NS UINT64_C(1000000)

/* "A:B". */
static void verb_numbers(const struct scene *scene, int *ret_a, int *ret_b)
{
	const char *colon =
		scene->argument ? strchr(scene->argument, ':') : NULL;

	*ret_a = scene->argument ? atoi(scene->argument) : 0;
	*ret_b = colon ? atoi(colon + 1) : 0;
}

static int verb_number(const struct scene *scene)
{
	return scene->argument ? atoi(scene->argument) : 0;
}

static int verb_say(struct scene *scene)
{
	say("%s", scene->argument);
	return 0;
}

static int verb_id(struct scene *scene)
{
	say("is %s id %d generation %u", muster_worker_service(scene->worker),
	    muster_worker_id(scene->worker),
	    muster_worker_generation(scene->worker));
	return 0;
}

static int verb_reason(struct scene *scene)
{
	say("stops for %s%s",
	    muster_stop_reason_name(muster_worker_stop_reason(scene->worker)),
	    scene->is_graceful ? "" : ", without grace");
	return 0;
}

static int verb_random(struct scene *scene)
{
	(void)scene;
	say("drew %d %ld %ld", rand(), random(), lrand48());
	return 0;
}

static int verb_title(struct scene *scene)
{
	char title[64] = "";

	(void)scene;
	(void)prctl(PR_GET_NAME, title);
	say("title %s", title); /* of this thread */
	return 0;
}

static int verb_env(struct scene *scene)
{
	const char *value = getenv(scene->argument);

	say("%s=%s", scene->argument, value ? value : "(unset)");
	return 0;
}

/* What each descriptor is, but for the one that lists them. */
static int verb_fds(struct scene *scene)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	char text[2048] = "";

	(void)scene;
	while (directory && (entry = readdir(directory))) {
		char target[128] = "";
		size_t length = strlen(text);

		if (atoi(entry->d_name) == dirfd(directory) ||
		    readlinkat(dirfd(directory), entry->d_name, target,
			       sizeof(target) - 1) < 0)
			continue;
		(void)snprintf(text + length, sizeof(text) - length, " %s=%s",
			       entry->d_name, target);
	}
	if (directory)
		(void)closedir(directory);
	say("fds%s", text);
	return 0;
}

static int verb_mask(struct scene *scene)
{
	sigset_t set;
	uint64_t mask;

	(void)scene;
	(void)pthread_sigmask(SIG_BLOCK, NULL, &set);
	memcpy(&mask, &set, sizeof(mask));
	say("mask %llx", (unsigned long long)mask);
	return 0;
}

/* What a program that a service executes begins with. */
static int verb_child_mask(struct scene *scene)
{
	pid_t pid = fork();

	if (pid == 0) {
		muster_child_reset_signals();
		(void)verb_mask(scene);
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static int verb_return(struct scene *scene)
{
	return verb_number(scene);
}

static int verb_fail(struct scene *scene)
{
	(void)scene;
	return -EIO;
}

static int verb_exit_code(struct scene *scene)
{
	return MUSTER_EXIT(verb_number(scene));
}

static bool script_is_stopped(struct script *script)
{
	bool is_stopped;

	(void)pthread_mutex_lock(&script->lock);
	if (script->stop_fd < 0)
		script->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	is_stopped = script->stops >= script->starts;
	(void)pthread_mutex_unlock(&script->lock);
	return is_stopped;
}

/* Until stop() is called, or fd is readable; true when it is. */
static bool serve_until(struct script *script, int fd)
{
	while (!script_is_stopped(script)) {
		struct pollfd sets[] = {
			{.fd = script->stop_fd, .events = POLLIN},
			{.fd = fd, .events = POLLIN},
		};
		uint64_t count;

		(void)poll(sets, ARRAY_LEN(sets), -1);
		if (sets[0].revents)
			(void)!read(script->stop_fd, &count, sizeof(count));
		else if (sets[1].revents)
			return true;
	}
	return false;
}

static int verb_serve(struct scene *scene)
{
	(void)serve_until(scene->script, -1);
	return 0;
}

/* Says who it is to each client and stays until the client leaves: whoever is
 * connected holds up a graceful stop. */
static int verb_answer(struct scene *scene)
{
	uint32_t index = (uint32_t)verb_number(scene);
	int fd = muster_worker_listener(scene->worker, index);

	if (fd < 0)
		return fd;
	(void)fcntl(fd, F_SETFL, O_NONBLOCK); /* a sibling may be faster */
	while (serve_until(scene->script, fd)) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		char text[32];

		if (client < 0)
			continue;
		(void)snprintf(text, sizeof(text), "%d\n", (int)getpid());
		(void)!write(client, text, strlen(text));
		while (read(client, text, sizeof(text)) > 0)
			;
		(void)close(client);
	}
	return 0;
}

static int verb_listener(struct scene *scene)
{
	uint32_t index = (uint32_t)verb_number(scene);

	say("listener %u is %d", index,
	    muster_worker_listener(scene->worker, index));
	return 0;
}

/* Until a byte comes, or the test has closed its end. */
static int verb_hold(struct scene *scene)
{
	char byte;

	while (read(verb_number(scene), &byte, 1) < 0 && errno == EINTR)
		;
	return 0;
}

static int verb_slow(struct scene *scene)
{
	(void)poll(NULL, 0, verb_number(scene));
	return 0;
}

static int verb_ready(struct scene *scene)
{
	return muster_worker_ready(scene->worker);
}

static int verb_ping(struct scene *scene)
{
	int count;
	int ms;
	int r = 0;

	verb_numbers(scene, &count, &ms);
	for (int i = 0; r == 0 && i < count; i++) {
		r = muster_worker_ping(scene->worker);
		(void)poll(NULL, 0, ms);
	}
	return r;
}

static int verb_status(struct scene *scene)
{
	return muster_worker_status(scene->worker, scene->argument);
}

static int verb_extend(struct scene *scene)
{
	return muster_worker_extend(scene->worker,
				    (uint64_t)verb_number(scene) * MS_NS);
}

static int verb_stop_self(struct scene *scene)
{
	return muster_worker_stop(scene->worker);
}

static int verb_set_workers(struct scene *scene)
{
	int service;
	int workers;
	int r;

	verb_numbers(scene, &service, &workers);
	r = muster_launcher_set_workers(scene->launcher, service, workers);
	if (r < 0)
		say("set-workers %d %s", r,
		    muster_launcher_error(scene->launcher));
	return 0;
}

static int verb_stop_launcher(struct scene *scene)
{
	(void)muster_launcher_stop(scene->launcher);
	return 0;
}

static int verb_restart_launcher(struct scene *scene)
{
	(void)muster_launcher_restart(scene->launcher);
	return 0;
}

/* A library's lock that another thread may have held during the fork. */
static int verb_malloc(struct scene *scene)
{
	(void)scene;
	for (size_t size = 1; size < 65536; size *= 2)
		free(calloc(1, size));
	say("memory works");
	return 0;
}

static const struct {
	const char *name;
	verb_function *verb;
} verbs[] = {
	{"_exit", verb_exit_now},
	{"abort", verb_abort},
	{"add", verb_add},
	{"again", verb_again},
	{"answer", verb_answer},
	{"block-all-signals", verb_block_all_signals},
	{"child-mask", verb_child_mask},
	{"close-all-fds", verb_close_all_fds},
	{"daemonise", verb_daemonise},
	{"env", verb_env},
	{"exit", verb_exit},
	{"exit-code", verb_exit_code},
	{"extend", verb_extend},
	{"fail", verb_fail},
	{"fds", verb_fds},
	{"fork-and-return", verb_fork_and_return},
	{"fork-and-stay", verb_fork_and_stay},
	{"hang", verb_hang},
	{"hold", verb_hold},
	{"id", verb_id},
	{"listener", verb_listener},
	{"malloc", verb_malloc},
	{"mask", verb_mask},
	{"never-returns", verb_hang},
	{"ping", verb_ping},
	{"pthread_exit", verb_pthread_exit},
	{"raise", verb_raise},
	{"random", verb_random},
	{"ready", verb_ready},
	{"reason", verb_reason},
	{"restart-launcher", verb_restart_launcher},
	{"return", verb_return},
	{"say", verb_say},
	{"second", verb_second},
	{"serve", verb_serve},
	{"set-workers", verb_set_workers},
	{"setsid", verb_setsid},
	{"setuid", verb_setuid},
	{"slow", verb_slow},
	{"status", verb_status},
	{"stop-launcher", verb_stop_launcher},
	{"stop-self", verb_stop_self},
	{"thread", verb_thread},
	{"title", verb_title},
};

verb_function *verb_find(const char *text)
{
	size_t length = strcspn(text, "=");

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strlen(verbs[i].name) == length &&
		    strncmp(verbs[i].name, text, length) == 0)
			return verbs[i].verb;
	return NULL;
}

/*
 * program_faults.c - what services should better not do.
 */
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/compat.h"
#include "service/program_verbs.h"

static int argument_number(const struct scene *scene)
{
	return scene->argument ? atoi(scene->argument) : 0;
}

int verb_abort(struct scene *scene)
{
	(void)scene;
	abort();
}

/* stop() that calls itself: twice in all. */
int verb_again(struct scene *scene)
{
	static bool is_inside;

	if (is_inside)
		return 0;
	is_inside = true;
	script_ops.stop(scene->worker, scene->script, scene->is_graceful);
	is_inside = false;
	return 0;
}

int verb_block_all_signals(struct scene *scene)
{
	sigset_t all;

	(void)scene;
	sigfillset(&all);
	return -pthread_sigmask(SIG_SETMASK, &all, NULL);
}

int verb_close_all_fds(struct scene *scene)
{
	(void)scene;
	for (int fd = 0; fd < 1024; fd++)
		(void)close(fd);
	return 0;
}

/* As daemon(3) does, and gone only when the daemon is out of reach. */
int verb_daemonise(struct scene *scene)
{
	int ends[2];
	char byte;
	pid_t pid;

	(void)scene;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid > 0) {
		(void)close(ends[1]);
		(void)!read(ends[0], &byte, 1);
		_exit(0);
	}
	if (pid < 0 || setsid() < 0)
		_exit(99);
	say("daemon");
	(void)close(ends[1]);
	for (;;)
		(void)pause();
}

int verb_exit(struct scene *scene)
{
	exit(argument_number(scene));
}

int verb_exit_now(struct scene *scene)
{
	_exit(argument_number(scene));
}

int verb_fork_and_return(struct scene *scene)
{
	pid_t pid = fork();

	(void)scene;
	if (pid == 0)
		say("copy returns");
	return pid < 0 ? -1 : 0;
}

/* In the worker's process group, or wherever it is. */
int verb_fork_and_stay(struct scene *scene)
{
	pid_t pid = fork();

	(void)scene;
	if (pid == 0) {
		say("grandchild");
		for (;;)
			(void)pause();
	}
	return pid < 0 ? -1 : 0;
}

int verb_hang(struct scene *scene)
{
	(void)scene;
	for (;;)
		(void)poll(NULL, 0, -1);
}

int verb_pthread_exit(struct scene *scene)
{
	(void)scene;
	pthread_exit(NULL);
}

int verb_raise(struct scene *scene)
{
	return kill(getpid(), argument_number(scene));
}

int verb_setsid(struct scene *scene)
{
	(void)scene;
	if (setsid() < 0)
		return -1;
	say("session");
	return 0;
}

int verb_setuid(struct scene *scene)
{
	uid_t id = (uid_t)argument_number(scene);

	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 ||
	    setresuid(id, id, id) < 0)
		return -1;
	say("user %u", getuid());
	return 0;
}

static void *thread_live(void *unused)
{
	for (;;)
		(void)poll(NULL, 0, -1);
	return unused;
}

int verb_thread(struct scene *scene)
{
	pthread_t thread;

	(void)scene;
	return -pthread_create(&thread, NULL, thread_live, NULL);
}

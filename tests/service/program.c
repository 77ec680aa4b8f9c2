/*
 * program.c - a program with services, told by its arguments what to be.
 *
 * First what is about the launcher ("method=mutate", "graceful=500"), then
 * "service=NAME" for each service with what is about it ("workers=3",
 * "ready=told", "start:say=up"): see program_options.c and program_steps.h.
 * Times are milliseconds, -1 is for ever. It ends with what
 * muster_launcher_wait returned, or 99 when that was an error.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/program_options.h"
#include "service/program_verbs.h"

#define PROGRAM_FAILED 99
#define PROGRAM_USAGE 98
#define PROGRAM_HOLD 9

static struct program program = {
	.launcher_options = MUSTER_LAUNCHER_OPTIONS_INIT,
	.hooks = {.lock = PTHREAD_MUTEX_INITIALIZER, .stop_fd = -1},
};

pid_t __real_fork(void);
pid_t __wrap_fork(void);

/* The one place that libmuster forks from. Between the fork and the child's
 * first instruction the test may do what it likes. */
pid_t __wrap_fork(void)
{
	unsigned int number = ++program.forks;
	char byte;
	pid_t pid;

	if (number >= program.fail_from && number < program.fail_to) {
		errno = program.fork_error;
		return -1;
	}
	pid = __real_fork();
	if (pid != 0 || number != program.window)
		return pid;
	say("forked");
	while (read(PROGRAM_HOLD, &byte, 1) < 0 && errno == EINTR)
		;
	say("released");
	return 0;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *argument);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *argument)
{
	if (getpid() != program.pid || program.threads_to_fail == 0)
		return __real_pthread_create(thread, attributes, run, argument);
	program.threads_to_fail--;
	return EAGAIN;
}

static void hook_new_worker(void *data, struct muster_worker *worker)
{
	struct scene scene = {.worker = worker};

	(void)script_play(data, OPERATION_NEW_WORKER, &scene);
}

static void hook_ready(void *data, const struct muster_event *event)
{
	struct script *script = data;
	struct scene scene = {0};

	if (program.tells_hooks)
		say("hook ready %d %u", (int)event->pid, event->slot);
	(void)script_play(script, OPERATION_READY, &scene);
}

static void hook_dead_worker(void *data, const struct muster_event *event)
{
	struct scene scene = {0};

	if (program.tells_hooks)
		say("hook dead-worker %d %u code %d", (int)event->pid,
		    event->slot, event->exit.code);
	(void)script_play(data, OPERATION_DEAD, &scene);
}

static void hook_throttle(void *data, const struct muster_event *event)
{
	struct scene scene = {0};

	if (program.tells_hooks)
		say("hook throttle %d %u", (int)event->pid, event->slot);
	(void)script_play(data, OPERATION_THROTTLE, &scene);
}

static void hook_reload(void *data)
{
	struct scene scene = {0};

	(void)script_play(data, OPERATION_RELOAD, &scene);
}

static void hook_terminate(void *data)
{
	struct scene scene = {0};

	(void)script_play(data, OPERATION_TERMINATE, &scene);
}

static const struct muster_hooks program_hooks = {
	.size = sizeof(struct muster_hooks),
	.on_new_worker = hook_new_worker,
	.on_ready = hook_ready,
	.on_dead_worker = hook_dead_worker,
	.on_throttle = hook_throttle,
	.on_reload = hook_reload,
	.on_terminate = hook_terminate,
};

/* Two of the ways in which programs learn of their children. */
static void count_child(int signo)
{
	static const char line[] = "host sees a child\n";

	(void)signo;
	(void)!write(STDOUT_FILENO, line, sizeof(line) - 1);
}

static void reap_all_children(int signo)
{
	int saved = errno;

	(void)signo;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

static int program_add(struct muster_launcher *launcher)
{
	int r = 0;

	for (unsigned int i = 0; r >= 0 && i < program.count; i++) {
		struct served *served = &program.served[i];

		served->script.launcher = launcher;
		served->service.ops = &script_ops;
		served->service.data = &served->script;
		served->service.rules = &served->rules;
		served->rules.listeners = served->listeners;
		r = muster_launcher_add(launcher, &served->service,
					served->workers);
		for (int more = 0; r >= 0 && more < served->again; more++)
			r = muster_launcher_add(launcher, &served->service,
						served->workers);
		if (r < 0 || !served->also)
			continue;
		served->service.name = served->also;
		r = muster_launcher_add(launcher, &served->service,
					served->workers);
	}
	return r < 0 ? r : 0;
}

static int program_open_launcher(struct muster_launcher **ret_launcher)
{
	int r = muster_process_launcher_new(&program.launcher_options,
					    ret_launcher);

	return r < 0 ? r : program_add(*ret_launcher);
}

static int program_say_error(const char *what, int r,
			     const struct muster_launcher *launcher)
{
	say("%s %d %s", what, r,
	    launcher ? muster_launcher_error(launcher) : "");
	return PROGRAM_FAILED;
}

/* Another one in this process, while the first is at work: it runs one worker
 * of the last service until that is ready. */
int verb_second(struct scene *scene)
{
	struct muster_launcher_options options = program.launcher_options;
	const struct served *served = &program.served[program.count - 1];
	bool is_guest = strcmp(scene->argument, "guest") == 0;
	struct muster_hooks hooks = MUSTER_HOOKS_INIT;
	struct muster_launcher *second = NULL;
	int r;

	if (program.is_second)
		return muster_launcher_stop(program.second);
	hooks.on_ready = hook_ready;
	options.is_guest = is_guest;
	options.hooks = &hooks;
	r = muster_process_launcher_new(&options, &second);
	if (r == 0)
		r = muster_launcher_add(second, &served->service, 1);
	program.is_second = true;
	program.second = second;
	if (r >= 0)
		r = muster_launcher_wait(second);
	program.is_second = false;
	(void)program_say_error("second", r, second);
	muster_launcher_free(second);
	return 0;
}

/* The last service once more. */
int verb_add(struct scene *scene)
{
	const struct served *served = &program.served[program.count - 1];
	int r = muster_launcher_add(scene->launcher, &served->service, 1);

	say("add %d %s", r, muster_launcher_error(scene->launcher));
	return 0;
}

static int program_wait(struct muster_launcher *launcher)
{
	struct scene scene = {0};
	int r;

	program.hooks.launcher = launcher;
	(void)script_play(&program.hooks, OPERATION_BEFORE, &scene);
	r = muster_launcher_wait(launcher);
	if (r < 0)
		return program_say_error("wait", r, launcher);
	say("waited %d", r);
	return r;
}

static int program_run(void)
{
	struct muster_launcher *launcher = NULL;
	struct muster_launcher *other = NULL;
	int status;
	int r = 0;

	if (program.has_service_launcher)
		r = muster_service_launcher_new(NULL, &other);
	if (r == 0)
		r = program_open_launcher(&launcher);
	status = r < 0 ? program_say_error("launch", r, launcher)
		       : program_wait(launcher);
	muster_launcher_free(launcher);
	muster_launcher_free(other);
	return status;
}

int main(int argc, char **argv)
{
	if (!options_read(&program, argc - 1, argv + 1))
		return PROGRAM_USAGE;
	program.pid = getpid();
	program.launcher_options.hooks = &program_hooks;
	program.launcher_options.hook_data = &program.hooks;
	if (program.sigchld != SIGCHLD_DEFAULT)
		(void)signal(SIGCHLD, program.sigchld == SIGCHLD_REAP
					      ? reap_all_children
					      : count_child);
	return program_run();
}

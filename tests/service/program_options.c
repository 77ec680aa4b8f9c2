/*
 * program_options.c - "KEY=VALUE", in a table each for the launcher and for the
 * service that was named last; what is in neither is a step.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "service/program_options.h"

#define MS_NS UINT64_C(1000000)

static uint64_t read_ms(const char *value)
{
	int ms = atoi(value);

	return ms < 0 ? MUSTER_FOREVER : (uint64_t)ms * MS_NS;
}

/* The number after the colon; 0 when there is none. */
static int read_second(const char *value)
{
	const char *colon = strchr(value, ':');

	return colon ? atoi(colon + 1) : 0;
}

/* Where value stands among names, which ends with NULL; 0 when it does not. */
static int read_choice(const char *value, const char *const *names)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	return 0;
}

#define CHOICE(type, value, ...) \
	((type)read_choice(value, (const char *const[]){__VA_ARGS__, NULL}))

static void set_always_fork(struct program *program, const char *value)
{
	program->launcher_options.always_fork = atoi(value);
}

static void set_fork_fails(struct program *program, const char *value)
{
	program->fail_from = (unsigned int)atoi(value);
	program->fail_to =
		program->fail_from + (unsigned int)read_second(value);
	program->fork_error = EAGAIN;
}

static void set_graceful(struct program *program, const char *value)
{
	program->launcher_options.graceful_timeout_ns = read_ms(value);
}

static void set_guest(struct program *program, const char *value)
{
	program->launcher_options.is_guest = atoi(value);
}

static void set_hooks(struct program *program, const char *value)
{
	program->tells_hooks = atoi(value);
}

static void set_log(struct program *program, const char *value)
{
	program->launcher_options.log_level =
		CHOICE(enum muster_log_level, value, "default", "error",
		       "warning", "info", "debug");
}

static void set_method(struct program *program, const char *value)
{
	program->launcher_options.restart_method =
		CHOICE(enum muster_restart_method, value, "reload", "mutate");
}

static void set_parent_death(struct program *program, const char *value)
{
	program->launcher_options.parent_death = CHOICE(
		enum muster_parent_death, value, "ignored", "stop", "kill");
}

static void set_service_launcher(struct program *program, const char *value)
{
	program->has_service_launcher = atoi(value);
}

static void set_sigchld(struct program *program, const char *value)
{
	program->sigchld =
		CHOICE(enum sigchld, value, "default", "count", "reap");
}

static void set_thread_fails(struct program *program, const char *value)
{
	program->threads_to_fail = atoi(value);
}

static void set_window(struct program *program, const char *value)
{
	program->window = (unsigned int)atoi(value);
}

static const struct {
	const char *name;
	void (*set)(struct program *program, const char *value);
} launcher_keys[] = {
	{"always-fork", set_always_fork},
	{"fork-fails", set_fork_fails},
	{"fork-window", set_window},
	{"graceful", set_graceful},
	{"guest", set_guest},
	{"hooks", set_hooks},
	{"log", set_log},
	{"method", set_method},
	{"parent-death", set_parent_death},
	{"service-launcher", set_service_launcher},
	{"sigchld", set_sigchld},
	{"thread-fails", set_thread_fails},
};

static void set_again(struct served *served, const char *value)
{
	served->again = atoi(value);
}

static void set_also(struct served *served, const char *value)
{
	served->also = value;
}

static void set_backoff(struct served *served, const char *value)
{
	served->rules.backoff_min_ns = read_ms(value);
	served->rules.backoff_max_ns = read_ms(value);
}

static void set_burst(struct served *served, const char *value)
{
	served->rules.throttle_burst = (uint32_t)atoi(value);
}

static void set_directory(struct served *served, const char *value)
{
	served->rules.directory = value;
}

static void set_give_up(struct served *served, const char *value)
{
	served->rules.give_up_deaths = (uint32_t)atoi(value);
	served->rules.give_up_window_ns = (uint64_t)read_second(value) * MS_NS;
}

static void set_interval(struct served *served, const char *value)
{
	served->rules.throttle_interval_ns = read_ms(value);
}

static void set_kill(struct served *served, const char *value)
{
	served->rules.kill =
		CHOICE(enum muster_kill, value, "group", "process");
}

static void set_listen(struct served *served, const char *value)
{
	if (served->rules.listener_count < LISTENERS_MAX)
		served->listeners[served->rules.listener_count++].address =
			value;
}

static void set_ready(struct served *served, const char *value)
{
	served->service.ready = CHOICE(enum muster_service_ready, value,
				       "start", "fork", "told");
}

static void set_ready_timeout(struct served *served, const char *value)
{
	served->rules.ready_timeout_ns = read_ms(value);
}

static void set_restart(struct served *served, const char *value)
{
	served->rules.restart = CHOICE(enum muster_restart, value, "always",
				       "on-failure", "never");
}

static void set_roll(struct served *served, const char *value)
{
	served->rules.max_surge = atoi(value);
	served->rules.max_unavailable = read_second(value);
	if (served->rules.max_surge == 0)
		served->rules.max_surge = MUSTER_ROLL_NONE;
	if (served->rules.max_unavailable == 0)
		served->rules.max_unavailable = MUSTER_ROLL_NONE;
}

static void set_stop_timeout(struct served *served, const char *value)
{
	served->rules.stop_timeout_ns = read_ms(value);
}

static void set_watchdog(struct served *served, const char *value)
{
	served->rules.watchdog_ns = read_ms(value);
}

static void set_workers(struct served *served, const char *value)
{
	served->workers = atoi(value);
}

static const struct {
	const char *name;
	void (*set)(struct served *served, const char *value);
} service_keys[] = {
	{"again", set_again},
	{"also", set_also},
	{"backoff", set_backoff},
	{"burst", set_burst},
	{"directory", set_directory},
	{"give-up", set_give_up},
	{"interval", set_interval},
	{"kill", set_kill},
	{"listen", set_listen},
	{"ready", set_ready},
	{"ready-timeout", set_ready_timeout},
	{"restart", set_restart},
	{"roll", set_roll},
	{"stop-timeout", set_stop_timeout},
	{"watchdog", set_watchdog},
	{"workers", set_workers},
};

static bool options_begin_service(struct program *program, const char *name)
{
	struct served *served = &program->served[program->count];

	if (program->count == SERVED_MAX)
		return false;
	program->count++;
	*served = (struct served){
		.service = MUSTER_SERVICE_INIT,
		.rules = MUSTER_GROUP_OPTIONS_INIT,
		.script = {.lock = PTHREAD_MUTEX_INITIALIZER, .stop_fd = -1},
		.workers = 1,
	};
	served->service.name = name;
	return true;
}

static bool is_key(const char *text, const char *name)
{
	size_t length = strlen(name);

	return strncmp(text, name, length) == 0 && text[length] == '=';
}

static bool options_read_service(struct served *served, const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(service_keys); i++)
		if (is_key(text, service_keys[i].name)) {
			service_keys[i].set(served, strchr(text, '=') + 1);
			return true;
		}
	return script_add(&served->script, text, false);
}

static bool options_read_one(struct program *program, const char *text)
{
	if (is_key(text, "service"))
		return options_begin_service(program, strchr(text, '=') + 1);
	if (program->count > 0)
		return options_read_service(
			&program->served[program->count - 1], text);
	for (size_t i = 0; i < ARRAY_LEN(launcher_keys); i++)
		if (is_key(text, launcher_keys[i].name)) {
			launcher_keys[i].set(program, strchr(text, '=') + 1);
			return true;
		}
	return script_add(&program->hooks, text, true);
}

bool options_read(struct program *program, int count, char **texts)
{
	const char *engine = getenv("MUSTER_TEST_ENGINE");

	if (engine)
		program->launcher_options.engine =
			CHOICE(enum muster_engine, engine, "auto", "ring",
			       "epoll", "signal");
	for (int i = 0; i < count; i++)
		if (!options_read_one(program, texts[i])) {
			say("what is %s?", texts[i]);
			return false;
		}
	return true;
}

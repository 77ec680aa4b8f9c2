/*
 * program_steps.c - reads steps and chooses those that are meant.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "service/program_verbs.h"

#define STEP_ANYBODY (-2)
#define STEP_WORKERS (-3)

static const char *const step_operations[OPERATIONS] = {
	[OPERATION_START] = "start",
	[OPERATION_STOP] = "stop",
	[OPERATION_WAIT] = "wait",
	[OPERATION_RESET] = "reset",
	[OPERATION_NEW_WORKER] = "on-new-worker",
	[OPERATION_READY] = "on-ready",
	[OPERATION_DEAD] = "on-dead-worker",
	[OPERATION_THROTTLE] = "on-throttle",
	[OPERATION_RELOAD] = "on-reload",
	[OPERATION_TERMINATE] = "on-terminate",
	[OPERATION_BEFORE] = "before-wait",
};

void say(const char *format, ...)
{
	char line[4096];
	va_list arguments;
	int length = snprintf(line, sizeof(line), "%d ", (int)getpid());

	va_start(arguments, format);
	length += vsnprintf(line + length, sizeof(line) - 1 - (size_t)length,
			    format, arguments);
	va_end(arguments);
	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	line[length++] = '\n';
	(void)!write(STDOUT_FILENO, line, (size_t)length);
}

/* What stands after its name: "@…", "#…" or ":…"; NULL when it is none. */
static const char *step_read_operation(struct step *step, const char *text)
{
	for (int i = 0; i < OPERATIONS; i++) {
		size_t length = strlen(step_operations[i]);

		if (strncmp(text, step_operations[i], length) != 0 ||
		    !strchr("@#:", text[length]) || text[length] == '\0')
			continue;
		step->operation = (enum operation)i;
		return text + length;
	}
	return NULL;
}

static const char *step_read_who(struct step *step, const char *text)
{
	char *end;

	step->who = STEP_ANYBODY;
	if (text[0] == '@') {
		if (text[1] == 'm' || text[1] == 'w') {
			step->who = text[1] == 'm' ? MUSTER_WORKER_MASTER
						   : STEP_WORKERS;
			text += 2;
		} else {
			step->who = (int)strtol(text + 1, &end, 10);
			text = end;
		}
	}
	if (text[0] == '#') {
		step->number = (unsigned int)strtoul(text + 1, &end, 10);
		text = end;
	}
	return text[0] == ':' ? text + 1 : NULL;
}

bool script_add(struct script *script, const char *text, bool is_program)
{
	struct step *step = &script->steps[script->count];
	const char *verb;

	if (script->count == STEPS_MAX)
		return false;
	verb = step_read_operation(step, text);
	if (verb)
		verb = step_read_who(step, verb);
	if (!verb || is_program != (step->operation >= OPERATION_NEW_WORKER))
		return false;
	step->verb = verb_find(verb);
	step->argument = strchr(verb, '=');
	if (step->argument)
		step->argument++;
	script->count += step->verb != NULL;
	return step->verb != NULL;
}

static bool step_is_for(const struct step *step, const struct scene *scene,
			unsigned int calls)
{
	int id = scene->worker ? muster_worker_id(scene->worker) : 0;

	if (step->operation >= OPERATION_READY)
		return step->number == 0 || step->number == calls;
	if (step->who == STEP_WORKERS && id < 0)
		return false;
	if (step->who >= MUSTER_WORKER_MASTER && step->who != id)
		return false;
	return step->number == 0 ||
	       step->number == muster_worker_generation(scene->worker);
}

int script_play(struct script *script, enum operation operation,
		struct scene *scene)
{
	unsigned int calls = ++script->calls[operation];
	int r = 0;

	scene->launcher = script->launcher;
	scene->script = script;
	for (unsigned int i = 0; r == 0 && i < script->count; i++) {
		const struct step *step = &script->steps[i];

		if (step->operation != operation ||
		    !step_is_for(step, scene, calls))
			continue;
		scene->argument = step->argument;
		r = step->verb(scene);
	}
	return r;
}

static int script_start(struct muster_worker *worker, void *data)
{
	struct scene scene = {.worker = worker};
	struct script *script = data;

	(void)pthread_mutex_lock(&script->lock);
	script->starts++;
	(void)pthread_mutex_unlock(&script->lock);
	return script_play(script, OPERATION_START, &scene);
}

static void script_stop(struct muster_worker *worker, void *data,
			bool is_graceful)
{
	struct scene scene = {.worker = worker, .is_graceful = is_graceful};
	struct script *script = data;

	(void)script_play(script, OPERATION_STOP, &scene);
	(void)pthread_mutex_lock(&script->lock);
	script->stops++;
	if (script->stop_fd >= 0)
		(void)!write(script->stop_fd, &(uint64_t){1}, sizeof(uint64_t));
	(void)pthread_mutex_unlock(&script->lock);
}

static void script_wait(struct muster_worker *worker, void *data)
{
	struct scene scene = {.worker = worker};

	(void)script_play(data, OPERATION_WAIT, &scene);
}

static int script_reset(struct muster_worker *worker, void *data)
{
	struct scene scene = {.worker = worker};

	return script_play(data, OPERATION_RESET, &scene);
}

const struct muster_service_ops script_ops = {
	.size = sizeof(struct muster_service_ops),
	.start = script_start,
	.stop = script_stop,
	.wait = script_wait,
	.reset = script_reset,
};

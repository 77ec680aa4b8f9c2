/*
 * container.c - the stage's launcher is the runtime, started, asked and ended.
 *
 * A test that fails leaves its container to the runtime's own removal; what
 * that leaves is a child of the test, and then of the namespace.
 */
#include <sys/ioctl.h>
#include <termios.h>

#include "base/parse.h"
#include "oci/container.h"
#include "oci/runtime.h"

static const char *container_from_environment(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail_msg("no %s: this is started by tests/oci/test.sh", name);
	return value;
}

/* The words of text, added to list. */
static void container_add_words(struct stage *stage, const char *text,
				const char **list)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (length > 0)
			runtime_add(list, LIST(stage_text(stage, "%.*s",
							  (int)length, text)));
		text += length + (text[length] == ' ');
	}
}

/* The prelude's shell becomes the init: it is the first process either way. */
static void container_fill(const struct container *container,
			   const struct life *life, const char **list)
{
	if (life->prelude)
		runtime_add(list, LIST("/bin/sh", "-c", life->prelude, "sh"));
	if (!life->is_bare) {
		container_add_words(
			container->stage,
			container_from_environment("MUSTER_OCI_INIT"), list);
		runtime_add(list, LIST("--"));
	}
	if (life->steps) {
		runtime_add(list, LIST("/bin/worker"));
		runtime_add(list, life->steps);
	} else {
		runtime_add(list, life->command);
	}
}

/* What the runtime's process does before it becomes one. */
struct entrance {
	const struct runtime *runtime;
	int terminal; /* or -1 */
};

static void container_enter(void *argument)
{
	const struct entrance *entrance = argument;

	if (entrance->terminal >= 0 &&
	    (dup2(entrance->terminal, STDIN_FILENO) < 0 ||
	     ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0))
		_exit(123);
	if (entrance->runtime->prepare)
		entrance->runtime->prepare();
}

/* Its end for the runtime, the caller's. */
static int container_open_terminal(struct container *container)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	assert_true(fd >= 0);
	container->terminal = fd;
	assert_int_equal(unlockpt(fd), 0);
	fd = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

void container_start(struct container *container, const struct life *life)
{
	const char *command[RUNTIME_ARGUMENTS] = {NULL};
	const char *list[RUNTIME_ARGUMENTS] = {NULL};
	struct entrance entrance = {
		.runtime = container->runtime,
		.terminal = -1,
	};

	container_fill(container, life, command);
	container->runtime->start(container, life, command, list);
	if (life->has_terminal)
		entrance.terminal = container_open_terminal(container);
	container->launcher =
		START(container->stage, .arguments = list,
		      .prepare = container_enter, .argument = &entrance);
	if (life->has_terminal)
		(void)close(entrance.terminal);
}

void container_type(struct container *container, const char *text)
{
	assert_int_equal(write(container->terminal, text, strlen(text)),
			 strlen(text));
}

/* Asks the runtime, with the container's name; its status. */
static int container_ask(const struct container *container,
			 const char *const *list)
{
	struct launcher *asked = START(container->stage, .arguments = list);
	int status = launcher_end(asked);

	if (status != 0)
		(void)fprintf(stderr, "%s",
			      asked->log.data ? asked->log.data : "");
	launcher_forget(container->stage, asked);
	return status;
}

void container_signal(struct container *container, const char *name)
{
	const char *list[RUNTIME_ARGUMENTS] = {NULL};
	int signo;

	if (container->runtime->signal) {
		container->runtime->signal(container, name, list);
		assert_int_equal(container_ask(container, list), 0);
	} else {
		assert_int_equal(parse_signal(name, &signo), 0);
		process_kill(container_pid(container), signo);
	}
}

pid_t container_pid(const struct container *container)
{
	pid_t pids[CHILDREN_MAX];
	FILE *file;
	int pid;

	if (!container->runtime->signal) {
		assert_int_equal(children_of(container->launcher->pid, pids),
				 1);
		return pids[0];
	}
	file = fopen(stage_path(container->stage, "pid"), "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	(void)fclose(file);
	return pid;
}

int container_end(struct container *container)
{
	int status = launcher_end(container->launcher);

	/* Podman has a process that outlives it, and removes. */
	assert_all_end_within(container->stage, DEADLINE_MS);
	return status;
}

/* As a shell does; Debian has runc in /usr/sbin. */
static bool container_find_program(struct container *container)
{
	static const char *const places[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
		"/usr/bin",	   "/sbin",	     "/bin"};
	char *path = container->stage->program;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		(void)snprintf(path, sizeof(container->stage->program), "%s/%s",
			       places[i], container->runtime->program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

int container_set_up(void **state)
{
	struct container *container = calloc(1, sizeof(*container));
	void *stage = NULL;

	if (!container || stage_set_up(&stage) < 0)
		return -1;
	container->stage = stage;
	container->terminal = -1;
	container->runtime =
		runtime_find(container_from_environment("MUSTER_OCI_RUNTIME"));
	if (!container->runtime || !container_find_program(container))
		return -1;
	container->work = container_from_environment("MUSTER_OCI_WORK");
	container->root = stage_text(stage, "%s/root", container->work);
	/* One that could not be removed shall not be in the next one's way. */
	container->name = stage_text(
		stage, "%s%s", container_from_environment("MUSTER_OCI_NAME"),
		strrchr(container->stage->directory, '-'));
	*state = container;
	return 0;
}

int container_tear_down(void **state)
{
	struct container *container = *state;
	const char *list[RUNTIME_ARGUMENTS] = {NULL};
	void *stage = container->stage;

	if (container->launcher && !container->launcher->is_reaped &&
	    container->runtime->remove) {
		container->runtime->remove(container, list);
		(void)container_ask(container, list);
	}
	if (container->terminal >= 0)
		(void)close(container->terminal);
	free(container);
	return stage_tear_down(&stage);
}

/*
 * plan.c - builds the child's to-do list. Runs in the parent, may allocate,
 * decides everything; never forks. All that a plan owns lies in one allocation,
 * which is measured first.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "proc/plan.h"

/* Variables that tell a process something about itself: what the launcher was
 * told is not true for a worker. */
static const char *const plan_own_variables[] = {
	"LISTEN_PID",	      "LISTEN_FDS",	  "LISTEN_FDNAMES",
	"NOTIFY_SOCKET",      "WATCHDOG_PID",	  "WATCHDOG_USEC",
	"MUSTER_SERVICE",     "MUSTER_WORKER_ID", "MUSTER_GENERATION",
	"MUSTER_LAUNCHER_FD",
};

static bool plan_is_named(const char *variable, const char *name)
{
	size_t length = strcspn(variable, "=");

	return strlen(name) == length && memcmp(variable, name, length) == 0;
}

static bool plan_is_own(const char *variable)
{
	for (size_t i = 0; i < ARRAY_LEN(plan_own_variables); i++)
		if (plan_is_named(variable, plan_own_variables[i]))
			return true;
	return false;
}

/* It says name=pid of ours: what came for us is meant for who stands behind us
 * (E42). */
static bool plan_is_our_pid(const struct plan_options *options,
			    const char *variable, const char *name)
{
	uint64_t pid;

	return options->is_transparent && plan_is_named(variable, name) &&
	       parse_u64(variable + strlen(name) + 1, &pid) == 0 &&
	       pid == (uint64_t)options->launcher_pid;
}

static bool plan_has_our_pid(const struct plan_options *options,
			     const char *name)
{
	const char *const *variable = options->environment;

	for (; variable && *variable; variable++)
		if (plan_is_our_pid(options, *variable, name))
			return true;
	return false;
}

static size_t plan_count(const char *const *strings)
{
	size_t count = 0;

	while (strings && strings[count])
		count++;
	return count;
}

/* What the launcher tells a worker about itself. */
struct plan_own {
	struct {
		const char *name;
		const char *value;
	} variables[PLAN_OWN_MAX];
	uint32_t count;
	char listen_fds[24];
	char launcher_fd[24];
	char watchdog_usec[24];
};

static void plan_add_own(struct plan_own *own, const char *name,
			 const char *value)
{
	assert(own->count < PLAN_OWN_MAX);
	own->variables[own->count].name = name;
	own->variables[own->count++].value = value;
}

static const char *plan_digits(char digits[24], uint64_t value)
{
	struct text text;

	text_init(&text, digits, 24);
	text_add_u64(&text, value);
	return digits;
}

/* In whole microseconds, and not 0, which would be none. */
static uint64_t plan_watchdog_usec(uint64_t watchdog_ns)
{
	uint64_t watchdog_usec = watchdog_ns / NSEC_PER_USEC;

	return watchdog_usec > 0 ? watchdog_usec : 1;
}

static void plan_list_own(const struct plan_options *options,
			  struct plan_own *own)
{
	uint64_t usec = plan_watchdog_usec(options->watchdog_ns);

	own->count = 0;
	if (!options->is_transparent)
		plan_add_own(own, "MUSTER_SERVICE", options->name);
	if (options->listen_count > 0) {
		plan_add_own(
			own, "LISTEN_FDS",
			plan_digits(own->listen_fds, options->listen_count));
		plan_add_own(own, "LISTEN_FDNAMES", options->listen_names);
	}
	if (options->launcher_fd >= 0)
		plan_add_own(own, "MUSTER_LAUNCHER_FD",
			     plan_digits(own->launcher_fd,
					 (uint64_t)options->launcher_fd));
	if (options->notify_address)
		plan_add_own(own, "NOTIFY_SOCKET", options->notify_address);
	if (options->watchdog_ns > 0)
		plan_add_own(own, "WATCHDOG_USEC",
			     plan_digits(own->watchdog_usec, usec));
}

static size_t plan_own_size(const struct plan_own *own)
{
	size_t size = 0;

	for (uint32_t i = 0; i < own->count; i++)
		size += strlen(own->variables[i].name) + sizeof("=") +
			strlen(own->variables[i].value);
	return size;
}

/* It is told anew, or would tell of the launcher. */
static bool plan_is_left_out(const struct plan_options *options,
			     const struct plan_own *own, const char *variable)
{
	if (!options->is_transparent)
		return plan_is_own(variable);
	for (uint32_t i = 0; i < own->count; i++)
		if (plan_is_named(variable, own->variables[i].name))
			return true;
	return plan_is_our_pid(options, variable, "LISTEN_PID") ||
	       plan_is_our_pid(options, variable, "WATCHDOG_PID");
}

/* What is to be laid behind struct plan, in this order: the alignment it wants
 * falls. */
struct plan_sizes {
	size_t privs; /* 0 when there are none */
	size_t kept;  /* variables; 0 when the caller's array will do */
	size_t shell; /* words; 0 when there is none */
	size_t moves;
	size_t gaps;
	size_t own;
	size_t path; /* 0 when argv[0] will do */
};

static size_t plan_count_kept(const struct plan_options *options,
			      const struct plan_own *own)
{
	const char *const *environment = options->environment;
	size_t count = 0;

	for (size_t i = 0; environment && environment[i]; i++)
		count += !plan_is_left_out(options, own, environment[i]);
	return count;
}

static struct plan_sizes plan_measure(const struct plan_options *options,
				      const struct plan_own *own,
				      const char *path)
{
	size_t kept = plan_count_kept(options, own);
	bool keeps_all = kept == plan_count(options->environment);
	bool is_name = strcmp(path, options->argv[0]) == 0;
	size_t count = options->fd_count;

	return (struct plan_sizes){
		.privs = options->privileges ? sizeof(struct privs) : 0,
		.kept = keeps_all ? 0 : kept * sizeof(char *),
		.shell = options->runs_scripts ? plan_shell_size(options->argv)
					       : 0,
		.moves = 2 * count * sizeof(struct plan_move),
		/* At most one before each target, and one behind the last. */
		.gaps = options->closes_gaps
				? (count + 1) * sizeof(struct plan_gap)
				: 0,
		.own = plan_own_size(own),
		.path = is_name ? 0 : strlen(path) + 1,
	};
}

static size_t plan_sum(const struct plan_sizes *sizes)
{
	return sizes->privs + sizes->kept + sizes->shell + sizes->moves +
	       sizes->gaps + sizes->own + sizes->path;
}

static void *plan_take(void **room, size_t size)
{
	void *taken = *room;

	*room = (char *)taken + size;
	return taken;
}

static int plan_check_targets(const struct plan_fd *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (fds[i].target == fds[j].target)
				return -EINVAL;
	return count > PLAN_FDS_MAX ? -E2BIG : 0;
}

static int plan_check(const struct plan_options *options)
{
	if (plan_count(options->argv) == 0)
		return -EINVAL;
	return plan_check_targets(options->fds, options->fd_count);
}

/* room has plan_sizes.privs bytes. */
static void plan_set_privs(struct plan *plan,
			   const struct muster_privileges *privileges,
			   void *room)
{
	struct privs *privs = room;

	if (!privileges)
		return;
	privs_decide(privileges, privs);
	plan->privs = privs;
	plan->is_apart = privs_is_apart(privs);
}

/* room has plan_sizes.kept bytes. */
static void plan_set_environment(struct plan *plan,
				 const struct plan_options *options,
				 const struct plan_own *own, void *room)
{
	const char *const *environment = options->environment;
	const char **kept = room;

	plan->environment_count = (uint32_t)plan_count_kept(options, own);
	plan->environment = environment;
	if (plan->environment_count == plan_count(environment))
		return;
	plan->environment = kept;
	for (; *environment; environment++)
		if (!plan_is_left_out(options, own, *environment))
			*kept++ = *environment;
}

static void plan_set_own(struct plan *plan, const struct plan_own *own,
			 void *room, size_t size)
{
	struct text text;

	text_init(&text, room, size + 1);
	for (uint32_t i = 0; i < own->count; i++) {
		plan->own[plan->own_count++] = text.data + text.length;
		text_add(&text, own->variables[i].name);
		text_add(&text, "=");
		text_add(&text, own->variables[i].value);
		text_add_bytes(&text, "", 1);
	}
	assert(!text.is_cut);
}

static void plan_set_moves(struct plan *plan,
			   const struct plan_options *options)
{
	const struct plan_fd *fds = options->fds;
	uint32_t count = options->fd_count;
	int floor = STDERR_FILENO + 1;

	for (uint32_t i = 0; i < count; i++) {
		if (fds[i].source >= floor)
			floor = fds[i].source + 1;
		if (fds[i].target >= floor)
			floor = fds[i].target + 1;
	}
	plan->move_count = plan_moves(fds, count, floor, plan->moves);
	plan->keep = options->inherits
			     ? 0
			     : plan_keep(plan->moves, plan->move_count);
	if (options->closes_gaps)
		plan->gap_count =
			plan_gaps(plan->moves, plan->move_count, plan->gaps);
}

/* The kernel's set of 64 signals is the first word of the library's. */
static uint64_t plan_mask(const sigset_t *mask)
{
	uint64_t word;

	memcpy(&word, mask, sizeof(word));
	return word;
}

static void plan_set_rest(struct plan *plan, const struct plan_options *options)
{
	plan->argv = options->argv;
	plan->directory = options->directory;
	plan->cgroup = options->cgroup;
	plan->has_listeners = options->listen_count > 0 ||
			      plan_has_our_pid(options, "LISTEN_PID");
	plan->has_watchdog = options->watchdog_ns > 0 ||
			     plan_has_our_pid(options, "WATCHDOG_PID");
	plan->is_transparent = options->is_transparent;
	plan->takes_terminal = options->takes_terminal;
	plan->terminal_fd = options->terminal_fd;
	plan->sets_umask = options->sets_umask;
	plan->umask = options->umask;
	plan->leads_group = options->leads_group || options->leads_session;
	plan->leads_session = options->leads_session;
	plan->death_signal = options->death_signal;
	plan->launcher_pid = options->launcher_pid;
	plan->mask = plan_mask(options->mask);
	plan->ignores_child = options->ignores_child;
	plan->restores_nofile = options->nofile != NULL;
	if (options->nofile)
		plan->nofile = *options->nofile;
}

int plan_new(const struct plan_options *options, struct plan **ret_plan)
{
	_cleanup_free_ char *path = NULL;
	struct plan_sizes sizes;
	struct plan_own own;
	struct plan *plan;
	void *shell;
	void *room;
	int r = plan_check(options);

	if (r < 0)
		return r;
	path = plan_resolve(options->argv[0], options->directory,
			    options->environment);
	if (!path)
		return -ENOMEM;
	plan_list_own(options, &own);
	sizes = plan_measure(options, &own, path);
	/* One byte more, for the end of the text. */
	plan = calloc(1, sizeof(*plan) + plan_sum(&sizes) + 1);
	if (!plan)
		return -ENOMEM;
	room = plan + 1;
	plan_set_privs(plan, options->privileges,
		       plan_take(&room, sizes.privs));
	plan_set_environment(plan, options, &own, plan_take(&room, sizes.kept));
	shell = plan_take(&room, sizes.shell);
	plan->moves = plan_take(&room, sizes.moves);
	plan->gaps = plan_take(&room, sizes.gaps);
	plan_set_moves(plan, options);
	plan_set_own(plan, &own, plan_take(&room, sizes.own), sizes.own);
	plan->path = sizes.path > 0 ? memcpy(room, path, sizes.path)
				    : options->argv[0];
	plan_set_rest(plan, options);
	if (options->runs_scripts)
		plan->shell = plan_shell(plan->path, plan->argv, shell);
	*ret_plan = plan;
	return 0;
}

struct plan *plan_free(struct plan *plan)
{
	free(plan);
	return NULL;
}

/*
 * personalities.c - the other inits, a table for each.
 *
 * A row is an option or a variable of the environment; demand.c knows what it
 * means here. The versions are those whose sources the tables were read from.
 */
#include <string.h>

#include "base/cleanup.h"
#include "personalities.h"

/* clang-format off */

/* 0.19.0, and the static build of it that Docker calls docker-init. */
static const struct personality_option tini_rows[] = {
	{.letter = 'h', .say = personality_say_help,
	 .help = "print this, and end"},
	{.letter = 'l', .say = personality_say_licence,
	 .help = "print where the licence is, and end"},
	{.letter = 's', .take = demand_take_subreaper,
	 .help = "adopt what the command leaves, or do not start"},
	{.letter = 'p', .argument = "SIGNAL", .take = demand_take_parent_signal,
	 .expected = "SIGKILL or a signal that can be handed on",
	 .help = "what the command gets when the parent dies"},
	{.letter = 'v', .take = demand_take_verbose,
	 .help = "say more; again: still more"},
	{.letter = 'w', .take = demand_take_orphans,
	 .help = "say what is reaped, at level debug"},
	{.letter = 'g', .take = demand_take_group,
	 .help = "signals go to the command's process group"},
	{.letter = 'e', .argument = "STATUS", .take = demand_take_success,
	 .expected = "a number from 0 to 255",
	 .help = "that exit status becomes 0; repeatable"},
	{0},
};

static const struct personality_variable tini_variables[] = {
	{.name = "TINI_SUBREAPER", .take = demand_take_subreaper,
	 .help = "as -s"},
	{.name = "TINI_VERBOSITY", .take = demand_take_verbosity,
	 .help = "0 to 3, in the place of -v; 1 without both"},
	{.name = "TINI_KILL_PROCESS_GROUP", .take = demand_take_group,
	 .help = "as -g"},
	{0},
};

static const struct personality tini = {
	.program = "tini",
	.version = "tini version 0.19.0",
	.has_lone_version = true,
	.unasked = {.verbosity = 1},
	.rows = tini_rows,
	.variables = tini_variables,
};

/* 1.2.5; it says all that it says on standard error. */
static const struct personality_option dumb_init_rows[] = {
	{.letter = 'c', .name = "single-child", .take = demand_take_process,
	 .help = "signals go to the command alone, in our session"},
	{.letter = 'r', .name = "rewrite", .argument = "S:R",
	 .take = demand_take_rewrite,
	 .expected = "S:R, S a signal from 1 to 31 but for those of faults, R "
		     "one from 1 to 31, or 0",
	 .help = "hand signal S on as R; 0: not at all; repeatable"},
	{.letter = 'v', .name = "verbose", .take = demand_take_debug,
	 .help = "say everything"},
	{.letter = 'h', .name = "help", .say = personality_say_help,
	 .is_on_stderr = true, .help = "print this, and end"},
	{.letter = 'V', .name = "version", .say = personality_say_version,
	 .is_on_stderr = true, .help = "print the version, and end"},
	{0},
};

static const struct personality_variable dumb_init_variables[] = {
	{.name = "DUMB_INIT_DEBUG", .value = "1", .take = demand_take_debug,
	 .help = "as -v"},
	{.name = "DUMB_INIT_SETSID", .value = "0", .take = demand_take_process,
	 .help = "as -c"},
	{0},
};

static const struct personality dumb_init = {
	.program = "dumb-init",
	.version = "dumb-init v1.2.5",
	.unasked = {.has_group = true, .has_session = true, .launch_status = 2},
	.rows = dumb_init_rows,
	.variables = dumb_init_variables,
	.settle = demand_stop_jobs,
};

/* 0.1.7; it calls itself tini for Docker's sake. */
static const struct personality_option catatonit_rows[] = {
	{.letter = 'g', .take = demand_take_group,
	 .help = "signals go to the command's process group"},
	{.letter = 'h', .say = personality_say_help, .is_on_stderr = true,
	 .help = "print this, and end"},
	{.letter = 'L', .say = personality_say_licence,
	 .help = "print where the licence is, and end"},
	{.letter = 'P', .take = demand_take_pause,
	 .help = "run nothing: reap until SIGTERM or SIGINT comes"},
	{.letter = 'V', .name = "version", .say = personality_say_version,
	 .help = "print the version, and end"},
	{0},
};

static const struct personality_variable catatonit_variables[] = {
	{.name = "CATATONIT_DEBUG", .take = demand_take_debug,
	 .help = "say everything"},
	{.name = "CATATONIT_LOG", .take = demand_refuse,
	 .expected = "not to be set: it has no meaning yet",
	 .help = "has no meaning yet, and is refused"},
	{0},
};

static const struct personality catatonit = {
	.program = "catatonit",
	.version = "tini version 0.1.7_catatonit",
	.unasked = {.is_subreaper = true, .launch_status = 1},
	.rows = catatonit_rows,
	.variables = catatonit_variables,
	.settle = demand_ignore_jobs,
};

_Static_assert(ARRAY_LEN(tini_rows) <= PERSONALITY_ROWS + 1, "too many");
_Static_assert(ARRAY_LEN(dumb_init_rows) <= PERSONALITY_ROWS + 1, "too many");
_Static_assert(ARRAY_LEN(catatonit_rows) <= PERSONALITY_ROWS + 1, "too many");

static const struct {
	const char *name;
	const struct personality *personality;
} personalities[] = {
	{"tini", &tini},
	{"tini-static", &tini},
	{"docker-init", &tini}, /* as Docker puts it into a container */
	{"dumb-init", &dumb_init},
	{"catatonit", &catatonit},
	{"podman-init", &catatonit}, /* and as Podman does */
};
/* clang-format on */

const struct personality *personality_find(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; name && i < ARRAY_LEN(personalities); i++)
		if (strcmp(personalities[i].name, name) == 0)
			return personalities[i].personality;
	return NULL;
}

/*
 * muster.c - picks the verb, or what stands in its place when muster is called
 * by the name of another program.
 *
 * Signals are blocked before anything else happens (entry.c). Those that mean
 * nothing to the verb are let in again as soon as it is known. SIGPIPE and
 * SIGXFSZ stay blocked for the log's sake: a reader that left or a full file is
 * an errno there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/parse.h"
#include "entry.h"
#include "muster/muster.h"
#include "pause.h"
#include "personality.h"
#include "verbs.h"

static const struct verb {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv, const sigset_t *given_mask);
	void (*print_help)(void);
	/* Its command is given what muster was: all signals are its business,
	 * and a standard descriptor that was closed is closed. */
	bool is_transparent;
} verbs[] = {
	{"run", "keep workers of a program alive", verb_run, run_print_help,
	 false},
	{"init", "be a container's entrypoint, around one program", verb_init,
	 init_print_help, true},
	{"wait-ready", "wait until a program says READY=1", verb_wait_ready,
	 wait_ready_print_help, false},
	{"ready", "ask a muster that runs whether its services are ready",
	 verb_ready, ready_print_help, false},
	{"health", "ask a muster that runs whether its services are well",
	 verb_health, health_print_help, false},
	{"doctor", "what this machine allows, and why not more", verb_doctor,
	 doctor_print_help, false},
};

/* Those of a launcher stay blocked. */
static void main_let_in_others(const sigset_t *given)
{
	static const int signals[] = {SIGTERM, SIGINT,	SIGQUIT, SIGHUP,
				      SIGTTIN, SIGTTOU, SIGALRM, SIGUSR1,
				      SIGUSR2, SIGPIPE, SIGXFSZ};
	sigset_t set = *given;

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_SETMASK, &set, NULL); /* cannot fail */
}

static int main_print_help(void)
{
	(void)printf("usage: muster VERB [options]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		(void)printf("  %-10s %s\n", verbs[i].name, verbs[i].help);
	(void)printf("  %-10s %s\n", "help VERB", "the options of a verb");
	(void)printf("  %-10s %s\n\n", "version", "print the version");
	return 0;
}

static const struct verb *main_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int main_refuse(const char *name)
{
	const char *names[ARRAY_LEN(verbs) + 1];
	const char *nearest;

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		names[i] = verbs[i].name;
	names[ARRAY_LEN(verbs)] = "help";
	nearest = parse_nearest(name, names, ARRAY_LEN(names));
	(void)fprintf(stderr, "muster: error: unknown verb \"%s\"%s%s%s\n",
		      name, nearest ? ", did you mean " : "; see muster help",
		      nearest ? nearest : "", nearest ? "?" : "");
	return EXIT_USAGE;
}

/* Other inits are given the command at once. */
static int main_refuse_first(const char *word)
{
	if (strcmp(word, "--") != 0 && !strchr(word, '/'))
		return main_refuse(word);
	(void)fprintf(stderr,
		      "muster: error: expected a verb before \"%s\", as in "
		      "muster init -- COMMAND; see muster help\n",
		      word);
	return EXIT_USAGE;
}

static int main_help(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2)
		return main_print_help();
	verb = main_find(argv[1]);
	if (!verb)
		return main_refuse(argv[1]);
	verb->print_help();
	return 0;
}

/* What was printed must have reached its reader. */
static int main_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fprintf(stderr, "muster: error: standard output: %s\n",
		      strerror(errno));
	return status == 0 ? EXIT_USAGE : status;
}

static int main_run(int argc, char **argv, const struct verb *verb,
		    const sigset_t *given_mask)
{
	if (argc < 1) {
		(void)fprintf(stderr,
			      "muster: error: no verb; see muster help\n");
		return EXIT_USAGE;
	}
	if (strcmp(argv[0], "--version") == 0 ||
	    strcmp(argv[0], "version") == 0) {
		(void)printf("muster %s\n", muster_version());
		return main_finish(0);
	}
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 ||
	    strcmp(argv[0], "help") == 0)
		return main_finish(main_help(argc, argv));
	if (!verb)
		return main_refuse_first(argv[0]);
	return main_finish(verb->run(argc, argv, given_mask));
}

/* Called by the name of another init, with a command line that asks for no
 * command. False: outcome has what to go on with, if it was such a name. */
static bool main_is_answered(char **argv, struct personality_outcome *outcome,
			     int *ret_status)
{
	char buffer[PERSONALITY_TEXT];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	personality_translate(argv, environ, outcome, &text);
	if (outcome->act != PERSONALITY_SAY &&
	    outcome->act != PERSONALITY_PAUSE)
		return false;
	*ret_status = EXIT_USAGE;
	if (fd_fill_stdio(0) < 0)
		return true;
	if (outcome->act == PERSONALITY_PAUSE) {
		*ret_status = pause_run();
		return true;
	}
	(void)fputs(buffer, outcome->is_on_stderr ? stderr : stdout);
	*ret_status = main_finish(outcome->status);
	return true;
}

int main(int argc, char **argv)
{
	_cleanup_(personality_fini) struct personality_outcome outcome =
		PERSONALITY_OUTCOME_NULL;
	const struct verb *verb;
	bool is_transparent;
	sigset_t given_mask;
	int status;

	entry_block_signals(&given_mask);
	if (main_is_answered(argv, &outcome, &status))
		return status;
	argc--;
	argv++;
	if (outcome.act == PERSONALITY_INIT) {
		argc = (int)outcome.words.count;
		argv = outcome.words.items;
	}
	verb = argc < 1 ? NULL : main_find(argv[0]);
	is_transparent = verb && verb->is_transparent;
	if (!is_transparent)
		main_let_in_others(&given_mask);
	if (fd_fill_stdio(is_transparent ? O_CLOEXEC : 0) < 0)
		return EXIT_USAGE;
	return main_run(argc, argv, verb, &given_mask);
}

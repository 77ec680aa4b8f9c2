/*
 * muster.c - picks the verb.
 *
 * The first thing that happens is that the signals of a launcher are blocked:
 * one that comes while options are read waits for the launcher to hear it,
 * instead of ending it (B15, B29). SIGPIPE and SIGXFSZ are among them for the
 * log's sake: a reader that left or a full file is an errno there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/parse.h"
#include "muster/muster.h"
#include "verbs.h"

static const struct verb {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv, const sigset_t *given_mask);
	void (*print_help)(void);
} verbs[] = {
	{"run", "keep workers of a program alive", verb_run, run_print_help},
	{"wait-ready", "wait until a program says READY=1", verb_wait_ready,
	 wait_ready_print_help},
	{"doctor", "what this machine allows, and why not more", verb_doctor,
	 doctor_print_help},
};

static void main_block_signals(sigset_t *ret_given)
{
	static const int signals[] = {SIGTERM, SIGINT,	SIGQUIT, SIGHUP,
				      SIGTTIN, SIGTTOU, SIGALRM, SIGUSR1,
				      SIGUSR2, SIGPIPE, SIGXFSZ};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_given); /* cannot fail */
}

static int main_print_help(void)
{
	(void)printf("usage: muster VERB [options]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		(void)printf("  %-10s %s\n", verbs[i].name, verbs[i].help);
	(void)printf("  %-10s %s\n", "help VERB", "the options of a verb");
	(void)printf("  %-10s %s\n\n", "--version", "print the version");
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

int main(int argc, char **argv)
{
	const struct verb *verb;
	sigset_t given_mask;

	main_block_signals(&given_mask);
	if (fd_fill_stdio(0) < 0)
		return EXIT_USAGE;
	if (argc < 2) {
		(void)fprintf(stderr,
			      "muster: error: no verb; see muster help\n");
		return EXIT_USAGE;
	}
	argc--;
	argv++;
	if (strcmp(argv[0], "--version") == 0) {
		(void)printf("muster %s\n", muster_version());
		return main_finish(0);
	}
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 ||
	    strcmp(argv[0], "help") == 0)
		return main_finish(main_help(argc, argv));
	verb = main_find(argv[0]);
	if (!verb)
		return main_refuse(argv[0]);
	return main_finish(verb->run(argc, argv, &given_mask));
}

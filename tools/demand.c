/*
 * demand.c - what the command line of another program asks for, and the same
 * in the words of `muster init`.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "demand.h"
#include "signals.h"

/* By these a terminal stops a job. */
static const int demand_jobs[] = {SIGTSTP, SIGTTIN, SIGTTOU};

/* A vector of words that is whole or not used. */
struct sentence {
	struct stringlist *words;
	bool is_cut;
};

int demand_take_group(struct demand *demand, const char *argument)
{
	(void)argument;
	demand->has_group = true;
	return 0;
}

int demand_take_process(struct demand *demand, const char *argument)
{
	(void)argument;
	demand->has_group = false;
	demand->has_session = false;
	return 0;
}

int demand_take_subreaper(struct demand *demand, const char *argument)
{
	(void)argument;
	demand->is_subreaper = true;
	return 0;
}

int demand_take_orphans(struct demand *demand, const char *argument)
{
	(void)argument;
	demand->tells_orphans = true;
	return 0;
}

int demand_take_pause(struct demand *demand, const char *argument)
{
	(void)argument;
	demand->is_pause = true;
	return 0;
}

int demand_take_verbose(struct demand *demand, const char *argument)
{
	(void)argument;
	if (demand->verbosity < DEMAND_VERBOSITY_MAX)
		demand->verbosity++;
	return 0;
}

int demand_take_debug(struct demand *demand, const char *argument)
{
	(void)argument;
	demand->verbosity = DEMAND_VERBOSITY_MAX;
	return 0;
}

/* As atoi(3) into an unsigned number, which is what it is made for: no number
 * is 0, and less than 0 is very much. */
int demand_take_verbosity(struct demand *demand, const char *argument)
{
	long value = strtol(argument, NULL, 10);

	demand->verbosity = value < 0 || value > DEMAND_VERBOSITY_MAX
				    ? DEMAND_VERBOSITY_MAX
				    : (int)value;
	return 0;
}

int demand_take_success(struct demand *demand, const char *argument)
{
	uint64_t status;

	if (parse_u64_range(argument, 0, DEMAND_STATUSES - 1, &status) < 0)
		return -EINVAL;
	demand->is_success[status] = true;
	return 0;
}

int demand_take_parent_signal(struct demand *demand, const char *argument)
{
	int signo;

	if (parse_signal(argument, &signo) < 0)
		return -EINVAL;
	if (signo != SIGKILL && !signals_have(signals_forwarded(), signo))
		return -EINVAL;
	demand->parent_signal = signo;
	return 0;
}

/* It never comes, or tells of a child, for dumb-init as for us. */
static bool demand_is_unheard(int signo)
{
	return signo == SIGKILL || signo == SIGSTOP || signo == SIGCHLD;
}

int demand_take_rewrite(struct demand *demand, const char *argument)
{
	const char *colon = strchr(argument, ':');
	char from[8] = "";
	uint64_t numbers[2];

	if (!colon || (size_t)(colon - argument) >= sizeof(from))
		return -EINVAL;
	memcpy(from, argument, (size_t)(colon - argument));
	if (parse_u64_range(from, 1, DEMAND_SIGNALS - 1, &numbers[0]) < 0)
		return -EINVAL;
	if (parse_u64_range(colon + 1, 0, DEMAND_SIGNALS - 1, &numbers[1]) < 0)
		return -EINVAL;
	if (demand_is_unheard((int)numbers[0]))
		return 0;
	if (!signals_have(signals_forwarded(), (int)numbers[0]))
		return -EINVAL;
	demand->is_rewritten[numbers[0]] = true;
	demand->rewrites[numbers[0]] = (int)numbers[1];
	return 0;
}

int demand_refuse(struct demand *demand, const char *argument)
{
	(void)demand;
	(void)argument;
	return -EINVAL;
}

void demand_stop_jobs(struct demand *demand)
{
	for (size_t i = 0; i < ARRAY_LEN(demand_jobs); i++) {
		int signo = demand_jobs[i];

		if (!demand->has_group || demand->is_rewritten[signo])
			continue;
		demand->is_rewritten[signo] = true;
		demand->rewrites[signo] = SIGSTOP;
	}
}

void demand_ignore_jobs(struct demand *demand)
{
	for (size_t i = 0; i < ARRAY_LEN(demand_jobs); i++) {
		demand->is_rewritten[demand_jobs[i]] = true;
		demand->rewrites[demand_jobs[i]] = 0;
	}
}

static void sentence_add(struct sentence *sentence, const char *word)
{
	if (!stringlist_add(sentence->words, word, strlen(word)))
		sentence->is_cut = true;
}

static void sentence_add_pair(struct sentence *sentence, const char *option,
			      const char *value)
{
	sentence_add(sentence, option);
	sentence_add(sentence, value);
}

/* A signal that ends nobody is handed on like one that does: the stop that
 * begins with it has no deadline, and ends when the command does. */
static void sentence_add_parent(struct sentence *sentence, int signo)
{
	char buffer[32];
	struct text name;

	if (signo == 0)
		return;
	sentence_add(sentence, signo == SIGKILL ? "--die-with-parent=kill"
						: "--die-with-parent=stop");
	if (signo == SIGKILL || signo == SIGTERM)
		return;
	text_init(&name, buffer, sizeof(buffer));
	text_add_signal(&name, signo);
	sentence_add_pair(sentence, "--stop-signal", buffer);
}

/* What is reaped is said among everything else, and not at all by who says
 * errors only. */
static void sentence_add_level(struct sentence *sentence,
			       const struct demand *demand)
{
	static const char *const levels[] = {"error", "warning", "info",
					     "debug"};
	bool is_all = demand->tells_orphans && demand->verbosity > 0;

	_Static_assert(ARRAY_LEN(levels) == DEMAND_VERBOSITY_MAX + 1,
		       "a level for each verbosity");
	sentence_add_pair(
		sentence, "--log-level",
		levels[is_all ? DEMAND_VERBOSITY_MAX : demand->verbosity]);
}

static void sentence_add_statuses(struct sentence *sentence,
				  const struct demand *demand)
{
	char buffer[32];
	struct text value;

	if (demand->launch_status != 0) {
		text_init(&value, buffer, sizeof(buffer));
		text_add_i64(&value, demand->launch_status);
		sentence_add_pair(sentence, "--launch-status", buffer);
	}
	for (int status = 0; status < DEMAND_STATUSES; status++) {
		if (!demand->is_success[status])
			continue;
		text_init(&value, buffer, sizeof(buffer));
		text_format(&value, "%d:0", status);
		sentence_add_pair(sentence, "--remap", buffer);
	}
}

static void sentence_add_rewrites(struct sentence *sentence,
				  const struct demand *demand)
{
	char buffer[64];
	struct text value;

	for (int signo = 1; signo < DEMAND_SIGNALS; signo++) {
		if (!demand->is_rewritten[signo])
			continue;
		text_init(&value, buffer, sizeof(buffer));
		text_add_signal(&value, signo);
		text_add(&value, ":");
		text_add_signal(&value, demand->rewrites[signo]); /* or "0" */
		sentence_add_pair(sentence, "--rewrite", buffer);
	}
}

int demand_add_words(const struct demand *demand, char **command,
		     struct stringlist *words)
{
	struct sentence sentence = {.words = words};

	sentence_add(&sentence, "init");
	/* They all call execvp(3). */
	sentence_add(&sentence, "--run-scripts");
	if (demand->has_group)
		sentence_add(&sentence, "--signal-group");
	if (demand->has_session)
		sentence_add(&sentence, "--session");
	if (demand->is_subreaper)
		sentence_add_pair(&sentence, "--subreaper", "yes");
	sentence_add_parent(&sentence, demand->parent_signal);
	sentence_add_level(&sentence, demand);
	sentence_add_statuses(&sentence, demand);
	sentence_add_rewrites(&sentence, demand);
	sentence_add(&sentence, "--");
	for (char **word = command; *word; word++)
		sentence_add(&sentence, *word);
	return sentence.is_cut ? -ENOMEM : 0;
}

/*
 * conform_end.c - orphans while it lasts, and what becomes of everybody when it
 * is over.
 */
#include "base/cleanup.h"
#include "oci/conform.h"

/* A moment to a program, when nothing holds it up. */
#define END_MS 1000
#define PROMPT_NS 50000000U

static unsigned int end_zombies(pid_t pid)
{
	pid_t pids[CHILDREN_MAX];
	unsigned int count = children_of(pid, pids);
	unsigned int zombies = 0;

	for (unsigned int i = 0; i < count; i++)
		zombies += process_status_has(pids[i], "State:", "Z");
	return zombies;
}

/* E17. The shell tells when it has left all of them, each of which ends at
 * once. */
static void end_orphans(const struct subject *subject, struct text *result)
{
	static const char words[] = "i=0; while [ $i -lt 500 ]; do "
				    "(: &); i=$((i + 1)); done; "
				    "exec \"$0\" say=ready";
	struct trial trial;
	uint64_t until_ms;
	unsigned int zombies;

	TRIAL(&trial, subject, SHELL(subject, words), .is_first = true);
	(void)trial_hear_within(&trial, "ready", 4 * TRIAL_MS);
	until_ms = now_ms() + TRIAL_MS;
	do {
		(void)is_readable_within(-1, 10);
		zombies = end_zombies(trial.pid);
	} while (zombies > 0 && now_ms() < until_ms);
	conform_answer(result, zombies == 0, "%u zombies", zombies);
	trial_fini(&trial);
}

/* The program ends when USR1 tells it to; what it leaves says when it has had
 * its TERM. In a session of its own, so that it hears of nothing else. */
#define LEAVES                                  \
	"\"$0\" setsid take=TERM:0 say=left & " \
	"exec \"$0\" take=USR1:5 say=program"
#define LEAVES_DEAF                                        \
	"\"$0\" setsid ignore=TERM ignore=HUP say=left & " \
	"exec \"$0\" take=USR1:5 say=program"

static void end_start(struct trial *trial, const struct subject *subject,
		      const char *words, bool is_first)
{
	TRIAL(trial, subject, SHELL(subject, words), .is_first = is_first);
	(void)trial_hear(trial, "");
	(void)trial_hear(trial, "");
	trial_signal(trial, SIGUSR1);
}

static void end_leftovers(const struct subject *subject, struct text *result,
			  bool is_first)
{
	struct trial trial;
	bool has_term;
	int status;

	end_start(&trial, subject, LEAVES, is_first);
	has_term = trial_hear(&trial, "took TERM") != NULL;
	status = trial_end(&trial);
	conform_answer(result, has_term && status == 5, "%s",
		       has_term ? "another status" : "killed or left");
	trial_fini(&trial);
}

/* E30. */
static void end_leftovers_first(const struct subject *subject,
				struct text *result)
{
	end_leftovers(subject, result, true);
}

static void end_leftovers_ordinary(const struct subject *subject,
				   struct text *result)
{
	end_leftovers(subject, result, false);
}

/* E29. */
static void end_prompt(const struct subject *subject, struct text *result)
{
	struct trial trial;
	uint64_t start_ns;
	uint64_t lasted_ns;
	bool has_term;

	end_start(&trial, subject, LEAVES, false);
	has_term = trial_hear(&trial, "took TERM") != NULL;
	start_ns = trial_now_ns();
	(void)trial_ends_within(&trial, TRIAL_MS);
	lasted_ns = trial_now_ns() - start_ns;
	if (has_term)
		conform_answer(result, lasted_ns <= PROMPT_NS, "%llu ms",
			       (unsigned long long)lasted_ns / 1000000);
	else
		conform_answer(result, false, "it does not wait for it");
	trial_fini(&trial);
}

/* E34. */
static void end_alone(const struct subject *subject, struct text *result)
{
	struct trial trial;
	int status;

	end_start(&trial, subject, LEAVES_DEAF, false);
	status = trial_end(&trial);
	conform_answer(result, status != TRIAL_HANGS && trial_left() == 0,
		       "%u left", trial_left());
	trial_fini(&trial);
}

static int end_status(const struct subject *subject, const char *step)
{
	struct trial trial;
	int status;

	TRIAL(&trial, subject, STEPS(subject, step));
	status = trial_end(&trial);
	trial_fini(&trial);
	return status;
}

/* E31. */
static void end_statuses(const struct subject *subject, struct text *result)
{
	unsigned int count = 0;

	for (int code = 0; code < 256; code++) {
		char step[16];

		(void)snprintf(step, sizeof(step), "exit=%d", code);
		count += end_status(subject, step) == code;
	}
	conform_answer(result, count == 256, "%u of 256", count);
}

/* Those that end a program that has done nothing about them. */
static bool end_is_deadly(int signo)
{
	static const int others[] = {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
				     SIGTTIN, SIGTTOU, SIGURG,	SIGWINCH,
				     32,      33};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (others[i] == signo)
			return false;
	return true;
}

static void end_signals(const struct subject *subject, struct text *result)
{
	unsigned int count = 0;
	unsigned int tries = 0;

	for (int signo = 1; signo < NSIG; signo++) {
		char step[16];

		if (!end_is_deadly(signo))
			continue;
		(void)snprintf(step, sizeof(step), "die=%d", signo);
		count += end_status(subject, step) == 128 + signo;
		tries++;
	}
	conform_answer(result, count == tries, "%u of %u", count, tries);
}

/* E36. Its program's pidfd: it is somebody else's child then. */
static void end_killed(const struct subject *subject, struct text *result)
{
	struct trial trial;
	bool is_gone = false;
	pid_t pid;

	TRIAL(&trial, subject, STEPS(subject, "say=ready"));
	pid = trial_hear_pid(&trial, "ready");
	if (pid > 0) {
		_cleanup_fd_ int pidfd = process_open(pid);

		trial_signal(&trial, SIGKILL);
		is_gone = process_ends_within(pidfd, END_MS);
	}
	conform_answer(result, is_gone, "%s", "it lives on");
	trial_fini(&trial);
}

const struct row conform_end_rows[] = {
	{
		.number = "E17",
		.claim = "orphans are reaped",
		.how = "PID 1; 500 one after another",
		.measure = end_orphans,
		.needs_root = true,
	},
	{
		.number = "E29",
		.claim = "it ends within 50 ms of the last leftover",
		.how = "ordinary process; from the leftover's word",
		.measure = end_prompt,
	},
	{
		.number = "E30",
		.claim = "PID 1 lets leftovers handle TERM",
		.how = "a process in a session of its own",
		.measure = end_leftovers_first,
		.needs_root = true,
	},
	{
		.number = "E30",
		.claim = "an ordinary process lets leftovers handle TERM",
		.how = "the same",
		.measure = end_leftovers_ordinary,
	},
	{
		.number = "E31",
		.claim = "the status is the program's",
		.how = "0 to 255",
		.measure = end_statuses,
	},
	{
		.number = "E31",
		.claim = "or 128 and the signal that ended it",
		.how = "every signal that ends a program",
		.measure = end_signals,
	},
	{
		.number = "E34",
		.claim = "nobody is left when it has ended",
		.how = "ordinary process; one that ignores TERM",
		.measure = end_alone,
	},
	{
		.number = "E36",
		.claim = "the program does not outlive a killed init",
		.how = "ordinary process; KILL, 1 s",
		.measure = end_killed,
	},
	{.number = NULL},
};

/*
 * conform_start.c - what the program is started with.
 */
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "oci/conform.h"

/* A descriptor in nobody's way. */
#define START_FD 9
#define BIT(signo) (1ULL << ((signo)-1))

static void start_set_signals(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN + 3);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
}

/* Without the two that the C library keeps for itself. */
static unsigned long long start_mask(struct trial *trial, const char *field)
{
	const char *line = trial_hear(trial, field);

	return line ? strtoull(strstr(line, field) + strlen(field), NULL, 16) &
			       ~(3ULL << 31)
		    : ULLONG_MAX;
}

/* E3. */
static void start_signals(const struct subject *subject, struct text *result)
{
	const unsigned long long blocked = BIT(SIGUSR2) | BIT(SIGRTMIN + 3);
	const unsigned long long ignored = BIT(SIGHUP) | BIT(SIGUSR1);
	unsigned long long masks[3];
	struct trial trial;

	TRIAL(&trial, subject, STEPS(subject, "status=Sig"),
	      .prepare = start_set_signals);
	masks[0] = start_mask(&trial, "SigBlk:\t");
	masks[1] = start_mask(&trial, "SigIgn:\t");
	masks[2] = start_mask(&trial, "SigCgt:\t");
	if (masks[0] != blocked)
		conform_answer(result, false, "blocked %llx, not %llx",
			       masks[0], blocked);
	else
		conform_answer(result, masks[1] == ignored && masks[2] == 0,
			       "ignored %llx, not %llx; caught %llx", masks[1],
			       ignored, masks[2]);
	trial_fini(&trial);
}

static void start_pass(void *fd)
{
	if (dup2(*(const int *)fd, START_FD) < 0)
		_exit(TRIAL_BROKEN);
}

/* E4: the program has it, and the reader of a pipe that the program has closed
 * sees the end. */
static void start_descriptors(const struct subject *subject,
			      struct text *result)
{
	struct trial trial;
	const char *line;
	bool is_there;
	bool is_ended;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	TRIAL(&trial, subject,
	      SHELL(subject, "\"$0\" fds exit=0; exec \"$0\" say=closed 9>&-"),
	      .prepare = start_pass, .argument = &ends[1]);
	(void)close(ends[1]);
	line = trial_hear(&trial, "fds");
	is_there = line && strstr(line, " 9");
	(void)trial_hear(&trial, "closed");
	/* The init may have yet to let go of what the program has. */
	is_ended = is_readable_within(ends[0], TRIAL_MS);
	conform_answer(result, is_there && is_ended, "%s",
		       is_there ? "the init holds it" : "it is not there");
	(void)close(ends[0]);
	trial_fini(&trial);
}

static void start_move(void *directory)
{
	const struct rlimit files = {.rlim_cur = 100, .rlim_max = 200};

	(void)umask(0137);
	if (clearenv() != 0 || setenv("PATH", "/usr/bin:/bin", 1) < 0 ||
	    setenv("TEST_ONE", "1", 1) < 0 || chdir(directory) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0)
		_exit(TRIAL_BROKEN);
}

/* E5. The steps say the directory's name and the mask, the limits, the name. */
static void start_place(const struct subject *subject, struct text *result)
{
	char place[PATH_MAX + 8];
	struct trial trial;
	const char *missing = NULL;

	(void)snprintf(place, sizeof(place), " 137 %s", subject->directory);
	TRIAL(&trial, subject, STEPS(subject, "place", "nofile", "name"),
	      .prepare = start_move, .argument = subject->directory);
	if (!trial_hear(&trial, place))
		missing = "directory or umask";
	else if (!trial_hear(&trial, "nofile 100 200"))
		missing = "limit of descriptors";
	else if (!trial_hear(&trial, subject->worker))
		missing = "argv[0]";
	conform_answer(result, !missing, "%s", missing);
	trial_fini(&trial);
}

static void start_environment(const struct subject *subject,
			      struct text *result)
{
	struct trial trial;
	int status;

	TRIAL(&trial, subject, COMMAND("/usr/bin/env"), .prepare = start_move,
	      .argument = subject->directory);
	status = trial_end(&trial);
	conform_answer(result,
		       status == 0 && trial.said.data &&
			       strcmp(trial.said.data,
				      "PATH=/usr/bin:/bin\nTEST_ONE=1\n") == 0,
		       "%zu bytes of it", trial.said.length);
	trial_fini(&trial);
}

/* The init's own directory pins no mount. Polled: nothing tells that it has
 * gone, which it may do when the program runs already. */
static void start_root(const struct subject *subject, struct text *result)
{
	uint64_t until_ms = now_ms() + TRIAL_MS;
	struct trial trial;
	char path[64];
	char place[PATH_MAX] = "";

	TRIAL(&trial, subject, STEPS(subject, "say=ready"),
	      .prepare = start_move, .argument = subject->directory);
	(void)trial_hear(&trial, "ready");
	(void)snprintf(path, sizeof(path), "/proc/%d/cwd", (int)trial.pid);
	while (strcmp(place, "/") != 0 && now_ms() < until_ms) {
		ssize_t length = readlink(path, place, sizeof(place) - 1);

		place[length > 0 ? length : 0] = '\0';
		(void)is_readable_within(-1, 1);
	}
	conform_answer(result, strcmp(place, "/") == 0, "%s",
		       "it stays where it was started");
	trial_fini(&trial);
}

/* E7. Polled: no descriptor tells of it. */
static void start_adopts(const struct subject *subject, struct text *result)
{
	uint64_t until_ms = now_ms() + TRIAL_MS;
	struct trial trial;
	char here[32];
	char there[32];
	bool is_so = false;
	pid_t orphan;

	TRIAL(&trial, subject,
	      SHELL(subject, "(\"$0\" say=orphan &); exec \"$0\" say=ready"));
	orphan = trial_hear_pid(&trial, "orphan");
	(void)snprintf(here, sizeof(here), "\t%d\n", (int)trial.pid);
	(void)snprintf(there, sizeof(there), "\t%d\n", (int)getpid());
	while (orphan > 0 && !is_so && now_ms() < until_ms &&
	       !process_status_has(orphan, "PPid:", there)) {
		is_so = process_status_has(orphan, "PPid:", here);
		(void)is_readable_within(-1, 1);
	}
	conform_answer(result, is_so, "%s", "they go to somebody above");
	trial_fini(&trial);
}

static void start_listen(void *unused)
{
	char pid[16];

	(void)unused;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (setenv("LISTEN_FDS", "1", 1) < 0 ||
	    setenv("LISTEN_PID", pid, 1) < 0)
		_exit(TRIAL_BROKEN);
}

/* E42. */
static void start_activation(const struct subject *subject, struct text *result)
{
	struct trial trial;
	const char *line;

	TRIAL(&trial, subject, STEPS(subject, "env"), .prepare = start_listen);
	line = trial_hear(&trial, "LISTEN_PID=");
	conform_answer(result,
		       line && line_number(line, "") ==
				       line_number(line, "LISTEN_PID="),
		       "%s", line ? "it names the init" : "it is not there");
	trial_fini(&trial);
}

const struct row conform_start_rows[] = {
	{
		.number = "E3",
		.claim = "blocked and ignored signals are the program's",
		.how = "blocked USR2 RTMIN+3, ignored HUP USR1; "
		       "/proc/PID/status",
		.measure = start_signals,
	},
	{
		.number = "E4",
		.claim = "descriptors are passed and not held",
		.how = "a pipe as descriptor 9, closed by the program",
		.measure = start_descriptors,
	},
	{
		.number = "E5",
		.claim = "directory, umask, limits and argv[0] are unchanged",
		.how = "as the program sees them",
		.measure = start_place,
	},
	{
		.number = "E5",
		.claim = "the environment is unchanged",
		.how = "two variables, printed by env(1)",
		.measure = start_environment,
	},
	{
		.number = "E5",
		.claim = "the init itself is in /",
		.how = "/proc/PID/cwd",
		.measure = start_root,
	},
	{
		.number = "E7",
		.claim = "an ordinary process adopts orphans too",
		.how = "whose child one becomes",
		.measure = start_adopts,
	},
	{
		.number = "E42",
		.claim = "LISTEN_PID names the program",
		.how = "it named the init",
		.measure = start_activation,
	},
	{.number = NULL},
};

/*
 * conform_signals.c - what an init does while its program runs: it forwards,
 * and it does nothing.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include "base/cleanup.h"
#include "oci/conform.h"

/* Where a signal is taken at once, or not any more. */
#define SIGNALS_MS 1000
#define IDLE_MS 5000
/* Sent along, and the signal's number. */
#define VALUE 1000

/* Those that nobody can hand on, and faults, which are the receiver's own. */
static bool signal_is_forwarded(int signo)
{
	static const int never[] = {SIGCHLD, SIGKILL, SIGSTOP, SIGSEGV,
				    SIGBUS,  SIGFPE,  SIGILL,  SIGABRT,
				    SIGTRAP, SIGSYS,  32,      33};

	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		if (never[i] == signo)
			return false;
	return true;
}

struct signal_count {
	unsigned int sent;
	unsigned int heard;
	unsigned int twice;
	unsigned int with_value;
	unsigned int with_code;
	char lost[256];
};

static void signal_send(const struct trial *trial, int signo, int value)
{
	siginfo_t info = {
		.si_signo = signo,
		.si_code = SI_QUEUE,
	};

	info.si_pid = getpid();
	info.si_value.sival_int = value;
	(void)syscall(SYS_pidfd_send_signal, trial->pidfd, signo, &info, 0);
}

/* An init that has stopped itself with its program is told to go on; not before
 * all has been heard, for that takes back every stop that is on its way. Nor
 * when that is what is counted: it would count twice. */
static const char *signal_hear(struct trial *trial, int signo)
{
	const char *line = trial_hear_within(
		trial, " took ", signo == SIGCONT ? TRIAL_MS : SIGNALS_MS);

	for (int ms = 0; signo != SIGCONT && !line && ms < TRIAL_MS;
	     ms += SIGNALS_MS) {
		trial_signal(trial, SIGCONT);
		line = trial_hear_within(trial, " took ", SIGNALS_MS);
	}
	return line;
}

/* How often it is heard. The highest one sent behind it tells when it can come
 * no more: lower ones are taken first. */
static unsigned int signal_count_heard(struct trial *trial, int signo,
				       struct signal_count *count)
{
	unsigned int heard = 0;

	signal_send(trial, signo, VALUE + signo);
	signal_send(trial, SIGRTMAX, 0);
	for (;;) {
		const char *line = signal_hear(trial, signo);
		long number = line ? line_number(line, " took ") : SIGRTMAX;

		if (line && number == signo && heard++ == 0) {
			count->with_value +=
				line_number(line, "value ") == VALUE + signo;
			count->with_code +=
				line_number(line, "code ") == SI_QUEUE;
		}
		if (number == SIGRTMAX && (signo != SIGRTMAX || heard != 1))
			return heard - (signo == SIGRTMAX && heard > 0);
	}
}

static void signal_try(struct trial *trial, int signo,
		       struct signal_count *count)
{
	size_t length = strlen(count->lost);
	unsigned int heard = signal_count_heard(trial, signo, count);

	count->sent++;
	count->heard += heard > 0;
	count->twice += heard > 1;
	if (heard == 0)
		(void)snprintf(count->lost + length,
			       sizeof(count->lost) - length, " %d", signo);
}

static void signal_try_all(const struct subject *subject,
			   struct signal_count *count)
{
	struct trial trial;

	*count = (struct signal_count){.sent = 0};
	TRIAL(&trial, subject, STEPS(subject, "hear"));
	(void)trial_hear(&trial, "hears");
	for (int signo = 1; signo < NSIG; signo++)
		if (signal_is_forwarded(signo))
			signal_try(&trial, signo, count);
	trial_fini(&trial);
}

/* E12. */
static void signals_forwarded(const struct subject *subject,
			      struct text *result)
{
	struct signal_count count;

	signal_try_all(subject, &count);
	conform_answer(result, count.heard == count.sent && count.twice == 0,
		       "%u of %u; %u twice; lost:%s", count.heard, count.sent,
		       count.twice, count.lost[0] ? count.lost : " none");
}

static void signals_values(const struct subject *subject, struct text *result)
{
	struct signal_count count;

	signal_try_all(subject, &count);
	conform_answer(result,
		       count.with_value == count.sent &&
			       count.with_code == count.sent,
		       "%u values, %u codes of %u", count.with_value,
		       count.with_code, count.sent);
}

/* Root, but not over other users' processes. */
static void signals_weaken(void *unused)
{
	(void)unused;
	if (prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0) < 0)
		_exit(TRIAL_BROKEN);
}

/* E14. */
static void signals_refused(const struct subject *subject, struct text *result)
{
	struct trial trial;
	pid_t pid;
	bool is_alive;

	TRIAL(&trial, subject,
	      COMMAND("setpriv", "--reuid", "65534", "--clear-groups",
		      subject->worker, "say=ready"),
	      .prepare = signals_weaken);
	pid = trial_hear_pid(&trial, "ready");
	trial_signal(&trial, SIGUSR1);
	is_alive = pid > 0 && !trial_ends_within(&trial, SIGNALS_MS);
	if (is_alive)
		(void)kill(pid, SIGKILL);
	conform_answer(result, is_alive && trial_end(&trial) == 128 + SIGKILL,
		       "%s", is_alive ? "it forgets its program" : "it ends");
	trial_fini(&trial);
}

/* E18. */
static void signals_stopped(const struct subject *subject, struct text *result)
{
	struct trial trial;
	pid_t pid;
	bool is_taken;

	TRIAL(&trial, subject, STEPS(subject, "take=USR1", "say=ready"));
	pid = trial_hear_pid(&trial, "ready");
	if (pid > 0 && kill(pid, SIGSTOP) == 0)
		(void)trial_stops(pid);
	is_taken = trial_ends_within(&trial, SIGNALS_MS);
	if (pid > 0)
		(void)kill(pid, SIGCONT);
	trial_signal(&trial, SIGUSR1);
	conform_answer(result, !is_taken && trial_hear(&trial, "took USR1"),
		       "%s", is_taken ? "it ends" : "it forwards no more");
	trial_fini(&trial);
}

/* E27. */
static void signals_continued(const struct subject *subject,
			      struct text *result)
{
	struct trial trial;
	bool is_stopped;
	pid_t pid;

	TRIAL(&trial, subject, STEPS(subject, "say=ready"));
	pid = trial_hear_pid(&trial, "ready");
	is_stopped = pid > 0 && kill(pid, SIGSTOP) == 0 && trial_stops(pid);
	trial_signal(&trial, SIGTERM);
	conform_answer(result, is_stopped && trial_end(&trial) == 128 + SIGTERM,
		       "it does not");
	trial_fini(&trial);
}

static long signals_switches(pid_t pid)
{
	char path[64];
	char line[256];
	long count = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "voluntary_", 10) == 0)
			count = line_number(line, ":\t");
	if (file)
		(void)fclose(file);
	return count;
}

/* E10. */
static void signals_idle(const struct subject *subject, struct text *result)
{
	struct trial trial;
	long before;
	long count;

	TRIAL(&trial, subject, STEPS(subject, "say=ready"));
	(void)trial_hear(&trial, "ready");
	/* It may have to go to sleep yet. */
	(void)trial_ends_within(&trial, SIGNALS_MS);
	before = signals_switches(trial.pid);
	(void)trial_ends_within(&trial, IDLE_MS);
	count = signals_switches(trial.pid) - before;
	conform_answer(result, count == 0, "%ld wake-ups", count);
	trial_fini(&trial);
}

const struct row conform_signal_rows[] = {
	{
		.number = "E10",
		.claim = "idle, it does not wake up",
		.how = "voluntary switches in 5 s",
		.measure = signals_idle,
	},
	{
		.number = "E12",
		.claim = "each signal is forwarded once",
		.how = "all but CHLD KILL STOP and faults, one by one",
		.measure = signals_forwarded,
	},
	{
		.number = "E12",
		.claim = "with the sender's value and code",
		.how = "the same, SI_QUEUE with a value",
		.measure = signals_values,
	},
	{
		.number = "E14",
		.claim = "a program that may not be signalled ends nothing",
		.how = "USR1; another user's program, no CAP_KILL",
		.measure = signals_refused,
		.needs_root = true,
	},
	{
		.number = "E18",
		.claim = "a stopped program is not taken for dead",
		.how = "STOP and CONT to the program, then USR1",
		.measure = signals_stopped,
	},
	{
		.number = "E27",
		.claim = "TERM ends a stopped program",
		.how = "STOP to the program, TERM to the init",
		.measure = signals_continued,
	},
	{.number = NULL},
};

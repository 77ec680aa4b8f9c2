/*
 * conform_early.c - signals that come before the init is ready for them.
 *
 * As the first process of a namespace it loses what it has neither blocked nor
 * handled yet; as an ordinary process it dies of that, so what is lost there
 * was lost by forwarding it to nobody.
 */
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "oci/conform.h"

#define EARLY_TRIES 10U
/* Others may have the processor for so long. */
#define EARLY_MOST_NS 100000000U
/* Of an init that never blocks any. */
#define EARLY_CALLS 1000U

/* The program is told something twice. What came before the first was with the
 * init before it forwarded the second. A program that does not answer has
 * ended, and its init will: it need not have done so yet. */
static bool early_outlives(struct trial *trial)
{
	for (int i = 0; i < 2; i++) {
		trial_signal(trial, SIGUSR2);
		if (!trial_hear(trial, "took USR2"))
			return !trial_ends_within(trial, TRIAL_MS);
	}
	return true;
}

/* One try. */
struct early {
	bool is_first;
	int signo;
	unsigned int delay_us;
	cpu_set_t theirs; /* processors of the first process of a namespace */
};

/* A processor for who sends the signal, at once, and the others for who is to
 * get it. With one for both it is as it comes. */
static void early_part(struct early *early)
{
	const struct sched_param first = {.sched_priority = 1};
	cpu_set_t all;
	cpu_set_t ours;
	size_t cpu = 0;

	CPU_ZERO(&ours);
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return;
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_SET(cpu, &ours);
	early->theirs = all;
	if (CPU_COUNT(&all) < 2)
		return;
	CPU_CLR(cpu, &early->theirs);
	(void)sched_setaffinity(0, sizeof(ours), &ours);
	(void)sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
}

/* It ends with the process, but for this program it is one row of many. */
static void early_join(const struct early *early)
{
	const struct sched_param usual = {.sched_priority = 0};
	cpu_set_t all = early->theirs;
	cpu_set_t ours;

	if (sched_getaffinity(0, sizeof(ours), &ours) == 0)
		CPU_OR(&all, &all, &ours);
	(void)sched_setscheduler(0, SCHED_OTHER, &usual);
	(void)sched_setaffinity(0, sizeof(all), &all);
}

static void early_move(void *argument)
{
	const struct early *early = argument;

	if (early->is_first)
		(void)sched_setaffinity(0, sizeof(early->theirs),
					&early->theirs);
}

static uint64_t early_spent_ns(pid_t pid)
{
	struct timespec spent = {0};
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) == 0)
		(void)clock_gettime(id, &spent);
	return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}

/* Nobody wakes up in time after so short a sleep. What the first process of a
 * namespace has done is told by its own processor time, for others may have had
 * the processors; when it sleeps it is done. */
static void early_wait(const struct trial *trial, const struct early *early)
{
	uint64_t delay_ns = early->delay_us * 1000ULL;
	uint64_t until_ns = early_spent_ns(trial->pid) + delay_ns;

	if (!early->is_first) {
		while (trial_now_ns() < trial->start_ns + delay_ns)
			;
		return;
	}
	while (trial_now_ns() < trial->start_ns + EARLY_MOST_NS &&
	       early_spent_ns(trial->pid) < until_ns &&
	       !process_status_has(trial->pid, "State:", "S (sleeping)"))
		;
}

/* Whether a signal, so long after the init was executed, is never heard of by a
 * program that ends of it. */
static bool early_is_lost(const struct subject *subject, struct early *early)
{
	struct trial trial;
	bool is_lost;

	TRIAL(&trial, subject, STEPS(subject, "take=USR2", "say=ready"),
	      .is_first = early->is_first, .prepare = early_move,
	      .argument = early);
	early_wait(&trial, early);
	trial_signal(&trial, early->signo);
	is_lost = trial_hear(&trial, "ready") && early_outlives(&trial);
	trial_fini(&trial);
	return is_lost;
}

static void early_be_traced(void *unused)
{
	(void)unused;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(TRIAL_BROKEN);
}

/* Whether the call that it is about to make blocks TERM. */
static bool early_is_blocking(pid_t pid)
{
	struct __ptrace_syscall_info call = {.op = PTRACE_SYSCALL_INFO_NONE};
	long set;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call) < 0 ||
	    call.op != PTRACE_SYSCALL_INFO_ENTRY ||
	    call.entry.nr != SYS_rt_sigprocmask ||
	    call.entry.args[0] == SIG_UNBLOCK || call.entry.args[1] == 0)
		return false;
	set = ptrace(PTRACE_PEEKDATA, pid, call.entry.args[1], NULL);
	return set & (1L << (SIGTERM - 1));
}

/* How many system calls it makes until that one, it included; 0 for never. A
 * call stops it twice. */
static unsigned int early_count(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0)
		return 0;
	for (unsigned int stops = 0; stops < 2 * EARLY_CALLS; stops++) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0 ||
		    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			return 0;
		if (early_is_blocking(pid))
			return stops / 2 + 1;
	}
	return 0;
}

static void early_calls(const struct subject *subject, struct text *result)
{
	struct trial trial;
	unsigned int count;

	TRIAL(&trial, subject, STEPS(subject, "exit=0"),
	      .prepare = early_be_traced);
	count = early_count(trial.pid);
	if (count == 0)
		conform_answer(result, false, "none does");
	else
		conform_answer(result, count == 1, "call %u", count);
	trial_fini(&trial);
}

/* E1. */
static void early_first(const struct subject *subject, struct text *result)
{
	static const unsigned int delays_us[] = {100, 300, 500, 1000, 2000};
	unsigned int lost[ARRAY_LEN(delays_us)] = {0};
	struct early early = {.is_first = true, .signo = SIGTERM};
	unsigned int sum = 0;

	early_part(&early);
	for (size_t i = 0; i < ARRAY_LEN(delays_us); i++) {
		early.delay_us = delays_us[i];
		for (unsigned int n = 0; n < EARLY_TRIES; n++)
			lost[i] += early_is_lost(subject, &early);
		sum += lost[i];
	}
	early_join(&early);
	conform_answer(result, sum == 0, "%u/%u/%u/%u/%u of %u lost", lost[0],
		       lost[1], lost[2], lost[3], lost[4], EARLY_TRIES);
}

/* E2. */
static void early_forwarded(const struct subject *subject, struct text *result)
{
	const int signals[] = {SIGTERM, SIGHUP, SIGUSR1, SIGRTMIN};
	struct early early = {.is_first = false};
	unsigned int lost = 0;
	unsigned int tries = 0;

	for (; early.delay_us <= 3000; early.delay_us += 200)
		for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
			early.signo = signals[i];
			lost += early_is_lost(subject, &early);
			tries++;
		}
	conform_answer(result, lost == 0, "%u of %u lost", lost, tries);
}

const struct row conform_early_rows[] = {
	{
		.number = "E1",
		.claim = "PID 1 loses no early TERM",
		.how = "10 times after 100/300/500/1000/2000 us of its own "
		       "since execve",
		.measure = early_first,
		.needs_root = true,
	},
	{
		.number = "E1",
		.claim = "its first system call blocks signals",
		.how = "traced from execve on, until TERM is blocked",
		.measure = early_calls,
	},
	{
		.number = "E2",
		.claim = "no signal is lost while the program starts",
		.how = "ordinary process; TERM HUP USR1 RTMIN every 200 us up "
		       "to 3 ms",
		.measure = early_forwarded,
	},
	{.number = NULL},
};

/*
 * test_entry.c - the story of the signals that muster does not read: blocked
 * like all when it begins, they do as they did once it is known what is read.
 */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tools/support.h"

#define BIT(signo) (1ULL << ((signo)-1))

/* What a launcher reads, and what its log needs; CHLD on some paths. */
#define READ                                                         \
	(BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGHUP) |   \
	 BIT(SIGTTIN) | BIT(SIGTTOU) | BIT(SIGALRM) | BIT(SIGUSR1) | \
	 BIT(SIGUSR2) | BIT(SIGPIPE) | BIT(SIGXFSZ) | BIT(SIGCHLD))

static unsigned long long blocked_by(pid_t pid)
{
	unsigned long long mask = 0;
	char line[256];
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "SigBlk:", 7) == 0)
			mask = strtoull(line + 7, NULL, 16);
	(void)fclose(file);
	return mask;
}

static void a_launcher_blocks_only_what_it_reads(void **state)
{
	struct launcher *launcher = START(*state, WORKER("say=ready"));
	unsigned long long blocked;

	(void)launcher_hear(launcher, "ready");
	blocked = blocked_by(launcher->pid);
	assert_int_equal(blocked & ~READ, 0);
	assert_int_equal(blocked & BIT(SIGTERM), BIT(SIGTERM));
	launcher_stop(*state, launcher, 0);
}

static void block_tstp(void *unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGRTMIN + 3);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void what_was_blocked_before_stays_blocked(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("say=ready"), .prepare = block_tstp);

	(void)launcher_hear(launcher, "ready");
	assert_int_equal(blocked_by(launcher->pid) & ~READ,
			 BIT(SIGTSTP) | BIT(SIGRTMIN + 3));
	launcher_stop(*state, launcher, 0);
}

/* It says nothing when it waits: its file is looked at again and again. */
static void who_waits_for_readiness_blocks_no_more_than_that(void **state)
{
	const char *name = stage_text(*state, "@muster-test-%d", (int)getpid());
	struct launcher *launcher =
		START(*state, ARGUMENTS("wait-ready", name, "50s"));
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	unsigned long long blocked;

	do {
		assert_true(now_ms() < until_ms);
		(void)poll(NULL, 0, 1);
		blocked = blocked_by(launcher->pid);
	} while (!(blocked & BIT(SIGTERM)) || blocked & ~READ);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 128 + SIGTERM);
}

/* As a shell starts a job: in the session, in a group of its own. */
static void be_a_shell(void *unused)
{
	pid_t pid = fork();
	int status = 0;

	(void)unused;
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setpgid(0, 0) < 0)
			_exit(123);
		return;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(123);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 122);
}

/* E15: suspended from the keyboard, and continued. */
static void a_job_stops_at_tstp_and_serves_on_after_cont(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("say=ready"), .prepare = be_a_shell);
	pid_t pids[CHILDREN_MAX];

	(void)launcher_hear(launcher, "ready");
	assert_int_equal(children_of(launcher->pid, pids), 1);
	process_kill(pids[0], SIGTSTP);
	process_status_wait(pids[0], "State:", "T (stopped)");
	process_kill(pids[0], SIGCONT);
	process_kill(pids[0], SIGUSR1);
	(void)launcher_log(launcher, "Caught SIGUSR1, ignored");
	process_kill(pids[0], SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_launcher_blocks_only_what_it_reads),
		STAGE_TEST(what_was_blocked_before_stays_blocked),
		STAGE_TEST(who_waits_for_readiness_blocks_no_more_than_that),
		STAGE_TEST(a_job_stops_at_tstp_and_serves_on_after_cont),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}

/*
 * test_capabilities.c - what the kernel does to who gives up capabilities, and
 * to who gets some by an execve: why a launcher may give up its own, and why
 * not while its children get them back.
 */
#include <linux/capability.h>

#include "kernel/children.h"

#define BIT(capability) (1U << (capability))

/* What the program of a child tells of itself. */
struct told {
	int death_signal;
	int dumpable;
	uint32_t permitted;
};

static uint32_t held_low(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2] = {{0, 0, 0}, {0, 0, 0}};

	(void)syscall(SYS_capget, &header, sets);
	return sets[0].permitted;
}

static int keep_only(uint32_t kept)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &header, sets) < 0)
		return -1;
	sets[0].permitted &= kept;
	sets[0].effective &= kept;
	sets[1].permitted = 0;
	sets[1].effective = 0;
	return (int)syscall(SYS_capset, &header, sets);
}

static void tell(void)
{
	struct told told = {
		.dumpable = prctl(PR_GET_DUMPABLE),
		.permitted = held_low(),
	};

	(void)prctl(PR_GET_PDEATHSIG, &told.death_signal);
	_exit(pipe_put(STDOUT_FILENO, &told, sizeof(told)) ? 0 : 1);
}

/* A child with a death signal that executes this program. */
static bool execute(struct told *ret_told)
{
	int ends[2];
	pid_t pid;
	bool is_told;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pid = child_fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (dup2(ends[1], STDOUT_FILENO) < 0)
			_exit(1);
		(void)execl("/proc/self/exe", "self", "tell", NULL);
		_exit(1);
	}
	(void)close(ends[1]);
	is_told = pipe_take(ends[0], ret_told, sizeof(*ret_told));
	(void)close(ends[0]);
	return child_end(pid).si_status == 0 && is_told;
}

static void need_root(void)
{
	if (geteuid() != 0 || !(held_low() & BIT(CAP_KILL)) ||
	    !(held_low() & BIT(CAP_SETUID)))
		SKIP("only root has capabilities to give up");
}

static int give_up(void)
{
	int signo = 0;

	CHILD_CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	CHILD_CHECK(prctl(PR_SET_PDEATHSIG, SIGTERM) == 0);
	CHILD_CHECK(keep_only(BIT(CAP_KILL)) == 0);
	CHILD_CHECK(held_low() == BIT(CAP_KILL));
	CHILD_CHECK(prctl(PR_GET_DUMPABLE) == 1);
	CHILD_CHECK(prctl(PR_GET_PDEATHSIG, &signo) == 0);
	CHILD_CHECK(signo == SIGTERM);
	return 0;
}

static void giving_up_takes_neither_dumps_nor_the_death_signal(void **state)
{
	(void)state;
	need_root();
	in_child(give_up);
}

/* What an undumpable program is made (proc_sys_fs(5)). */
static int suid_dumpable(void)
{
	FILE *file = fopen("/proc/sys/fs/suid_dumpable", "re");
	char line[16] = "0";

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		(void)fclose(file);
	return atoi(line);
}

static int lose_by_gain(void)
{
	uint32_t had = held_low();
	struct told told;

	CHILD_CHECK(execute(&told));
	CHILD_CHECK(told.death_signal == SIGTERM && told.dumpable == 1);
	CHILD_CHECK(keep_only(BIT(CAP_KILL)) == 0);
	CHILD_CHECK(execute(&told));
	CHILD_CHECK((told.permitted & had) == had);
	CHILD_CHECK(told.death_signal == 0);
	CHILD_CHECK(told.dumpable == suid_dumpable());
	return 0;
}

static void who_gains_by_execve_loses_its_death_signal_and_dumps(void **state)
{
	(void)state;
	need_root();
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		SKIP("nobody gains anything here (no_new_privs)");
	in_child(lose_by_gain);
}

static int gain_nothing(void)
{
	struct told told;

	CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHILD_CHECK(keep_only(BIT(CAP_KILL)) == 0);
	CHILD_CHECK(execute(&told));
	CHILD_CHECK(told.permitted == BIT(CAP_KILL));
	CHILD_CHECK(told.death_signal == SIGTERM && told.dumpable == 1);
	return 0;
}

static void with_no_new_privs_nobody_gains_what_is_gone(void **state)
{
	(void)state;
	need_root();
	in_child(gain_nothing);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			giving_up_takes_neither_dumps_nor_the_death_signal),
		cmocka_unit_test(
			who_gains_by_execve_loses_its_death_signal_and_dumps),
		cmocka_unit_test(with_no_new_privs_nobody_gains_what_is_gone),
	};

	if (argc > 1 && strcmp(argv[1], "tell") == 0)
		tell();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
